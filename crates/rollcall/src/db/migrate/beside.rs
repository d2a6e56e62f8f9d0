//! Migrations on a database that another application owns.
//!
//! The contract's tables and indexes are the application's: the two migrations that would make them are entered in the
//! ledger as theirs, and neither applied nor taken back. All others are Rollcall's own, and each is noted before it
//! begins, so that one that was interrupted is done again from its beginning.

use sea_orm::DbErr;
use sea_orm::TransactionTrait;
use sea_orm_migration::{MigrationTrait, MigratorTrait, SchemaManager};

use super::super::{Database, Dialect, PlatformSql};
use super::record::Kind;
use super::{Migrator, contract, ground::Ground, indexes, triggers};

/// What a migration adds.
#[derive(Clone, Debug)]
pub(crate) struct Adds {
    pub(crate) step: String,
    pub(crate) tables: Vec<String>,
    /// Indexes on tables that are not Rollcall's own, each with its table, but for those that an adoption chooses.
    indexes: Vec<(String, String)>,
}

/// What each of Rollcall's own migrations adds, from trying all of them on a database in memory: nobody can forget to
/// say so.
///
/// # Errors
/// Where a migration fails, which is a fault of the program.
pub(crate) async fn rehearse() -> Result<Vec<Adds>, DbErr> {
    const MADE: PlatformSql = PlatformSql::new(
        "the migrations are rehearsed in memory",
        "SELECT name, tbl_name, type = 'table' FROM sqlite_master WHERE type IN ('table', 'index') AND sql IS NOT NULL \
         ORDER BY rootpage",
    );
    let db = Database::open("sqlite::memory:", 1).await.map_err(|error| DbErr::Custom(error.to_string()))?;
    let made = async || -> Result<Vec<(String, String, bool)>, DbErr> {
        let rows = db.platform().rows(&MADE, vec![]).await?;
        rows.iter().map(|row| Ok((row.text(0)?, row.text(1)?, row.flag(2)?))).collect()
    };
    let mut all = Vec::new();
    for migration in Migrator::migrations() {
        let before = made().await?;
        migration.up(&SchemaManager::new(&db.pool)).await?;
        let after = made().await?.into_iter().filter(|it| !before.contains(it));
        let (tables, made): (Vec<_>, Vec<_>) = after.partition(|(_, _, is_table)| *is_table);
        let theirs = |table: &str| contract::TABLES.iter().any(|(known, _)| *known == table);
        let chosen = |name: &str| indexes::all().any(|(known, ..)| *known == name);
        let made = made.into_iter().filter(|(name, table, _)| theirs(table) && !chosen(name));
        let indexes = made.map(|(name, table, _)| (name, table));
        if !is_theirs(migration.name()) {
            all.push(Adds {
                step: migration.name().to_owned(),
                tables: tables.into_iter().map(|(name, ..)| name).collect(),
                indexes: indexes.collect(),
            });
        }
    }
    db.close().await?;
    Ok(all)
}

/// Whether a migration makes what the application has.
pub(super) fn is_theirs(step: &str) -> bool {
    [contract::NAME, indexes::NAME].contains(&step)
}

impl Database {
    /// Begins to stand beside the application, or goes on: Rollcall's record and its ledger.
    pub(crate) async fn begin_adoption(&self) -> Result<(), DbErr> {
        self.make_record().await?;
        Migrator::install(&self.pool).await?;
        for migration in Migrator::migrations().iter().filter(|migration| is_theirs(migration.name())) {
            self.note(Kind::Theirs, "", migration.name(), true).await?;
            self.enter_in_ledger(migration.name()).await?;
        }
        Ok(())
    }

