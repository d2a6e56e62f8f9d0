//! What a hit costs: `cargo bench -p tiercache`. Nanoseconds (the median of several rounds) and heap allocations.
//!
//! Memory by itself, and beside it moka alone, the part that is not ours; from several threads; with keys made anew for each
//! request, as a page does; and, where there is a redis-server, a miss of memory that Redis answers.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a command-line tool speaks to its terminal")]

use std::alloc::System;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tiercache::{Cache, Config, Key, Level, SplitMix, SystemClock};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const HOUR: Duration = Duration::from_secs(3600);
const KEYS: usize = 1000;
const ROUND: usize = 100_000;
const ROUNDS: usize = 11;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        alone().await;
        hits().await;
        threads().await;
        redis_hits().await;
    });
}

fn text(n: usize) -> String {
    format!("rollcall:company_{}:widget:policy_trend:30d.de:v1", n % KEYS)
}

fn cache(config: Config) -> Cache {
    Cache::new(config, SystemClock, SplitMix::seeded(7))
}

async fn ask(cache: &Cache, key: &Key) -> Level {
    let load = || async { Ok::<_, std::io::Error>(vec![b'x'; 4096]) };
    cache.get_or_load(key, 1, HOUR, load).await.unwrap().meta.level
}

async fn fill(cache: &Cache) -> Vec<Key> {
    let keys: Vec<_> = (0..KEYS).map(|n| Key::new(42, text(n))).collect();
    for key in &keys {
        ask(cache, key).await;
    }
    keys
}

/// Prints the median round of `ask`, and the allocations of all of them.
async fn measure(name: &str, count: usize, mut round: impl AsyncFnMut(usize)) {
    let region = Region::new(ALLOCATOR);
    let mut nanos = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        round(count).await;
        nanos.push(begun.elapsed().as_nanos() / count as u128);
    }
    nanos.sort_unstable();
    let thousandths = region.change().allocations * 1000 / (ROUNDS * count);
    println!("{name}: {} ns, {}.{:03} allocations", nanos[ROUNDS / 2], thousandths / 1000, thousandths % 1000);
}

async fn alone() {
    let moka: moka::sync::Cache<Arc<str>, bytes::Bytes> = moka::sync::Cache::new(100_000);
    let texts: Vec<Arc<str>> = (0..KEYS).map(|n| text(n).into()).collect();
    for text in &texts {
        moka.insert(Arc::clone(text), vec![b'x'; 4096].into());
    }
    measure("moka alone", ROUND, async |count| {
        for n in 0..count {
            assert!(moka.get(&*texts[n % KEYS]).is_some());
        }
    })
    .await;
}

async fn hits() {
    let cache = cache(Config::default());
    let keys = fill(&cache).await;
    measure("hit in memory", ROUND, async |count| {
        for n in 0..count {
            assert_eq!(ask(&cache, &keys[n % KEYS]).await, Level::Memory);
        }
    })
    .await;
    measure("hit in memory, key made anew", ROUND, async |count| {
        for n in 0..count {
            assert_eq!(ask(&cache, &Key::new(42, text(n))).await, Level::Memory);
        }
    })
    .await;
}

async fn threads() {
    let cache = cache(Config::default());
    let keys = Arc::new(fill(&cache).await);
    measure("hit in memory, two threads at once, by the wall clock", 2 * ROUND, async |count| {
        let run = |cache: Cache, keys: Arc<Vec<Key>>| async move {
            for n in 0..count / 2 {
                assert_eq!(ask(&cache, &keys[n % KEYS]).await, Level::Memory);
            }
        };
        let other = tokio::spawn(run(cache.clone(), Arc::clone(&keys)));
        tokio::spawn(run(cache.clone(), Arc::clone(&keys))).await.unwrap();
        other.await.unwrap();
    })
    .await;
}

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn redis_hits() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut command = Command::new("redis-server");
    command.args(["--port", &port.to_string(), "--save", ""]).stdout(Stdio::null());
    let Ok(child) = command.spawn() else { return println!("there is no redis-server") };
    let _server = Server(child);
    // Memory for a few entries only, so that each is looked up in Redis again.
    let redis = Some(format!("redis://127.0.0.1:{port}").parse().unwrap());
    // And time enough: on a busy machine an answer past the budget would be a load, which is not what is measured.
    let second = Duration::from_secs(1);
    let budgets = Config { operation_budget: second, page_budget: second, ..Config::default() };
    let cache = cache(Config { memory_bytes: 0, redis, ..budgets });
    while cache.stats().await.redis.unwrap().connections == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let keys = fill(&cache).await;
    while cache.entries("rollcall:", 2 * KEYS).await.entries.len() < KEYS {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    measure("hit in Redis", 2000, async |count| {
        for n in 0..count {
            assert_ne!(ask(&cache, &keys[n % KEYS]).await, Level::Loaded);
        }
    })
    .await;
    // Moka sweeps late, so memory answers now and then although it may hold nothing.
    let counts = cache.stats().await.counts;
    println!("  of these from Redis: {} %", counts.redis_hits * 100 / (counts.redis_hits + counts.memory_hits));
}
