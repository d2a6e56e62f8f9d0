//! `GET /admin/companies`: operators choose whose dashboard they look at. For everybody else there is no such page.

use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};

use super::error::Failure;
use super::view::{CompaniesPage, PageQuery};
use super::visitor::{self, Visitor};
use crate::app::App;
use crate::security::{self, Attempt};
use crate::tenant::OperatorScope;

pub(super) async fn list(State(app): State<App>, visitor: Visitor) -> Result<Response, Failure> {
    let operator = operator(&app, &visitor, "/admin/companies").await?;
    let companies = visitor::companies(&app, &operator).await?;
    let query = PageQuery::of(&visitor.context.target);
    let search = query.get("q").unwrap_or_default();
    Ok(Html(CompaniesPage::new(visitor.chrome(), companies, search).html()?).into_response())
}

/// The operator who asks for `page`; to everybody else there is none, and that they ask is told to the operators.
pub(super) async fn operator(app: &App, visitor: &Visitor, page: &str) -> Result<OperatorScope, Failure> {
    if let Some(operator) = OperatorScope::of(&visitor.user) {
        return Ok(operator);
    }
    let subject = format!("user {} companies", visitor.user.id);
    let (actor, company) = (visitor.actor(), visitor.user.company_id);
    security::record(app, &actor, Attempt::ForeignCompany, company, &subject, page).await;
    Err(Failure::NotFound)
}
