//! What an admin does with the people of the company.

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Map, json};

use crate::app::App;
use crate::changes;
use crate::events::Verb;
use crate::people::{factor, letter, parting};
use crate::resource::{Joins, Refusal, Screen, USERS, one, take};
use crate::web::answer::{self, Body, Media};
use crate::web::error::Failure;
use crate::web::resource::form::Of;
use crate::web::resource::{chrome, id_of};
use crate::web::see_other;
use crate::web::view::DeactivatePage;
use crate::web::visitor::InCompany;

/// `POST /admin/users/{id}/activate`
pub(super) async fn activate(
    State(app): State<App>,
    at: InCompany,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    switch(&app, &at, &id, true).await
}

/// `GET /admin/users/{id}/deactivate`: what ends when they are.
pub(super) async fn ask(
    State(app): State<App>,
    at: InCompany,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let (of, id) = person(&app, &at, &id).await?;
    let (db, columns) = (at.scope.db(&app.db), of.screen.resource.columns);
    let joins = Joins::of(db.dialect(), columns, columns.iter());
    let (row, beside) = one(&db, of.screen.resource, id, &joins).await?.ok_or(Failure::NotFound)?;
    let parting = parting(&app, &db, id, at.visitor.user.id).await?;
    let (chrome, times) = (chrome(&app, &at).await, (at.zone, app.clock.now()));
    let text = DeactivatePage::new(chrome, times, of.screen, (id, &row, &beside), &parting).html()?;
    answer::passing(Body { text, keep: false }, Media::Html, &headers)
}

/// `POST /admin/users/{id}/deactivate`: their next request is refused, whatever they come with.
pub(super) async fn deactivate(
    State(app): State<App>,
    at: InCompany,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    switch(&app, &at, &id, false).await
}

/// `POST /admin/users/{id}/reset-totp`: whoever lost their second step signs in by password again, and is told by mail.
pub(super) async fn reset_totp(
    State(app): State<App>,
    at: InCompany,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let (_, id) = person(&app, &at, &id).await?;
    let whose = (id, Some(at.scope.company_id()));
    if !factor::turn_off(&app, &at.visitor.actor(), whose, Verb::SecondFactorReset).await? {
        return Ok(see_other(&format!("/admin/users/{id}{}", at.and_company().replacen('&', "?", 1))));
    }
    app.live.end_of(id, None);
    letter::tell_reset(&app, id, &at.visitor.user.name, at.visitor.context.lang).await?;
    Ok(back(&at, id, "totp_reset"))
}

async fn switch(app: &App, at: &InCompany, id: &str, active: bool) -> Result<Response, Failure> {
    let (of, id) = person(app, at, id).await?;
    let mut body = Map::new();
    body.insert("is_active".to_owned(), json!(active));
    let taken = take(&USERS, &body, false).map_err(|_| Failure::Internal)?;
    // In whatever state the row is: nothing else of it changes.
    let done = match of.write(Some(id), "*", &taken).await {
        Ok(_) if active => "activated",
        Ok(_) => "deactivated",
        Err(Refusal::LastAdmin) => "last_admin",
        Err(Refusal::NoRow { .. }) => return Err(Failure::NotFound),
        Err(Refusal::Database(error)) => return Err(error.into()),
        Err(_) => return Err(Failure::Internal),
    };
    changes::settle(&app.db, &at.scope, &app.clock).await?;
    Ok(back(at, id, done))
}

/// Who is meant, by an admin of their company.
pub(super) async fn person<'a>(app: &'a App, at: &'a InCompany, id: &str) -> Result<(Of<'a>, i64), Failure> {
    let screen = Screen::named("users").ok_or(Failure::Internal)?;
    let of = Of { app, screen, at };
    of.allow()?;
    let id = id_of(id)?;
    of.there(id).await?;
    Ok((of, id))
}

/// To the person's page, which says what was done.
pub(super) fn back(at: &InCompany, id: i64, done: &str) -> Response {
    see_other(&format!("/admin/users/{id}?notice={done}{}", at.and_company()))
}
