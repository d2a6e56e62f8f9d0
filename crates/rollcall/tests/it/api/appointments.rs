//! Appointments: made, cancelled, moved, closed, one by one and many at a time.

use axum::body::Body;
use axum::http::StatusCode;
use futures_util::future::join_all;
use rollcall::changes;
use serde_json::{Value, json};

use super::rows;
use crate::support::app::{Answer, TestApp};
use crate::support::program::Program;
use crate::support::{TestDb, on_every_database};

/// An appointment of tomorrow.
fn tomorrow() -> Value {
    json!({ "customer_id": 41, "service_id": 21, "branch_id": 11, "staff_id": 31, "starts_at": "2026-11-23T13:00:00+01:00" })
}

async fn made(program: &Program<'_>) -> i64 {
    let made = program.post("/appointments", &tomorrow()).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    made.json()["id"].as_i64().unwrap()
}

async fn batch(program: &Program<'_>, lines: &str) -> Answer {
    program.send("POST", "/appointments/batch", Some("application/x-ndjson"), Body::from(lines.to_owned())).await
}

fn answers(answer: &Answer) -> Vec<Value> {
    answer.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

on_every_database!(an_appointment_is_made_and_changed_as_policies_say, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    rows(test).await;
    let program = app.program("manager1", "write").await;
    let policy = json!({ "configurable_type": "staff", "configurable_id": 31, "policy_type": "cancellation",
        "config": { "hours_before": 48, "fee": 8.5 } });
    assert_eq!(program.post("/policies", &policy).await.status, StatusCode::CREATED);
    let new = program.post("/appointments", &tomorrow()).await;
    assert_eq!(new.status, StatusCode::CREATED, "{}", new.body);
    let row = new.json();
    assert_eq!((&row["starts_at"], &row["ends_at"]), (&json!("2026-11-23T12:00:00Z"), &json!("2026-11-23T12:30:00Z")));
    assert_eq!((&row["status"], &row["price"]), (&json!("scheduled"), &json!("0.00")), "the service's price");
    let path = new.header("location").to_owned();
    assert_eq!(program.get(&path).await.header("etag"), new.header("etag"));

    let check = program.get(&format!("{path}/policy-check")).await.json();
    assert_eq!((&check["cancel"]["allowed"], &check["cancel"]["reason"]), (&json!(false), &json!("notice_too_short")));
    assert_eq!((&check["cancel"]["fee"], &check["reschedule"]["allowed"]), (&json!("8.50"), &json!(true)));
    let moved = program.post(&format!("{path}/reschedule"), &json!({ "starts_at": "2026-11-23T15:00:00Z" })).await;
    assert_eq!(
        (moved.status, &moved.json()["appointment"]["ends_at"]),
        (StatusCode::OK, &json!("2026-11-23T15:30:00Z"))
    );
    let denied = program.post(&format!("{path}/cancel"), &json!({})).await;
    assert_eq!((denied.status, &denied.json()["type"]), (StatusCode::CONFLICT, &json!("/api/docs#problem-denied")));
    assert_eq!(denied.json()["decision"]["reason"], "notice_too_short");
    let stale =
        program.with("if-match", new.header("etag")).post(&format!("{path}/cancel"), &json!({ "force": true })).await;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED, "it was moved since");
    let forced = json!({ "force": true, "reason": "flu", "by_customer": true });
    let cancelled = program.post(&format!("{path}/cancel"), &forced).await;
    assert_eq!((cancelled.status, &cancelled.json()["within_policy"]), (StatusCode::OK, &json!(false)));
    assert_eq!(cancelled.json()["appointment"]["status"], "cancelled");
    assert_eq!(program.post(&format!("{path}/cancel"), &forced).await.status, StatusCode::CONFLICT);
    assert_eq!(program.post(&format!("{path}/complete"), &json!({})).await.status, StatusCode::CONFLICT);
    for (query, parameter) in [("period=", "period"), ("branch=", "branch"), ("period=7d&branch=x", "branch")] {
        let refused = program.get(&format!("/widgets/policy_compliance_rate?{query}")).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{query}: {}", refused.body);
        assert_eq!(refused.json()["errors"][0]["parameter"], parameter, "{query}");
    }
    let compliance = program.get("/widgets/policy_compliance_rate").await;
    assert_eq!(compliance.status, StatusCode::OK);
    let verified = changes::verify(&test.db, &test.scope(1).await, &test.clock).await.unwrap();
    assert!(verified.is_empty(), "{verified:?}");
});

