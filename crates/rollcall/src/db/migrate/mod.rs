//! Migrations: the contract's tables, Rollcall's own, indexes and triggers, up and down on all three databases.

mod audit;
mod contract;
mod deliveries;
mod import_keys;
mod indexes;
mod jobs;
mod own;
mod topics;
pub mod triggers;

use sea_orm::{ConnectionTrait, DbErr, TransactionTrait};
use sea_orm_migration::sea_orm::DeriveIden;
use sea_orm_migration::sea_query::{DynIden, IntoIden};
use sea_orm_migration::{MigrationStatus, MigrationTrait, MigratorTrait, SchemaManager};

use super::{Database, Dialect};

#[derive(DeriveIden)]
enum Ledger {
    RollcallMigrations,
}

struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(contract::Migration),
            Box::new(indexes::Migration),
            Box::new(own::Migration),
            Box::new(triggers::Migration),
            Box::new(import_keys::Migration),
            Box::new(topics::Migration),
            Box::new(jobs::Migration),
            Box::new(audit::Migration),
            Box::new(deliveries::Migration),
        ]
    }

    // A Laravel application on the same database has a `migrations` table of its own.
    fn migration_table_name() -> DynIden {
        Ledger::RollcallMigrations.into_iden()
    }
}

/// A migration and whether it has been applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its name.
    pub name: String,
    /// Whether the database has it.
    pub applied: bool,
}

/// Names, and the columns that belong to each.
pub(crate) type Named = Vec<(&'static str, Vec<&'static str>)>;

/// What a fully migrated database has.
#[derive(Debug)]
pub(crate) struct Expected {
    /// The contract's tables and their columns.
    pub(crate) tables: Named,
    /// The contract's indexes and the program's own on those tables, with their columns.
    pub(crate) indexes: Named,
    /// The change log's triggers, each with the statement that says what it does.
    pub(crate) triggers: Vec<(String, String)>,
}

/// What a fully migrated database of `dialect` has.
pub(crate) fn expected(dialect: Dialect) -> Expected {
    let triggers = triggers::WATCHED.iter().flat_map(|watch| watch.statements(dialect)).collect();
    Expected { tables: contract::columns(), indexes: indexes::columns(), triggers }
}

impl Database {
    /// Makes the triggers and indexes of these names anew: what is there of a table's triggers is replaced.
    ///
    /// # Errors
    /// Where the database refuses; what was made before stays.
    pub(crate) async fn remake(&self, triggers: &[String], indexes: &[String]) -> Result<(), DbErr> {
        // On one connection: another one of SQLite's may still know what was dropped, and refuse to make it anew.
        let tx = self.pool.begin().await?;
        let manager = SchemaManager::new(&tx);
        for watch in triggers::WATCHED {
            if watch.names(self.dialect).iter().any(|name| triggers.contains(name)) {
                watch.remake(&manager).await?;
            }
        }
        indexes::create(&manager, |name| indexes.iter().any(|index| index == name)).await?;
        tx.commit().await
    }

    /// Applies all pending migrations.
    ///
    /// # Errors
    /// Where the database refuses; what was applied before stays.
    pub async fn migrate_up(&self) -> Result<(), DbErr> {
        Migrator::up(&self.pool, None).await.map_err(explained)
    }

    /// Takes back the last `steps` migrations, all without a number. Data in the dropped tables is lost.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn migrate_down(&self, steps: Option<u32>) -> Result<(), DbErr> {
        Migrator::down(&self.pool, steps).await.map_err(explained)
    }

    /// All migrations, oldest first.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn migrations(&self) -> Result<Vec<Step>, DbErr> {
        let all = Migrator::get_migration_with_status(&self.pool).await.map_err(explained)?;
        let step = |migration: &sea_orm_migration::Migration| Step {
            name: migration.name().to_owned(),
            applied: migration.status() == MigrationStatus::Applied,
        };
        Ok(all.iter().map(step).collect())
    }
}

/// What it means where the database names a migration that this program does not have.
fn explained(error: DbErr) -> DbErr {
    let text = error.to_string();
    match text.split_once("Migration file of version").and_then(|(_, rest)| rest.split('\'').nth(1)) {
        Some(unknown) => DbErr::Custom(format!(
            "the database belongs to a newer version of Rollcall: this one does not know its migration {unknown}; \
             use the newer version"
        )),
        None => error,
    }
}

async fn run(manager: &SchemaManager<'_>, sql: &str) -> Result<(), DbErr> {
    manager.get_connection().execute_unprepared(sql).await.map(|_| ())
}

fn dialect(manager: &SchemaManager<'_>) -> Dialect {
    Dialect::from(manager.get_database_backend())
}
