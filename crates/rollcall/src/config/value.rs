//! From what a user wrote to what the program uses. Each error says what would be right.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tiercache::{RedisUrl, UrlError};
use url::Url;

use super::source::Raw;
use super::{Consistency, Nodes};
use crate::db::without_password;
use crate::nearest::nearest;

/// A database's URL. Its password never shows; [`DatabaseUrl::reveal`] is for the driver alone.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// Takes a URL as it is; opening it tells whether it is one.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self(url.into())
    }

    /// The URL with its password.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The file of an embedded database; none for a server, and for a database in memory.
    #[must_use]
    pub fn sqlite_path(&self) -> Option<std::path::PathBuf> {
        let path = self.0.strip_prefix("sqlite:")?;
        let path = path.strip_prefix("//").unwrap_or(path).split('?').next().unwrap_or_default();
        (!path.is_empty() && path != ":memory:").then(|| path.into())
    }

    /// Whether it names an embedded database.
    #[must_use]
    pub fn is_sqlite(&self) -> bool {
        self.0.starts_with("sqlite:")
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_password(&self.0))
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Whether pending migrations are applied when the server starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Migrate {
    /// On an embedded database.
    Auto,
    /// On any database.
    Always,
    /// Never: `rollcall migrate up` does it.
    Never,
}

/// Whether cookies are sent over https alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecureCookies {
    /// Where the public URL is https.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines: one JSON object a line.
    Json,
}

pub(super) type Parsed<T> = Result<T, String>;

pub(super) fn text(raw: &Raw) -> Parsed<&str> {
    match raw {
        Raw::Written(text) | Raw::Text(text) => Ok(text.trim()),
        other => Err(format!("must be text in quotes, not {}", type_of(other))),
    }
}

fn type_of(raw: &Raw) -> &'static str {
    match raw {
        Raw::Written(_) | Raw::Text(_) => "text",
        Raw::Integer(_) => "a number",
        Raw::Bool(_) => "true or false",
        Raw::List(_) => "an array",
        Raw::Other(name) => name,
    }
}

pub(super) fn choice<T: Copy>(raw: &Raw, choices: &[(&str, T)]) -> Parsed<T> {
    let written = match raw {
        Raw::Bool(flag) if choices.iter().any(|(name, _)| *name == "true") => flag.to_string(),
        other => text(other)?.to_owned(),
    };
    let names = || choices.iter().map(|(name, _)| *name);
    choices.iter().find(|(name, _)| *name == written).map(|(_, value)| *value).ok_or_else(|| {
        let hint = nearest(&written, names()).map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
        format!("is `{written}`, but must be one of {}{hint}", names().collect::<Vec<_>>().join(", "))
    })
}

pub(super) fn migrate(raw: &Raw) -> Parsed<Migrate> {
    choice(raw, &[("auto", Migrate::Auto), ("always", Migrate::Always), ("never", Migrate::Never)])
}

pub(super) fn secure_cookies(raw: &Raw) -> Parsed<SecureCookies> {
    choice(raw, &[("auto", SecureCookies::Auto), ("true", SecureCookies::Always), ("false", SecureCookies::Never)])
}

pub(super) fn nodes(raw: &Raw) -> Parsed<Nodes> {
    choice(raw, &[("auto", Nodes::Auto), ("one", Nodes::One), ("several", Nodes::Several)])
}

pub(super) fn consistency(raw: &Raw) -> Parsed<Consistency> {
    choice(raw, &[("strict", Consistency::Strict), ("bounded", Consistency::Bounded)])
}

pub(super) fn switch(raw: &Raw) -> Parsed<bool> {
    choice(raw, &[("on", true), ("off", false)])
}

pub(super) fn redis_url(raw: &Raw) -> Parsed<RedisUrl> {
    // What is wrong is said without the text itself, which may hold a password.
    text(raw)?.parse().map_err(|error: UrlError| format!("must be a Redis URL: {error}"))
}

pub(super) fn log_format(raw: &Raw) -> Parsed<LogFormat> {
    choice(raw, &[("text", LogFormat::Text), ("json", LogFormat::Json)])
}

pub(super) fn log_level(raw: &Raw) -> Parsed<String> {
    let written = text(raw)?;
    let wrong =
        |why: String| format!("is `{written}`, which is no log filter ({why}); write info, or rollcall=debug,warn");
    // A bare word is a target to the filter, so that a misspelt level would silence the log.
    let levels = ["off", "error", "warn", "info", "debug", "trace"];
    for part in written.split(',').filter(|part| !part.contains('=')) {
        if !levels.contains(&part.trim().to_lowercase().as_str()) {
            return Err(wrong(format!("`{}` is no level", part.trim())));
        }
    }
    written.parse::<tracing_subscriber::EnvFilter>().map_err(|error| wrong(error.to_string()))?;
    Ok(written.to_owned())
}

