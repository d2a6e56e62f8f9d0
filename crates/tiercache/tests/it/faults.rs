//! Redis away, hung, slow, full, read-only, with another password: no error, and nobody waits.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tiercache::{Breaker, Cache, Key, RedisFault};
use tokio::task::JoinHandle;

use crate::redis_or_return;
use crate::support::proxy::{Lie, Proxy};
use crate::support::server::{Server, free_port};
use crate::support::{MINUTE, Source, ask, breaker, cache, key, on, until, until_down, until_stored, until_up};

const LIMIT: Duration = Duration::from_millis(50);

/// The longest time for which this process was held up by the machine: what a call took beyond its budget because of that is
/// not the cache's doing.
struct HeldUp(JoinHandle<()>, tokio::sync::watch::Receiver<Duration>);

fn held_up() -> HeldUp {
    let (longest, receiver) = tokio::sync::watch::channel(Duration::ZERO);
    let task = tokio::spawn(async move {
        loop {
            let begun = Instant::now();
            tokio::time::sleep(Duration::from_millis(1)).await;
            longest.send_if_modified(|longest| {
                let late = begun.elapsed().saturating_sub(Duration::from_millis(2));
                std::mem::replace(longest, late.max(*longest)) < late
            });
        }
    });
    HeldUp(task, receiver)
}

/// How long each of `calls` misses takes, the longest, less what the machine added.
async fn longest_miss(cache: &Cache, calls: u64) -> Duration {
    let source = Source::default();
    let HeldUp(watching, longest_stall) = held_up();
    let mut longest = Duration::ZERO;
    for _ in 0..calls {
        let begun = Instant::now();
        ask(cache, &fresh_key(), 1, &source).await;
        longest = longest.max(begun.elapsed());
    }
    watching.abort();
    assert_eq!(source.loads(), calls);
    longest.saturating_sub(*longest_stall.borrow())
}

/// A key that nobody has asked for.
fn fresh_key() -> Key {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    Key::new(1, format!("fresh {}", NEXT.fetch_add(1, Ordering::SeqCst)))
}

async fn fault(cache: &Cache) -> Option<RedisFault> {
    cache.stats().await.redis.unwrap().last_fault
}

async fn works(cache: &Cache, server: &Server) {
    let source = Source::default();
    let key = fresh_key();
    ask(cache, &key, 1, &source).await;
    until_stored(cache, &key, 1).await;
    drop(server.command(&["DEL", key.text()]));
}

#[tokio::test]
async fn killed_and_started_again() {
    redis_or_return!();
    let mut server = Server::start(&[]);
    let cache = cache(on(&server.url()));
    until_up(&cache).await;
    server.kill();
    let begun = Instant::now();
    assert!(longest_miss(&cache, 50).await < LIMIT);
    until_down(&cache).await;
    assert!(begun.elapsed() < Duration::from_secs(1));
    assert_eq!(fault(&cache).await, Some(RedisFault::Connection));
    server.start_again();
    until_up(&cache).await;
    works(&cache, &server).await;
}

#[tokio::test]
async fn hung_under_load() {
    redis_or_return!();
    let server = Server::start(&[]);
    let cache = cache(on(&server.url()));
    until_up(&cache).await;
    server.hang();
    let begun = Instant::now();
    let longest = longest_miss(&cache, 50).await;
    assert!(longest < LIMIT, "{longest:?}");
    assert!(longest > Duration::from_millis(15), "the first ones did wait: {longest:?}");
    until_down(&cache).await;
    println!("hung: the longest miss took {longest:?}, the breaker was open after {:?}", begun.elapsed());
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    assert!(longest_miss(&cache, 50).await < Duration::from_millis(15), "with the breaker open nobody waits");
    server.go_on();
    until_up(&cache).await;
    works(&cache, &server).await;
}

#[tokio::test]
async fn hung_while_nobody_asks() {
    redis_or_return!();
    let server = Server::start(&[]);
    let cache = cache(on(&server.url()));
    until_up(&cache).await;
    server.hang();
    let took = until_down(&cache).await;
    println!("hung and idle: the breaker was open after {took:?}");
    assert!(took < Duration::from_secs(1), "{took:?}");
}

#[tokio::test]
async fn never_there() {
    let cache = cache(on(&format!("redis://127.0.0.1:{}", free_port())));
    assert!(longest_miss(&cache, 100).await < Duration::from_millis(15));
    assert_ne!(breaker(&cache).await, Breaker::Closed);
}

#[tokio::test]
async fn slow_within_the_budget_and_beyond_it() {
    redis_or_return!();
    let server = Server::start(&[]);
    let proxy = Proxy::before(server.port).await;
    let cache = cache(on(&proxy.url()));
    until_up(&cache).await;
    proxy.lie(Lie::Delay(Duration::from_millis(18)));
    let longest = longest_miss(&cache, 20).await;
    assert!(longest < LIMIT, "{longest:?}");
    proxy.lie(Lie::Delay(Duration::from_millis(300)));
    let longest = longest_miss(&cache, 20).await;
    assert!(longest < LIMIT, "{longest:?}");
    until_down(&cache).await;
    proxy.lie(Lie::None);
    until_up(&cache).await;
    works(&cache, &server).await;
}

