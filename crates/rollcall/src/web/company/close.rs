//! `/admin/companies/{id}/close`: nobody of a company signs in any more, until it is opened again.

use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Response};

use super::{COMPANIES, Deed, entered, failed, write};
use crate::app::App;
use crate::company;
use crate::web::error::Failure;
use crate::web::see_other;
use crate::web::view::ClosePage;
use crate::web::visitor::Visitor;

/// `GET /admin/companies/{id}/close`: what stops when it is.
pub(super) async fn ask(State(app): State<App>, visitor: Visitor, Path(id): Path<String>) -> Result<Response, Failure> {
    let at = entered(&app, visitor, &id).await?;
    let db = at.scope.db(&app.db);
    let company = company::read(&db).await?.ok_or(Failure::NotFound)?;
    let closing = company::closing(&app, &db).await?;
    let page = ClosePage::new(at.visitor.chrome(), (at.company.id, &company), closing);
    Ok(Html(page.html()?).into_response())
}

/// `POST /admin/companies/{id}/close`: the next request of its people and programs is refused.
pub(super) async fn close(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    switch(&app, visitor, &id, false).await
}

/// `POST /admin/companies/{id}/reopen`
pub(super) async fn reopen(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    switch(&app, visitor, &id, true).await
}

async fn switch(app: &App, visitor: Visitor, id: &str, active: bool) -> Result<Response, Failure> {
    let at = entered(app, visitor, id).await?;
    write(app, &at, &Deed::Switch(active)).await.map_err(failed)?;
    let done = if active { "company_reopened" } else { "company_closed" };
    Ok(see_other(&format!("{COMPANIES}/{}?notice={done}", at.company.id)))
}
