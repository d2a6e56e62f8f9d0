//! Where Redis is, as one line of configuration.

use std::fmt;
use std::str::FromStr;

use percent_encoding::percent_decode_str;

/// Where Redis is and how to sign in. Read it from a text:
///
/// | text | means |
/// |---|---|
/// | `redis://[user:password@]host[:6379][/db]` | one server |
/// | `redis+sentinel://[user:password@]host[:26379],host…/master[/db]` | whichever server the Sentinels call the master |
/// | `redis+cluster://[user:password@]host[:6379],host…` | a cluster, of which these are some nodes |
/// | `rediss://`, `rediss+sentinel://`, `rediss+cluster://` | the same by TLS (rustls) |
///
/// User and password are for the Redis servers; Sentinels that ask for some take `?sentinel_user=…&sentinel_password=…`. Whatever is
/// special in a URL is written as `%40` and the like. What is displayed never contains a password.
///
/// ```
/// let url: tiercache::RedisUrl = "redis+sentinel://:secret@a:26379,b:26380/mymaster".parse()?;
/// assert_eq!(url.to_string(), "redis+sentinel://a:26379,b:26380/mymaster");
/// assert!("http://a".parse::<tiercache::RedisUrl>().is_err());
/// # Ok::<(), tiercache::UrlError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct RedisUrl {
    pub(super) kind: Kind,
    pub(super) hosts: Vec<(String, u16)>,
    pub(super) tls: bool,
    pub(super) login: Login,
    pub(super) sentinel_login: Login,
    pub(super) db: i64,
    pub(super) root_certificate: Option<Vec<u8>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Single,
    Sentinel { master: String },
    Cluster,
}

/// No Debug: it holds a password.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Login {
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
}

/// What is wrong with the address of a Redis. It never repeats the text, which may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// It does not begin with one of the schemes that are known.
    #[error("the address of Redis must begin with redis://, rediss://, redis+sentinel:// or redis+cluster://")]
    Scheme,
    /// A host is missing, or is no host with an optional port.
    #[error("a host in the address of Redis is missing, or its port is not a number from 1 to 65535")]
    Host,
    /// Several hosts for a single server.
    #[error("redis:// takes one host; several are for redis+sentinel:// or redis+cluster://")]
    OneHost,
    /// The master's name is missing.
    #[error("redis+sentinel:// needs the master's name after the hosts, as in …/mymaster")]
    Master,
    /// The database is no number, or a cluster was given one.
    #[error("the database in the address of Redis must be a number, and a cluster has none")]
    Database,
    /// A parameter after the `?` is unknown.
    #[error("the address of Redis has a parameter that is not known; sentinel_user and sentinel_password are")]
    Parameter,
    /// A `%` is not followed by what makes UTF-8.
    #[error("the address of Redis has a % that does not stand for a character")]
    Encoding,
}

impl RedisUrl {
    /// Trusts, for TLS, the authority whose certificate this is (PEM), and no other.
    #[must_use]
    pub fn with_root_certificate(mut self, pem: Vec<u8>) -> Self {
        self.root_certificate = Some(pem);
        self
    }
}

impl FromStr for RedisUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let (scheme, rest) = text.split_once("://").ok_or(UrlError::Scheme)?;
        let (tls, kind) = match scheme.strip_prefix("rediss") {
            Some(kind) => (true, kind),
            None => (false, scheme.strip_prefix("redis").ok_or(UrlError::Scheme)?),
        };
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        // The last @: one within a password should have been written %40, but is often not.
        let (login, hosts) = authority.rsplit_once('@').map_or(("", authority), |(login, hosts)| (login, hosts));
        let (kind, port, db) = match kind {
            "" => (Kind::Single, 6379, path),
            "+sentinel" => {
                let (master, db) = path.split_once('/').unwrap_or((path, ""));
                let master = decode(master)?.ok_or(UrlError::Master)?;
                (Kind::Sentinel { master }, 26379, db)
            }
            "+cluster" if path.is_empty() => (Kind::Cluster, 6379, ""),
            "+cluster" => return Err(UrlError::Database),
            _ => return Err(UrlError::Scheme),
        };
        let hosts = hosts.split(',').map(|host| read_host(host, port)).collect::<Result<Vec<_>, _>>()?;
        if kind == Kind::Single && hosts.len() != 1 {
            return Err(UrlError::OneHost);
        }
        let db = if db.is_empty() { 0 } else { db.parse::<u16>().map_err(|_| UrlError::Database)?.into() };
        let login = read_login(login)?;
        Ok(Self { kind, hosts, tls, login, sentinel_login: read_query(query)?, db, root_certificate: None })
    }
}

