//! Statements that change a schema while an application works on it.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbErr, TransactionTrait};

use super::super::{Database, Dialect};

/// How long such a statement may stand in an application's way while it waits for a table; whoever comes after it would
/// wait behind it.
const WAIT_SECONDS: u32 = 2;
/// How often it is tried again.
const ATTEMPTS: u32 = 30;
/// The pause before that, in which the application's own statements pass.
const PAUSE: Duration = Duration::from_secs(1);

impl Database {
    /// Runs a statement that no transaction and no parameter fits.
    pub(super) async fn ddl(&self, sql: &str) -> Result<(), DbErr> {
        self.pool.execute_unprepared(sql).await.map(|_| ())
    }

    /// Runs statements that want a table for themselves for a moment. Where a long transaction holds it they step back,
    /// let pass who came after them, and try again: running all of them twice must do no harm.
    pub(super) async fn politely(&self, statements: &[String]) -> Result<(), DbErr> {
        let mut attempt = 1;
        loop {
            match self.in_one_go(statements).await {
                Err(error) if attempt < ATTEMPTS && was_in_the_way(&error) => {
                    tracing::info!(attempt, "a long transaction holds the table; trying again");
                    tokio::time::sleep(PAUSE).await;
                    attempt += 1;
                }
                result => return result,
            }
        }
    }

    async fn in_one_go(&self, statements: &[String]) -> Result<(), DbErr> {
        // A connection of SQLite that has not heard yet what another one dropped would refuse to make it again.
        let set = self.dialect.pick(
            "SELECT COUNT(*) FROM sqlite_master".to_owned(),
            format!("SET SESSION lock_wait_timeout = {WAIT_SECONDS}"),
            format!("SET LOCAL lock_timeout = '{WAIT_SECONDS}s'"),
        );
        // On MySQL each such statement commits by itself: there it is the one connection that the transaction is for.
        let tx = self.pool.begin().await?;
        tx.execute_unprepared(&set).await?;
        let mut result = Ok(());
        for statement in statements {
            result = tx.execute_unprepared(statement).await.map(|_| ());
            if result.is_err() {
                break;
            }
        }
        if self.dialect == Dialect::MySql {
            tx.execute_unprepared("SET SESSION lock_wait_timeout = DEFAULT").await?;
        }
        result?;
        tx.commit().await
    }

    /// Makes an index while writers go on writing, where the server can: MySQL and MariaDB in place and without a lock,
    /// else by the server's own choice, PostgreSQL concurrently.
    ///
    /// # Errors
    /// Where the database refuses.
    pub(crate) async fn make_index(&self, name: &str, table: &str, columns: &str) -> Result<(), DbErr> {
        let create = format!("CREATE INDEX {name} ON {table} ({columns})");
        match self.dialect {
            Dialect::Sqlite => self.politely(&[create]).await,
            Dialect::MySql => match self.politely(&[format!("{create} ALGORITHM=INPLACE LOCK=NONE")]).await {
                Err(error) if is_not_online(&error) => self.politely(&[create]).await,
                result => result,
            },
            Dialect::Postgres => {
                let concurrently = create.replacen("INDEX", "INDEX CONCURRENTLY", 1);
                match self.ddl(&concurrently).await {
                    Err(error) if error.to_string().contains("partitioned table") => self.politely(&[create]).await,
                    result => result,
                }
            }
        }
    }

    /// Drops an index, whole or half made, if it is there.
    ///
    /// # Errors
    /// Where the database refuses.
    pub(crate) async fn drop_index(&self, name: &str, table: &str) -> Result<(), DbErr> {
        match self.dialect {
            Dialect::Sqlite => self.politely(&[format!("DROP INDEX IF EXISTS {name}")]).await,
            Dialect::MySql => match self.politely(&[format!("DROP INDEX {name} ON {table}")]).await {
                Err(error) if error.to_string().contains("1091") => Ok(()),
                result => result,
            },
            Dialect::Postgres => match self.ddl(&format!("DROP INDEX CONCURRENTLY IF EXISTS {name}")).await {
                Err(error) if error.to_string().contains("partitioned") => {
                    self.politely(&[format!("DROP INDEX IF EXISTS {name}")]).await
                }
                result => result,
            },
        }
    }

    /// Makes the server take for explicit an index of the application that it made by itself for a foreign key: else it
    /// would drop it without a word when another index comes that serves the key as well. The table's definition stays
    /// the same, to the letter.
    ///
    /// # Errors
    /// Where the database refuses.
    pub(crate) async fn pin_key(&self, name: &str, table: &str) -> Result<(), DbErr> {
        let pin = format!("ALTER TABLE {table} RENAME INDEX `{name}` TO `{name}`");
        match self.politely(&[format!("{pin}, ALGORITHM=INPLACE, LOCK=NONE")]).await {
            Err(error) if is_not_online(&error) => self.politely(&[pin]).await,
            result => result,
        }
    }
}

/// MySQL's and MariaDB's 1845 and 1846: the algorithm or the lock that was asked for will not do.
fn is_not_online(error: &DbErr) -> bool {
    let text = error.to_string();
    text.contains("1845") || text.contains("1846") || text.contains("is not supported")
}

/// Whether a statement waited for a table for as long as it may.
fn was_in_the_way(error: &DbErr) -> bool {
    let text = error.to_string().to_lowercase();
    text.contains("lock wait timeout") || text.contains("due to lock timeout") || text.contains("database is locked")
}
