//! What Rollcall added to a database that another application owns: noted before it is done and when it is done, so that
//! a run that was interrupted goes on, and that exactly this is taken away again.

use sea_orm::DbErr;
use sea_orm_migration::SchemaManager;

use super::super::{Database, Dialect, PlatformSql};

pub(crate) const TABLE: &str = "rollcall_adoption";

/// What a note is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A migration that counts as applied, because the application has what it would make.
    Theirs,
    /// A migration of Rollcall's own.
    Step,
    /// A table of Rollcall's own.
    Table,
    /// An index on one of the application's tables.
    Index,
    /// The change log's triggers on one table.
    Triggers,
    /// The summaries of all companies.
    Summaries,
}

impl Kind {
    const ALL: [Self; 6] = [Self::Theirs, Self::Step, Self::Table, Self::Index, Self::Triggers, Self::Summaries];

    fn as_str(self) -> &'static str {
        match self {
            Self::Theirs => "theirs",
            Self::Step => "step",
            Self::Table => "table",
            Self::Index => "index",
            Self::Triggers => "triggers",
            Self::Summaries => "summaries",
        }
    }
}

/// Something that Rollcall added, or has begun to add.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Note {
    pub(crate) kind: Kind,
    /// The table that it is on; empty where it is on none.
    pub(crate) table: String,
    pub(crate) name: String,
    pub(crate) done: bool,
}

const READ: PlatformSql = PlatformSql::new(
    "what was added to another application's database is read",
    "SELECT kind, on_table, name, state FROM rollcall_adoption ORDER BY kind, on_table, name",
);
const FORGET: PlatformSql = PlatformSql::new(
    "what was taken away again is forgotten",
    "DELETE FROM rollcall_adoption WHERE kind = ? AND on_table = ? AND name = ?",
);

impl Database {
    /// Whether another application owns this database, and Rollcall stands beside it.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn is_adopted(&self) -> Result<bool, DbErr> {
        SchemaManager::new(&self.pool).has_table(TABLE).await
    }

    pub(super) async fn make_record(&self) -> Result<(), DbErr> {
        let end = self.dialect.pick("", "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin", "");
        let columns = "kind VARCHAR(16) NOT NULL, on_table VARCHAR(64) NOT NULL, name VARCHAR(64) NOT NULL, \
                       state VARCHAR(16) NOT NULL, PRIMARY KEY (kind, on_table, name)";
        self.ddl(&format!("CREATE TABLE IF NOT EXISTS {TABLE} ({columns}) {end}")).await
    }

    /// All notes; none where the database is not adopted.
    pub(crate) async fn notes(&self) -> Result<Vec<Note>, DbErr> {
        if !self.is_adopted().await? {
            return Ok(vec![]);
        }
        let mut notes = Vec::new();
        for row in self.platform().rows(&READ, vec![]).await? {
            let kind = row.text(0)?;
            // A kind that only a newer version knows is for that version to take away.
            if let Some(kind) = Kind::ALL.into_iter().find(|known| known.as_str() == kind) {
                notes.push(Note { kind, table: row.text(1)?, name: row.text(2)?, done: row.text(3)? == "done" });
            }
        }
        Ok(notes)
    }

    pub(crate) async fn note(&self, kind: Kind, table: &str, name: &str, done: bool) -> Result<(), DbErr> {
        let end = self.dialect.on_conflict_update(&["kind", "on_table", "name"], &["state"]);
        let text = format!("INSERT INTO {TABLE} (kind, on_table, name, state) VALUES (?, ?, ?, ?) {end}");
        let sql = PlatformSql::composed("what is added to another application's database is noted", text);
        let state = if done { "done" } else { "begun" };
        let args = vec![kind.as_str().into(), table.into(), name.into(), state.into()];
        self.platform().execute(&sql, args).await.map(|_| ())
    }

    pub(crate) async fn forget_note(&self, note: &Note) -> Result<(), DbErr> {
        let args = vec![note.kind.as_str().into(), note.table.as_str().into(), note.name.as_str().into()];
        self.platform().execute(&FORGET, args).await.map(|_| ())
    }

    pub(super) async fn enter_in_ledger(&self, step: &str) -> Result<(), DbErr> {
        let now = match self.dialect {
            Dialect::Sqlite => "CAST(strftime('%s', 'now') AS INTEGER)",
            Dialect::MySql => "UNIX_TIMESTAMP()",
            Dialect::Postgres => "CAST(EXTRACT(EPOCH FROM now()) AS BIGINT)",
        };
        let text = format!(
            "{} INTO rollcall_migrations (version, applied_at) VALUES (?, {now}) {}",
            self.dialect.insert_or_ignore(),
            self.dialect.or_ignore_end()
        );
        let sql = PlatformSql::composed("a migration is entered in the ledger", text);
        self.platform().execute(&sql, vec![step.into()]).await.map(|_| ())
    }

    pub(super) async fn strike_from_ledger(&self, step: &str) -> Result<(), DbErr> {
        const STRIKE: PlatformSql = PlatformSql::new(
            "a migration is struck from the ledger",
            "DELETE FROM rollcall_migrations WHERE version = ?",
        );
        self.platform().execute(&STRIKE, vec![step.into()]).await.map(|_| ())
    }
}
