//! What Rollcall keeps of people beside the contract's table `users`, which may be another application's.

use sea_orm::DbErr;
use sea_orm_migration::prelude::*;

use super::own::fill;
use super::{dialect, run};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0015_people"
    }
}

/// In the order in which they are made.
const TABLES: [&str; 3] = ["rollcall_people", "rollcall_recovery_codes", "rollcall_links"];

const UP: &[&str] = &[
    // company_id: their user's when this was written last. totp_secret, totp_pending: sealed. totp_step: the last step of time
    // whose code was used.
    "CREATE TABLE rollcall_people (user_id BIGINT NOT NULL PRIMARY KEY, company_id BIGINT NULL, \
     deactivated_at {instant} NULL, language VARCHAR(8) NULL, theme VARCHAR(16) NULL, totp_secret VARCHAR(255) NULL, \
     totp_pending VARCHAR(255) NULL, totp_since {instant} NULL, totp_step BIGINT NOT NULL DEFAULT 0) {table}",
    "CREATE INDEX idx_rollcall_people_company ON rollcall_people (company_id)",
    // hash: keyed, so that whoever reads the table has no code.
    "CREATE TABLE rollcall_recovery_codes (user_id BIGINT NOT NULL, hash VARCHAR(64) NOT NULL, used_at {instant} NULL, \
     PRIMARY KEY (user_id, hash)) {table}",
    // kind: invitation or reset; hash: of the secret in the link. An invitation says who they are to be, a reset who they are.
    "CREATE TABLE rollcall_links (id {id}, kind VARCHAR(16) NOT NULL, hash VARCHAR(64) NOT NULL, company_id BIGINT NULL, \
     user_id BIGINT NULL, email VARCHAR(255) NOT NULL, name VARCHAR(255) NOT NULL, role VARCHAR(32) NOT NULL, \
     created_at {instant} NOT NULL, expires_at {instant} NOT NULL, used_at {instant} NULL) {table}",
    "CREATE UNIQUE INDEX idx_rollcall_links_hash ON rollcall_links (hash)",
    "CREATE INDEX idx_rollcall_links_company ON rollcall_links (company_id, kind)",
    "CREATE INDEX idx_rollcall_links_user ON rollcall_links (user_id)",
    "CREATE INDEX idx_rollcall_links_expires ON rollcall_links (expires_at)",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in UP {
            run(manager, &fill(statement, dialect(manager))).await?;
        }
        // When somebody was seen last, in seconds since 1970; written where the session is renewed.
        run(manager, "ALTER TABLE rollcall_sessions ADD COLUMN seen_at BIGINT NULL").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES.iter().rev() {
            run(manager, &format!("DROP TABLE IF EXISTS {table}")).await?;
        }
        if manager.has_column("rollcall_sessions", "seen_at").await? {
            run(manager, "ALTER TABLE rollcall_sessions DROP COLUMN seen_at").await?;
        }
        Ok(())
    }
}
