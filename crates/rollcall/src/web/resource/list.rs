//! A list.

use axum::http::HeaderMap;
use axum::response::Response;

use super::asked::{asked, bad};
use super::{chrome, require};
use crate::app::App;
use crate::resource::{Joins, Kind, Listing, Screen, Wrong, page};
use crate::security::{self, Attempt};
use crate::web::answer::{self, Body, Media};
use crate::web::error::Failure;
use crate::web::export::{Export, Format};
use crate::web::view::{ListPage, PageQuery};
use crate::web::visitor::InCompany;

pub(super) async fn list(
    screen: &'static Screen,
    app: &App,
    at: &InCompany,
    headers: &HeaderMap,
) -> Result<Response, Failure> {
    require(screen, at)?;
    let (listing, chosen) = told(app, screen, at, asked(app, screen, at)).await?;
    let db = at.scope.db(&app.db);
    let columns = screen.resource.columns;
    // What the list is narrowed by has its name, too.
    let named = |name: &str| chosen.columns.contains(&name) || chosen.filters.iter().any(|(filter, _)| filter == name);
    let joins = Joins::of(db.dialect(), columns, columns.iter().filter(|column| named(column.name)));
    let page = page(&db, screen.resource, &listing, &joins).await?;
    if page.rows.is_empty() {
        report_asked(app, at, &listing).await;
    }
    let next = page.next.as_ref().map(|cursor| listing.written(app, cursor));
    let list = ListPage::new(chrome(app, at).await, at.zone, app.clock.now(), chosen).rows(&page, next);
    answer::passing(Body { text: list.html()?, keep: false }, Media::Html, headers)
}

/// Every row of the list, with the screen's filters and order: `?format=csv`, or `json`.
pub(super) async fn export(screen: &'static Screen, app: App, at: &InCompany) -> Result<Response, Failure> {
    require(screen, at)?;
    let query = PageQuery::of(&at.visitor.context.target);
    let format = match query.get("format").unwrap_or("csv") {
        "csv" => Format::Csv,
        "json" => Format::Array,
        other => return Err(bad("format", other, "csv, json".to_owned())),
    };
    let (listing, _) = told(&app, screen, at, asked(&app, screen, at)).await?;
    // Before the first row: once they are sent, nobody knows here whether there were any.
    report_asked(&app, at, &listing).await;
    let columns = screen.resource.columns;
    let ids = columns.iter().filter(|column| matches!(column.kind, Kind::Ref(_) | Kind::Target));
    let joins = Joins::of(app.db.dialect(), columns, ids);
    let export = Export { app, scope: at.scope.clone(), resource: screen.resource, format, joins, zone: Some(at.zone) };
    Ok(export.answer(listing, screen.name))
}

/// What was asked, after a type that is none was reported.
async fn told<T>(app: &App, screen: &'static Screen, at: &InCompany, asked: Result<T, Failure>) -> Result<T, Failure> {
    if let Err(Failure::Bad(choice)) = &asked
        && let Some(column) = screen.resource.column(&choice.name)
        && let Err(Wrong::NoType { given, .. }) = column.kind.parse(&choice.value)
    {
        report_type(app, at, &given).await;
    }
    asked
}

/// Reports that somebody named a type that is none.
pub(super) async fn report_type(app: &App, at: &InCompany, given: &str) {
    let path = at.visitor.context.target.split('?').next().unwrap_or_default();
    security::hostile_type(app, &at.visitor.actor(), at.scope.company_id(), given, path).await;
}

async fn report_asked(app: &App, at: &InCompany, listing: &Listing) {
    for (table, id) in &listing.asked {
        report(app, at, table, *id).await;
    }
}

/// Reports that a row which there is not in the company is somebody else's, where it is.
pub(in crate::web) async fn report(app: &App, at: &InCompany, table: &'static str, id: i64) {
    let company = at.scope.company_id();
    match security::is_foreign(app, table, company, id).await {
        Ok(false) => {}
        Ok(true) => {
            let visitor = &at.visitor;
            let subject = format!("user {} {table} {id}", visitor.user.id);
            let path = visitor.context.target.split('?').next().unwrap_or_default();
            security::record(app, &visitor.actor(), Attempt::ForeignRow, Some(company), &subject, path).await;
        }
        Err(error) => tracing::error!(%error, "whether a row is another company's could not be looked up"),
    }
}
