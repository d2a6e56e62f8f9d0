//! What makes which widget stale: exactly what it depends on, for that company alone, and never less than that.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use chrono::TimeDelta;
use rollcall::cache::Kind;
use rollcall::versions::Topic;
use rollcall::widget::{ALL, Choices, Spec};

use crate::support::app::{Browser, TestApp};
use crate::support::{TestDb, on_every_database};

use Topic::{
    Appointments, Customers, Modifications, NotificationConfigurations, Notifications, Policies, Settings, Staff,
    Stats, Users,
};

/// What somebody writes, and the topics that it is about.
const WRITES: &[(&str, &[Topic])] = &[
    (
        "INSERT INTO appointments (id, company_id, staff_id, customer_id, starts_at, ends_at, status, created_at) \
         VALUES (900, 1, 101, 100, '2026-11-19 10:00:00', '2026-11-19 11:00:00', 'completed', '2026-11-18 09:00:00')",
        &[Appointments],
    ),
    ("UPDATE appointments SET starts_at = '2026-11-17 10:00:00' WHERE id = 900", &[Appointments]),
    ("DELETE FROM appointments WHERE id = 900", &[Appointments]),
    (
        "INSERT INTO appointment_modification_stats (id, company_id, customer_id, stat_type, period_start, period_end, \
         metadata, created_at) VALUES (900, 1, 100, 'violation', '2026-11-01', '2026-11-30', \
         '{\"policy_id\": 1, \"policy_type\": \"payment\"}', '2026-11-21 10:00:00')",
        &[Stats],
    ),
    (
        "INSERT INTO appointment_modifications (id, company_id, appointment_id, customer_id, modification_type, \
         within_policy, fee_charged, created_at) VALUES (900, 1, 100, 100, 'cancel', TRUE, 5, '2026-11-21 10:00:00')",
        &[Modifications],
    ),
    (
        "INSERT INTO notification_queues (id, company_id, notifiable_type, notifiable_id, channel, recipient, status, \
         error_message, created_at) VALUES (900, 1, 'customer', 100, 'sms', '+49 1', 'failed', 'no route', \
         '2026-11-21 10:00:00')",
        &[Notifications],
    ),
    (
        "INSERT INTO policy_configurations (id, company_id, configurable_type, configurable_id, policy_type, config) \
         VALUES (900, 1, 'branch', 102, 'payment', '{}')",
        &[Policies],
    ),
    ("UPDATE policy_configurations SET is_active = FALSE WHERE id = 900", &[Policies]),
    (
        "INSERT INTO notification_configurations (id, company_id, configurable_type, configurable_id, event_type, channel) \
         VALUES (900, 1, 'branch', 102, 'appointment_booked', 'email')",
        &[NotificationConfigurations],
    ),
    ("UPDATE customers SET journey_status = 'vip' WHERE id = 100", &[Customers]),
    ("INSERT INTO customers (id, company_id, name) VALUES (901, 1, 'New')", &[Customers, Notifications]),
    ("UPDATE staff SET name = 'Renamed' WHERE id = 101", &[Staff]),
    (
        "INSERT INTO staff (id, company_id, name) VALUES (901, 1, 'New')",
        &[Staff, Notifications, Policies, NotificationConfigurations],
    ),
    ("UPDATE branches SET name = 'Renamed' WHERE id = 102", &[]),
    // The policies and configurations that hang on it become invalid.
    ("DELETE FROM branches WHERE id = 102", &[Policies, NotificationConfigurations]),
    ("INSERT INTO company_settings (company_id, staff_capacity) VALUES (1, 20)", &[Settings]),
    ("UPDATE company_settings SET currency = 'CHF' WHERE company_id = 1", &[Settings]),
    ("UPDATE users SET role = 'manager' WHERE email = 'viewer1@example.test'", &[Users]),
    ("UPDATE companies SET name = 'Another name' WHERE id = 1", &[Settings, Users]),
    ("UPDATE companies SET timezone = 'Asia/Kathmandu' WHERE id = 1", &Topic::ALL),
];

async fn fill(test: &TestDb) {
    test.customer(100, 1).await;
    test.sql("INSERT INTO staff (id, company_id, name) VALUES (101, 1, 'Staff')").await;
    test.sql("INSERT INTO branches (id, company_id, name) VALUES (102, 1, 'Branch')").await;
    test.sql(
        "INSERT INTO appointments (id, company_id, staff_id, customer_id, starts_at, ends_at, status, created_at) \
         VALUES (100, 1, 101, 100, '2026-11-20 10:00:00', '2026-11-20 11:00:00', 'completed', '2026-11-10 09:00:00')",
    )
    .await;
}

