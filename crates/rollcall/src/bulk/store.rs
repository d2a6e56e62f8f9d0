//! Jobs in the database: made once, looked at, called off.

use serde_json::{Value as Json, json};

use super::Act;
use crate::app::App;
use crate::audit::{Actor, ActorKind};
use crate::clock::Clock;
use crate::db::{Arg, Database, Error, Mode, PlatformSql, Row, TenantDb, TenantSql, TenantTx, Unscoped};
use crate::events::{self, Event, Thing, Verb};
use crate::resource::Screen;
use crate::tenant::TenantScope;

/// The states of a row.
pub(super) const WAITS: i64 = 0;
pub(super) const DONE: i64 = 1;
pub(super) const FAILED: i64 = 2;
/// The job was called off before it was its turn.
const LEFT: i64 = 3;
/// So many rows that could not be done are shown.
const SHOWN: u32 = 50;

/// A job that is to be.
#[derive(Debug)]
pub(crate) struct NewJob {
    /// What it is known by: whoever sends it twice makes it once.
    pub(crate) name: String,
    pub(crate) screen: &'static Screen,
    pub(crate) act: Act,
    pub(crate) reason: String,
    pub(crate) forced: bool,
    /// The rows that are meant, each once.
    pub(crate) ids: Vec<i64>,
    /// How many more were asked for that are not there.
    pub(crate) missing: usize,
}

/// A job.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) name: String,
    pub(crate) screen: &'static Screen,
    pub(crate) act: Act,
    pub(crate) reason: String,
    pub(crate) forced: bool,
    pub(crate) user_id: i64,
    /// Who wanted it, as the audit log names them.
    pub(crate) actor: Actor,
    pub(crate) total: i64,
    pub(crate) missing: i64,
    /// Seconds since 1970.
    pub(crate) created_at: i64,
    /// Seconds since 1970; none while it goes on.
    pub(crate) finished_at: Option<i64>,
    /// `done`, `cancelled` or `forbidden`; none while it goes on.
    pub(crate) outcome: Option<String>,
    /// Until when a node has it, in seconds since 1970.
    leased_until: i64,
}

impl Job {
    /// Whether it is over, and no node is at its last rows any more: what it did is done.
    pub(crate) fn rests(&self, now: i64) -> bool {
        self.outcome.is_some() && self.leased_until <= now
    }
}

/// How far a job came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    pub(crate) done: i64,
    pub(crate) failed: i64,
}

/// A row that could not be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failed {
    pub(crate) id: i64,
    pub(crate) why: String,
}

const COLUMNS: &str = "company_id, name, screen, act, reason, forced, user_id, actor, total, missing, created_at";

/// Makes a job, unless there is one of that name; answers whether it was made.
///
/// # Errors
/// Where the database fails; there is no job then.
pub(crate) async fn submit(
    db: &Database,
    scope: &TenantScope,
    clock: &Clock,
    (actor, user_id): (&Actor, i64),
    new: &NewJob,
) -> Result<bool, Error> {
    let tx = scope.db(db).begin(Mode::Write).await?;
    let count = |count: usize| Arg::from(i64::try_from(count).unwrap_or(i64::MAX));
    let dialect = tx.dialect();
    let sql = TenantSql::composed(format!(
        "{} INTO rollcall_bulk ({COLUMNS}) VALUES (:company, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) {}",
        dialect.insert_or_ignore(),
        dialect.or_ignore_end()
    ))?;
    let args = vec![
        new.name.clone().into(),
        new.screen.name.into(),
        new.act.as_str().into(),
        new.reason.clone().into(),
        i64::from(new.forced).into(),
        user_id.into(),
        written(actor).to_string().into(),
        count(new.ids.len()),
        count(new.missing),
        clock.now().timestamp().into(),
    ];
    if tx.execute(&sql, args).await? == 0 {
        return Ok(false);
    }
    let rows = new.ids.iter().map(|id| vec![new.name.clone().into(), (*id).into()]).collect();
    tx.insert("rollcall_bulk_rows", &["job", "row_id"], rows, "").await?;
    let said = json!({ "list": new.screen.name, "act": new.act.as_str(), "rows": new.ids.len() });
    let event = Event::new(Thing::Bulk, Verb::Begun, None).after(said);
    events::announce(&tx, actor, &[event], clock.now_utc()).await?;
    tx.commit().await?;
    Ok(true)
}

