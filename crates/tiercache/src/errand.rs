//! Fetching one value, for everybody who waits for it: from Redis, or by loading it and taking it there.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::time::{Instant, timeout};
use tracing::Instrument;

use crate::cache::{Inner, Loader};
use crate::entry::{Entry, Level, Load, Meta};
use crate::envelope::{self, Refusal};
use crate::error::Error;
use crate::flights::Pilot;
use crate::freshness::Freshness;
use crate::lease::{Lease, Waiting};
use crate::patience::Patience;
use crate::remote::{RedisFault, Remote};
use crate::seeded;

/// From this length on, packing and unpacking is done beside the runtime's workers, in bytes.
const LARGE: usize = 256 << 10;

pub(crate) struct Errand {
    pub(crate) inner: Arc<Inner>,
    pub(crate) pilot: Pilot,
    pub(crate) patience: Patience,
    pub(crate) ttl: Duration,
    /// Of a renewal: when the entry that is to be replaced was made.
    pub(crate) newer_than: Option<i64>,
}

/// What Redis had to say.
enum Consulted {
    /// Here it is.
    Found(Entry),
    /// Load it; the others wait for you.
    Leased(Lease),
    /// Load it: there is no Redis, or no end to waiting for another process.
    Alone,
}

/// What a look into Redis found.
enum Look {
    Right(Entry),
    /// Nothing of use. `newer`: there is a newer version, which must not be overwritten.
    Nothing {
        newer: bool,
    },
}

impl Errand {
    /// Goes about it in a task of its own, so that it depends on no caller.
    pub(crate) fn send(self, loader: Loader) {
        tokio::spawn(self.run(loader).in_current_span());
    }

    async fn run(mut self, loader: Loader) {
        if self.newer_than.is_none()
            && let Some(entry) = self.landed_before().await
        {
            return self.pilot.land(Ok(entry));
        }
        let clearings = self.inner.clearings();
        let mut newer = false;
        let lease = match self.consult(&mut newer).await {
            Consulted::Found(entry) => {
                let Some(lease) = self.take_over(entry, clearings, &mut newer).await else { return };
                lease
            }
            Consulted::Leased(lease) => Some(lease),
            Consulted::Alone => None,
        };
        let loaded = self.load(loader).await;
        let kept = match loaded {
            Ok((entry, keep)) => {
                let keep = keep && !self.ttl.is_zero() && clearings == self.inner.clearings();
                if keep {
                    self.inner.memory.keep(self.pilot.key(), &entry, self.inner.clock.now_ms());
                }
                self.pilot.land(Ok(entry.clone()));
                keep.then_some(entry)
            }
            Err(error) => {
                self.inner.counters.load_errors.up();
                self.pilot.land(Err(error));
                None
            }
        };
        // Nobody here waits any longer; those elsewhere wait for this.
        if let (Some(remote), Some(entry), false) = (&self.inner.remote, kept, newer) {
            self.store(remote, entry).await;
        }
        if let Some(lease) = lease {
            lease.release().await;
        }
    }

    /// What another errand brought between its caller's miss and this one's start.
    async fn landed_before(&self) -> Option<Entry> {
        let recall = self.inner.memory.recall(self.pilot.key(), self.pilot.version());
        let crate::memory::Recall::Found(entry) = recall else { return None };
        (self.inner.judge(&entry) != Freshness::Dead).then_some(entry)
    }

    /// Serves what Redis had. If its time is over, goes on to renew it: `Some` with the lease, if there is one.
    async fn take_over(&mut self, entry: Entry, clearings: u64, newer: &mut bool) -> Option<Option<Lease>> {
        let renewal = self.newer_than.is_some();
        if !renewal {
            self.inner.counters.redis_hits.up();
        }
        if clearings == self.inner.clearings() {
            self.inner.memory.keep(self.pilot.key(), &entry, self.inner.clock.now_ms());
        }
        let stale = self.inner.judge(&entry) == Freshness::Stale;
        let made_at = entry.meta.made_at_ms;
        self.pilot.land(Ok(entry));
        if renewal || !stale {
            return None;
        }
        self.inner.counters.stale_served.up();
        self.inner.counters.renewals.up();
        self.newer_than = Some(made_at);
        self.patience = Patience::new(self.inner.config.page_budget);
        match self.consult(newer).await {
            Consulted::Found(entry) => {
                self.inner.memory.keep(self.pilot.key(), &entry, self.inner.clock.now_ms());
                None
            }
            Consulted::Leased(lease) => Some(Some(lease)),
            Consulted::Alone => Some(None),
        }
    }

