//! The first minutes: from an empty database to a company with data, by the browser alone.

mod company;
mod data;
mod imports;
mod setup;
mod steps;
mod upload;

use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use tower_http::limit::RequestBodyLimitLayer;

use super::error::Failure;
use super::listed::Routes;
use super::visitor::InCompany;
use crate::app::App;

/// Where a company is founded.
const COMPANY: &str = "/admin/companies/new";
/// Where its data come in.
const DATA: &str = "/admin/data";
/// What a form that sends a file has beside it.
const AROUND_FILE: usize = 64 * 1024;

/// The routes.
pub(super) fn routes() -> Routes {
    Routes::new()
        .route("/setup/{secret}", get(setup::form).post(setup::found))
        .route(COMPANY, get(company::form).post(company::found))
        .route(DATA, get(data::page))
        .route("/admin/data/token", post(data::token))
        .route("/admin/data/received", get(data::received))
        .route("/admin/first-steps/close", post(steps::close))
        .route("/admin/data/imports/{id}", get(imports::page).post(imports::choose))
        .route("/admin/data/imports/{id}/rejects", get(imports::rejects))
        .route("/admin/data/imports/{id}/remove", post(imports::remove))
}

/// The one that takes files: it has a limit and a patience of its own.
pub(super) fn uploads(app: &App) -> Routes {
    let most = app.config.import.max_file.saturating_add(AROUND_FILE);
    Routes::new()
        .route("/admin/data/upload", post(upload::upload))
        .layer(DefaultBodyLimit::disable())
        .layer(RequestBodyLimitLayer::new(most))
}

/// Bringing data in is writing.
fn allow(at: &InCompany) -> Result<(), Failure> {
    if at.scope.role().may_write() { Ok(()) } else { Err(Failure::Forbidden) }
}

/// A page about the company's data: `of` is below it, `query` what it is asked.
fn data_url(at: &InCompany, of: &str, query: &str) -> String {
    let company = at.and_company();
    let query = format!("{query}{company}");
    match query.trim_start_matches('&') {
        "" => format!("{DATA}{of}"),
        query => format!("{DATA}{of}?{query}"),
    }
}
