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

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use tower_http::limit::RequestBodyLimitLayer;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) use limits::Limits;
pub(super) use problem::Problem;
pub(super) use work::prune;

use crate::app::App;

/// What is more than a table, with its description.
fn described() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(openapi::Base::openapi())
        .routes(routes!(widgets::list))
        .routes(routes!(summaries::days))
        .routes(routes!(appointments::complete))
        .routes(routes!(appointments::no_show))
        .routes(routes!(appointments::check))
        .routes(routes!(notifications::retry))
}

/// What has a larger body.
fn batches() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(openapi::Base::openapi()).routes(routes!(batch::create))
}

/// The API.
pub(super) fn router(app: &App) -> Router<App> {
    let (mut router, _) = described().split_for_parts();
    let (batch, _) = batches().split_for_parts();
    for it in resource::ALL {
        router = resource::mount(router, it);
    }
    router
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
pub(super) fn description() -> Router<App> {
    Router::new().route("/api/openapi.json", get(openapi::document)).route("/api/docs", get(docs::page))
}
