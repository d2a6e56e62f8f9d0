//! Rows that are found by what no column of theirs says: what they hang on, and why they failed.

use super::fill;
use super::lists::{rows, shown};
use crate::support::app::TestApp;
use crate::support::{Backend, TestDb, on_every_database};

on_every_database!(policies_and_settings_are_found_by_type_and_place, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    test.sql("INSERT INTO staff (id, company_id, name) VALUES (11, 1, 'Özlem 50%'), (21, 2, 'Alien staff')").await;
    test.sql(
        "INSERT INTO policy_configurations (id, company_id, configurable_type, configurable_id, policy_type, config) VALUES \
         (11, 1, 'staff', 11, 'cancellation', '{}'), (12, 1, 'company', 1, 'late_arrival', '{}')",
    )
    .await;
    let admin = app.signed_in("admin1").await;
    for (list, word, found) in [
        ("policies", "no-show", 1),
        // Lists are found by the words of both languages.
        ("policies", "stornierung", 1),
        ("policies", "OWN+branch", 1),
        ("policies", "cancel+özlem", 1),
        ("policies", "company", 1),
        ("policies", "50%25", 1),
        ("policies", "%25", 1),
        ("policies", "no-show+özlem", 0),
        ("policies", "alien", 0),
        ("notification-configurations", "reminder", 1),
        ("notification-configurations", "sms+company", 1),
        ("notification-configurations", "email", 0),
    ] {
        test.recorder.take();
        let page = shown(&app, &admin, &format!("/admin/{list}?q={word}")).await;
        assert_eq!(rows(&page).len(), found, "{list} {word}: {:?}", rows(&page));
        assert!(test.recorder.count() <= 5, "{list} {word}");
        assert!(page.body.contains("type=\"search\""), "{list}");
    }
    for (order, first) in [("policy_type", "Cancellation"), ("-policy_type", "No-show")] {
        let page = shown(&app, &admin, &format!("/admin/policies?sort={order}")).await;
        assert!(rows(&page)[0].contains(first), "{order}: {:?}", rows(&page));
    }
});

/// A query of so many rows.
fn many(test: &TestDb, rows: u32) -> String {
    match test.backend {
        Backend::Sqlite => {
            format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) SELECT i FROM n")
        }
        Backend::MariaDb => format!("SELECT seq AS i FROM seq_1_to_{rows}"),
        Backend::Postgres => format!("SELECT i FROM generate_series(1, {rows}) AS i"),
    }
}

on_every_database!(failed_notifications_are_narrowed_to_a_reason, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    let add = |id: i64, company: i64, status: &str, error: &str, day: u32| {
        format!(
            "INSERT INTO notification_queues (id, company_id, notifiable_type, notifiable_id, channel, recipient, status, \
             error_message, created_at) VALUES ({id}, {company}, 'customer', {}, 'email', 'to{id}', '{status}', {error}, \
             '2026-11-{day:02} 10:00:00')",
            company * 10
        )
    };
    for text in [
        add(101, 1, "failed", "'Mailbox <full> 4'", 19),
        add(102, 1, "failed", "'Mailbox <full> 5'", 2),
        add(103, 1, "sent", "'Mailbox <full> 6'", 19),
        add(104, 1, "failed", "NULL", 19),
        add(105, 1, "failed", "'Timeout'", 19),
        add(201, 2, "failed", "'Mailbox <full> 7'", 19),
    ] {
        test.sql(&text).await;
    }
    app.settle().await;
    let admin = app.signed_in("admin1").await;
    let full = "reason=Mailbox+%3Cfull%3E+%23";
    for (query, found) in [
        (full.to_owned(), vec!["c10@", "to101", "to102"]),
        (format!("{full}&created_at_from=2026-11-10"), vec!["c10@", "to101"]),
        (format!("{full}&channel=sms"), vec![]),
        ("reason=unknown".to_owned(), vec!["to104"]),
        ("reason=nobody+knows".to_owned(), vec![]),
    ] {
        test.recorder.take();
        let page = shown(&app, &admin, &format!("/admin/notifications?{query}")).await;
        assert!(test.recorder.count() <= 5, "{query}: {:?}", test.recorder.recent());
        let rows = rows(&page);
        assert_eq!(rows.len(), found.len(), "{query}: {rows:?}");
        assert!(rows.iter().zip(&found).all(|(row, to)| row.contains(to)), "{query}: {rows:?}");
        assert!(page.body.contains("class=\"chip"), "it says what it is narrowed to: {query}");
        let file = shown(&app, &admin, &format!("/admin/notifications/export?format=csv&{query}")).await;
        assert_eq!(file.body.lines().count(), found.len() + 1, "{query}: {}", file.body);
    }
    // As many as are looked through: a page behind the first reads by two parts of a statement, each with all of them.
    test.sql(&format!(
        "INSERT INTO notification_queues (company_id, notifiable_type, notifiable_id, channel, recipient, status, error_message, created_at) \
         SELECT 1, 'customer', 10, 'sms', 'many', 'failed', 'Timeout', '2026-10-30 10:00:00' FROM ({}) many",
        many(test, 20_000)
    ))
    .await;
    let first = shown(&app, &admin, "/admin/notifications?reason=Timeout").await;
    let next = first.body.split("rel=\"next\" href=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let second = shown(&app, &admin, &next.replace("&#38;", "&")).await;
    assert_eq!(rows(&second).len(), 50, "{}", second.body);
    let card = shown(&app, &admin, "/admin/widgets/notification_errors").await;
    let behind = card.body.replace("&#38;", "&");
    for part in ["reason=Mailbox+%3Cfull%3E+%23", "status=failed", "reason=unknown"] {
        assert!(behind.contains(part), "{part}: {behind}");
    }
});
