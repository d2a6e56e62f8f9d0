//! The databases: pools, migrations, and the two ways to a statement.
//!
//! Invariant: nothing outside this module sees a pool or a SeaORM connection. A tenant's tables are reached through
//! [`TenantDb`] alone, which exists only for a proven [`TenantScope`](crate::tenant::TenantScope); what stands above
//! tenants goes through the crate's own `PlatformDb`, whose statements each name their purpose.

mod connect;
mod dialect;
mod indexes;
pub mod migrate;
mod observe;
mod platform;
mod row;
mod sql;
mod tally;
mod tenant;
mod transaction;

use std::sync::Arc;
use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, ExecResult, Statement};

pub use connect::{ConnectError, without_password};
pub use dialect::Dialect;
pub(crate) use indexes::Ordered;
pub use observe::{Observed, Observer};
pub(crate) use platform::{PlatformDb, PlatformTx};
pub use row::Row;
pub(crate) use row::instant_of;
pub(crate) use sql::PlatformSql;
pub use sql::{TenantSql, Unscoped};
pub use tally::Tally;
pub use tenant::{TenantDb, TenantTx};
pub use transaction::Mode;

use crate::versions::Known;

/// What went wrong in a database.
pub use sea_orm::DbErr as Error;
/// A value bound to a statement.
pub use sea_orm::Value as Arg;

/// How long running statements are waited for when a pool is closed.
const CLOSE_WITHIN: Duration = Duration::from_secs(5);

/// A database and its pool. Cheap to clone. It answers no query itself: see [`TenantDb`].
#[derive(Clone)]
pub struct Database {
    pool: DatabaseConnection,
    dialect: Dialect,
    observer: Option<Arc<dyn Observer>>,
    versions: Arc<Known>,
    tally: Arc<Tally>,
    indexes: Arc<indexes::Indexes>,
    #[cfg(debug_assertions)]
    mutant: Option<Arc<Mutant>>,
}

/// A statement that is run as another one, so that whoever checks isolation can show that a predicate which is missing
/// would be found. No release has it: only a debug build does, and only for who asks by [`Database::mutated`].
#[cfg(debug_assertions)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mutant {
    /// The statement as it is written, with `:company`.
    pub text: String,
    /// What is run in its place.
    pub by: String,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database").field("dialect", &self.dialect).finish_non_exhaustive()
    }
}

impl Database {
    /// The dialect spoken here.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The same database, telling `observer` of every statement.
    #[must_use]
    pub fn observed_by(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// The same database, which runs one statement as another one.
    #[cfg(debug_assertions)]
    #[must_use]
    pub fn mutated(mut self, mutant: Mutant) -> Self {
        self.mutant = Some(Arc::new(mutant));
        self
    }

    /// A statement as it is sent: the one place where a company's id is put into one.
    fn bind(&self, text: &str, company: Option<i64>, args: Vec<Arg>) -> Statement {
        #[cfg(debug_assertions)]
        let text = match &self.mutant {
            Some(mutant) if mutant.text == text => &mutant.by,
            _ => text,
        };
        sql::bind(text, self.dialect, company, args)
    }

    /// What this process has heard of companies' versions. It belongs to the database, so that whoever raises a version
    /// has it at hand, and nobody can ask about another database.
    #[must_use]
    pub fn versions(&self) -> &Known {
        &self.versions
    }

    /// What this process has written down of changes and of attempts.
    #[must_use]
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    pub(crate) fn platform(&self) -> PlatformDb {
        PlatformDb::new(self.clone())
    }

    /// Waits for running statements, though not for ever, and closes the pool.
    ///
    /// # Errors
    /// Where the pool cannot be closed in order.
    pub async fn close(self) -> Result<(), DbErr> {
        tokio::time::timeout(CLOSE_WITHIN, self.pool.close()).await.unwrap_or_else(|_| {
            tracing::warn!(within = ?CLOSE_WITHIN, "some statements did not end; their connections are cut off");
            Ok(())
        })
    }

    fn observe(&self, statement: &Statement, purpose: Option<&'static str>, template: &str, rows: u64) {
        if let Some(observer) = &self.observer {
            let args = statement.values.as_ref().map_or(&[][..], |values| &values.0);
            observer.statement(&Observed { sql: &statement.sql, args, template, purpose, rows });
        }
    }
}

async fn query(on: &impl ConnectionTrait, dialect: Dialect, statement: Statement) -> Result<Vec<Row>, DbErr> {
    let rows = on.query_all_raw(statement).await?;
    Ok(rows.into_iter().map(|row| Row::new(row, dialect)).collect())
}

async fn execute(on: &impl ConnectionTrait, statement: Statement) -> Result<ExecResult, DbErr> {
    on.execute_raw(statement).await
}
