//! The dashboard through the real router: whose figures, how many statements, and what fails alone.

use axum::body::Body;
use axum::http::StatusCode;
use rollcall::widget::ALL;

use crate::support::app::{Browser, TestApp};
use crate::support::{TestDb, on_every_database};

/// Something of everything in a company; ids start at `from`, so that companies do not share any.
pub(crate) async fn fill(test: &TestDb, company: i64, from: i64) {
    let (staff, branch) = (from + 1, from + 2);
    test.customer(from, company).await;
    test.sql(&format!("INSERT INTO staff (id, company_id, name) VALUES ({staff}, {company}, 'Staff {company}')")).await;
    test.sql(&format!("INSERT INTO branches (id, company_id, name) VALUES ({branch}, {company}, 'Branch')")).await;
    for n in 0..3 {
        let id = from + n;
        let day = 20 - n;
        test.sql(&format!(
            "INSERT INTO appointments (id, company_id, staff_id, customer_id, starts_at, ends_at, status, created_at) \
             VALUES ({id}, {company}, {staff}, {from}, '2026-11-{day} 10:00:00', '2026-11-{day} 11:00:00', \
             'completed', '2026-11-10 09:00:00')"
        ))
        .await;
    }
    test.sql(&format!(
        "INSERT INTO appointment_modification_stats (id, company_id, customer_id, stat_type, period_start, period_end, \
         metadata, created_at) VALUES ({from}, {company}, {from}, 'violation', '2026-11-01', '2026-11-30', \
         '{{\"policy_id\": 1, \"policy_type\": \"no_show\"}}', '2026-11-20 10:00:00')"
    ))
    .await;
    test.sql(&format!(
        "INSERT INTO policy_configurations (id, company_id, configurable_type, configurable_id, policy_type, config) \
         VALUES ({from}, {company}, 'branch', {branch}, 'no_show', '{{}}')"
    ))
    .await;
    test.sql(&format!(
        "INSERT INTO notification_queues (id, company_id, notifiable_type, notifiable_id, channel, recipient, status, \
         error_message, created_at) VALUES ({from}, {company}, 'customer', {from}, 'email', 'canary{company}@example.test', \
         'failed', 'SMTP 550 unknown user', '2026-11-20 10:00:00')"
    ))
    .await;
}

async fn badges(app: &TestApp<'_>, browser: &Browser, path: &str) -> (i64, i64) {
    let page = app.get(browser, path).await;
    assert_eq!(page.status, StatusCode::OK);
    let badge = |name: &str| {
        let Some((_, rest)) = page.body.split_once(&format!("data-badge=\"{name}\" data-count=\"")) else { return 0 };
        rest.split('"').next().unwrap().parse().unwrap()
    };
    (badge("policies"), badge("notifications"))
}

on_every_database!(sec_002_a_badge_counts_the_own_company_only, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test, 1, 100).await;
    fill(test, 2, 200).await;
    test.sql(
        "INSERT INTO policy_configurations (id, company_id, configurable_type, configurable_id, policy_type, config) \
         VALUES (300, 2, 'company', 2, 'payment', '{}'), (301, 2, 'company', 2, 'no_show', '{}')",
    )
    .await;
    app.settle().await;
    assert_eq!(badges(&app, &app.signed_in("admin1").await, "/admin").await, (1, 1));
    assert_eq!(badges(&app, &app.signed_in("viewer2").await, "/admin").await, (3, 1));
    let operator = app.signed_in("operator").await;
    assert_eq!(badges(&app, &operator, "/admin?company=1").await, (1, 1));
    assert_eq!(badges(&app, &operator, "/admin?company=company-2").await, (3, 1));
});

