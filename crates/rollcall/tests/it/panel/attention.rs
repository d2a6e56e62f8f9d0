//! Failed notifications that are set aside.

use axum::http::StatusCode;

use super::fill;
use crate::support::app::TestApp;
use crate::support::{TestDb, on_every_database};

async fn lines(test: &TestDb, action: &str) -> i64 {
    test.value(&format!("SELECT COUNT(*) FROM audit_log WHERE company_id = 1 AND action = '{action}'")).await
}

async fn more(test: &TestDb, ids: std::ops::Range<i64>, message: &str) {
    for id in ids {
        test.sql(&format!(
            "INSERT INTO notification_queues (id, company_id, notifiable_type, notifiable_id, channel, recipient, status, \
             error_message, created_at) VALUES ({id}, 1, 'customer', 10, 'email', 'a', 'failed', '{message} {id}', \
             '2026-11-20 10:00:00')"
        ))
        .await;
    }
}

on_every_database!(what_is_set_aside_counts_and_needs_no_attention, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    app.settle().await;
    let mut manager = app.signed_in("manager1").await;
    let dashboard = app.get(&manager, "/admin").await.body;
    assert!(dashboard.contains("1 failed notification"), "{dashboard}");
    let page = app.get(&manager, "/admin/notifications/10").await.body;
    assert!(page.contains("/admin/notifications/10/set-aside") && !page.contains("/take-back"), "{page}");
    let done = app.post(&mut manager, "/admin/notifications/10/set-aside", &[("reason", "known")]).await;
    assert_eq!(done.header("location"), "/admin/notifications/10?notice=set_aside", "{}", done.body);
    let twice = app.post(&mut manager, "/admin/notifications/10/set-aside", &[]).await;
    assert_eq!(twice.header("location"), "/admin/notifications/10?notice=nothing_changed");
    let page = app.get(&manager, done.header("location")).await.body;
    assert!(page.contains("manager1 · ") && page.contains(" · known"), "{page}");
    assert!(page.contains("/admin/notifications/10/take-back") && page.contains("still counts as failed"), "{page}");
    // The badge and the widget say what they said; the notice and the page of failures do not.
    let status: String = test.value("SELECT status FROM notification_queues WHERE id = 10").await;
    assert_eq!(status, "failed");
    let dashboard = app.get(&manager, "/admin").await.body;
    assert!(dashboard.contains("data-badge=\"notifications\"") || dashboard.contains("1 failed"), "{dashboard}");
    assert!(!dashboard.contains("1 failed notification<"), "{dashboard}");
    let failed = app.get(&manager, "/admin/notifications/failed").await.body;
    assert!(failed.contains("No notification has failed"), "{failed}");
    let aside = app.get(&manager, "/admin/notifications?attention=aside").await.body;
    assert!(aside.contains("Own customer"), "{aside}");
    let open = app.get(&manager, "/admin/notifications?attention=open").await.body;
    assert!(!open.contains("c10@example.test"), "{open}");
    let back = app.post(&mut manager, "/admin/notifications/10/take-back", &[]).await;
    assert_eq!(back.header("location"), "/admin/notifications/10?notice=taken_back");
    assert!(app.get(&manager, "/admin/notifications/failed").await.body.contains("Mailbox"));
    assert_eq!((lines(test, "notification.set_aside").await, lines(test, "notification.taken_back").await), (1, 1));
});

on_every_database!(what_is_sent_again_is_set_aside_no_more, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    more(test, 100..104, "Broken").await;
    app.settle().await;
    let mut manager = app.signed_in("manager1").await;
    let form = [("reason", "Broken #"), ("do", "aside"), ("why", "all known")];
    let all = app.post(&mut manager, "/admin/notifications/failed", &form).await;
    assert_eq!(all.header("location"), "/admin/notifications/failed?notice=set_aside&n=4", "{}", all.body);
    let shown = app.get(&manager, all.header("location")).await.body;
    assert!(shown.contains("4 notifications were set aside.") && !shown.contains("Broken"), "{shown}");
    let again = app.post(&mut manager, "/admin/notifications/failed", &[("reason", "Broken #")]).await;
    assert_eq!(again.header("location"), "/admin/notifications/failed?notice=retried&n=0", "all but those");
    app.post(&mut manager, "/admin/notifications/100/retry", &[]).await;
    let left: i64 = test.value("SELECT COUNT(*) FROM rollcall_set_aside WHERE company_id = 1").await;
    assert_eq!(left, 3);
    // Another application sends one again, and it fails again.
    test.sql("UPDATE notification_queues SET retry_count = retry_count + 1 WHERE id = 101").await;
    let shown = app.get(&manager, "/admin/notifications/failed").await.body;
    assert!(shown.contains("Broken"), "{shown}");
    let once_more = app.post(&mut manager, "/admin/notifications/101/set-aside", &[]).await;
    assert_eq!(once_more.header("location"), "/admin/notifications/101?notice=set_aside");
});

on_every_database!(notifications_are_set_aside_by_those_who_may_and_their_own, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    app.settle().await;
    let mut viewer = app.signed_in("viewer1").await;
    let mut manager = app.signed_in("manager1").await;
    for what in ["set-aside", "take-back"] {
        let own = format!("/admin/notifications/10/{what}");
        assert_eq!(app.post(&mut viewer, &own, &[]).await.status, StatusCode::FORBIDDEN);
        let before: i64 = test.value("SELECT COUNT(*) FROM security_events").await;
        for foreign in [20, 99] {
            let foreign = format!("/admin/notifications/{foreign}/{what}");
            assert_eq!(app.post(&mut manager, &foreign, &[]).await.status, StatusCode::NOT_FOUND);
        }
        let after: i64 = test.value("SELECT COUNT(*) FROM security_events").await;
        assert_eq!(after - before, i64::from(what == "set-aside"));
    }
    assert!(!app.get(&viewer, "/admin/notifications/10").await.body.contains("/set-aside"));
    let rows: i64 = test.value("SELECT COUNT(*) FROM rollcall_set_aside").await;
    assert_eq!(rows, 0);
});
