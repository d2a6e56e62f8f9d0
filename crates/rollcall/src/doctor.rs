//! Looks at everything that Rollcall stands on, and says what is wrong and what to do about it.

mod catalog;
mod database;
mod delivery;
mod schema;
mod settings;
mod state;
pub mod tenants;

use std::path::Path;

use serde::Serialize;

use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Database, Error};

pub use schema::repair;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// As it should be.
    Ok,
    /// It works, but not as well or as safely as it could.
    Warning,
    /// It does not work, or shows wrong figures.
    Error,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it belongs to: `database`, `schema`, `time zones`, `clock`, `settings`, `summaries`, `accounts`, `disk`.
    pub area: &'static str,
    /// How bad it is.
    pub level: Level,
    /// What was found.
    pub what: String,
    /// What to do; none where nothing has to be done.
    pub advice: Option<String>,
}

impl Finding {
    fn ok(area: &'static str, what: impl Into<String>) -> Self {
        Self { area, level: Level::Ok, what: what.into(), advice: None }
    }

    fn warning(area: &'static str, what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { area, level: Level::Warning, what: what.into(), advice: Some(advice.into()) }
    }

    fn error(area: &'static str, what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { area, level: Level::Error, what: what.into(), advice: Some(advice.into()) }
    }
}

/// What can be said where there is no SQLite file at `path` yet.
#[must_use]
pub fn without_database(config: &Config, path: &Path) -> Vec<Finding> {
    let what = format!("there is no database {} yet", path.display());
    let mut findings = vec![Finding::error("database", what, "run `rollcall migrate up`, or `rollcall serve`")];
    findings.extend(settings::check(config));
    findings
}

/// Looks at everything. Nothing stays written, but that SQLite makes a file where there is none.
///
/// A database that does not answer is a finding, not an error: the settings are looked at all the same.
pub async fn examine(config: &Config, clock: &Clock) -> Vec<Finding> {
    let mut findings = Vec::new();
    match Database::open(config.database.url.reveal(), config.database.max_connections).await {
        Ok(db) => {
            findings.extend(examine_database(&db, config, clock).await);
            // What could be said was said; a pool that does not close in order is no finding.
            let _closed = db.close().await;
        }
        Err(error) => findings.push(Finding::error(
            "database",
            error.to_string(),
            "check database.url, that the server runs, and that this host may reach it",
        )),
    }
    findings.extend(settings::check(config));
    findings.extend(settings::disk(config));
    findings
}

async fn examine_database(db: &Database, config: &Config, clock: &Clock) -> Vec<Finding> {
    let mut findings = Vec::new();
    collect(&mut findings, "database", database::version(db).await);
    collect(&mut findings, "clock", database::clock(db, clock).await);
    collect(&mut findings, "time zones", database::session_zone(db).await);
    let migrated = schema::migrations(db).await;
    let complete = matches!(&migrated, Ok(findings) if findings.iter().all(|finding| finding.level == Level::Ok));
    collect(&mut findings, "schema", migrated);
    // Without its tables all else would be the same complaint over and over.
    if complete {
        collect(&mut findings, "schema", schema::objects(db).await);
        findings.push(database::writable(db).await);
        collect(&mut findings, "time zones", state::company_zones(db).await);
        collect(&mut findings, "summaries", state::summaries(db).await);
        collect(&mut findings, "accounts", state::accounts(db).await);
        collect(&mut findings, "settings", state::secret_key(db, config).await);
    }
    findings
}

fn collect(findings: &mut Vec<Finding>, area: &'static str, checked: Result<Vec<Finding>, Error>) {
    match checked {
        Ok(found) => findings.extend(found),
        Err(error) => {
            let newer = error.to_string().contains("newer version of Rollcall");
            let advice = if newer {
                "install the version of Rollcall that was used last, or one after it"
            } else {
                "give the database user the right to read it, and run `rollcall doctor` again"
            };
            findings.push(Finding::error(area, format!("this could not be checked: {error}"), advice));
        }
    }
}

#[cfg(test)]
mod tests;
