//! Tokens of the API.

use sea_orm::DbErr;
use sea_orm_migration::prelude::*;

use super::own::fill;
use super::{dialect, run};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0009_api_tokens"
    }
}

const UP: &[&str] = &[
    // hash: of the secret, so that whoever reads the table has no token; company_id: their user's when it was made.
    "CREATE TABLE api_tokens (id {id}, user_id BIGINT NOT NULL, company_id BIGINT NULL, name VARCHAR(255) NOT NULL, \
     hash VARCHAR(64) NOT NULL, abilities VARCHAR(1024) NOT NULL, expires_at {instant} NULL, \
     last_used_at {instant} NULL, created_at {instant} NOT NULL, revoked_at {instant} NULL) {table}",
    "CREATE UNIQUE INDEX idx_api_tokens_hash ON api_tokens (hash)",
    "CREATE INDEX idx_api_tokens_user ON api_tokens (user_id)",
    "CREATE INDEX idx_api_tokens_company ON api_tokens (company_id)",
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
        run(manager, "DROP TABLE IF EXISTS api_tokens").await
    }
}
