//! The node's part in jobs: a lease, a chunk, a settled company, and on to the next.

use std::time::Duration;

use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::act::{Done, Why, act};
use super::store::{DONE, FAILED, end, find, mark, progress, waiting};
use super::{CHUNK, Job, LEASE, REMEMBERED};
use crate::app::App;
use crate::audit::Actor;
use crate::changes;
use crate::db::{Error, Mode, PlatformSql, TenantDb, TenantSql};
use crate::events::{self, Event, Thing, Verb};
use crate::tenant::{OperatorScope, TenantScope};
use crate::web::scope_of;

/// How often it looks for jobs that other nodes left behind.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How often a transaction that lost to another one is begun again.
const ATTEMPTS: usize = 8;
/// After so many looks, jobs of long ago are forgotten.
const FORGET_EVERY: u32 = 300;

const WAITING: PlatformSql = PlatformSql::new(
    "changes of many rows that wait for a node are looked for",
    "SELECT company_id, name FROM rollcall_bulk WHERE finished_at IS NULL AND leased_until <= ? \
     ORDER BY leased_until LIMIT 16",
);
const OLD: PlatformSql = PlatformSql::new(
    "changes of many rows that ended long ago are looked for",
    "SELECT company_id, name FROM rollcall_bulk WHERE finished_at < ? ORDER BY finished_at LIMIT 100",
);

/// Does what is to be done with many rows, on one of all nodes.
#[derive(Debug)]
pub struct Worker {
    app: App,
    /// Tells this node from all others.
    node: String,
}

/// Notes of a row that there was nothing to change.
const ALREADY: &str =
    "UPDATE rollcall_bulk_rows SET why = 'already' WHERE company_id = :company AND job = ? AND row_id = ?";

impl Worker {
    /// A node's worker.
    #[must_use]
    pub fn new(app: App) -> Self {
        Self { node: app.chance.token(), app }
    }

