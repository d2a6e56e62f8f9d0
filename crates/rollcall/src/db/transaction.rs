//! Transactions: what they promise on each database.

use sea_orm::{
    AccessMode, DatabaseTransaction, DbErr, IsolationLevel, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};

use super::{Database, Dialect};

/// What a transaction is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Writes. READ COMMITTED on servers, so that no gap is locked and no other writer waits for more than a row;
    /// on SQLite the write lock is taken at once, so that it never has to be upgraded.
    Write,
    /// Reads from one snapshot.
    Snapshot,
}

pub(super) async fn begin(db: &Database, mode: Mode) -> Result<DatabaseTransaction, DbErr> {
    let server = db.dialect != Dialect::Sqlite;
    let options = match mode {
        Mode::Write => TransactionOptions {
            isolation_level: server.then_some(IsolationLevel::ReadCommitted),
            access_mode: None,
            sqlite_transaction_mode: (!server).then_some(SqliteTransactionMode::Immediate),
        },
        Mode::Snapshot => TransactionOptions {
            isolation_level: server.then_some(IsolationLevel::RepeatableRead),
            access_mode: server.then_some(AccessMode::ReadOnly),
            sqlite_transaction_mode: (!server).then_some(SqliteTransactionMode::Deferred),
        },
    };
    db.pool.begin_with_options(options).await
}
