//! `GET /api/docs`: the description, for people; it needs no script and no other host.

use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};

use crate::app::App;
use crate::web::context::Context;
use crate::web::error::Failure;
use crate::web::view::ApiDocsPage;

pub(super) async fn page(State(_): State<App>, context: Context) -> Result<Response, Failure> {
    let page = ApiDocsPage::new(context.lang, context.theme, super::openapi::whole());
    Ok(Html(page.html()?).into_response())
}
