//! Pages of rows: what they show, where they lead, and to whom they are not there.

use axum::http::StatusCode;
use rollcall::audit::{self, Actor, Entry};
use rollcall::db::Mode;
use serde_json::json;

use super::{LISTS, fill};
use crate::support::app::TestApp;
use crate::support::{TestDb, on_every_database};

/// The row of the own company that [`fill`] makes, and one of its neighbour.
fn rows(list: &str) -> (i64, i64) {
    if list == "users" { (2, 5) } else { (10, 20) }
}

on_every_database!(a_row_has_a_page_with_all_its_fields_and_where_it_hangs, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    app.settle().await;
    let (admin, operator) = (app.signed_in("admin1").await, app.signed_in("operator").await);
    for (list, _) in LISTS {
        let (own, _) = rows(list);
        for (browser, company) in [(&admin, ""), (&operator, "?company=1")] {
            let path = format!("/admin/{list}/{own}{company}");
            assert!(
                app.get(browser, &format!("/admin/{list}{company}")).await.body.contains(&format!("href=\"{path}\"")),
                "{path}"
            );
            test.recorder.take();
            let page = app.get(browser, &path).await;
            assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.body);
            // Messages are on a customer's page, and the other policies on a policy's.
            let at_most = match list {
                "customers" => 7,
                "policies" => 8,
                _ => 6,
            };
            assert!(test.recorder.count() <= at_most, "{path}: {:?}", test.recorder.recent());
            assert!(!page.body.contains("Alien"), "{path}");
        }
    }
    let get = async |path: &str| app.get(&admin, path).await.body;
    let appointment = get("/admin/appointments/10").await;
    for part in [
        "1 Dec 2026, 00:30",
        "1 Dec 2026, 01:15",
        "€20.00",
        "href=\"/admin/customers/10\"",
        "href=\"/admin/staff/10\"",
        "href=\"/admin/services/10\"",
        "href=\"/admin/branches/10\"",
        "Nobody has changed this",
    ] {
        assert!(appointment.contains(part), "{part}: {appointment}");
    }
    let customer = get("/admin/customers/10").await;
    for part in
        ["/admin/appointments?customer_id=10", "/admin/notifications?notifiable_id=10&#38;notifiable_type=customer"]
    {
        assert!(customer.contains(&format!("href=\"{part}\"")), "{part}: {customer}");
    }
    let policy = get("/admin/policies/10").await;
    assert!(policy.contains("24 h notice") && policy.contains("href=\"/admin/branches/10\""), "{policy}");
    // What it names is gone: its number stays, and leads nowhere.
    test.sql("DELETE FROM staff WHERE id = 10").await;
    let appointment = get("/admin/appointments/10").await;
    assert!(appointment.contains("Member of staff 10") && !appointment.contains("/admin/staff/10"), "{appointment}");
});

on_every_database!(another_companys_row_is_not_there_and_asking_is_noted, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    app.settle().await;
    let admin = app.signed_in("admin1").await;
    for (list, _) in LISTS {
        let (_, foreign) = rows(list);
        let events = async || test.value::<i64>("SELECT COUNT(*) FROM security_events").await;
        let before = events().await;
        let theirs = app.get(&admin, &format!("/admin/{list}/{foreign}")).await;
        assert_eq!(events().await, before + 1, "{list}");
        let nobodys = app.get(&admin, &format!("/admin/{list}/999999")).await;
        assert_eq!((theirs.status, nobodys.status), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND), "{list}");
        let plain = |page: &crate::support::app::Answer| {
            page.body.replace(page.header("x-request-id"), "").replace(&foreign.to_string(), "").replace("999999", "")
        };
        assert_eq!(plain(&theirs), plain(&nobodys), "{list}");
        for odd in ["0", "-1", "x", "1;drop", "007", "99999999999999999999"] {
            assert_eq!(
                app.get(&admin, &format!("/admin/{list}/{odd}")).await.status,
                StatusCode::NOT_FOUND,
                "{list}/{odd}"
            );
        }
        assert_eq!(events().await, before + 1, "{list}: the rest is nobody's");
    }
    let manager = app.signed_in("manager1").await;
    assert_eq!(app.get(&manager, "/admin/users/2").await.status, StatusCode::FORBIDDEN);
    // A row that hangs on another company's, and one that is deleted, show nowhere.
    test.sql("UPDATE policy_configurations SET configurable_id = 20 WHERE id = 10").await;
    test.sql("UPDATE appointments SET deleted_at = '2026-11-20 10:00:00' WHERE id = 10").await;
    for gone in ["policies/10", "appointments/10"] {
        assert_eq!(app.get(&admin, &format!("/admin/{gone}")).await.status, StatusCode::NOT_FOUND, "{gone}");
    }
});