    /// Applies all pending migrations of Rollcall's own; `told` hears of each.
    pub(crate) async fn apply_own(&self, told: &mut (dyn FnMut(&str) + Send)) -> Result<(), DbErr> {
        let adds = rehearse().await?;
        let applied = self.migrations().await?;
        for migration in Migrator::migrations() {
            let name = migration.name();
            if applied.iter().any(|step| step.name == name && step.applied) {
                continue;
            }
            told(name);
            let adds = adds.iter().filter(|adds| adds.step == name);
            let begun = self.notes().await?.iter().any(|note| note.kind == Kind::Step && note.name == name);
            if begun && name != triggers::NAME {
                // Whether it came to its end or stopped half-way, what it made holds nothing yet. Where it made nothing,
                // there is nothing to take back.
                let _nothing = self.move_by(&*migration, false).await;
                for table in adds.clone().flat_map(|adds| &adds.tables) {
                    self.drop_own_table(table).await?;
                }
            }
            self.note(Kind::Step, "", name, false).await?;
            for adds in adds {
                self.note_adds(adds).await?;
            }
            match name {
                triggers::NAME => self.remake_triggers(|_| true).await?,
                _ => self.move_by(&*migration, true).await?,
            }
            self.enter_in_ledger(name).await?;
            self.note(Kind::Step, "", name, true).await?;
        }
        Ok(())
    }

    async fn note_adds(&self, adds: &Adds) -> Result<(), DbErr> {
        for table in &adds.tables {
            self.note(Kind::Table, "", table, true).await?;
        }
        for (index, table) in &adds.indexes {
            self.note(Kind::Index, table, index, true).await?;
        }
        Ok(())
    }

    /// Takes back the last `steps` of Rollcall's own migrations, all without a number.
    pub(super) async fn take_back_own(&self, steps: Option<u32>) -> Result<(), DbErr> {
        let applied = self.migrations().await?;
        let own = |name: &str| applied.iter().any(|step| step.name == name && step.applied && step.own);
        let mut going: Vec<_> = Migrator::migrations().into_iter().filter(|it| own(it.name())).collect();
        going.reverse();
        going.truncate(steps.map_or(usize::MAX, |steps| usize::try_from(steps).unwrap_or(usize::MAX)));
        for migration in going {
            self.move_by(&*migration, false).await?;
            self.strike_from_ledger(migration.name()).await?;
            self.note(Kind::Step, "", migration.name(), false).await?;
        }
        Ok(())
    }

    /// One migration, up or down: wholly or not at all, where the database can.
    async fn move_by(&self, migration: &dyn MigrationTrait, up: bool) -> Result<(), DbErr> {
        if self.dialect == Dialect::MySql {
            let manager = SchemaManager::new(&self.pool);
            return if up { migration.up(&manager).await } else { migration.down(&manager).await };
        }
        let tx = self.pool.begin().await?;
        let manager = SchemaManager::new(&tx);
        if up {
            migration.up(&manager).await?;
        } else {
            migration.down(&manager).await?;
        }
        tx.commit().await
    }

    /// Makes the triggers of those tables anew that are `wanted`, a table at a time.
    pub(super) async fn remake_triggers(&self, wanted: impl Fn(&triggers::Watch) -> bool) -> Result<(), DbErr> {
        let ground = Ground::of(&self.pool).await?;
        for watch in triggers::WATCHED.iter().filter(|watch| wanted(watch)) {
            self.politely(&watch.remake(&ground)).await?;
        }
        Ok(())
    }

    /// Drops the triggers of one watched table.
    pub(crate) async fn drop_triggers(&self, watch: &triggers::Watch) -> Result<(), DbErr> {
        self.politely(&watch.drop(self.dialect)).await
    }

    /// Drops a table of Rollcall's own.
    pub(crate) async fn drop_own_table(&self, table: &str) -> Result<(), DbErr> {
        self.ddl(&format!("DROP TABLE IF EXISTS {table}")).await
    }

    /// Ends standing beside the application: Rollcall's ledger and its record, last.
    pub(crate) async fn end_adoption(&self) -> Result<(), DbErr> {
        self.drop_own_table("rollcall_migrations").await?;
        self.drop_own_table(super::record::TABLE).await
    }
}
