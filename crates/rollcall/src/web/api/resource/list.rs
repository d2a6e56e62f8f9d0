//! What a request asks of a list.

use super::{MOST, USUAL};
use crate::app::App;
use crate::resource::{Listing, Resource, Wrong, integer, parameters, sorts};
use crate::web::api::problem::{Fault, Problem};
use crate::web::api::query::Parameters;

/// Reads what the address asks for.
pub(crate) fn listing(app: &App, resource: &Resource, company: i64, mut from: Parameters) -> Result<Listing, Problem> {
    let mut faults = Vec::new();
    let limit = paging(&mut from, &mut faults);
    let sort = from.take("sort").unwrap_or_else(|| "id".to_owned());
    let ordered = Listing::of(resource, company, &sort, limit);
    if ordered.is_none() {
        faults.push(Fault::parameter("sort", format!("must be one of {}", sorts(resource).join(", "))));
    }
    let mut listing = ordered.or_else(|| Listing::of(resource, company, "id", limit)).ok_or_else(Problem::internal)?;
    for column in resource.columns.iter().filter(|column| column.filter) {
        for (parameter, comparison) in parameters(column) {
            let Some(text) = from.take(&parameter) else { continue };
            if let Err(wrong) = listing.narrow(app.db.dialect(), column, comparison, &text) {
                faults.push(Fault::parameter(&parameter, wrong));
            }
        }
    }
    let cursor = from.take("cursor");
    from.end(faults)?;
    match cursor {
        Some(cursor) => listing.resumed(app, &cursor).ok_or_else(Problem::no_page),
        None => Ok(listing),
    }
}

/// How many rows a page is to have.
fn paging(from: &mut Parameters, faults: &mut Vec<Fault>) -> i64 {
    let Some(text) = from.take("limit") else { return USUAL };
    let number = integer(&text).filter(|number| (1..=MOST).contains(number));
    number.unwrap_or_else(|| {
        faults.push(Fault::parameter("limit", Wrong::Whole(1, MOST)));
        USUAL
    })
}
