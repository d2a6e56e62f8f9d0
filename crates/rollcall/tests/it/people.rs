//! People: who may use the panel, how they come in, and how they see to themselves.

mod active;
mod links;
mod profile;
mod totp;

use axum::http::StatusCode;

use crate::support::app::{Answer, TestApp};

/// Whether an answer says that there is nobody.
fn is_refused(answer: &Answer) -> bool {
    answer.status == StatusCode::SEE_OTHER && answer.header("location").starts_with("/login")
}

/// The actions of the audit log, in the order in which they were written.
async fn actions(app: &TestApp<'_>) -> Vec<String> {
    let lines = app.test.query("SELECT action FROM audit_log ORDER BY id").await;
    lines.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}
