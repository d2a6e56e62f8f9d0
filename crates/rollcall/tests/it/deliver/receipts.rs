//! Receipts: signed, fresh, once, and silent about what there is.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use rollcall::app::App;
use rollcall::deliver::sign;
use rollcall::jobs::Deliverer;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::{SECRET, config, count, later, queue_for, status};
use crate::support::app::{Answer, Browser, TestApp};
use crate::support::gateway::Gateway;
use crate::support::{TestDb, on_every_database};

/// Who knows it may read the metrics.
const TOKEN: &str = "a-token-of-the-tests-own";

/// A panel with a provider, and the names under which it knows notifications 1 (of company 1) and 2 (of company 2), both sent.
pub(super) async fn sent<'a>(test: &'a TestDb, gateway: &Gateway) -> (TestApp<'a>, [String; 2]) {
    drop(TestApp::new(test).await);
    test.customer(7, 1).await;
    test.customer(8, 2).await;
    let settings = config(None, Some(gateway), &[("METRICS__TOKEN", TOKEN)]);
    let app = TestApp::with(test, test.db.clone(), settings).await;
    queue_for(test, 1, 1, 7, "sms", "+49301234567", crate::deliver::BODY).await;
    queue_for(test, 2, 2, 8, "sms", "+97714200000", crate::deliver::BODY).await;
    Deliverer::new(app.app.clone()).unwrap().deliver_due().await.unwrap();
    let asked = gateway.asked();
    let name =
        |to: &str| asked.iter().find(|one| one.json()["to"] == to).unwrap().json()["id"].as_str().unwrap().to_owned();
    (app, [name("+49301234567"), name("+97714200000")])
}

fn request(body: &str, timestamp: &str, signature: &str) -> Request<Body> {
    Request::post("/api/v1/receipts")
        .header(sign::TIMESTAMP, timestamp)
        .header(sign::SIGNATURE, signature)
        .body(Body::from(body.to_owned()))
        .unwrap()
}

pub(super) fn signed(app: &App, body: &Value) -> Request<Body> {
    let (body, now) = (body.to_string(), app.clock.now().timestamp());
    request(&body, &now.to_string(), &sign::signature(&SecretString::from(SECRET), now, body.as_bytes()))
}

pub(super) fn delivered(receipt: &str, id: &str) -> Value {
    json!({"receipt": receipt, "id": id, "status": "delivered"})
}

async fn forgeries(test: &TestDb) -> i64 {
    let text = "SELECT COALESCE(SUM(occurrences), 0) FROM security_events WHERE kind = 'wrong_signature'";
    match test.backend {
        crate::support::Backend::Sqlite => test.value(text).await,
        _ => test.value(&text.replace("COALESCE(SUM(occurrences), 0)", "COUNT(*)")).await,
    }
}

on_every_database!(a_receipt_says_that_a_message_was_delivered, async |test: &TestDb| {
    let gateway = Gateway::start().await;
    let (app, [first, second]) = sent(test, &gateway).await;
    later(test, 100);
    let answer = app.send(signed(&app.app, &delivered("r-1", &first))).await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::NO_CONTENT, ""));
    assert_eq!(status(test, 1).await, "delivered");
    assert_eq!(count(test, "delivered_at = '2026-11-22 12:01:40' AND sent_at = '2026-11-22 12:00:00'").await, 1);
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM change_log WHERE company_id = 1").await, 0, "settled");
    let bounced = json!({"receipt": "r-2", "id": second, "status": "failed", "error": "switched\noff"});
    assert_eq!(app.send(signed(&app.app, &bounced)).await.status, StatusCode::NO_CONTENT);
    assert_eq!(
        (status(test, 2).await.as_str(), crate::deliver::error(test, 2).await.as_str()),
        ("failed", "switched off")
    );
    // What was delivered does not fail afterwards.
    let late = json!({"receipt": "r-3", "id": first, "status": "failed"});
    assert_eq!(app.send(signed(&app.app, &late)).await.status, StatusCode::NO_CONTENT);
    assert_eq!(status(test, 1).await, "delivered");
    let request = Request::get("/metrics").header("authorization", format!("Bearer {TOKEN}")).body(Body::empty());
    let metrics = app.send(request.unwrap()).await.body;
    assert!(metrics.contains("rollcall_receipts_total{outcome=\"taken\"} 3"), "{metrics}");
    assert!(metrics.contains("rollcall_notifications_total{channel=\"sms\",outcome=\"sent\"} 2"), "{metrics}");
    assert!(metrics.contains("rollcall_notifications_due{channel=\"sms\"} 0"), "{metrics}");
});

