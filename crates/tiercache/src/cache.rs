//! The cache as its users see it.

use std::error::Error as StdError;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::chance::Chance;
use crate::clock::Clock;
use crate::config::Config;
use crate::entry::{Entry, Load};
use crate::errand::Errand;
use crate::error::Error;
use crate::flights::{Flights, Seat};
use crate::freshness::{Freshness, Rules};
use crate::key::Key;
use crate::memory::{Found, Memory, Recall};
use crate::patience::Patience;
use crate::remote::Remote;
use crate::stats::{Counters, Stats};

type BoxError = Box<dyn StdError + Send + Sync>;
type Loading = Pin<Box<dyn Future<Output = Result<Load, BoxError>> + Send>>;
/// A loader without its types: made only where one is needed, which is not on a hit.
pub(crate) type Loader = Box<dyn FnOnce() -> Loading + Send>;

/// Two levels, memory before Redis. Cheap to clone; clones are the same cache. See the [crate's page](crate).
#[derive(Clone)]
pub struct Cache(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) config: Config,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) chance: Arc<dyn Chance>,
    pub(crate) memory: Memory,
    pub(crate) remote: Option<Remote>,
    pub(crate) counters: Counters,
    rules: Rules,
    flights: Arc<Flights>,
    clearings: AtomicU64,
}

impl Cache {
    /// An empty cache. Where there is a Redis it begins to connect in the background, and returns at once.
    ///
    /// # Panics
    /// Outside a Tokio runtime, if there is a Redis.
    #[must_use]
    pub fn new(config: Config, clock: impl Clock, chance: impl Chance) -> Self {
        let (clock, chance): (Arc<dyn Clock>, Arc<dyn Chance>) = (Arc::new(clock), Arc::new(chance));
        let remote = config
            .redis
            .clone()
            .map(|url| Remote::start(url, config.operation_budget, Arc::clone(&clock), Arc::clone(&chance)));
        Self(Arc::new(Inner {
            memory: Memory::new(config.memory_bytes, config.grace),
            rules: Rules { grace: config.grace, beta: config.beta },
            counters: Counters::default(),
            flights: Arc::new(Flights::default()),
            clearings: AtomicU64::new(0),
            config,
            clock,
            chance,
            remote,
        }))
    }

    /// The value of `key` at `version`: from memory, from Redis, or from `loader`.
    ///
    /// `version` is what the caller read *before* it called: the loader's data is at least as new, and so is what is served, for
    /// an entry that was stored under another version is passed over. Whoever reads the version after a write was acknowledged
    /// therefore sees that write.
    ///
    /// - Of many callers who miss at once, one loads, in this process and, while Redis is up, among all processes on it.
    /// - The loader runs in a task of its own: a caller who goes away stalls nobody. It runs at most once, and perhaps not at all.
    /// - Past `ttl` (or, by chance, a little before) the entry is served while it is renewed in the background. A `ttl` of zero
    ///   keeps nothing, and shares the value among those who wait.
    /// - [`Load::Pass`] and errors are shared among those who wait, and not kept.
    ///
    /// # Errors
    /// When the loader fails, panics or takes too long. What is wrong with Redis is never an error.
    pub async fn get_or_load<L, F, T, E>(
        &self,
        key: &Key,
        version: u64,
        ttl: Duration,
        loader: L,
    ) -> Result<Entry, Error>
    where
        L: FnOnce() -> F + Send + 'static,
        F: Future<Output = Result<T, E>> + Send + 'static,
        T: Into<Load>,
        E: Into<BoxError>,
    {
        self.find_or_load(None, key, version, ttl, loader).await
    }

    /// Like [`get_or_load`](Self::get_or_load), and waits for Redis no longer than `patience` lasts: for pages that are made from
    /// several values.
    ///
    /// # Errors
    /// As for [`get_or_load`](Self::get_or_load).
    pub async fn get_or_load_within<L, F, T, E>(
        &self,
        patience: &Patience,
        key: &Key,
        version: u64,
        ttl: Duration,
        loader: L,
    ) -> Result<Entry, Error>
    where
        L: FnOnce() -> F + Send + 'static,
        F: Future<Output = Result<T, E>> + Send + 'static,
        T: Into<Load>,
        E: Into<BoxError>,
    {
        self.find_or_load(Some(patience), key, version, ttl, loader).await
    }

    async fn find_or_load<L, F, T, E>(
        &self,
        patience: Option<&Patience>,
        key: &Key,
        version: u64,
        ttl: Duration,
        loader: L,
    ) -> Result<Entry, Error>
    where
        L: FnOnce() -> F + Send + 'static,
        F: Future<Output = Result<T, E>> + Send + 'static,
        T: Into<Load>,
        E: Into<BoxError>,
    {
        let inner = &self.0;
        if let Some((entry, freshness)) = inner.recall(key, version).await {
            inner.counters.memory_hits.up();
            if freshness != Freshness::Fresh {
                self.renew(key, &entry, freshness, ttl, untyped(loader));
            }
            return Ok(entry);
        }
        inner.counters.memory_misses.up();
        let passenger = match inner.flights.board(key, version) {
            Seat::Passenger(passenger) => {
                inner.counters.joined.up();
                passenger
            }
            Seat::Pilot(pilot, passenger) => {
                let patience = patience.cloned().unwrap_or_else(|| Patience::new(inner.config.page_budget));
                Errand { inner: Arc::clone(inner), pilot, patience, ttl, newer_than: None }.send(untyped(loader));
                passenger
            }
        };
        passenger.arrive().await
    }

