//! Pages of lists: read by index, as rows that are shown or as cells of a file.

use serde_json::{Map, Value as Json};

use super::cursor::Cursor;
use super::join::{Beside, Joins};
use super::list::Listing;
use super::row::{condition_of, selection, values};
use super::{Column, Names, Resource};
use crate::db::{Arg, Error, Ordered, PlatformDb, PlatformSql, Row, TenantDb, TenantSql};
use crate::export::Field;

/// So many rows are counted at most.
const COUNTED: i64 = 2_000_000;

/// A page of a list.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) rows: Vec<Map<String, Json>>,
    /// What the joined tables say of each row.
    pub(crate) beside: Vec<Beside>,
    pub(crate) next: Option<Cursor>,
}

/// Reads a page: at most one row more than is shown, by index, and what stands beside each row in `joins`.
pub(crate) async fn page(db: &TenantDb, resource: &Resource, listing: &Listing, joins: &Joins) -> Result<Page, Error> {
    page_of(&Rows::Company(db), resource, listing, joins).await
}

/// The same of what stands above tenants, for `purpose`.
pub(crate) async fn page_above(
    db: &PlatformDb,
    purpose: &'static str,
    resource: &Resource,
    listing: &Listing,
) -> Result<Page, Error> {
    page_of(&Rows::Platform(db, purpose), resource, listing, &Joins::default()).await
}

/// Whose rows are read.
pub(crate) enum Rows<'a> {
    /// A company's.
    Company(&'a TenantDb),
    /// What stands above tenants, and what for.
    Platform(&'a PlatformDb, &'static str),
}

/// A page as the cells of a table: of each row the id, the columns, and behind each id its name, if it is kept or joined.
#[derive(Debug)]
pub(crate) struct Flat {
    pub(crate) rows: Vec<Vec<Field>>,
    pub(crate) next: Option<Cursor>,
}

/// Reads a page as cells: for files, which have no use for anything else.
pub(crate) async fn flat(
    from: &Rows<'_>,
    resource: &Resource,
    listing: &Listing,
    (joins, names): (&Joins, &Names),
) -> Result<Flat, Error> {
    let (found, goes_on) = found(from, resource, listing, joins).await?;
    let named = |column: &Column| (joins.at(column.name), names.of(column));
    let named: Vec<_> = resource.columns.iter().map(named).collect();
    let mut rows = Vec::with_capacity(found.len());
    for row in &found {
        let mut cells = Vec::with_capacity(2 * resource.columns.len() + 1);
        cells.push(Field::Whole(row.int(0)?));
        for (at, (column, (joined, kept))) in resource.columns.iter().zip(&named).enumerate() {
            let cell = column.kind.field(row, at + 1)?;
            let name = match (joined, kept, &cell) {
                (Some(joined), ..) => Some(row.opt_text(resource.columns.len() + 1 + joined)?),
                (None, Some(kept), Field::Whole(id)) => Some(kept.get(id).cloned()),
                (None, Some(_), _) => Some(None),
                (None, None, _) => None,
            };
            cells.push(cell);
            cells.extend(name.map(Field::from));
        }
        rows.push(cells);
    }
    let next = match found.last().filter(|_| goes_on) {
        Some(last) => Some(cursor(resource, listing, last)?),
        None => None,
    };
    Ok(Flat { rows, next })
}

/// How many rows the list has; none where there are more than [`COUNTED`], which nobody waits for.
pub(crate) async fn count(db: &TenantDb, resource: &Resource, listing: &Listing) -> Result<Option<i64>, Error> {
    let (condition, mut args) = condition_of(resource, db.dialect(), listing.deleted);
    args.extend(listing.args.iter().cloned());
    let condition = listing.own(&condition);
    let text = format!(
        "SELECT COUNT(*) FROM (SELECT t.id FROM {} t WHERE {condition}{} LIMIT {}) counted",
        resource.table,
        listing.conditions,
        COUNTED + 1
    );
    let sql = TenantSql::composed(text)?;
    let rows = db.rows(&sql, args).await?;
    let count = rows.first().map_or(Ok(0), |row| row.int(0))?;
    Ok((count <= COUNTED).then_some(count))
}

/// The ids of the list's rows, ascending; of more than `most` no more.
pub(crate) async fn ids(db: &TenantDb, resource: &Resource, listing: &Listing, most: usize) -> Result<Vec<i64>, Error> {
    let (condition, mut args) = condition_of(resource, db.dialect(), listing.deleted);
    args.extend(listing.args.iter().cloned());
    let condition = listing.own(&condition);
    let text = format!(
        "SELECT t.id FROM {} t WHERE {condition}{} ORDER BY t.id LIMIT {most}",
        resource.table, listing.conditions
    );
    let sql = TenantSql::composed(text)?;
    db.rows(&sql, args).await?.iter().map(|row| row.int(0)).collect()
}