    /// Works until `stop` is cancelled; a chunk under way is finished first.
    pub async fn run(self, stop: CancellationToken) {
        let (mut failing, mut looks) = (false, 0_u32);
        while !stop.is_cancelled() {
            let result = self.look(&stop).await;
            if let Err(error) = &result
                && !failing
            {
                tracing::error!(%error, "changes of many rows could not go on; trying on");
            }
            failing = result.is_err();
            if result.is_ok_and(|rows| rows > 0) {
                continue;
            }
            looks = looks.wrapping_add(1);
            if looks.is_multiple_of(FORGET_EVERY)
                && let Err(error) = self.forget().await
            {
                tracing::warn!(%error, "changes of many rows of long ago could not be forgotten");
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.app.bulk.notified() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }

    /// Does a chunk of each job that no other node is at; answers how many rows it looked at.
    ///
    /// # Errors
    /// Where the database fails: what was not done waits still.
    pub async fn look(&self, stop: &CancellationToken) -> Result<usize, Error> {
        let now = self.app.clock.now().timestamp();
        let mut rows = 0;
        for row in self.app.db.platform().rows(&WAITING, vec![now.into()]).await? {
            if stop.is_cancelled() {
                break;
            }
            let (company, name) = (row.int(0)?, row.text(1)?);
            let scope = OperatorScope::of_program("bulk").enter_known(company);
            if self.claim(&scope.db(&self.app.db), &name).await? {
                rows += self.go_on(&scope, &name).await?;
            }
        }
        Ok(rows)
    }

    async fn claim(&self, db: &TenantDb, name: &str) -> Result<bool, Error> {
        let now = self.app.clock.now().timestamp();
        let sql = TenantSql::composed(
            "UPDATE rollcall_bulk SET node = ?, leased_until = ? \
             WHERE company_id = :company AND name = ? AND finished_at IS NULL AND leased_until <= ?"
                .to_owned(),
        )?;
        let args = vec![self.node.clone().into(), (now + LEASE).into(), name.into(), now.into()];
        Ok(db.execute(&sql, args).await? == 1)
    }

    /// Does a chunk of a job that is this node's for now; answers how many rows it looked at, at least one.
    async fn go_on(&self, scope: &TenantScope, name: &str) -> Result<usize, Error> {
        let db = scope.db(&self.app.db);
        // One that this program knows nothing of is a newer one's: its lease runs out, and it stays.
        let Some(job) = find(&db, name).await? else { return Ok(0) };
        let Some(allowed) = self.allowed(&job, scope.company_id()).await? else {
            self.finish(&db, &job, "forbidden").await?;
            return Ok(1);
        };
        let ids = db.rows(&waiting(CHUNK)?, vec![name.into()]).await?;
        let ids = ids.iter().map(|row| row.int(0)).collect::<Result<Vec<_>, _>>()?;
        let mut result = Ok(());
        for id in &ids {
            result = self.one(&allowed, &job, *id).await;
            // Whoever stops it means the rest of the chunk, too.
            if result.is_err() || find(&db, name).await?.is_none_or(|job| job.outcome.is_some()) {
                break;
            }
        }
        // What is committed counts, whatever becomes of the rest.
        changes::settle(&self.app.db, scope, &self.app.clock).await?;
        result?;
        // One that was called off meanwhile is let go of, so that it can be taken back.
        if ids.len() == CHUNK || !self.finish(&db, &job, "done").await? {
            self.leave(&db, name).await?;
        }
        Ok(ids.len().max(1))
    }

    /// The company as whoever wanted the job sees it; none where they may not do that any more.
    async fn allowed(&self, job: &Job, company: i64) -> Result<Option<TenantScope>, Error> {
        let scope = scope_of(&self.app, job.user_id, company).await?;
        Ok(scope.filter(|scope| scope.role() >= job.screen.writes))
    }

    /// Does a row, or notes why it could not be done.
    async fn one(&self, scope: &TenantScope, job: &Job, id: i64) -> Result<(), Error> {
        let db = scope.db(&self.app.db);
        let mut attempt = 1;
        let why = loop {
            match self.try_one(&db, job, id).await {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(why)) => break why,
                Err(error) if changes::is_conflict(&error) && attempt < ATTEMPTS => attempt += 1,
                Err(error) => {
                    tracing::error!(%error, job = job.name, id, "a row of a change of many could not be done");
                    break Why::Fault;
                }
            }
        };
        // Where the database is away this fails too, and the row waits still.
        db.execute(&mark(FAILED)?, vec![why.as_str().into(), job.name.clone().into(), id.into()]).await?;
        Ok(())
    }

    async fn try_one(&self, db: &TenantDb, job: &Job, id: i64) -> Result<Result<(), Why>, Error> {
        let tx = db.begin(Mode::Write).await?;
        // First: of two nodes that are at it the second one waits here, and finds it done.
        if tx.execute(&mark(DONE)?, vec!["".into(), job.name.clone().into(), id.into()]).await? == 0 {
            return Ok(Ok(()));
        }
        match act(&tx, job, id, (&job.actor, self.app.clock.now_utc())).await? {
            Ok(Done::Changed) => tx.commit().await?,
            Ok(Done::Already) => {
                // What it was before is not this job's to take back.
                tx.execute(&TenantSql::composed(ALREADY.to_owned())?, vec![job.name.clone().into(), id.into()]).await?;
                tx.commit().await?;
            }
            Err(why) => return Ok(Err(why)),
        }
        Ok(Ok(()))
    }

    async fn leave(&self, db: &TenantDb, name: &str) -> Result<(), Error> {
        let sql = TenantSql::composed(
            "UPDATE rollcall_bulk SET leased_until = 0 WHERE company_id = :company AND name = ? AND node = ?"
                .to_owned(),
        )?;
        db.execute(&sql, vec![name.into(), self.node.clone().into()]).await.map(|_| ())
    }

    /// Ends a job; false where it was over already.
    async fn finish(&self, db: &TenantDb, job: &Job, outcome: &str) -> Result<bool, Error> {
        let came = progress(db, &job.name).await?;
        let tx = db.begin(Mode::Write).await?;
        let ended = end(&tx, &job.name, outcome, self.app.clock.now().timestamp()).await?;
        if ended {
            let said = json!({
                "list": job.screen.name,
                "act": job.act.as_str(),
                "outcome": outcome,
                "done": came.done,
                "failed": came.failed,
            });
            let event = Event::new(Thing::Bulk, Verb::Ended, None).after(said);
            events::announce(&tx, &Actor::job("bulk"), &[event], self.app.clock.now_utc()).await?;
        }
        tx.commit().await?;
        Ok(ended)
    }

    /// Forgets jobs that ended long ago.
    ///
    /// # Errors
    /// Where the database fails: what was not forgotten is looked for again.
    pub async fn forget(&self) -> Result<(), Error> {
        let since = self.app.clock.now().timestamp() - REMEMBERED;
        for row in self.app.db.platform().rows(&OLD, vec![since.into()]).await? {
            let db = OperatorScope::of_program("bulk").enter_known(row.int(0)?).db(&self.app.db);
            for table in ["rollcall_bulk_rows", "rollcall_bulk"] {
                let column = if table == "rollcall_bulk" { "name" } else { "job" };
                let sql =
                    TenantSql::composed(format!("DELETE FROM {table} WHERE company_id = :company AND {column} = ?"))?;
                db.execute(&sql, vec![row.text(1)?.into()]).await?;
            }
        }
        Ok(())
    }
}
