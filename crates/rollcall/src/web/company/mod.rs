//! Pages about a company itself: its settings, for its admins; what an operator changes of it, closes and opens again.

mod close;
mod edit;

use axum::routing::{get, post};

use super::error::Failure;
use super::listed::Routes;
use super::resource::above::operator;
use super::resource::id_of;
use super::visitor::{InCompany, Visitor};
use crate::app::App;
use crate::changes;
use crate::company::{self, Settings};
use crate::db::Mode;
use crate::resource::Refusal;

/// Where operators find companies.
const COMPANIES: &str = "/admin/companies";
/// How often a transaction that lost to another one is begun again.
const ATTEMPTS: usize = 5;

/// The routes.
pub(super) fn routes() -> Routes {
    Routes::new()
        .route("/admin/settings", get(edit::settings).post(edit::save_settings))
        .route("/admin/companies/{id}/edit", get(edit::company).post(edit::save_company))
        .route("/admin/companies/{id}/close", get(close::ask).post(close::close))
        .route("/admin/companies/{id}/reopen", post(close::reopen))
}

/// An operator in the company of that id, which is written down; for everybody else there is no such page.
async fn entered(app: &App, visitor: Visitor, id: &str) -> Result<InCompany, Failure> {
    operator(app, &visitor, COMPANIES).await?;
    let (id, actor) = (id_of(id)?, visitor.actor());
    InCompany::come_as(app, visitor, &actor, Some(id.to_string())).await
}

/// What is done with a company.
enum Deed<'a> {
    /// Kept, by whoever saw it in the state of that tag.
    Save(&'a str, &'a Settings),
    /// Opened again, or closed.
    Switch(bool),
}

/// Does it; once it is acknowledged, every figure counts by it.
async fn write(app: &App, at: &InCompany, deed: &Deed<'_>) -> Result<(), Refusal> {
    let mut attempt = 1;
    loop {
        match write_once(app, at, deed).await {
            Err(Refusal::Database(error)) if changes::is_conflict(&error) && attempt < ATTEMPTS => attempt += 1,
            Ok(()) => break,
            refused => return refused,
        }
    }
    changes::settle(&app.db, &at.scope, &app.clock).await?;
    Ok(())
}

async fn write_once(app: &App, at: &InCompany, deed: &Deed<'_>) -> Result<(), Refusal> {
    let tx = at.scope.db(&app.db).begin(Mode::Write).await?;
    let by = (&at.visitor.actor(), app.clock.now_utc());
    match deed {
        Deed::Save(tag, settings) => company::save(&tx, tag, settings, by).await?,
        Deed::Switch(active) => company::switch(&tx, *active, by).await?,
    }
    tx.commit().await?;
    Ok(())
}

/// Why something was not done, where no form can say it.
fn failed(refusal: Refusal) -> Failure {
    match refusal {
        Refusal::NoRow { .. } => Failure::NotFound,
        Refusal::Database(error) => error.into(),
        _ => Failure::Internal,
    }
}