    /// What memory has of `key` at `version`, however old, without loading and without asking Redis.
    ///
    /// For serving what there is while the source of the data is away: pass the last version that was known.
    pub fn peek(&self, key: &Key, version: u64) -> Option<Entry> {
        match self.0.memory.recall(key, version) {
            Recall::Found(entry) => Some(entry),
            _ => None,
        }
    }

    /// The same for whoever asks for one key again and again: `found` is what they keep in between, and saves them the look-up.
    ///
    /// Owner, key and version are compared all the same, and nothing is answered that was cleared since. What nobody looks up
    /// is pushed out of memory first, so throw `found` away every few moments.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// # use std::time::Duration;
    /// use tiercache::{Cache, Config, Key, SplitMix, SystemClock};
    ///
    /// let cache = Cache::new(Config::default(), SystemClock, SplitMix::seeded(7));
    /// let (key, mut found) = (Key::new(42, "rollcall:company_42:dashboard"), None);
    /// assert!(cache.peek_again(&mut found, &key, 1).is_none());
    /// let loader = || async { Ok::<_, std::io::Error>("a page") };
    /// cache.get_or_load(&key, 1, Duration::from_secs(60), loader).await.unwrap();
    /// for _ in 0..1_000 {
    ///     assert_eq!(cache.peek_again(&mut found, &key, 1).unwrap().bytes, "a page");
    /// }
    /// assert!(cache.peek_again(&mut found, &key, 2).is_none());
    /// # }
    /// ```
    pub fn peek_again(&self, found: &mut Option<Found>, key: &Key, version: u64) -> Option<Entry> {
        let clearings = self.0.clearings();
        let again = found.as_ref().filter(|found| found.clearings == clearings);
        if let Some(entry) = again.and_then(|found| self.0.memory.recall_found(found, key, version)) {
            return Some(entry);
        }
        let entry = self.peek(key, version);
        *found = entry.clone().map(|entry| Found::new(key, entry, clearings));
        entry
    }

    /// What the cache has done, and how it is.
    pub async fn stats(&self) -> Stats {
        let inner = &self.0;
        let (entries, bytes, evictions) = inner.memory.size();
        let redis = inner.remote.as_ref().map(Remote::stats);
        Stats { counts: inner.counters.read(), entries, bytes, evictions, redis }
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.0
    }

    /// Begins a renewal of `entry` in the background, unless one is under way.
    fn renew(&self, key: &Key, entry: &Entry, freshness: Freshness, ttl: Duration, loader: Loader) {
        let inner = &self.0;
        if freshness == Freshness::Stale {
            inner.counters.stale_served.up();
        }
        if let Seat::Pilot(pilot, _) = inner.flights.board(key, entry.meta.version) {
            inner.counters.renewals.up();
            let patience = Patience::new(inner.config.page_budget);
            let newer_than = Some(entry.meta.made_at_ms);
            Errand { inner: Arc::clone(inner), pilot, patience, ttl, newer_than }.send(loader);
        }
    }
}

impl Inner {
    /// What memory has, if it may be served.
    async fn recall(&self, key: &Key, version: u64) -> Option<(Entry, Freshness)> {
        match self.memory.recall(key, version) {
            Recall::Found(entry) => {
                let freshness = self.judge(&entry);
                (freshness != Freshness::Dead).then_some((entry, freshness))
            }
            Recall::Missing => None,
            Recall::Foreign => {
                self.counters.foreign.up();
                None
            }
            Recall::Outdated => {
                self.counters.outdated.up();
                None
            }
        }
    }

    pub(crate) fn flights(&self) -> &Flights {
        &self.flights
    }

    pub(crate) fn judge(&self, entry: &Entry) -> Freshness {
        self.rules.judge(&entry.meta, self.clock.now_ms(), &*self.chance)
    }

    /// The owner as it is stamped on what lies in Redis; stamped twice, it is itself again.
    pub(crate) fn stamp(&self, owner: i64) -> i64 {
        owner ^ self.config.installation
    }

    /// The key with its owner stamped.
    pub(crate) fn stamped(&self, key: &Key) -> Key {
        Key::new(self.stamp(key.owner()), key.shared_text())
    }

    /// How often something was cleared: a load that began before must not bring back what was cleared since.
    pub(crate) fn clearings(&self) -> u64 {
        self.clearings.load(Ordering::SeqCst)
    }

    pub(crate) fn note_clearing(&self) {
        self.clearings.fetch_add(1, Ordering::SeqCst);
    }
}

impl std::fmt::Debug for Cache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cache").field("config", &self.0.config).finish_non_exhaustive()
    }
}

fn untyped<L, F, T, E>(loader: L) -> Loader
where
    L: FnOnce() -> F + Send + 'static,
    F: Future<Output = Result<T, E>> + Send + 'static,
    T: Into<Load>,
    E: Into<BoxError>,
{
    Box::new(move || Box::pin(async move { loader().await.map(Into::into).map_err(Into::into) }))
}