    /// Looks into Redis; if the value is not there, tries for the lease on loading it; if another process has that, waits for
    /// the value, for the lease, or for the end of its patience. Any fault means going on alone.
    async fn consult(&self, newer: &mut bool) -> Consulted {
        let Some(remote) = &self.inner.remote else { return Consulted::Alone };
        let mut patience = self.patience.clone();
        let mut waiting: Option<Waiting> = None;
        loop {
            match self.look(remote, &patience).await {
                Ok(Look::Right(entry)) => return Consulted::Found(entry),
                Ok(Look::Nothing { newer: there_is }) => *newer = there_is,
                Err(_) => return Consulted::Alone,
            }
            match Lease::take(&self.inner, self.pilot.key(), self.pilot.version(), &patience).await {
                Ok(Some(lease)) => return self.look_again(remote, lease, &patience).await,
                Ok(None) => {}
                Err(_) => return Consulted::Alone,
            }
            let waiting = waiting.get_or_insert_with(|| {
                self.inner.counters.lease_waits.up();
                Waiting::begin(self.inner.config.lease_wait)
            });
            // From here on the time goes to the other's load, not to Redis: what is left of the page's patience still limits
            // each single operation, but is not used up by many quick ones.
            patience = Patience::new(self.patience.left());
            if !waiting.pause(&*self.inner.chance).await {
                self.inner.counters.lease_timeouts.up();
                return Consulted::Alone;
            }
        }
    }

    /// Another process may have stored the value and given back the lease between our look and our taking it.
    async fn look_again(&self, remote: &Remote, lease: Lease, patience: &Patience) -> Consulted {
        match self.look(remote, patience).await {
            Ok(Look::Right(entry)) => {
                lease.release_soon();
                Consulted::Found(entry)
            }
            Ok(Look::Nothing { .. }) | Err(_) => Consulted::Leased(lease),
        }
    }

    async fn look(&self, remote: &Remote, patience: &Patience) -> Result<Look, RedisFault> {
        let (key, version) = (self.pilot.key(), self.pilot.version());
        let counters = &self.inner.counters;
        let Some(sealed) = remote.get(key.text(), patience).await? else {
            counters.redis_misses.up();
            return Ok(Look::Nothing { newer: false });
        };
        let limit = self.inner.config.value_limit;
        let key = self.inner.stamped(key);
        let opened = if sealed.len() < LARGE {
            envelope::open(sealed, &key, version, limit)
        } else {
            let opening = tokio::task::spawn_blocking(move || envelope::open(sealed, &key, version, limit));
            opening.await.unwrap_or(Err(Refusal::Corrupt))
        };
        let newer = matches!(opened, Err(Refusal::Outdated(found)) if found > version);
        match opened {
            Ok(entry) if self.is_of_use(&entry) => return Ok(Look::Right(entry)),
            Ok(_) => {}
            Err(Refusal::Corrupt) => counters.corrupt.up(),
            Err(Refusal::Foreign) => counters.foreign.up(),
            Err(Refusal::Outdated(_)) => counters.outdated.up(),
            Err(Refusal::Astray) => {
                counters.foreign.up();
                remote.went_astray();
            }
        }
        counters.redis_misses.up();
        Ok(Look::Nothing { newer })
    }

    fn is_of_use(&self, entry: &Entry) -> bool {
        match self.newer_than {
            None => self.inner.judge(entry) != Freshness::Dead,
            Some(than) => entry.meta.made_at_ms > than && self.inner.judge(entry) == Freshness::Fresh,
        }
    }

    /// Runs the loader: its panic is its own. One that takes too long goes on in a task of its own.
    async fn load(&self, loader: Loader) -> Result<(Entry, bool), Error> {
        self.inner.counters.loads.up();
        let made_at_ms = self.inner.clock.now_ms();
        let begun = Instant::now();
        let limit = self.inner.config.load_timeout;
        // A panic leaves the loader half-done, and nobody looks at it again.
        let mut loading = Box::pin(AssertUnwindSafe(async move { loader().await }).catch_unwind());
        let load = match timeout(limit, &mut loading).await {
            Ok(Ok(Ok(load))) => load,
            Ok(Ok(Err(error))) => return Err(Error::Loader(Arc::from(error))),
            Ok(Err(_)) => return Err(Error::Panicked),
            Err(_) => {
                tokio::spawn(loading.in_current_span());
                return Err(Error::TimedOut(limit));
            }
        };
        let (bytes, keep) = match load {
            Load::Keep(bytes) => (bytes, true),
            Load::Pass(bytes) => (bytes, false),
        };
        let stamped = self.pilot.version() + u64::from(seeded::on("stamped-with-next-version"));
        let (version, ttl) = (stamped, self.ttl);
        let meta = Meta { made_at_ms, ttl, version, level: Level::Loaded, load_time: begun.elapsed() };
        Ok((Entry { bytes, meta }, keep))
    }

    async fn store(&self, remote: &Remote, entry: Entry) {
        let config = &self.inner.config;
        if entry.bytes.len() > config.value_limit {
            return self.inner.counters.too_long.up();
        }
        let life = entry.meta.ttl.saturating_add(config.grace);
        let (key, from) = (self.inner.stamped(self.pilot.key()), config.compress_from);
        let sealed = if entry.bytes.len() < LARGE {
            envelope::seal(&key, &entry, from)
        } else {
            tokio::task::spawn_blocking(move || envelope::seal(&key, &entry, from)).await.ok().flatten()
        };
        if let Some(sealed) = sealed {
            // Refused or lost, it is a miss for somebody, some time.
            let _ = remote.set(self.pilot.key().text(), &sealed, life).await;
        }
    }
}
