//! Every setting: its key, its default and its meaning.
//!
//! A setting comes from the command line, else from a `ROLLCALL_*` variable, else from the settings file, else from the
//! default in [`SETTINGS`]. `docs/configuration.md` says the same in prose; `cargo xtask tidy` holds the two together.

mod api;
mod cache;
mod deliver;
mod error;
mod import;
mod metrics;
mod secret;
mod sections;
mod size;
mod source;
mod value;

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

pub use api::ApiSettings;
pub use cache::{CacheSettings, Consistency, Nodes, Trust};
pub use deliver::{DeliverSettings, MailSettings, MailTls, WebhookSettings};
pub use error::{Problem, SettingsError};
pub use import::ImportSettings;
pub use metrics::MetricsSettings;
pub use sections::{DatabaseSettings, SessionSettings, SignInSettings, TotpFor};
use source::Reader;
pub use source::Sources;
pub use value::{DatabaseUrl, LogFormat, Migrate, SecureCookies};

/// One setting, as a user meets it.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Its name in the settings file; dots are tables there, and `__` in the variable.
    pub key: &'static str,
    /// Its default as a user would write it; none where the setting may be absent.
    pub default: Option<&'static str>,
    /// What it means, in one line.
    pub meaning: &'static str,
}

impl Setting {
    /// The environment variable that sets it.
    #[must_use]
    pub fn variable(&self) -> String {
        format!("{}{}", source::PREFIX, self.key.replace('.', "__").to_uppercase())
    }
}

const fn setting(key: &'static str, default: &'static str, meaning: &'static str) -> Setting {
    Setting { key, default: Some(default), meaning }
}

const fn optional(key: &'static str, meaning: &'static str) -> Setting {
    Setting { key, default: None, meaning }
}

