//! Pages that are kept: what they cost, what a browser is told, and whose they are.

use axum::body::Body;
use axum::http::StatusCode;
use rollcall::config::Trust;

use crate::support::app::{Browser, TestApp};
use crate::support::{TestDb, on_every_database};

async fn asked_with(app: &TestApp<'_>, browser: &Browser, path: &str, tag: &str) -> crate::support::app::Answer {
    app.send(browser.request("GET", path).header("if-none-match", tag).body(Body::empty()).unwrap()).await
}

on_every_database!(a_kept_page_costs_no_statement_or_the_one_that_says_who_asks, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let admin = app.signed_in("admin1").await;
    let first = app.get(&admin, "/admin").await;
    test.recorder.take();
    let second = app.get(&admin, "/admin").await;
    let at_most = if app.app.trust == Trust::Memory { 0 } else { 1 };
    assert_eq!(test.recorder.take().0, at_most, "{:?}", test.recorder.recent());
    assert_eq!(second.body, first.body);
    assert_eq!(second.header("etag"), first.header("etag"));
    assert_ne!(second.header("x-request-id"), first.header("x-request-id"), "each request has an id of its own");
    app.get(&admin, "/admin/widgets/policy_trend").await;
    test.recorder.take();
    app.get(&admin, "/admin/widgets/policy_trend").await;
    assert_eq!(test.recorder.take().0, at_most, "{:?}", test.recorder.recent());
});

on_every_database!(a_browser_that_has_the_page_is_told_so_until_something_changes, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let admin = app.signed_in("admin1").await;
    for path in ["/admin", "/admin?policy_trend.days=7", "/admin/widgets/policy_trend"] {
        let first = app.get(&admin, path).await;
        assert!(first.header("content-security-policy").contains("default-src"), "{path}");
        let tag = first.header("etag").to_owned();
        let again = asked_with(&app, &admin, path, &tag).await;
        assert_eq!(
            (again.status, again.body.as_str(), again.header("etag")),
            (StatusCode::NOT_MODIFIED, "", tag.as_str())
        );
        assert_eq!(
            (again.header("cache-control"), again.header("vary")),
            (first.header("cache-control"), first.header("vary"))
        );
        assert!(
            !again.headers.contains_key("content-security-policy"),
            "the browser keeps what came with the page: {path}"
        );
        test.sql("INSERT INTO appointment_modification_stats (company_id, customer_id, stat_type, period_start, period_end, \
             metadata, created_at) VALUES (1, 100, 'violation', '2026-11-01', '2026-11-30', '{}', '2026-11-20 10:00:00')")
            .await;
        app.settle().await;
        let changed = asked_with(&app, &admin, path, &tag).await;
        assert_eq!(changed.status, StatusCode::OK, "{path}");
        assert_ne!(changed.header("etag"), tag, "{path}");
    }
    let mut other = admin.clone();
    app.post(&mut other, "/logout", &[]).await;
    let tag = app.get(&app.signed_in("admin1").await, "/admin").await.header("etag").to_owned();
    assert_eq!(asked_with(&app, &admin, "/admin", &tag).await.status, StatusCode::SEE_OTHER, "a tag is no ticket");
});

on_every_database!(nobody_gets_a_page_that_was_kept_for_somebody_else, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let mut pages = Vec::new();
    for name in ["admin1", "manager1", "viewer1", "admin2", "viewer2"] {
        let browser = app.signed_in(name).await;
        for headers in [("accept-language", "de"), ("accept-language", "en"), ("cookie", "rollcall_theme=dark")] {
            for _ in 0..2 {
                let request =
                    browser.request("GET", "/admin").header(headers.0, headers.1).body(Body::empty()).unwrap();
                let page = app.send(request).await;
                assert_eq!(page.status, StatusCode::OK);
                assert!(page.body.contains(&format!("{name}@example.test")), "{name}");
                let company = name.chars().last().unwrap();
                let other = if company == '1' { "Company 2" } else { "Company 1" };
                assert!(!page.body.contains(other), "{name}");
                pages.push((format!("{name} {headers:?}"), page.header("etag").to_owned()));
            }
        }
    }
    pages.dedup();
    let distinct: std::collections::BTreeSet<_> = pages.iter().map(|(_, tag)| tag).collect();
    assert_eq!(distinct.len(), pages.len(), "each person, language and look has a page of its own");
});

on_every_database!(answers_are_compressed_once_and_say_how, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let admin = app.signed_in("admin1").await;
    for (path, accept) in [("/admin", "text/html"), ("/admin/widgets/policy_trend", "application/json")] {
        let mut tags = std::collections::BTreeSet::new();
        for (taken, is) in [("gzip, br, zstd", "zstd"), ("gzip, br", "br"), ("gzip", "gzip"), ("", "")] {
            let request = admin.request("GET", path).header("accept-encoding", taken).header("accept", accept);
            let answer = app.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!((answer.status, answer.header("content-encoding")), (StatusCode::OK, is), "{path}");
            assert!(answer.header("vary").contains("accept-encoding"));
            tags.insert(answer.header("etag").to_owned());
        }
        assert_eq!(tags.len(), 4, "{path}: another encoding is another answer");
    }
});

on_every_database!(what_is_typed_besides_the_choices_makes_no_page_of_its_own, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let admin = app.signed_in("admin1").await;
    let plain = app.get(&admin, "/admin").await;
    for odd in ["/admin?utm=1", "/admin?x=%22%3E&policy_trend.days=30", "/admin?"] {
        assert_eq!(app.get(&admin, odd).await.header("etag"), plain.header("etag"), "{odd}");
    }
    let chosen = app.get(&admin, "/admin?policy_trend.days=7&x=1").await;
    assert_ne!(chosen.header("etag"), plain.header("etag"));
    let ordered = app.get(&admin, "/admin?time_analytics.by=hour&policy_trend.days=7").await;
    let other_way = app.get(&admin, "/admin?policy_trend.days=7&time_analytics.by=hour").await;
    assert_eq!(ordered.header("etag"), other_way.header("etag"));
});

on_every_database!(a_session_that_ended_is_refused_in_the_very_next_request, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let admin = app.signed_in("admin1").await;
    assert_eq!(app.get(&admin, "/admin").await.status, StatusCode::OK);
    app.post(&mut admin.clone(), "/logout", &[]).await;
    assert_eq!(app.get(&admin, "/admin").await.status, StatusCode::SEE_OTHER);
    assert_eq!(app.json(&admin, "/admin/widgets/policy_trend").await.status, StatusCode::UNAUTHORIZED);
});

on_every_database!(a_widget_that_failed_is_not_kept, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let admin = app.signed_in("admin1").await;
    test.sql("ALTER TABLE appointment_modification_stats RENAME TO away").await;
    // The page has a blank one for the script.
    let failures = |answer: &crate::support::app::Answer| answer.body.matches("class=\"failure\"").count();
    for (path, blank) in [("/admin", 1), ("/admin/widgets/latest_violations", 0)] {
        let failed = app.get(&admin, path).await;
        assert_eq!(failures(&failed), blank + 1, "{path}");
        assert_eq!((failed.header("cache-control"), failed.header("etag")), ("no-store", ""), "{path}");
    }
    test.sql("ALTER TABLE away RENAME TO appointment_modification_stats").await;
    for (path, blank) in [("/admin", 1), ("/admin/widgets/latest_violations", 0)] {
        let back = app.get(&admin, path).await;
        assert_eq!(failures(&back), blank, "{path}");
        assert!(!back.header("etag").is_empty(), "{path}");
    }
});
