//! The dashboard narrowed to a period or a branch, compared with the period before, and the rows behind its figures.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use rollcall::widget::ALL;
use serde_json::{Value as Json, json};

use crate::support::app::{Browser, TestApp};
use crate::support::{TestDb, on_every_database};

/// Two branches of company 1 and one of company 2, with staff and appointments; now is 2026-11-22 12:00 UTC.
async fn fill(test: &TestDb) {
    test.customer(100, 1).await;
    test.sql("INSERT INTO branches (id, company_id, name) VALUES (11, 1, 'Mitte'), (12, 1, 'Nord'), (21, 2, 'Fremd')")
        .await;
    test.sql(
        "INSERT INTO staff (id, company_id, branch_id, name, is_active) VALUES (31, 1, 11, 'Anna', TRUE), \
         (32, 1, 12, 'Bert', TRUE), (33, 1, 11, 'Cleo', FALSE)",
    )
    .await;
    // Branch, staff, day, status: 11 has three this month and one in October; 12 has one; one is nowhere.
    let rows = [
        ("11", "31", "2026-11-20", "completed"),
        ("11", "31", "2026-11-19", "cancelled"),
        ("11", "33", "2026-11-02", "completed"),
        ("12", "32", "2026-11-18", "completed"),
        ("12", "31", "2026-11-17", "scheduled"),
        ("NULL", "31", "2026-11-16", "completed"),
        ("11", "31", "2026-10-10", "completed"),
        ("11", "31", "2026-08-25", "completed"),
    ];
    for (id, (branch, staff, day, status)) in (500..).zip(rows) {
        test.sql(&format!(
            "INSERT INTO appointments (id, company_id, branch_id, staff_id, customer_id, starts_at, ends_at, status, \
             created_at) VALUES ({id}, 1, {branch}, {staff}, 100, '{day} 10:00:00', '{day} 11:00:00', '{status}', \
             '{day} 09:00:00')"
        ))
        .await;
    }
    for (id, status, channel, day) in [
        (600, "sent", "email", "2026-11-20"),
        (601, "delivered", "sms", "2026-11-19"),
        (602, "failed", "sms", "2026-11-18"),
        (603, "pending", "email", "2026-11-18"),
        (604, "sent", "email", "2026-10-05"),
    ] {
        test.sql(&format!(
            "INSERT INTO notification_queues (id, company_id, notifiable_type, notifiable_id, channel, recipient, \
             status, created_at) VALUES ({id}, 1, 'customer', 100, '{channel}', 'c', '{status}', '{day} 08:00:00')"
        ))
        .await;
    }
}

fn stat<'a>(panel: &'a Json, key: &str) -> &'a Json {
    let stats = panel["stats"].as_array().unwrap_or_else(|| panic!("no stats: {panel}"));
    stats.iter().find(|stat| stat["key"] == key).unwrap_or_else(|| panic!("{key} in {panel}"))
}

async fn staff(app: &TestApp<'_>, browser: &Browser, query: &str) -> Json {
    app.json(browser, &format!("/admin/widgets/staff_performance{query}")).await.json()
}

