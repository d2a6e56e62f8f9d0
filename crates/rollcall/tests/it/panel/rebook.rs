//! Appointments that are corrected: what for, with whom, where, and what they cost.

use axum::http::StatusCode;

use super::actions::field;
use super::fill;
use crate::support::app::{Answer, Browser, TestApp};
use crate::support::{TestDb, on_every_database};

const PATH: &str = "/admin/appointments/10/edit";

fn tag(page: &Answer) -> String {
    field(page, "tag").replace("&#34;", "\"")
}

/// A branch, a service and somebody of the staff beside those of [`fill`], who has an appointment at the same time.
async fn others(test: &TestDb) {
    for text in [
        "INSERT INTO branches (id, company_id, name) VALUES (11, 1, 'Other branch')",
        "INSERT INTO services (id, company_id, name, duration_minutes, price) VALUES (11, 1, 'Other service', 30, 9)",
        "INSERT INTO staff (id, company_id, branch_id, name) VALUES (11, 1, 11, 'Other <staff>')",
        "INSERT INTO staff (id, company_id, branch_id, name) VALUES (12, 1, 11, 'Idle staff')",
        "INSERT INTO services (id, company_id, name, duration_minutes, is_active) VALUES (12, 1, 'Old service', 30, '0')",
        "INSERT INTO appointments (id, company_id, staff_id, customer_id, starts_at, ends_at, status) \
         VALUES (11, 1, 11, 10, '2026-12-01 00:00:00', '2026-12-01 01:00:00', 'scheduled')",
    ] {
        test.sql(&text.replace("'0'", test.db.dialect().pick("0", "0", "FALSE"))).await;
    }
}

async fn save(app: &TestApp<'_>, by: &mut Browser, tag: &str, form: &[(&str, &str)]) -> Answer {
    let form: Vec<_> = [("tag", tag)].into_iter().chain(form.iter().copied()).collect();
    app.post(by, PATH, &form).await
}

async fn is(test: &TestDb, what: &str) -> bool {
    test.value::<i64>(&format!("SELECT COUNT(*) FROM appointments WHERE id = 10 AND {what}")).await == 1
}

on_every_database!(an_appointment_is_corrected_as_the_api_would, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    others(test).await;
    app.settle().await;
    let mut manager = app.signed_in("manager1").await;
    let record = app.get(&manager, "/admin/appointments/10").await.body;
    assert!(record.contains(&format!("href=\"{PATH}\"")), "{record}");
    test.recorder.take();
    let page = app.get(&manager, PATH).await;
    assert!(test.recorder.count() <= 5, "{:?}", test.recorder.recent());
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    for part in [
        "Own customer",
        "1 Dec 2026, 00:30",
        "Confirmed",
        "<option value=\"10\" selected>Own service</option>",
        "<option value=\"10\" selected>Own staff</option>",
        "<option value=\"11\">Other &#60;staff&#62;</option>",
        "value=\"20.00\"",
        "data-guarded",
        "href=\"/admin/appointments/10\" data-list",
    ] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    for hidden in ["Alien", "Old service", "name=\"customer_id\"", "name=\"starts_at\"", "name=\"status\""] {
        assert!(!page.body.contains(hidden), "{hidden}: {}", page.body);
    }
    let form = [("branch_id", "11"), ("service_id", "11"), ("staff_id", "12"), ("price", "1.234,50")];
    // What nobody can change here is not taken either.
    let more: Vec<_> = form.into_iter().chain([("status", "cancelled"), ("customer_id", "20")]).collect();
    let saved = save(&app, &mut manager, &tag(&page), &more).await;
    assert_eq!(saved.header("location"), "/admin/appointments/10?notice=saved", "{}", saved.body);
    assert!(
        is(
            test,
            "branch_id = 11 AND service_id = 11 AND staff_id = 12 AND price = 1234.5 AND status = 'confirmed' \
             AND customer_id = 10 AND ends_at = '2026-12-01 00:15:00'"
        )
        .await
    );
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM change_log WHERE company_id = 1").await, 0, "settled");
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM notification_queues WHERE status = 'pending'").await, 0);
    let record = app.get(&manager, saved.header("location")).await.body;
    for part in [
        "Saved.",
        "With: <del>Own staff</del> → <ins>Idle staff</ins>",
        "Branch: <del>Own branch</del> → <ins>Other branch</ins>",
        "Price: <del>€20.00</del> → <ins>€1,234.50</ins>",
    ] {
        assert!(record.contains(part), "{part}: {record}");
    }
    let seen = tag(&app.get(&manager, PATH).await);
    let none = save(&app, &mut manager, &seen, &[]).await;
    assert_eq!(none.status, StatusCode::SEE_OTHER, "{}", none.body);
    assert!(is(test, "branch_id IS NULL AND service_id IS NULL AND staff_id IS NULL AND price IS NULL").await);
});

