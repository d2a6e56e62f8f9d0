//! Several caches on one Redis: what one has loaded, the others need not.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tiercache::{Cache, Config, Key, Level, PinnedClock};
use tokio::sync::oneshot;

use crate::redis_or_return;
use crate::support::server::{Server, free_port};
use crate::support::{
    MINUTE, NOON, Source, ask, cache, cache_at, key, roomy, unhurried, until, until_stored, until_up,
};

async fn up(config: Config) -> Cache {
    let cache = cache(config);
    until_up(&cache).await;
    cache
}

#[tokio::test]
async fn what_one_has_loaded_the_other_finds_in_redis_compressed() {
    redis_or_return!();
    let server = Server::start(&[]);
    let (one, other) = (up(roomy(&server.url())).await, up(roomy(&server.url())).await);
    let page = "<tr><td>a row</td></tr>".repeat(1000);
    let load = {
        let page = page.clone();
        || async { Ok::<_, std::io::Error>(page) }
    };
    one.get_or_load(&key(), 7, MINUTE, load).await.unwrap();
    until_stored(&one, &key(), 7).await;
    let never = || async { Err::<String, _>("must not load") };
    let entry = other.get_or_load(&key(), 7, MINUTE, never).await.unwrap();
    assert_eq!((entry.meta.level, entry.bytes.len()), (Level::Redis, page.len()));
    assert_eq!(entry.meta.made_at_ms, NOON);
    let listed = other.entries("test:", 10).await;
    let in_redis = listed.entries.iter().find(|entry| entry.level == Level::Redis).unwrap();
    assert!(in_redis.bytes < 1000, "{} bytes in Redis", in_redis.bytes);
    let entry = other.get_or_load(&key(), 7, MINUTE, never).await.unwrap();
    assert_eq!(entry.meta.level, Level::Memory);
}

