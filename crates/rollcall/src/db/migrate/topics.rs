//! For each topic the version at which it last changed.

use sea_orm::DbErr;
use sea_orm_migration::prelude::*;

use super::run;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0006_topics"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Separated by commas, in the order of `versions::Topic::ALL`: read and written together with the version.
        run(manager, "ALTER TABLE company_versions ADD COLUMN topics VARCHAR(255) NOT NULL DEFAULT ''").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, "ALTER TABLE company_versions DROP COLUMN topics").await
    }
}
