//! `/api/v1`: the JSON API, by tokens and without cookies.
//!
//! [`resource`] is one mechanism for all simple resources; what is more than a table has a file of its own. The description
//! (`/api/openapi.json`) comes from the handlers and from the resources' columns, and `/api/docs` from the description.

mod appointments;
mod batch;
mod caller;
mod companies;
mod docs;
mod limits;
mod notifications;
mod openapi;
mod problem;
mod query;
mod resource;
mod summaries;
mod users;
mod widgets;
mod work;

use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use tower_http::limit::RequestBodyLimitLayer;
use utoipa_axum::router::UtoipaMethodRouter;
use utoipa_axum::routes;

pub(crate) use limits::Limits;
pub(super) use problem::Problem;
pub(super) use work::prune;

use super::listed::Routes;
use crate::app::App;

/// What is more than a table, with its description.
fn described() -> [UtoipaMethodRouter<App>; 7] {
    [
        routes!(widgets::list),
        routes!(summaries::days),
        routes!(appointments::complete),
        routes!(appointments::no_show),
        routes!(appointments::reopen),
        routes!(appointments::check),
        routes!(notifications::retry),
    ]
}

/// What has a larger body.
fn batches() -> UtoipaMethodRouter<App> {
    routes!(batch::create)
}

/// The API.
pub(super) fn router(app: &App) -> Routes {
    let routes = described().into_iter().fold(Routes::new(), Routes::described);
    let batch = Routes::new().described(batches());
    resource::ALL
        .into_iter()
        .fold(routes, resource::mount)
        .route("/api/v1/companies", get(companies::list).post(companies::create))
        .route("/api/v1/companies/{id}", get(companies::read).patch(companies::change))
        .route("/api/v1/exports/{resource}", get(resource::export))
        .route("/api/v1/widgets/{key}", get(widgets::widget))
        .route("/api/v1/users", post(users::create))
        .route("/api/v1/appointments", post(appointments::create))
        .route("/api/v1/appointments/{id}/cancel", post(appointments::cancel))
        .route("/api/v1/appointments/{id}/reschedule", post(appointments::reschedule))
        .layer(RequestBodyLimitLayer::new(app.config.request.max_body))
        .merge(batch.layer(RequestBodyLimitLayer::new(app.config.api.max_batch)))
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(app.clone(), caller::layer))
}

/// What describes the API: for everybody.
pub(super) fn description() -> Routes {
    Routes::new().route("/api/openapi.json", get(openapi::document)).route("/api/docs", get(docs::page))
}
