//! A dashboard to one's taste: arranged, as a file, on a wall, with advice.

use axum::http::StatusCode;
use chrono::TimeDelta;
use rollcall::config::{Config, Sources};

use crate::support::app::{Answer, Browser, TestApp};
use crate::support::{TestDb, on_every_database};

/// The widgets of a page, in their order.
fn shown(page: &Answer) -> Vec<String> {
    let cards = page.body.split("<section class=\"card ").skip(1);
    cards.map(|card| card.split("id=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()).collect()
}

async fn arrange(app: &TestApp<'_>, browser: &mut Browser, widget: &str, act: &str) -> Answer {
    app.post(browser, "/admin/arrange", &[("widget", widget), ("do", act)]).await
}

on_every_database!(each_person_arranges_their_own_dashboard, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    crate::dashboard::fill(test, 1, 100).await;
    app.settle().await;
    let (mut admin, viewer) = (app.signed_in("admin1").await, app.signed_in("viewer1").await);
    let (usual, others) = (app.get(&admin, "/admin").await, app.get(&viewer, "/admin").await);
    let before = shown(&usual);
    assert_eq!(before[..2], ["policy_overview", "notification_overview"]);
    let answer = arrange(&app, &mut admin, "notification_overview", "up").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.header("location"), "/admin/arrange?widget=notification_overview&did=up");
    arrange(&app, &mut admin, "customer_journey", "hide").await;
    let own = shown(&app.get(&admin, "/admin").await);
    assert_eq!(own[..2], ["notification_overview", "policy_overview"], "the very next page has it");
    assert_eq!(own.len(), before.len() - 1);
    assert!(!own.contains(&"customer_journey".to_owned()));
    assert_eq!(shown(&app.get(&viewer, "/admin").await), shown(&others), "it is nobody else's");
    let summary = app.get(&admin, "/admin/summary").await;
    assert_eq!(summary.status, StatusCode::OK);
    let page = app.get(&admin, "/admin/arrange?widget=notification_overview&did=up").await.body;
    let item = page.split("id=\"notification_overview\"").nth(1).unwrap().split("</li>").next().unwrap();
    assert!(item.contains("disabled") && item.matches("autofocus").count() == 1, "the focus goes where it can: {item}");
    let lines: i64 =
        test.value("SELECT COUNT(*) FROM audit_log WHERE action = 'user.updated' AND company_id = 1").await;
    assert_eq!(lines, 2);
    arrange(&app, &mut admin, "policy_overview", "up").await;
    arrange(&app, &mut admin, "customer_journey", "show").await;
    assert_eq!(shown(&app.get(&admin, "/admin").await), before);
    let rows: i64 = test.value("SELECT COUNT(*) FROM rollcall_arrangements").await;
    assert_eq!(rows, 0, "the usual order is kept as none");
    arrange(&app, &mut admin, "policy_overview", "hide").await;
    arrange(&app, &mut admin, "", "reset").await;
    assert_eq!(shown(&app.get(&admin, "/admin").await), before);
    assert_eq!(arrange(&app, &mut admin, "policy_overview", "burn").await.status, StatusCode::BAD_REQUEST);
    let operator = app.signed_in("operator").await;
    assert_eq!(app.get(&operator, "/admin/arrange?company=1").await.status, StatusCode::NOT_FOUND);
});

on_every_database!(a_dashboard_without_widgets_is_a_page_still, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let mut admin = app.signed_in("admin1").await;
    for spec in rollcall::widget::ALL {
        arrange(&app, &mut admin, spec.key, "hide").await;
    }
    let page = app.get(&admin, "/admin?period=7d").await;
    assert_eq!((page.status, shown(&page).len()), (StatusCode::OK, 0));
    assert!(page.body.contains("value=\"7d\" selected"), "the period is kept");
    assert!(page.body.contains("All widgets are hidden. <a href=\"/admin/arrange\">"), "{}", page.body);
});

on_every_database!(a_widget_is_a_file_in_the_readers_language, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    crate::dashboard::fill(test, 1, 100).await;
    test.sql("UPDATE customers SET email = '=1+1@x', name = '=1+1' WHERE id = 100").await;
    app.settle().await;
    let admin = app.signed_in("admin1").await;
    let file = async |path: &str, lang: &str| {
        let request = admin.request("GET", path).header("accept-language", lang);
        app.send(request.body(axum::body::Body::empty()).unwrap()).await
    };
    let german = file("/admin/widgets/latest_violations?format=csv", "de").await;
    assert_eq!((german.status, german.header("content-type")), (StatusCode::OK, "text/csv; charset=utf-8"));
    assert!(german.header("content-disposition").contains("latest_violations_2026-11-22_130000.csv"));
    let lines: Vec<_> = german.body.lines().collect();
    assert!(lines[0].starts_with("Kunde,"), "{}", lines[0]);
    assert!(lines[1].starts_with("'=1+1,Nicht erschienen,1,"), "no spreadsheet runs it: {}", lines[1]);
    let english = file("/admin/widgets/policy_trend?format=csv&days=7", "en").await;
    assert_eq!(english.body.lines().count(), 8);
    assert!(english.body.starts_with("Day,Violations"), "{}", english.body);
    let stats = file("/admin/widgets/staff_performance?format=csv&part=stats", "en").await;
    assert!(stats.body.starts_with("Figure,Value,Change in percent\r\n"), "{}", stats.body);
    for spec in rollcall::widget::ALL {
        let path = format!("/admin/widgets/{}", spec.key);
        let csv = file(&format!("{path}?format=csv"), "en").await;
        assert_eq!(csv.status, StatusCode::OK, "{path}");
        let svg = file(&format!("{path}?format=svg"), "en").await;
        let has_chart = app.json(&admin, &path).await.json().get("datasets").is_some();
        assert_eq!(svg.status, if has_chart { StatusCode::OK } else { StatusCode::NOT_FOUND }, "{path}");
        if has_chart {
            assert_eq!(svg.header("content-type"), "image/svg+xml");
            assert!(
                svg.body.starts_with("<svg ") && svg.body.contains("<title>") && !svg.body.contains("NaN"),
                "{path}"
            );
        }
    }
    assert_eq!(file("/admin/widgets/policy_trend?format=xlsx", "en").await.status, StatusCode::BAD_REQUEST);
    assert_eq!(file("/admin/widgets/policy_trend?format=csv&part=table", "en").await.status, StatusCode::BAD_REQUEST);
});