on_every_database!(sec_003_a_hostile_polymorphic_row_counts_nowhere_and_is_reported, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test, 1, 100).await;
    fill(test, 2, 200).await;
    let mut rows = 0;
    // Types that are none, and rows of the right type that are another company's or nobody's.
    for (kind, target) in [
        ("Branch", 102),
        ("branch ", 102),
        ("App\\\\Models\\\\User", 102),
        ("user", 102),
        ("", 102),
        ("branch", 202),
        ("staff", 201),
        ("company", 2),
        ("service", 1),
        ("branch", 99_999),
    ] {
        let kind =
            if test.backend == crate::support::Backend::MariaDb { kind.to_owned() } else { kind.replace("\\\\", "\\") };
        rows += 1;
        let id = 500 + rows;
        test.sql(&format!(
            "INSERT INTO policy_configurations (id, company_id, configurable_type, configurable_id, policy_type, config) \
             VALUES ({id}, 1, '{kind}', {target}, 'payment', '{{}}')"
        ))
        .await;
        test.sql(&format!(
            "INSERT INTO notification_configurations (id, company_id, configurable_type, configurable_id, event_type, \
             channel) VALUES ({id}, 1, '{kind}', {target}, 'appointment_booked', 'email')"
        ))
        .await;
    }
    for (id, kind, target) in [(600, "Customer", 100), (601, "customer", 200), (602, "user", 5), (603, "branch", 102)] {
        test.sql(&format!(
            "INSERT INTO notification_queues (id, company_id, notifiable_type, notifiable_id, channel, recipient, status, \
             error_message, created_at) VALUES ({id}, 1, '{kind}', {target}, 'email', 'hostile@example.test', 'failed', \
             'hostile', '2026-11-21 10:00:00')"
        ))
        .await;
    }
    app.settle().await;
    let admin = app.signed_in("admin1").await;
    assert_eq!(badges(&app, &admin, "/admin").await, (1, 1));
    let page = app.get(&admin, "/admin").await;
    assert!(!page.body.contains("hostile@example.test"), "it shows nowhere");
    let overview = app.json(&admin, "/admin/widgets/policy_overview").await.json();
    assert_eq!(stat(&overview, "total_configurations"), 1);
    let overview = app.json(&admin, "/admin/widgets/notification_overview").await.json();
    assert_eq!((stat(&overview, "failed"), stat(&overview, "enabled_configurations")), (1.into(), 0.into()));
    let events: i64 = test.value("SELECT COUNT(*) FROM security_events WHERE company_id = 1").await;
    assert_eq!(events, 2 * rows + 4, "each is a security event");
    let mut browser = admin.clone();
    let retry = app.post(&mut browser, "/admin/notifications/600/retry", &[]).await;
    assert_eq!(retry.status, StatusCode::NOT_FOUND, "what shows nowhere cannot be acted on");
});

fn stat(panel: &serde_json::Value, key: &str) -> serde_json::Value {
    let stats = panel["stats"].as_array().unwrap();
    stats.iter().find(|stat| stat["key"] == key).unwrap_or_else(|| panic!("{key} in {panel}"))["value"].clone()
}

on_every_database!(a_cold_dashboard_takes_at_most_six_statements, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test, 1, 100).await;
    app.settle().await;
    for (name, path) in [("admin1", "/admin"), ("viewer1", "/admin"), ("operator", "/admin?company=1")] {
        let browser = app.signed_in(name).await;
        test.recorder.take();
        assert_eq!(app.get(&browser, path).await.status, StatusCode::OK);
        let statements = test.recorder.recent();
        // An operator's first entry in an hour is looked for, and written down.
        let entry = if name == "operator" { 2 } else { 0 };
        assert!(statements.len() <= 6 + entry, "{name}: {}", statements.join("\n"));
        let summaries = statements.iter().filter(|sql| sql.contains("day_summaries")).count();
        assert_eq!(summaries, 1, "one statement for the summaries of all widgets");
    }
});

on_every_database!(another_companys_things_do_not_exist, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test, 1, 100).await;
    fill(test, 2, 200).await;
    app.settle().await;
    let mut admin = app.signed_in("admin1").await;
    let absent = app.get(&admin, "/admin?company=999").await;
    for path in ["/admin?company=2", "/admin?company=company-2", "/admin/widgets/policy_overview?company=2"] {
        let answer = app.get(&admin, path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(!answer.body.contains("Company 2") && !answer.body.contains("canary2"), "{path}");
    }
    assert_eq!(absent.status, StatusCode::NOT_FOUND, "just as one that nobody has");
    let foreign = app.post(&mut admin, "/admin/notifications/200/retry", &[]).await;
    let nobodys = app.post(&mut admin, "/admin/notifications/999/retry", &[]).await;
    assert_eq!((foreign.status, nobodys.status), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND));
    let without_id = |answer: &crate::support::app::Answer| answer.body.replace(answer.header("x-request-id"), "");
    assert_eq!(without_id(&foreign), without_id(&nobodys), "the answers do not differ");
    assert_eq!(app.get(&admin, "/admin/companies").await.status, StatusCode::NOT_FOUND);
    let status: String = test.value("SELECT status FROM notification_queues WHERE id = 200").await;
    assert_eq!(status, "failed");
    let events: i64 = test.value("SELECT COUNT(*) FROM security_events WHERE kind = 'foreign_row'").await;
    assert_eq!(events, 1, "the other company's row, not the one that nobody has");
    let events = test.query("SELECT subject, occurrences FROM security_events WHERE kind = 'foreign_company'").await;
    let times =
        events.iter().map(|row| row.try_get_by_index::<i64>(1).unwrap()).collect::<std::collections::BTreeSet<_>>();
    assert_eq!(times, [1, 4].into(), "the list of companies once; and one row, whatever the user types");
});

