//! A channel's own way: it claims, sends and writes down, and waits for no other channel.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{Id, JoinSet};
use tokio_util::sync::CancellationToken;

use super::breaker::Breaker;
use super::claim::{self, Claimed, Wanted};
use super::finish::{self, Ended};
use super::outcome::{Outcome, TRIES};
use super::settler::Settler;
use super::{Channel, Provider};
use crate::app::App;
use crate::db::Error;

/// How often it looks whether something is due.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How soon it looks again where another process was faster.
const LOOK_AGAIN: Duration = Duration::from_millis(10);
/// So often it looks again in a row before it takes it that others do all there is to do.
const LOOKS: u32 = 5;
/// So many notifications are claimed for each that is sent at a time: a claim is a transaction.
const CLAIMED_EACH: usize = 4;

/// A channel with a provider.
pub(super) struct Lane {
    app: App,
    channel: Channel,
    provider: Arc<Provider>,
    node: Arc<str>,
    settler: Arc<Settler>,
    breaker: Breaker,
    turns: Arc<Semaphore>,
    under_way: JoinSet<Ended>,
    /// What is under way, by its task: should that break off.
    claimed: HashMap<Id, Claimed>,
    /// What came of tries and is not written down yet.
    ended: Vec<Ended>,
    /// Whether there was less than was asked for when it last looked.
    dry: bool,
    /// How often in a row another process was faster.
    beaten: u32,
}

impl Lane {
    pub(super) fn new(app: App, channel: Channel, provider: Provider, node: Arc<str>, settler: Arc<Settler>) -> Self {
        Self {
            turns: Arc::new(Semaphore::new(app.config.deliver.parallel)),
            provider: Arc::new(provider),
            app,
            channel,
            node,
            settler,
            breaker: Breaker::default(),
            under_way: JoinSet::new(),
            claimed: HashMap::new(),
            ended: Vec::new(),
            dry: false,
            beaten: 0,
        }
    }

    /// Sends what is due, until nothing more is or the provider is in trouble.
    ///
    /// # Errors
    /// Where the database fails.
    pub(super) async fn drain(&mut self) -> Result<(), Error> {
        let stop = CancellationToken::new();
        (self.dry, self.beaten) = (false, 0);
        loop {
            self.fill(&stop).await?;
            if self.reap().await {
                self.write().await?;
            } else if (1..LOOKS).contains(&self.beaten) {
                // It was found, but another one had it at that moment: perhaps to leave it alone.
                tokio::time::sleep(LOOK_AGAIN).await;
                self.dry = false;
            } else {
                return Ok(());
            }
        }
    }

    /// Sends what is due until `stop` is cancelled; what is under way then is finished.
    pub(super) async fn run(mut self, stop: CancellationToken) {
        let mut failing = false;
        while !stop.is_cancelled() || !self.under_way.is_empty() {
            let mut result = self.write().await;
            if result.is_ok() && !stop.is_cancelled() {
                result = self.fill(&stop).await;
            }
            if let Err(error) = &result
                && !failing
            {
                tracing::error!(channel = %self.channel, %error, "notifications cannot be claimed or written down; trying on");
            }
            failing = result.is_err();
            let pause = if self.beaten == 0 || failing {
                LOOK_EVERY
            } else {
                LOOK_EVERY.min(LOOK_AGAIN * 2_u32.pow(self.beaten.min(6)))
            };
            tokio::select! {
                reaped = self.reap(), if !self.under_way.is_empty() => debug_assert!(reaped),
                () = tokio::time::sleep(pause) => self.dry = false,
                () = stop.cancelled(), if !stop.is_cancelled() => {}
            }
        }
        if let Err(error) = self.write().await {
            tracing::error!(channel = %self.channel, %error, "what came of the last notifications could not be written down");
        }
    }

