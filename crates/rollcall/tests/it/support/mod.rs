//! Databases for tests: a fresh one each, on every backend that is there.
//!
//! SQLite always; MariaDB and PostgreSQL where `ROLLCALL_TEST_MARIADB` and `ROLLCALL_TEST_POSTGRES` name a server
//! (`cargo xtask test` starts both). Without them their tests pass over, unless `ROLLCALL_TEST_REQUIRE_ALL` is set.

pub mod app;
pub mod gateway;
pub mod program;
mod recorder;
pub mod smtp;
pub mod steps;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use rollcall::clock::Clock;
use rollcall::db::Database;
use rollcall::tenant::{OperatorScope, TenantScope};
use sea_orm::{ConnectionTrait, DatabaseConnection, QueryResult, Statement, TryGetable};

pub use recorder::Recorder;

/// The instant at which tests take place.
pub const NOW: &str = "2026-11-22T12:00:00Z";

/// The three databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    MariaDb,
    Postgres,
}

/// Makes a module with one test for each database; the body is `async |db: &TestDb| { … }`.
macro_rules! on_every_database {
    ($name:ident, $body:expr) => {
        mod $name {
            use super::*;

            #[tokio::test]
            async fn sqlite() {
                crate::support::with_database(crate::support::Backend::Sqlite, $body).await;
            }

            #[tokio::test]
            async fn mariadb() {
                crate::support::with_database(crate::support::Backend::MariaDb, $body).await;
            }

            #[tokio::test]
            async fn postgres() {
                crate::support::with_database(crate::support::Backend::Postgres, $body).await;
            }
        }
    };
}
pub(crate) use on_every_database;

/// Makes a module with one test for each database of a Laravel application; the body is `async |db: &TestDb| { … }`.
macro_rules! beside_every_application {
    ($name:ident, $body:expr) => {
        mod $name {
            use super::*;

            #[tokio::test]
            async fn sqlite() {
                crate::support::beside_application(crate::support::Backend::Sqlite, $body).await;
            }

            #[tokio::test]
            async fn mariadb() {
                crate::support::beside_application(crate::support::Backend::MariaDb, $body).await;
            }

            #[tokio::test]
            async fn postgres() {
                crate::support::beside_application(crate::support::Backend::Postgres, $body).await;
            }
        }
    };
}
pub(crate) use beside_every_application;

/// A fresh, migrated database: as Rollcall sees it, and as a foreign application does.
pub struct TestDb {
    /// The product's own handle; its statements are recorded.
    pub db: Database,
    /// A foreign application's connection.
    pub foreign: DatabaseConnection,
    /// Its URL.
    pub url: String,
    /// Which database it is.
    pub backend: Backend,
    /// A pinned clock at [`NOW`].
    pub clock: Clock,
    /// What ran on `db`.
    pub recorder: Arc<Recorder>,
}

/// Runs `body` on a fresh database of `backend`, which is dropped afterwards.
pub async fn with_database(backend: Backend, body: impl AsyncFn(&TestDb)) {
    let Some(server) = Server::of(backend) else { return };
    let url = server.create().await;
    let test = TestDb::open(backend, &url).await;
    test.db.migrate_up().await.unwrap();
    body(&test).await;
    test.db.close().await.unwrap();
    test.foreign.close().await.unwrap();
    server.drop(&url).await;
}

/// Runs `body` on a database that a Laravel application made, with some rows, and that Rollcall has not seen yet.
pub async fn beside_application(backend: Backend, body: impl AsyncFn(&TestDb)) {
    let Some(server) = Server::of(backend) else { return };
    let url = server.create().await;
    let test = TestDb::open(backend, &url).await;
    let hash = bcrypt::hash_with_salt(app::PASSWORD, 4, [7; 16]).unwrap().format_for_version(bcrypt::Version::TwoY);
    let rows = include_str!("../adopt/laravel.data.sql").replace("{password}", &hash);
    let (schema, rows) = match backend {
        Backend::Sqlite => (include_str!("../adopt/laravel.sqlite.sql"), rows),
        // A backslash in a text is written twice there.
        Backend::MariaDb => (include_str!("../adopt/laravel.mysql.sql"), rows.replace('\\', "\\\\")),
        Backend::Postgres => (include_str!("../adopt/laravel.postgres.sql"), rows),
    };
    for statement in schema.split(";\n").chain(rows.split(";\n")).filter(|statement| !statement.trim().is_empty()) {
        test.sql(statement).await;
    }
    body(&test).await;
    test.db.close().await.unwrap();
    test.foreign.close().await.unwrap();
    server.drop(&url).await;
}

impl TestDb {
    pub async fn open(backend: Backend, url: &str) -> Self {
        let recorder = Arc::new(Recorder::default());
        let db = Database::open(url, 5).await.unwrap().observed_by(recorder.clone());
        let foreign = connect(url).await;
        let clock = Clock::pinned(NOW.parse::<DateTime<Utc>>().unwrap());
        Self { db, foreign, url: url.to_owned(), backend, clock, recorder }
    }

