//! One process, no Redis.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tiercache::{Config, Error, Key, Level, Load, PinnedClock};
use tokio::sync::{Notify, oneshot};

use crate::support::{MINUTE, NOON, Source, ask, cache, cache_at, key, until};

#[tokio::test]
async fn a_value_is_loaded_once_and_says_where_it_came_from() {
    let (cache, source) = (cache(Config::default()), Source::default());
    let key = key();
    let load = || {
        let source = source.clone();
        cache.get_or_load(&key, 7, MINUTE, move || source.load())
    };
    let first = load().await.unwrap();
    assert_eq!((first.meta.level, first.meta.version, first.meta.made_at_ms), (Level::Loaded, 7, NOON));
    let second = load().await.unwrap();
    assert_eq!((second.meta.level, second.bytes), (Level::Memory, first.bytes));
    assert_eq!(source.loads(), 1);
    assert_eq!(cache.stats().await.hit_rate(), Some(0.5));
}

#[tokio::test]
async fn neither_an_older_nor_a_newer_version_is_served() {
    let (cache, source) = (cache(Config::default()), Source::default());
    assert_eq!(ask(&cache, &key(), 7, &source).await, "load 1");
    assert_eq!(ask(&cache, &key(), 8, &source).await, "load 2");
    assert_eq!(ask(&cache, &key(), 7, &source).await, "load 3", "a slow reader is not shown more than it asked for");
    assert_eq!(ask(&cache, &key(), 8, &source).await, "load 2", "and does not push out what the others ask for");
}

