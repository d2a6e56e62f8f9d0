//! Migrations: the contract's tables, Rollcall's own, indexes and triggers, up and down on all three databases.

mod above;
mod arrangements;
pub(crate) mod audit;
pub(crate) mod beside;
pub(crate) mod contract;
mod ddl;
mod deliveries;
mod finding;
mod first;
pub(crate) mod ground;
mod idempotency;
mod import_keys;
pub(crate) mod indexes;
mod jobs;
pub(crate) mod kind;
mod lists;
mod own;
mod own_sessions;
mod people;
pub(crate) mod record;
mod reports;
mod rows;
mod tokens;
mod topics;
pub mod triggers;

use sea_orm::{ConnectionTrait, DbErr};
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
            Box::new(tokens::Migration),
            Box::new(idempotency::Migration),
            Box::new(deliveries::Migration),
            Box::new(own_sessions::Migration),
            Box::new(lists::Migration),
            Box::new(people::Migration),
            Box::new(arrangements::Migration),
            Box::new(rows::Migration),
            Box::new(finding::Migration),
            Box::new(first::Migration),
            Box::new(reports::Migration),
            Box::new(above::Migration),
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
    /// Whether it is Rollcall's to apply and to take back: on an adopted database the contract's tables and indexes are
    /// the application's.
    pub own: bool,
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

impl Database {
    /// What this database has once it is fully migrated.
    ///
    /// # Errors
    /// Where its catalogue cannot be read.
    pub(crate) async fn expected(&self) -> Result<Expected, DbErr> {
        let ground = ground::Ground::of(&self.pool).await?;
        let triggers = triggers::WATCHED.iter().flat_map(|watch| watch.statements(&ground)).collect();
        Ok(Expected { tables: contract::columns(), indexes: indexes::columns(), triggers })
    }

    /// Makes the triggers and indexes of these names anew: what is there of a table's triggers is replaced.
    ///
    /// # Errors
    /// Where the database refuses; what was made before stays.
    pub(crate) async fn remake(&self, triggers: &[String], indexes: &[String]) -> Result<(), DbErr> {
        let broken = |watch: &triggers::Watch| watch.names(self.dialect).iter().any(|name| triggers.contains(name));
        self.remake_triggers(broken).await?;
        for (name, table, columns) in indexes::all().filter(|(name, ..)| indexes.iter().any(|index| index == name)) {
            self.make_index(name, table, columns).await?;
        }
        Ok(())
    }

    /// Applies all pending migrations; on an adopted database those that are Rollcall's own.
    ///
    /// # Errors
    /// Where the database refuses; what was applied before stays. Where the contract's tables are there and Rollcall did
    /// not make them: such a database is adopted.
    pub async fn migrate_up(&self) -> Result<(), DbErr> {
        if self.is_adopted().await? {
            return self.apply_own(&mut |_| ()).await;
        }
        let first = self.migrations().await?.first().is_some_and(|step| step.applied);
        if !first && SchemaManager::new(&self.pool).has_table("companies").await? {
            return Err(DbErr::Custom(
                "the database has a table `companies` that Rollcall did not make; `rollcall adopt` stands beside an \
                 application that owns the database"
                    .to_owned(),
            ));
        }
        Migrator::up(&self.pool, None).await.map_err(explained)
    }

    /// Takes back the last `steps` migrations, all without a number. Data in the dropped tables is lost. On an adopted
    /// database Rollcall's own alone count and go.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn migrate_down(&self, steps: Option<u32>) -> Result<(), DbErr> {
        if self.is_adopted().await? {
            return self.take_back_own(steps).await;
        }
        Migrator::down(&self.pool, steps).await.map_err(explained)
    }

    /// Whether there is an audit log: none before its migration was applied, nor after it was taken back.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub(crate) async fn has_audit_log(&self) -> Result<bool, DbErr> {
        SchemaManager::new(&self.pool).has_table("audit_log").await
    }

    /// All migrations, oldest first.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn migrations(&self) -> Result<Vec<Step>, DbErr> {
        let all = Migrator::get_migration_with_status_read_only(&self.pool).await.map_err(explained)?;
        let adopted = self.is_adopted().await?;
        let step = |migration: &sea_orm_migration::Migration| Step {
            name: migration.name().to_owned(),
            applied: migration.status() == MigrationStatus::Applied,
            own: !adopted || !beside::is_theirs(migration.name()),
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
