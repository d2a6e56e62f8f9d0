//! The JSON API, through the real router.

mod appointments;
mod resources;
mod tenancy;
mod tokens;
mod users;
mod writes;

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::support::app::{Browser, TestApp};
use crate::support::{TestDb, on_every_database};

/// Every simple resource, what makes one, and what changes it. The rows that they name are made before.
fn simple() -> Vec<(&'static str, Value, Option<Value>)> {
    vec![
        ("branches", json!({ "name": "Centre", "city": "Köln" }), Some(json!({ "name": "South", "city": null }))),
        ("services", json!({ "name": "Cut", "price": "12.5", "duration_minutes": 45 }), Some(json!({ "price": "0" }))),
        ("staff", json!({ "name": "Grace", "branch_id": 11 }), Some(json!({ "is_active": false, "branch_id": null }))),
        (
            "customers",
            json!({ "name": "Ada", "email": "Ada@Example.test", "journey_status": "vip" }),
            Some(json!({ "phone": "+49 221", "journey_status": "at_risk" })),
        ),
        (
            "policies",
            json!({ "configurable_type": "branch", "configurable_id": 11, "policy_type": "cancellation",
                "config": { "hours_before": 24 } }),
            Some(json!({ "is_active": false, "config": { "hours_before": 48 } })),
        ),
        (
            "notification-configurations",
            json!({ "configurable_type": "company", "configurable_id": 1, "event_type": "appointment_booked",
                "channel": "email" }),
            Some(json!({ "is_enabled": false })),
        ),
        (
            "notifications",
            json!({ "notifiable_type": "customer", "notifiable_id": 41, "channel": "email", "recipient": "a@b.test",
                "payload": { "subject": "Hello" }, "scheduled_at": "2026-11-23T10:00:00+01:00" }),
            None,
        ),
    ]
}

/// The rows that those name: in company 1 with ids that end in 1, in company 2 with ids that end in 2.
async fn rows(test: &TestDb) {
    for company in [1, 2] {
        for (table, tens, columns, values) in [
            ("branches", 1, "name", "'Branch'"),
            ("services", 2, "name", "'Service'"),
            ("staff", 3, "name", "'Staff'"),
            ("customers", 4, "name", "'Customer'"),
            ("appointments", 5, "customer_id, starts_at, ends_at", "0, '2026-11-25 10:00:00', '2026-11-25 11:00:00'"),
            (
                "policy_configurations",
                6,
                "configurable_type, configurable_id, policy_type, config",
                "'company', 0, 'no_show', '{}'",
            ),
            (
                "notification_configurations",
                7,
                "configurable_type, configurable_id, event_type, channel",
                "'company', 0, 'appointment_booked', 'sms'",
            ),
            (
                "notification_queues",
                8,
                "notifiable_type, notifiable_id, channel, recipient, status",
                "'customer', 0, 'sms', '1', 'failed'",
            ),
        ] {
            let id = tens * 10 + company;
            test.sql(&format!("INSERT INTO {table} (id, company_id, {columns}) VALUES ({id}, {company}, {values})"))
                .await;
        }
        test.sql(&format!("UPDATE appointments SET customer_id = {} WHERE company_id = {company}", 40 + company)).await;
        test.sql(&format!(
            "UPDATE notification_queues SET notifiable_id = {} WHERE company_id = {company}",
            40 + company
        ))
        .await;
        for table in ["policy_configurations", "notification_configurations"] {
            test.sql(&format!("UPDATE {table} SET configurable_id = {company} WHERE company_id = {company}")).await;
        }
    }
    // What somebody else numbered, the database does not know of.
    if test.backend == crate::support::Backend::Postgres {
        for table in [
            "branches",
            "services",
            "staff",
            "customers",
            "appointments",
            "policy_configurations",
            "notification_configurations",
            "notification_queues",
        ] {
            test.sql(&format!("SELECT setval(pg_get_serial_sequence('{table}', 'id'), 1000)")).await;
        }
    }
}

