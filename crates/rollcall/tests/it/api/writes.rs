//! Writes: who may, once, and seen by whoever reads afterwards.

use axum::http::StatusCode;
use futures_util::future::join_all;
use serde_json::json;

use super::{rows, simple};
use crate::support::app::TestApp;
use crate::support::steps::polled;
use crate::support::{TestDb, on_every_database};

on_every_database!(who_reads_alone_writes_nothing, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    rows(test).await;
    let (viewer, reader) = (app.program("viewer1", "write").await, app.program("admin1", "read").await);
    for program in [&viewer, &reader] {
        for (name, new, change) in simple() {
            assert_eq!(program.post(&format!("/{name}"), &new).await.status, StatusCode::FORBIDDEN, "{name}");
            if let Some(change) = change {
                let path = format!("/{name}/1");
                assert_eq!(program.patch(&path, "*", &change).await.status, StatusCode::FORBIDDEN);
                assert_eq!(program.delete(&path, "*").await.status, StatusCode::FORBIDDEN);
            }
            assert_eq!(program.get(&format!("/{name}")).await.status, StatusCode::OK);
        }
    }
});

on_every_database!(a_key_has_one_effect_however_often_it_is_sent, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let program = app.program("admin1", "write").await.with("idempotency-key", "one");
    let new = json!({ "name": "Ada" });
    let answers = join_all((0..64).map(|_| program.post("/customers", &new))).await;
    for answer in &answers {
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
        assert_eq!((answer.json(), answer.header("location")), (answers[0].json(), answers[0].header("location")));
    }
    let replayed = answers.iter().filter(|answer| answer.header("idempotent-replayed") == "true").count();
    assert_eq!(replayed, 63);
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM customers").await, 1);
    let other = program.post("/customers", &json!({ "name": "Grace" })).await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(other.json()["errors"][0]["header"], "Idempotency-Key");
    assert_eq!(program.post("/branches", &new).await.status, StatusCode::UNPROCESSABLE_ENTITY, "another address");
    test.clock.set(test.clock.now() + chrono::TimeDelta::hours(24));
    let later = program.post("/customers", &json!({ "name": "Grace" })).await;
    assert_eq!(later.status, StatusCode::CREATED, "a day later the key is new");
});

on_every_database!(a_key_whose_first_request_failed_is_as_good_as_new, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    rows(test).await;
    let program = app.program("admin1", "write").await.with("idempotency-key", "two");
    let wrong = program.post("/staff", &json!({ "name": "A", "branch_id": 999 })).await;
    assert_eq!(wrong.status, StatusCode::NOT_FOUND);
    assert_eq!(program.post("/staff", &json!({ "name": "A", "branch_id": 11 })).await.status, StatusCode::CREATED);
    let keyless = app.program("admin1", "write").await;
    let tooth = keyless.with("idempotency-key", "").post("/staff", &json!({ "name": "A" })).await;
    assert_eq!(tooth.status, StatusCode::BAD_REQUEST);
});

on_every_database!(who_dies_in_the_middle_leaves_nothing_or_all, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let program = app.program("admin1", "write").await;
    let url = test.url.clone();
    for polls in [1, 3, 5, 8, 12, 17, 23, 30] {
        let key = format!("crash-{polls}");
        let (token, clock, url) = (program.token.clone(), test.clock.clone(), url.clone());
        // A node of its own, which is gone in the middle of the request.
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(async {
                    let mut node = TestDb::open(test.backend, &url).await;
                    node.clock = clock;
                    let app = TestApp::on(&node, node.db.clone()).await;
                    let mut dying = app.program("admin1", "write").await.with("idempotency-key", &key);
                    dying.token = token;
                    let _ = polled(std::pin::pin!(dying.post("/customers", &json!({ "name": key }))), polls).await;
                });
                runtime.shutdown_background();
            });
        });
        let again = program.with("idempotency-key", &key).post("/customers", &json!({ "name": key })).await;
        assert_eq!(again.status, StatusCode::CREATED, "{polls}: {}", again.body);
        let count: i64 = test.value(&format!("SELECT COUNT(*) FROM customers WHERE name = '{key}'")).await;
        assert_eq!(count, 1, "{polls}");
        let lines: i64 =
            test.value(&format!("SELECT COUNT(*) FROM audit_log WHERE state_after LIKE '%{key}\"%'")).await;
        assert_eq!(lines, 1, "{polls}: neither without the other");
    }
});

on_every_database!(who_reads_after_the_answer_sees_what_was_written, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let program = app.program("admin1", "write").await;
    let journey = async || program.get("/widgets/customer_journey").await.json()["datasets"][0]["data"].clone();
    assert_eq!(journey().await.as_array().unwrap().iter().filter_map(serde_json::Value::as_i64).sum::<i64>(), 0);
    for n in 1..4 {
        program.post("/customers", &json!({ "name": "Ada", "journey_status": "vip" })).await;
        assert_eq!(journey().await.as_array().unwrap().iter().filter_map(serde_json::Value::as_i64).sum::<i64>(), n);
    }
});

on_every_database!(of_two_who_change_the_same_state_one_does, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    rows(test).await;
    let program = app.program("admin1", "write").await;
    let tag = program.get("/customers/41").await.header("etag").to_owned();
    let changes: Vec<_> = (0..8).map(|n| json!({ "name": format!("Ada {n}") })).collect();
    let answers = join_all(changes.iter().map(|change| program.patch("/customers/41", &tag, change))).await;
    let done = answers.iter().filter(|answer| answer.status == StatusCode::OK).count();
    let stale = answers.iter().filter(|answer| answer.status == StatusCode::PRECONDITION_FAILED).count();
    assert_eq!((done, stale), (1, 7));
});