on_every_database!(a_replayed_receipt_does_nothing, async |test: &TestDb| {
    let gateway = Gateway::start().await;
    let (app, [first, _]) = sent(test, &gateway).await;
    let failed = json!({"receipt": "r-1", "id": first, "status": "failed"});
    let replayed = || signed(&app.app, &failed);
    let (body, now) = (failed.to_string(), app.app.clock.now().timestamp());
    let signature = sign::signature(&SecretString::from(SECRET), now, body.as_bytes());
    assert_eq!(app.send(replayed()).await.status, StatusCode::NO_CONTENT);
    assert_eq!(status(test, 1).await, "failed");
    test.sql("UPDATE notification_queues SET status = 'sent' WHERE id = 1").await;
    assert_eq!(app.send(replayed()).await.status, StatusCode::NO_CONTENT, "whoever sends it again is told the same");
    assert_eq!(status(test, 1).await, "sent");
    later(test, 301);
    let stale = app.send(request(&body, &now.to_string(), &signature)).await;
    assert_eq!((stale.status, status(test, 1).await.as_str()), (StatusCode::UNAUTHORIZED, "sent"));
    assert_eq!(forgeries(test).await, 1);
    later(test, 2_000);
    assert_eq!(app.send(signed(&app.app, &delivered("r-9", &first))).await.status, StatusCode::NO_CONTENT);
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM delivery_receipts").await, 1, "old ones are forgotten");
});

on_every_database!(a_receipt_and_its_effect_hold_together_or_not_at_all, async |test: &TestDb| {
    let gateway = Gateway::start().await;
    let (app, [first, _]) = sent(test, &gateway).await;
    test.recorder.take();
    assert_eq!(app.send(signed(&app.app, &delivered("r-1", &first))).await.status, StatusCode::NO_CONTENT);
    let statements = test.recorder.recent();
    let at = |part: &str| statements.iter().position(|sql| sql.contains(part)).unwrap();
    assert!(at("INTO delivery_receipts") < at("UPDATE notification_queues"), "the effect follows its name");
    // Where the name cannot be kept, nothing is said of the notification either.
    test.sql("UPDATE notification_queues SET status = 'sent' WHERE id = 1").await;
    test.sql("ALTER TABLE delivery_receipts RENAME TO hidden_receipts").await;
    let failed = json!({"receipt": "r-2", "id": first, "status": "failed"});
    assert_eq!(app.send(signed(&app.app, &failed)).await.status, StatusCode::SERVICE_UNAVAILABLE);
    test.sql("ALTER TABLE hidden_receipts RENAME TO delivery_receipts").await;
    // Where the change fails, the receipt may be sent again.
    test.sql("ALTER TABLE audit_log RENAME TO hidden_log").await;
    assert_eq!(app.send(signed(&app.app, &failed)).await.status, StatusCode::SERVICE_UNAVAILABLE);
    test.sql("ALTER TABLE hidden_log RENAME TO audit_log").await;
    assert_eq!(status(test, 1).await, "sent");
    assert_eq!(app.send(signed(&app.app, &failed)).await.status, StatusCode::NO_CONTENT);
    assert_eq!(status(test, 1).await, "failed");
});

