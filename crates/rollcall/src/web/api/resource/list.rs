//! Lists: filtered, ordered and paged by index, so that rows that come or go meanwhile move no other row to another page.

use serde_json::{Map, Value as Json};

use super::kind::{self, Kind};
use super::row::{statement, values};
use super::{Column, Resource};
use crate::app::App;
use crate::db::{Arg, Error, TenantDb};
use crate::web::api::cursor::Cursor;
use crate::web::api::problem::{Fault, Problem};
use crate::web::api::query::Parameters;

/// The most rows of a page, and as many as there are where nobody says.
pub(super) const MOST: i64 = 200;
pub(super) const USUAL: i64 = 50;

/// What is asked of a list.
#[derive(Clone, Debug)]
pub(crate) struct Listing {
    conditions: String,
    args: Vec<Arg>,
    /// The column that the list is ordered by; none: the id.
    sort: Option<&'static Column>,
    descending: bool,
    limit: i64,
    after: Option<Cursor>,
    /// Rows of other tables that were asked for by id.
    pub(super) asked: Vec<(&'static str, i64)>,
    name: String,
}

/// A page of a list.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) rows: Vec<Map<String, Json>>,
    pub(crate) next: Option<Cursor>,
}

impl Listing {
    /// Reads what the address asks for.
    pub(crate) fn of(app: &App, resource: &Resource, company: i64, mut from: Parameters) -> Result<Self, Problem> {
        let mut faults = Vec::new();
        let limit = paging(&mut from, &mut faults);
        let sort = from.take("sort").unwrap_or_else(|| "id".to_owned());
        let (name, descending) = sort.strip_prefix('-').map_or((sort.as_str(), false), |name| (name, true));
        let column = resource.sorts.iter().find(|known| **known == name).and_then(|name| resource.column(name));
        if column.is_none() && name != "id" {
            faults.push(Fault::parameter("sort", format!("must be one of {}", sorts(resource).join(", "))));
        }
        let mut listing = Self {
            conditions: String::new(),
            args: Vec::new(),
            sort: column,
            descending,
            limit,
            after: None,
            asked: Vec::new(),
            name: format!("{company}.{}.{sort}", resource.area.as_str()),
        };
        for column in resource.columns.iter().filter(|column| column.filter) {
            listing.narrow(column, &mut from, &mut faults);
        }
        let cursor = from.take("cursor");
        from.end(faults)?;
        listing.after = cursor.map(|cursor| Cursor::read(app, &listing.name, &cursor)).transpose()?;
        Ok(listing)
    }

    fn narrow(&mut self, column: &'static Column, from: &mut Parameters, faults: &mut Vec<Fault>) {
        for (parameter, comparison) in parameters(column) {
            let Some(text) = from.take(&parameter) else { continue };
            match column.kind.parse(&text) {
                Ok(arg) => {
                    if let (Kind::Ref(table), Some(id)) = (column.kind, kind::integer(&text)) {
                        self.asked.push((table, id));
                    }
                    self.conditions.push_str(&format!(" AND t.{} {comparison} ?", column.name));
                    self.args.push(arg);
                }
                Err(wrong) => faults.push(Fault::parameter(&parameter, wrong)),
            }
        }
    }

    /// The same list in pages of `limit` rows.
    pub(crate) fn in_pages_of(self, limit: i64) -> Self {
        Self { limit, ..self }
    }

    /// The same list, after that row.
    pub(crate) fn after(&self, cursor: Cursor) -> Self {
        Self { after: Some(cursor), ..self.clone() }
    }

    /// A cursor as a client gets it.
    pub(crate) fn written(&self, app: &App, cursor: &Cursor) -> String {
        cursor.write(app, &self.name)
    }
}

/// The parameters that narrow a list by a column, and how each compares.
pub(super) fn parameters(column: &Column) -> Vec<(String, &'static str)> {
    match column.kind {
        Kind::Instant => vec![(format!("{}_from", column.name), ">="), (format!("{}_before", column.name), "<")],
        _ => vec![(column.name.to_owned(), "=")],
    }
}

/// How many rows a page is to have.
pub(crate) fn paging(from: &mut Parameters, faults: &mut Vec<Fault>) -> i64 {
    let Some(text) = from.take("limit") else { return USUAL };
    match Kind::Int(1, MOST).parse(&text) {
        Ok(_) => kind::integer(&text).unwrap_or(USUAL),
        Err(wrong) => {
            faults.push(Fault::parameter("limit", wrong));
            USUAL
        }
    }
}

/// By what a list can be ordered.
pub(super) fn sorts(resource: &Resource) -> Vec<String> {
    let names = std::iter::once("id").chain(resource.sorts.iter().copied());
    names.flat_map(|name| [name.to_owned(), format!("-{name}")]).collect()
}

/// Reads a page: at most one row more than is shown, by index.
pub(crate) async fn page(db: &TenantDb, resource: &Resource, listing: &Listing) -> Result<Page, Error> {
    let (comparison, order) = if listing.descending { ("<", "DESC") } else { (">", "ASC") };
    let (mut more, mut args) = (listing.conditions.clone(), listing.args.clone());
    match (listing.sort, &listing.after) {
        (None, Some(after)) => {
            more.push_str(&format!(" AND t.id {comparison} ?"));
            args.push(after.id.into());
        }
        (Some(column), Some(after)) => {
            let key = column.kind.parse(&after.key).map_err(Error::Custom)?;
            // The first of the two is what an index can be searched by.
            let name = column.name;
            more.push_str(&format!(
                " AND t.{name} {comparison}= ? AND (t.{name} {comparison} ? OR t.id {comparison} ?)"
            ));
            args.extend([key.clone(), key, after.id.into()]);
        }
        (_, None) => {}
    }
    let by = listing.sort.map_or_else(String::new, |column| format!("t.{} {order}, ", column.name));
    more.push_str(&format!(" ORDER BY {by}t.id {order} LIMIT {}", listing.limit + 1));
    let (sql, args) = statement(resource, db.dialect(), &more, args)?;
    let rows = db.rows(&sql, args).await?;
    let mut rows = rows.iter().map(|row| values(row, resource.columns)).collect::<Result<Vec<_>, _>>()?;
    let shown = usize::try_from(listing.limit).unwrap_or_default();
    let goes_on = rows.len() > shown;
    rows.truncate(shown);
    let next = rows.last().filter(|_| goes_on).map(|row| Cursor {
        id: row.get("id").and_then(Json::as_i64).unwrap_or_default(),
        key: listing.sort.map_or_else(String::new, |column| key(row, column)),
    });
    Ok(Page { rows, next })
}

fn key(row: &Map<String, Json>, column: &Column) -> String {
    row.get(column.name).and_then(Json::as_str).map_or_else(|| kind::written(chrono::NaiveDateTime::MIN), str::to_owned)
}
