//! What operators see of the cache and do to it, and who may read `/metrics`.

use std::collections::BTreeSet;
use std::net::IpAddr;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt;
use rollcall::app::App;
use rollcall::chance::Chance;
use rollcall::config::{Config, Sources};
use rollcall::web::{Panel, Peer};

use crate::support::app::TestApp;
use crate::support::{TestDb, on_every_database};

const PAGE: &str = "/admin/operations/cache";
const WIDGET: &str = "/admin/widgets/cache_monitor";

on_every_database!(operators_alone_see_the_cache_and_others_asking_is_a_security_event, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    app.get(&app.signed_in("viewer1").await, "/admin").await;
    let operator = app.signed_in("operator").await;
    let page = app.get(&operator, PAGE).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    for part in
        ["id=\"cache_monitor\"", "data-stat=\"hit_rate\"", "Company 1", "aria-current=\"page\"", "No Redis is in use"]
    {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    let shown = app.json(&operator, WIDGET).await.json();
    let stats = shown["stats"].as_array().unwrap();
    let keys = stats.iter().find(|stat| stat["key"] == "keys").unwrap();
    assert!(keys["value"].as_i64().unwrap() > 13, "{shown}");
    assert_eq!((&keys["label"], &keys["detail"]["value"]), (&"Keys".into(), &1.into()), "of company 1 alone");
    assert!(shown["rows"].to_string().contains("dashboard"), "{shown}");
    let request = operator.request("GET", WIDGET).header("hx-request", "true");
    let fragment = app.send(request.body(Body::empty()).unwrap()).await;
    assert!(fragment.body.starts_with("<section class=\"card full\" id=\"cache_monitor\""), "{}", fragment.body);

    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM security_events").await, 0);
    let mut admin = app.signed_in("admin1").await;
    assert_eq!(app.get(&admin, PAGE).await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.json(&admin, WIDGET).await.status, StatusCode::NOT_FOUND);
    let clear = format!("{PAGE}/clear");
    assert_eq!(app.post(&mut admin, &clear, &[("company", "1")]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(test.value::<i64>("SELECT occurrences FROM security_events").await, 3);
    assert!(!app.get(&admin, "/admin").await.body.contains(PAGE), "and is not led there");
});

on_every_database!(an_operator_clears_a_company_and_no_other, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let [one, two] = [app.signed_in("viewer1").await, app.signed_in("viewer2").await];
    for browser in [&one, &two] {
        app.get(browser, "/admin").await;
    }
    let version = async |company: i64| {
        test.value::<i64>(&format!("SELECT version FROM company_versions WHERE company_id = {company}")).await
    };
    let before = [version(1).await, version(2).await];
    let mut operator = app.signed_in("operator").await;
    let answer = app.post(&mut operator, &format!("{PAGE}/clear"), &[("company", "1")]).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (StatusCode::SEE_OTHER, "/admin/operations/cache?notice=cleared")
    );
    assert!(app.get(&operator, answer.header("location")).await.body.contains("has been cleared"));
    assert_eq!(
        [version(1).await, version(2).await],
        [before[0] + 1, before[1]],
        "other nodes hear of it by the version"
    );
    let inventory = app.app.cache.take_inventory("rollcall:", 10_000).await;
    assert_eq!(inventory.companies.keys().copied().collect::<Vec<_>>(), [2]);
    for nonsense in ["", "x", "99"] {
        let answer = app.post(&mut operator, &format!("{PAGE}/clear"), &[("company", nonsense)]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{nonsense:?}");
    }
});

/// What `/metrics` answers to `peer` with these headers, of a program with these settings.
async fn metrics(app: &App, variables: &[(&str, &str)], peer: &str, headers: &[(&str, &str)]) -> (StatusCode, String) {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let config = Config::load(&Sources { variables, ..Sources::default() }).unwrap();
    let app = App::new(config, app.db.clone(), app.clock.clone(), Chance::seeded(5)).await.unwrap();
    ask(&Panel::new(app), peer, headers).await
}

async fn ask(panel: &Panel, peer: &str, headers: &[(&str, &str)]) -> (StatusCode, String) {
    let request = headers.iter().fold(Request::get("/metrics"), |request, (name, value)| request.header(*name, *value));
    let mut request = request.body(Body::empty()).unwrap();
    request.extensions_mut().insert(Peer(peer.parse::<IpAddr>().unwrap()));
    let (head, body) = panel.answer(request).await.into_parts();
    (head.status, String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap())
}

#[tokio::test]
async fn metrics_are_for_the_token_and_for_allowed_addresses_that_come_themselves() {
    crate::support::with_database(crate::support::Backend::Sqlite, async |test: &TestDb| {
        let app = App::new(Config::defaults().unwrap(), test.db.clone(), test.clock.clone(), Chance::seeded(4))
            .await
            .unwrap();
        let token = [("ROLLCALL_METRICS__TOKEN", "0123456789abcdef"), ("ROLLCALL_METRICS__ALLOW", "10.0.0.9")];
        let right = ("authorization", "Bearer 0123456789abcdef");
        for (variables, peer, headers, allowed) in [
            (&[][..], "127.0.0.1", vec![], true),
            (&[], "::1", vec![], true),
            (&[], "::ffff:127.0.0.1", vec![], true),
            (&[], "192.0.2.7", vec![], false),
            (&[], "127.0.0.1", vec![("x-forwarded-for", "127.0.0.1")], false),
            (&[], "127.0.0.1", vec![("forwarded", "for=127.0.0.1")], false),
            (&[], "192.0.2.7", vec![right], false),
            (&token, "192.0.2.7", vec![right], true),
            (&token, "192.0.2.7", vec![right, ("x-forwarded-for", "192.0.2.8")], true),
            (&token, "192.0.2.7", vec![("authorization", "Bearer 0123456789abcdeF")], false),
            (&token, "192.0.2.7", vec![("authorization", "Basic 0123456789abcdef")], false),
            (&token, "127.0.0.1", vec![], false),
            (&token, "10.0.0.9", vec![], true),
        ] {
            let (status, _) = metrics(&app, variables, peer, &headers).await;
            let expected = if allowed { StatusCode::OK } else { StatusCode::NOT_FOUND };
            assert_eq!(status, expected, "{variables:?} {peer} {headers:?}");
        }
    })
    .await;
}

/// Reads Prometheus' text format; answers the samples, each with its labels.
fn parsed(text: &str) -> Vec<(String, String, f64)> {
    let (mut helped, mut typed, mut samples) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    for line in text.lines().filter(|line| !line.is_empty()) {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            assert!(helped.insert(rest.split_once(' ').expect("a help text").0.to_owned()), "helped twice: {line}");
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').expect("a type");
            assert!(["counter", "gauge"].contains(&kind), "{line}");
            assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
            assert!(typed.insert(name.to_owned()), "typed twice: {line}");
        } else {
            let (series, value) = line.rsplit_once(' ').expect("a value");
            let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
            assert!(name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_'), "{line}");
            assert!(helped.contains(name) && typed.contains(name), "no HELP or TYPE before {line}");
            let labels = labels.strip_suffix('}').expect("an end of the labels");
            for label in labels.split(',').filter(|label| !label.is_empty()) {
                let (_, value) = label.split_once("=\"").expect("a label's value");
                assert!(value.ends_with('"'), "{line}");
            }
            samples.push((name.to_owned(), labels.to_owned(), value.parse().expect("a number")));
        }
    }
    let series: BTreeSet<_> = samples.iter().map(|(name, labels, _)| (name, labels)).collect();
    assert_eq!(series.len(), samples.len(), "each series once");
    samples
}

on_every_database!(metrics_are_prometheus_text_and_count_what_was_served, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let panel = Panel::new(app.app.clone());
    parsed(&ask(&panel, "127.0.0.1", &[]).await.1);
    let browser = app.signed_in("viewer1").await;
    for _ in 0..3 {
        app.get(&browser, "/admin").await;
    }
    let (status, text) = ask(&panel, "127.0.0.1", &[]).await;
    assert_eq!(status, StatusCode::OK);
    let samples = parsed(&text);
    let value = |name: &str, labels: &[&str]| {
        let found =
            samples.iter().find(|(known, all, _)| known == name && labels.iter().all(|label| all.contains(label)));
        found.unwrap_or_else(|| panic!("{name} {labels:?}: {text}")).2
    };
    let served = "rollcall_cache_served_total";
    assert_eq!(value(served, &["kind=\"answer\"", "subject=\"page\"", "level=\"memory\""]), 2.0);
    assert_eq!(value(served, &["kind=\"answer\"", "subject=\"page\"", "level=\"made\""]), 1.0);
    assert_eq!(value(served, &["kind=\"widget\"", "subject=\"policy_trend\"", "level=\"made\""]), 1.0);
    assert!(value("rollcall_cache_events_total", &["cache=\"shared\"", "event=\"loads\""]) >= 14.0);
    assert!(value("rollcall_cache_bytes", &["cache=\"personal\""]) > 1_000.0);
    assert_eq!(value("rollcall_cache_limit_bytes", &[]), f64::from(24 << 20));
    assert_eq!(value("rollcall_redis_configured", &[]), 0.0);
    assert!(value("process_resident_memory_bytes", &[]) > 1e6);
    assert_eq!(value("rollcall_build_info", &["version="]), 1.0);
    assert!(!text.contains("company_1") && !text.contains("Company"), "no tenant is named: {text}");
});
