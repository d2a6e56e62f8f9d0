//! Reports that go out by mail: what they say and when, to whom, and what became of each mail.

use sea_orm::DbErr;
use sea_orm_migration::prelude::*;

use super::own::fill;
use super::{dialect, run};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0019_reports"
    }
}

/// In the order in which they are made.
const TABLES: [&str; 3] = ["rollcall_reports", "rollcall_report_recipients", "rollcall_report_mails"];

const UP: &[(&str, &[&str])] = &[
    (
        TABLES[0],
        &[
            // minute: of the company's day. widgets: keys in their order. next_at: seconds since 1970, none while it pauses.
            "CREATE TABLE rollcall_reports (id {id}, company_id BIGINT NOT NULL, name VARCHAR(255) NOT NULL, \
             cadence VARCHAR(8) NOT NULL, weekday INT NOT NULL, month_day INT NOT NULL, minute INT NOT NULL, \
             period VARCHAR(16) NOT NULL, branch_id BIGINT NULL, widgets VARCHAR(1000) NOT NULL, \
             attachment VARCHAR(8) NOT NULL, next_at BIGINT NULL, created_at {instant} NOT NULL, \
             updated_at {instant} NOT NULL) {table}",
            "CREATE INDEX idx_rollcall_reports_company ON rollcall_reports (company_id)",
            "CREATE INDEX idx_rollcall_reports_next ON rollcall_reports (next_at, id)",
        ],
    ),
    (
        TABLES[1],
        &[
            "CREATE TABLE rollcall_report_recipients (company_id BIGINT NOT NULL, report_id BIGINT NOT NULL, \
           user_id BIGINT NOT NULL, language VARCHAR(8) NOT NULL, unsubscribed_at {instant} NULL, \
           PRIMARY KEY (company_id, report_id, user_id)) {table}",
            "CREATE INDEX idx_rollcall_report_recipients_user ON rollcall_report_recipients (user_id)",
        ],
    ),
    (
        TABLES[2],
        &[
            // slot: the time that it was due, seconds since 1970. due_at: the next try, or the end of the lease while `node`
            // sends it.
            "CREATE TABLE rollcall_report_mails (id {id}, company_id BIGINT NOT NULL, report_id BIGINT NOT NULL, \
             user_id BIGINT NOT NULL, slot BIGINT NOT NULL, cause VARCHAR(8) NOT NULL, status VARCHAR(16) NOT NULL, \
             attempts INT NOT NULL DEFAULT 0, due_at BIGINT NOT NULL, node VARCHAR(64) NOT NULL DEFAULT '', \
             error VARCHAR(255) NOT NULL DEFAULT '', created_at {instant} NOT NULL, done_at {instant} NULL) {table}",
            "CREATE UNIQUE INDEX idx_rollcall_report_mails_once \
             ON rollcall_report_mails (company_id, report_id, slot, cause, user_id)",
            "CREATE INDEX idx_rollcall_report_mails_due ON rollcall_report_mails (status, due_at, id)",
            "CREATE INDEX idx_rollcall_report_mails_company ON rollcall_report_mails (company_id, id)",
        ],
    ),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, statements) in UP {
            // MySQL commits each by itself: one that was killed half-way is begun again with that table.
            run(manager, &format!("DROP TABLE IF EXISTS {table}")).await?;
            for statement in *statements {
                run(manager, &fill(statement, dialect(manager))).await?;
            }
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