on_every_database!(a_period_holds_for_all_widgets_but_one_that_has_its_own, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    app.settle().await;
    let admin = app.signed_in("admin1").await;
    let total = |panel: &Json| stat(panel, "appointments_per_staff")["detail"]["value"].clone();
    assert_eq!(total(&staff(&app, &admin, "").await), 5, "30 days, active staff");
    assert_eq!(total(&staff(&app, &admin, "?period=7d").await), 5);
    assert_eq!(total(&staff(&app, &admin, "?period=last_month").await), 1, "October");
    assert_eq!(total(&staff(&app, &admin, "?period=90d").await), 7);
    let completed = &staff(&app, &admin, "?period=this_month").await;
    assert_eq!(
        stat(completed, "completion_rate")["trend"],
        json!({"percent": -40.0, "status": "bad"}),
        "60 % after 100 %"
    );
    let trend = app.json(&admin, "/admin/widgets/policy_trend?period=7d").await.json();
    assert_eq!(trend["labels"].as_array().unwrap().len(), 7);
    for own in ["30", "90"] {
        let trend = app.json(&admin, &format!("/admin/widgets/policy_trend?period=7d&days={own}")).await.json();
        assert_eq!(trend["labels"].as_array().unwrap().len().to_string(), own, "its own choice counts more");
    }
    let page = app.get(&admin, "/admin?period=7d&policy_trend.days=30").await.body;
    assert!(page.contains("policy_trend.days=30"), "the links of the page keep it");
    let plain = app.get(&admin, "/admin").await;
    assert!(!plain.body.contains("ui.narrow"), "every word is there");
    assert_eq!(app.get(&admin, "/admin?period=8d").await.status, StatusCode::BAD_REQUEST);
});

on_every_database!(a_branch_has_its_own_figures_and_cards_without_any_say_so, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    app.settle().await;
    let admin = app.signed_in("admin1").await;
    let mitte = staff(&app, &admin, "?branch=11").await;
    assert_eq!(stat(&mitte, "active_staff")["value"], 1, "Anna, not Cleo");
    assert_eq!(stat(&mitte, "appointments_per_staff")["detail"]["value"], 2);
    let nord = staff(&app, &admin, "?branch=12").await;
    assert_eq!(stat(&nord, "appointments_per_staff")["detail"]["value"], 1, "Anna's there are not of its own staff");
    let times = app.json(&admin, "/admin/widgets/time_analytics?branch=12&by=date").await.json();
    let sum: i64 = times["datasets"][0]["data"].as_array().unwrap().iter().filter_map(Json::as_i64).sum();
    assert_eq!(sum, 2);
    for spec in ALL.iter().filter(|spec| !spec.by_branch) {
        let panel = app.json(&admin, &format!("/admin/widgets/{}?branch=11", spec.key)).await.json();
        assert_eq!(panel, json!({"not_by_branch": true}), "{}", spec.key);
    }
    let page = app.get(&admin, "/admin?branch=11").await.body;
    let without = ALL.iter().filter(|spec| !spec.by_branch).count();
    assert_eq!(page.matches("card-aside").count(), without, "each says so on its card");
    // A change of branch is seen at once, as every change is.
    test.sql("UPDATE appointments SET branch_id = 12 WHERE id = 500").await;
    app.settle().await;
    assert_eq!(stat(&staff(&app, &admin, "?branch=11").await, "appointments_per_staff")["detail"]["value"], 1);
    test.sql("UPDATE branches SET name = 'Zentrum' WHERE id = 11").await;
    app.settle().await;
    assert!(
        app.get(&admin, "/admin").await.body.contains("Zentrum"),
        "a branch that is renamed is offered by its new name"
    );
});

on_every_database!(another_companys_branch_does_not_exist_and_asking_is_reported, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    app.settle().await;
    let admin = app.signed_in("admin1").await;
    for path in [
        "/admin",
        "/admin/widgets/time_analytics",
        "/admin/widgets/policy_overview",
        "/admin/widgets/time_analytics/freshness",
    ] {
        let foreign = app.get(&admin, &format!("{path}?branch=21")).await;
        assert_eq!(foreign.status, StatusCode::NOT_FOUND, "{path}");
        assert!(!foreign.body.contains("Fremd"));
        assert_eq!(app.get(&admin, &format!("{path}?branch=999")).await.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(app.get(&admin, "/admin?branch=x").await.status, StatusCode::BAD_REQUEST);
    let events: i64 = test.value("SELECT COUNT(*) FROM security_events WHERE kind = 'foreign_row'").await;
    assert_eq!(events, 1, "the other company's, not the one that nobody has");
    assert_eq!(app.get(&app.signed_in("admin2").await, "/admin?branch=21").await.status, StatusCode::OK);
});

on_every_database!(a_narrowed_dashboard_takes_no_more_statements_than_another, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    app.settle().await;
    let browser = app.signed_in("admin1").await;
    for path in ["/admin?period=90d", "/admin?branch=11", "/admin?branch=12&period=last_month"] {
        test.recorder.take();
        assert_eq!(app.get(&browser, path).await.status, StatusCode::OK);
        let statements = test.recorder.recent();
        assert!(statements.len() <= 6, "{path}: {}", statements.join("\n"));
    }
});