on_every_database!(a_row_has_its_history_for_those_who_may_change_it, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    app.settle().await;
    for (company, name) in [(1, "Own <hand>"), (2, "Alien hand")] {
        let tx = test.scope(company).await.db(&test.db).begin(Mode::Write).await.unwrap();
        let entry = Entry {
            action: "customer.updated".to_owned(),
            subject_kind: "customer",
            subject_id: Some(10),
            before: Some(json!({"journey_status": "lead", "name": "A"})),
            after: Some(json!({"journey_status": "vip", "name": "A"})),
        };
        audit::record(&tx, &Actor::import(name), &[entry], test.clock.now_utc()).await.unwrap();
        tx.commit().await.unwrap();
    }
    for (name, sees, all) in [("viewer1", false, false), ("manager1", true, false), ("admin1", true, true)] {
        let browser = app.signed_in(name).await;
        let page = app.get(&browser, "/admin/customers/10").await.body;
        for part in ["Own &#60;hand&#62;", "Customer status: <del>Lead</del> → <ins>VIP</ins>"] {
            assert_eq!(page.contains(part), sees, "{name} {part}: {page}");
        }
        assert_eq!(
            page.contains("href=\"/admin/audit?subject_kind=customer&#38;subject_id=10\""),
            all,
            "{name}: {page}"
        );
        assert_eq!(page.contains("Ask one of them"), !sees, "{name}");
        assert!(!page.contains("Alien"), "{name}");
    }
});

on_every_database!(a_page_leads_to_all_that_belongs_to_its_row, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    for (company, id) in [(1, 10), (1, 11), (2, 20)] {
        test.sql(&format!(
            "INSERT INTO appointment_modifications (company_id, appointment_id, customer_id, modification_type, \
             fee_charged, created_at) VALUES ({company}, {id}, {}, 'cancel', {id}.25, '2026-11-20 10:00:00')",
            company * 10
        ))
        .await;
    }
    app.settle().await;
    let admin = app.signed_in("admin1").await;
    for (page, list, shown) in [
        ("appointments", "modifications?appointment_id=10", "€10.25"),
        ("services", "appointments?service_id=10", "Own customer"),
        ("services", "policies?configurable_id=10&#38;configurable_type=service", ""),
        ("staff", "policies?configurable_id=10&#38;configurable_type=staff", ""),
        ("branches", "policies?configurable_id=10&#38;configurable_type=branch", "Own branch (Branch)"),
    ] {
        let record = app.get(&admin, &format!("/admin/{page}/10")).await.body;
        assert!(record.contains(&format!("href=\"/admin/{list}\"")), "{page}: {record}");
        let list = app.get(&admin, &format!("/admin/{}", list.replace("&#38;", "&"))).await;
        assert_eq!(list.status, StatusCode::OK, "{}", list.body);
        assert!(list.body.contains(shown) && !list.body.contains("Alien"), "{page}: {}", list.body);
        assert!(!list.body.contains("€11.25"), "{}", list.body);
    }
    let list = app.get(&admin, "/admin/modifications?appointment_id=10").await.body;
    assert!(list.contains("Appointment 10") && list.contains("href=\"/admin/modifications\""), "{list}");
});