/// All settings there are.
pub const SETTINGS: &[Setting] = &[
    setting("listen", "127.0.0.1:8080", "address and port of the web server; port 0 takes a free one"),
    setting("database.url", "sqlite:rollcall.db", "sqlite:PATH, mysql://USER:PASSWORD@HOST/NAME or postgres://…"),
    setting("database.max_connections", "8", "most connections to the database, 1 to 1000"),
    setting("database.migrate_on_start", "auto", "always, never, or auto: on SQLite alone"),
    optional("secret_key", "what session cookies are protected with, 32 characters or more; else kept in the database"),
    optional("public_url", "how browsers reach the panel, e.g. https://panel.example.com; https makes cookies secure"),
    setting("cookies.secure", "auto", "true, false, or auto: where public_url is https"),
    setting("session.idle_timeout", "8h", "a session ends after this time without a request"),
    setting("session.lifetime", "30d", "a session ends after this time in any case"),
    setting("sign_in.max_failures", "10", "failed sign-ins before an address for signing in is locked out"),
    setting("sign_in.lockout", "15m", "how long it stays locked out"),
    setting("sign_in.max_failures_per_address", "100", "failed sign-ins before a network address is locked out"),
    setting("sign_in.totp", "optional", "optional, operators, or all: who has to use a code beside the password"),
    setting("changes.poll", "250ms", "how often changes made by other applications are looked for"),
    setting(
        "nodes",
        "auto",
        "one, several, or auto: one on SQLite, several on a server; how many `serve` share the database",
    ),
    setting("cache.consistency", "strict", "strict, or bounded: with several nodes, trust versions of the last poll"),
    setting("cache.memory", "24MiB", "how much memory the cache may take"),
    setting(
        "cache.warming",
        "on",
        "on or off: whether dashboards are drawn each hour from 6 to 20, before anybody asks",
    ),
    optional(
        "redis.url",
        "redis://HOST, rediss://, redis+sentinel://HOST,HOST/MASTER or redis+cluster://HOST: a cache that nodes share",
    ),
    setting("redis.patience", "45ms", "how long a page may wait for Redis, all operations together"),
    setting("deliver.enabled", "on", "on or off: whether notifications are sent from here, where a provider is named"),
    setting("deliver.parallel", "8", "how many notifications of a channel are sent at a time, 1 to 100"),
    setting("deliver.lease", "2m", "for how long a notification that is being sent is nobody else's"),
    setting("deliver.timeout", "20s", "how long a provider may take for one"),
    optional("mail.host", "the mail server that e-mails go to; without it none is sent"),
    optional("mail.port", "its port; else 587, 465 or 25, as is usual for mail.tls"),
    setting("mail.tls", "starttls", "starttls, tls (from the first byte), or none"),
    optional("mail.ca", "a file (PEM) with the authority that vouches for it, beside those that the host trusts"),
    optional("mail.user", "the name by which the program signs in there"),
    optional("mail.password", "the password that belongs to it"),
    optional("mail.from", "whom e-mails come from, e.g. Salon <mail@example.com>"),
    optional("webhook.url", "where SMS, WhatsApp and push notifications go, signed by webhook.secret"),
    optional("webhook.sms_url", "where SMS go instead"),
    optional("webhook.whatsapp_url", "where WhatsApp messages go instead"),
    optional("webhook.push_url", "where push notifications go instead"),
    optional("webhook.secret", "what the program and the provider sign by, 32 characters or more"),
    optional("metrics.token", "who knows this bearer token, 16 characters or more, may read /metrics from anywhere"),
    setting("metrics.allow", "127.0.0.1, ::1", "IP addresses that may read it without, unless through a proxy"),
    setting("api.requests_per_minute", "1200", "requests of one token of the API in a minute, on one node"),
    setting("api.wrong_tokens_per_minute", "20", "wrong tokens from one address in a minute before it has to wait"),
    setting("api.max_batch", "16MiB", "the largest body of a batch of appointments"),
    optional("import.folder", "where files wait that people bring to import; else in the system's temporary folder"),
    setting("import.max_file", "100MiB", "the largest file that somebody may bring by the browser"),
    setting("import.max_files", "20", "so many such files of one company wait at most"),
    setting("import.max_total", "1GiB", "so large they are together at most, with the rows that were left out"),
    setting("shutdown.grace", "20s", "how long running requests may take after a signal to stop"),
    setting("request.timeout", "30s", "how long a request may take"),
    setting("request.max_body", "1MiB", "the largest request body"),
    setting("trusted_proxies", "", "IP addresses of proxies whose X-Forwarded-For counts"),
    setting("audit.keep", "400d", "how long lines of the audit log are kept"),
    setting("log.format", "text", "text or json"),
    setting("log.level", "info", "error, warn, info, debug, trace, or filters such as rollcall=debug,warn"),
];

/// The settings of one run. Neither the secret key nor the database's password shows in its `Debug` form.
#[derive(Clone, Debug)]
pub struct Config {
    /// `listen`
    pub listen: SocketAddr,
    /// `database.*`
    pub database: DatabaseSettings,
    /// `secret_key`; without it the program makes one and keeps it in the database.
    pub secret_key: Option<SecretString>,
    /// `public_url`
    pub public_url: Option<Url>,
    /// `cookies.*`
    pub cookies: CookieSettings,
    /// `session.*`
    pub session: SessionSettings,
    /// `sign_in.*`
    pub sign_in: SignInSettings,
    /// `changes.*`
    pub changes: ChangeSettings,
    /// `nodes`, `cache.*` and `redis.*`
    pub cache: CacheSettings,
    /// `deliver.*`
    pub deliver: DeliverSettings,
    /// `mail.*`
    pub mail: MailSettings,
    /// `webhook.*`
    pub webhook: WebhookSettings,
    /// `metrics.*`
    pub metrics: MetricsSettings,
    /// `api.*`
    pub api: ApiSettings,
    /// `import.*`
    pub import: ImportSettings,
    /// `shutdown.*`
    pub shutdown: ShutdownSettings,
    /// `request.*`
    pub request: RequestSettings,
    /// `trusted_proxies`
    pub trusted_proxies: Vec<IpAddr>,
    /// `log.*`
    pub log: LogSettings,
    /// `audit.keep`
    pub audit_keep: Duration,
}