#[tokio::test]
async fn another_owner_is_never_shown_it_though_the_text_be_the_same() {
    let (cache, source) = (cache(Config::default()), Source::default());
    assert_eq!(ask(&cache, &Key::new(1, "same"), 7, &source).await, "load 1");
    assert_eq!(ask(&cache, &Key::new(2, "same"), 7, &source).await, "load 2");
    assert_eq!(cache.stats().await.counts.foreign, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_misses_at_once_load_once() {
    let (cache, source) = (cache(Config::default()), Source::default());
    let open = Arc::new(Notify::new());
    let calls = (0..10_000).map(|_| {
        let (cache, source, open) = (cache.clone(), source.clone(), Arc::clone(&open));
        tokio::spawn(async move {
            let load = async move || {
                open.notified().await;
                source.load().await
            };
            cache.get_or_load(&key(), 1, MINUTE, load).await.unwrap().bytes
        })
    });
    let calls: Vec<_> = calls.collect();
    until("all are waiting", || async { cache.stats().await.counts.memory_misses == 10_000 }).await;
    open.notify_one();
    for bytes in join_all(calls).await {
        assert_eq!(bytes.unwrap(), "load 1");
    }
    assert_eq!((source.loads(), cache.stats().await.counts.joined), (1, 9_999));
}

#[tokio::test]
async fn a_caller_who_goes_away_stalls_nobody() {
    let (cache, source) = (cache(Config::default()), Source::default());
    let (begun, has_begun) = oneshot::channel();
    let (open, opened) = oneshot::channel::<()>();
    let caller = tokio::spawn({
        let (cache, source) = (cache.clone(), source.clone());
        async move {
            let load = async move || {
                begun.send(()).unwrap();
                opened.await.unwrap();
                source.load().await
            };
            cache.get_or_load(&key(), 1, MINUTE, load).await
        }
    });
    has_begun.await.unwrap();
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    open.send(()).unwrap();
    assert_eq!(ask(&cache, &key(), 1, &source).await, "load 1", "the first caller's load went on");
    assert_eq!(source.loads(), 1);
}

#[tokio::test]
async fn a_panic_is_an_error_for_all_who_wait_and_poisons_nothing() {
    let (cache, source) = (cache(Config::default()), Source::default());
    let open = Arc::new(Notify::new());
    let calls = (0..10).map(|_| {
        let open = Arc::clone(&open);
        let (cache, key) = (cache.clone(), key());
        async move {
            let load = async move || -> Result<String, std::io::Error> {
                open.notified().await;
                panic!("a loader's own")
            };
            cache.get_or_load(&key, 1, MINUTE, load).await
        }
    });
    let both = tokio::join!(join_all(calls), async {
        until("all wait", || async { cache.stats().await.counts.memory_misses == 10 }).await;
        open.notify_one();
    });
    assert!(both.0.iter().all(|outcome| matches!(outcome, Err(Error::Panicked))), "{:?}", both.0);
    // A loader may also panic before it has a future.
    let load = || -> std::future::Ready<Result<String, std::io::Error>> { panic!("at once") };
    assert!(matches!(cache.get_or_load(&key(), 1, MINUTE, load).await, Err(Error::Panicked)));
    assert_eq!(ask(&cache, &key(), 1, &source).await, "load 1");
}

#[tokio::test]
async fn errors_and_passing_answers_are_shared_and_not_kept() {
    let (cache, source) = (cache(Config::default()), Source::default());
    let failing = || async { Err::<String, _>(std::io::Error::other("no database")) };
    let error = cache.get_or_load(&key(), 1, MINUTE, failing).await.unwrap_err();
    assert_eq!(error.to_string(), "the load failed: no database");
    assert!(error.loader::<std::io::Error>().is_some());
    let passing = || async { Ok::<_, std::io::Error>(Load::Pass("half of it".into())) };
    assert_eq!(cache.get_or_load(&key(), 1, MINUTE, passing).await.unwrap().bytes, "half of it");
    assert_eq!(ask(&cache, &key(), 1, &source).await, "load 1");
    let never = || async { Ok::<_, std::io::Error>("of no time") };
    let other = Key::new(1, "other");
    cache.get_or_load(&other, 1, Duration::ZERO, never).await.unwrap();
    assert_eq!(ask(&cache, &other, 1, &source).await, "load 2");
    assert_eq!(cache.stats().await.counts.load_errors, 1);
}

#[tokio::test(start_paused = true)]
async fn a_load_that_hangs_is_an_error_in_the_end_and_the_next_one_loads() {
    let (cache, source) = (cache(Config::default()), Source::default());
    let hanging = || std::future::pending::<Result<String, std::io::Error>>();
    let outcome = cache.get_or_load(&key(), 1, MINUTE, hanging).await;
    assert!(matches!(outcome, Err(Error::TimedOut(limit)) if limit == Duration::from_secs(30)));
    assert_eq!(ask(&cache, &key(), 1, &source).await, "load 1");
}

#[tokio::test]
async fn past_its_time_an_entry_is_served_while_one_renewal_runs() {
    let clock = PinnedClock::at(NOON);
    let (cache, source) = (cache_at(Config::default(), clock.clone()), Source::default());
    ask(&cache, &key(), 1, &source).await;
    clock.advance(60_000);
    let open = Arc::new(Notify::new());
    for _ in 0..5 {
        let (source, open) = (source.clone(), Arc::clone(&open));
        let load = async move || {
            open.notified().await;
            source.load().await
        };
        let served = cache.get_or_load(&key(), 1, MINUTE, load).await.unwrap();
        assert_eq!(served.bytes, "load 1", "nobody waits for the renewal");
    }
    open.notify_one();
    until("it is renewed", || async { ask(&cache, &key(), 1, &source).await == "load 2" }).await;
    let counts = cache.stats().await.counts;
    assert_eq!((counts.renewals, source.loads()), (1, 2));
    assert!(counts.stale_served >= 5);
    clock.advance(60_000 + 3_600_000);
    assert_eq!(ask(&cache, &key(), 1, &source).await, "load 3", "past the grace it is as if there were none");
}

#[tokio::test]
async fn a_renewal_that_fails_leaves_what_there_is() {
    let clock = PinnedClock::at(NOON);
    let (cache, source) = (cache_at(Config::default(), clock.clone()), Source::default());
    ask(&cache, &key(), 1, &source).await;
    clock.advance(60_000);
    for errors in 1..=2 {
        let failing = || async { Err::<String, _>("away") };
        assert_eq!(cache.get_or_load(&key(), 1, MINUTE, failing).await.unwrap().bytes, "load 1");
        until("it has failed", || async { cache.stats().await.counts.load_errors == errors }).await;
    }
}

#[tokio::test]
async fn an_entry_is_renewed_before_its_time_by_chance_and_never_long_before() {
    let clock = PinnedClock::at(NOON);
    // Draws of nearly nought: -ln is at its largest, 36.7, so that renewal begins 36.7 times the load's time ahead.
    let config = Config { beta: 1e6, ..Config::default() };
    let cache = tiercache::Cache::new(config, clock.clone(), || 0_u64);
    let source = Source::default();
    ask(&cache, &key(), 1, &source).await;
    clock.advance(59_999);
    assert_eq!(ask(&cache, &key(), 1, &source).await, "load 1", "served at once");
    until("it is renewed", || async { source.loads() == 2 }).await;
    assert_eq!(cache.stats().await.counts.stale_served, 0, "its time was not over");

    let cautious = tiercache::Cache::new(Config { beta: 0.0, ..Config::default() }, PinnedClock::at(NOON), || 0_u64);
    ask(&cautious, &key(), 1, &source).await;
    ask(&cautious, &key(), 1, &source).await;
    assert_eq!(cautious.stats().await.counts.renewals, 0);
}

#[tokio::test]
async fn a_clock_that_jumps_costs_loads_and_nothing_else() {
    let clock = PinnedClock::at(NOON);
    let (cache, source) = (cache_at(Config::default(), clock.clone()), Source::default());
    ask(&cache, &key(), 1, &source).await;
    clock.advance(-86_400_000);
    assert_eq!(ask(&cache, &key(), 1, &source).await, "load 1", "served while it is renewed");
    until("it is renewed", || async { ask(&cache, &key(), 1, &source).await == "load 2" }).await;
    assert_eq!(cache.peek(&key(), 1).unwrap().meta.made_at_ms, NOON - 86_400_000);
    assert_eq!(cache.peek(&key(), 2), None);
}

#[tokio::test]
async fn what_was_cleared_is_not_brought_back_by_a_load_that_began_before() {
    let (cache, source) = (cache(Config::default()), Source::default());
    let (begun, has_begun) = oneshot::channel();
    let (open, opened) = oneshot::channel::<()>();
    let caller = tokio::spawn({
        let (cache, source) = (cache.clone(), source.clone());
        async move {
            let load = async move || {
                begun.send(()).unwrap();
                opened.await.unwrap();
                source.load().await
            };
            cache.get_or_load(&key(), 1, MINUTE, load).await
        }
    });
    has_begun.await.unwrap();
    cache.remove(&key()).await;
    open.send(()).unwrap();
    assert_eq!(caller.await.unwrap().unwrap().bytes, "load 1");
    assert_eq!(ask(&cache, &key(), 1, &source).await, "load 2");
}