on_every_database!(a_neighbours_data_change_nothing, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test, 1, 100).await;
    app.settle().await;
    let admin = app.signed_in("admin1").await;
    let mut before = Vec::new();
    for spec in ALL {
        before.push(app.json(&admin, &format!("/admin/widgets/{}", spec.key)).await.json());
    }
    fill(test, 2, 200).await;
    app.settle().await;
    for (spec, before) in ALL.iter().zip(before) {
        let answer = app.json(&admin, &format!("/admin/widgets/{}", spec.key)).await;
        assert_eq!(answer.json(), before, "{}", spec.key);
        assert!(!answer.body.contains("canary2"));
    }
});

on_every_database!(each_widget_answers_in_every_form, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test, 1, 100).await;
    app.settle().await;
    let admin = app.signed_in("admin1").await;
    let page = app.get(&admin, "/admin").await;
    for spec in ALL {
        let path = format!("/admin/widgets/{}", spec.key);
        assert!(page.body.contains(&format!("id=\"{}\"", spec.key)), "{} is on the page", spec.key);
        let fragment = admin.request("GET", &path).header("hx-request", "true").body(Body::empty()).unwrap();
        let fragment = app.send(fragment).await;
        assert_eq!(fragment.status, StatusCode::OK);
        assert!(fragment.body.contains(&format!("id=\"{}\"", spec.key)) && !fragment.body.contains("<html"));
        for filter in spec.filters {
            for option in filter.options {
                let answer = app.json(&admin, &format!("{path}?{}={option}", filter.name)).await;
                assert_eq!(answer.status, StatusCode::OK, "{path} {option}");
                let long = app.get(&admin, &format!("/admin?{}.{}={option}", spec.key, filter.name)).await;
                assert_eq!(long.status, StatusCode::OK);
            }
            let wrong = app.json(&admin, &format!("{path}?{}=%3Cscript%3E", filter.name)).await;
            assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
            assert_eq!(wrong.header("content-type"), "application/problem+json");
            assert!(wrong.json()["detail"].as_str().unwrap().contains(filter.name), "{}", wrong.body);
            let page = app.get(&admin, &format!("/admin?{}.{}=%3Cscript%3E", spec.key, filter.name)).await;
            assert_eq!(page.status, StatusCode::BAD_REQUEST);
            assert!(!page.body.contains("<script>alert") && !page.body.contains("`<script>`"));
        }
    }
    assert_eq!(app.json(&admin, "/admin/widgets/nothing").await.status, StatusCode::NOT_FOUND);
});

on_every_database!(a_widget_fails_alone, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test, 1, 100).await;
    app.settle().await;
    let admin = app.signed_in("admin1").await;
    // The newest violations are a query of their own: it fails, the rest stands.
    for trigger in trigger_drops(test) {
        test.sql(&trigger).await;
    }
    test.sql("ALTER TABLE appointment_modification_stats RENAME TO gone").await;
    let page = app.get(&admin, "/admin").await;
    assert_eq!(page.status, StatusCode::OK);
    let id = page.header("x-request-id");
    assert_eq!(page.body.matches(&format!("<code>{id}</code>")).count(), 1, "one card failed, and says so with the id");
    assert!(page.body.contains("canary1@example.test"), "the other tables stand");
    assert_eq!(app.json(&admin, "/admin/widgets/latest_violations").await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(app.json(&admin, "/admin/widgets/policy_overview").await.status, StatusCode::OK);
});