/// Where the figures of a page lead, and how many rows they say that there are, or what those add up to.
fn links(page: &str) -> BTreeSet<(String, bool, i64)> {
    let mut found = BTreeSet::new();
    for part in page.split("<a class=\"rows\" href=\"").skip(1) {
        let (href, rest) = part.split_once('"').unwrap();
        let says = |word: &str| rest.split_once('>').unwrap().0.split_once(word).map(|(_, count)| count);
        let rows = says("data-rows=\"").map(|count| (false, count));
        let Some((sums, count)) = rows.or_else(|| says("data-sum=\"").map(|sum| (true, sum))) else { continue };
        let href = href.replace("&amp;", "&").replace("&#38;", "&");
        found.insert((href, sums, count.trim_end_matches('"').parse().unwrap()));
    }
    found
}

/// How many rows a list has, read as its file, or what their counts add up to.
async fn rows(app: &TestApp<'_>, browser: &Browser, href: &str, sums: bool) -> i64 {
    let (path, query) = href.split_once('?').unwrap_or((href, ""));
    assert_eq!(app.get(browser, href).await.status, StatusCode::OK, "{href}");
    let file = app.get(browser, &format!("{path}/export?{query}&format=json")).await;
    assert_eq!(file.status, StatusCode::OK, "{href}");
    let rows = file.json().as_array().unwrap().clone();
    match sums {
        true => rows.iter().map(|row| row["count"].as_i64().unwrap()).sum(),
        false => rows.len().try_into().unwrap(),
    }
}

/// Walks every link of every figure; answers the figures by the lists that they lead to.
async fn walk(app: &TestApp<'_>, browser: &Browser, pages: &[&str]) -> BTreeSet<String> {
    let mut lists = BTreeSet::new();
    for page in pages {
        let page_shown = app.get(browser, page).await;
        assert_eq!(page_shown.status, StatusCode::OK, "{page}");
        for (href, sums, count) in links(&page_shown.body) {
            assert_eq!(rows(app, browser, &href, sums).await, count, "{page}: {href}");
            lists.insert(href.split('?').next().unwrap().to_owned());
        }
    }
    lists
}

const PAGES: [&str; 5] =
    ["/admin", "/admin?period=7d", "/admin?period=last_month", "/admin?branch=11", "/admin?branch=12&period=90d"];

on_every_database!(every_figure_leads_to_exactly_its_rows, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    crate::dashboard::fill(test, 2, 200).await;
    for (kind, within) in [("cancel", true), ("cancel", false), ("reschedule", true), ("other", true)] {
        test.sql(&format!(
            "INSERT INTO appointment_modifications \
             (company_id, appointment_id, customer_id, modification_type, within_policy, fee_charged, created_at) \
             VALUES (1, 1, 1, '{kind}', {within}, 5, '2026-11-20 10:00:00')"
        ))
        .await;
    }
    app.settle().await;
    let lists = walk(&app, &app.signed_in("viewer1").await, &PAGES).await;
    let expected = [
        "appointments",
        "customers",
        "modifications",
        "notification-configurations",
        "notifications",
        "policies",
        "staff",
        "violations",
    ];
    assert_eq!(lists, expected.map(|list| format!("/admin/{list}")).into());
    let operator = app.signed_in("operator").await;
    walk(&app, &operator, &["/admin?company=2"]).await;
});
