//! Of all nodes that could do a run of a job, one does: a row of `job_runs` says which, how far it came, and until when its word
//! counts. A node that died is succeeded once its lease has run out, from where it had come to.

use crate::clock::Clock;
use crate::db::{Arg, Database, Error, PlatformSql};

/// How long a lease lasts, in seconds: longer than any chunk of work takes, and short enough that a tick is not missed when its
/// node dies.
pub(super) const LEASE: i64 = 60;
/// How long a run is remembered, in seconds.
const REMEMBERED: i64 = 7 * 86_400;

const FIND: PlatformSql = PlatformSql::new(
    "a job's run is looked up",
    "SELECT leased_until, finished_at, progress FROM job_runs WHERE job = ? AND tick = ?",
);
const SUCCEED: PlatformSql = PlatformSql::new(
    "a job's run is taken over from a node that died",
    "UPDATE job_runs SET node = ?, leased_until = ? \
     WHERE job = ? AND tick = ? AND finished_at IS NULL AND leased_until <= ?",
);
const ADVANCE: PlatformSql = PlatformSql::new(
    "a job's run notes how far it came",
    "UPDATE job_runs SET leased_until = ?, progress = ? WHERE job = ? AND tick = ? AND node = ? AND finished_at IS NULL",
);
const FINISH: PlatformSql = PlatformSql::new(
    "a job's run notes that it is done",
    "UPDATE job_runs SET finished_at = ?, outcome = ? WHERE job = ? AND tick = ? AND node = ? AND finished_at IS NULL",
);
const PRUNE: PlatformSql = PlatformSql::new("old runs of jobs are deleted", "DELETE FROM job_runs WHERE tick < ?");

/// The runs of one job, as one node sees them.
#[derive(Clone, Debug)]
pub(super) struct Runs {
    pub(super) db: Database,
    pub(super) clock: Clock,
    pub(super) job: &'static str,
    /// Tells this node from all others.
    pub(super) node: String,
}

/// Whose a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Claim {
    /// This node's, from there on.
    Mine { progress: i64 },
    /// Another node's, for now.
    Taken,
    /// Nobody's any longer: it is done.
    Done,
}

impl Runs {
    /// Claims the run of `tick`, unless another node does it or has done it.
    pub(super) async fn claim(&self, tick: i64) -> Result<Claim, Error> {
        let db = self.db.platform();
        let now = self.clock.now().timestamp();
        let until = now + LEASE;
        let Some(run) = db.row(&FIND, vec![self.job.into(), tick.into()]).await? else {
            let args: Vec<Arg> = vec![self.job.into(), tick.into(), self.node.clone().into(), until.into(), now.into()];
            let first = db.execute(&self.insert(), args).await? == 1;
            return Ok(if first { Claim::Mine { progress: 0 } } else { Claim::Taken });
        };
        if run.opt_int(1)?.is_some() {
            return Ok(Claim::Done);
        }
        if run.int(0)? > now {
            return Ok(Claim::Taken);
        }
        let args: Vec<Arg> = vec![self.node.clone().into(), until.into(), self.job.into(), tick.into(), now.into()];
        if db.execute(&SUCCEED, args).await? == 0 {
            return Ok(Claim::Taken);
        }
        tracing::warn!(job = self.job, tick, "another node did not finish its run; this one goes on with it");
        // Read after it was taken: nobody else moves it any longer.
        let run = db.row(&FIND, vec![self.job.into(), tick.into()]).await?;
        Ok(Claim::Mine { progress: run.map_or(Ok(0), |run| run.int(2))? })
    }

    fn insert(&self) -> PlatformSql {
        let dialect = self.db.dialect();
        PlatformSql::composed(
            "a job's run is claimed",
            format!(
                "{} INTO job_runs (job, tick, node, leased_until, started_at) VALUES (?, ?, ?, ?, ?) {}",
                dialect.insert_or_ignore(),
                dialect.or_ignore_end()
            ),
        )
    }

    /// Notes how far the run came, and keeps it; false where it is no longer this node's.
    pub(super) async fn advance(&self, tick: i64, progress: i64) -> Result<bool, Error> {
        let until = self.clock.now().timestamp() + LEASE;
        self.note(tick, until, progress).await
    }

    /// Leaves the rest of the run to whoever comes next.
    pub(super) async fn leave(&self, tick: i64, progress: i64) -> Result<(), Error> {
        self.note(tick, 0, progress).await.map(|_| ())
    }

    async fn note(&self, tick: i64, until: i64, progress: i64) -> Result<bool, Error> {
        let args: Vec<Arg> =
            vec![until.into(), progress.into(), self.job.into(), tick.into(), self.node.clone().into()];
        Ok(self.db.platform().execute(&ADVANCE, args).await? == 1)
    }

    /// Notes that the run is done, and what came of it; forgets runs of long ago.
    pub(super) async fn finish(&self, tick: i64, outcome: &str) -> Result<(), Error> {
        let now = self.clock.now().timestamp();
        let outcome: String = outcome.chars().take(255).collect();
        let args: Vec<Arg> = vec![now.into(), outcome.into(), self.job.into(), tick.into(), self.node.clone().into()];
        self.db.platform().execute(&FINISH, args).await?;
        self.db.platform().execute(&PRUNE, vec![(now - REMEMBERED).into()]).await.map(|_| ())
    }
}