/// Ten thousand callers on three caches; the loader holds until all of them wait.
async fn stampede(caches: [Cache; 3], source: &Source) {
    let calls: Vec<_> = (0..10_000)
        .map(|n| {
            let (cache, source) = (caches[n % 3].clone(), source.clone());
            tokio::spawn(async move { ask(&cache, &key(), 1, &source).await })
        })
        .collect();
    for answer in join_all(calls).await {
        assert!(answer.unwrap().starts_with("load "));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_misses_from_three_caches_load_once() {
    redis_or_return!();
    let server = Server::start(&[]);
    let config = || unhurried(&server.url());
    let caches = [up(config()).await, up(config()).await, up(config()).await];
    let source = Source::default();
    stampede(caches, &source).await;
    assert_eq!(source.loads(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_redis_each_cache_loads_once() {
    let config = || roomy(&format!("redis://127.0.0.1:{}", free_port()));
    let source = Source::default();
    stampede([cache(config()), cache(config()), cache(config())], &source).await;
    assert_eq!(source.loads(), 3);
}

/// Begins a load on `cache` that ends when the sender is told, and returns when it has begun.
async fn begin_load(cache: &Cache, outcome: Result<&'static str, &'static str>) -> oneshot::Sender<()> {
    let (begun, has_begun) = oneshot::channel();
    let (open, opened) = oneshot::channel::<()>();
    let cache = cache.clone();
    tokio::spawn(async move {
        let load = async move || {
            begun.send(()).unwrap();
            let _ = opened.await;
            outcome
        };
        let _ = cache.get_or_load(&key(), 1, MINUTE, load).await;
    });
    has_begun.await.unwrap();
    open
}

async fn waits(cache: &Cache) -> bool {
    cache.stats().await.counts.lease_waits > 0
}

#[tokio::test]
async fn a_lease_outlives_its_time_while_the_load_goes_on() {
    redis_or_return!();
    let server = Server::start(&[]);
    let config = || Config { lease_ttl: Duration::from_millis(300), ..roomy(&server.url()) };
    let (one, other) = (up(config()).await, up(config()).await);
    let open = begin_load(&one, Ok("of the first")).await;
    let begun = Instant::now();
    let source = Source::default();
    let asking = tokio::spawn({
        let (other, source) = (other.clone(), source.clone());
        async move { ask(&other, &key(), 1, &source).await }
    });
    until("the lease would have run out", || async { waits(&other).await && begun.elapsed().as_millis() > 700 }).await;
    assert!(!asking.is_finished());
    open.send(()).unwrap();
    assert_eq!((asking.await.unwrap().as_str(), source.loads()), ("of the first", 0));
}

#[tokio::test]
async fn whoever_fails_lets_the_next_one_try_at_once() {
    redis_or_return!();
    let server = Server::start(&[]);
    let config = || Config { lease_ttl: MINUTE, lease_wait: MINUTE, ..roomy(&server.url()) };
    let (one, other) = (up(config()).await, up(config()).await);
    let open = begin_load(&one, Err("failed")).await;
    let source = Source::default();
    let asking = tokio::spawn({
        let (other, source) = (other.clone(), source.clone());
        async move { ask(&other, &key(), 1, &source).await }
    });
    until("it waits", || waits(&other)).await;
    open.send(()).unwrap();
    assert_eq!(asking.await.unwrap(), "load 1");
}

#[tokio::test]
async fn a_lease_that_is_another_s_by_now_is_left_to_it() {
    redis_or_return!();
    let server = Server::start(&[]);
    // So long that it is not extended meanwhile.
    let one = up(Config { lease_ttl: 3 * MINUTE, ..roomy(&server.url()) }).await;
    let open = begin_load(&one, Ok("late")).await;
    let lease = "test:company_42:widget:v1#lease:42:1";
    server.command(&["SET", lease, "of another", "PX", "60000"]).unwrap();
    open.send(()).unwrap();
    until_stored(&one, &key(), 1).await;
    until("it was given back", || async {
        let redis::Value::BulkString(text) = server.command(&["INFO", "commandstats"]).unwrap() else { return false };
        String::from_utf8_lossy(&text).contains("cmdstat_eval:calls=1")
    })
    .await;
    assert_eq!(server.command(&["GET", lease]).unwrap(), redis::Value::BulkString(b"of another".to_vec()));
}

#[tokio::test]
async fn nobody_waits_long_for_the_dead_nor_for_ever_for_the_slow() {
    redis_or_return!();
    let server = Server::start(&[]);
    let lease = "test:company_42:widget:v1#lease:42:1";
    server.command(&["SET", lease, "of a process that died", "PX", "400"]).unwrap();
    let source = Source::default();
    let cache = up(roomy(&server.url())).await;
    let begun = Instant::now();
    assert_eq!(ask(&cache, &key(), 1, &source).await, "load 1");
    assert!(begun.elapsed() < Duration::from_secs(1), "the lease ran out after 0.4 s");

    server.command(&["SET", &lease.replace(":1", ":2"), "of one that is slow", "PX", "60000"]).unwrap();
    let impatient = up(Config { lease_wait: Duration::from_millis(200), ..roomy(&server.url()) }).await;
    assert_eq!(ask(&impatient, &key(), 2, &source).await, "load 2");
    assert_eq!(impatient.stats().await.counts.lease_timeouts, 1);
    // Another's lease is not given back by whoever went ahead without it.
    until_stored(&impatient, &key(), 2).await;
    assert_ne!(server.command(&["GET", &lease.replace(":1", ":2")]).unwrap(), redis::Value::Nil);
}

#[tokio::test]
async fn versions_and_owners_are_compared_with_what_redis_has() {
    redis_or_return!();
    let server = Server::start(&[]);
    let (one, other) = (up(roomy(&server.url())).await, up(roomy(&server.url())).await);
    let source = Source::default();
    ask(&one, &key(), 7, &source).await;
    until_stored(&one, &key(), 7).await;
    assert_eq!(ask(&other, &key(), 8, &source).await, "load 2", "newer than what is there");
    until_stored(&other, &key(), 8).await;
    let third = up(roomy(&server.url())).await;
    assert_eq!(ask(&third, &key(), 7, &source).await, "load 3", "older than what is there");
    assert_eq!(ask(&up(roomy(&server.url())).await, &key(), 8, &source).await, "load 2", "which was left alone");
    let foreign = Key::new(43, key().text());
    assert_eq!(ask(&third, &foreign, 8, &source).await, "load 4");
    assert!(third.stats().await.counts.foreign >= 1);
}

#[tokio::test]
async fn another_installation_on_the_same_redis_is_another() {
    redis_or_return!();
    let server = Server::start(&[]);
    let source = Source::default();
    let one = up(roomy(&server.url())).await;
    assert_eq!(ask(&one, &key(), 7, &source).await, "load 1");
    until_stored(&one, &key(), 7).await;
    let other = up(Config { installation: 12_345, ..roomy(&server.url()) }).await;
    assert_eq!(
        ask(&other, &key(), 7, &source).await,
        "load 2",
        "the same key, owner and version, and not the same data"
    );
    assert!(other.stats().await.counts.foreign >= 1);
    until_stored(&other, &key(), 7).await;
    let listed = other.entries("", 10).await.entries;
    assert!(listed.iter().all(|entry| entry.owner == key().owner()), "owners are listed as they are asked for");
    let of_the_other = up(Config { installation: 12_345, ..roomy(&server.url()) }).await;
    assert_eq!(ask(&of_the_other, &key(), 7, &source).await, "load 2");
}

#[tokio::test]
async fn what_is_stale_in_redis_is_served_and_renewed_once() {
    redis_or_return!();
    let server = Server::start(&[]);
    let source = Source::default();
    let one = up(roomy(&server.url())).await;
    ask(&one, &key(), 1, &source).await;
    until_stored(&one, &key(), 1).await;
    let later = PinnedClock::at(NOON + 60_000);
    let other = cache_at(roomy(&server.url()), later.clone());
    until_up(&other).await;
    assert_eq!(ask(&other, &key(), 1, &source).await, "load 1", "served while it is renewed");
    until("it is renewed", || async { ask(&other, &key(), 1, &source).await == "load 2" }).await;
    // A third one, as late, finds the renewed one.
    until("it is stored", || async {
        other.entries("", 10).await.entries.iter().any(|e| e.level == Level::Redis && e.made_at_ms > NOON)
    })
    .await;
    let third = cache_at(roomy(&server.url()), later);
    until_up(&third).await;
    assert_eq!(ask(&third, &key(), 1, &source).await, "load 2");
    assert_eq!(source.loads(), 2);
}

#[tokio::test]
async fn an_early_renewal_is_not_content_with_what_it_renews() {
    redis_or_return!();
    let server = Server::start(&[]);
    let clock = PinnedClock::at(NOON);
    let draw = Arc::new(AtomicU64::new(u64::MAX));
    let drawn = Arc::clone(&draw);
    let config = Config { beta: 1e6, ..roomy(&server.url()) };
    let cache = Cache::new(config, clock.clone(), move || drawn.load(Ordering::SeqCst));
    until_up(&cache).await;
    let source = Source::default();
    ask(&cache, &key(), 1, &source).await;
    until_stored(&cache, &key(), 1).await;
    clock.advance(59_999);
    draw.store(0, Ordering::SeqCst);
    assert_eq!(ask(&cache, &key(), 1, &source).await, "load 1");
    // From here on every draw says that what lies in Redis is fresh; the renewal has only begun.
    draw.store(u64::MAX, Ordering::SeqCst);
    until("it is renewed", || async { source.loads() == 2 }).await;
}
