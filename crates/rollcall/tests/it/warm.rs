//! Warming by the clock: what requests ask for is there before they do, and of several nodes one sees to it.

use axum::body::Body;
use axum::http::StatusCode;
use rollcall::app::App;
use rollcall::audit::Actor;
use rollcall::cache::Level;
use rollcall::chance::Chance;
use rollcall::config::Config;
use rollcall::db::Database;
use rollcall::jobs::{Outcome, Warmer, ahead};
use rollcall::tenant::OperatorScope;
use rollcall::versions::{Topics, Versions};
use rollcall::{changes, widget};
use tokio_util::sync::CancellationToken;

use crate::support::app::TestApp;
use crate::support::{TestDb, on_every_database};

/// A node of its own, with a pool of its own and the test's clock.
async fn node(test: &TestDb, seed: u64) -> App {
    let db = Database::open(&test.url, 3).await.unwrap().observed_by(test.recorder.clone());
    App::new(Config::defaults().unwrap(), db, test.clock.clone(), Chance::seeded(seed)).await.unwrap()
}

async fn look(warmer: &mut Warmer) -> Vec<Outcome> {
    warmer.look(&CancellationToken::new()).await.unwrap()
}

fn warmed(outcomes: &[Outcome]) -> u64 {
    assert!(outcomes.iter().all(|outcome| outcome.failed + outcome.warmth.missing == 0), "{outcomes:?}");
    outcomes.iter().map(|outcome| outcome.companies).sum()
}

/// How often something that is the same for several people was drawn.
async fn made(app: &App) -> u64 {
    app.cache.level(Level::Shared).stats().await.counts.loads
}

on_every_database!(a_warmed_dashboard_is_there_for_every_role_and_language, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    // Noon in UTC: 13:00 in Berlin and 17:45 in Kathmandu, whose tick is 17:00, 45 minutes ago.
    let mut warmer = Warmer::new(app.app.clone());
    let outcomes = look(&mut warmer).await;
    assert_eq!(warmed(&outcomes), 2);
    let before = made(&app.app).await;
    assert!(before > 0);
    assert_eq!(app.app.cache.tally().read(), [], "nobody was served yet");
    for name in ["admin1", "manager1", "viewer1", "viewer2"] {
        let browser = app.signed_in(name).await;
        for lang in ["de", "en"] {
            let request = browser.request("GET", "/admin").header("accept-language", lang);
            assert_eq!(app.send(request.body(Body::empty()).unwrap()).await.status, StatusCode::OK);
        }
    }
    assert_eq!(made(&app.app).await, before, "nobody waited for a drawing");
    assert_eq!(look(&mut warmer).await, [], "each tick is done once");
});

on_every_database!(the_full_one_at_six_draws_every_choice_and_every_figure, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    test.clock.set("2026-11-22T05:00:00Z".parse().unwrap());
    assert_eq!(warmed(&look(&mut Warmer::new(app.app.clone())).await), 2, "6:00 in Berlin, 10:00 in Kathmandu");
    let before = made(&app.app).await;
    let browser = app.signed_in("viewer1").await;
    for spec in widget::ALL {
        let path = format!("/admin/widgets/{}", spec.key);
        assert_eq!(app.json(&browser, &path).await.status, StatusCode::OK);
        for filter in spec.filters {
            for option in filter.options {
                let path = format!("{path}?{}={option}", filter.name);
                assert_eq!(app.json(&browser, &path).await.status, StatusCode::OK, "{path}");
                let request = browser.request("GET", &path).header("hx-request", "true");
                let request = request.header("hx-current-url", "http://localhost/admin");
                assert_eq!(app.send(request.body(Body::empty()).unwrap()).await.status, StatusCode::OK, "{path}");
            }
        }
    }
    assert_eq!(made(&app.app).await, before, "every choice of every widget was drawn ahead");
});

on_every_database!(of_three_nodes_one_warms_and_each_tick_is_done_once, async |test: &TestDb| {
    let first = TestApp::new(test).await;
    let nodes = [first.app.clone(), node(test, 11).await, node(test, 12).await];
    let mut warmers = nodes.clone().map(Warmer::new);
    for (hour, companies) in [("12:00", 2), ("12:15", 1), ("13:00", 1), ("15:00", 2), ("15:15", 0), ("22:00", 0)] {
        test.clock.set(format!("2026-11-22T{hour}:00Z").parse().unwrap());
        let [a, b, c] = &mut warmers;
        let (a, b, c) = tokio::join!(look(a), look(b), look(c));
        let all = [warmed(&a), warmed(&b), warmed(&c)];
        assert_eq!(all.iter().sum::<u64>(), companies, "{hour}: {all:?}");
    }
    let unfinished = "SELECT COUNT(*) FROM job_runs WHERE finished_at IS NULL";
    assert_eq!(test.value::<i64>(unfinished).await, 0);
    for app in nodes.into_iter().skip(1) {
        app.db.close().await.unwrap();
    }
});