on_every_database!(a_wall_shows_figures_alone, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    crate::dashboard::fill(test, 1, 100).await;
    app.settle().await;
    let admin = app.signed_in("admin1").await;
    let wall = app.get(&admin, "/admin?wall=1&period=7d").await.body;
    assert!(
        wall.contains("class=\"app wall\"") && wall.contains("data-theme=\"dark\"") && wall.contains("id=\"clock\"")
    );
    assert!(wall.contains("id=\"wall-exit\" href=\"/admin?period=7d\""), "the way out keeps what was chosen");
    let desk = app.get(&admin, "/admin?period=7d").await.body;
    assert!(!desk.contains("app wall") && desk.contains("/admin?period=7d&#38;wall=1"), "and the way in");
    assert_eq!(shown(&app.get(&admin, "/admin?wall=1").await), shown(&app.get(&admin, "/admin").await));
});

/// What a wall asks for all the time, as `web/src/wall.ts` does, and how often.
const SIGN_OF_LIFE: (&str, TimeDelta) = ("/admin/summary?wall=1", TimeDelta::minutes(1));

on_every_database!(a_wall_keeps_its_session_and_no_longer_than_sessions_last, async |test: &TestDb| {
    drop(TestApp::new(test).await);
    let settings = [("ROLLCALL_SESSION__IDLE_TIMEOUT", "5m"), ("ROLLCALL_SESSION__LIFETIME", "3h")];
    let variables = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let config = Config::load(&Sources { variables, ..Sources::default() }).unwrap();
    let app = TestApp::with(test, test.db.clone(), config).await;
    let (wall, desk) = (app.signed_in("viewer1").await, app.signed_in("viewer2").await);
    let begun = test.clock.now();
    for browser in [&wall, &desk] {
        assert_eq!(app.get(browser, "/admin?wall=1").await.status, StatusCode::OK);
    }
    let (path, every) = SIGN_OF_LIFE;
    // Until its last minute it is there, though nobody touches it; a page that asks for nothing has long ended.
    while test.clock.now() + every < begun + TimeDelta::hours(3) {
        test.clock.set(test.clock.now() + every);
        let answer = app.get(&wall, path).await;
        assert_eq!(answer.status, StatusCode::OK, "{} {}", test.clock.now() - begun, answer.body);
    }
    assert_eq!(app.get(&wall, "/admin?wall=1").await.status, StatusCode::OK);
    assert_eq!(app.get(&desk, "/admin?wall=1").await.status, StatusCode::SEE_OTHER);
    test.clock.set(begun + TimeDelta::hours(3));
    for path in [path, "/admin?wall=1", "/admin/live"] {
        let answer = app.get(&wall, path).await;
        assert!(!answer.status.is_success(), "{path}: {}", answer.status);
        assert!(!answer.body.contains("<section class=\"card "), "{path}");
    }
});

on_every_database!(advice_stands_beside_the_figures_and_leads_to_where_one_acts, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    crate::dashboard::fill(test, 1, 100).await;
    app.settle().await;
    let viewer = app.signed_in("viewer1").await;
    assert!(!app.get(&viewer, "/admin").await.body.contains("advice-title"), "too little to go by");
    test.sql("UPDATE customers SET journey_status = 'at_risk' WHERE id = 100").await;
    test.sql("UPDATE appointment_modification_stats SET count = 3 WHERE id = 100").await;
    for id in 300..309 {
        test.sql(&format!(
            "INSERT INTO notification_queues (id, company_id, notifiable_type, notifiable_id, channel, recipient, status, \
             error_message, created_at) VALUES ({id}, 1, 'customer', 100, 'email', 'x', 'failed', 'SMTP 550 unknown user', \
             '2026-11-20 10:00:00')"
        ))
        .await;
    }
    app.settle().await;
    let page = app.get(&viewer, "/admin").await.body;
    let advice = page.split("advice-title").nth(2).unwrap().split("</section>").next().unwrap();
    assert!(advice.contains("/admin/customers/100"), "{advice}");
    assert!(advice.contains("/admin/notifications/failed") && advice.contains("10"), "ten of ten: {advice}");
    assert!(!app.get(&viewer, "/admin?branch=102").await.body.contains("advice-title"), "of a branch nothing is said");
});
