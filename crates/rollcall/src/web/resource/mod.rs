//! `/admin/{resource}`: the panel's lists, and a page for each of their rows: one mechanism for all of [`SCREENS`].

mod asked;
mod list;
mod record;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::routing::get;

use super::drawing::Drawing;
use super::error::Failure;
use super::view::{Badges, Chrome, PageQuery};
use super::visitor::InCompany;
use crate::app::App;
use crate::resource::{SCREENS, Screen, id, integer};

/// The routes of every screen.
pub(super) fn routes() -> Router<App> {
    SCREENS.into_iter().fold(Router::new(), |router, screen| {
        let all = get(move |State(app): State<App>, at: InCompany, headers: HeaderMap| async move {
            list::list(screen, &app, &at, &headers).await
        });
        let one =
            get(move |State(app): State<App>, at: InCompany, Path(id): Path<String>, headers: HeaderMap| async move {
                record::record(screen, &app, &at, &id, &headers).await
            });
        router.route(&screen.path(), all).route(&format!("{}/{{id}}", screen.path()), one)
    })
}

/// Lets nobody through who may not see the screen.
fn require(screen: &Screen, at: &InCompany) -> Result<(), Failure> {
    if at.scope.role() >= screen.sees { Ok(()) } else { Err(Failure::Forbidden) }
}

/// The id in an address; whatever else stands there is no row.
fn id_of(text: &str) -> Result<i64, Failure> {
    let number = integer(text).and_then(|number| id(&number.into()).ok());
    number.filter(|number| number.to_string() == text).ok_or(Failure::NotFound)
}

/// What stands around a page of the company, with the figures of the navigation.
async fn chrome(app: &App, at: &InCompany) -> Chrome {
    let badges = Drawing::new(app, at, &PageQuery::default(), &[]).badges().await;
    at.chrome(badges.unwrap_or_else(|_| Badges::default()))
}
