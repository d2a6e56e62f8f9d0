//! Rollcall's own tables: change log, versions, summaries, settings, sessions, security events.

use sea_orm::DbErr;
use sea_orm_migration::prelude::*;

use super::super::Dialect;
use super::{dialect, run};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0003_own_tables"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in UP {
            run(manager, &fill(statement, dialect(manager))).await?;
        }
        // Whatever stands in the contract's tables already has no summaries yet.
        run(manager, "INSERT INTO company_versions (company_id, version, state) SELECT id, 0, 1 FROM companies").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES.iter().rev() {
            run(manager, &format!("DROP TABLE IF EXISTS {table}")).await?;
        }
        Ok(())
    }
}

/// Replaces the words in braces by what the dialect calls them.
pub(super) fn fill(statement: &str, dialect: Dialect) -> String {
    let words = [
        (
            "{id}",
            dialect.pick(
                "INTEGER PRIMARY KEY",
                "BIGINT NOT NULL PRIMARY KEY AUTO_INCREMENT",
                "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
            ),
        ),
        ("{data}", dialect.pick("TEXT", "LONGTEXT", "TEXT")),
        ("{instant}", dialect.pick("datetime_text", "DATETIME", "TIMESTAMP")),
        ("{blob}", dialect.pick("BLOB", "LONGBLOB", "BYTEA")),
        ("{table}", dialect.pick("", "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin", "")),
    ];
    words.iter().fold(statement.to_owned(), |text, (word, meaning)| text.replace(word, meaning))
}

/// In the order in which they are made.
const TABLES: &[&str] = &[
    "change_log",
    "company_versions",
    "day_summaries",
    "customer_summaries",
    "company_summaries",
    "company_settings",
    "rollcall_sessions",
    "sign_in_failures",
    "security_events",
    "rollcall_meta",
];

const UP: &[&str] = &[
    // What changed, appended by triggers; `subject` says which row, in the form that `changes::log` reads.
    "CREATE TABLE change_log (id {id}, company_id BIGINT NOT NULL, scope VARCHAR(16) NOT NULL, \
     subject VARCHAR(96) NOT NULL) {table}",
    "CREATE INDEX idx_change_log_company ON change_log (company_id)",
    // state: 0 current, else the number of the demand to recompute all summaries.
    "CREATE TABLE company_versions (company_id BIGINT NOT NULL PRIMARY KEY, version BIGINT NOT NULL DEFAULT 0, \
     state BIGINT NOT NULL DEFAULT 0, changed_at {instant} NULL) {table}",
    // day: YYYYMMDD, and 0 for rows without a date; failed: a copy of what the badge adds up.
    "CREATE TABLE day_summaries (company_id BIGINT NOT NULL, day INT NOT NULL, failed BIGINT NOT NULL DEFAULT 0, \
     data {data} NOT NULL, PRIMARY KEY (company_id, day)) {table}",
    "CREATE INDEX idx_day_summaries_failed ON day_summaries (company_id, failed)",
    "CREATE TABLE customer_summaries (company_id BIGINT NOT NULL, customer_id BIGINT NOT NULL, \
     journey_status VARCHAR(32) NOT NULL, violations BIGINT NOT NULL DEFAULT 0, \
     cancellations BIGINT NOT NULL DEFAULT 0, appointments BIGINT NOT NULL DEFAULT 0, \
     PRIMARY KEY (company_id, customer_id)) {table}",
    "CREATE INDEX idx_customer_summaries_top ON customer_summaries (company_id, violations DESC, customer_id)",
    "CREATE INDEX idx_customer_summaries_journey \
     ON customer_summaries (company_id, journey_status, violations DESC, customer_id)",
    "CREATE TABLE company_summaries (company_id BIGINT NOT NULL PRIMARY KEY, data {data} NOT NULL) {table}",
    "CREATE TABLE company_settings (company_id BIGINT NOT NULL PRIMARY KEY, staff_capacity INT NOT NULL DEFAULT 40, \
     currency VARCHAR(3) NOT NULL DEFAULT 'EUR') {table}",
    // id: a keyed hash of the cookie, so that whoever reads the table has no session. Laravel has a table `sessions` of its own.
    "CREATE TABLE rollcall_sessions (id VARCHAR(64) NOT NULL PRIMARY KEY, user_id BIGINT NULL, data {data} NOT NULL, \
     expires_at BIGINT NOT NULL) {table}",
    "CREATE INDEX idx_rollcall_sessions_expires ON rollcall_sessions (expires_at)",
    "CREATE INDEX idx_rollcall_sessions_user ON rollcall_sessions (user_id)",
    "CREATE TABLE sign_in_failures (subject VARCHAR(64) NOT NULL PRIMARY KEY, failures INT NOT NULL, \
     first_at BIGINT NOT NULL, locked_until BIGINT NOT NULL DEFAULT 0) {table}",
    "CREATE TABLE security_events (id {id}, company_id BIGINT NULL, kind VARCHAR(48) NOT NULL, \
     subject VARCHAR(160) NOT NULL, detail VARCHAR(255) NOT NULL, occurrences BIGINT NOT NULL DEFAULT 1, \
     first_at {instant} NOT NULL, last_at {instant} NOT NULL) {table}",
    "CREATE UNIQUE INDEX idx_security_events_subject ON security_events (kind, subject)",
    "CREATE INDEX idx_security_events_company ON security_events (company_id, last_at)",
    "CREATE TABLE rollcall_meta (name VARCHAR(64) NOT NULL PRIMARY KEY, value VARCHAR(255) NOT NULL) {table}",
];
