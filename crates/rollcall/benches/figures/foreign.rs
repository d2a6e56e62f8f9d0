//! The application beside Rollcall on the same database: plain SQL on a connection of its own.

use anyhow::Result;
use sea_orm::sqlx::sqlite::SqliteSynchronous;
use sea_orm::{ConnectOptions, ConnectionTrait, DatabaseConnection, DbBackend, QueryResult, Statement};

/// A foreign application's connection, one alone.
#[derive(Clone, Debug)]
pub(crate) struct Foreign(DatabaseConnection);

impl Foreign {
    pub(crate) async fn connect(url: &str) -> Result<Self> {
        let mut options = ConnectOptions::new(url.to_owned());
        options.max_connections(1).sqlx_logging(false);
        // The usual setting beside a write-ahead log; FULL would hide what is measured behind the disk.
        options.map_sqlx_sqlite_opts(|sqlite| {
            sqlite.synchronous(SqliteSynchronous::Normal).busy_timeout(std::time::Duration::from_secs(30))
        });
        #[expect(clippy::disallowed_methods, reason = "this plays another application")]
        Ok(Self(sea_orm::Database::connect(options).await?))
    }

    pub(crate) fn connection(&self) -> &DatabaseConnection {
        &self.0
    }

    /// Runs statements.
    pub(crate) async fn run(&self, sql: &str) -> Result<()> {
        self.0.execute_unprepared(sql).await?;
        Ok(())
    }

    /// Answers of a query.
    pub(crate) async fn query(&self, sql: &str) -> Result<Vec<QueryResult>> {
        Ok(self.0.query_all_raw(Statement::from_string(self.0.get_database_backend(), sql)).await?)
    }

    pub(crate) fn backend(&self) -> DbBackend {
        self.0.get_database_backend()
    }

    pub(crate) async fn close(self) -> Result<()> {
        Ok(self.0.close().await?)
    }
}
