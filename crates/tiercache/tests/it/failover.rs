//! Sentinels, and what happens when the master is killed, hangs, or is changed on purpose.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use tiercache::Cache;

use crate::redis_or_return;
use crate::support::server::Server;
use crate::support::{Source, ask, cache, key, on, until, until_stored, until_up};

/// A promotion must be followed by us within this time.
const LIMIT: Duration = Duration::from_secs(2);

struct Scene {
    master: Server,
    replica: Server,
    sentinels: Vec<Server>,
    cache: Cache,
    source: Source,
}

async fn scene() -> Scene {
    let master = Server::start(&[]);
    let port = master.port.to_string();
    let replica = Server::start(&["--replicaof", "127.0.0.1", &port, "--repl-diskless-sync-delay", "0"]);
    let sentinels: Vec<_> = (0..3).map(|_| Server::sentinel(master.port, 2)).collect();
    until("the sentinels know each other and the replica", || async {
        sentinels.iter().all(|sentinel| {
            let known = sentinel.command(&["SENTINEL", "MASTER", "m"]).unwrap();
            let known: HashMap<String, String> = redis::from_redis_value(known).unwrap();
            known["num-slaves"] == "1" && known["num-other-sentinels"] == "2"
        })
    })
    .await;
    until("the replica is in step", || async { info(&replica, "master_link_status:up") }).await;
    let hosts: Vec<_> = sentinels.iter().map(|sentinel| format!("127.0.0.1:{}", sentinel.port)).collect();
    let cache = cache(on(&format!("redis+sentinel://{}/m", hosts.join(","))));
    until_up(&cache).await;
    assert_eq!(peer(&cache).await, format!("127.0.0.1:{}", master.port));
    let source = Source::default();
    ask(&cache, &key(), 1, &source).await;
    until_stored(&cache, &key(), 1).await;
    Scene { master, replica, sentinels, cache, source }
}

fn info(server: &Server, line: &str) -> bool {
    let Ok(redis::Value::BulkString(text)) = server.command(&["INFO", "replication"]) else { return false };
    String::from_utf8_lossy(&text).contains(line)
}

async fn peer(cache: &Cache) -> String {
    cache.stats().await.redis.unwrap().peer
}

impl Scene {
    /// Goes on asking until the replica has been promoted and we are there; says how long the second took after the first.
    async fn follow(&self) -> Duration {
        let there = format!("127.0.0.1:{}", self.replica.port);
        let version = std::cell::Cell::new(10);
        let asking = || async {
            version.set(version.get() + 1);
            let begun = Instant::now();
            ask(&self.cache, &key(), version.get(), &self.source).await;
            assert!(begun.elapsed() < Duration::from_millis(500), "a page waited {:?}", begun.elapsed());
        };
        until("the replica is promoted", || async {
            asking().await;
            info(&self.replica, "role:master")
        })
        .await;
        let healed = until("we are there", || async {
            asking().await;
            peer(&self.cache).await == there
                && self.cache.stats().await.redis.unwrap().breaker == tiercache::Breaker::Closed
        })
        .await;
        version.set(version.get() + 1);
        ask(&self.cache, &key(), version.get(), &self.source).await;
        until_stored(&self.cache, &key(), version.get()).await;
        println!("healed {healed:?} after the promotion");
        healed
    }
}

#[tokio::test]
async fn a_killed_master_is_left_for_the_promoted_one() {
    redis_or_return!();
    let mut scene = scene().await;
    scene.master.kill();
    assert!(scene.follow().await < LIMIT);
}

#[tokio::test]
async fn a_hung_master_is_left_for_the_promoted_one_and_not_gone_back_to() {
    redis_or_return!();
    let scene = scene().await;
    scene.master.hang();
    assert!(scene.follow().await < LIMIT);
    scene.master.go_on();
    // It takes itself for the master for another ten seconds, until Sentinel demotes it.
    let begun = Instant::now();
    until("the Sentinels were asked again, twice", || async {
        assert_eq!(peer(&scene.cache).await, format!("127.0.0.1:{}", scene.replica.port));
        begun.elapsed() > Duration::from_secs(5)
    })
    .await;
}

#[tokio::test]
async fn a_planned_failover_is_followed_though_the_old_master_still_answers() {
    redis_or_return!();
    let scene = scene().await;
    until("the sentinels agree to it", || async { scene.sentinels[0].command(&["SENTINEL", "FAILOVER", "m"]).is_ok() })
        .await;
    assert!(scene.follow().await < LIMIT);
}

#[tokio::test]
async fn one_sentinel_left_of_three_is_enough_to_find_the_master() {
    redis_or_return!();
    let mut scene = scene().await;
    scene.sentinels[0].kill();
    scene.sentinels[1].hang();
    let hosts: Vec<_> = scene.sentinels.iter().map(|sentinel| format!("127.0.0.1:{}", sentinel.port)).collect();
    let late = cache(on(&format!("redis+sentinel://{}/m", hosts.join(","))));
    until_up(&late).await;
    assert_eq!(ask(&late, &key(), 1, &scene.source).await, "load 1");
    let nobody = cache(on(&format!("redis+sentinel://{}/other", hosts.join(","))));
    until("it was refused", || async { nobody.stats().await.redis.unwrap().last_fault.is_some() }).await;
    assert_eq!(nobody.stats().await.redis.unwrap().last_fault, Some(tiercache::RedisFault::NoMaster));
}