on_every_database!(an_appointment_comes_to_its_end, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    rows(test).await;
    let program = app.program("manager1", "write").await;
    let (kept, missed) = (made(&program).await, made(&program).await);
    let early = program.post(&format!("/appointments/{missed}/no-show"), &json!({})).await;
    assert_eq!(early.status, StatusCode::CONFLICT, "it has not begun");
    test.clock.set("2026-11-23T12:10:00Z".parse().unwrap());
    let bodiless = program.send("POST", &format!("/appointments/{kept}/complete"), None, Body::empty()).await;
    assert_eq!((bodiless.status, &bodiless.json()["appointment"]["status"]), (StatusCode::OK, &json!("completed")));
    let missed = program.post(&format!("/appointments/{missed}/no-show"), &json!({})).await;
    assert_eq!((missed.status, &missed.json()["appointment"]["status"]), (StatusCode::OK, &json!("no_show")));
    let filled = program.post(&format!("/appointments/{kept}/complete"), &json!({ "a": 1 })).await;
    assert_eq!(filled.status, StatusCode::BAD_REQUEST);
    let path = format!("/appointments/{kept}/reopen");
    let tag = program.get(&format!("/appointments/{kept}")).await.header("etag").to_owned();
    let stale = program.with("if-match", "\"old\"").post(&path, &json!({})).await;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED, "{}", stale.body);
    let reopened = program.with("if-match", &tag).post(&path, &json!({})).await;
    assert_eq!((reopened.status, &reopened.json()["appointment"]["status"]), (StatusCode::OK, &json!("scheduled")));
    assert_eq!((&reopened.json()["fee"], &reopened.json()["withdrawn"]), (&json!(null), &json!(0)));
    let twice = program.post(&path, &json!({})).await;
    assert_eq!(
        (twice.status, &twice.json()["type"]),
        (StatusCode::CONFLICT, &json!("/api/docs#problem-state")),
        "{}",
        twice.body
    );
});

on_every_database!(an_action_has_one_effect_under_its_key_and_none_on_others_rows, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    rows(test).await;
    let program = app.program("manager1", "write").await;
    let id = made(&program).await;
    let keyed = program.with("idempotency-key", "cancel");
    let path = format!("/appointments/{id}/cancel");
    let reason = json!({ "reason": "flu" });
    let answers = join_all((0..16).map(|_| keyed.post(&path, &reason))).await;
    assert!(answers.iter().all(|it| it.status == StatusCode::OK && it.body == answers[0].body), "{answers:?}");
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM appointment_modifications").await, 1);
    for action in ["cancel", "reschedule", "complete", "no-show", "reopen", "policy-check"] {
        let path = format!("/appointments/52/{action}");
        let answer = match action {
            "policy-check" => program.get(&path).await,
            "reschedule" => program.post(&path, &json!({ "starts_at": "2026-12-01T10:00:00Z" })).await,
            _ => program.post(&path, &json!({})).await,
        };
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{action}: {}", answer.body);
    }
    let tried: i64 = test.value("SELECT occurrences FROM security_events WHERE kind = 'foreign_row'").await;
    assert_eq!(tried, 6);
    let retry = program.post("/notifications/81/retry", &json!({})).await;
    assert_eq!((retry.status, &retry.json()["status"]), (StatusCode::OK, &json!("pending")));
    assert_eq!(program.post("/notifications/81/retry", &json!({})).await.status, StatusCode::CONFLICT);
    assert_eq!(program.post("/notifications/82/retry", &json!({})).await.status, StatusCode::NOT_FOUND);
    let viewer = app.program("viewer1", "write").await;
    assert_eq!(viewer.post("/notifications/81/retry", &json!({})).await.status, StatusCode::FORBIDDEN);
    assert_eq!(viewer.post(&path, &json!({})).await.status, StatusCode::FORBIDDEN);
});

on_every_database!(what_is_to_come_is_not_deleted_and_no_reminder_outlives_its_appointment, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    rows(test).await;
    test.sql("UPDATE customers SET email = 'ada@example.test' WHERE id = 41").await;
    let program = app.program("manager1", "write").await;
    let wish = json!({ "configurable_type": "company", "configurable_id": 1, "event_type": "appointment_reminder",
        "channel": "email" });
    assert_eq!(program.post("/notification-configurations", &wish).await.status, StatusCode::CREATED);
    let new = json!({ "customer_id": 41, "starts_at": "2026-11-30T12:00:00Z" });
    let mut paths = Vec::new();
    for _ in 0..2 {
        paths.push(program.post("/appointments", &new).await.header("location").to_owned());
    }
    let reminders = "SELECT COUNT(*) FROM notification_queues WHERE company_id = 1 AND status = 'pending'";
    assert_eq!(test.value::<i64>(reminders).await, 2);
    let refused = program.delete(&paths[0], "*").await;
    assert_eq!((refused.status, &refused.json()["type"]), (StatusCode::CONFLICT, &json!("/api/docs#problem-open")));
    assert_eq!(program.get(&paths[0]).await.status, StatusCode::OK, "it is there still");
    assert_eq!(test.value::<i64>(reminders).await, 2);
    // The application beside Rollcall cancels and leaves the reminder where it is.
    let id = paths[0].rsplit('/').next().unwrap();
    test.sql(&format!("UPDATE appointments SET status = 'cancelled' WHERE id = {id}")).await;
    assert_eq!(program.delete(&paths[0], "*").await.status, StatusCode::NO_CONTENT);
    assert_eq!(test.value::<i64>(reminders).await, 1, "the other one's stays");
});

