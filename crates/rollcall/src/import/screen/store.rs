//! What is kept of an import beside its file: what was chosen, how far it is, what came of it.

use std::path::PathBuf;

use chrono::{NaiveDateTime, TimeDelta};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::super::Report;
use super::choices::Choices;
use crate::app::App;
use crate::audit::Actor;
use crate::db::{Error, Mode, Row, TenantDb, TenantSql};
use crate::events::{self, Event, Thing, Verb};
use crate::tenant::TenantScope;

/// An import of which nothing was heard for so long has ended with its process.
pub(super) const SILENT: i64 = 120;
/// So many are listed: as many as `import.max_files` can be.
const SHOWN: u32 = 100;

const COLUMNS: &str = "SELECT id, user_id, file, name, bytes, state, choices, report, created_at, changed_at \
     FROM rollcall_imports WHERE company_id = :company";
const CHOOSE: TenantSql = TenantSql::new(
    "UPDATE rollcall_imports SET choices = ?, changed_at = ? WHERE company_id = :company AND id = ? AND state <> 'running'",
);
const TELL: TenantSql = TenantSql::new(
    "UPDATE rollcall_imports SET report = ?, changed_at = ? WHERE company_id = :company AND id = ? AND state = 'running'",
);
const END: TenantSql = TenantSql::new(
    "UPDATE rollcall_imports SET state = ?, report = ?, changed_at = ? WHERE company_id = :company AND id = ?",
);
const REMOVE: TenantSql =
    TenantSql::new("DELETE FROM rollcall_imports WHERE company_id = :company AND id = ? AND state <> 'running'");

/// Where an import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The file is there, and columns are chosen.
    Ready,
    /// It is at work.
    Running,
    /// All of the file was looked at; nothing was written.
    Checked,
    /// It came to its end.
    Done,
    /// It ended before.
    Stopped,
}

impl State {
    const ALL: [Self; 5] = [Self::Ready, Self::Running, Self::Checked, Self::Done, Self::Stopped];

    /// Its name in the database and in words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Running => "running",
            Self::Checked => "checked",
            Self::Done => "done",
            Self::Stopped => "stopped",
        }
    }
}

/// A file that somebody brought.
#[derive(Clone, Debug)]
pub struct Upload {
    /// Its id.
    pub id: i64,
    /// Who brought it.
    pub user_id: i64,
    /// What it is called in the folder.
    pub file: String,
    /// What they call it.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// Where it is.
    pub state: State,
    /// What was chosen; none: nothing yet.
    pub choices: Option<Choices>,
    /// How far it is, or what came of it.
    pub outcome: Option<Outcome>,
    /// When it was brought, UTC.
    pub created_at: NaiveDateTime,
    /// When something was heard of it last, UTC.
    pub changed_at: NaiveDateTime,
}

/// How far an import is, or what came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Outcome {
    /// Bytes of the file that were read.
    pub read: u64,
    /// Rows that were read.
    pub rows: u64,
    /// Appointments that were added.
    pub imported: u64,
    /// Rows whose appointment was there.
    pub already_there: u64,
    /// How many of those were deleted since.
    pub deleted: u64,
    /// Rows that were left out.
    pub rejected: u64,
    /// Customers that were added.
    pub customers: u64,
    /// Branches that were added.
    pub branches: u64,
    /// Staff that was added.
    pub staff: u64,
    /// Services that were added.
    pub services: u64,
    /// Why it stopped; none where it did not.
    pub error: Option<String>,
}

impl Outcome {
    pub(super) fn of(report: &Report, read: u64) -> Self {
        let (rows, imported) = (report.rows, report.imported);
        Self {
            read,
            rows,
            imported,
            already_there: report.already_there,
            deleted: report.deleted,
            rejected: report.rejected,
            customers: report.customers,
            branches: report.branches,
            staff: report.staff,
            services: report.services,
            error: None,
        }
    }
}

impl Upload {
    /// Where its file is, if it is here.
    #[must_use]
    pub fn path(&self, app: &App) -> PathBuf {
        super::folder(&app.config).join(&self.file)
    }

    /// Where the rows are that were left out, each with its reason.
    #[must_use]
    pub fn rejects(&self, app: &App) -> PathBuf {
        self.path(app).with_extension("rejects.csv")
    }

    /// Whether it runs, as far as was heard lately.
    #[must_use]
    pub fn runs(&self, now: NaiveDateTime) -> bool {
        self.state == State::Running && self.changed_at >= now - TimeDelta::seconds(SILENT)
    }
}

