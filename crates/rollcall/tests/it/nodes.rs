//! Several nodes on one database and one Redis: what one writes the others show, and what one has made the others need not.

#[expect(dead_code, clippy::print_stderr, reason = "servers of several kinds, shared with the cache's own tests")]
#[path = "../../../tiercache/tests/it/support/server.rs"]
pub mod server;

use axum::http::StatusCode;
use rollcall::cache::{Kind, Level};
use rollcall::changes;
use rollcall::config::{Config, Nodes, Sources, Trust};
use rollcall::db::Database;
use server::Server;
use tiercache::Breaker;

use crate::support::app::TestApp;
use crate::support::{TestDb, on_every_database};

/// The settings of one of several nodes.
fn settings(more: &[(&str, &str)]) -> Config {
    let variables = [("ROLLCALL_NODES", "several")].iter().chain(more);
    let variables = variables.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Config::load(&Sources { variables, ..Sources::default() }).unwrap()
}

async fn node<'a>(test: &'a TestDb, config: &Config) -> TestApp<'a> {
    let db = Database::open(&test.url, 4).await.unwrap();
    TestApp::with(test, db, config.clone()).await
}

async fn failed_notifications(test: &TestDb, count: i64) {
    test.customer(100, 1).await;
    for id in 1..=count {
        test.sql(&format!(
            "INSERT INTO notification_queues (id, company_id, notifiable_type, notifiable_id, channel, recipient, status, \
             error_message, created_at) VALUES ({id}, 1, 'customer', 100, 'sms', '+49 1', 'failed', 'no route', \
             '2026-11-21 10:00:00')"
        ))
        .await;
    }
}

/// Waits for what another process or task does, which has no channel to this one.
async fn until<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let begun = std::time::Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < std::time::Duration::from_secs(20), "waited in vain until {what}");
        tokio::task::yield_now().await;
    }
}

async fn redis_is_there(node: &TestApp<'_>) {
    let shared = node.app.cache.level(Level::Shared);
    until("Redis is there", || async { shared.stats().await.redis.unwrap().breaker == Breaker::Closed }).await;
}

async fn dashboard_is_stored(node: &TestApp<'_>) {
    let shared = node.app.cache.level(Level::Shared);
    let stored = async || {
        let listing = shared.entries("rollcall:company_1:dashboard:", 10).await;
        listing.entries.iter().any(|entry| entry.level == tiercache::Level::Redis)
    };
    until("the dashboard lies in Redis", stored).await;
}

fn badge(page: &str) -> i64 {
    let Some((_, rest)) = page.split_once("data-badge=\"notifications\" data-count=\"") else { return 0 };
    rest.split('"').next().unwrap().parse().unwrap()
}

on_every_database!(what_one_node_acknowledged_the_other_shows, async |test: &TestDb| {
    TestApp::new(test).await;
    failed_notifications(test, 5).await;
    let config = settings(&[]);
    assert_eq!(config.cache.nodes, Nodes::Several);
    let nodes = [node(test, &config).await, node(test, &config).await];
    assert_eq!(nodes[0].app.trust, Trust::Nothing);
    nodes[0].settle().await;
    let mut manager = nodes[0].signed_in("manager1").await;
    for (id, left) in [(1, 4), (2, 3), (3, 2), (4, 1), (5, 0)] {
        let (here, there) = (&nodes[id % 2], &nodes[1 - id % 2]);
        assert_eq!(badge(&there.get(&manager, "/admin").await.body), left + 1);
        here.post(&mut manager, &format!("/admin/notifications/{id}/retry"), &[]).await;
        for node in [there, here] {
            assert_eq!(badge(&node.get(&manager, "/admin").await.body), left);
        }
    }
    nodes[0].post(&mut manager.clone(), "/logout", &[]).await;
    for node in &nodes {
        assert_eq!(node.get(&manager, "/admin").await.status, StatusCode::SEE_OTHER);
    }
});

on_every_database!(a_role_that_changed_counts_at_once_among_several_nodes, async |test: &TestDb| {
    TestApp::new(test).await;
    let node = node(test, &settings(&[])).await;
    let admin = node.signed_in("admin1").await;
    assert_eq!(node.get(&admin, "/admin").await.status, StatusCode::OK);
    test.sql("UPDATE users SET role = 'nothing' WHERE email = 'admin1@example.test'").await;
    assert_eq!(node.get(&admin, "/admin").await.status, StatusCode::SEE_OTHER, "nobody polled");
});

on_every_database!(bounded_nodes_trust_the_poll_and_no_longer_than_that, async |test: &TestDb| {
    TestApp::new(test).await;
    failed_notifications(test, 2).await;
    let config = settings(&[("ROLLCALL_CACHE__CONSISTENCY", "bounded")]);
    let nodes = [node(test, &config).await, node(test, &config).await];
    nodes[0].settle().await;
    let mut manager = nodes[0].signed_in("manager1").await;
    nodes[1].get(&manager, "/admin").await;
    changes::listen(&nodes[1].app.db).await.unwrap();
    test.recorder.take();
    assert_eq!(badge(&nodes[1].get(&manager, "/admin").await.body), 2);
    nodes[0].post(&mut manager, "/admin/notifications/1/retry", &[]).await;
    assert_eq!(badge(&nodes[0].get(&manager, "/admin").await.body), 1, "its own write it knows");
    changes::listen(&nodes[1].app.db).await.unwrap();
    assert_eq!(badge(&nodes[1].get(&manager, "/admin").await.body), 1, "the other's it hears of");
});

on_every_database!(what_one_node_made_the_other_takes_from_redis_and_needs_it_not, async |test: &TestDb| {
    if !server::available() {
        return;
    }
    TestApp::new(test).await;
    failed_notifications(test, 2).await;
    let mut redis = Server::start(&[]);
    // A machine that is busy with other tests must not look like a slow Redis.
    let config = settings(&[("ROLLCALL_REDIS__URL", &redis.url()), ("ROLLCALL_REDIS__PATIENCE", "9s")]);
    let nodes = [node(test, &config).await, node(test, &config).await];
    nodes[0].settle().await;
    for node in &nodes {
        redis_is_there(node).await;
    }
    let mut manager = nodes[0].signed_in("manager1").await;
    let first = nodes[0].get(&manager, "/admin").await;
    dashboard_is_stored(&nodes[0]).await;
    let second = nodes[1].get(&manager, "/admin").await;
    assert_eq!((second.header("etag"), badge(&second.body)), (first.header("etag"), 2));
    let made = |node: &TestApp<'_>| {
        let counts = node.app.cache.tally().read();
        counts
            .iter()
            .filter(|count| count.kind == Kind::Dashboard && count.subject == "dashboard")
            .map(|count| (count.redis, count.loaded))
            .collect::<Vec<_>>()
    };
    assert_eq!((made(&nodes[0]), made(&nodes[1])), (vec![(0, 1)], vec![(1, 0)]));
    redis.kill();
    nodes[0].post(&mut manager, "/admin/notifications/1/retry", &[]).await;
    for node in &nodes {
        let page = node.get(&manager, "/admin").await;
        assert_eq!((page.status, badge(&page.body)), (StatusCode::OK, 1), "without Redis it is only made twice");
    }
    redis.start_again();
    for node in &nodes {
        redis_is_there(node).await;
    }
    nodes[1].post(&mut manager, "/admin/notifications/2/retry", &[]).await;
    for node in &nodes {
        assert_eq!(badge(&node.get(&manager, "/admin").await.body), 0);
    }
});