pub(super) fn address(raw: &Raw) -> Parsed<SocketAddr> {
    let written = text(raw)?;
    let named = written.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    named.as_deref().unwrap_or(written).parse().map_err(|_| {
        format!(
            "is `{written}`, but must be an IP address and a port, such as 127.0.0.1:8080, 0.0.0.0:8080 or [::]:8080"
        )
    })
}

pub(super) fn addresses(raw: &Raw) -> Parsed<Vec<IpAddr>> {
    let written: Vec<String> = match raw {
        Raw::List(items) => items.clone(),
        Raw::Written(text) => text.split(',').map(str::to_owned).collect(),
        other => return Err(format!("must be an array of IP addresses in quotes, not {}", type_of(other))),
    };
    let items = written.iter().map(|item| item.trim()).filter(|item| !item.is_empty());
    items.map(|item| item.parse().map_err(|_| format!("holds `{item}`, which is no IP address"))).collect()
}

pub(super) fn count(raw: &Raw, least: u32, most: u32) -> Parsed<u32> {
    let number = match raw {
        Raw::Integer(number) => number.and_then(|number| u32::try_from(number).ok()),
        Raw::Written(text) => text.trim().parse().ok(),
        other => return Err(format!("must be a number without quotes, not {}", type_of(other))),
    };
    number.filter(|number| (least..=most).contains(number)).ok_or_else(|| {
        let written = match raw {
            Raw::Written(text) => format!("is `{}`, but ", text.trim()),
            Raw::Integer(Some(number)) => format!("is {number}, but "),
            _ => String::new(),
        };
        format!("{written}must be a whole number from {least} to {most}")
    })
}

/// A length of time above zero.
pub(super) fn duration(raw: &Raw) -> Parsed<Duration> {
    duration_or_zero(raw).and_then(
        |time| {
            if time.is_zero() { Err("is 0, but must be longer".to_owned()) } else { Ok(time) }
        },
    )
}

pub(super) fn duration_or_zero(raw: &Raw) -> Parsed<Duration> {
    let written = match raw {
        Raw::Integer(Some(number)) => {
            return Err(format!("is {number} without a unit; write \"{number}s\" or \"{number}ms\""));
        }
        other => text(other)?,
    };
    parts(written)
        .and_then(|parts| {
            parts.into_iter().try_fold(0_u64, |sum, (number, unit)| {
                let milliseconds = match unit {
                    "ms" => 1,
                    "s" => 1_000,
                    "m" | "min" => 60_000,
                    "h" => 3_600_000,
                    "d" => 86_400_000,
                    "" if number == 0 => 1,
                    _ => return None,
                };
                sum.checked_add(number.checked_mul(milliseconds)?)
            })
        })
        .map(Duration::from_millis)
        // Sums with instants stay far from the end of the calendar.
        .filter(|time| *time <= Duration::from_secs(3660 * 86_400))
        .ok_or_else(|| format!("is `{written}`, which is no length of time; write 250ms, 20s, 15m, 8h or 30d"))
}

/// `1h30m` as `[(1, "h"), (30, "m")]`.
pub(super) fn parts(written: &str) -> Option<Vec<(u64, &str)>> {
    let mut found = Vec::new();
    let mut rest = written.trim();
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let number = rest[..digits].parse().ok()?;
        rest = rest[digits..].trim_start();
        let unit = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        found.push((number, &rest[..unit]));
        rest = rest[unit..].trim_start();
    }
    (!found.is_empty()).then_some(found)
}

pub(super) fn database_url(raw: &Raw) -> Parsed<DatabaseUrl> {
    // Never shown: what is wrong with a URL may be its password.
    let written = text(raw)?;
    let known = ["sqlite:", "mysql://", "mariadb://", "postgres://", "postgresql://"];
    if known.iter().any(|scheme| written.len() > scheme.len() && written.starts_with(scheme)) {
        return Ok(DatabaseUrl(written.to_owned()));
    }
    Err("must be sqlite:PATH, mysql://USER:PASSWORD@HOST/NAME or postgres://USER:PASSWORD@HOST/NAME".to_owned())
}

pub(super) fn public_url(raw: &Raw) -> Parsed<Url> {
    let written = text(raw)?;
    let url = Url::parse(written).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let plain =
        |url: &Url| url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    url.filter(plain).ok_or_else(|| {
        "must be http:// or https:// and a host, without path or user, such as https://panel.example.com".to_owned()
    })
}
