//! Lists of what stands above companies, in the manner of the others: for platform operators alone.

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;

use super::asked::{Where, asked};
use super::id_of;
use super::list::format_of;
use super::record::LINES;
use super::turned;
use crate::app::App;
use crate::audit::{self, Filter, Line};
use crate::resource::{ABOVE, History, Joins, Kind, Mentioned, Names, Rows, Screen, page_of};
use crate::security::{self, Attempt};
use crate::tenant::OperatorScope;
use crate::web::answer::{self, Body, Media};
use crate::web::entry;
use crate::web::error::Failure;
use crate::web::export::Export;
use crate::web::listed::Routes;
use crate::web::view::{Chrome, ListPage, Notice, PageQuery, RecordPage};
use crate::web::visitor::{Visitor, companies};

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

/// The operator who asks for `page`; to everybody else there is none, and that they ask is told to the operators.
pub(in crate::web) async fn operator(app: &App, visitor: &Visitor, page: &str) -> Result<OperatorScope, Failure> {
    if let Some(operator) = OperatorScope::of(&visitor.user) {
        return Ok(operator);
    }
    let subject = format!("user {} companies", visitor.user.id);
    let (actor, company) = (visitor.actor(), visitor.user.company_id);
    security::record(app, &actor, Attempt::ForeignCompany, company, &subject, page).await;
    Err(Failure::NotFound)
}

/// Where somebody asks.
fn place(visitor: &Visitor) -> Where<'_> {
    Where { target: &visitor.context.target, scope: None, whose: 0, zone: visitor.zone() }
}

fn joins(app: &App, screen: &Screen) -> Joins {
    let columns = screen.resource.columns;
    Joins::of(app.db.dialect(), columns, columns.iter())
}

async fn list(screen: &'static Screen, app: &App, visitor: &Visitor, headers: &HeaderMap) -> Result<Response, Failure> {
    let operator = operator(app, visitor, &screen.path()).await?;
    let (listing, chosen) = asked(app, screen, place(visitor)).await?;
    let db = app.db.platform();
    let page = page_of(&Rows::Platform(&db, PURPOSE), screen.resource, &listing, &joins(app, screen)).await?;
    let by_company = screen.resource.columns.iter().any(|column| matches!(column.kind, Kind::Ref("companies")));
    if let Some(elsewhere) = turned::elsewhere((app, screen), &visitor.context.target, &listing, &page) {
        return Ok(elsewhere);
    }
    let rows = Rows::Platform(&db, PURPOSE);
    let matching = turned::matching(&rows, screen.resource, &listing, (&page, usize::from(by_company))).await?;
    let offered = if by_company { companies(app, &operator).await? } else { Vec::new() };
    let list = ListPage::new(visitor.chrome(), visitor.zone(), app.clock.now(), chosen).companies(offered);
    let list = list.rows(&page).turned(&turned::cursors(app, &listing, &page)).counted(matching);
    answer::passing(Body { text: list.html()?, keep: false }, Media::Html, headers)
}

async fn record(
    screen: &'static Screen,
    app: &App,
    visitor: &Visitor,
    id: &str,
    headers: &HeaderMap,
) -> Result<Response, Failure> {
    let operator = operator(app, visitor, &screen.path()).await?;
    let id = id_of(id)?;
    let (mut listing, _) = asked(app, screen, Where { target: "", ..place(visitor) }).await?;
    listing.when("t.id = ?", [id.into()]);
    let db = app.db.platform();
    let page = page_of(&Rows::Platform(&db, PURPOSE), screen.resource, &listing, &joins(app, screen)).await?;
    let (row, beside) = page.rows.first().zip(page.beside.first()).ok_or(Failure::NotFound)?;
    let history = match screen.history {
        History::OfRow => Some(history(app, visitor, &operator, screen, id).await?),
        History::None | History::Itself => None,
    };
    let notice = PageQuery::of(&visitor.context.target).get("notice").and_then(Notice::named);
    let chrome = Chrome { notice, ..visitor.chrome() };
    let page = RecordPage::new(chrome, visitor.zone(), app.clock.now(), screen, (id, row, beside))
        .above(row)
        .history(history, &Mentioned::default());
    answer::passing(Body { text: page.html()?, keep: false }, Media::Html, headers)
}

/// What became of a company. Its audit log is its own: whoever reads in it enters the company.
async fn history(
    app: &App,
    visitor: &Visitor,
    operator: &OperatorScope,
    screen: &Screen,
    id: i64,
) -> Result<Vec<Line>, Failure> {
    entry::write_down(app, &visitor.actor(), id).await?;
    let subject_kind = Some(screen.resource.thing.as_str().to_owned());
    let filter = Filter { subject_kind, subject_id: Some(id), ..Filter::default() };
    Ok(audit::lines(&operator.enter_known(id).db(&app.db), &filter, LINES).await?)
}

async fn export(screen: &'static Screen, app: App, visitor: &Visitor) -> Result<Response, Failure> {
    operator(&app, visitor, &screen.path()).await?;
    let format = format_of(&PageQuery::of(&visitor.context.target))?;
    let (listing, _) = asked(&app, screen, place(visitor)).await?;
    let (joins, names) = (joins(&app, screen), Names::default().into());
    let (resource, zone) = (screen.resource, Some(visitor.zone()));
    let export = Export { app, scope: crate::web::export::Of::Above(PURPOSE), resource, format, joins, names, zone };
    Ok(export.answer(listing, screen.name))
}