on_every_database!(the_description_and_its_page_are_for_everybody, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let nobody = Browser::default();
    let document = app.get(&nobody, "/api/openapi.json").await;
    assert_eq!(document.header("content-type"), "application/json");
    assert_eq!(document.json()["openapi"], "3.1.0");
    let page = app.get(&nobody, "/api/docs").await;
    assert_eq!(page.status, StatusCode::OK);
    for path in document.json()["paths"].as_object().unwrap().keys() {
        assert!(page.body.contains(path.as_str()), "{path}");
    }
    assert!(!page.body.contains("ui.") && page.body.contains("id=\"problem-stale\""), "every word is there");
    let mut german = nobody.clone();
    german.cookies.push(("rollcall_language".to_owned(), "de".to_owned()));
    let page = app.get(&german, "/api/docs").await.body;
    assert!(page.contains("Zugangsschlüssel") && !page.contains("ui."));
});

on_every_database!(a_widget_answers_as_the_dashboard_does, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    rows(test).await;
    app.settle().await;
    let program = app.program("viewer1", "widgets:read").await;
    let list = program.get("/widgets").await.json();
    assert_eq!(list["data"].as_array().unwrap().len(), rollcall::widget::ALL.len());
    let browser = app.signed_in("viewer1").await;
    for spec in rollcall::widget::ALL {
        let answer = program.get(&format!("/widgets/{}", spec.key)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        let page = app.json(&browser, &format!("/admin/widgets/{}", spec.key)).await;
        assert_eq!(answer.json(), page.json(), "{}", spec.key);
        let known = program.with("if-none-match", answer.header("etag")).get(&format!("/widgets/{}", spec.key)).await;
        assert_eq!(known.status, StatusCode::NOT_MODIFIED);
    }
    assert_eq!(program.get("/widgets/policy_trend?days=7").await.status, StatusCode::OK);
    for (path, parameter) in
        [("policy_trend?days=8", "days"), ("policy_trend?sort=id", "sort"), ("customer_journey?days=7", "days")]
    {
        let refused = program.get(&format!("/widgets/{path}")).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);
        assert_eq!(refused.json()["errors"][0]["parameter"], parameter);
    }
    assert_eq!(program.get("/widgets/nothing").await.status, StatusCode::NOT_FOUND);
});

on_every_database!(days_are_the_companys_own, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    rows(test).await;
    app.settle().await;
    let program = app.program("viewer1", "summaries:read").await;
    let days = program.get("/summaries/days?until=2026-11-30&days=10").await.json();
    assert_eq!(days["data"][0]["day"], "2026-11-25");
    assert_eq!(days["data"][0]["appointments"], json!({ "total": 1, "completed": 0, "cancelled": 0 }));
    assert_eq!(days["data"][0]["hours"], json!({ "11": 1 }), "Berlin's hour");
    assert_eq!(program.get("/summaries/days?until=2026-11-24&days=3").await.json()["data"], json!([]));
    for query in ["days=0", "days=367", "days=x", "until=today", "until=2026-02-30", "from=2026-11-01", "days=1&days=2"]
    {
        assert_eq!(program.get(&format!("/summaries/days?{query}")).await.status, StatusCode::BAD_REQUEST, "{query}");
    }
});

on_every_database!(what_is_no_request_is_told_so, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let program = app.program("admin1", "write").await;
    let browser = app.signed_in("admin1").await;
    for path in ["/api/v1", "/api/v1/nothing", "/api/v1/customers/1/2"] {
        let answer = program.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
    let cookie = app.get(&browser, "/api/v1/customers").await;
    assert_eq!(cookie.status, StatusCode::UNAUTHORIZED, "a session is no token");
    assert_eq!(cookie.json()["status"], 401);
    assert!(cookie.json()["request_id"].as_str().is_some_and(|id| id == cookie.header("x-request-id")));
    let method = program.send("PUT", "/customers", None, axum::body::Body::empty()).await;
    assert_eq!((method.status, method.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "GET,HEAD,POST"));
    let text = program.send("POST", "/customers", Some("text/plain"), axum::body::Body::from("{}")).await;
    assert_eq!(text.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    for body in ["", "{", "[]", "null", "{\"name\": \"a\"} {}", "{\"name\": \"\\ud800\"}"] {
        let answer = program.send("POST", "/customers", Some("application/json"), axum::body::Body::from(body)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
    }
    let long = format!("{{\"name\": \"{}\"}}", "a".repeat(2 << 20));
    let answer = program.send("POST", "/customers", Some("application/json"), axum::body::Body::from(long)).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(answer.header("content-type"), "application/problem+json");
});
