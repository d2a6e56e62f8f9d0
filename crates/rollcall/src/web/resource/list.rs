//! A list.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;

use super::asked::{asked, bad};
use super::choices::offered;
use super::remove::{self, Asked};
use super::{chrome, require, turned};
use crate::app::App;
use crate::export::Format;
use crate::people::invitation;
use crate::resource::{Joins, Kind, Listing, Names, Rows, Screen, Wrong, count, page};
use crate::security::{self, Attempt};
use crate::web::answer::{self, Body, Media};
use crate::web::error::Failure;
use crate::web::export::Export;
use crate::web::view::{ListPage, PageQuery};
use crate::web::visitor::InCompany;

pub(super) async fn list(
    screen: &'static Screen,
    app: &App,
    at: &InCompany,
    headers: &HeaderMap,
) -> Result<Response, Failure> {
    require(screen, at)?;
    let (listing, chosen) = told(app, screen, at, asked(app, screen, at.into()).await).await?;
    let db = at.scope.db(&app.db);
    let columns = screen.resource.columns;
    // What the list is narrowed by has its name, too.
    let named = |name: &str| chosen.columns.contains(&name) || chosen.filters.iter().any(|(filter, _)| filter == name);
    let joins = Joins::of(db.dialect(), columns, columns.iter().filter(|column| named(column.name)));
    let page = page(&db, screen.resource, &listing, &joins).await?;
    // Rows of the company's own may point into another one: what they hang on has no name then.
    let is_nameless = |(name, _): &(String, String)| {
        joins.names(name) && page.beside.first().is_some_and(|beside| !beside.contains_key(name.as_str()))
    };
    if page.rows.is_empty() || chosen.filters.iter().any(is_nameless) {
        report_asked(app, at, &listing).await;
    }
    if let Some(elsewhere) = turned::elsewhere((app, screen), &at.visitor.context.target, &listing, &page) {
        return Ok(elsewhere);
    }
    // On the first page alone: nobody turns pages to find them.
    let may_have_pending = screen.resource.keeps_an_admin && page.previous.is_none();
    let pending = if may_have_pending { invitation::pending(&db).await? } else { Vec::new() };
    let offered = offered(&db, screen).await?;
    let others = [may_have_pending, !chosen.word.is_empty(), offered.is_some()].into_iter().filter(|it| *it).count();
    let matching = turned::matching(&Rows::Company(&db), screen.resource, &listing, (&page, others)).await?;
    let mut chrome = chrome(app, at).await;
    if let Some(gone) = PageQuery::of(&at.visitor.context.target).get("gone") {
        chrome.undo = remove::undo(Asked { app, screen, at }, gone).await?;
    }
    let list = ListPage::new(chrome, at.zone, app.clock.now(), chosen).offering(offered.unwrap_or_default());
    let list = list.rows(&page).turned(&turned::cursors(app, &listing, &page)).counted(matching).pending(&pending);
    answer::passing(Body { text: list.html()?, keep: false }, Media::Html, headers)
}

/// Every row of the list, with the screen's filters and order: `?format=csv`, or `json`.
/// Whoever shows how far it is gets the number of rows in the header [`ROWS`], if they ask for it by [`COUNT`].
pub(super) async fn export(
    screen: &'static Screen,
    app: App,
    at: &InCompany,
    headers: &HeaderMap,
) -> Result<Response, Failure> {
    require(screen, at)?;
    let format = format_of(&PageQuery::of(&at.visitor.context.target))?;
    let (listing, _) = told(&app, screen, at, asked(&app, screen, at.into()).await).await?;
    // Before the first row: once they are sent, nobody knows here whether there were any.
    report_asked(&app, at, &listing).await;
    let columns = screen.resource.columns;
    let names = Names::read(&at.scope.db(&app.db), screen.resource).await?;
    let ids = columns.iter().filter(|column| matches!(column.kind, Kind::Ref(_) | Kind::Target));
    let joins = Joins::of(app.db.dialect(), columns, ids.filter(|column| names.of(column).is_none()));
    let export = Export {
        app,
        scope: at.scope.clone().into(),
        resource: screen.resource,
        format,
        joins,
        names: Arc::new(names),
        zone: Some(at.zone),
    };
    let rows = match headers.contains_key(COUNT) {
        true => count(&at.scope.db(&export.app.db), screen.resource, &listing).await?,
        false => None,
    };
    let mut answer = export.answer(listing, screen.name);
    if let Some(rows) = rows {
        answer.headers_mut().insert(ROWS, HeaderValue::from(rows));
    }
    Ok(answer)
}

/// The format that the address asks for.
pub(super) fn format_of(query: &PageQuery) -> Result<Format, Failure> {
    match query.get("format").unwrap_or("csv") {
        "csv" => Ok(Format::Csv),
        "json" => Ok(Format::Array),
        "xlsx" => Ok(Format::Xlsx),
        other => Err(bad("format", other, "csv, json, xlsx".to_owned())),
    }
}

/// The header by which a browser asks how many rows there are, and the one that says it.
const COUNT: &str = "rollcall-count";
const ROWS: &str = "rollcall-rows";

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
