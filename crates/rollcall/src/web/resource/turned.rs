//! Pages of a list, how it is turned over, and how many rows it has in all.

use axum::response::Response;

use crate::app::App;
use crate::db::Error;
use crate::resource::{Listing, Matching, Page, Resource, Rows, Screen, matching as look};
use crate::web::see_other;
use crate::web::view::{Cursors, PageQuery};

/// So many statements are behind a page at most, and so many of them behind each: who asks, and what stands in the navigation.
const AT_MOST: usize = 5;
const AROUND: usize = 2;

/// Where the pages beside this one begin.
pub(super) fn cursors(app: &App, listing: &Listing, page: &Page) -> Cursors {
    Cursors {
        next: page.next.as_ref().map(|cursor| listing.written(app, cursor)),
        previous: page.previous.as_ref().map(|cursor| listing.written(app, cursor)),
    }
}

/// Where a page leads instead whose rows went meanwhile: one that is empty to the page before it, and one that has fewer rows than
/// fit, though it was to end before a certain row, to the first.
pub(super) fn elsewhere(
    (app, screen): (&App, &Screen),
    target: &str,
    listing: &Listing,
    page: &Page,
) -> Option<Response> {
    let chosen: PageQuery = PageQuery::of(target).without(|name| matches!(name, "after" | "before")).cloned().collect();
    let before = page.previous.as_ref().filter(|_| page.rows.is_empty());
    let before = before.map(|cursor| ("before".to_owned(), listing.written(app, cursor)));
    (page.short || before.is_some()).then(|| see_other(&chosen.url(&screen.path(), before.as_slice())))
}

/// How many rows match, as far as that can be said by what the page read, or by one statement more where it took `others` of its own
/// besides that for its rows.
pub(super) async fn matching(
    from: &Rows<'_>,
    resource: &Resource,
    listing: &Listing,
    (page, others): (&Page, usize),
) -> Result<Option<Matching>, Error> {
    if page.previous.is_none() && page.next.is_none() {
        return Ok(i64::try_from(page.rows.len()).ok().map(Matching::Exactly));
    }
    match AROUND + page.statements + others < AT_MOST {
        true => look(from, resource, listing).await,
        false => Ok(None),
    }
}
