//! Work that was begun is finished, whether or not anybody still waits for its answer.

use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument;

/// Handles the request in a task of its own. A client who goes away, or the time-out, drops what waits for the answer and
/// not the work: a statement that is dropped half-way leaves a connection that nobody can use again (sqlx's MySQL driver
/// loses its place between a PREPARE and its answer), and so, one visitor after the other, a pool without connections.
pub(super) async fn layer(request: Request, next: Next) -> Response {
    let work = tokio::spawn(next.run(request).in_current_span());
    match work.await {
        Ok(response) => response,
        Err(ended) => match ended.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The program is ending.
            Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        },
    }
}
