//! What a row's page says of what became of it, and where it leads.

use rollcall::audit::{self, Actor, Entry};
use rollcall::db::Mode;
use serde_json::{Value, json};

use super::fill;
use crate::support::app::{Browser, TestApp};
use crate::support::{TestDb, on_every_database};

async fn line(
    test: &TestDb,
    (kind, id): (&'static str, i64),
    action: &str,
    before: Option<Value>,
    after: Option<Value>,
) {
    let tx = test.scope(1).await.db(&test.db).begin(Mode::Write).await.unwrap();
    let entry = Entry { action: action.to_owned(), subject_kind: kind, subject_id: Some(id), before, after };
    audit::record(&tx, &Actor::import("old"), &[entry], test.clock.now_utc()).await.unwrap();
    tx.commit().await.unwrap();
}

fn in_german(mut browser: Browser) -> Browser {
    browser.cookies.push(("rollcall_language".to_owned(), "de".to_owned()));
    browser
}

on_every_database!(a_history_is_told_in_words_names_and_amounts, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    app.settle().await;
    let state = json!({"id": 10, "branch_id": 10, "customer_id": 10, "price": "38.00", "status": "scheduled",
        "starts_at": "2026-11-30T23:30:00Z"});
    line(test, ("appointment", 10), "appointment.booked", None, Some(state)).await;
    let cancelled = json!({"status": "cancelled", "fee_charged": "8.50", "within_policy": true, "odd": "x <y>"});
    line(test, ("appointment", 10), "appointment.cancelled", Some(json!({"status": "scheduled"})), Some(cancelled))
        .await;
    // What is another company's, or gone, has a number.
    let before = json!({"staff_id": 20, "branch_id": 20, "service_id": 20, "customer_id": 20});
    line(test, ("appointment", 10), "appointment.updated", Some(before), Some(json!({"staff_id": 77}))).await;
    let restored =
        json!({"configurable_type": "company", "configurable_id": 1, "overrides_id": 9, "config": {"fee": "5"}});
    line(test, ("policy", 10), "policy.restored", None, Some(restored)).await;
    let violated = json!({"policy_type": "no_show", "appointment_id": 10, "customer_id": 10, "fee": "12.50"});
    line(test, ("policy", 10), "policy.violated", None, Some(violated)).await;
    let liked = |language: Option<&str>, theme: &str| json!({"language": language, "theme": theme, "hours": "24"});
    line(test, ("user", 2), "user.updated", Some(liked(None, "dark")), Some(liked(Some("de"), "light"))).await;
    let admin = app.signed_in("admin1").await;
    let expect = async |browser: &Browser, path: &str, parts: &[&str]| {
        test.recorder.take();
        let page = app.get(browser, path).await.body;
        let at_most = if path.contains("policies") { 8 } else { 5 };
        assert!(test.recorder.count() <= at_most, "{path}: {:?}", test.recorder.recent());
        for part in parts {
            assert!(page.contains(part), "{path} {part}: {page}");
        }
        assert!(!page.contains("Alien"), "{path}: {page}");
    };
    let appointment = [
        "Branch: <del>–</del> → <ins>Own branch</ins>",
        "Customer: <del>–</del> → <ins>Own customer</ins>",
        "Price: <del>–</del> → <ins>€38.00</ins>",
        "Start: <del>–</del> → <ins>1 Dec 2026, 00:30</ins>",
        "Status: <del>Scheduled</del> → <ins>Cancelled</ins>",
        "Fee: <del>–</del> → <ins>€8.50</ins>",
        "Within policy: <del>–</del> → <ins>Yes</ins>",
        "odd: <del>–</del> → <ins>x &#60;y&#62;</ins>",
        "With: <del>Member of staff 20</del> → <ins>Member of staff 77</ins>",
    ];
    expect(&admin, "/admin/appointments/10", &appointment).await;
    let policy = [
        "Applies to: <del>–</del> → <ins>Company 1</ins>",
        "Kind of target: <del>–</del> → <ins>Company</ins>",
        "Overrides: <del>–</del> → <ins>Policy 9</ins>",
        "Rule: <del>–</del> → <ins>fee €5.00</ins>",
        "Appointment: <del>–</del> → <ins>Appointment 10</ins>",
        "Fee: <del>–</del> → <ins>€12.50</ins>",
    ];
    expect(&admin, "/admin/policies/10", &policy).await;
    // A line of the log has a page of its own, which says the same in what the company counts in.
    test.sql("INSERT INTO company_settings (company_id, currency) VALUES (1, 'USD')").await;
    let id: i64 = test.value("SELECT id FROM audit_log WHERE action = 'appointment.cancelled'").await;
    let line = app.get(&admin, &format!("/admin/audit/{id}")).await.body;
    assert!(line.contains("Fee: <del>–</del> → <ins>$8.50</ins>"), "{line}");
    test.sql("DELETE FROM company_settings WHERE company_id = 1").await;
    let german = in_german(admin);
    let appointment = [
        "Filiale: <del>–</del> → <ins>Own branch</ins>",
        "Preis: <del>–</del> → <ins>38,00\u{a0}€</ins>",
        "Gebühr: <del>–</del> → <ins>8,50\u{a0}€</ins>",
        "Nach Richtlinie: <del>–</del> → <ins>Ja</ins>",
    ];
    expect(&german, "/admin/appointments/10", &appointment).await;
    expect(
        &german,
        "/admin/users/2",
        &["Sprache: <del>–</del> → <ins>Deutsch</ins>", "Darstellung: <del>Dunkel</del> → <ins>Hell</ins>"],
    )
    .await;
});

on_every_database!(a_message_says_what_its_parts_are, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    test.sql(
        "UPDATE notification_queues SET payload = '{\"body\": \"Bis bald\", \"subject\": \"Ihr Termin\"}' WHERE id = 10",
    )
    .await;
    app.settle().await;
    let manager = app.signed_in("manager1").await;
    let message = app.get(&manager, "/admin/notifications/10").await.body;
    assert!(message.contains("Subject: Ihr Termin · Text: Bis bald"), "{message}");
    let message = app.get(&in_german(manager), "/admin/notifications/10").await.body;
    assert!(message.contains("Betreff: Ihr Termin · Text: Bis bald"), "{message}");
});
