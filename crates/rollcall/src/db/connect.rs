//! From a URL to a pool.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::sqlx::Executor;
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, DbErr};
use url::Url;

use super::{Database, Dialect};

/// How long a writer waits for SQLite's one write lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// So many rows SQLite reads ahead of whoever takes them: it waits for nobody within a page of an export.
const ROWS_AHEAD: usize = 1_024;

/// MariaDB and MySQL join row by row: with a buffer for a small table they read and sort all of a list before they answer its first
/// page. Each server reads the comment that is meant for it.
const MYSQL_SESSION: &str = "SET @rollcall = 1 /*M!100000 , SESSION join_cache_level = 0 */ \
     /*!80018 , SESSION optimizer_switch = 'block_nested_loop=off' */";

/// So many prepared statements a connection to MariaDB or MySQL keeps at most: all that the program has in use. One that makes room for
/// another is closed by a packet of its own, behind which Nagle's algorithm keeps the next one back for 40 ms (the driver does not
/// set `TCP_NODELAY`).
const STATEMENTS: usize = 512;
/// So many on all connections of a node: a server keeps 16,382 by default (`max_prepared_stmt_count`).
const STATEMENTS_OF_NODE: usize = 6_000;

/// How long a server may take to take a connection.
const REACH_WITHIN: Duration = Duration::from_secs(5);

/// Why a database could not be opened. Says what to do; never shows a password.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The URL names no database that Rollcall knows.
    #[error(
        "`{0}` is not a database URL: use sqlite:PATH, mysql://USER:PASSWORD@HOST/NAME or postgres://USER:PASSWORD@HOST/NAME"
    )]
    Url(String),
    /// The folder of a SQLite file cannot be made.
    #[error("cannot create the folder of {path}: {source}")]
    Folder {
        /// The database file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Nobody listens at the server's address.
    #[error("cannot connect to {url}: {source}; does the server run, and may this host reach it?")]
    Unreachable {
        /// The URL without its password.
        url: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The database does not answer, or refuses.
    #[error("cannot connect to {url}: {source}")]
    Connect {
        /// The URL without its password.
        url: String,
        /// What the driver said.
        source: DbErr,
    },
}

impl Database {
    /// Opens `url`: `sqlite:PATH`, `mysql://…` (or `mariadb://…`), `postgres://…`. A SQLite file is made where it is
    /// missing, its folder too.
    ///
    /// # Errors
    /// [`ConnectError`], which names the URL without its password.
    pub async fn open(url: &str, max_connections: u32) -> Result<Self, ConnectError> {
        let shown = without_password(url);
        let normalised = normalise(url).ok_or_else(|| ConnectError::Url(shown.clone()))?;
        create_folder(&normalised)?;
        reach(&normalised).await.map_err(|source| ConnectError::Unreachable { url: shown.clone(), source })?;
        let mut options = ConnectOptions::new(normalised);
        options
            .max_connections(max_connections)
            .min_connections(1)
            .acquire_timeout(Duration::from_secs(5))
            .connect_timeout(Duration::from_secs(5))
            .test_before_acquire_if_idle_for(Duration::from_secs(1))
            .sqlx_logging(false)
            .set_application_name("rollcall")
            .map_sqlx_mysql_opts(move |mysql| mysql.statement_cache_capacity(statements_of(max_connections)))
            .map_sqlx_mysql_pool_opts(|pool| {
                pool.after_connect(|connection, _| {
                    Box::pin(async move { connection.execute(MYSQL_SESSION).await.map(|_| ()) })
                })
            })
            .map_sqlx_sqlite_opts(|sqlite| {
                sqlite
                    .create_if_missing(true)
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Normal)
                    .busy_timeout(BUSY_TIMEOUT)
                    .row_buffer_size(ROWS_AHEAD)
                    .pragma("cache_size", "-4096")
                    .pragma("temp_store", "MEMORY")
                    .pragma("recursive_triggers", "ON")
            });
        #[expect(clippy::disallowed_methods, reason = "the one place that makes a pool")]
        let pool =
            sea_orm::Database::connect(options).await.map_err(|source| ConnectError::Connect { url: shown, source })?;
        let dialect = Dialect::from(pool.get_database_backend());
        Ok(Self {
            pool,
            dialect,
            observer: None,
            versions: Arc::default(),
            tally: Arc::default(),
            indexes: Arc::default(),
            #[cfg(debug_assertions)]
            mutant: None,
        })
    }
}

/// How many prepared statements each of so many connections keeps; never fewer than the driver's own hundred.
fn statements_of(connections: u32) -> usize {
    let share = STATEMENTS_OF_NODE / usize::try_from(connections).unwrap_or(usize::MAX).max(1);
    share.clamp(100, STATEMENTS)
}

