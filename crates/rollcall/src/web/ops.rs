//! For load balancers: is the process alive, and can it answer?

use axum::extract::State;
use axum::http::StatusCode;

use crate::app::App;
use crate::db::PlatformSql;

const PING: PlatformSql = PlatformSql::new(
    "the readiness probe asks the database",
    "SELECT COUNT(*) FROM company_versions WHERE company_id = 0",
);

/// `GET /healthz`: the process runs.
pub(super) async fn alive() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: the database answers too.
pub(super) async fn ready(State(app): State<App>) -> Result<&'static str, StatusCode> {
    match app.db.platform().rows(&PING, vec![]).await {
        Ok(_) => Ok("ready\n"),
        Err(error) => {
            tracing::warn!(%error, "not ready: the database does not answer");
            Err(StatusCode::SERVICE_UNAVAILABLE)
        }
    }
}
