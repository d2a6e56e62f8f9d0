//! The page of a row.

use axum::http::HeaderMap;
use axum::response::Response;

use super::list::report;
use super::{chrome, id_of, require, standing};
use crate::app::App;
use crate::audit::{self, Filter};
use crate::resource::{History, Joins, Screen, one};
use crate::web::answer::{self, Body, Media};
use crate::web::error::Failure;
use crate::web::view::RecordPage;
use crate::web::visitor::InCompany;

/// So many lines of the audit log are on the page.
const LINES: u32 = 30;

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
    let chrome = chrome(app, at).await;
    let standing = standing::html(app, at, &chrome, screen, (id, &row)).await?;
    let page = RecordPage::new(chrome, at.zone, app.clock.now(), screen, (id, &row, &beside));
    let page = page.history(history).standing(standing);
    answer::passing(Body { text: page.html()?, keep: false }, Media::Html, headers)
}
