//! The audit log: who changed what, from where, before and after.

use sea_orm::DbErr;
use sea_orm_migration::prelude::*;

use super::{dialect, indexes, run};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0008_audit"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let dialect = dialect(manager);
        let id = dialect.pick(
            "INTEGER PRIMARY KEY",
            "BIGINT NOT NULL PRIMARY KEY AUTO_INCREMENT",
            "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
        );
        let data = dialect.pick("TEXT", "LONGTEXT", "TEXT");
        let instant = dialect.pick("datetime_text", "DATETIME", "TIMESTAMP");
        let end = dialect.pick("", "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin", "");
        // company_id: NULL for what belongs to no company. state_before, state_after: JSON.
        let table = format!(
            "CREATE TABLE audit_log (id {id}, company_id BIGINT NULL, actor_kind VARCHAR(16) NOT NULL, \
             actor_id BIGINT NULL, actor_name VARCHAR(255) NOT NULL, address VARCHAR(45) NULL, \
             action VARCHAR(64) NOT NULL, subject_kind VARCHAR(32) NOT NULL, subject_id BIGINT NULL, \
             state_before {data} NULL, state_after {data} NULL, at {instant} NOT NULL) {end}"
        );
        run(manager, &table).await?;
        for (name, columns) in INDEXES {
            run(manager, &format!("CREATE INDEX {name} ON audit_log ({columns})")).await?;
        }
        run(manager, "CREATE INDEX idx_security_events_last ON security_events (last_at, id)").await?;
        // Databases of before have all indexes of the second migration but this one.
        let newer = "idx_am_company_appointment";
        if !manager.has_index("appointment_modifications", newer).await? {
            indexes::create(manager, |name| name == newer).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let on = super::dialect(manager).pick("", " ON security_events", "");
        run(manager, &format!("DROP INDEX idx_security_events_last{on}")).await?;
        run(manager, "DROP TABLE IF EXISTS audit_log").await
    }
}

/// Newest first by the id: all of a company's lines, and by each thing that a reader may ask for.
pub(crate) const INDEXES: [(&str, &str); 4] = [
    ("idx_audit_log_company", "company_id, id"),
    ("idx_audit_log_subject", "company_id, subject_kind, subject_id, id"),
    ("idx_audit_log_action", "company_id, action, id"),
    ("idx_audit_log_actor", "company_id, actor_kind, actor_id, id"),
];
