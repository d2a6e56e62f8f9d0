//! A Redis that lies: replies swapped, cut, damaged, of another kind.

use futures_util::future::join_all;
use tiercache::{Cache, Key};

use crate::redis_or_return;
use crate::support::proxy::{Lie, Proxy};
use crate::support::server::Server;
use crate::support::{MINUTE, cache, roomy, until, until_up};

/// Asks for `keys` at once; each value begins with its own key, so that another's is noticed.
async fn ask_all(cache: &Cache, keys: std::ops::Range<i64>) -> u64 {
    let before = cache.stats().await.counts.loads;
    let calls = keys.map(|n| async move {
        let key = Key::new(n % 3, format!("key {n}"));
        let value = format!("key {n} {}", "and some more ".repeat(10));
        let load = {
            let value = value.clone();
            || async { Ok::<_, std::io::Error>(value) }
        };
        assert_eq!(cache.get_or_load(&key, 1, MINUTE, load).await.unwrap().bytes, value);
    });
    join_all(calls).await;
    cache.stats().await.counts.loads - before
}

/// A Redis with 200 values in it, a proxy before it, and a cache on that which has none of them.
async fn scene() -> (Server, Proxy, Cache) {
    let server = Server::start(&[]);
    let filler = cache(roomy(&server.url()));
    until_up(&filler).await;
    ask_all(&filler, 0..200).await;
    until("all are stored", || async { server.command(&["DBSIZE"]).unwrap() == redis::Value::Int(200) }).await;
    let proxy = Proxy::before(server.port).await;
    let cache = cache(roomy(&proxy.url()));
    until_up(&cache).await;
    (server, proxy, cache)
}

#[tokio::test]
async fn an_honest_proxy_changes_nothing() {
    redis_or_return!();
    let (_server, _proxy, cache) = scene().await;
    assert_eq!(ask_all(&cache, 0..200).await, 0);
    assert_eq!(cache.stats().await.counts.foreign, 0);
}

#[tokio::test]
async fn swapped_replies_are_misses() {
    redis_or_return!();
    let (_server, proxy, cache) = scene().await;
    proxy.lie(Lie::Swap);
    let loads = ask_all(&cache, 0..200).await;
    let stats = cache.stats().await;
    assert!(loads > 0 && stats.counts.foreign > 0, "{loads} loads, {stats:?}");
    // And when the lying ends, so do the consequences.
    proxy.lie(Lie::None);
    until_up(&cache).await;
}

#[tokio::test]
async fn cut_and_damaged_values_are_misses() {
    redis_or_return!();
    let (_server, proxy, cache) = scene().await;
    proxy.lie(Lie::Cut);
    assert_eq!(ask_all(&cache, 0..5).await, 5);
    proxy.lie(Lie::Damage);
    assert_eq!(ask_all(&cache, 5..10).await, 5);
    assert_eq!(cache.stats().await.counts.corrupt, 10 * 2, "looked at before and after the lease was taken");
}

#[tokio::test]
async fn a_reply_of_another_kind_is_a_miss_and_in_the_long_run_a_reason_to_connect_anew() {
    redis_or_return!();
    for nonsense in [
        "+OK\r\n",
        ":7\r\n",
        "*0\r\n",
        "$-1\r\n",
        "$3\r\nabc\r\n",
        "!?\r\n",
        "-ERR what\r\n",
        "-LOADING Redis is loading the dataset in memory\r\n",
        "-MOVED 3999 127.0.0.1:1\r\n",
        "-READONLY You can't write against a read only replica.\r\n",
        "-OOM command not allowed when used memory > 'maxmemory'.\r\n",
        "-NOAUTH Authentication required.\r\n",
    ] {
        let (_server, proxy, cache) = scene().await;
        proxy.lie(Lie::Say(nonsense));
        assert_eq!(ask_all(&cache, 0..20).await, 20, "{nonsense:?}");
        proxy.lie(Lie::None);
        until_up(&cache).await;
    }
}