on_every_database!(each_line_of_a_batch_is_answered_for_itself, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    rows(test).await;
    let program = app.program("manager1", "write").await;
    let good = tomorrow().to_string();
    let lines = [
        good.as_str(),
        "{\"customer_id\": 42, \"starts_at\": \"2026-11-23T12:00:00Z\"}",
        "nonsense",
        "{\"customer_id\": 41, \"starts_at\": \"2026-11-23T12:00:00Z\", \"ends_at\": \"2026-11-23T12:00:00Z\"}",
        "{\"customer_id\": 41, \"start\": \"2026-11-23T12:00:00Z\"}",
        "",
        good.as_str(),
    ];
    let answer = batch(&program.with("idempotency-key", "b"), &lines.join("\n")).await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (StatusCode::OK, "application/x-ndjson"),
        "{}",
        answer.body
    );
    let all = answers(&answer);
    let statuses: Vec<_> = all.iter().map(|it| it["status"].as_i64().unwrap()).collect();
    assert_eq!(statuses, [201, 404, 400, 422, 422, 400, 201]);
    assert_eq!(all[1]["problem"]["errors"][0]["pointer"], "/customer_id");
    assert!(all.iter().enumerate().all(|(at, it)| it["line"] == at + 1));
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM appointments WHERE company_id = 1").await, 3);
    assert_eq!(program.get(&format!("/appointments/{}", all[6]["id"])).await.status, StatusCode::OK);
    let tried: i64 = test.value("SELECT COUNT(*) FROM security_events WHERE kind = 'foreign_row'").await;
    assert_eq!(tried, 1);
    let again = batch(&program.with("idempotency-key", "b"), &lines.join("\n")).await;
    assert_eq!((again.body, again.headers.contains_key("idempotent-replayed")), (answer.body, true));
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM appointments WHERE company_id = 1").await, 3);
    for (lines, status) in
        [(String::new(), StatusCode::BAD_REQUEST), (format!("{good}\n").repeat(10_001), StatusCode::PAYLOAD_TOO_LARGE)]
    {
        assert_eq!(batch(&program, &lines).await.status, status);
    }
    assert_eq!(program.post("/appointments/batch", &tomorrow()).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
});

on_every_database!(a_batch_that_made_nothing_is_not_kept_and_lines_count, async |test: &TestDb| {
    let mut config = rollcall::config::Config::defaults().unwrap();
    config.api.requests_per_minute = 12;
    TestApp::new(test).await;
    let app = TestApp::with(test, test.db.clone(), config).await;
    rows(test).await;
    let program = app.program("manager1", "write").await;
    let keyed = program.with("idempotency-key", "bad");
    let bad = format!("{{\"customer_id\": 41, \"{}\": 1}}\n", "x".repeat(2_000)).repeat(101);
    let first = batch(&keyed, &bad).await;
    assert!(answers(&first).iter().all(|it| it["status"] == 422), "{}", first.body);
    assert!(first.body.len() < 101 * 400, "{} bytes", first.body.len());
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM idempotency_keys").await, 0);
    assert_eq!(first.header("ratelimit-remaining"), "10", "101 lines count as two requests");
    let good = batch(&keyed, &tomorrow().to_string()).await;
    assert_eq!(answers(&good)[0]["status"], 201, "the key is as good as new: {}", good.body);
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM idempotency_keys").await, 1);
    let again = batch(&keyed, &tomorrow().to_string()).await;
    assert_eq!((again.body, again.headers.contains_key("idempotent-replayed")), (good.body, true));
    let large = batch(&program, &"x\n".repeat(10_000)).await;
    assert_eq!((large.status, large.header("ratelimit-remaining")), (StatusCode::OK, "0"), "{}", large.body);
    assert_eq!(batch(&program, "x").await.status, StatusCode::TOO_MANY_REQUESTS);
});

on_every_database!(a_large_batch_takes_few_statements_and_is_in_the_figures, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    rows(test).await;
    let program = app.program("manager1", "write").await;
    let line = |n: usize| {
        let (day, hour) = (1 + n % 28, n % 24);
        json!({ "customer_id": 41, "staff_id": 31, "starts_at": format!("2026-11-{day:02}T{hour:02}:00:00Z") })
            .to_string()
    };
    let lines: Vec<_> = (0..2_000).map(line).collect();
    test.recorder.take();
    let answer = batch(&program, &lines.join("\n")).await;
    assert!(answers(&answer).iter().all(|it| it["status"] == 201), "{}", answer.body);
    let statements = test.recorder.count();
    assert!(statements < 200, "{statements} statements");
    let verified = changes::verify(&test.db, &test.scope(1).await, &test.clock).await.unwrap();
    assert!(verified.is_empty(), "{verified:?}");
    let days = program.get("/summaries/days?until=2026-11-30&days=30").await.json();
    let total: i64 =
        days["data"].as_array().unwrap().iter().map(|day| day["appointments"]["total"].as_i64().unwrap()).sum();
    assert_eq!(total, 2_001);
});
