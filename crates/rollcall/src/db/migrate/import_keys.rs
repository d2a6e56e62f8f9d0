//! What an import has made already: the file's own keys and the rows that they stand for.

use sea_orm::DbErr;
use sea_orm_migration::prelude::*;

use super::{dialect, run};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0005_import_keys"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Keys of files differ in every letter and its case: byte order, whatever the database's usual collation.
        let end = dialect(manager).pick("", "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin", "");
        let columns = "company_id BIGINT NOT NULL, source VARCHAR(64) NOT NULL, kind VARCHAR(16) NOT NULL, \
                       external_key VARCHAR(255) NOT NULL, row_id BIGINT NOT NULL, \
                       PRIMARY KEY (company_id, source, kind, external_key)";
        run(manager, &format!("CREATE TABLE import_keys ({columns}) {end}")).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, "DROP TABLE IF EXISTS import_keys").await
    }
}
