//! `rollcall cache`, on a real Redis where there is one.

use std::process::{Command, Output};

use rollcall::app::App;
use rollcall::cache::Level;
use rollcall::chance::Chance;
use rollcall::config::{Config, Sources};
use rollcall::db::Database;
use tiercache::Breaker;

use crate::nodes::server::{self, Server};
use crate::support::app::TestApp;
use crate::support::{Backend, TestDb, with_database};

/// A machine that is busy with other tests must not look like a slow Redis.
const PATIENCE: (&str, &str) = ("ROLLCALL_REDIS__PATIENCE", "9s");

fn rollcall(test: &TestDb, redis: Option<&str>, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rollcall"));
    command.args(arguments).args(["--database", &test.url, "--at", crate::support::NOW]).env_clear();
    command.envs(redis.map(|url| ("ROLLCALL_REDIS__URL", url))).envs([PATIENCE]);
    command.output().unwrap()
}

fn done(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A node on that Redis, connected.
async fn node(test: &TestDb, url: &str, seed: u64) -> App {
    let variables = [("ROLLCALL_REDIS__URL", url), PATIENCE];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let config = Config::load(&Sources { variables, ..Sources::default() }).unwrap();
    let db = Database::open(&test.url, 3).await.unwrap();
    let app = App::new(config, db, test.clock.clone(), Chance::seeded(seed)).await.unwrap();
    // The connection is made in the background, in another task; there is no channel that tells of it.
    while app.cache.level(Level::Shared).stats().await.redis.is_none_or(|redis| redis.breaker != Breaker::Closed) {
        tokio::task::yield_now().await;
    }
    app
}

#[tokio::test]
async fn what_was_warmed_by_hand_is_found_by_every_node_until_it_is_cleared() {
    if !server::available() {
        return;
    }
    let redis = Server::start(&[]);
    let url = redis.url();
    with_database(Backend::Sqlite, async |test: &TestDb| {
        let _two_companies = TestApp::new(test).await;
        let first = node(test, &url, 31).await;
        first.cache.clear("rollcall:").await;

        let said = done(&rollcall(test, Some(&url), &["cache", "warm"]));
        assert!(said.starts_with("Warmed: 2 companies, 0 failed;") && said.contains(" 0 missing"), "{said}");
        let inventory = first.cache.take_inventory("rollcall:", 100_000).await;
        assert_eq!(inventory.companies.keys().copied().collect::<Vec<_>>(), [1, 2]);
        assert_eq!(inventory.total().memory_keys, 0, "this node has drawn nothing");
        let again = done(&rollcall(test, Some(&url), &["cache", "warm", "--company", "1"]));
        assert!(again.contains("1 companies, 0 failed; 0 made"), "everything is there: {again}");

        let stats: serde_json::Value =
            serde_json::from_str(&done(&rollcall(test, Some(&url), &["cache", "stats", "--json"]))).unwrap();
        assert_eq!((&stats["complete"], &stats["companies"][0]["behind"]), (&true.into(), &0.into()), "{stats}");
        assert!(stats["kinds"]["widget"]["redis_keys"].as_u64().unwrap() >= 4 * 13, "{stats}");
        let table = done(&rollcall(test, Some(&url), &["cache", "stats", "--company", "2"]));
        assert!(table.contains("company-2") && !table.contains("company-1"), "{table}");

        let cleared =
            done(&rollcall(test, Some(&url), &["cache", "clear", "--company", "1", "--widget", "policy_trend"]));
        assert!(cleared.contains("of 1 company holds any longer"), "{cleared}");
        let inventory = first.cache.take_inventory("rollcall:company_1:", 100_000).await;
        assert!(inventory.kinds.contains_key("widget") && !inventory.kinds.contains_key("dashboard"), "{inventory:?}");
        done(&rollcall(test, Some(&url), &["cache", "clear"]));
        assert_eq!(first.cache.take_inventory("rollcall:", 100_000).await.companies.len(), 0);
        first.db.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn clearing_reaches_what_a_running_node_remembers() {
    with_database(Backend::Sqlite, async |test: &TestDb| {
        let app = TestApp::new(test).await;
        let browser = app.signed_in("viewer1").await;
        app.get(&browser, "/admin").await;
        let page = app.get(&browser, "/admin").await;
        let tag = |body: &str| {
            body.split("id=\"policy_trend\"")
                .nth(1)
                .unwrap()
                .split("data-tag=\"")
                .nth(1)
                .unwrap()
                .split('"')
                .next()
                .unwrap()
                .to_owned()
        };
        let before = tag(&page.body);
        done(&rollcall(test, None, &["cache", "clear", "--company", "company-1", "--widget", "policy_trend"]));
        let told = "SELECT actor_name FROM audit_log WHERE action = 'cache.cleared' AND company_id = 1";
        assert_eq!(test.value::<String>(told).await, "cache clear");
        // What the poll does four times a second.
        rollcall::changes::listen(&app.app.db).await.unwrap();
        let after = app.get(&browser, "/admin").await.body;
        assert_ne!(tag(&after), before);
        let other = |body: &str| {
            body.split("id=\"customer_journey\"")
                .nth(1)
                .unwrap()
                .split("data-tag=\"")
                .nth(1)
                .unwrap()
                .split('"')
                .next()
                .unwrap()
                .to_owned()
        };
        assert_eq!(other(&after), other(&page.body), "what another widget shows holds still");
    })
    .await;
}

#[tokio::test]
async fn without_a_redis_there_is_nobody_to_warm_for() {
    with_database(Backend::Sqlite, async |test: &TestDb| {
        let output = rollcall(test, None, &["cache", "warm"]);
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains("no Redis is in use") && said.contains("rollcall serve"), "{said}");
        let output = rollcall(test, Some("redis://127.0.0.1:1"), &["cache", "stats"]);
        assert_eq!(output.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&output.stderr).contains("does not answer"));
        let output = rollcall(test, None, &["cache", "clear", "--widget", "policy_trnd"]);
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains("policy_trend"));
        assert!(done(&rollcall(test, None, &["cache", "stats"])).contains("company"));
    })
    .await;
}
