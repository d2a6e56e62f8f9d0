//! Clients who go away in the middle of a request.

use std::pin::pin;
use std::time::Duration;

use axum::http::StatusCode;
use rollcall::db::Database;

use crate::support::app::TestApp;
use crate::support::steps::polled;
use crate::support::{TestDb, on_every_database};

// A dropped statement would leave the connection in the middle of an exchange, and the pool without it.
on_every_database!(they_take_no_connection_with_them, async |test: &TestDb| {
    let browser = TestApp::new(test).await.signed_in("manager1").await;
    for polls in 1..20 {
        let node = Database::open(&test.url, 1).await.unwrap();
        let app = TestApp::on(test, node.clone()).await;
        app.forget_pages().await;
        polled(pin!(app.get(&browser, "/admin")), polls).await;
        // There is one connection: whoever comes next needs it whole.
        let next = tokio::time::timeout(Duration::from_secs(20), app.get(&browser, "/admin?policy_trend.days=7"));
        assert_eq!(next.await.expect("the connection came back").status, StatusCode::OK, "after {polls} polls");
        node.close().await.unwrap();
    }
});