/// How often each widget's figures were made rather than kept.
fn made(app: &TestApp<'_>) -> BTreeMap<&'static str, u64> {
    let counts = app.app.cache.tally().read();
    counts.into_iter().filter(|count| count.kind == Kind::Json).map(|count| (count.subject, count.loaded)).collect()
}

/// Asks for every widget's figures; answers them, and which were made anew.
async fn ask(app: &TestApp<'_>, browser: &Browser) -> (Vec<serde_json::Value>, BTreeSet<&'static str>) {
    let before = made(app);
    let mut figures = Vec::new();
    for spec in ALL {
        let answer = app.json(browser, &format!("/admin/widgets/{}", spec.key)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", spec.key);
        figures.push(answer.json());
    }
    let anew = made(app).into_iter().filter(|(key, made)| before.get(key).unwrap_or(&0) < made).map(|(key, _)| key);
    (figures, anew.collect())
}

fn widgets(which: impl Fn(&Spec) -> bool) -> BTreeSet<&'static str> {
    ALL.iter().filter(|spec| which(spec)).map(|spec| spec.key).collect()
}

on_every_database!(a_write_makes_stale_exactly_the_widgets_that_depend_on_it, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    app.settle().await;
    let (admin, neighbour) = (app.signed_in("admin1").await, app.signed_in("admin2").await);
    ask(&app, &neighbour).await;
    assert_eq!(ask(&app, &admin).await.1, widgets(|_| true), "at first there is nothing");
    assert_eq!(ask(&app, &admin).await.1, BTreeSet::new(), "then all is kept");
    for (write, topics) in WRITES {
        test.sql(write).await;
        app.settle().await;
        let (kept, anew) = ask(&app, &admin).await;
        assert_eq!(anew, widgets(|spec| spec.topics.iter().any(|topic| topics.contains(topic))), "{write}");
        assert_eq!(ask(&app, &neighbour).await.1, BTreeSet::new(), "{write}: another company's is another's");
        app.forget_pages().await;
        assert_eq!(ask(&app, &admin).await.0, kept, "{write}: what was kept is what there is");
        ask(&app, &neighbour).await;
    }
});

#[test]
fn every_topic_is_written_and_every_widget_goes_stale_by_something() {
    let written: BTreeSet<_> = WRITES.iter().flat_map(|(_, topics)| topics.iter().take(1)).collect();
    assert_eq!(written, Topic::ALL.iter().collect(), "each topic by a write of its own");
}

on_every_database!(midnight_makes_stale_exactly_what_depends_on_the_day, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    app.settle().await;
    let (berlin, kathmandu) = (app.signed_in("admin1").await, app.signed_in("admin2").await);
    test.clock.set("2026-11-22T18:14:00Z".parse().unwrap());
    for browser in [&berlin, &kathmandu] {
        ask(&app, browser).await;
    }
    // A quarter past six in the evening in UTC is midnight in Kathmandu.
    test.clock.set(test.clock.now() + TimeDelta::minutes(1));
    let of_the_day = widgets(|spec| (spec.needs)(&Choices::default()).days > 0);
    assert!(!of_the_day.contains("customer_journey") && of_the_day.contains("policy_trend"));
    assert_eq!(ask(&app, &kathmandu).await.1, of_the_day);
    assert_eq!(ask(&app, &berlin).await.1, BTreeSet::new(), "its day goes on");
});

on_every_database!(a_write_through_rollcall_shows_in_the_next_answer, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    test.sql(
        "INSERT INTO notification_queues (id, company_id, notifiable_type, notifiable_id, channel, recipient, status, \
         error_message, created_at) VALUES (900, 1, 'customer', 100, 'sms', '+49 1', 'failed', 'no route', \
         '2026-11-21 10:00:00')",
    )
    .await;
    app.settle().await;
    let (mut manager, viewer) = (app.signed_in("manager1").await, app.signed_in("viewer1").await);
    let pages = [app.get(&manager, "/admin").await, app.get(&viewer, "/admin").await];
    assert!(pages.iter().all(|page| page.body.contains("data-badge=\"notifications\"")));
    assert!(pages[0].body.contains("/admin/notifications/900/retry") && !pages[1].body.contains("/retry"));
    ask(&app, &manager).await;
    app.post(&mut manager, "/admin/notifications/900/retry", &[]).await;
    for browser in [&manager, &viewer] {
        let page = app.get(browser, "/admin").await;
        assert!(!page.body.contains("data-badge=\"notifications\"") && !page.body.contains("/retry"));
    }
    assert_eq!(ask(&app, &manager).await.1, widgets(|spec| spec.topics.contains(&Notifications)));
});
