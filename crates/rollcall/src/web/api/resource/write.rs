//! Making, changing and deleting rows: the work of a request.

use async_trait::async_trait;
use axum::http::StatusCode;

use crate::app::App;
use crate::db::TenantTx;
use crate::events::Verb;
use crate::resource::{Resource, Taken, change, delete, make};
use crate::web::api::caller::At;
use crate::web::api::problem::Problem;
use crate::web::api::work::{Reply, Work};

/// Makes a row.
pub(crate) struct Making {
    pub(crate) resource: &'static Resource,
    pub(crate) verb: Verb,
    pub(crate) taken: Taken,
}

#[async_trait]
impl Work for Making {
    async fn run(&self, tx: &TenantTx, at: &At, app: &App) -> Result<Reply, Problem> {
        let by = (&at.caller.actor(), app.clock.now_utc());
        let row = make(tx, self.resource, self.verb, &self.taken, by).await?;
        let path = row.get("id").map(|id| format!("{}/{id}", self.resource.path())).unwrap_or_default();
        Ok(Reply::row(StatusCode::CREATED, row).at(path))
    }
}

/// Changes a row.
pub(super) struct Changing {
    pub(super) resource: &'static Resource,
    pub(super) id: i64,
    pub(super) tag: String,
    pub(super) taken: Taken,
}

#[async_trait]
impl Work for Changing {
    async fn run(&self, tx: &TenantTx, at: &At, app: &App) -> Result<Reply, Problem> {
        let by = (&at.caller.actor(), app.clock.now_utc());
        let row = change(tx, self.resource, (self.id, &self.tag), &self.taken, by).await?;
        Ok(Reply::row(StatusCode::OK, row))
    }
}

/// Deletes a row.
pub(super) struct Deleting {
    pub(super) resource: &'static Resource,
    pub(super) id: i64,
    pub(super) tag: String,
}

#[async_trait]
impl Work for Deleting {
    async fn run(&self, tx: &TenantTx, at: &At, app: &App) -> Result<Reply, Problem> {
        let by = (&at.caller.actor(), app.clock.now_utc());
        delete(tx, self.resource, (self.id, &self.tag), by).await?;
        Ok(Reply::nothing())
    }
}
