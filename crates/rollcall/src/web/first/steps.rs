//! `POST /admin/first-steps/close`: nobody in the company wants to see the list of first steps any more.

use axum::extract::State;
use axum::response::Response;

use super::allow;
use crate::app::App;
use crate::changes;
use crate::web::error::Failure;
use crate::web::see_other;
use crate::web::visitor::InCompany;

pub(super) async fn close(State(app): State<App>, at: InCompany) -> Result<Response, Failure> {
    allow(&at)?;
    changes::steps::dismiss(&app, &at.scope, &at.visitor.actor()).await?;
    Ok(see_other(&format!("/admin{}", at.and_company().replacen('&', "?", 1))))
}
