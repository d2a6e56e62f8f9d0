//! Lists of what stands above companies: who was behind a security event, and what the lists are paged by.

use sea_orm::DbErr;
use sea_orm_migration::prelude::*;

use super::{dialect, indexes, run};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0021_above"
    }
}

const EVENTS: &str = "security_events";
const BY_KIND: &str = "idx_security_events_kind";
/// Who tried first; none where the program met it by itself.
const COLUMNS: [(&str, &str); 3] =
    [("actor_kind", "VARCHAR(16)"), ("actor_id", "BIGINT"), ("actor_name", "VARCHAR(255)")];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // MySQL commits each by itself: one that was killed half-way is gone on with.
        for (name, kind) in COLUMNS {
            if !manager.has_column(EVENTS, name).await? {
                run(manager, &format!("ALTER TABLE {EVENTS} ADD COLUMN {name} {kind} NULL")).await?;
            }
        }
        if !manager.has_index(EVENTS, BY_KIND).await? {
            run(manager, &format!("CREATE INDEX {BY_KIND} ON {EVENTS} (kind, last_at, id)")).await?;
        }
        indexes::create(manager, |name| indexes::ABOVE.iter().any(|(own, ..)| *own == name)).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for index in indexes::ABOVE.iter().rev() {
            indexes::drop(manager, index).await?;
        }
        if manager.has_index(EVENTS, BY_KIND).await? {
            let on = dialect(manager).pick(String::new(), format!(" ON {EVENTS}"), String::new());
            run(manager, &format!("DROP INDEX {BY_KIND}{on}")).await?;
        }
        for (name, _) in COLUMNS.iter().rev() {
            if manager.has_column(EVENTS, name).await? {
                run(manager, &format!("ALTER TABLE {EVENTS} DROP COLUMN {name}")).await?;
            }
        }
        Ok(())
    }
}
