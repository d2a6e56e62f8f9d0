//! Lists of what stands above companies, in the manner of the others: for platform operators alone.

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;

use super::asked::{Where, asked};
use super::id_of;
use super::list::format_of;
use crate::app::App;
use crate::resource::{ABOVE, Beside, Joins, Names, Rows, Screen, page_of};
use crate::web::answer::{self, Body, Media};
use crate::web::companies::operator;
use crate::web::error::Failure;
use crate::web::export::Export;
use crate::web::listed::Routes;
use crate::web::view::{ListPage, PageQuery, RecordPage};
use crate::web::visitor::Visitor;

/// What the statements are for.
const PURPOSE: &str = "an operator reads what stands above companies";

/// The routes of every such list.
pub(in crate::web) fn routes() -> Routes {
    ABOVE.into_iter().fold(Routes::new(), |routes, screen| {
        let all = get(move |State(app): State<App>, visitor: Visitor, headers: HeaderMap| async move {
            list(screen, &app, &visitor, &headers).await
        });
        let one = get(
            move |State(app): State<App>, visitor: Visitor, Path(id): Path<String>, headers: HeaderMap| async move {
                record(screen, &app, &visitor, &id, &headers).await
            },
        );
        let export =
            get(move |State(app): State<App>, visitor: Visitor| async move { export(screen, app, &visitor).await });
        let path = screen.path();
        routes.route(&path, all).route(&format!("{path}/export"), export).route(&format!("{path}/{{id}}"), one)
    })
}

/// Where somebody asks.
fn place(visitor: &Visitor) -> Where<'_> {
    Where { target: &visitor.context.target, scope: None, zone: visitor.zone() }
}

async fn list(screen: &'static Screen, app: &App, visitor: &Visitor, headers: &HeaderMap) -> Result<Response, Failure> {
    operator(app, visitor, &screen.path()).await?;
    let (listing, chosen) = asked(app, screen, place(visitor)).await?;
    let db = app.db.platform();
    let page = page_of(&Rows::Platform(&db, PURPOSE), screen.resource, &listing, &Joins::default()).await?;
    let next = page.next.as_ref().map(|cursor| listing.written(app, cursor));
    let list = ListPage::new(visitor.chrome(), visitor.zone(), app.clock.now(), chosen).rows(&page, next);
    answer::passing(Body { text: list.html()?, keep: false }, Media::Html, headers)
}

async fn record(
    screen: &'static Screen,
    app: &App,
    visitor: &Visitor,
    id: &str,
    headers: &HeaderMap,
) -> Result<Response, Failure> {
    operator(app, visitor, &screen.path()).await?;
    let id = id_of(id)?;
    let (mut listing, _) = asked(app, screen, Where { target: "", ..place(visitor) }).await?;
    listing.when("t.id = ?", [id.into()]);
    let db = app.db.platform();
    let page = page_of(&Rows::Platform(&db, PURPOSE), screen.resource, &listing, &Joins::default()).await?;
    let row = page.rows.first().ok_or(Failure::NotFound)?;
    let beside = Beside::new();
    let page = RecordPage::new(visitor.chrome(), visitor.zone(), app.clock.now(), screen, (id, row, &beside));
    answer::passing(Body { text: page.html()?, keep: false }, Media::Html, headers)
}

async fn export(screen: &'static Screen, app: App, visitor: &Visitor) -> Result<Response, Failure> {
    operator(&app, visitor, &screen.path()).await?;
    let format = format_of(&PageQuery::of(&visitor.context.target))?;
    let (listing, _) = asked(&app, screen, place(visitor)).await?;
    let (joins, names) = (Joins::default(), Names::default().into());
    let (resource, zone) = (screen.resource, Some(visitor.zone()));
    let export = Export { app, scope: crate::web::export::Of::Above(PURPOSE), resource, format, joins, names, zone };
    Ok(export.answer(listing, &screen.name.replace('/', "_")))
}
