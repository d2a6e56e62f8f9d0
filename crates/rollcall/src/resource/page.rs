//! Pages of lists: read by index, as rows that are shown or as cells of a file.

use serde_json::{Map, Value as Json};

use super::cursor::Cursor;
use super::join::{Beside, Joins};
use super::list::Listing;
use super::row::{condition_of, selection, values};
use super::{Column, Names, Resource};
use crate::db::{Arg, Dialect, Error, Ordered, PlatformDb, PlatformSql, Row, TenantDb, TenantSql};
use crate::export::Field;

/// A page of a list.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) rows: Vec<Map<String, Json>>,
    /// What the joined tables say of each row.
    pub(crate) beside: Vec<Beside>,
    pub(crate) next: Option<Cursor>,
    /// Before which row the page before it ends; none on the first page.
    pub(crate) previous: Option<Cursor>,
    /// Whether there are fewer rows on it than there could be: it was to end before a certain row, and is at the beginning.
    pub(crate) short: bool,
    /// How many statements read it.
    pub(crate) statements: usize,
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
    let Found { rows: found, goes_on, .. } = found(from, resource, listing, joins).await?;
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

/// The place of a row.
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
    let Found { rows: found, goes_on, statements } = found(from, resource, listing, joins).await?;
    let rows = found.iter().map(|row| values(row, resource.columns)).collect::<Result<Vec<_>, _>>()?;
    let first = resource.columns.len() + 1;
    let beside = found.iter().map(|row| joins.read(row, first)).collect::<Result<_, _>>()?;
    // Whoever came from a page knows that it is there.
    let (behind, before) = match (&listing.from, listing.backwards) {
        (Some(_), true) => (true, goes_on),
        (from, _) => (goes_on, from.is_some()),
    };
    let place = |row: Option<&Row>, there: bool| row.filter(|_| there).map(|row| cursor(resource, listing, row));
    let next = place(found.last(), behind).transpose()?;
    let previous =
        place(found.first(), before).transpose()?.or_else(|| listing.before_it().filter(|_| found.is_empty()));
    let short = listing.backwards && i64::try_from(found.len()).is_ok_and(|rows| rows < listing.limit);
    Ok(Page { rows, beside, next, previous, short, statements })
}

/// The rows of a page.
struct Found {
    rows: Vec<Row>,
    /// Whether there are more, in the direction in which it was read.
    goes_on: bool,
    statements: usize,
}

async fn found(from: &Rows<'_>, resource: &Resource, listing: &Listing, joins: &Joins) -> Result<Found, Error> {
    let wanted = listing.limit + 1;
    let (mut rows, mut statements) = (Vec::new(), 0);
    for parts in listing.parts() {
        let missing = wanted - i64::try_from(rows.len()).unwrap_or(wanted);
        if missing > 0 {
            let ends: Vec<_> = parts.iter().map(|part| listing.end(*part, missing)).collect();
            rows.extend(read(from, (resource, listing.deleted), joins, (&ends, Some(listing))).await?);
            statements += 1;
        }
    }
    let shown = usize::try_from(listing.limit).unwrap_or_default();
    let goes_on = rows.len() > shown;
    rows.truncate(shown);
    if listing.backwards {
        rows.reverse();
    }
    Ok(Found { rows, goes_on, statements })
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
    let found = read(&Rows::Company(db), (resource, deleted), joins, (&[end], None)).await?;
    let first = resource.columns.len() + 1;
    found.first().map(|row| Ok((values(row, resource.columns)?, joins.read(row, first)?))).transpose()
}

/// The rows with those ends of the statement, one after another, by the index that holds them in their order, if they are in one.
async fn read(
    from: &Rows<'_>,
    (resource, deleted): (&Resource, bool),
    joins: &Joins,
    (ends, listing): (&[(String, Vec<Arg>)], Option<&Listing>),
) -> Result<Vec<Row>, Error> {
    let dialect = from.dialect();
    let (condition, of_condition) = from.condition(resource, deleted);
    let ordered = listing.and_then(|listing| listing.ordered(resource.table));
    let condition = listing.map_or(condition.clone(), |listing| listing.own(&condition));
    let text = |hint: &str| {
        let selected = format!("{}{}", selection(resource.columns, dialect), joins.selected());
        let rows = format!("FROM {} t{hint}{} WHERE {condition}", resource.table, joins.text());
        match ends {
            [(end, _)] => format!("SELECT {selected} {rows}{end}"),
            _ => one_after_another(
                dialect,
                ends.iter().enumerate().map(|(at, (end, _))| {
                    format!("SELECT {selected}, {} AS part {rows}{end}", dialect.integer(&at.to_string()))
                }),
            ),
        }
    };
    let of = |(_, of_end): &(String, Vec<Arg>)| {
        joins.args().into_iter().chain(of_condition.clone()).chain(of_end.clone()).collect::<Vec<_>>()
    };
    let found = from.rows(ordered, text, ends.iter().flat_map(of).collect()).await?;
    if ends.len() < 2 {
        return Ok(found);
    }
    // No database says in which order it takes the parts.
    let part = resource.columns.len() + 1 + joins.count();
    let mut parts = found.into_iter().map(|row| Ok((row.int(part)?, row))).collect::<Result<Vec<_>, Error>>()?;
    parts.sort_by_key(|(part, _)| *part);
    Ok(parts.into_iter().map(|(_, row)| row).collect())
}

/// The rows of several statements, each with its own order and end. Only SQLite takes no parentheses there, and only MariaDB
/// no two columns of one name in a table that is derived.
fn one_after_another(dialect: Dialect, statements: impl Iterator<Item = String>) -> String {
    let (open, close) = dialect.pick(("SELECT * FROM (", ") taken"), ("(", ")"), ("(", ")"));
    let all: Vec<_> = statements.map(|statement| format!("{open}{statement}{close}")).collect();
    all.join(" UNION ALL ")
}

impl Rows<'_> {
    pub(super) fn dialect(&self) -> Dialect {
        match self {
            Rows::Company(db) => db.dialect(),
            Rows::Platform(db, _) => db.dialect(),
        }
    }

    /// Which rows of the resource there are here, and the values that this needs.
    pub(super) fn condition(&self, resource: &Resource, deleted: bool) -> (String, Vec<Arg>) {
        match self {
            Rows::Company(db) => condition_of(resource, db.dialect(), deleted),
            Rows::Platform(db, _) => {
                (resource.only.map_or_else(|| "1 = 1".to_owned(), |only| only(db.dialect())), Vec::new())
            }
        }
    }

    /// The rows of the statement that `text` makes with what is to stand behind the table, by the index that holds them.
    pub(super) async fn rows(
        &self,
        ordered: Option<Ordered<'_>>,
        text: impl Fn(&str) -> String,
        args: Vec<Arg>,
    ) -> Result<Vec<Row>, Error> {
        match (self, ordered) {
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
}