/// The cursor behind a row.
fn cursor(resource: &Resource, listing: &Listing, row: &Row) -> Result<Cursor, Error> {
    let at = listing.sort.and_then(|sort| resource.columns.iter().position(|column| column.name == sort.name));
    let key = at.map(|at| resource.columns[at].kind.read(row, at + 1)).transpose()?;
    let key = key.and_then(|key| key.as_str().map(str::to_owned)).unwrap_or_default();
    Ok(Cursor { id: row.int(0)?, key })
}

/// Reads a page of those rows.
pub(crate) async fn page_of(
    from: &Rows<'_>,
    resource: &Resource,
    listing: &Listing,
    joins: &Joins,
) -> Result<Page, Error> {
    let (found, goes_on) = found(from, resource, listing, joins).await?;
    let rows = found.iter().map(|row| values(row, resource.columns)).collect::<Result<Vec<_>, _>>()?;
    let first = resource.columns.len() + 1;
    let beside = found.iter().map(|row| joins.read(row, first)).collect::<Result<_, _>>()?;
    let next = found.last().filter(|_| goes_on).map(|row| cursor(resource, listing, row)).transpose()?;
    Ok(Page { rows, beside, next })
}

/// The rows of a page, and whether there are more behind them.
async fn found(
    from: &Rows<'_>,
    resource: &Resource,
    listing: &Listing,
    joins: &Joins,
) -> Result<(Vec<Row>, bool), Error> {
    let wanted = listing.limit + 1;
    let mut found = Vec::new();
    for part in listing.parts() {
        let missing = wanted - i64::try_from(found.len()).unwrap_or(wanted);
        if missing > 0 {
            let rows = (resource, listing.deleted);
            let end = listing.end(part, missing);
            found.extend(read(from, rows, joins, (end, Some(listing))).await?);
        }
    }
    let shown = usize::try_from(listing.limit).unwrap_or_default();
    let goes_on = found.len() > shown;
    found.truncate(shown);
    Ok((found, goes_on))
}

/// The row of that id, with what stands beside it.
pub(crate) async fn one(
    db: &TenantDb,
    resource: &Resource,
    id: i64,
    joins: &Joins,
) -> Result<Option<(Map<String, Json>, Beside)>, Error> {
    one_of(db, (resource, false), id, joins).await
}

/// The same of a row that was deleted.
pub(crate) async fn deleted_one(
    db: &TenantDb,
    resource: &Resource,
    id: i64,
    joins: &Joins,
) -> Result<Option<(Map<String, Json>, Beside)>, Error> {
    one_of(db, (resource, true), id, joins).await
}

async fn one_of(
    db: &TenantDb,
    (resource, deleted): (&Resource, bool),
    id: i64,
    joins: &Joins,
) -> Result<Option<(Map<String, Json>, Beside)>, Error> {
    let end = (" AND t.id = ?".to_owned(), vec![id.into()]);
    let found = read(&Rows::Company(db), (resource, deleted), joins, (end, None)).await?;
    let first = resource.columns.len() + 1;
    found.first().map(|row| Ok((values(row, resource.columns)?, joins.read(row, first)?))).transpose()
}

/// The rows with that end of the statement, by the index that holds them in their order, if they are in one.
async fn read(
    from: &Rows<'_>,
    (resource, deleted): (&Resource, bool),
    joins: &Joins,
    ((end, of_end), listing): ((String, Vec<Arg>), Option<&Listing>),
) -> Result<Vec<Row>, Error> {
    let (dialect, (condition, of_condition)) = match from {
        Rows::Company(db) => (db.dialect(), condition_of(resource, db.dialect(), deleted)),
        Rows::Platform(db, _) => {
            let only = resource.only.map_or_else(|| "1 = 1".to_owned(), |only| only(db.dialect()));
            (db.dialect(), (only, Vec::new()))
        }
    };
    let ordered = listing.and_then(|listing| listing.ordered(resource.table));
    let condition = listing.map_or(condition.clone(), |listing| listing.own(&condition));
    let text = |hint: &str| {
        format!(
            "SELECT {}{} FROM {} t{hint}{} WHERE {condition}{end}",
            selection(resource.columns, dialect),
            joins.selected(),
            resource.table,
            joins.text(),
        )
    };
    let args = joins.args().into_iter().chain(of_condition).chain(of_end).collect();
    match (from, ordered) {
        (Rows::Company(db), Some(ordered)) => {
            db.rows_in_order(&ordered, |hint| TenantSql::composed(text(hint)), args).await
        }
        (Rows::Company(db), None) => db.rows(&TenantSql::composed(text(""))?, args).await,
        // By their ids alone, what the resource is narrowed to has an index of its own.
        (Rows::Platform(db, purpose), Some(ordered)) if ordered.by.is_some() => {
            let ordered = Ordered { above: true, ..ordered };
            db.rows_in_order(&ordered, |hint| PlatformSql::composed(purpose, text(hint)), args).await
        }
        (Rows::Platform(db, purpose), _) => db.rows(&PlatformSql::composed(purpose, text("")), args).await,
    }
}