fn written(actor: &Actor) -> Json {
    json!({
        "kind": actor.kind.as_str(),
        "id": actor.id,
        "name": actor.name,
        "address": actor.address.map(|address| address.to_string()),
        "user_id": actor.user_id,
    })
}

fn actor_of(text: &str) -> Actor {
    let said: Json = serde_json::from_str(text).unwrap_or_default();
    let word = |name: &str| said.get(name).and_then(Json::as_str);
    let id = |name: &str| said.get(name).and_then(Json::as_i64);
    Actor {
        kind: word("kind").and_then(ActorKind::parse).unwrap_or(ActorKind::Job),
        id: id("id"),
        name: word("name").unwrap_or_default().to_owned(),
        address: word("address").and_then(|address| address.parse().ok()),
        user_id: id("user_id"),
    }
}

const FIND: &str = "SELECT name, screen, act, reason, forced, user_id, actor, total, missing, created_at, finished_at, outcome, leased_until \
                    FROM rollcall_bulk WHERE company_id = :company AND name = ?";

/// The company's job of that name.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn find(db: &TenantDb, name: &str) -> Result<Option<Job>, Error> {
    let rows = db.rows(&TenantSql::composed(FIND.to_owned())?, vec![name.into()]).await?;
    rows.first().map_or(Ok(None), read)
}

/// A job as it stands there; none where this program does not know what it wants.
fn read(row: &Row) -> Result<Option<Job>, Error> {
    let known = Screen::named(&row.text(1)?).zip(Act::named(&row.text(2)?));
    let Some((screen, act)) = known else { return Ok(None) };
    let finished_at = row.opt_int(10)?;
    Ok(Some(Job {
        name: row.text(0)?,
        screen,
        act,
        reason: row.text(3)?,
        forced: row.small(4)? != 0,
        user_id: row.int(5)?,
        actor: actor_of(&row.text(6)?),
        total: row.int(7)?,
        missing: row.int(8)?,
        created_at: row.int(9)?,
        finished_at,
        outcome: if finished_at.is_some() { Some(row.text(11)?) } else { None },
        leased_until: row.int(12)?,
    }))
}

const COUNT: &str = "SELECT state, COUNT(*) FROM rollcall_bulk_rows WHERE company_id = :company AND job = ? AND state > 0 \
                     GROUP BY state";

/// How far a job came.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn progress(db: &TenantDb, name: &str) -> Result<Progress, Error> {
    let mut progress = Progress::default();
    for row in db.rows(&TenantSql::composed(COUNT.to_owned())?, vec![name.into()]).await? {
        match row.small(0)? {
            DONE => progress.done = row.int(1)?,
            FAILED => progress.failed = row.int(1)?,
            _ => {}
        }
    }
    Ok(progress)
}

/// Rows that could not be done, by their ids; of many no more than are looked at.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn failed(db: &TenantDb, name: &str) -> Result<Vec<Failed>, Error> {
    let sql = TenantSql::composed(format!(
        "SELECT row_id, why FROM rollcall_bulk_rows WHERE company_id = :company AND job = ? AND state = {FAILED} \
         ORDER BY row_id LIMIT {SHOWN}"
    ))?;
    let rows = db.rows(&sql, vec![name.into()]).await?;
    rows.iter().map(|row| Ok(Failed { id: row.int(0)?, why: row.text(1)? })).collect()
}