on_every_database!(a_wrong_signature_is_refused_and_on_record, async |test: &TestDb| {
    let gateway = Gateway::start().await;
    let (app, [first, _]) = sent(test, &gateway).await;
    let body = delivered("r-1", &first).to_string();
    let now = app.app.clock.now().timestamp();
    let other = SecretString::from("another key, long enough to be one by itself");
    let unsigned = Request::post("/api/v1/receipts").body(Body::from(body.clone())).unwrap();
    // What the program itself signs is no receipt.
    let ours = gateway.asked().remove(0);
    let ours_said = String::from_utf8(ours.body.to_vec()).unwrap();
    let reflected = request(&ours_said, ours.header(sign::TIMESTAMP), ours.header(sign::SIGNATURE));
    for (request, expected) in [
        (request(&body, &now.to_string(), &sign::signature(&other, now, body.as_bytes())), StatusCode::UNAUTHORIZED),
        (request(&body, &now.to_string(), "v1=00"), StatusCode::UNAUTHORIZED),
        (unsigned, StatusCode::UNAUTHORIZED),
        (reflected, StatusCode::BAD_REQUEST),
    ] {
        let answer: Answer = app.send(request).await;
        assert_eq!((answer.status, answer.header("content-type")), (expected, "application/problem+json"));
        assert_eq!(status(test, 1).await, "sent");
    }
    assert!(forgeries(test).await >= 1);
    let text = "SELECT subject FROM security_events WHERE kind = 'wrong_signature'";
    assert_eq!(test.value::<String>(text).await, "receipt from 192.0.2.7");
    for wrong in [
        json!({}),
        json!([]),
        json!({"receipt": "", "id": first, "status": "delivered"}),
        json!({"receipt": "r", "id": first, "status": "eaten"}),
    ] {
        assert_eq!(app.send(signed(&app.app, &wrong)).await.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
    let nobody = TestApp::with(test, test.db.clone(), rollcall::config::Config::defaults().unwrap()).await;
    let answer = nobody.send(signed(&app.app, &delivered("r-1", &first))).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND, "where nobody can sign there is no such page");
});

on_every_database!(whoever_forges_again_and_again_costs_no_transaction, async |test: &TestDb| {
    let gateway = Gateway::start().await;
    let (app, [first, _]) = sent(test, &gateway).await;
    let forged = || request("{}", "1", "v1=00");
    for _ in 0..20 {
        assert_eq!(app.send(forged()).await.status, StatusCode::UNAUTHORIZED);
    }
    test.recorder.take();
    let refused = app.send(forged()).await;
    assert_eq!((refused.status, refused.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, "60"));
    assert_eq!(refused.header("content-type"), "application/problem+json");
    assert_eq!(test.recorder.recent(), Vec::<String>::new(), "the database hears nothing of it");
    let right = app.send(signed(&app.app, &delivered("r-1", &first))).await;
    assert_eq!(right.status, StatusCode::NO_CONTENT, "who can sign pays for no neighbour");
    later(test, 60);
    assert_eq!(app.send(forged()).await.status, StatusCode::UNAUTHORIZED, "a minute later it is written down again");
});

on_every_database!(unknown_and_foreign_names_are_answered_alike, async |test: &TestDb| {
    let gateway = Gateway::start().await;
    let (app, [first, second]) = sent(test, &gateway).await;
    let proof = |name: &str| name.split_once('-').unwrap().1.to_owned();
    let names = [
        "1".to_owned(),
        "99".to_owned(),
        String::new(),
        "-".to_owned(),
        format!("1-{}", "0".repeat(32)),
        format!("99-{}", proof(&first)),
        // The other company's row, by the proof of one's own.
        format!("2-{}", proof(&first)),
        format!("1-{}", proof(&second)),
        format!("{first}x"),
    ];
    let mut answers = Vec::new();
    for (at, name) in names.iter().enumerate() {
        let answer = app.send(signed(&app.app, &delivered(&format!("r-{at}"), name))).await;
        answers.push((answer.status, answer.body, answer.headers.len()));
    }
    let right = app.send(signed(&app.app, &delivered("r-last", &first))).await;
    answers.push((right.status, right.body, right.headers.len()));
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert_eq!((status(test, 1).await.as_str(), status(test, 2).await.as_str()), ("delivered", "sent"));
});

on_every_database!(the_description_says_how_a_receipt_is_signed_and_what_is_answered, async |test: &TestDb| {
    let gateway = Gateway::start().await;
    let (app, [first, _]) = sent(test, &gateway).await;
    let document = app.get(&Browser::default(), "/api/openapi.json").await.json();
    let operation = &document["paths"]["/api/v1/receipts"]["post"];
    let headers = operation["parameters"].as_array().unwrap();
    let names: Vec<_> = headers.iter().map(|it| it["name"].as_str().unwrap().to_lowercase()).collect();
    assert_eq!(names, [sign::TIMESTAMP, sign::SIGNATURE], "and neither a company nor a key");
    assert!(headers.iter().all(|it| it["in"] == "header" && it["required"] == true));
    assert_eq!(operation["security"], json!([]), "no token");
    let fields = &operation["requestBody"]["content"]["application/json"]["schema"]["properties"];
    assert_eq!(fields["status"]["enum"], json!(["delivered", "failed"]));
    let long = "ß".repeat(255);
    let nobody = TestApp::with(test, test.db.clone(), rollcall::config::Config::defaults().unwrap()).await;
    for (answer, status) in [
        (app.send(signed(&app.app, &delivered("r-1", &first))).await, 204),
        (app.send(signed(&app.app, &delivered(&long, &first))).await, 204),
        (app.send(signed(&app.app, &delivered(&format!("{long}s"), &first))).await, 400),
        (app.send(request("{}", "1", "v1=00")).await, 401),
        (nobody.send(signed(&app.app, &delivered("r-2", &first))).await, 404),
    ] {
        assert_eq!(answer.status.as_u16(), status, "{}", answer.body);
        let described = &operation["responses"][status.to_string()];
        assert!(described.is_object(), "{status}");
        let media = described["content"].as_object().and_then(|it| it.keys().next().cloned()).unwrap_or_default();
        assert_eq!(answer.header("content-type"), media, "{status}");
    }
});