on_every_database!(a_node_that_dies_is_replaced_from_where_it_had_come_to, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    // A node took the run of noon, finished company 1, and was never heard of again.
    let tick = test.clock.now().timestamp();
    let row = |until: i64| {
        format!(
            "INSERT INTO job_runs (job, tick, node, leased_until, started_at, progress) \
             VALUES ('warm', {tick}, 'dead', {until}, {tick}, 1)"
        )
    };
    test.sql(&row(tick + 60)).await;
    let mut warmer = Warmer::new(app.app.clone());
    assert_eq!(warmed(&look(&mut warmer).await), 1, "Kathmandu's own slot; Berlin's is the dead node's still");
    test.clock.set("2026-11-22T12:00:59Z".parse().unwrap());
    assert_eq!(warmed(&look(&mut warmer).await), 0, "its lease has not run out");
    test.clock.set("2026-11-22T12:01:00Z".parse().unwrap());
    let outcomes = look(&mut warmer).await;
    assert_eq!((outcomes.len(), warmed(&outcomes)), (1, 0), "taken over, behind company 1, where nobody is due");
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM job_runs WHERE node = 'dead'").await, 0);
    assert_eq!(look(&mut warmer).await, []);
});

on_every_database!(a_stop_leaves_the_rest_to_another_node_at_once, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let stop = CancellationToken::new();
    stop.cancel();
    assert_eq!(Warmer::new(app.app.clone()).look(&stop).await.unwrap(), [], "nothing is begun");
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM job_runs").await, 0);
    assert_eq!(warmed(&look(&mut Warmer::new(app.app.clone())).await), 2);
});

on_every_database!(too_little_memory_is_said, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let mut config = Config::defaults().unwrap();
    config.cache.memory = 20_000;
    let small = App::new(config, app.app.db.clone(), test.clock.clone(), Chance::seeded(3)).await.unwrap();
    let outcomes = look(&mut Warmer::new(small)).await;
    assert!(outcomes.iter().any(|outcome| outcome.warmth.missing > 0), "{outcomes:?}");
    let said = test.value::<String>("SELECT MAX(outcome) FROM job_runs WHERE outcome LIKE '1 companies%'").await;
    assert!(!said.contains(" 0 missing"), "{said}");
});

on_every_database!(what_is_on_a_screen_is_drawn_when_it_changes, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let browser = app.signed_in("viewer1").await;
    let page = "/admin?policy_trend.days=7";
    assert_eq!(app.get(&browser, page).await.status, StatusCode::OK);
    let scope = test.scope(1).await;
    changes::raise(&app.app.db, &scope, &Actor::job("test"), Topics::ALL, &test.clock).await.unwrap();
    assert_eq!(ahead::look(&app.app).await.unwrap(), 0, "nobody has it open");

    let known = app.app.db.versions().get(1).unwrap_or_else(Versions::default);
    let listener = app.app.db.versions().subscribe(1, known);
    app.get(&browser, page).await;
    changes::raise(&app.app.db, &scope, &Actor::job("test"), Topics::ALL, &test.clock).await.unwrap();
    assert_eq!(ahead::look(&app.app).await.unwrap(), 1);
    let before = made(&app.app).await;
    let answer = app.get(&browser, page).await;
    assert_eq!(
        (answer.status, made(&app.app).await),
        (StatusCode::OK, before),
        "it was drawn ahead, as it is on the screen"
    );
    assert!(answer.body.contains("7 days"));
    assert_eq!(ahead::look(&app.app).await.unwrap(), 0, "once for each change");
    drop(listener);
    changes::raise(&app.app.db, &scope, &Actor::job("test"), Topics::ALL, &test.clock).await.unwrap();
    assert_eq!(ahead::look(&app.app).await.unwrap(), 0, "the screen was closed");
});

on_every_database!(raising_every_version_lets_nothing_hold, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    look(&mut Warmer::new(app.app.clone())).await;
    let browser = app.signed_in("viewer1").await;
    app.get(&browser, "/admin").await;
    let other = node(test, 21).await;
    let (proof, actor) = (OperatorScope::of_program("test"), Actor::job("test"));
    let raised = changes::raise_all(&other.db, &proof, &actor, &test.clock).await.unwrap();
    assert_eq!(raised, 2);
    let cleared = "SELECT COUNT(*) FROM audit_log WHERE action = 'cache.cleared' AND company_id IS NULL";
    assert_eq!(test.value::<i64>(cleared).await, 1, "all of them at once are no single company's affair");
    changes::listen(&app.app.db).await.unwrap();
    let before = made(&app.app).await;
    app.get(&browser, "/admin").await;
    assert!(made(&app.app).await > before + widget::ALL.len() as u64, "every card is drawn anew");
    assert!(app.app.cache.level(Level::Shared).stats().await.counts.outdated > 0);
    other.db.close().await.unwrap();
});