/// `cookies.*`
#[derive(Clone, Debug)]
pub struct CookieSettings {
    /// `cookies.secure`; [`Config::secure_cookies`] decides.
    pub secure: SecureCookies,
}

/// `changes.*`
#[derive(Clone, Debug)]
pub struct ChangeSettings {
    /// `changes.poll`
    pub poll: Duration,
}

/// `shutdown.*`
#[derive(Clone, Debug)]
pub struct ShutdownSettings {
    /// `shutdown.grace`
    pub grace: Duration,
}

/// `request.*`
#[derive(Clone, Debug)]
pub struct RequestSettings {
    /// `request.timeout`
    pub timeout: Duration,
    /// `request.max_body`, in bytes
    pub max_body: usize,
}

/// `log.*`
#[derive(Clone, Debug)]
pub struct LogSettings {
    /// `log.format`
    pub format: LogFormat,
    /// `log.level`: a filter as `tracing` reads it.
    pub level: String,
}

impl Config {
    /// Reads all settings.
    ///
    /// # Errors
    /// [`SettingsError`] with every unknown key and every bad value, each with the place where it stands.
    pub fn load(sources: &Sources) -> Result<Self, SettingsError> {
        let mut reader = Reader::of(sources);
        let config = Self::read(&mut reader);
        match config {
            Some(config) if reader.problems.is_empty() => Ok(config),
            _ => Err(SettingsError(reader.problems)),
        }
    }

    /// The defaults.
    ///
    /// # Errors
    /// None in practice: the defaults are under test.
    pub fn defaults() -> Result<Self, SettingsError> {
        Self::load(&Sources::default())
    }

    /// Whether cookies are sent over https alone.
    #[must_use]
    pub fn secure_cookies(&self) -> bool {
        match self.cookies.secure {
            SecureCookies::Always => true,
            SecureCookies::Never => false,
            SecureCookies::Auto => self.public_url.as_ref().is_some_and(|url| url.scheme() == "https"),
        }
    }

    /// Every section is read before the first failure counts, so that a user sees all mistakes at once.
    fn read(from: &mut Reader<'_>) -> Option<Self> {
        let listen = from.get("listen", value::address);
        let database = DatabaseSettings::read(from);
        let secret_key = from.opt("secret_key", secret::secret_key);
        let public_url = from.opt("public_url", value::public_url);
        let secure = from.get("cookies.secure", value::secure_cookies);
        let session = SessionSettings::read(from);
        let sign_in = SignInSettings::read(from);
        let poll = from.get("changes.poll", value::duration);
        let cache = CacheSettings::read(from);
        let (deliver, mail) = (DeliverSettings::read(from), MailSettings::read(from));
        let webhook = WebhookSettings::read(from);
        let metrics = MetricsSettings::read(from);
        let api = ApiSettings::read(from);
        let import = ImportSettings::read(from);
        let grace = from.get("shutdown.grace", value::duration_or_zero);
        let (timeout, max_body) =
            (from.get("request.timeout", value::duration), from.get("request.max_body", size::size));
        let trusted_proxies = from.get("trusted_proxies", value::addresses);
        let audit_keep = from.get("audit.keep", value::duration);
        let (format, level) = (from.get("log.format", value::log_format), from.get("log.level", value::log_level));
        Some(Self {
            listen: listen?,
            database: database?,
            secret_key: secret_key?,
            public_url: public_url?,
            cookies: CookieSettings { secure: secure? },
            session: session?,
            sign_in: sign_in?,
            changes: ChangeSettings { poll: poll? },
            cache: cache?,
            deliver: deliver?,
            mail: mail?,
            webhook: webhook?,
            metrics: metrics?,
            api: api?,
            import: import?,
            shutdown: ShutdownSettings { grace: grace? },
            request: RequestSettings { timeout: timeout?, max_body: max_body? },
            trusted_proxies: trusted_proxies?,
            log: LogSettings { format: format?, level: level? },
            audit_keep: audit_keep?,
        })
    }
}

#[cfg(test)]
mod tests;
