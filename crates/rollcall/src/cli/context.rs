//! What every command starts from: settings, clock, chance, and the way to the database.

use std::sync::OnceLock;

use anyhow::{Context as _, anyhow};
use rollcall::accounts::{self, Company};
use rollcall::chance::Chance;
use rollcall::clock::Clock;
use rollcall::config::{Config, DatabaseUrl, Sources};
use rollcall::db::Database;
use rollcall::tenant::{OperatorScope, TenantScope};

use super::Global;
use super::failure::Failure;
use super::output::counted;

/// What every command starts from.
pub(super) struct Context {
    pub(super) config: Config,
    pub(super) clock: Clock,
    pub(super) chance: Chance,
    /// What is to be closed at the end, so that SQLite tidies up its files.
    opened: OnceLock<Database>,
}

impl Context {
    /// `options` are a command's own that stand for settings: key, option, value.
    pub(super) fn of(global: &Global, mut options: Vec<(&'static str, &'static str, String)>) -> Result<Self, Failure> {
        let global_options =
            [("database.url", "--database", &global.database), ("log.format", "--log-format", &global.log_format)];
        for (key, option, value) in global_options {
            options.extend(value.clone().map(|value| (key, option, value)));
        }
        let config = Config::load(&Sources { file: global.config.clone(), options, ..Sources::of_process() })?;
        let clock = global.at.map_or_else(Clock::system, Clock::pinned);
        let chance = Chance::system().context("the system gives no randomness")?;
        Ok(Self { config, clock, chance, opened: OnceLock::new() })
    }

    /// The database, which must exist.
    pub(super) async fn open(&self) -> Result<Database, Failure> {
        let url = &self.config.database.url;
        if let Some(path) = missing_file(url) {
            let message = format!("there is no database {path}; `rollcall migrate up` makes it");
            return Err(Failure::Failed(anyhow!(message)));
        }
        self.open_or_make().await
    }

    /// The database; a SQLite file is made where it is missing.
    pub(super) async fn open_or_make(&self) -> Result<Database, Failure> {
        let settings = &self.config.database;
        let db = Database::open(settings.url.reveal(), settings.max_connections).await?;
        Ok(self.opened.get_or_init(|| db).clone())
    }

    /// Closes what was opened. A command that has done its work has done it, whatever the pool says at the end.
    pub(super) async fn close(&self) {
        if let Some(db) = self.opened.get().cloned() {
            let _done_anyway = db.close().await;
        }
    }

    /// The database, which must have all migrations.
    pub(super) async fn open_migrated(&self) -> Result<Database, Failure> {
        let db = self.open().await?;
        require_migrated(&db, &self.config.database.url).await?;
        Ok(db)
    }
}

fn missing_file(url: &DatabaseUrl) -> Option<String> {
    let path = url.sqlite_path()?;
    (!path.exists()).then(|| path.display().to_string())
}

/// Says what to do where migrations are pending.
pub(super) async fn require_migrated(db: &Database, url: &DatabaseUrl) -> Result<(), Failure> {
    let pending = db.migrations().await?.iter().filter(|step| !step.applied).count();
    if pending == 0 {
        return Ok(());
    }
    let migrations = counted(pending, "migration is", "migrations are");
    Err(Failure::Failed(anyhow!("{migrations} pending on {url}; `rollcall migrate up` applies what is missing")))
}

/// The company that `--company` names.
pub(super) async fn named_company(db: &Database, slug_or_id: &str) -> Result<Company, Failure> {
    let found = accounts::find_company(db, slug_or_id).await?;
    if let Some(company) = found {
        return Ok(company);
    }
    let all = accounts::companies(db).await?;
    let near = rollcall::nearest::nearest(slug_or_id, all.iter().map(|company| company.slug.as_str()));
    let hint = near
        .map_or_else(|| "`rollcall company list` names them all".to_owned(), |slug| format!("did you mean `{slug}`?"));
    Err(Failure::Failed(anyhow!("there is no company `{slug_or_id}`; {hint}")))
}

/// The scope of a company that was found a moment ago.
pub(super) async fn enter(db: &Database, company_id: i64, task: &'static str) -> Result<TenantScope, Failure> {
    let scope = OperatorScope::of_program(task).enter(db, company_id).await?;
    scope.ok_or_else(|| Failure::Failed(anyhow!("company {company_id} was deleted in the meantime")))
}