    /// Claims as many as there is room for, and begins to send them.
    async fn fill(&mut self, stop: &CancellationToken) -> Result<(), Error> {
        let settings = &self.app.config.deliver;
        let now = self.app.clock.now().timestamp();
        let most = self.breaker.allows(now, settings.parallel * CLAIMED_EACH);
        self.app.deliveries.set_open(self.channel, self.breaker.is_open(now));
        let room = most.saturating_sub(self.under_way.len());
        // A transaction for a handful, not for each.
        if self.dry || room == 0 || room < most / 2 {
            return Ok(());
        }
        let lease = i64::try_from(settings.lease.as_secs()).unwrap_or(i64::MAX).max(1);
        let (node, until) = (Arc::clone(&self.node), now.saturating_add(lease));
        let wanted = Wanted { channel: self.channel, node: &node, now, until };
        let found = claim::look(&self.app, &wanted, room, self.skip(room)).await?;
        let count = found.count;
        let claimed = found.claim(&self.app, &wanted).await?;
        // Where another process was faster, there may be others that it did not reach for.
        self.beaten = if claimed.len() < count { self.beaten.saturating_add(1) } else { 0 };
        self.dry = count < room || claimed.is_empty();
        for one in claimed {
            self.begin(one, until, stop);
        }
        Ok(())
    }

    /// Where another process was faster, the next look begins elsewhere.
    fn skip(&self, room: usize) -> usize {
        if self.beaten == 0 {
            return 0;
        }
        let mut byte = [0];
        self.app.chance.fill(&mut byte);
        usize::from(byte[0]) % 8 * room
    }

    fn begin(&mut self, claimed: Claimed, until: i64, stop: &CancellationToken) {
        let (app, provider, turns) = (self.app.clone(), Arc::clone(&self.provider), Arc::clone(&self.turns));
        let (one, stop) = (claimed.clone(), stop.clone());
        let task = self.under_way.spawn(async move {
            let mut turn = None;
            let outcome = attempt(&app, &provider, (turns, &mut turn), &one, until, &stop).await;
            Ended::of(&one, outcome, turn, &app)
        });
        self.claimed.insert(task.id(), claimed);
    }

    /// Waits for something to end, and takes all that has; false where nothing is under way.
    async fn reap(&mut self) -> bool {
        let Some(first) = self.under_way.join_next_with_id().await else { return false };
        let mut next = Some(first);
        while let Some(joined) = next {
            let ended = match joined {
                Ok((task, ended)) => {
                    self.claimed.remove(&task);
                    Some(ended)
                }
                Err(error) => self.claimed.remove(&error.id()).map(|claimed| {
                    tracing::error!(notification = claimed.id, %error, "sending a notification broke off");
                    Ended::of(&claimed, Outcome::later("sending it broke off"), None, &self.app)
                }),
            };
            if let Some(ended) = ended {
                self.learn(&ended);
                self.ended.push(ended);
            }
            next = self.under_way.try_join_next_with_id();
        }
        true
    }

    fn learn(&mut self, ended: &Ended) {
        let Some(trouble) = ended.outcome.is_trouble() else { return };
        if self.breaker.learn(trouble, self.app.clock.now().timestamp(), &self.app.chance) {
            tracing::warn!(channel = %self.channel, outcome = ?ended.outcome,
                "the provider is in trouble: this channel waits, the others go on");
        }
    }

    async fn write(&mut self) -> Result<(), Error> {
        if self.ended.is_empty() {
            return Ok(());
        }
        let companies: Vec<i64> = self.ended.iter().map(|ended| ended.scope.company_id()).collect();
        let written = finish::write(&self.app, self.channel, &self.node, &mut self.ended).await;
        self.settler.mark(companies);
        written
    }
}

/// One try, when it is its turn.
async fn attempt(
    app: &App,
    provider: &Provider,
    (turns, turn): (Arc<Semaphore>, &mut Option<OwnedSemaphorePermit>),
    claimed: &Claimed,
    until: i64,
    stop: &CancellationToken,
) -> Outcome {
    let letter = match &claimed.letter {
        Ok(letter) => letter,
        Err(why) => return Outcome::never(why),
    };
    if claimed.attempt > TRIES {
        return Outcome::never(format!("tried {TRIES} times, and the last time nobody knew what came of it"));
    }
    let Ok(taken) = turns.acquire_owned().await else { return Outcome::Released };
    *turn = Some(taken);
    let timeout = app.config.deliver.timeout;
    // It has to be over before the lease is.
    let left = until.saturating_sub(app.clock.now().timestamp());
    if stop.is_cancelled() || Duration::from_secs(left.max(0).unsigned_abs()) < timeout {
        return Outcome::Released;
    }
    match tokio::time::timeout(timeout, provider.send(letter)).await {
        Ok(outcome) => outcome,
        Err(_) => Outcome::trouble(format!("the provider took longer than {timeout:?}")),
    }
}
