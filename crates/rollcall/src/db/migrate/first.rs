//! What the first minutes need: imports that are put together on a screen, and who wants no more advice on how to begin.

use sea_orm::DbErr;
use sea_orm_migration::prelude::*;

use super::own::fill;
use super::{dialect, run};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0020_first"
    }
}

/// In the order in which they are made.
const TABLES: [&str; 2] = ["rollcall_imports", "rollcall_first_steps"];

const UP: &[&str] = &[
    // file: its name in the folder of the node that took it; choices, report: see `import::screen`.
    "CREATE TABLE rollcall_imports (id {id}, company_id BIGINT NOT NULL, user_id BIGINT NOT NULL, file VARCHAR(64) NOT NULL, \
     name VARCHAR(255) NOT NULL, bytes BIGINT NOT NULL, state VARCHAR(16) NOT NULL, choices {data} NULL, report {data} NULL, \
     created_at {instant} NOT NULL, changed_at {instant} NOT NULL) {table}",
    "CREATE INDEX idx_rollcall_imports_company ON rollcall_imports (company_id, id)",
    "CREATE INDEX idx_rollcall_imports_changed ON rollcall_imports (changed_at)",
    // A row: the list of first steps is not to be shown any more.
    "CREATE TABLE rollcall_first_steps (company_id BIGINT NOT NULL PRIMARY KEY, dismissed_at {instant} NOT NULL) {table}",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in UP {
            run(manager, &fill(statement, dialect(manager))).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES.iter().rev() {
            run(manager, &format!("DROP TABLE IF EXISTS {table}")).await?;
        }
        Ok(())
    }
}