/// Notes a file that somebody brought; answers its id.
///
/// # Errors
/// Where the database fails.
pub async fn create(
    app: &App,
    scope: &TenantScope,
    actor: &Actor,
    file: &str,
    name: &str,
    bytes: u64,
) -> Result<i64, Error> {
    let now = app.clock.now_utc();
    let columns = ["user_id", "file", "name", "bytes", "state", "created_at", "changed_at"];
    let length = i64::try_from(bytes).unwrap_or(i64::MAX);
    let row = vec![
        actor.user_id.unwrap_or_default().into(),
        file.into(),
        name.into(),
        length.into(),
        State::Ready.as_str().into(),
        now.into(),
        now.into(),
    ];
    let tx = scope.db(&app.db).begin(Mode::Write).await?;
    let ids = tx.insert_new("rollcall_imports", &columns, vec![row]).await?;
    let id = ids.first().copied().ok_or_else(|| Error::RecordNotFound("the new import".to_owned()))?;
    let event = Event::new(Thing::Import, Verb::Created, id).after(json!({ "file": name, "bytes": bytes }));
    events::announce(&tx, actor, &[event], now).await?;
    tx.commit().await?;
    Ok(id)
}

/// The company's import of that id.
///
/// # Errors
/// Where the database fails.
pub async fn find(db: &TenantDb, id: i64) -> Result<Option<Upload>, Error> {
    let sql = TenantSql::composed(format!("{COLUMNS} AND id = ?"))?;
    db.rows(&sql, vec![id.into()]).await?.first().map(upload).transpose()
}

/// The company's latest imports, the newest first.
///
/// # Errors
/// Where the database fails.
pub async fn recent(db: &TenantDb) -> Result<Vec<Upload>, Error> {
    let sql = TenantSql::composed(format!("{COLUMNS} ORDER BY id DESC LIMIT {SHOWN}"))?;
    db.rows(&sql, vec![]).await?.iter().map(upload).collect()
}

/// Keeps what was chosen; false while it runs.
///
/// # Errors
/// Where the database fails.
pub async fn keep_choices(app: &App, scope: &TenantScope, id: i64, choices: &Choices) -> Result<bool, Error> {
    let args = vec![text(choices)?.into(), app.clock.now_utc().into(), id.into()];
    Ok(scope.db(&app.db).execute(&CHOOSE, args).await? == 1)
}

/// Says how far it is.
pub(super) async fn tell(app: &App, scope: &TenantScope, id: i64, outcome: &Outcome) -> Result<(), Error> {
    let args = vec![text(outcome)?.into(), app.clock.now_utc().into(), id.into()];
    scope.db(&app.db).execute(&TELL, args).await.map(|_| ())
}

/// Says what came of it.
pub(super) async fn end(app: &App, scope: &TenantScope, id: i64, state: State, outcome: &Outcome) -> Result<(), Error> {
    let args = vec![state.as_str().into(), text(outcome)?.into(), app.clock.now_utc().into(), id.into()];
    scope.db(&app.db).execute(&END, args).await.map(|_| ())
}

/// Forgets a file that does not run, and deletes it where it is here; what it made stays. False where there is no such one.
///
/// # Errors
/// Where the database fails.
pub async fn remove(app: &App, scope: &TenantScope, actor: &Actor, upload: &Upload) -> Result<bool, Error> {
    let tx = scope.db(&app.db).begin(Mode::Write).await?;
    if tx.execute(&REMOVE, vec![upload.id.into()]).await? == 0 {
        return Ok(false);
    }
    let event = Event::new(Thing::Import, Verb::Deleted, upload.id).before(json!({ "file": upload.name }));
    events::announce(&tx, actor, &[event], app.clock.now_utc()).await?;
    tx.commit().await?;
    for path in [upload.path(app), upload.rejects(app)] {
        // Where it is not here, or cannot be deleted now, its age does it.
        let _later = tokio::fs::remove_file(path).await;
    }
    Ok(true)
}

fn upload(row: &Row) -> Result<Upload, Error> {
    let state = row.text(5)?;
    Ok(Upload {
        id: row.int(0)?,
        user_id: row.int(1)?,
        file: row.text(2)?,
        name: row.text(3)?,
        bytes: u64::try_from(row.int(4)?).unwrap_or_default(),
        state: State::ALL.into_iter().find(|known| known.as_str() == state).unwrap_or(State::Stopped),
        choices: row.opt_text(6)?.and_then(|text| serde_json::from_str(&text).ok()),
        outcome: row.opt_text(7)?.and_then(|text| serde_json::from_str(&text).ok()),
        created_at: row.instant(8)?,
        changed_at: row.instant(9)?,
    })
}

fn text(value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| Error::Custom(error.to_string()))
}