/// The URL as the driver wants it; none where it names no database that Rollcall knows.
fn normalise(url: &str) -> Option<String> {
    if let Some(rest) = url.strip_prefix("mariadb://") {
        return Some(format!("mysql://{rest}"));
    }
    let known = ["sqlite:", "mysql://", "postgres://", "postgresql://"];
    known.iter().any(|scheme| url.starts_with(scheme)).then(|| url.to_owned())
}

/// `url` with `***` in place of a password.
#[must_use]
pub fn without_password(url: &str) -> String {
    match Url::parse(url) {
        Ok(parsed) => hidden(parsed).unwrap_or_else(|| url.to_owned()),
        Err(_) => url.rsplit_once('@').map_or_else(|| url.to_owned(), |(_, host)| format!("***@{host}")),
    }
}

/// The URL without its passwords; none where it has none. PostgreSQL takes one as a parameter too.
fn hidden(mut url: Url) -> Option<String> {
    let is_secret = |key: &str| key.eq_ignore_ascii_case("password");
    let in_query = url.query_pairs().any(|(key, _)| is_secret(&key));
    if !in_query && url.password().is_none() {
        return None;
    }
    if in_query {
        let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let shown = pairs.iter().map(|(key, value)| (key, if is_secret(key) { "***" } else { value.as_str() }));
        url.query_pairs_mut().clear().extend_pairs(shown);
    }
    if url.password().is_some() && url.set_password(Some("***")).is_err() {
        return Some("***".to_owned());
    }
    Some(url.into())
}

/// Knocks at the server's door. The pool would try again and again until its time is up, and then name nothing but the
/// time.
async fn reach(url: &str) -> std::io::Result<()> {
    let Some(parsed) = Url::parse(url).ok().filter(|url| url.scheme() != "sqlite") else { return Ok(()) };
    let by_socket =
        parsed.query_pairs().any(|(key, value)| key == "socket" || (key == "host" && value.starts_with('/')));
    let (Some(host), false) = (parsed.host_str(), by_socket) else { return Ok(()) };
    let port = parsed.port().unwrap_or(if parsed.scheme() == "mysql" { 3306 } else { 5432 });
    // A socket's path may stand in the place of the host.
    if host.is_empty() || host.contains('%') {
        return Ok(());
    }
    let host = host.trim_start_matches('[').trim_end_matches(']');
    match tokio::time::timeout(REACH_WITHIN, tokio::net::TcpStream::connect((host, port))).await {
        Ok(connected) => connected.map(|_| ()),
        Err(_) => Err(std::io::Error::new(std::io::ErrorKind::TimedOut, "it does not answer")),
    }
}

fn create_folder(url: &str) -> Result<(), ConnectError> {
    let Some(path) = url.strip_prefix("sqlite:") else { return Ok(()) };
    let path = path.strip_prefix("//").unwrap_or(path).split('?').next().unwrap_or_default();
    match std::path::Path::new(path).parent() {
        Some(folder) if !folder.as_os_str().is_empty() => {
            std::fs::create_dir_all(folder).map_err(|source| ConnectError::Folder { path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        assert_eq!(without_password("mysql://app:s3cret@db/rollcall"), "mysql://app:***@db/rollcall");
        assert_eq!(
            without_password("postgres://app@db/rollcall?password=s3cret&sslmode=require"),
            "postgres://app@db/rollcall?password=***&sslmode=require"
        );
        assert_eq!(without_password("sqlite:/tmp/a.db"), "sqlite:/tmp/a.db");
        assert_eq!(without_password("my sql://app:s3cret@db"), "***@db");
    }

    #[test]
    fn many_connections_share_what_a_server_keeps() {
        assert_eq!([1, 8, 16, 60, 1_000].map(statements_of), [512, 512, 375, 100, 100]);
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_named_at_once() {
        let start = std::time::Instant::now();
        for url in ["mysql://u:s3cret@127.0.0.1:1/x", "postgres://u:s3cret@127.0.0.1:1/x"] {
            let error = Database::open(url, 1).await.unwrap_err().to_string();
            assert!(error.contains("refused") && error.contains("127.0.0.1:1") && !error.contains("s3cret"), "{error}");
        }
        assert!(start.elapsed() < REACH_WITHIN);
    }

    #[tokio::test]
    async fn an_unknown_scheme_says_which_there_are() {
        let error = Database::open("oracle://u:pw@h/x", 1).await.unwrap_err().to_string();
        assert!(error.contains("sqlite:PATH") && !error.contains("pw"), "{error}");
    }
}
