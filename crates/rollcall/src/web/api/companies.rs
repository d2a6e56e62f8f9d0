//! Companies: for platform operators.

use async_trait::async_trait;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::header::ETAG;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value as Json, json};

use super::caller::{At, Caller};
use super::problem::{Fault, Problem};
use super::query::Parameters;
use super::resource::written_row;
use super::resource::{
    COMPANIES, Taken, answered, body_of, etag, id_of, listing, matches, selection, tag, take, values,
};
use super::work::{Key, Reply, Tx, Work, claim, keep, perform};
use crate::accounts::{self, AccountError, NewCompany};
use crate::app::App;
use crate::changes;
use crate::company;
use crate::db::{Error, PlatformSql, TenantSql, TenantTx};
use crate::resource::page_above;
use crate::tenant::OperatorScope;
use crate::tokens::{Access, Area};
use crate::web::visitor::InCompany;

/// Whose list it is: no company's.
const ABOVE: i64 = 0;

/// `GET /api/v1/companies`
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    operator(&caller, Access::Read)?;
    let listing = listing(&app, &COMPANIES, ABOVE, Parameters::of(query.as_deref())?)?;
    let page =
        page_above(&app.db.platform(), "companies are listed to an operator's token", &COMPANIES, &listing).await?;
    let next = page.next.map(|cursor| listing.written(&app, &cursor));
    Ok(answered(json!({ "data": page.rows, "next": next }).to_string()))
}

/// `GET /api/v1/companies/{id}`
pub(super) async fn read(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Response, Problem> {
    let operator = operator(&caller, Access::Read)?;
    let scope = operator.enter(&app.db, id_of(&id)?).await?.ok_or_else(Problem::not_found)?;
    let db = scope.db(&app.db);
    let rows = db.rows(&own(db.dialect(), "")?, vec![]).await?;
    let text = written_row(values(rows.first().ok_or_else(Problem::not_found)?, COMPANIES.columns)?);
    Ok(([(ETAG, etag(&text))], answered(text)).into_response())
}

/// `POST /api/v1/companies`
pub(super) async fn create(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let operator = operator(&caller, Access::Write)?;
    let taken = take(&COMPANIES, &body_of(&headers, &body)?, true).map_err(Problem::invalid)?;
    let new = new_company(&taken.row)?;
    let key = Key::of(&headers, &Method::POST, &caller.visitor.context.target, &body)?;
    let tx = app.db.platform().begin().await?;
    if let Some(key) = &key
        && let Some(reply) = claim(Tx::Platform(&tx), caller.token, key, app.clock.now().timestamp()).await?
    {
        return Ok(reply.answer_again(true));
    }
    let made = accounts::found_company(&tx, &app.clock, &caller.actor(), new).await.map_err(refused)?;
    let text = format!("SELECT {} FROM companies t WHERE t.id = ?", selection(COMPANIES.columns, app.db.dialect()));
    let sql = PlatformSql::composed("a company is read after an operator's token made it", text);
    let row = tx.row(&sql, vec![made.id.into()]).await?.ok_or_else(Problem::internal)?;
    let reply = Reply::row(StatusCode::CREATED, values(&row, COMPANIES.columns)?);
    let reply = reply.at(format!("{}/{}", COMPANIES.path(), made.id));
    if let Some(key) = &key {
        keep(Tx::Platform(&tx), caller.token, key, &reply).await?;
    }
    tx.commit().await?;
    changes::settle(&app.db, &operator.enter_known(made.id), &app.clock).await?;
    Ok(reply.answer_again(false))
}

/// `PATCH /api/v1/companies/{id}`
pub(super) async fn change(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    operator(&caller, Access::Write)?;
    let (id, tag) = (id_of(&id)?, tag(&headers)?);
    let taken = take(&COMPANIES, &body_of(&headers, &body)?, false).map_err(Problem::invalid)?;
    let zone = taken.row.get("timezone").and_then(Json::as_str);
    zone.map_or(Ok(()), |zone| accounts::time_zone(zone).map(|_| ())).map_err(|error| at_fault("timezone", &error))?;
    let company = InCompany::come_as(&app, caller.visitor.clone(), &caller.actor(), Some(id.to_string())).await?;
    perform(&app, &At { caller, company }, None, &Changing { tag, taken }).await
}

struct Changing {
    tag: String,
    taken: Taken,
}

#[async_trait]
impl Work for Changing {
    async fn run(&self, tx: &TenantTx, at: &At, app: &App) -> Result<Reply, Problem> {
        let before = found(tx, tx.dialect().pick("", " FOR UPDATE", " FOR UPDATE")).await?;
        if !matches(&self.tag, &etag(&written_row(before.clone()))) {
            return Err(Problem::stale());
        }
        let written = (self.taken.columns.as_slice(), self.taken.args.clone());
        let by = (&at.caller.actor(), app.clock.now_utc());
        let after = company::change(tx, before, written, by).await?;
        Ok(Reply::row(StatusCode::OK, after))
    }
}

async fn found(tx: &TenantTx, lock: &str) -> Result<Map<String, Json>, Problem> {
    let rows = tx.rows(&own(tx.dialect(), lock)?, vec![]).await?;
    Ok(values(rows.first().ok_or_else(Problem::not_found)?, COMPANIES.columns)?)
}

fn own(dialect: crate::db::Dialect, lock: &str) -> Result<TenantSql, Error> {
    let text = format!("SELECT {} FROM companies t WHERE t.id = :company{lock}", selection(COMPANIES.columns, dialect));
    Ok(TenantSql::composed(text)?)
}

fn operator(caller: &Caller, access: Access) -> Result<OperatorScope, Problem> {
    caller.allow(Area::Companies, access)?;
    caller.operator()
}

fn new_company(row: &Map<String, Json>) -> Result<NewCompany, Problem> {
    let text = |name: &str| row.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
    let (name, slug, timezone, locale) = (text("name"), text("slug"), text("timezone"), text("locale"));
    let faults = [
        ("name", accounts::name(&name).err()),
        ("slug", accounts::slug(&slug).err()),
        ("timezone", accounts::time_zone(&timezone).err()),
    ];
    let faults: Vec<_> =
        faults.into_iter().filter_map(|(field, wrong)| Some(Fault::field(field, wrong?.to_string()))).collect();
    if faults.is_empty() { Ok(NewCompany { name, slug, timezone, locale }) } else { Err(Problem::invalid(faults)) }
}

fn at_fault(field: &str, wrong: &accounts::Invalid) -> Problem {
    Problem::invalid(vec![Fault::field(field, wrong.to_string())])
}

fn refused(error: AccountError) -> Problem {
    match error {
        AccountError::SlugTaken(slug) => Problem::conflict("taken", format!("there is a company `{slug}` already")),
        AccountError::Database(error) => error.into(),
        _ => Problem::internal(),
    }
}
