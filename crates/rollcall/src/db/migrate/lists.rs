//! Indexes of the panel's lists: each is paged in its order, within what it is narrowed by.

use sea_orm::DbErr;
use sea_orm_migration::prelude::*;

use super::indexes;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0014_lists"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        indexes::create(manager, |name| indexes::LISTS.iter().any(|(own, ..)| *own == name)).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for index in indexes::LISTS.iter().rev() {
            indexes::drop(manager, index).await?;
        }
        Ok(())
    }
}
