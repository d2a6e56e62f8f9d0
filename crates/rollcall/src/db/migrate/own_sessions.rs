//! Sessions under a name of their own: Laravel has a table `sessions` too.

use sea_orm::DbErr;
use sea_orm_migration::prelude::*;

use super::run;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0012_own_sessions"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // What m0003 makes has that name already; what it made in earlier builds has not.
        if manager.has_table("rollcall_sessions").await? {
            return Ok(());
        }
        run(manager, "ALTER TABLE sessions RENAME TO rollcall_sessions").await
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Ok(())
    }
}