    /// The scope of a company, as the program's own work has it.
    pub async fn scope(&self, company: i64) -> TenantScope {
        OperatorScope::of_program("test").enter(&self.db, company).await.unwrap().expect("the company exists")
    }

    /// Runs SQL as a foreign application would.
    pub async fn sql(&self, text: &str) {
        self.foreign.execute_unprepared(text).await.unwrap_or_else(|error| panic!("{error}: {text}"));
    }

    /// A connection of its own, for a second foreign application.
    pub async fn connection(&self) -> DatabaseConnection {
        connect(&self.url).await
    }

    /// Answers of a query in plain SQL.
    pub async fn query(&self, text: &str) -> Vec<QueryResult> {
        let statement = Statement::from_string(self.foreign.get_database_backend(), text);
        self.foreign.query_all_raw(statement).await.unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// The first column of a query's first row.
    pub async fn value<T: TryGetable>(&self, text: &str) -> T {
        let rows = self.query(text).await;
        rows.first().expect("a row").try_get_by_index(0).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// Ids that the database gives from now on are larger than those that a test gave itself.
    pub async fn ids_go_on(&self, table: &str) {
        if self.backend == Backend::Postgres {
            let most = format!("(SELECT COALESCE(MAX(id), 0) + 1000 FROM {table})");
            self.query(&format!("SELECT setval(pg_get_serial_sequence('{table}', 'id'), {most})")).await;
        }
    }

    /// Inserts a company of that id and zone with nothing in it.
    pub async fn company(&self, id: i64, zone: &str) {
        self.sql(&format!(
            "INSERT INTO companies (id, name, slug, timezone) VALUES ({id}, 'Company {id}', 'company-{id}', '{zone}')"
        ))
        .await;
    }

    /// Inserts a customer.
    pub async fn customer(&self, id: i64, company: i64) {
        self.sql(&format!(
            "INSERT INTO customers (id, company_id, name, email) \
             VALUES ({id}, {company}, 'Customer {id}', 'customer{id}@example.test')"
        ))
        .await;
    }
}

/// Runs SQL on `connection`, a single one of a foreign application.
pub async fn run(connection: &impl ConnectionTrait, text: &str) {
    connection.execute_unprepared(text).await.unwrap_or_else(|error| panic!("{error}: {text}"));
}

/// One connection, so that what a test sets for its session stays set.
pub async fn connect(url: &str) -> DatabaseConnection {
    let mut options = sea_orm::ConnectOptions::new(url);
    // Tests write their values into their statements: each that made room for another would cost 40 ms (`db/connect.rs`).
    options.max_connections(1).sqlx_logging(false).map_sqlx_mysql_opts(|mysql| mysql.statement_cache_capacity(4_000));
    #[expect(clippy::disallowed_methods, reason = "the tests play the foreign application")]
    sea_orm::Database::connect(options).await.unwrap_or_else(|error| panic!("{error}: {url}"))
}

/// Where fresh databases come from.
enum Server {
    Folder(tempfile::TempDir),
    Url(String),
}

static NUMBER: AtomicU64 = AtomicU64::new(0);

impl Server {
    fn of(backend: Backend) -> Option<Self> {
        let variable = match backend {
            Backend::Sqlite => return Some(Self::Folder(tempfile::tempdir().unwrap())),
            Backend::MariaDb => "ROLLCALL_TEST_MARIADB",
            Backend::Postgres => "ROLLCALL_TEST_POSTGRES",
        };
        let url = std::env::var(variable).ok();
        let required = std::env::var("ROLLCALL_TEST_REQUIRE_ALL").is_ok();
        assert!(url.is_some() || !required, "{variable} is not set: run the suite by `cargo xtask test`");
        url.map(|url| Self::Url(url.trim_end_matches('/').to_owned()))
    }

    async fn create(&self) -> String {
        match self {
            Self::Folder(folder) => format!("sqlite:{}?mode=rwc", folder.path().join("rollcall.db").display()),
            Self::Url(server) => {
                let name = format!("rollcall_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::SeqCst));
                self.admin(&format!("DROP DATABASE IF EXISTS {name}")).await;
                self.admin(&format!("CREATE DATABASE {name}")).await;
                format!("{server}/{name}")
            }
        }
    }

    async fn drop(&self, url: &str) {
        if let (Self::Url(_), Some((_, name))) = (self, url.rsplit_once('/')) {
            self.admin(&format!("DROP DATABASE IF EXISTS {name}")).await;
        }
    }

    async fn admin(&self, text: &str) {
        let Self::Url(server) = self else { return };
        let database = if server.starts_with("postgres") { "postgres" } else { "mysql" };
        let connection = connect(&format!("{server}/{database}")).await;
        connection.execute_unprepared(text).await.unwrap_or_else(|error| panic!("{error}: {text}"));
        connection.close().await.unwrap();
    }
}