fn trigger_drops(test: &TestDb) -> Vec<String> {
    let table = "appointment_modification_stats";
    match test.backend {
        crate::support::Backend::Postgres => vec![format!("DROP TRIGGER rollcall_{table}_log ON {table}")],
        crate::support::Backend::MariaDb => {
            ["ins", "upd", "del"].iter().map(|event| format!("DROP TRIGGER rollcall_{table}_{event}")).collect()
        }
        crate::support::Backend::Sqlite => ["ins", "upd", "mov", "del", "rep"]
            .iter()
            .map(|event| format!("DROP TRIGGER rollcall_{table}_{event}"))
            .collect(),
    }
}

on_every_database!(broken_summaries_fail_on_their_cards_and_not_the_page, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test, 1, 100).await;
    app.settle().await;
    let admin = app.signed_in("admin1").await;
    test.sql("UPDATE day_summaries SET data = '{broken'").await;
    let page = app.get(&admin, "/admin").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains(page.header("x-request-id")));
    assert!(!page.body.contains("broken") && !page.body.contains("expected"), "no internals");
});

on_every_database!(a_failed_notification_is_sent_again_and_the_page_knows, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test, 1, 100).await;
    app.settle().await;
    let mut viewer = app.signed_in("viewer1").await;
    assert_eq!(app.post(&mut viewer, "/admin/notifications/100/retry", &[]).await.status, StatusCode::FORBIDDEN);
    assert!(!app.get(&viewer, "/admin").await.body.contains("/retry"), "a viewer is not offered what they may not do");
    let mut manager = app.signed_in("manager1").await;
    let form = [("return_to", "/admin?policy_trend.days=7")];
    let answer = app.post(&mut manager, "/admin/notifications/100/retry", &form).await;
    assert_eq!(answer.header("location"), "/admin?policy_trend.days=7&notice=retried");
    assert_eq!(badges(&app, &manager, "/admin").await, (1, 0), "a read after the answer sees the write");
    let again = app.post(&mut manager, "/admin/notifications/100/retry", &[]).await;
    assert_eq!(again.header("location"), "/admin?notice=nothing_to_retry");
    let mut operator = app.signed_in("operator").await;
    test.sql("UPDATE notification_queues SET status = 'failed' WHERE id = 100").await;
    let answer = app.post(&mut operator, "/admin/notifications/100/retry?company=1", &[]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
});

on_every_database!(an_operator_names_a_company_first, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let operator = app.signed_in("operator").await;
    assert_eq!(app.get(&operator, "/admin").await.header("location"), "/admin/companies");
    let list = app.get(&operator, "/admin/companies").await;
    assert!(list.body.contains("Company 1") && list.body.contains("Company 2"));
    let found = app.get(&operator, "/admin/companies?q=company-2").await.body;
    assert!(found.contains("/admin?company=2") && !found.contains("/admin?company=1\""));
    assert_eq!(app.get(&operator, "/admin?company=3").await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.json(&operator, "/admin/widgets/policy_trend").await.status, StatusCode::BAD_REQUEST);
});

on_every_database!(every_answer_is_guarded, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let admin = app.signed_in("admin1").await;
    for path in
        ["/login", "/admin", "/nothing", "/assets/nothing.js", "/healthz", "/readyz", "/admin/widgets/policy_trend"]
    {
        let answer = app.get(&admin, path).await;
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'self'") && !policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert!(!answer.header("x-request-id").is_empty(), "{path}");
    }
    assert_eq!(app.get(&admin, "/login").await.header("cache-control"), "no-store");
    assert_eq!(app.get(&admin, "/admin").await.header("cache-control"), "private, no-cache");
    assert_eq!(app.get(&admin, "/nothing").await.status, StatusCode::NOT_FOUND);
    let forged = admin.request("GET", "/admin").header("x-request-id", "forged").body(Body::empty()).unwrap();
    assert_ne!(app.send(forged).await.header("x-request-id"), "forged");
});

on_every_database!(a_database_that_is_away_is_said_so_and_nothing_more, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let admin = app.signed_in("admin1").await;
    test.sql("ALTER TABLE rollcall_sessions RENAME TO gone").await;
    let page = app.get(&admin, "/admin").await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.body.contains(page.header("x-request-id")));
    assert!(!page.body.to_lowercase().contains("sessions") && !page.body.contains("SQL"), "no internals");
    assert_eq!(app.get(&admin, "/healthz").await.status, StatusCode::OK);
});
