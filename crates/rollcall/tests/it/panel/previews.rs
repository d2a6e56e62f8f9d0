//! What a policy would have done, and where it stands: what people see of it.

use axum::body::Body;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;

use super::fill;
use crate::support::app::{Answer, Browser, TestApp};
use crate::support::{TestDb, on_every_database};

async fn policy(test: &TestDb, id: i64, on: &str, kind: &str, config: &str, overrides: Option<i64>) {
    let is_override = if overrides.is_some() { "TRUE" } else { "FALSE" };
    let overrides = overrides.map_or_else(|| "NULL".to_owned(), |id| id.to_string());
    test.sql(&format!(
        "INSERT INTO policy_configurations (id, company_id, configurable_type, configurable_id, policy_type, config, \
         is_override, overrides_id) VALUES ({id}, 1, {on}, '{kind}', '{config}', {is_override}, {overrides})"
    ))
    .await;
}

/// Three cancellations of the company 1, with 40, 20 and 2 hours' notice, and one of the company 2.
async fn cancellations(test: &TestDb) {
    for (id, company, hours) in [(51, 1, 40), (52, 1, 20), (53, 1, 2), (54, 2, 2)] {
        let start = 20 * 24 + 8 + hours;
        test.sql(&format!(
            "INSERT INTO appointments (id, company_id, branch_id, service_id, customer_id, starts_at, ends_at, status, price) \
             VALUES ({id}, {company}, {company}0, {company}0, {company}0, '2026-11-{:02} {:02}:00:00', \
             '2026-11-{:02} {:02}:30:00', 'cancelled', 50)",
            start / 24, start % 24, start / 24, start % 24
        ))
        .await;
        test.sql(&format!(
            "INSERT INTO appointment_modifications (id, company_id, appointment_id, customer_id, modification_type, created_at) \
             VALUES ({id}, {company}, {id}, {company}0, 'cancel', '2026-11-20 08:00:00')"
        ))
        .await;
    }
}

async fn world(test: &TestDb) -> TestApp<'_> {
    let app = TestApp::new(test).await;
    fill(test).await;
    policy(test, 30, "'company', 1", "cancellation", "{\"hours_before\": 24, \"fee\": 5}", None).await;
    policy(test, 31, "'branch', 10", "cancellation", "{\"fee\": 7}", Some(30)).await;
    policy(test, 32, "'staff', 10", "cancellation", "{\"hours_before\": 1}", None).await;
    policy(test, 33, "'company', 1", "payment", "{\"fee\": 9}", None).await;
    test.ids_go_on("policy_configurations").await;
    cancellations(test).await;
    test.ids_go_on("appointments").await;
    app.settle().await;
    app
}

/// The text of a page between its tags, blanks folded.
fn text(answer: &Answer) -> String {
    let inside = answer.body.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text));
    inside.collect::<Vec<_>>().join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The rows of all tables that a preview could write to.
async fn rows(test: &TestDb) -> Vec<i64> {
    let mut counts = Vec::new();
    for table in ["policy_configurations", "rollcall_audit", "change_log", "notification_queues"] {
        let table = if table == "rollcall_audit" { "audit_log" } else { table };
        counts.push(test.value::<i64>(&format!("SELECT COUNT(*) FROM {table}")).await);
    }
    counts
}

const COMPANYS: [(&str, &str); 5] =
    [("is_active", "true"), ("hours_before", "1"), ("fee_kind", "fee"), ("fee", "6"), ("overrides_id", "")];

