//! What is kept of what was computed, under names that say whose it is and versions that say whether it still holds.
//!
//! Two caches: [`Level::Shared`] for what is the same for all who may see the same, in memory before Redis; and
//! [`Level::Personal`] for whole pages, which stay in this process. Both are `tiercache`s: what comes out was stored for exactly
//! the company, key and version that were asked for.

mod encoding;
pub mod history;
mod inventory;
mod name;
pub mod pack;
mod tally;

use std::error::Error as StdError;
use std::future::Future;
use std::time::Duration;

use tiercache::{Cleared, Config as TierConfig, Entry, Error, Kept, Load, Patience, SplitMix, SystemClock};

pub use encoding::Encoding;
pub use history::{History, Sample};
pub use inventory::{Inventory, LOOKED_AT, OfCompany, Share};
pub use name::{Kind, Name};
pub use tally::{Count, Tally};

use crate::chance::Chance;
use crate::clock::Clock;
use crate::config::CacheSettings;

/// How long past its TTL an entry of the right version is served while it is renewed.
const GRACE: Duration = Duration::from_secs(3600);

/// Where something is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// In memory and in Redis, where there is one.
    Shared,
    /// In this process's memory alone.
    Personal,
}

/// What lay in the cache, and when that was, in milliseconds since 1970.
type Seen = (i64, std::sync::Arc<Inventory>);

/// The cache of a process. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Cache {
    shared: tiercache::Cache,
    personal: tiercache::Cache,
    tally: std::sync::Arc<Tally>,
    history: std::sync::Arc<History>,
    seen: std::sync::Arc<tokio::sync::Mutex<Option<Seen>>>,
    memory: u64,
}

/// What whoever asks for one name again and again keeps in between: see [`Cache::fresh_again`].
#[derive(Debug, Default)]
pub struct Again {
    found: Option<tiercache::Found>,
    counters: Option<tally::Counters>,
}

impl Cache {
    /// An empty cache. Where there is a Redis it begins to connect in the background. What another `installation` keeps there, one
    /// with a database of its own, is never taken for this one's.
    #[must_use]
    pub fn new(settings: &CacheSettings, installation: i64, clock: &Clock, chance: &Chance) -> Self {
        let config = TierConfig {
            memory_bytes: settings.memory / 2,
            redis: settings.redis.clone(),
            installation,
            grace: GRACE,
            page_budget: settings.patience,
            // One operation may take the greater part of it, so that one that hangs leaves time to go on without Redis.
            operation_budget: settings.patience * 5 / 9,
            // Values come packed.
            compress_from: usize::MAX,
            ..TierConfig::default()
        };
        let personal = TierConfig { redis: None, ..config.clone() };
        let source = || SplitMix::seeded(seed(chance));
        Self {
            shared: tiercache::Cache::new(config, milliseconds(clock), source()),
            personal: tiercache::Cache::new(personal, milliseconds(clock), source()),
            tally: std::sync::Arc::default(),
            history: std::sync::Arc::default(),
            seen: std::sync::Arc::default(),
            memory: settings.memory,
        }
    }

    /// The value of that name at `version`, which was read before anything else: kept, or made by `loader`.
    ///
    /// # Errors
    /// Where the loader fails.
    pub async fn get_or_load<L, F, T, E>(
        &self,
        patience: &Patience,
        name: &Name,
        version: u64,
        loader: L,
    ) -> Result<Entry, Error>
    where
        L: FnOnce() -> F + Send + 'static,
        F: Future<Output = Result<T, E>> + Send + 'static,
        T: Into<Load>,
        E: Into<Box<dyn StdError + Send + Sync>>,
    {
        let found = self.prepare(patience, name, version, loader).await;
        if let Ok(entry) = &found {
            self.tally.count(name, entry.meta.level);
        }
        found
    }

    /// Sees to it that the value is there before anybody asks. It counts nowhere as served.
    ///
    /// # Errors
    /// Where the loader fails.
    pub async fn prepare<L, F, T, E>(
        &self,
        patience: &Patience,
        name: &Name,
        version: u64,
        loader: L,
    ) -> Result<Entry, Error>
    where
        L: FnOnce() -> F + Send + 'static,
        F: Future<Output = Result<T, E>> + Send + 'static,
        T: Into<Load>,
        E: Into<Box<dyn StdError + Send + Sync>>,
    {
        let level = self.level(name.kind().level());
        level.get_or_load_within(patience, name.key(), version, name.ttl(), loader).await
    }