#[tokio::test]
async fn flushed() {
    redis_or_return!();
    let server = Server::start(&[]);
    let (one, other) = (cache(on(&server.url())), cache(on(&server.url())));
    until_up(&one).await;
    until_up(&other).await;
    let source = Source::default();
    ask(&one, &key(), 1, &source).await;
    until_stored(&one, &key(), 1).await;
    server.command(&["FLUSHALL"]).unwrap();
    assert_eq!(ask(&one, &key(), 1, &source).await, "load 1", "memory is as right as before");
    assert_eq!(ask(&other, &key(), 1, &source).await, "load 2");
}

#[tokio::test]
async fn out_of_memory_refuses_writes_and_no_more() {
    redis_or_return!();
    let server = Server::start(&[]);
    let (one, other) = (cache(on(&server.url())), cache(on(&server.url())));
    until_up(&one).await;
    until_up(&other).await;
    let source = Source::default();
    ask(&one, &key(), 1, &source).await;
    until_stored(&one, &key(), 1).await;
    server.command(&["CONFIG", "SET", "maxmemory", "1"]).unwrap();
    assert!(longest_miss(&one, 20).await < LIMIT);
    assert_eq!(fault(&one).await, Some(RedisFault::WritesRefused));
    assert_eq!(breaker(&one).await, Breaker::Closed);
    assert_eq!(ask(&other, &key(), 1, &source).await, "load 1", "what is there is still read");
    server.command(&["CONFIG", "SET", "maxmemory", "0"]).unwrap();
    works(&one, &server).await;
}

#[tokio::test]
async fn read_only_is_left_until_it_is_a_master_again() {
    redis_or_return!();
    let server = Server::start(&[]);
    let cache = cache(on(&server.url()));
    until_up(&cache).await;
    let nowhere = free_port().to_string();
    server.command(&["REPLICAOF", "127.0.0.1", &nowhere]).unwrap();
    assert!(longest_miss(&cache, 20).await < LIMIT);
    until_down(&cache).await;
    assert_eq!(fault(&cache).await, Some(RedisFault::ReadOnly));
    // It is asked what it is, again and again, and not taken back before it is a master.
    let connections = || async { cache.stats().await.redis.unwrap().connections };
    let (before, begun) = (connections().await, Instant::now());
    until("it was tried again", || async { begun.elapsed() > Duration::from_millis(1200) }).await;
    assert_eq!(connections().await, before);
    server.command(&["REPLICAOF", "NO", "ONE"]).unwrap();
    until_up(&cache).await;
    works(&cache, &server).await;
}

#[tokio::test]
async fn a_wrong_password_is_as_good_as_none() {
    redis_or_return!();
    let server = Server::start(&["--requirepass", "right"]);
    let right = cache(on(&format!("redis://:right@127.0.0.1:{}", server.port)));
    until_up(&right).await;
    for url in [server.url(), format!("redis://:wrong@127.0.0.1:{}", server.port)] {
        let cache = cache(on(&url));
        let source = Source::default();
        until("it was refused", || async { fault(&cache).await.is_some() }).await;
        assert_eq!(fault(&cache).await, Some(RedisFault::Authentication), "{url}");
        assert_eq!(ask(&cache, &key(), 1, &source).await, "load 1");
        assert_ne!(breaker(&cache).await, Breaker::Closed);
    }
    let late = cache(on(&format!("redis://:changed@127.0.0.1:{}", server.port)));
    let authenticated = format!("redis://:right@127.0.0.1:{}", server.port);
    let mut connection = redis::Client::open(authenticated).unwrap().get_connection().unwrap();
    redis::cmd("CONFIG").arg("SET").arg("requirepass").arg("changed").exec(&mut connection).unwrap();
    until_up(&late).await;
}

#[tokio::test]
async fn a_caller_dropped_in_mid_request_leaves_no_reply_for_the_next() {
    redis_or_return!();
    let server = Server::start(&[]);
    let proxy = Proxy::before(server.port).await;
    let cache = cache(on(&proxy.url()));
    until_up(&cache).await;
    proxy.lie(Lie::Delay(Duration::from_millis(5)));
    for n in 0..50 {
        let source = Source::default();
        let (first, second) = (Key::new(1, format!("first {n}")), Key::new(1, format!("second {n}")));
        let load = || async { Ok::<_, std::io::Error>("first") };
        let gone = tokio::time::timeout(Duration::from_millis(1), cache.get_or_load(&first, 1, MINUTE, load)).await;
        assert!(gone.is_err());
        assert_eq!(ask(&cache, &second, 1, &source).await, "load 1");
    }
    assert_eq!(cache.stats().await.counts.foreign, 0);
}
