//! What dashboards are narrowed and arranged by: figures by branch, and each person's own order of widgets.

use sea_orm::DbErr;
use sea_orm_migration::prelude::*;

use super::own::fill;
use super::{dialect, run};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0016_dashboards"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // MySQL commits each by itself: one that was killed half-way is gone on with.
        if !manager.has_column("day_summaries", "branches").await? {
            run(manager, &fill(BRANCHES, dialect(manager))).await?;
        }
        if !manager.has_table("rollcall_arrangements").await? {
            run(manager, &fill(ARRANGEMENTS, dialect(manager))).await?;
        }
        // Days that are stored already have no branches yet: whoever settles a company next makes them anew.
        run(manager, "UPDATE company_versions SET state = version + 1, version = version + 1").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, "DROP TABLE IF EXISTS rollcall_arrangements").await?;
        match manager.has_column("day_summaries", "branches").await? {
            true => run(manager, "ALTER TABLE day_summaries DROP COLUMN branches").await,
            false => Ok(()),
        }
    }
}

const BRANCHES: &str = "ALTER TABLE day_summaries ADD COLUMN branches {data} NULL";
// widgets: keys in their order, those that are hidden with a `-` before them.
const ARRANGEMENTS: &str = "CREATE TABLE rollcall_arrangements (company_id BIGINT NOT NULL, user_id BIGINT NOT NULL, \
     widgets VARCHAR(1000) NOT NULL, PRIMARY KEY (company_id, user_id)) {table}";