/// The rows that a job has changed.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn made_of(db: &TenantDb, name: &str) -> Result<Vec<i64>, Error> {
    let sql = TenantSql::composed(format!(
        "SELECT row_id FROM rollcall_bulk_rows WHERE company_id = :company AND job = ? AND state = {DONE} AND why = '' ORDER BY row_id"
    ))?;
    db.rows(&sql, vec![name.into()]).await?.iter().map(|row| row.int(0)).collect()
}

/// Calls a job off: what is done stays done, and a row that a node is at is waited for. The node that has the job lets go of it
/// when it sees that. Answers whether it was going on.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn cancel(app: &App, scope: &TenantScope, actor: &Actor, job: &Job) -> Result<bool, Error> {
    let tx = scope.db(&app.db).begin(Mode::Write).await?;
    let args = vec![app.clock.now().timestamp().into(), "cancelled".into(), job.name.clone().into()];
    let ended = tx.execute(&TenantSql::composed(format!("{END} {WHILE_ON}"))?, args).await? == 1;
    if ended {
        let left = format!(
            "UPDATE rollcall_bulk_rows SET state = {LEFT} WHERE company_id = :company AND job = ? AND state = {WAITS}"
        );
        tx.execute(&TenantSql::composed(left)?, vec![job.name.clone().into()]).await?;
        let said = json!({ "list": job.screen.name, "act": job.act.as_str() });
        let event = Event::new(Thing::Bulk, Verb::Cancelled, None).before(said);
        events::announce(&tx, actor, &[event], app.clock.now_utc()).await?;
    }
    tx.commit().await?;
    Ok(ended)
}

const END: &str = "UPDATE rollcall_bulk SET finished_at = ?, outcome = ?";
const WHILE_ON: &str = "WHERE company_id = :company AND name = ? AND finished_at IS NULL";

/// Notes that a job is over, and nobody's any more; answers whether it was not over already.
pub(super) async fn end(tx: &TenantTx, name: &str, outcome: &str, now: i64) -> Result<bool, Error> {
    let sql = TenantSql::composed(format!("{END}, leased_until = 0 {WHILE_ON}"))?;
    Ok(tx.execute(&sql, vec![now.into(), outcome.into(), name.into()]).await? == 1)
}

/// Whether a job that is not there is another company's.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn is_foreign(app: &App, company: i64, name: &str) -> Result<bool, Error> {
    const LOOK: PlatformSql = PlatformSql::new(
        "a change of many rows that is not there is looked up among other companies' to report the attempt",
        "SELECT company_id FROM rollcall_bulk WHERE name = ?",
    );
    let rows = app.db.platform().rows(&LOOK, vec![name.into()]).await?;
    Ok(rows.first().map(|row| row.int(0)).transpose()?.is_some_and(|owner| owner != company))
}

/// Selects those of a job's rows that wait, locking none.
pub(super) fn waiting(chunk: usize) -> Result<TenantSql, Unscoped> {
    TenantSql::composed(format!(
        "SELECT row_id FROM rollcall_bulk_rows WHERE company_id = :company AND job = ? AND state = {WAITS} \
         ORDER BY row_id LIMIT {chunk}"
    ))
}

/// Marks a row that waits.
pub(super) fn mark(state: i64) -> Result<TenantSql, Unscoped> {
    TenantSql::composed(format!(
        "UPDATE rollcall_bulk_rows SET state = {state}, why = ? \
         WHERE company_id = :company AND job = ? AND row_id = ? AND state = {WAITS}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_wanted_it_is_who_they_were() {
        let actor = Actor {
            kind: ActorKind::Operator,
            id: Some(3),
            name: "Ada \"L\"".to_owned(),
            address: Some([192, 0, 2, 7].into()),
            user_id: Some(3),
        };
        assert_eq!(actor_of(&written(&actor).to_string()), actor);
        assert_eq!(actor_of("nonsense").kind, ActorKind::Job);
    }
}