on_every_database!(a_preview_says_what_changes_and_writes_nothing, async |test: &TestDb| {
    let app = world(test).await;
    let mut manager = app.signed_in("manager1").await;
    let before = rows(test).await;
    // The branch's override has a fee of its own, and the notice of the company's policy.
    let page = app.post(&mut manager, "/admin/policies/30/preview", &COMPANYS).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let shown = text(&page);
    for part in [
        "of 3 cancellations this policy has a say in 3",
        "Allowed 1 3 +2",
        "Denied 2 0 −2",
        "… because the notice was too short 2 0 −2",
        "Fees of what is allowed €7.00 €21.00 +€14.00",
        "Fees of what is denied, if all of it were forced €14.00 €0.00 −€14.00",
        "2 in all; of these 2 become allowed or denied",
        "1 h notice This policy fee €6.00 This policy",
        "Is overridden by Own branch (Branch, 31)",
        "these win where they apply Own branch (Branch, 31) Own staff (Member of staff, 32)",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(!shown.contains("Alien") && page.body.contains("name=\"fee\"") && page.body.contains("value=\"6\""));
    // The policy as it is changes nothing.
    let same = [("is_active", "true"), ("hours_before", "24"), ("fee_kind", "fee"), ("fee", "5"), ("overrides_id", "")];
    let shown = text(&app.post(&mut manager, "/admin/policies/30/preview", &same).await);
    assert!(shown.contains("every answer and every fee stays as it is") && shown.contains("Allowed 1 1 0"), "{shown}");
    // Switched off, the branch's override has nothing beneath it.
    let off = [("hours_before", "24"), ("fee_kind", "fee"), ("fee", "5"), ("overrides_id", "")];
    let shown = text(&app.post(&mut manager, "/admin/policies/30/preview", &off).await);
    assert!(shown.contains("Allowed 1 3 +2"), "{shown}");
    // One that is not there yet wins over older ones on the same place.
    let new = [
        ("policy_type", "cancellation"),
        ("target", "service:10"),
        ("is_active", "true"),
        ("hours_before", "30"),
        ("fee_kind", "fee_percentage"),
        ("fee_percentage", "50"),
        ("overrides_id", ""),
    ];
    let page = app.post(&mut manager, "/admin/policies/preview", &new).await;
    let shown = text(&page);
    assert!(shown.contains("Fees of what is allowed €7.00 €25.00 +€18.00"), "{shown}");
    assert!(shown.contains("Own customer 0 +€54.00"), "{shown}");
    assert_eq!(rows(test).await, before, "nothing is written");
});

on_every_database!(a_fragment_is_the_panel_alone_and_says_what_will_not_do, async |test: &TestDb| {
    let app = world(test).await;
    let manager = app.signed_in("manager1").await;
    let ask = async |body: &str| {
        let request = manager.request("POST", "/admin/policies/30/preview").header("hx-request", "true");
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        app.send(request.body(Body::from(body.to_owned())).unwrap()).await
    };
    let panel = ask("is_active=true&hours_before=1&fee_kind=fee&fee=6&overrides_id=").await;
    assert_eq!(panel.status, StatusCode::OK);
    assert!(panel.body.starts_with("<section") && !panel.body.contains("<html"), "{}", panel.body);
    assert!(panel.body.ends_with("<div id=\"refused\" hx-swap-oob=\"true\"></div>"), "{}", panel.body);
    let wrong = ask("is_active=true&hours_before=soon&fee_kind=fee&fee=6&overrides_id=").await;
    assert_eq!(wrong.status, StatusCode::OK, "or it is not swapped in");
    assert!(
        wrong.body.contains("some values will not do") && wrong.body.contains("Notice, in hours:"),
        "{}",
        wrong.body
    );
});

on_every_database!(each_type_says_what_it_can, async |test: &TestDb| {
    let app = world(test).await;
    test.sql("UPDATE appointments SET status = 'no_show', starts_at = '2026-11-21 10:00:00' WHERE id IN (10, 20)")
        .await;
    let mut admin = app.signed_in("admin1").await;
    let no_show = [("is_active", "true"), ("fee_kind", "fee"), ("fee", "20"), ("overrides_id", "")];
    let shown = text(&app.post(&mut admin, "/admin/policies/10/preview", &no_show).await);
    assert!(shown.contains("of 1 missed appointments this policy has a say in 1"), "{shown}");
    assert!(shown.contains("Fees for not coming €12.50 €20.00 +€7.50"), "{shown}");
    let payment = [("is_active", "true"), ("fee_kind", "fee"), ("fee", "20"), ("overrides_id", "")];
    let shown = text(&app.post(&mut admin, "/admin/policies/33/preview", &payment).await);
    assert!(shown.contains("nothing can be tried on it") && shown.contains("fee €20.00 This policy"), "{shown}");
    let reschedule =
        [("policy_type", "reschedule"), ("target", "company:1"), ("is_active", "true"), ("fee_kind", "standard")];
    let shown = text(&app.post(&mut admin, "/admin/policies/preview", &reschedule).await);
    assert!(shown.contains("of 0 reschedules this policy has a say in 0"), "{shown}");
});

on_every_database!(who_may_not_write_sees_no_preview_and_nobody_anothers, async |test: &TestDb| {
    let app = world(test).await;
    let mut viewer = app.signed_in("viewer1").await;
    for path in ["/admin/policies/30/preview", "/admin/policies/preview"] {
        let answer = app.post(&mut viewer, path, &COMPANYS).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
    }
    let mut other: Browser = app.signed_in("manager2").await;
    let answer = app.post(&mut other, "/admin/policies/30/preview", &COMPANYS).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(app.get(&other, "/admin/policies/30/preview").await.status, StatusCode::NOT_FOUND);
    let events = "SELECT COUNT(*) FROM security_events WHERE kind = 'foreign_row'";
    let known: i64 = test.value(events).await;
    assert!(known > 0);
    // Nor on a place of another company.
    let crossing =
        [("policy_type", "cancellation"), ("target", "branch:10"), ("is_active", "true"), ("fee_kind", "standard")];
    let answer = app.post(&mut other, "/admin/policies/preview", &crossing).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
    assert!(test.value::<i64>(events).await > known && !answer.body.contains("Own branch"));
});

on_every_database!(a_policys_page_says_where_it_stands, async |test: &TestDb| {
    let app = world(test).await;
    let viewer = app.signed_in("viewer1").await;
    let branchs = app.get(&viewer, "/admin/policies/31").await;
    let shown = text(&branchs);
    for part in [
        "Applies to: Own branch (Branch)",
        "This policy applies to its place",
        "24 h notice Company 1 (Company, 30) fee €7.00 This policy",
        "Overrides Company 1 (Company, 30)",
        "these win where they apply Own staff (Member of staff, 32)",
        "these yield to it Company 1 (Company, 30)",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(
        branchs.body.contains("href=\"/admin/branches/10\"") && branchs.body.contains("href=\"/admin/policies/30\"")
    );
    let companys = text(&app.get(&viewer, "/admin/policies/30").await);
    assert!(companys.contains("Is overridden by Own branch (Branch, 31)"), "{companys}");
    // A newer one on the same place, and one that is switched off.
    policy(test, 40, "'company', 1", "cancellation", "{\"fee\": 1}", None).await;
    test.sql("UPDATE policy_configurations SET is_active = FALSE WHERE id = 31").await;
    let companys = text(&app.get(&viewer, "/admin/policies/30").await);
    assert!(
        companys.contains("Another policy on the same place applies instead: Company 1 (Company, 40)"),
        "{companys}"
    );
    let branchs = text(&app.get(&viewer, "/admin/policies/31").await);
    assert!(branchs.contains("This policy is switched off"), "{branchs}");
    let edit = text(&app.get(&app.signed_in("manager1").await, "/admin/policies/30/edit").await);
    assert!(edit.contains("Where it stands") && edit.contains("Preview"), "{edit}");
});
