//! A cluster of three.

use tiercache::{Key, Level};

use crate::redis_or_return;
use crate::support::server::Server;
use crate::support::{Source, ask, cache, key, roomy, until, until_up};

async fn cluster() -> Vec<Server> {
    let nodes: Vec<_> =
        (0..3).map(|_| Server::start(&["--cluster-enabled", "yes", "--cluster-port", &port()])).collect();
    for (node, (epoch, from, to)) in
        nodes.iter().zip([("1", "0", "5460"), ("2", "5461", "10922"), ("3", "10923", "16383")])
    {
        node.command(&["CLUSTER", "SET-CONFIG-EPOCH", epoch]).unwrap();
        node.command(&["CLUSTER", "ADDSLOTSRANGE", from, to]).unwrap();
    }
    for node in &nodes[1..] {
        let bus = bus(node);
        nodes[0].command(&["CLUSTER", "MEET", "127.0.0.1", &node.port.to_string(), &bus]).unwrap();
    }
    until("the cluster is whole", || async {
        nodes.iter().all(|node| {
            let Ok(redis::Value::BulkString(text)) = node.command(&["CLUSTER", "INFO"]) else { return false };
            let text = String::from_utf8_lossy(&text).into_owned();
            text.contains("cluster_state:ok") && text.contains("cluster_known_nodes:3")
        })
    })
    .await;
    nodes
}

fn port() -> String {
    crate::support::server::free_port().to_string()
}

fn bus(node: &Server) -> String {
    let Ok(redis::Value::Array(pair)) = node.command(&["CONFIG", "GET", "cluster-port"]) else { panic!("no port") };
    let redis::Value::BulkString(port) = &pair[1] else { panic!("{pair:?}") };
    String::from_utf8(port.clone()).unwrap()
}

#[tokio::test]
async fn keys_are_found_wherever_they_lie_and_a_lost_node_is_no_error() {
    redis_or_return!();
    let mut nodes = cluster().await;
    let url = format!("redis+cluster://127.0.0.1:{},127.0.0.1:{}", nodes[0].port, nodes[1].port);
    let (one, other) = (cache(roomy(&url)), cache(roomy(&url)));
    until_up(&one).await;
    until_up(&other).await;
    let source = Source::default();
    let keys: Vec<_> = (0..60).map(|n| Key::new(1, format!("app:{n}"))).collect();
    for key in &keys {
        ask(&one, key, 1, &source).await;
    }
    until("all are stored", || async {
        let listing = one.entries("app:", 1000).await;
        listing.entries.iter().filter(|entry| entry.level == Level::Redis).count() == 60
    })
    .await;
    let loads = source.loads();
    for key in &keys {
        ask(&other, key, 1, &source).await;
    }
    assert_eq!(source.loads(), loads, "the other found all of them");
    let cleared = other.clear_prefix("app:").await;
    assert_eq!((cleared.memory, cleared.redis, cleared.complete), (60, 60, true));

    nodes[2].kill();
    for version in 2..40 {
        ask(&one, &key(), version, &source).await;
        ask(&one, &Key::new(1, format!("app:{version}")), version, &source).await;
    }
    nodes[2].start_again();
    until_up(&one).await;
}
