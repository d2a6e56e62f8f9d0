//! `POST /api/v1/appointments/batch`: many appointments, a line of JSON each, in one transaction and few statements.

use async_trait::async_trait;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use serde_json::{Value as Json, json};

use super::appointments::{new_appointment, refused};
use super::caller::At;
use super::problem::Problem;
use super::work::{Key, Reply, Work, perform};
use crate::app::App;
use crate::booking::{self, NewAppointment};
use crate::db::TenantTx;
use crate::tokens::{Access, Area};

/// The most lines of a batch.
const LINES: usize = 10_000;
/// Of a batch that names others' rows, so many are looked up and reported.
const REPORTED: usize = 20;
/// Of so many lines, begun ones too, a batch counts as one request of its token.
const LINES_A_REQUEST: usize = 100;
const MEDIA: &str = "application/x-ndjson";

/// Make many appointments
///
/// A line of JSON for each, at most 10,000, as for making one. Each line is answered by a line of its own, in the same
/// order: its number, the status, and the id or what is wrong, in short. Lines that will not do leave the others alone. It
/// counts as a request for each 100 lines.
#[utoipa::path(post, path = "/api/v1/appointments/batch", tag = "appointments", operation_id = "make_appointments",
    request_body(content = String, content_type = "application/x-ndjson", description = "A line of JSON for each."),
    responses((status = 200, description = "A line of JSON for each.", body = String,
        content_type = "application/x-ndjson")))]
pub(super) async fn create(
    State(app): State<App>,
    at: At,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    at.caller.allow(Area::Appointments, Access::Write)?;
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(MEDIA) {
        return Err(Problem::media(MEDIA));
    }
    let text = std::str::from_utf8(&body).map_err(|_| Problem::unreadable("the body is no UTF-8"))?;
    let lines: Vec<_> = text.lines().collect();
    if lines.is_empty() {
        return Err(Problem::unreadable("there is no line in the body"));
    }
    if lines.len() > LINES {
        return Err(Problem::too_large(format!("a batch has at most {LINES} lines")));
    }
    count(&app, &at, lines.len())?;
    let lines = lines.into_iter().map(line).collect();
    let key = Key::of(&headers, &Method::POST, &at.caller.visitor.context.target, &body)?;
    perform(&app, &at, key, &Batch { lines }).await
}

/// Counts the lines beyond those that the request itself stands for. A batch may go beyond the limit, else a large one never
/// passed where the limit is low; whoever comes after that, or at the same time, may not.
fn count(app: &App, at: &At, lines: usize) -> Result<(), Problem> {
    let more = u32::try_from(lines.div_ceil(LINES_A_REQUEST).saturating_sub(1)).unwrap_or(u32::MAX);
    let most = app.config.api.requests_per_minute;
    let standing = app.limits.requests(at.caller.token, app.clock.now().timestamp(), more, most);
    match standing.was_over_before(more) {
        true => Err(Problem::too_many("this token has asked too often", standing.reset)),
        false => Ok(()),
    }
}

fn line(text: &str) -> Result<NewAppointment, Problem> {
    match serde_json::from_str(text) {
        Ok(Json::Object(row)) => new_appointment(&row),
        Ok(_) => Err(Problem::unreadable("the line must be a JSON object")),
        Err(error) => Err(Problem::unreadable(format!("the line is no JSON: {error}"))),
    }
}

struct Batch {
    lines: Vec<Result<NewAppointment, Problem>>,
}

#[async_trait]
impl Work for Batch {
    async fn run(&self, tx: &TenantTx, at: &At, app: &App) -> Result<Reply, Problem> {
        let good: Vec<NewAppointment> = self.lines.iter().flatten().cloned().collect();
        let (actor, now) = (at.caller.actor(), app.clock.now_utc());
        let made = booking::create_within(tx, &actor, &good, now).await.map_err(refused)?;
        let mut effect = false;
        let (mut made, mut text, mut missing) = (made.into_iter(), String::new(), Vec::new());
        for (at, line) in self.lines.iter().enumerate() {
            let outcome = match line {
                Ok(_) => made.next().ok_or_else(Problem::internal)?.map_err(refused),
                Err(problem) => Err(problem.clone()),
            };
            let answer = match outcome {
                Ok(appointment) => {
                    effect = true;
                    json!({ "line": at + 1, "status": 201, "id": appointment.id })
                }
                Err(problem) => {
                    missing.extend(problem.missing.filter(|_| missing.len() < REPORTED));
                    json!({ "line": at + 1, "status": problem.status.as_u16(), "problem": problem.short() })
                }
            };
            text.push_str(&answer.to_string());
            text.push('\n');
        }
        Ok(Reply::body(MEDIA, text).missing(missing).effect(effect))
    }
}
