//! Lists: filtered, ordered and paged by index, so that rows that come or go meanwhile move no other row to another page.

use serde_json::{Map, Value as Json};

use super::cursor::Cursor;
use super::join::{Beside, Joins};
use super::kind::{self, Kind};
use super::row::{condition, selection, table_of, values};
use super::{Column, Names, Resource, Wrong};
use crate::app::App;
use crate::db::{Arg, Error, PlatformDb, PlatformSql, Row, TenantDb, TenantSql};
use crate::export::Field;

/// So many rows are counted at most.
const COUNTED: i64 = 2_000_000;

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
    pub(crate) asked: Vec<(&'static str, i64)>,
    /// The table and the id of what the rows are to hang on, as far as they were asked for.
    target: (Option<&'static str>, Option<i64>),
    name: String,
}

/// A page of a list.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) rows: Vec<Map<String, Json>>,
    /// What the joined tables say of each row.
    pub(crate) beside: Vec<Beside>,
    pub(crate) next: Option<Cursor>,
}

impl Listing {
    /// All of a resource's rows in pages of `limit`, ordered by `sort`: the id or a column, with a `-` before it from its
    /// end. None where the resource cannot be ordered like that.
    pub(crate) fn of(resource: &Resource, company: i64, sort: &str, limit: i64) -> Option<Self> {
        let (name, descending) = sort.strip_prefix('-').map_or((sort, false), |name| (name, true));
        let column = resource.sorts.iter().find(|known| **known == name).and_then(|name| resource.column(name));
        (column.is_some() || name == "id").then(|| Self {
            conditions: String::new(),
            args: Vec::new(),
            sort: column,
            descending,
            limit,
            after: None,
            asked: Vec::new(),
            target: (None, None),
            name: format!("{company}.{}.{sort}", resource.table),
        })
    }

    /// Those rows alone that compare with the value like that.
    ///
    /// # Errors
    /// Why the value will not do.
    pub(crate) fn narrow(&mut self, column: &'static Column, comparison: &str, text: &str) -> Result<(), Wrong> {
        let arg = column.kind.parse(text)?;
        match (column.kind, kind::integer(text)) {
            (Kind::Ref(table), Some(id)) => self.asked.push((table, id)),
            (Kind::Target, id) => self.target.1 = id,
            (Kind::Type(_), _) => self.target.0 = Some(table_of(text)),
            _ => {}
        }
        // An id alone may be of several tables, and is none of them for sure.
        if let (Kind::Target | Kind::Type(_), (Some(table), Some(id))) = (column.kind, self.target) {
            self.asked.push((table, id));
        }
        match column.kind {
            // Either spelling of the type is stored.
            Kind::Type(names) => {
                let stored = names.iter().find(|names| names[0] == text).ok_or(Wrong::Id)?;
                self.when(&format!("t.{} IN (?, ?)", column.name), stored.map(Arg::from));
            }
            _ => self.when(&format!("{} {comparison} ?", column.sql()), [arg]),
        }
        Ok(())
    }

    /// Those rows `t` alone that meet a condition of the program's own.
    pub(crate) fn when(&mut self, condition: &str, args: impl IntoIterator<Item = Arg>) {
        self.conditions.push_str(" AND ");
        self.conditions.push_str(condition);
        self.args.extend(args);
    }

    /// The same list in pages of `limit` rows.
    pub(crate) fn in_pages_of(self, limit: i64) -> Self {
        Self { limit, ..self }
    }

    /// The same list, after that row.
    pub(crate) fn after(&self, cursor: Cursor) -> Self {
        Self { after: Some(cursor), ..self.clone() }
    }

    /// The same list, after the row of a cursor that a client got; none where it is none of this list.
    pub(crate) fn resumed(&self, app: &App, cursor: &str) -> Option<Self> {
        Cursor::read(app, &self.name, cursor).map(|cursor| self.after(cursor))
    }

    /// A cursor as a client gets it.
    pub(crate) fn written(&self, app: &App, cursor: &Cursor) -> String {
        cursor.write(app, &self.name)
    }

    /// The parts in which the rows after the cursor are read, in their order. Each is a range of an index; one condition for
    /// all would walk over every row with the cursor's value again on each page, and an import gives a million the same.
    fn parts(&self) -> Vec<Part> {
        let Some(column) = self.sort else { return vec![Part::ById] };
        let unplaced = column.nullable.then_some(Part::ById);
        let placed: &[Part] = match &self.after {
            Some(after) if column.nullable && after.key.is_empty() => &[],
            Some(_) => &[Part::Ties, Part::Beyond],
            None => &[Part::Beyond],
        };
        placed.iter().copied().chain(unplaced).collect()
    }

