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
    let Some(operator) = OperatorScope::of(&visitor.user) else {
        let subject = format!("user {} companies", visitor.user.id);
        security::record(
            &app,
            &visitor.actor(),
            Attempt::ForeignCompany,
            visitor.user.company_id,
            &subject,
            "/admin/companies",
        )
        .await;
        return Err(Failure::NotFound);
    };
    let companies = visitor::companies(&app, &operator).await?;
    let query = PageQuery::of(&visitor.context.target);
    let search = query.get("q").unwrap_or_default();
    Ok(Html(CompaniesPage::new(visitor.chrome(), companies, search).html()?).into_response())
}
