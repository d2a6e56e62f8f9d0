//! `/admin/tokens`: a person's tokens of the API, in the manner of the other lists; an admin sees those of the whole company.

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{get, post};

use super::asked::{Where, asked};
use super::id_of;
use super::list::format_of;
use super::record::LINES;
use super::turned;
use crate::app::App;
use crate::audit::{self, Filter, Line};
use crate::db::Arg;
use crate::resource::{Joins, Listing, Mentioned, Names, Rows, TOKENS, page_of};
use crate::tenant::{OperatorScope, TenantScope};
use crate::tokens::Whose;
use crate::web::answer::{self, Body, Media};
use crate::web::error::Failure;
use crate::web::export::{Export, Of};
use crate::web::listed::Routes;
use crate::web::people;
use crate::web::tokens::{create, form, not_theirs, revoke, whose};
use crate::web::view::{Chosen, ListPage, Notice, PageQuery, RecordPage};
use crate::web::visitor::Visitor;

/// What the statements are for.
const PURPOSE: &str = "tokens are listed to those whose they are";

/// The routes of tokens.
pub(in crate::web) fn routes() -> Routes {
    let path = TOKENS.path();
    Routes::new()
        .route(&path, get(list).post(create))
        .route(&format!("{path}/new"), get(form))
        .route(&format!("{path}/export"), get(export))
        .route(&format!("{path}/{{id}}"), get(record))
        .route(&format!("{path}/{{id}}/revoke"), post(revoke))
}

/// What the address `target` asks for, of those tokens alone that are theirs to see.
async fn of(app: &App, visitor: &Visitor, target: &str) -> Result<(Listing, Chosen), Failure> {
    let theirs = whose(visitor);
    let number = match theirs {
        Whose::Company(id) => id,
        _ => -visitor.user.id,
    };
    let place = Where { target, scope: None, whose: number, zone: visitor.zone() };
    let (mut listing, chosen) = asked(app, &TOKENS, place).await?;
    let (condition, arg) = theirs.condition();
    listing.found(condition.to_owned(), arg.map(Arg::from));
    Ok((listing, chosen))
}

async fn list(State(app): State<App>, visitor: Visitor, headers: HeaderMap) -> Result<Response, Failure> {
    let (listing, chosen) = of(&app, &visitor, &visitor.context.target).await?;
    let db = app.db.platform();
    let page = page_of(&Rows::Platform(&db, PURPOSE), TOKENS.resource, &listing, &Joins::default()).await?;
    if let Some(elsewhere) = turned::elsewhere((&app, &TOKENS), &visitor.context.target, &listing, &page) {
        return Ok(elsewhere);
    }
    let rows = Rows::Platform(&db, PURPOSE);
    let matching = turned::matching(&rows, TOKENS.resource, &listing, (&page, 0)).await?;
    let mut chrome = people::chrome(&app, &visitor).await?;
    if PageQuery::of(&visitor.context.target).get("notice") == Some("revoked") {
        chrome.notice = Some(Notice::TokenRevoked);
    }
    let list = ListPage::new(chrome, visitor.zone(), app.clock.now(), chosen);
    let list = list.rows(&page).turned(&turned::cursors(&app, &listing, &page)).counted(matching);
    answer::passing(Body { text: list.html()?, keep: false }, Media::Html, &headers)
}

async fn record(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let id = id_of(&id)?;
    let (mut listing, _) = of(&app, &visitor, "").await?;
    listing.when("t.id = ?", [id.into()]);
    let db = app.db.platform();
    let page = page_of(&Rows::Platform(&db, PURPOSE), TOKENS.resource, &listing, &Joins::default()).await?;
    let Some((row, beside)) = page.rows.first().zip(page.beside.first()) else {
        not_theirs(&app, &visitor, id).await?;
        return Err(Failure::NotFound);
    };
    let history = history(&app, &visitor, id).await?;
    let chrome = people::chrome(&app, &visitor).await?;
    let page = RecordPage::new(chrome, visitor.zone(), app.clock.now(), &TOKENS, (id, row, beside));
    let page = page.token(row).history(history, &Mentioned::default());
    answer::passing(Body { text: page.html()?, keep: false }, Media::Html, &headers)
}

/// What became of a token; none for those who may not see that.
async fn history(app: &App, visitor: &Visitor, id: i64) -> Result<Option<Vec<Line>>, Failure> {
    let subject_kind = Some(TOKENS.resource.thing.as_str().to_owned());
    let filter = Filter { subject_kind, subject_id: Some(id), ..Filter::default() };
    let lines = match (TenantScope::of(&visitor.user), OperatorScope::of(&visitor.user)) {
        (Some(scope), _) if scope.role().may_write() => audit::lines(&scope.db(&app.db), &filter, LINES).await?,
        (None, Some(operator)) => audit::lines_above(&app.db, &operator, &filter, LINES).await?,
        _ => return Ok(None),
    };
    Ok(Some(lines))
}

async fn export(State(app): State<App>, visitor: Visitor) -> Result<Response, Failure> {
    let format = format_of(&PageQuery::of(&visitor.context.target))?;
    let (listing, _) = of(&app, &visitor, &visitor.context.target).await?;
    let (scope, joins, names) = (Of::Above(PURPOSE), Joins::default(), Names::default().into());
    let export = Export { app, scope, resource: TOKENS.resource, format, joins, names, zone: Some(visitor.zone()) };
    Ok(export.answer(listing, TOKENS.name))
}
