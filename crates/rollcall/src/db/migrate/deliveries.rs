//! Who is sending which notification, and what the queue is looked through by.

use sea_orm::DbErr;
use sea_orm_migration::prelude::*;

use super::{dialect, indexes, run};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0011_deliveries"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let end = dialect(manager).pick("", "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin", "");
        // due_at, seconds since 1970: the end of the lease while `node` sends it, the next try while nobody does.
        run(
            manager,
            &format!(
                "CREATE TABLE deliveries (notification_id BIGINT NOT NULL PRIMARY KEY, company_id BIGINT NOT NULL, \
                 channel VARCHAR(16) NOT NULL, attempts INT NOT NULL, due_at BIGINT NOT NULL, \
                 node VARCHAR(64) NOT NULL DEFAULT '', last_error VARCHAR(255) NOT NULL DEFAULT '') {end}"
            ),
        )
        .await?;
        run(manager, "CREATE INDEX idx_deliveries_due ON deliveries (channel, due_at, notification_id)").await?;
        run(manager, "CREATE INDEX idx_deliveries_company ON deliveries (company_id)").await?;
        // id: a keyed hash of a receipt's own id.
        let columns = "id VARCHAR(64) NOT NULL PRIMARY KEY, seen_at BIGINT NOT NULL";
        run(manager, &format!("CREATE TABLE delivery_receipts ({columns}) {end}")).await?;
        run(manager, "CREATE INDEX idx_delivery_receipts_seen ON delivery_receipts (seen_at)").await?;
        indexes::create(manager, |name| name == indexes::DUE.0).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        indexes::drop(manager, &indexes::DUE).await?;
        for table in ["delivery_receipts", "deliveries"] {
            run(manager, &format!("DROP TABLE IF EXISTS {table}")).await?;
        }
        Ok(())
    }
}
