//! What people do with rows of the panel's lists: what they deleted and can have back, failed notifications that they set
//! aside, and what they do with many rows at once.

use sea_orm::DbErr;
use sea_orm_migration::prelude::*;

use super::own::fill;
use super::{dialect, run};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0017_rows"
    }
}

/// In the order in which they are made, each with its indexes.
const TABLES: [(&str, &[&str]); 4] = [
    (
        // kind: the row's table; tag: the state in which it was deleted.
        "CREATE TABLE rollcall_deleted (company_id BIGINT NOT NULL, kind VARCHAR(64) NOT NULL, row_id BIGINT NOT NULL, \
         tag VARCHAR(64) NOT NULL, by_name VARCHAR(255) NOT NULL, deleted_at {instant} NOT NULL, \
         PRIMARY KEY (company_id, kind, row_id)) {table}",
        &[
            "CREATE INDEX idx_rollcall_deleted_at ON rollcall_deleted (company_id, kind, deleted_at)",
            "CREATE INDEX idx_rollcall_deleted_age ON rollcall_deleted (deleted_at)",
        ],
    ),
    (
        // retries: of the notification at that time. Once it was sent again, it is not set aside any more.
        "CREATE TABLE rollcall_set_aside (company_id BIGINT NOT NULL, notification_id BIGINT NOT NULL, retries INT NOT NULL, \
         reason VARCHAR(255) NOT NULL, by_name VARCHAR(255) NOT NULL, at {instant} NOT NULL, \
         PRIMARY KEY (company_id, notification_id)) {table}",
        &[],
    ),
    (
        // leased_until, created_at, finished_at: seconds since 1970; actor: who wanted it, as the audit log names them.
        "CREATE TABLE rollcall_bulk (company_id BIGINT NOT NULL, name VARCHAR(64) NOT NULL, screen VARCHAR(64) NOT NULL, \
         act VARCHAR(32) NOT NULL, reason {data} NOT NULL, forced INT NOT NULL DEFAULT 0, user_id BIGINT NOT NULL, \
         actor {data} NOT NULL, total BIGINT NOT NULL, missing BIGINT NOT NULL DEFAULT 0, created_at BIGINT NOT NULL, \
         leased_until BIGINT NOT NULL DEFAULT 0, node VARCHAR(64) NOT NULL DEFAULT '', finished_at BIGINT NULL, \
         outcome VARCHAR(16) NOT NULL DEFAULT '', PRIMARY KEY (company_id, name)) {table}",
        &["CREATE INDEX idx_rollcall_bulk_due ON rollcall_bulk (finished_at, leased_until)"],
    ),
    (
        // state: 0 waits, 1 is done, 2 could not be done; why: the name of the reason.
        "CREATE TABLE rollcall_bulk_rows (company_id BIGINT NOT NULL, job VARCHAR(64) NOT NULL, row_id BIGINT NOT NULL, \
         state INT NOT NULL DEFAULT 0, why VARCHAR(32) NOT NULL DEFAULT '', PRIMARY KEY (company_id, job, row_id)) {table}",
        &["CREATE INDEX idx_rollcall_bulk_rows_state ON rollcall_bulk_rows (company_id, job, state, row_id)"],
    ),
];

fn name_of(statement: &str) -> &str {
    statement.split_whitespace().nth(2).unwrap_or_default()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, indexes) in TABLES {
            // MySQL commits each by itself: one that was killed half-way is gone on with.
            if !manager.has_table(name_of(table)).await? {
                run(manager, &fill(table, dialect(manager))).await?;
            }
            for index in indexes {
                if !manager.has_index(name_of(table), name_of(index)).await? {
                    run(manager, index).await?;
                }
            }
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, _) in TABLES.iter().rev() {
            run(manager, &format!("DROP TABLE IF EXISTS {}", name_of(table))).await?;
        }
        Ok(())
    }
}
