//! The same handlers for every simple resource.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::header::{CONTENT_TYPE, ETAG, IF_MATCH};
use axum::http::{HeaderMap, Method};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Map, Value as Json, json};

use super::list::listing;
use super::write::{Changing, Deleting, Making};
use crate::app::App;
use crate::export::Format;
use crate::resource::{
    ALL, Joins, Listing, Resource, checked, etag, id, integer, page, statement, take, values, written_row,
};
use crate::tokens::Access;
use crate::web::api::caller::At;
use crate::web::api::problem::{Fault, Problem};
use crate::web::api::query::Parameters;
use crate::web::api::work::{Key, perform};
use crate::web::export::Export;
use crate::web::listed::Routes;

/// Adds a resource's routes.
pub(in crate::web) fn mount(routes: Routes, it: &'static Resource) -> Routes {
    let (all, one) = (it.path(), format!("{}/{{id}}", it.path()));
    let mut rows = get(move |State(app): State<App>, at: At, RawQuery(query): RawQuery| async move {
        list(it, &app, &at, query).await
    });
    if let Some(verb) = it.made {
        rows = rows.post(move |State(app): State<App>, at: At, headers: HeaderMap, body: Bytes| async move {
            at.caller.allow(it.area, Access::Write)?;
            let taken = take(it, &body_of(&headers, &body)?, true).and_then(|taken| checked(it, taken));
            let taken = at.told(&app, taken.map_err(Problem::invalid)).await?;
            let key = Key::of(&headers, &Method::POST, &at.caller.visitor.context.target, &body)?;
            perform(&app, &at, key, &Making { resource: it, verb, taken }).await
        });
    }
    let mut row =
        get(
            move |State(app): State<App>, at: At, Path(id): Path<String>| async move { read(it, &app, &at, &id).await },
        );
    if it.changes {
        row = row.patch(
            move |State(app): State<App>, at: At, Path(id): Path<String>, headers: HeaderMap, body: Bytes| async move {
                at.caller.allow(it.area, Access::Write)?;
                let (id, tag) = (id_of(&id)?, tag(&headers)?);
                let taken = take(it, &body_of(&headers, &body)?, false).map_err(Problem::invalid);
                let taken = at.told(&app, taken).await?;
                perform(&app, &at, None, &Changing { resource: it, id, tag, taken }).await
            },
        );
    }
    if it.deletes {
        row =
            row.delete(move |State(app): State<App>, at: At, Path(id): Path<String>, headers: HeaderMap| async move {
                at.caller.allow(it.area, Access::Write)?;
                let (id, tag) = (id_of(&id)?, tag(&headers)?);
                perform(&app, &at, None, &Deleting { resource: it, id, tag }).await
            });
    }
    routes.route(&all, rows).route(&one, row)
}

async fn list(it: &'static Resource, app: &App, at: &At, query: Option<String>) -> Result<Response, Problem> {
    at.caller.allow(it.area, Access::Read)?;
    let parameters = Parameters::of(query.as_deref())?;
    let listing = at.told(app, listing(app, it, at.scope().company_id(), parameters)).await?;
    let page = page(&at.scope().db(&app.db), it, &listing, &Joins::default()).await?;
    // Though there are rows: some of the company's own may point into another one.
    report_asked(app, at, &listing).await;
    let next = page.next.map(|cursor| listing.written(app, &cursor));
    let rows: Vec<_> = page.rows.into_iter().map(Json::Object).collect();
    Ok(answered(json!({ "data": rows, "next": next }).to_string()))
}

async fn read(it: &'static Resource, app: &App, at: &At, id: &str) -> Result<Response, Problem> {
    at.caller.allow(it.area, Access::Read)?;
    let id = id_of(id)?;
    let db = at.scope().db(&app.db);
    let (sql, args) = statement(it, db.dialect(), "AND t.id = ?", vec![id.into()])?;
    let rows = db.rows(&sql, args).await?;
    let row = rows.first().ok_or_else(|| Problem::no_row(it.table, id));
    let row = at.told(app, row).await?;
    let text = written_row(values(row, it.columns)?);
    Ok(([(ETAG, etag(&text))], answered(text)).into_response())
}

pub(crate) fn answered(json: String) -> Response {
    ([(CONTENT_TYPE, "application/json")], json).into_response()
}

/// `GET /api/v1/exports/{resource}`: every row of a list, as CSV or as lines of JSON, while it is read.
pub(crate) async fn export(
    State(app): State<App>,
    at: At,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let it = ALL.into_iter().find(|it| it.area.as_str() == name).ok_or_else(Problem::not_found)?;
    at.caller.allow(it.area, Access::Read)?;
    let mut parameters = Parameters::of(query.as_deref())?;
    let format = parameters.take("format").unwrap_or_else(|| "csv".to_owned());
    let format = match format.as_str() {
        "csv" => Format::Csv,
        "ndjson" => Format::Lines,
        "xlsx" => Format::Xlsx,
        _ => return Err(Problem::bad(vec![Fault::parameter("format", "must be one of csv, ndjson, xlsx")])),
    };
    let listing = at.told(&app, listing(&app, it, at.scope().company_id(), parameters)).await?;
    // Before the first row: once they are sent, nobody knows here whether there were any.
    report_asked(&app, &at, &listing).await;
    let (scope, joins, names) = (at.scope().clone(), Joins::default(), Arc::default());
    Ok(Export { app, scope: scope.into(), resource: it, format, joins, names, zone: None }.answer(listing, &name))
}

async fn report_asked(app: &App, at: &At, listing: &Listing) {
    for (table, id) in &listing.asked {
        at.report(app, &Problem::no_row(table, *id)).await;
    }
}

/// The id in an address; whatever else stands there is no row.
pub(crate) fn id_of(text: &str) -> Result<i64, Problem> {
    integer(text).and_then(|number| id(&number.into()).ok()).ok_or_else(Problem::not_found)
}

/// The state that is to be changed, as the client knows it.
pub(crate) fn tag(headers: &HeaderMap) -> Result<String, Problem> {
    let given: Vec<_> = headers.get_all(IF_MATCH).iter().map(|value| value.to_str().unwrap_or_default()).collect();
    if given.is_empty() { Err(Problem::unconditional()) } else { Ok(given.join(",")) }
}

/// A body that is a JSON object.
pub(crate) fn body_of(headers: &HeaderMap, body: &[u8]) -> Result<Map<String, Json>, Problem> {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        return Err(Problem::media("application/json"));
    }
    match serde_json::from_slice(body) {
        Ok(Json::Object(body)) => Ok(body),
        Ok(_) => Err(Problem::unreadable("the body must be a JSON object")),
        Err(error) => Err(Problem::unreadable(format!("the body is no JSON: {error}"))),
    }
}
