//! Clients who go away in the middle of a request.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use rollcall::db::Database;

use crate::support::app::TestApp;
use crate::support::steps::polled;
use crate::support::{Recorder, TestDb, on_every_database};

// A dropped statement would leave the connection in the middle of an exchange, and the pool without it.
on_every_database!(they_take_no_connection_with_them, async |test: &TestDb| {
    let browser = TestApp::new(test).await.signed_in("manager1").await;
    for polls in 1..20 {
        let recorder = Arc::new(Recorder::default());
        let node = Database::open(&test.url, 1).await.unwrap().observed_by(recorder.clone());
        let app = TestApp::on(test, node.clone()).await;
        recorder.take();
        assert_eq!(app.get(&browser, "/admin").await.status, StatusCode::OK);
        let (statements, _) = recorder.take();
        polled(pin!(app.get(&browser, "/admin")), polls).await;
        let finished = async {
            while recorder.count() < statements {
                tokio::task::yield_now().await;
            }
        };
        let patience = Duration::from_secs(20);
        tokio::time::timeout(patience, finished).await.expect("what was begun is finished");
        node.close().await.unwrap();
    }
});
