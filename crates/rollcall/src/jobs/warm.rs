//! Warming: what will be asked for is drawn before somebody waits for it.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::companies;
use super::lease::{Claim, Runs};
use super::schedule::Slot;
use crate::app::App;
use crate::db::Error;
use crate::web::drawing::Found;
use crate::web::warming::{self, Extent, Warmth};

/// How often it looks whether something is due, or another node gave up.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// What came of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Companies that were warmed.
    pub companies: u64,
    /// Companies that were not: what went wrong is in the log.
    pub failed: u64,
    /// What came of their values.
    pub warmth: Warmth,
}

impl fmt::Display for Outcome {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { companies, failed, warmth: Warmth { made, kept, missing, here_alone } } = self;
        write!(to, "{companies} companies, {failed} failed; {made} made, {kept} kept, {missing} missing")?;
        if *here_alone > 0 { write!(to, ", {here_alone} not in Redis") } else { Ok(()) }
    }
}

/// Warms companies when it is time to, on one of all nodes.
#[derive(Debug)]
pub struct Warmer {
    app: App,
    runs: Runs,
    /// Slots that need not be looked at again.
    done: BTreeSet<Slot>,
}

impl Warmer {
    /// A node's warmer.
    #[must_use]
    pub fn new(app: App) -> Self {
        let (db, clock, node) = (app.db.clone(), app.clock.clone(), app.chance.token());
        Self { runs: Runs { db, clock, job: "warm", node }, app, done: BTreeSet::new() }
    }

    /// Warms by the clock until `stop` is cancelled; companies under way are finished first.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut failing = false;
        while !stop.is_cancelled() {
            let result = self.look(&stop).await;
            if let Err(error) = &result
                && !failing
            {
                tracing::error!(%error, "the cache could not be warmed; trying on");
            }
            failing = result.is_err();
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }

    /// Does what is due and no other node does; answers what came of it.
    ///
    /// # Errors
    /// Where the database fails: what was not done is due still.
    pub async fn look(&mut self, stop: &CancellationToken) -> Result<Vec<Outcome>, Error> {
        let due: Vec<Slot> = Slot::due(self.app.clock.now()).collect();
        self.done.retain(|slot| due.contains(slot));
        let mut outcomes = Vec::new();
        for slot in due {
            if stop.is_cancelled() || self.done.contains(&slot) {
                continue;
            }
            match self.runs.claim(slot.end()).await? {
                Claim::Taken => {}
                Claim::Done => {
                    self.done.insert(slot);
                }
                Claim::Mine { progress } => outcomes.extend(self.warm(slot, progress, stop).await?),
            }
        }
        Ok(outcomes)
    }

    /// Warms the companies whose tick falls into `slot`, from behind `progress` on.
    async fn warm(
        &mut self,
        slot: Slot,
        mut progress: i64,
        stop: &CancellationToken,
    ) -> Result<Option<Outcome>, Error> {
        let (begun, mut outcome) = (Instant::now(), Outcome::default());
        loop {
            let chunk = companies::after(&self.app.db, progress).await?;
            let Some(last) = chunk.last().map(|company| company.scope.company_id()) else { break };
            let is_last = chunk.len() < companies::CHUNK;
            let due = chunk.into_iter().filter_map(|company| Some((slot.tick(company.zone)?.full, company)));
            let due = due.map(|(full, company)| (company, if full { Extent::Everything } else { Extent::Dashboard }));
            outcome += all(&self.app, due.collect(), stop).await;
            if stop.is_cancelled() {
                // Those that were warmed may be warmed again: they are found to be warm.
                self.runs.leave(slot.end(), progress).await?;
                return Ok(Some(outcome));
            }
            progress = last;
            if !self.runs.advance(slot.end(), progress).await? {
                tracing::warn!(slot = slot.end(), "warming took too long; another node went on with it");
                return Ok(None);
            }
            if is_last {
                break;
            }
        }
        self.runs.finish(slot.end(), &outcome.to_string()).await?;
        self.done.insert(slot);
        if outcome.companies + outcome.failed > 0 {
            say(&outcome, begun.elapsed());
        }
        Ok(Some(outcome))
    }
}

fn say(outcome: &Outcome, took: Duration) {
    let Outcome { companies, failed, warmth } = *outcome;
    let Warmth { made, kept, missing, here_alone } = warmth;
    if failed + missing > 0 {
        tracing::warn!(
            companies,
            failed,
            made,
            kept,
            missing,
            here_alone,
            ?took,
            "the cache was warmed in part; where much is missing, `cache.memory` is too small for all companies"
        );
    } else {
        tracing::info!(companies, made, kept, here_alone, ?took, "the cache was warmed");
    }
}

/// Warms companies, as many at a time as there are processors, and looks afterwards whether their values are there.
async fn all(app: &App, companies: Vec<(Found, Extent)>, stop: &CancellationToken) -> Outcome {
    let at_once = std::thread::available_parallelism().map_or(2, usize::from);
    let drawing = stream::iter(companies).map(|(company, extent)| {
        let (app, stop, id) = (app.clone(), stop.clone(), company.scope.company_id());
        // In a task of its own, so that a fault that one company's rows bring to light is no other company's.
        let task = tokio::spawn(async move {
            let drawn = if stop.is_cancelled() { None } else { Some(warming::draw(&app, company, extent).await) };
            (id, drawn)
        });
        async move { task.await.map_err(|error| (id, error)) }
    });
    let drawn: Vec<_> = drawing.buffer_unordered(at_once).collect().await;
    let mut outcome = Outcome::default();
    for one in drawn {
        match one {
            Ok((_, None)) => {}
            // Looked at when the others are drawn too: what is kept of one may have pushed out another's.
            Ok((company_id, Some(drawn))) => {
                let warmth = drawn.check(app).await;
                tracing::debug!(company_id, ?warmth, "a company was warmed");
                outcome += Outcome { companies: 1, failed: 0, warmth };
            }
            Err((company_id, error)) => {
                tracing::error!(company_id, %error, "a company could not be warmed");
                outcome.failed += 1;
            }
        }
    }
    outcome
}

/// Warms a company by hand, whatever the time; none where there is no such company.
///
/// # Errors
/// Where the database fails.
pub async fn company(app: &App, id: i64, extent: Extent) -> Result<Option<Outcome>, Error> {
    let Some(found) = companies::one(&app.db, id).await? else { return Ok(None) };
    Ok(Some(all(app, vec![(found, extent)], &CancellationToken::new()).await))
}

impl std::ops::AddAssign for Outcome {
    fn add_assign(&mut self, other: Self) {
        self.companies += other.companies;
        self.failed += other.failed;
        self.warmth += other.warmth;
    }
}
