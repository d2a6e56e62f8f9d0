//! `POST /admin/notifications/{id}/set-aside` and `…/take-back`: a failed notification needs nobody's attention, or does after all.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;

use super::list::report;
use super::{id_of, require};
use crate::app::App;
use crate::changes;
use crate::db::{Error, Mode};
use crate::resource::{Form as Typed, Joins, NOTIFICATIONS, Screen, one, set_aside, take_back, value};
use crate::web::error::Failure;
use crate::web::see_other;
use crate::web::visitor::InCompany;

/// How often a transaction that lost to another one is begun again.
const ATTEMPTS: usize = 5;

/// Sets one aside.
pub(super) async fn set(
    State(app): State<App>,
    at: InCompany,
    Path(id): Path<String>,
    Form(form): Form<Typed>,
) -> Result<Response, Failure> {
    switch(&app, &at, &id, Some(value(&form, "reason"))).await
}

/// Takes that back.
pub(super) async fn back(State(app): State<App>, at: InCompany, Path(id): Path<String>) -> Result<Response, Failure> {
    switch(&app, &at, &id, None).await
}

async fn switch(app: &App, at: &InCompany, id: &str, reason: Option<&str>) -> Result<Response, Failure> {
    let screen = Screen::named("notifications").ok_or(Failure::Internal)?;
    require(screen, at)?;
    if at.scope.role() < screen.writes {
        return Err(Failure::Forbidden);
    }
    let id = id_of(id)?;
    if one(&at.scope.db(&app.db), &NOTIFICATIONS, id, &Joins::default()).await?.is_none() {
        report(app, at, NOTIFICATIONS.table, id).await;
        return Err(Failure::NotFound);
    }
    let mut attempt = 1;
    let changed = loop {
        match once(app, at, id, reason).await {
            Err(error) if changes::is_conflict(&error) && attempt < ATTEMPTS => attempt += 1,
            result => break result?,
        }
    };
    changes::settle(&app.db, &at.scope, &app.clock).await?;
    let notice = match (changed, reason) {
        (0, _) => "nothing_changed",
        (_, Some(_)) => "set_aside",
        (_, None) => "taken_back",
    };
    Ok(see_other(&format!("{}/{id}?notice={notice}{}", screen.path(), at.and_company())))
}

async fn once(app: &App, at: &InCompany, id: i64, reason: Option<&str>) -> Result<usize, Error> {
    let tx = at.scope.db(&app.db).begin(Mode::Write).await?;
    let by = (&at.visitor.actor(), app.clock.now_utc());
    let changed = match reason {
        Some(reason) => set_aside(&tx, &[id], reason, by).await?,
        None => take_back(&tx, &[id], by).await?,
    };
    tx.commit().await?;
    Ok(changed)
}
