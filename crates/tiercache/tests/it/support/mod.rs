//! What the tests have in common: caches with pinned clocks, loaders that count, and waiting for what must come true.

pub(crate) mod proxy;
pub(crate) mod server;

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tiercache::{Breaker, Cache, Config, Key, PinnedClock, SplitMix};

/// Sunday, 22 November 2026, noon in UTC.
pub(crate) const NOON: i64 = 1_795_348_800_000;
pub(crate) const MINUTE: Duration = Duration::from_secs(60);

/// Each cache has a seed of its own, as each process must.
static SEED: AtomicU64 = AtomicU64::new(1);

pub(crate) fn cache(config: Config) -> Cache {
    cache_at(config, PinnedClock::at(NOON))
}

pub(crate) fn cache_at(config: Config, clock: PinnedClock) -> Cache {
    Cache::new(config, clock, SplitMix::seeded(SEED.fetch_add(0x1234_5678_9ABC, Ordering::SeqCst)))
}

pub(crate) fn on(url: &str) -> Config {
    Config { redis: Some(url.parse().unwrap()), ..Config::default() }
}

/// For tests of something other than time: a machine that is busy must not look like a slow Redis.
pub(crate) fn roomy(url: &str) -> Config {
    let second = Duration::from_secs(1);
    Config { operation_budget: second, page_budget: second, ..on(url) }
}

/// For tests that have ten thousand tasks in one runtime, built without optimisation: its own crowd must not look like a
/// slow Redis.
pub(crate) fn unhurried(url: &str) -> Config {
    let second = Duration::from_secs(5);
    Config { operation_budget: second, page_budget: second, lease_ttl: second, lease_wait: 4 * second, ..on(url) }
}

pub(crate) fn key() -> Key {
    Key::new(42, "test:company_42:widget:v1")
}

/// Counts what it loads, and each load's value says which it was.
#[derive(Clone, Default)]
pub(crate) struct Source(Arc<AtomicU64>);

impl Source {
    pub(crate) fn loads(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    pub(crate) fn load(&self) -> impl Future<Output = Result<String, std::io::Error>> + Send + 'static + use<> {
        let count = Arc::clone(&self.0);
        async move { Ok(format!("load {}", count.fetch_add(1, Ordering::SeqCst) + 1)) }
    }
}

/// What `cache` answers for `key` at `version`, as text.
pub(crate) async fn ask(cache: &Cache, key: &Key, version: u64, source: &Source) -> String {
    let source = source.clone();
    let entry = cache.get_or_load(key, version, MINUTE, move || source.load()).await.unwrap();
    String::from_utf8(entry.bytes.to_vec()).unwrap()
}

/// Waits until `holds`, for ten seconds at most: what is waited for is an event in another process or task, which has no channel
/// to this one.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) -> Duration {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < Duration::from_secs(10), "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    begun.elapsed()
}

pub(crate) async fn breaker(cache: &Cache) -> Breaker {
    cache.stats().await.redis.unwrap().breaker
}

pub(crate) async fn until_up(cache: &Cache) -> Duration {
    until("redis is up", || async { breaker(cache).await == Breaker::Closed }).await
}

pub(crate) async fn until_down(cache: &Cache) -> Duration {
    until("redis is down", || async { breaker(cache).await != Breaker::Closed }).await
}

/// Waits until `key` lies in Redis at `version`.
pub(crate) async fn until_stored(cache: &Cache, key: &Key, version: u64) {
    until("it is stored", || async {
        let listing = cache.entries(key.text(), 10).await;
        listing.entries.iter().any(|entry| entry.level == tiercache::Level::Redis && entry.version == version)
    })
    .await;
}