fn read_login(text: &str) -> Result<Login, UrlError> {
    let (user, password) = text.split_once(':').unwrap_or((text, ""));
    Ok(Login { user: decode(user)?, password: decode(password)? })
}

fn read_query(query: &str) -> Result<Login, UrlError> {
    let mut login = Login::default();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=').ok_or(UrlError::Parameter)? {
            ("sentinel_user", user) => login.user = decode(user)?,
            ("sentinel_password", password) => login.password = decode(password)?,
            _ => return Err(UrlError::Parameter),
        }
    }
    Ok(login)
}

/// `None` for nothing at all.
fn decode(text: &str) -> Result<Option<String>, UrlError> {
    let text = percent_decode_str(text).decode_utf8().map_err(|_| UrlError::Encoding)?;
    Ok((!text.is_empty()).then(|| text.into_owned()))
}

fn read_host(text: &str, default: u16) -> Result<(String, u16), UrlError> {
    let (host, port) = match text.strip_prefix('[') {
        Some(six) => {
            let (host, port) = six.split_once(']').ok_or(UrlError::Host)?;
            (host, if port.is_empty() { None } else { Some(port.strip_prefix(':').ok_or(UrlError::Host)?) })
        }
        None => text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
    };
    let port = port.map_or(Ok(default), str::parse).map_err(|_| UrlError::Host)?;
    if host.is_empty() || port == 0 { Err(UrlError::Host) } else { Ok((host.to_owned(), port)) }
}

impl fmt::Display for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, master) = match &self.kind {
            Kind::Single => ("", None),
            Kind::Sentinel { master } => ("+sentinel", Some(master)),
            Kind::Cluster => ("+cluster", None),
        };
        write!(f, "redis{}{kind}://", if self.tls { "s" } else { "" })?;
        for (n, (host, port)) in self.hosts.iter().enumerate() {
            let comma = if n > 0 { "," } else { "" };
            if host.contains(':') { write!(f, "{comma}[{host}]:{port}")? } else { write!(f, "{comma}{host}:{port}")? }
        }
        if let Some(master) = master {
            write!(f, "/{master}")?;
        }
        if self.db != 0 { write!(f, "/{}", self.db) } else { Ok(()) }
    }
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RedisUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        text.parse::<RedisUrl>().unwrap().to_string()
    }

    #[test]
    fn every_kind_is_read_and_its_defaults_filled_in() {
        assert_eq!(shown("redis://h"), "redis://h:6379");
        assert_eq!(shown("rediss://h:7000/3"), "rediss://h:7000/3");
        assert_eq!(shown("redis://[::1]:7000"), "redis://[::1]:7000");
        assert_eq!(shown("redis+sentinel://a,b:1/m/2"), "redis+sentinel://a:26379,b:1/m/2");
        assert_eq!(shown("rediss+cluster://a,b"), "rediss+cluster://a:6379,b:6379");
    }

    #[test]
    fn logins_are_decoded_and_never_shown() {
        let url: RedisUrl =
            "redis+sentinel://us%40er:p%3Ass@a/m?sentinel_password=geheim&sentinel_user=s".parse().unwrap();
        assert_eq!((url.login.user.as_deref(), url.login.password.as_deref()), (Some("us@er"), Some("p:ss")));
        assert_eq!(url.sentinel_login.password.as_deref(), Some("geheim"));
        let shown = format!("{url} {url:?}");
        assert!(!shown.contains("p:ss") && !shown.contains("geheim") && !shown.contains("p%3Ass"), "{shown}");
        let url: RedisUrl = "redis://:only@h".parse().unwrap();
        assert_eq!((url.login.user, url.login.password.as_deref()), (None, Some("only")));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let wrong = |text: &str| text.parse::<RedisUrl>().unwrap_err();
        assert_eq!(wrong("localhost:6379"), UrlError::Scheme);
        assert_eq!(wrong("redis+magic://h"), UrlError::Scheme);
        assert_eq!(wrong("redis://"), UrlError::Host);
        assert_eq!(wrong("redis://h:0"), UrlError::Host);
        assert_eq!(wrong("redis://h:x"), UrlError::Host);
        assert_eq!(wrong("redis://[::1]7"), UrlError::Host);
        assert_eq!(wrong("redis://a,b"), UrlError::OneHost);
        assert_eq!(wrong("redis+sentinel://a"), UrlError::Master);
        assert_eq!(wrong("redis://h/x"), UrlError::Database);
        assert_eq!(wrong("redis+cluster://h/1"), UrlError::Database);
        assert_eq!(wrong("redis://h?pass=1"), UrlError::Parameter);
        assert_eq!(wrong("redis://:%ff@h"), UrlError::Encoding);
    }
}
