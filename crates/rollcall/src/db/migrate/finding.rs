//! What people find and are told: words to search by, until when each of them has seen what is new, and how they read times.

use sea_orm::DbErr;
use sea_orm_migration::prelude::*;

use super::own::fill;
use super::{dialect, indexes, run};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0018_finding"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let dialect = dialect(manager);
        // MySQL commits each by itself: one that was killed half-way is gone on with.
        if !manager.has_table("search_words").await? {
            // Ranges of words are ranges of their bytes, whatever the database's own order is. SQLite would keep each row twice.
            let words = WORDS.replace("{bytes}", dialect.pick("", "", " COLLATE \"C\""));
            let end = dialect.pick(" WITHOUT ROWID", "", "");
            run(manager, &format!("{}{end}", fill(&words, dialect))).await?;
        }
        if !manager.has_index("search_words", "idx_search_words_subject").await? {
            run(manager, SUBJECTS).await?;
        }
        if !manager.has_table("rollcall_seen").await? {
            run(manager, &fill(SEEN, dialect)).await?;
        }
        if !manager.has_column("rollcall_people", "clock").await? {
            run(manager, "ALTER TABLE rollcall_people ADD COLUMN clock VARCHAR(8) NULL").await?;
        }
        indexes::create(manager, |name| indexes::FAILED.iter().any(|(own, ..)| *own == name)).await?;
        // Nobody can be found yet: whoever settles a company next makes its words.
        run(manager, "UPDATE company_versions SET state = version + 1, version = version + 1").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for index in indexes::FAILED.iter().rev() {
            indexes::drop(manager, index).await?;
        }
        for table in ["rollcall_seen", "search_words"] {
            run(manager, &format!("DROP TABLE IF EXISTS {table}")).await?;
        }
        match manager.has_column("rollcall_people", "clock").await? {
            true => run(manager, "ALTER TABLE rollcall_people DROP COLUMN clock").await,
            false => Ok(()),
        }
    }
}

// kind: what the subject is, see `search::Kind`. The kind comes first: a name that a million customers have hides no member of staff.
const WORDS: &str = "CREATE TABLE search_words (company_id BIGINT NOT NULL, kind SMALLINT NOT NULL, \
     word VARCHAR(40){bytes} NOT NULL, subject_id BIGINT NOT NULL, \
     PRIMARY KEY (company_id, kind, word, subject_id)) {table}";
const SUBJECTS: &str = "CREATE INDEX idx_search_words_subject ON search_words (company_id, kind, subject_id, word)";
// company_id: 0 for what operators see of the platform.
const SEEN: &str = "CREATE TABLE rollcall_seen (company_id BIGINT NOT NULL, user_id BIGINT NOT NULL, \
     seen_at {instant} NOT NULL, PRIMARY KEY (company_id, user_id)) {table}";