    /// What stands behind the conditions of the resource itself for a part, and its values.
    fn end(&self, part: Part, limit: i64) -> (String, Vec<Arg>) {
        let (comparison, order) = if self.descending { ("<", "DESC") } else { (">", "ASC") };
        let (mut end, mut args) = (self.conditions.clone(), self.args.clone());
        let mut by = String::new();
        match (part, self.sort, self.after.as_ref()) {
            (Part::ById, sort, after) => {
                if let Some(column) = sort {
                    end.push_str(&format!(" AND t.{} IS NULL", column.name));
                }
                if let Some(after) = after.filter(|after| sort.is_none() || after.key.is_empty()) {
                    end.push_str(&format!(" AND t.id {comparison} ?"));
                    args.push(after.id.into());
                }
            }
            (Part::Ties, Some(column), Some(after)) => {
                end.push_str(&format!(" AND t.{} = ? AND t.id {comparison} ?", column.name));
                args.extend([column.kind.key(&after.key), after.id.into()]);
            }
            (_, Some(column), after) => {
                if let Some(after) = after {
                    end.push_str(&format!(" AND t.{} {comparison} ?", column.name));
                    args.push(column.kind.key(&after.key));
                } else if column.nullable {
                    end.push_str(&format!(" AND t.{} IS NOT NULL", column.name));
                }
                by = format!("t.{} {order}, ", column.name);
            }
            (_, None, _) => {}
        }
        end.push_str(&format!(" ORDER BY {by}t.id {order} LIMIT {limit}"));
        (end, args)
    }
}

/// A part of the rows after a cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// Those with the cursor's value in the column of the order.
    Ties,
    /// Those with a value beyond it; all that have one, where there is no cursor.
    Beyond,
    /// By their ids alone: all rows, or in an order by a column those that have none in it. They come last in either
    /// direction: databases do not agree where nulls belong.
    ById,
}

/// The parameters that narrow a list by a column, and how each compares.
pub(crate) fn parameters(column: &Column) -> Vec<(String, &'static str)> {
    match column.kind {
        Kind::Instant => vec![(format!("{}_from", column.name), ">="), (format!("{}_before", column.name), "<")],
        _ => vec![(column.name.to_owned(), "=")],
    }
}

/// By what a list can be ordered.
pub(crate) fn sorts(resource: &Resource) -> Vec<String> {
    let names = std::iter::once("id").chain(resource.sorts.iter().copied());
    names.flat_map(|name| [name.to_owned(), format!("-{name}")]).collect()
}

/// Reads a page: at most one row more than is shown, by index, and what stands beside each row in `joins`.
pub(crate) async fn page(db: &TenantDb, resource: &Resource, listing: &Listing, joins: &Joins) -> Result<Page, Error> {
    collect(&Rows::Company(db), resource, listing, joins).await
}

/// The same of what stands above tenants, for `purpose`.
pub(crate) async fn page_above(
    db: &PlatformDb,
    purpose: &'static str,
    resource: &Resource,
    listing: &Listing,
) -> Result<Page, Error> {
    collect(&Rows::Platform(db, purpose), resource, listing, &Joins::default()).await
}

/// Whose rows are read.
enum Rows<'a> {
    Company(&'a TenantDb),
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
    db: &TenantDb,
    resource: &Resource,
    listing: &Listing,
    (joins, names): (&Joins, &Names),
) -> Result<Flat, Error> {
    let (found, goes_on) = found(&Rows::Company(db), resource, listing, joins).await?;
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
    let (condition, mut args) = condition(resource, db.dialect());
    args.extend(listing.args.iter().cloned());
    let text = format!(
        "SELECT COUNT(*) FROM (SELECT t.id FROM {} t WHERE {condition}{} LIMIT {}) counted",
        resource.table,
        listing.conditions,
        COUNTED + 1
    );
    let sql = TenantSql::composed(text).map_err(|error| Error::Custom(error.to_string()))?;
    let rows = db.rows(&sql, args).await?;
    let count = rows.first().map_or(Ok(0), |row| row.int(0))?;
    Ok((count <= COUNTED).then_some(count))
}

/// The cursor behind a row.
fn cursor(resource: &Resource, listing: &Listing, row: &Row) -> Result<Cursor, Error> {
    let at = listing.sort.and_then(|sort| resource.columns.iter().position(|column| column.name == sort.name));
    let key = at.map(|at| resource.columns[at].kind.read(row, at + 1)).transpose()?;
    let key = key.and_then(|key| key.as_str().map(str::to_owned)).unwrap_or_default();
    Ok(Cursor { id: row.int(0)?, key })
}

async fn collect(from: &Rows<'_>, resource: &Resource, listing: &Listing, joins: &Joins) -> Result<Page, Error> {
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
            found.extend(read(from, resource, joins, listing.end(part, missing)).await?);
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
    let found = read(&Rows::Company(db), resource, joins, (" AND t.id = ?".to_owned(), vec![id.into()])).await?;
    let first = resource.columns.len() + 1;
    found.first().map(|row| Ok((values(row, resource.columns)?, joins.read(row, first)?))).transpose()
}

async fn read(
    from: &Rows<'_>,
    resource: &Resource,
    joins: &Joins,
    (end, of_end): (String, Vec<Arg>),
) -> Result<Vec<Row>, Error> {
    let (dialect, (condition, of_condition)) = match from {
        Rows::Company(db) => (db.dialect(), condition(resource, db.dialect())),
        Rows::Platform(db, _) => (db.dialect(), ("1 = 1".to_owned(), Vec::new())),
    };
    let text = format!(
        "SELECT {}{} FROM {} t{} WHERE {condition}{end}",
        selection(resource.columns, dialect),
        joins.selected(),
        resource.table,
        joins.text(),
    );
    let args = joins.args().into_iter().chain(of_condition).chain(of_end).collect();
    match from {
        Rows::Company(db) => {
            db.rows(&TenantSql::composed(text).map_err(|error| Error::Custom(error.to_string()))?, args).await
        }
        Rows::Platform(db, purpose) => db.rows(&PlatformSql::composed(purpose, text), args).await,
    }
}