on_every_database!(who_is_busy_then_is_asked_about_and_overruled_by_a_tick, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    others(test).await;
    app.settle().await;
    let mut manager = app.signed_in("manager1").await;
    let seen = tag(&app.get(&manager, PATH).await);
    let form = [("branch_id", "10"), ("service_id", "10"), ("staff_id", "11"), ("price", "20")];
    let busy = save(&app, &mut manager, &seen, &form).await;
    assert_eq!(busy.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", busy.body);
    for part in [
        "Nothing was saved yet",
        "They have another appointment then: 1 Dec 2026, 01:00 – 1 Dec 2026, 02:00",
        "href=\"/admin/appointments/11\"",
        "name=\"anyway\"",
        "<option value=\"11\" selected>",
    ] {
        assert!(busy.body.contains(part), "{part}: {}", busy.body);
    }
    assert!(is(test, "staff_id = 10").await);
    assert_eq!(tag(&busy), seen, "nobody was told of another change");
    let ticked: Vec<_> = form.into_iter().chain([("anyway", "yes")]).collect();
    assert_eq!(save(&app, &mut manager, &seen, &ticked).await.status, StatusCode::SEE_OTHER);
    assert!(is(test, "staff_id = 11").await);
    // Whoever changes something else is not asked again; nor is anybody of one that is over.
    let seen = tag(&app.get(&manager, PATH).await);
    let other: Vec<_> =
        form.into_iter().map(|(name, value)| if name == "price" { (name, "30") } else { (name, value) }).collect();
    assert_eq!(save(&app, &mut manager, &seen, &other).await.status, StatusCode::SEE_OTHER);
    test.sql("UPDATE appointments SET staff_id = 10, status = 'completed' WHERE id = 10").await;
    let seen = tag(&app.get(&manager, PATH).await);
    assert_eq!(save(&app, &mut manager, &seen, &form).await.status, StatusCode::SEE_OTHER);
});

on_every_database!(what_will_not_do_and_who_may_not_change_nothing, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    others(test).await;
    app.settle().await;
    let (mut manager, mut viewer) = (app.signed_in("manager1").await, app.signed_in("viewer1").await);
    let seen = tag(&app.get(&manager, PATH).await);
    let form = |price: &'static str, staff: &'static str| [("staff_id", staff), ("price", price)];
    let wrong = save(&app, &mut manager, &seen, &form("viel", "12")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", wrong.body);
    assert!(wrong.body.contains("id=\"error-price\"") && wrong.body.contains("value=\"viel\""), "{}", wrong.body);
    let events = async || test.value::<i64>("SELECT COUNT(*) FROM security_events").await;
    let before = events().await;
    let foreign = save(&app, &mut manager, &seen, &form("20", "20")).await;
    assert_eq!((foreign.status, events().await), (StatusCode::UNPROCESSABLE_ENTITY, before + 1), "{}", foreign.body);
    assert!(!foreign.body.contains("Alien"), "{}", foreign.body);
    assert_eq!(app.get(&viewer, PATH).await.status, StatusCode::FORBIDDEN);
    assert_eq!(save(&app, &mut viewer, &seen, &form("1", "12")).await.status, StatusCode::FORBIDDEN);
    assert!(!app.get(&viewer, "/admin/appointments/10").await.body.contains(PATH));
    assert_eq!(app.get(&manager, "/admin/appointments/20/edit").await.status, StatusCode::NOT_FOUND);
    let theirs = app.post(&mut manager, "/admin/appointments/20/edit", &[("tag", seen.as_str())]).await;
    assert_eq!(theirs.status, StatusCode::NOT_FOUND);
    assert!(is(test, "staff_id = 10 AND price = 20").await);
});

on_every_database!(the_second_of_two_is_told_who_was_first_however_that_was, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    others(test).await;
    app.settle().await;
    let (mut manager, mut admin) = (app.signed_in("manager1").await, app.signed_in("admin1").await);
    let cancel = "/admin/appointments/10/cancel";
    let (seen, to_cancel) = (tag(&app.get(&manager, PATH).await), tag(&app.get(&manager, cancel).await));
    let form = [("branch_id", "10"), ("service_id", "10"), ("staff_id", "12"), ("price", "25")];
    assert_eq!(save(&app, &mut admin, &seen, &form).await.status, StatusCode::SEE_OTHER);
    let told =
        ["Changed by admin1, 22 Nov 2026, 13:00.", "With: <del>Own staff</del> → <ins>Idle staff</ins>", "€25.00"];
    let late = save(&app, &mut manager, &seen, &form).await;
    assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.body);
    let late_to_cancel = app.post(&mut manager, cancel, &[("tag", to_cancel.as_str())]).await;
    assert_eq!(late_to_cancel.status, StatusCode::CONFLICT);
    for part in told {
        assert!(late.body.contains(part), "{part}: {}", late.body);
        assert!(late_to_cancel.body.contains(part), "{part}: {}", late_to_cancel.body);
    }
    // And of what is done by another page.
    let seen = tag(&late);
    let to_cancel = tag(&app.get(&admin, cancel).await);
    let done = app.post(&mut admin, cancel, &[("tag", to_cancel.as_str())]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let late = save(&app, &mut manager, &seen, &form).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.body.contains("Status: <del>Confirmed</del> → <ins>Cancelled</ins>"), "{}", late.body);
});
