//! What is done with rows: what is said before, what happens, and what does not.

use axum::http::StatusCode;

use super::fill;
use crate::support::app::{Answer, Browser, TestApp};
use crate::support::{TestDb, on_every_database};

/// The value of a field of a form.
pub fn field(page: &Answer, name: &str) -> String {
    let at = format!("name=\"{name}\" value=\"");
    let rest = page.body.split(&at).nth(1).unwrap_or_else(|| panic!("{name}: {}", page.body));
    rest.split('"').next().unwrap().to_owned()
}

async fn status(test: &TestDb) -> String {
    test.value("SELECT status FROM appointments WHERE id = 10").await
}

async fn policy(test: &TestDb, kind: &str, config: &str) {
    test.sql(&format!(
        "INSERT INTO policy_configurations (company_id, configurable_type, configurable_id, policy_type, config) \
         VALUES (1, 'company', 1, '{kind}', '{config}')"
    ))
    .await;
}

async fn ask(app: &TestApp<'_>, browser: &Browser, what: &str) -> Answer {
    let page = app.get(browser, &format!("/admin/appointments/10/{what}")).await;
    assert_eq!(page.status, StatusCode::OK, "{what}: {}", page.body);
    page
}

on_every_database!(an_appointment_is_cancelled_after_the_policy_was_shown, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    policy(test, "cancellation", "{\"hours_before\": 24, \"fee\": \"7.50\"}").await;
    app.settle().await;
    let mut manager = app.signed_in("manager1").await;
    let record = app.get(&manager, "/admin/appointments/10").await.body;
    assert!(record.contains("href=\"/admin/appointments/10/cancel\""), "{record}");
    let page = ask(&app, &manager, "cancel").await;
    for part in ["The policy allows it.", "Fee: €7.50", "Notice: 8 days 11 h", "Own customer", "See the policy"] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    assert!(!page.body.contains("name=\"force\""));
    let tag = field(&page, "tag");
    let path = "/admin/appointments/10/cancel";
    // Somebody else is faster.
    test.sql("UPDATE appointments SET updated_at = '2026-11-22 11:00:00' WHERE id = 10").await;
    let stale = app.post(&mut manager, path, &[("tag", &tag), ("reason", "is <ill>")]).await;
    assert_eq!(stale.status, StatusCode::CONFLICT, "{}", stale.body);
    assert!(
        stale.body.contains("Somebody has changed this") && stale.body.contains("is &#60;ill&#62;"),
        "{}",
        stale.body
    );
    assert!(!stale.body.contains("id=\"meanwhile\""), "another application says not who it was");
    for hostile in ["a\0b", "a\u{1b}b", "a\u{85}b"] {
        let wrong = app.post(&mut manager, path, &[("tag", &field(&stale, "tag")), ("reason", hostile)]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{hostile:?}: {}", wrong.body);
    }
    let unseen = app.post(&mut manager, path, &[("reason", "x")]).await;
    assert_eq!((unseen.status, status(test).await.as_str()), (StatusCode::CONFLICT, "confirmed"));
    let tag = field(&stale, "tag");
    let done =
        app.post(&mut manager, path, &[("tag", &tag), ("reason", "is <ill>\r\n\tagain"), ("by", "customer")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    assert_eq!(done.header("location"), "/admin/appointments/10?notice=cancelled");
    assert_eq!(status(test).await, "cancelled");
    let by: String = test.value("SELECT modified_by_type FROM appointment_modifications").await;
    let reason: String = test.value("SELECT reason FROM appointment_modifications").await;
    assert_eq!((by.as_str(), reason.as_str()), ("customer", "is <ill>\n\tagain"));
    let record = app.get(&manager, done.header("location")).await.body;
    for part in ["The appointment is cancelled.", "Cancelled", "<strong>manager1</strong>: cancelled"] {
        assert!(record.contains(part), "{part}: {record}");
    }
    assert!(!record.contains("/admin/appointments/10/cancel"), "there is nothing more to do");
    let again = app.get(&manager, path).await;
    assert!(again.body.contains("This cannot be done") && !again.body.contains("name=\"tag\""), "{}", again.body);
    let twice = app.post(&mut manager, path, &[("tag", &tag)]).await;
    assert_eq!(twice.status, StatusCode::CONFLICT);
});

on_every_database!(what_a_policy_denies_can_be_forced_knowingly, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    policy(test, "reschedule", "{\"hours_before\": 500, \"fee\": 5}").await;
    app.settle().await;
    let mut admin = app.signed_in("admin1").await;
    let page = ask(&app, &admin, "reschedule").await;
    for part in ["the notice is too short", "Fee if you do it nevertheless: €5.00", "name=\"force\"", "Europe/Berlin"]
    {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    assert!(page.body.contains("value=\"2026-12-01T00:30\""), "as it is, where the company is: {}", page.body);
    let tag = field(&page, "tag");
    let path = "/admin/appointments/10/reschedule";
    let post = async |browser: &mut Browser, form: &[(&str, &str)]| {
        let form: Vec<_> = form.iter().copied().chain([("tag", tag.as_str())]).collect();
        app.post(browser, path, &form).await
    };
    let denied = post(&mut admin, &[("starts_at", "2026-12-02T10:00")]).await;
    assert_eq!(denied.status, StatusCode::CONFLICT);
    assert!(denied.body.contains("value=\"2026-12-02T10:00\""), "what was typed stays: {}", denied.body);
    for (time, force) in [("2027-03-28T02:30", "yes"), ("2026-11-01T10:00", "yes"), ("soon", "yes"), ("", "yes")] {
        let wrong = post(&mut admin, &[("starts_at", time), ("force", force)]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{time}: {}", wrong.body);
        assert!(wrong.body.contains("aria-invalid=\"true\""), "{time}");
    }
    let done = post(&mut admin, &[("starts_at", "2026-12-02T10:00"), ("force", "yes")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let starts: i64 = test
        .value("SELECT COUNT(*) FROM appointments WHERE id = 10 AND starts_at = '2026-12-02 09:00:00' AND ends_at = '2026-12-02 09:45:00'")
        .await;
    let violations: i64 =
        test.value("SELECT COUNT(*) FROM appointment_modification_stats WHERE stat_type = 'violation'").await;
    assert_eq!((starts, violations), (1, 1));
});

on_every_database!(an_appointment_that_is_over_is_completed_or_was_missed, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    app.settle().await;
    let mut operator = app.signed_in("operator").await;
    let path = |what: &str| format!("/admin/appointments/10/{what}?company=1");
    let early = app.get(&operator, &path("no-show")).await;
    // The branch's policy of [`fill`].
    assert!(early.body.contains("Fee for not coming: €12.50"), "{}", early.body);
    let answer = app.post(&mut operator, &path("no-show"), &[("tag", &field(&early, "tag"))]).await;
    assert_eq!(answer.status, StatusCode::CONFLICT, "it has not begun: {}", answer.body);
    let early = app.get(&operator, &path("complete")).await;
    let answer = app.post(&mut operator, &path("complete"), &[("tag", &field(&early, "tag"))]).await;
    assert_eq!(answer.status, StatusCode::CONFLICT, "it has not taken place either: {}", answer.body);
    let record = async |by: &Browser| app.get(by, "/admin/appointments/10?company=1").await.body;
    let of_record = record(&operator).await;
    assert!(of_record.contains("/cancel?") && !of_record.contains("/complete?") && !of_record.contains("/no-show?"));
    test.sql("UPDATE appointments SET starts_at = '2026-11-20 10:00:00' WHERE id = 10").await;
    let of_record = record(&operator).await;
    assert!(of_record.contains("/complete?") && of_record.contains("/no-show?"));
    let page = app.get(&operator, &path("no-show")).await;
    let answer = app.post(&mut operator, &path("no-show"), &[("tag", &field(&page, "tag"))]).await;
    assert_eq!(answer.header("location"), "/admin/appointments/10?notice=no_show&company=1", "{}", answer.body);
    assert_eq!(status(test).await, "no_show");
    // It was a mistake.
    let of_record = record(&operator).await;
    assert!(of_record.contains("/reopen?") && !of_record.contains("/no-show?"), "{of_record}");
    let page = app.get(&operator, &path("reopen")).await;
    for part in ["Its status becomes: Confirmed", "its fee of €12.50 is not charged", "/admin/policies/10"] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    let answer = app.post(&mut operator, &path("reopen"), &[("tag", &field(&page, "tag"))]).await;
    assert_eq!(answer.header("location"), "/admin/appointments/10?notice=reopened&company=1", "{}", answer.body);
    let told = app.get(&operator, answer.header("location")).await.body;
    assert!(told.contains("The appointment is open again.") && told.contains(": reopened"), "{told}");
    let violations: i64 = test.value("SELECT COUNT(*) FROM appointment_modification_stats").await;
    assert_eq!((status(test).await.as_str(), violations), ("confirmed", 0));
    let again = app.get(&operator, &path("reopen")).await;
    assert!(again.body.contains("Only an appointment that was completed") && !again.body.contains("name=\"tag\""));
    let page = app.get(&operator, &path("complete")).await;
    let answer = app.post(&mut operator, &path("complete"), &[("tag", &field(&page, "tag"))]).await;
    assert_eq!((answer.status, status(test).await.as_str()), (StatusCode::SEE_OTHER, "completed"), "{}", answer.body);
});

on_every_database!(actions_are_for_those_who_may_on_their_own_rows_from_our_own_pages, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    app.settle().await;
    let mut viewer = app.signed_in("viewer1").await;
    assert!(!app.get(&viewer, "/admin/appointments/10").await.body.contains("/cancel"));
    let mut manager = app.signed_in("manager1").await;
    for what in ["cancel", "reschedule", "complete", "no-show", "reopen"] {
        let own = format!("/admin/appointments/10/{what}");
        assert_eq!(app.get(&viewer, &own).await.status, StatusCode::FORBIDDEN);
        assert_eq!(app.post(&mut viewer, &own, &[]).await.status, StatusCode::FORBIDDEN);
        let before: i64 = test.value("SELECT COUNT(*) FROM security_events").await;
        for foreign in [format!("/admin/appointments/20/{what}"), format!("/admin/appointments/99/{what}")] {
            assert_eq!(app.get(&manager, &foreign).await.status, StatusCode::NOT_FOUND);
            let answer = app.post(&mut manager, &foreign, &[("tag", "x"), ("starts_at", "2026-12-02T10:00")]).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{foreign}");
        }
        let after: i64 = test.value("SELECT COUNT(*) FROM security_events").await;
        assert_eq!(after - before, i64::from(what == "cancel"), "{what}: one event for one row");
        let foreign = manager
            .request("POST", &own)
            .header("origin", "https://evil.example")
            .header("sec-fetch-site", "cross-site")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(axum::body::Body::from("tag=x"))
            .unwrap();
        assert_eq!(app.send(foreign).await.status, StatusCode::FORBIDDEN);
    }
    assert_eq!(status(test).await, "confirmed");
});

on_every_database!(failed_notifications_are_sent_again_one_by_one_or_by_their_reason, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    for id in 100..106 {
        let message = if id < 104 { format!("'Mailbox <full> {id}'") } else { "NULL".to_owned() };
        test.sql(&format!(
            "INSERT INTO notification_queues (id, company_id, notifiable_type, notifiable_id, channel, recipient, status, \
             error_message, created_at) VALUES ({id}, 1, 'customer', 10, 'email', 'a', 'failed', {message}, NULL)"
        ))
        .await;
    }
    app.settle().await;
    let failed = async |company: i64| -> i64 {
        test.value(&format!(
            "SELECT COUNT(*) FROM notification_queues WHERE status = 'failed' AND company_id = {company}"
        ))
        .await
    };
    let mut viewer = app.signed_in("viewer1").await;
    let page = "/admin/notifications/failed";
    let shown = app.get(&viewer, page).await;
    assert!(shown.body.contains("Mailbox &#60;full&#62; #") && !shown.body.contains("Send all"), "{}", shown.body);
    assert_eq!(app.post(&mut viewer, page, &[("reason", "unknown")]).await.status, StatusCode::FORBIDDEN);
    let mut manager = app.signed_in("manager1").await;
    let one =
        app.post(&mut manager, "/admin/notifications/10/retry", &[("return_to", "/admin/notifications/10")]).await;
    assert_eq!(one.header("location"), "/admin/notifications/10?notice=retried");
    assert!(app.get(&manager, one.header("location")).await.body.contains("will be sent again"));
    assert_eq!(failed(1).await, 6);
    assert!(app.get(&manager, "/admin/notifications").await.body.contains(&format!("href=\"{page}\"")));
    let asked = app.get(&manager, &format!("{page}?reason=Mailbox+%3Cfull%3E+%23")).await;
    assert!(asked.body.contains("4 notifications failed for this reason"), "{}", asked.body);
    let answer = app.post(&mut manager, page, &[("reason", "Mailbox <full> #")]).await;
    assert_eq!(answer.header("location"), "/admin/notifications/failed?notice=retried&n=4", "{}", answer.body);
    assert_eq!((failed(1).await, failed(2).await), (2, 1), "no neighbour's");
    let after = app.get(&manager, answer.header("location")).await.body;
    assert!(after.contains("4 notifications will be sent again.") && after.contains("No reason given"), "{after}");
    let lines: i64 = test.value("SELECT COUNT(*) FROM audit_log WHERE action = 'notification.retried'").await;
    assert_eq!(lines, 5);
    let answer = app.post(&mut manager, page, &[("reason", "Mailbox <full> #")]).await;
    assert_eq!(answer.header("location"), "/admin/notifications/failed?notice=retried&n=0");
});

on_every_database!(what_was_sent_again_counts_though_the_rest_fails, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    let rows: Vec<_> = (100..700)
        .map(|id| {
            let created = if id == 100 { "2026-11-01 10:00:00" } else { "2026-11-20 10:00:00" };
            format!("({id}, 1, 'customer', 10, 'email', 'a', 'failed', 'Broken {id}', '{created}')")
        })
        .collect();
    test.sql(&format!(
        "INSERT INTO notification_queues (id, company_id, notifiable_type, notifiable_id, channel, recipient, status, \
         error_message, created_at) VALUES {}",
        rows.join(", ")
    ))
    .await;
    // The oldest one, which is in the last transaction, cannot be changed.
    let most = "UPDATE notification_queues SET retry_count = 2147483647 WHERE id = 100";
    let never = "CREATE TRIGGER never BEFORE UPDATE ON notification_queues WHEN NEW.id = 100 AND NEW.status = 'pending' \
                 BEGIN SELECT RAISE(ABORT, 'never'); END";
    test.sql(test.db.dialect().pick(never, most, most)).await;
    app.settle().await;
    let mut manager = app.signed_in("manager1").await;
    let answer = app.post(&mut manager, "/admin/notifications/failed", &[("reason", "Broken #")]).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{}", answer.body);
    let again: i64 = test.value("SELECT COUNT(*) FROM notification_queues WHERE status = 'pending'").await;
    let left: i64 = test.value("SELECT COUNT(*) FROM change_log WHERE company_id = 1").await;
    assert_eq!((again, left), (500, 0), "what is committed is settled");
});
