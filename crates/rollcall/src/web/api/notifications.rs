//! `POST /api/v1/notifications/{id}/retry`: a failed notification is to be sent again.

use async_trait::async_trait;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use serde_json::Value as Json;

use super::caller::At;
use super::problem::Problem;
use super::resource::{self, NOTIFICATIONS, body_of, id_of};
use super::work::{Key, Reply, Work, perform};
use crate::app::App;
use crate::db::TenantTx;
use crate::events::{self, Event, Thing, Verb};
use crate::resource::forget;
use crate::tokens::{Access, Area};
use crate::web::notifications::RETRY;

/// Send a failed notification again
#[utoipa::path(post, path = "/api/v1/notifications/{id}/retry", tag = "notifications",
    operation_id = "retry_notification", params(("id" = i64, Path, minimum = 1)),
    responses((status = 200, description = "As it is now.", body = serde_json::Value)))]
pub(super) async fn retry(
    State(app): State<App>,
    at: At,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    at.caller.allow(Area::Notifications, Access::Write)?;
    let id = id_of(&id)?;
    if !body.is_empty() && !body_of(&headers, &body)?.is_empty() {
        return Err(Problem::unreadable("there is nothing to say in the body"));
    }
    let key = Key::of(&headers, &Method::POST, &at.caller.visitor.context.target, &body)?;
    perform(&app, &at, key, &Retrying(id)).await
}

struct Retrying(i64);

#[async_trait]
impl Work for Retrying {
    async fn run(&self, tx: &TenantTx, at: &At, app: &App) -> Result<Reply, Problem> {
        let (id, now) = (self.0, app.clock.now_utc());
        let before = resource::read(tx, &NOTIFICATIONS, id, true).await?;
        let before = before.ok_or_else(|| Problem::no_row(NOTIFICATIONS.table, id))?;
        if tx.execute(&RETRY, vec![now.into(), id.into()]).await? == 0 {
            return Err(Problem::conflict("state", "it has not failed"));
        }
        forget(tx, &[id]).await?;
        let after = resource::read(tx, &NOTIFICATIONS, id, false).await?.ok_or_else(Problem::internal)?;
        let event = Event::new(Thing::Notification, Verb::Retried, id);
        let event = event.before(Json::Object(before)).after(Json::Object(after.clone()));
        events::announce(tx, &at.caller.actor(), &[event], now).await?;
        Ok(Reply::row(StatusCode::OK, after))
    }
}
