//! Rows that are deleted, and had back.

use axum::http::StatusCode;

use super::actions::field;
use super::fill;
use crate::support::app::{Answer, Browser, TestApp};
use crate::support::{TestDb, on_every_database};

/// The state of a form, as it is sent.
fn tag(page: &Answer) -> String {
    field(page, "tag").replace("&#34;", "\"")
}

async fn deleted(test: &TestDb, table: &str) -> bool {
    test.value::<i64>(&format!("SELECT COUNT(*) FROM {table} WHERE id = 10 AND deleted_at IS NOT NULL")).await == 1
}

async fn lines(test: &TestDb, action: &str) -> i64 {
    test.value(&format!("SELECT COUNT(*) FROM audit_log WHERE company_id = 1 AND action = '{action}'")).await
}

/// Deletes a row by its page; answers where that leads.
async fn delete(app: &TestApp<'_>, browser: &mut Browser, path: &str, confirm: &str) -> String {
    let page = app.get(browser, &format!("{path}/delete")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let form = [("tag", tag(&page)), ("confirm", confirm.to_owned())];
    let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let answer = app.post(browser, &format!("{path}/delete"), &form).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    answer.header("location").to_owned()
}

on_every_database!(a_policy_that_was_deleted_is_had_back, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    app.settle().await;
    let mut manager = app.signed_in("manager1").await;
    let record = app.get(&manager, "/admin/policies/10").await.body;
    assert!(record.contains("href=\"/admin/policies/10/delete\""), "{record}");
    let page = app.get(&manager, "/admin/policies/10/delete").await;
    for part in ["The policy holds no longer", "You can undo this for 30 days.", "Own branch"] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    let list = delete(&app, &mut manager, "/admin/policies/10", "").await;
    assert_eq!(list, "/admin/policies?notice=deleted&gone=10");
    assert!(deleted(test, "policy_configurations").await);
    let shown = app.get(&manager, &list).await.body;
    assert!(shown.contains("Policy “No-show” was deleted."), "{shown}");
    assert!(shown.contains("action=\"/admin/policies/10/restore\""), "{shown}");
    assert!(!shown.contains("Own branch (Branch)"), "it is in no list: {shown}");
    // The badge counts it no more; a second press is no fault.
    let twice = app.post(&mut manager, "/admin/policies/10/delete", &[("tag", "\"x\"")]).await;
    assert_eq!(twice.header("location"), "/admin/policies?notice=deleted&gone=10");
    let trash = app.get(&manager, "/admin/policies?deleted=yes").await.body;
    assert!(trash.contains("Own branch") && trash.contains("/admin/policies/10/restore"), "{trash}");
    assert!(!trash.contains("Alien") && !trash.contains("href=\"/admin/policies/10\""), "{trash}");
    let back = app.post(&mut manager, "/admin/policies/10/restore", &[]).await;
    assert_eq!(back.header("location"), "/admin/policies/10?notice=restored", "{}", back.body);
    assert!(!deleted(test, "policy_configurations").await);
    let again = app.post(&mut manager, "/admin/policies/10/restore", &[]).await;
    assert_eq!(again.header("location"), "/admin/policies/10?notice=restored", "a second press is no fault");
    assert_eq!((lines(test, "policy.deleted").await, lines(test, "policy.restored").await), (1, 1));
    let shown = app.get(&manager, &list).await.body;
    assert!(!shown.contains("/restore"), "what is there is not offered back: {shown}");
    let left: i64 = test.value("SELECT COUNT(*) FROM change_log WHERE company_id = 1").await;
    assert_eq!(left, 0, "settled");
});

on_every_database!(an_appointment_that_was_never_closed_is_deleted_once_it_has_begun, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    app.settle().await;
    let mut manager = app.signed_in("manager1").await;
    let page = app.get(&manager, "/admin/appointments/10/delete").await.body;
    assert!(page.contains("still to come") && !page.contains("name=\"tag\""), "{page}");
    test.sql("UPDATE appointments SET starts_at = '2026-11-20 10:00:00' WHERE id = 10").await;
    delete(&app, &mut manager, "/admin/appointments/10", "").await;
    assert!(deleted(test, "appointments").await);
});

on_every_database!(what_was_changed_since_or_long_ago_is_not_had_back, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    test.sql("UPDATE appointments SET status = 'completed' WHERE id = 10").await;
    app.settle().await;
    let mut manager = app.signed_in("manager1").await;
    delete(&app, &mut manager, "/admin/appointments/10", "").await;
    test.sql("UPDATE appointments SET price = 99 WHERE id = 10").await;
    let refused = app.post(&mut manager, "/admin/appointments/10/restore", &[]).await;
    assert_eq!(refused.header("location"), "/admin/appointments?notice=not_restored");
    let said = app.get(&manager, refused.header("location")).await.body;
    assert!(said.contains("It could not be restored") && said.contains("is-warning"), "{said}");
    test.sql("UPDATE appointments SET price = 20 WHERE id = 10").await;
    test.sql("UPDATE rollcall_deleted SET deleted_at = '2026-10-01 10:00:00'").await;
    let late = app.post(&mut manager, "/admin/appointments/10/restore", &[]).await;
    assert_eq!(late.header("location"), "/admin/appointments?notice=not_restored");
    let trash = app.get(&manager, "/admin/appointments?deleted=yes").await.body;
    assert!(trash.contains("Nothing was deleted here in the last 30 days."), "{trash}");
    assert!(deleted(test, "appointments").await);
    // What another application marks as deleted is its own.
    test.sql("DELETE FROM rollcall_deleted").await;
    assert_eq!(app.post(&mut manager, "/admin/appointments/10/restore", &[]).await.status, StatusCode::NOT_FOUND);
});

