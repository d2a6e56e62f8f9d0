//! What was answered to a POST with an `Idempotency-Key`.

use sea_orm::DbErr;
use sea_orm_migration::prelude::*;

use super::own::fill;
use super::{dialect, run};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0010_idempotency"
    }
}

const UP: &[&str] = &[
    // name: a hash of the key; fingerprint: of what was asked under it; status 0: the work is not done yet, which nobody
    // sees but its own transaction.
    "CREATE TABLE idempotency_keys (company_id BIGINT NOT NULL, token_id BIGINT NOT NULL, name VARCHAR(64) NOT NULL, \
     fingerprint VARCHAR(64) NOT NULL, status INT NOT NULL DEFAULT 0, head {data} NOT NULL, body {data} NOT NULL, \
     created_at BIGINT NOT NULL, PRIMARY KEY (company_id, token_id, name)) {table}",
    "CREATE INDEX idx_idempotency_keys_created ON idempotency_keys (created_at)",
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
        run(manager, "DROP TABLE IF EXISTS idempotency_keys").await
    }
}
