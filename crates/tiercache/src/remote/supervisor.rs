//! Keeps one good connection: makes it, tries it, watches it, drops it and makes the next.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::breaker::{FAILURES, Shared};
use super::connect::{self, Link};
use super::fault::{RedisFault, Weight};
use super::sentinel::{self, Address};
use super::url::{Kind, RedisUrl};
use crate::chance::{Chance, unit};

/// The pause after the first failure to connect; it doubles from there.
const PAUSE_FROM: Duration = Duration::from_millis(50);
/// The longest pause: what it takes to notice that Redis is back.
const PAUSE_TO: Duration = Duration::from_millis(500);
/// How often an idle connection is looked at: three failures in a row must fit into a second.
const LOOK: Duration = Duration::from_millis(200);
/// How often the Sentinels are asked although all seems well, in case their word went unheard.
const ASK_ANYWAY: Duration = Duration::from_secs(2);
/// A connection that stood this long was good: the next failure starts from the shortest pause.
const STOOD: Duration = Duration::from_secs(2);

pub(super) struct Supervisor {
    pub(super) url: RedisUrl,
    pub(super) shared: Arc<Shared>,
    pub(super) chance: Arc<dyn Chance>,
    /// What an operation may take, and what a connection that is tried must manage.
    pub(super) budget: Duration,
}

impl Supervisor {
    /// Goes on until it is dropped.
    pub(super) async fn run(self) {
        let (news, mut heard) = watch::channel(None);
        let _listeners = match &self.url.kind {
            Kind::Sentinel { master } => Some(sentinel::listen(&self.url, master, &news)),
            Kind::Single | Kind::Cluster => None,
        };
        let mut pause = PAUSE_FROM;
        loop {
            heard.mark_unchanged();
            let made = tokio::select! {
                made = self.make() => made,
                // The master changed while we were asking for it.
                _ = heard.changed() => continue,
            };
            match made {
                Ok((link, peer)) => {
                    let since = Instant::now();
                    self.shared.close(link.clone(), &show(&self.url, peer.as_ref()));
                    self.watch(&link, peer.as_ref(), &mut heard).await;
                    if since.elapsed() >= STOOD {
                        pause = PAUSE_FROM;
                    }
                }
                Err(fault) => self.shared.open(fault),
            }
            let jittered = pause.mul_f64(0.5 + unit(&*self.chance) / 2.0);
            tokio::select! {
                () = sleep(jittered) => pause = (pause * 2).min(PAUSE_TO),
                _ = heard.changed() => pause = PAUSE_FROM,
            }
        }
    }

    /// A connection that has been tried, and where it leads.
    async fn make(&self) -> Result<(Link, Option<Address>), RedisFault> {
        let (link, peer) = match &self.url.kind {
            Kind::Single => (connect::node(&self.url, &self.url.hosts[0]).await?, None),
            Kind::Cluster => (connect::cluster(&self.url).await?, None),
            Kind::Sentinel { master } => {
                let address = sentinel::master(&self.url, master).await?;
                (connect::node(&self.url, &address).await?, Some(address))
            }
        };
        self.shared.half_open();
        // Twice: a server that is slow now and then should not get everybody's questions yet.
        connect::examine(&link, self.budget).await?;
        connect::examine(&link, self.budget).await?;
        Ok((link, peer))
    }

    /// Returns when the breaker has opened, and opens it where callers have not.
    async fn watch(&self, link: &Link, peer: Option<&Address>, heard: &mut watch::Receiver<Option<Address>>) {
        let mut failures = 0;
        let mut asked = Instant::now();
        loop {
            tokio::select! {
                () = self.shared.opened.notified() => {}
                _ = heard.changed() => {
                    if heard.borrow_and_update().as_ref() != peer {
                        return self.shared.open(RedisFault::Switched);
                    }
                }
                () = sleep(LOOK) => {
                    if let Err(fault) = self.look(link).await {
                        failures += 1;
                        if fault.weight() == Weight::Opens || failures >= FAILURES {
                            return self.shared.open(fault);
                        }
                    } else {
                        failures = 0;
                    }
                    if asked.elapsed() >= ASK_ANYWAY {
                        asked = Instant::now();
                        if self.left_behind(peer).await {
                            return self.shared.open(RedisFault::Switched);
                        }
                    }
                }
            }
            if self.shared.link().is_none() {
                return;
            }
        }
    }

    async fn look(&self, link: &Link) -> Result<(), RedisFault> {
        let begun = Instant::now();
        let seen = connect::examine(link, self.budget).await;
        // Where our own process was held up, a late answer says nothing about the server.
        if seen == Err(RedisFault::Timeout) && begun.elapsed() > 3 * self.budget { Ok(()) } else { seen }
    }

    /// Whether the Sentinels name another master than the one we have.
    async fn left_behind(&self, peer: Option<&Address>) -> bool {
        match (&self.url.kind, peer) {
            (Kind::Sentinel { master }, Some(peer)) => {
                let asking = sentinel::master(&self.url, master);
                tokio::select! {
                    answer = asking => answer.is_ok_and(|address| address != *peer),
                    () = self.shared.opened.notified() => false,
                }
            }
            _ => false,
        }
    }
}

fn show(url: &RedisUrl, peer: Option<&Address>) -> String {
    match peer {
        Some((host, port)) => format!("{host}:{port}"),
        None => url.to_string(),
    }
}
