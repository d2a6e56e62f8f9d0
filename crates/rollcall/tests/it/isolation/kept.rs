//! What is kept: no page, card or session of one company comes out for another, warm, from Redis, late, or without a database.

#[expect(dead_code, reason = "a liar of several kinds, shared with the cache's own tests")]
#[path = "../../../../tiercache/tests/it/support/proxy.rs"]
mod proxy;

use std::time::Duration;

use axum::body::Body;
use rollcall::cache::Level;
use rollcall::db::Database;
use tiercache::Breaker;

use self::proxy::{Lie, Proxy};
use super::matrix::questions;
use super::probe::{Place, Probe, told};
use super::rows::{Ids, ROWS};
use super::seed;
use super::world::{Who, World, request};
use super::worlds::{Worlds, in_both_worlds};
use crate::nodes::server::Server;
use crate::support::{Backend, TestDb, with_database};

/// The victim looks at everything that it has, in both of its languages.
async fn victim_looks(world: &World<'_>) {
    for row in ROWS.iter().filter(|row| row.method() == "GET" && !row.operators && row.path() != "/admin/live") {
        let by = &world.cast.victim[usize::from(row.is_api())];
        for language in ["de", "en"] {
            let queries = row.queries.iter().filter(|query| !query.contains(['@', '%'])).copied().chain([""]);
            for query in queries {
                let path = Probe::victims_path(world, row);
                let asked = request(by, "GET", &format!("{path}?{query}")).header("accept-language", language);
                let answer = world.app.send(asked.body(Body::empty()).unwrap()).await;
                assert!(!answer.status.is_server_error(), "{path}: {answer:?}");
            }
        }
    }
}

/// What may come out of something that is kept.
fn is_kept(row: &super::rows::Row, place: Place) -> bool {
    row.method() == "GET" && !matches!(place, Place::Body(_)) && !matches!(row.ids, Ids::Token)
}

in_both_worlds!(what_the_victim_looked_at_comes_out_for_nobody_else, async |worlds: &Worlds<'_>| {
    let mut faults = Vec::new();
    victim_looks(&worlds.with).await;
    // Twice: the second time everybody finds what they were shown themselves.
    for _ in 0..2 {
        for row in ROWS {
            for (who, place) in questions(row, &worlds.with) {
                if is_kept(row, place) && !who.is_out() {
                    worlds.judge(&Probe::of(&worlds.with, row, who, place).await, &mut faults).await;
                }
            }
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
});

/// What everybody is told while nothing fails, and what of it is another thing on `node`.
async fn compare(calm: &World<'_>, node: &World<'_>, may_fail: bool) -> Vec<String> {
    let mut faults = Vec::new();
    for row in ROWS.iter().filter(|row| !row.varies) {
        for who in [Who::Admin, Who::Viewer, Who::Token, Who::Ended, Who::Closed] {
            let own_kind = row.is_api() == (who == Who::Token);
            // An export has begun before it fails, and then breaks off.
            let breaks_off = may_fail && row.path().contains("/export");
            if row.method() != "GET" || !own_kind || breaks_off {
                continue;
            }
            for place in [Place::Nowhere, Place::Path] {
                let probe = Probe::of(calm, row, who, place).await;
                let (wanted, found) = (probe.put(calm).await, probe.put(node).await);
                if let Some(word) = probe.shown(&found.body) {
                    faults.push(format!("{who:?} {}: shows {word}", probe.path));
                }
                let failed = may_fail && (found.status.is_server_error() || found.status == 303 || found.status == 401);
                if !failed && found.status != wanted.status {
                    faults.push(format!("{who:?} {}: {} instead of {}", probe.path, found.status, wanted.status));
                }
                if !may_fail && told(&wanted) != told(&found) {
                    faults.push(format!("{who:?} {}: {} instead of {}", probe.path, told(&found), told(&wanted)));
                }
            }
        }
    }
    faults
}

#[tokio::test]
async fn late_and_swapped_replies_of_redis_bring_nobody_anothers_page() {
    if !crate::nodes::server::available() {
        return;
    }
    with_database(Backend::Sqlite, async |test: &TestDb| {
        let redis = Server::start(&[]);
        let proxy = Proxy::before(redis.port).await;
        let calm = World::new(test, true).await;
        let (there, here) = (redis.url(), proxy.url());
        let mut nodes = Vec::new();
        for url in [&there, &here] {
            let more =
                [("ROLLCALL_NODES", "several"), ("ROLLCALL_REDIS__URL", url), ("ROLLCALL_REDIS__PATIENCE", "9s")];
            let db = Database::open(&test.url, 4).await.unwrap();
            nodes.push(World::again(test, db, calm.cast.clone(), &more).await);
        }
        for node in &nodes {
            let shared = node.app.app.cache.level(Level::Shared);
            while shared.stats().await.redis.unwrap().breaker != Breaker::Closed {
                tokio::task::yield_now().await;
            }
        }
        victim_looks(&nodes[0]).await;
        for lie in [Lie::None, Lie::Delay(Duration::from_millis(3)), Lie::Swap] {
            proxy.lie(lie);
            let faults = compare(&calm, &nodes[1], false).await;
            assert!(faults.is_empty(), "{lie:?}: {} faults:\n{}", faults.len(), faults.join("\n"));
            nodes[1].app.forget_pages().await;
            victim_looks(&nodes[0]).await;
        }
    })
    .await;
}

#[tokio::test]
async fn without_a_database_nobody_sees_anothers_page() {
    with_database(Backend::Sqlite, async |test: &TestDb| {
        let calm = World::new(test, true).await;
        for nodes in ["one", "several"] {
            let db = Database::open(&test.url, 4).await.unwrap();
            let node = World::again(test, db.clone(), calm.cast.clone(), &[("ROLLCALL_NODES", nodes)]).await;
            victim_looks(&node).await;
            compare(&calm, &node, true).await;
            db.close().await.unwrap();
            let faults = compare(&calm, &node, true).await;
            assert!(faults.is_empty(), "{nodes}: {} faults:\n{}", faults.len(), faults.join("\n"));
        }
        assert!(!seed::rows_of(test, 1, &[]).await.is_empty(), "there was somebody to be seen");
    })
    .await;
}
