//! Which node does which run of a job.

use sea_orm::DbErr;
use sea_orm_migration::prelude::*;

use super::{dialect, run};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0007_job_runs"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let end = dialect(manager).pick("", "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin", "");
        // tick, leased_until, started_at, finished_at: seconds since 1970; progress: the last company that is done.
        run(
            manager,
            &format!(
                "CREATE TABLE job_runs (job VARCHAR(32) NOT NULL, tick BIGINT NOT NULL, node VARCHAR(64) NOT NULL, \
                 leased_until BIGINT NOT NULL, started_at BIGINT NOT NULL, progress BIGINT NOT NULL DEFAULT 0, \
                 finished_at BIGINT NULL, outcome VARCHAR(255) NOT NULL DEFAULT '', PRIMARY KEY (job, tick)) {end}"
            ),
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, "DROP TABLE IF EXISTS job_runs").await
    }
}
