//! The page of a row.

use axum::http::HeaderMap;
use axum::response::Response;

use super::asked::bad;
use super::list::report;
use super::turned::cursors;
use super::{chrome, id_of, require, standing};
use crate::app::App;
use crate::audit::{self, Filter};
use crate::resource::{History, Joins, Listing, Mentioned, NOTIFICATIONS, Page, Screen, aside, one, page as read_page};
use crate::web::answer::{self, Body, Media};
use crate::web::error::Failure;
use crate::web::view::{Cursors, PageQuery, RecordPage};
use crate::web::visitor::InCompany;

/// So many lines of the audit log are on the page.
pub(super) const LINES: u32 = 30;
/// So many messages are.
const MESSAGES: i64 = 10;
const CUSTOMERS: &str = "customers";

pub(super) async fn record(
    screen: &'static Screen,
    app: &App,
    at: &InCompany,
    id: &str,
    headers: &HeaderMap,
) -> Result<Response, Failure> {
    require(screen, at)?;
    let id = id_of(id)?;
    let db = at.scope.db(&app.db);
    let columns = screen.resource.columns;
    let joins = Joins::of(db.dialect(), columns, columns.iter());
    let Some((row, beside)) = one(&db, screen.resource, id, &joins).await? else {
        report(app, at, screen.resource.table, id).await;
        return Err(Failure::NotFound);
    };
    let wanted = match screen.history {
        History::OfRow => {
            let subject_kind = Some(screen.resource.thing.as_str().to_owned());
            Some((Filter { subject_kind, subject_id: Some(id), ..Filter::default() }, LINES))
        }
        History::Itself => Some((Filter { before: Some(id + 1), ..Filter::default() }, 1)),
        History::None => None,
    };
    let history = match wanted.filter(|_| at.scope.role().may_write()) {
        Some((filter, most)) => Some(audit::lines(&db, &filter, most).await?),
        None => None,
    };
    let changes = history.iter().flatten().map(|line| (line.before.as_ref(), line.after.as_ref()));
    // Where a company has said nothing of its currency, asking once more finds nothing either.
    let currency = joins.names("currency").then(|| beside.get("currency").map_or("EUR", String::as_str));
    let mentioned = Mentioned::read(&db, screen.resource, changes, currency).await?;
    let chrome = chrome(app, at).await;
    let standing = standing::html(app, at, &chrome, screen, (id, &row)).await?;
    let page = RecordPage::new(chrome, at.zone, app.clock.now(), screen, (id, &row, &beside))
        .history(history, &mentioned)
        .standing(standing);
    let page = match screen.resource.table == CUSTOMERS {
        true => {
            let (messages, beside) = messages(app, at, id).await?;
            page.messages(&messages, &beside)
        }
        false => page,
    };
    let page = match screen.resource.table == NOTIFICATIONS.table {
        true => page.aside(aside(&db, id).await?.as_ref(), &row),
        false => page,
    };
    answer::passing(Body { text: page.html()?, keep: false }, Media::Html, headers)
}

/// What was sent to a customer, the newest first, and where the pages beside it begin.
async fn messages(app: &App, at: &InCompany, id: i64) -> Result<(Page, Cursors), Failure> {
    let listing = Listing::of(&NOTIFICATIONS, at.scope.company_id(), "-created_at", MESSAGES);
    let mut listing = listing.ok_or(Failure::Internal)?;
    for (name, value) in [("notifiable_type", "customer".to_owned()), ("notifiable_id", id.to_string())] {
        let column = NOTIFICATIONS.column(name).ok_or(Failure::Internal)?;
        listing.narrow(app.db.dialect(), column, "=", &value).map_err(|_| Failure::Internal)?;
    }
    let query = PageQuery::of(&at.visitor.context.target);
    let given = |name: &str| query.get(name).filter(|place| !place.is_empty());
    let first = listing.clone();
    listing = match (given("messages"), given("messages_before")) {
        (Some(after), _) => listing.resumed(app, after).ok_or_else(|| bad("messages", after, String::new()))?,
        (None, Some(before)) => {
            let turned = listing.turned_back(app, before);
            turned.ok_or_else(|| bad("messages_before", before, String::new()))?
        }
        (None, None) => listing,
    };
    let db = at.scope.db(&app.db);
    let page = read_page(&db, &NOTIFICATIONS, &listing, &Joins::default()).await?;
    let beside = cursors(app, &listing, &page);
    // What stood there is gone: the newest are not.
    if page.short || (page.rows.is_empty() && page.previous.is_some()) {
        let page = read_page(&db, &NOTIFICATIONS, &first, &Joins::default()).await?;
        let beside = cursors(app, &first, &page);
        return Ok((page, beside));
    }
    Ok((page, beside))
}