on_every_database!(what_is_in_use_or_to_come_stays_and_what_goes_for_good_asks_for_its_name, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    app.settle().await;
    let mut admin = app.signed_in("admin1").await;
    let open = app.get(&admin, "/admin/appointments/10/delete").await;
    assert!(open.body.contains("still to come") && !open.body.contains("name=\"tag\""), "{}", open.body);
    let used = app.get(&admin, "/admin/customers/10/delete").await;
    assert!(used.body.contains("Appointments: 1") && !used.body.contains("name=\"tag\""), "{}", used.body);
    assert_eq!(
        app.post(&mut admin, "/admin/customers/10/delete", &[("tag", "*"), ("confirm", "own customer")]).await.status,
        StatusCode::CONFLICT
    );
    assert_eq!(
        app.post(&mut admin, "/admin/appointments/10/delete", &[("tag", "*")]).await.status,
        StatusCode::CONFLICT
    );
    test.sql("INSERT INTO services (id, company_id, name) VALUES (11, 1, 'Idle')").await;
    app.settle().await;
    let page = app.get(&admin, "/admin/services/11/delete").await;
    assert!(page.body.contains("cannot be undone") && page.body.contains("enter “Idle”"), "{}", page.body);
    let tag = tag(&page);
    let wrong = app.post(&mut admin, "/admin/services/11/delete", &[("tag", &tag), ("confirm", "Idel")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", wrong.body);
    assert!(wrong.body.contains("aria-invalid"));
    test.sql("UPDATE services SET price = 7 WHERE id = 11").await;
    let stale = app.post(&mut admin, "/admin/services/11/delete", &[("tag", &tag), ("confirm", "Idle")]).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    let list = delete(&app, &mut admin, "/admin/services/11", " idle ").await;
    assert_eq!(list, "/admin/services?notice=deleted");
    let left: i64 = test.value("SELECT COUNT(*) FROM services WHERE id = 11").await;
    assert_eq!((left, lines(test, "service.deleted").await), (0, 1));
});

on_every_database!(rows_are_deleted_and_had_back_by_those_who_may_and_their_own, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    app.settle().await;
    let mut manager = app.signed_in("manager1").await;
    let mut alien = app.signed_in("manager2").await;
    let mut viewer = app.signed_in("viewer1").await;
    assert!(!app.get(&viewer, "/admin/policies/10").await.body.contains("/delete"));
    assert_eq!(app.get(&viewer, "/admin/policies/10/delete").await.status, StatusCode::FORBIDDEN);
    assert_eq!(app.get(&viewer, "/admin/policies?deleted=yes").await.status, StatusCode::FORBIDDEN);
    assert_eq!(app.post(&mut viewer, "/admin/policies/10/delete", &[("tag", "*")]).await.status, StatusCode::FORBIDDEN);
    delete(&app, &mut manager, "/admin/policies/10", "").await;
    assert_eq!(app.post(&mut viewer, "/admin/policies/10/restore", &[]).await.status, StatusCode::FORBIDDEN);
    let before: i64 = test.value("SELECT COUNT(*) FROM security_events").await;
    for path in ["/admin/policies/10/restore", "/admin/policies/10/delete"] {
        assert_eq!(app.post(&mut alien, path, &[("tag", "*")]).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let after: i64 = test.value("SELECT COUNT(*) FROM security_events").await;
    assert_eq!(after - before, 1, "one event for one row");
    let shown = app.get(&alien, "/admin/policies?deleted=yes").await.body;
    assert!(!shown.contains("Own branch"), "{shown}");
    let undo = app.get(&alien, "/admin/policies?notice=deleted&gone=10").await.body;
    assert!(!undo.contains("/restore"), "{undo}");
    assert_eq!(app.get(&manager, "/admin/services?deleted=yes").await.status, StatusCode::BAD_REQUEST);
    assert!(deleted(test, "policy_configurations").await);
});

on_every_database!(what_was_not_deleted_is_not_said_to_be_there_again, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    test.sql("UPDATE appointments SET status = 'completed' WHERE id = 10").await;
    app.settle().await;
    let mut manager = app.signed_in("manager1").await;
    let never = app.post(&mut manager, "/admin/appointments/10/restore", &[]).await;
    assert_eq!(never.header("location"), "/admin/appointments/10?notice=not_deleted", "{}", never.body);
    let said = app.get(&manager, never.header("location")).await.body;
    assert!(said.contains("It was not deleted") && !said.contains("there again"), "{said}");
    for (list, notice, reminds) in [("appointments", "appointment_restored", true), ("policies", "restored", false)] {
        let path = format!("/admin/{list}/10");
        let tag = field(&app.get(&manager, &format!("{path}/delete")).await, "tag").replace("&#34;", "\"");
        let gone = app.post(&mut manager, &format!("{path}/delete"), &[("tag", tag.as_str())]).await;
        assert_eq!(gone.status, StatusCode::SEE_OTHER, "{}", gone.body);
        for _ in 0..2 {
            let back = app.post(&mut manager, &format!("{path}/restore"), &[]).await;
            assert_eq!(back.header("location"), format!("{path}?notice={notice}"), "{}", back.body);
            let said = app.get(&manager, back.header("location")).await.body;
            assert!(said.contains("there again"), "{said}");
            assert_eq!(said.contains("Reminders that were taken out"), reminds, "{list}: {said}");
        }
    }
    let bulk = app.get(&manager, "/admin/policies/bulk?deleted=yes&act=restore&all=yes").await.body;
    assert!(!bulk.contains("Reminders that were taken out"), "{bulk}");
});