    /// What this process's memory has of that name and version, without loading: none where it is past its TTL.
    pub fn fresh(&self, name: &Name, version: u64, now_ms: i64) -> Option<Entry> {
        self.fresh_again(&mut Again::default(), name, version, now_ms)
    }

    /// The same for whoever asks again and again, with what they keep in between for one
    /// name: see [`tiercache::Cache::peek_again`].
    pub fn fresh_again(&self, again: &mut Again, name: &Name, version: u64, now_ms: i64) -> Option<Entry> {
        let entry = self.level(name.kind().level()).peek_again(&mut again.found, name.key(), version)?;
        if entry.meta.age(now_ms) >= entry.meta.ttl {
            return None;
        }
        tally::count(again.counters.get_or_insert_with(|| self.tally.of(name)), entry.meta.level);
        Some(entry)
    }

    /// What this process's memory has of that name and version, however old.
    pub fn peek(&self, name: &Name, version: u64) -> Option<Entry> {
        self.level(name.kind().level()).peek(name.key(), version)
    }

    /// Where a value of that name and version lies, once whoever is making it is done.
    pub async fn kept(&self, name: &Name, version: u64) -> Kept {
        self.level(name.kind().level()).kept(name.key(), version).await
    }

    /// The tiercache of a level, for operators' eyes.
    #[must_use]
    pub fn level(&self, level: Level) -> &tiercache::Cache {
        match level {
            Level::Shared => &self.shared,
            Level::Personal => &self.personal,
        }
    }

    /// What was done so far, and how much is kept.
    pub async fn sample(&self, now_ms: i64) -> Sample {
        let (shared, personal) = (self.shared.stats().await, self.personal.stats().await);
        let mut sample = Sample {
            at_ms: now_ms,
            entries: shared.entries + personal.entries,
            bytes: shared.bytes + personal.bytes,
            evictions: shared.evictions + personal.evictions,
            ..Sample::default()
        };
        for count in self.tally.read() {
            sample.memory += count.memory;
            sample.redis += count.redis;
            sample.made += count.loaded;
        }
        sample
    }

    /// What lies in the cache, as it was at most ten seconds ago: to look takes a walk through all of it.
    pub async fn inventory(&self, now_ms: i64) -> std::sync::Arc<Inventory> {
        let mut seen = self.seen.lock().await;
        if let Some((at, inventory)) = &*seen
            && (0..history::EVERY_MS).contains(&(now_ms - at))
        {
            return std::sync::Arc::clone(inventory);
        }
        let inventory = std::sync::Arc::new(self.take_inventory("rollcall:", LOOKED_AT).await);
        *seen = Some((now_ms, std::sync::Arc::clone(&inventory)));
        inventory
    }

    /// What lies in the cache under names that begin so, of at most so many entries on each level.
    pub async fn take_inventory(&self, prefix: &str, most: usize) -> Inventory {
        let mut inventory = Inventory { complete: true, ..Inventory::default() };
        for level in [&self.shared, &self.personal] {
            let listing = level.entries(prefix, most).await;
            inventory.complete &= listing.complete;
            listing.entries.iter().for_each(|entry| inventory.add(entry));
        }
        inventory
    }

    /// Takes out what begins so, here and in Redis. Other processes keep theirs: versions have to be raised for those.
    pub async fn clear(&self, prefix: &str) -> Cleared {
        let (shared, personal) = (self.shared.clear_prefix(prefix).await, self.personal.clear_prefix(prefix).await);
        *self.seen.lock().await = None;
        Cleared { memory: shared.memory + personal.memory, ..shared }
    }

    /// How the cache did over time.
    #[must_use]
    pub fn history(&self) -> &History {
        &self.history
    }

    /// How much memory it may take, in bytes.
    #[must_use]
    pub fn memory(&self) -> u64 {
        self.memory
    }

    /// What was served, by kind, name and level.
    #[must_use]
    pub fn tally(&self) -> &Tally {
        &self.tally
    }
}

/// Milliseconds by the program's clock: a pinned one stands still here too.
fn milliseconds(clock: &Clock) -> impl Fn() -> i64 + Send + Sync + 'static + use<> {
    let clock = clock.clone();
    move || clock.now_ms()
}

/// Nodes that share a Redis tell their leases apart by what follows from this.
fn seed(chance: &Chance) -> u64 {
    let mut bytes = [0; 8];
    chance.fill(&mut bytes);
    u64::from_le_bytes(bytes)
}

/// The system's time, in milliseconds since 1970.
pub(crate) fn system_ms() -> i64 {
    tiercache::Clock::now_ms(&SystemClock)
}
