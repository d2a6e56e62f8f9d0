//! For load balancers: is the process alive, and can it answer?

use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::error::AsIs;

use crate::app::App;
use crate::db::PlatformSql;

/// Longer than that, and a load balancer has given up.
const READY_WITHIN: Duration = Duration::from_secs(2);

const PING: PlatformSql = PlatformSql::new(
    "the readiness probe asks the database",
    "SELECT COUNT(*) FROM company_versions WHERE company_id = 0",
);

/// `GET /healthz`: the process runs.
pub(super) async fn alive() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: the database answers too.
pub(super) async fn ready(State(app): State<App>) -> Response {
    // In a task of its own: nobody waits for it any longer, but it comes to its end.
    let ping = tokio::spawn(async move { app.db.platform().rows(&PING, vec![]).await });
    let why = match tokio::time::timeout(READY_WITHIN, ping).await {
        Ok(Ok(Ok(_))) => return "ready\n".into_response(),
        Ok(Ok(Err(error))) => error.to_string(),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "it takes too long".to_owned(),
    };
    tracing::warn!(why, "not ready: the database does not answer");
    (StatusCode::SERVICE_UNAVAILABLE, Extension(AsIs), "the database does not answer\n").into_response()
}
