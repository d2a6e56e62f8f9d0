//! Lists: filtered, ordered and paged by index, so that rows that come or go meanwhile move no other row to another page.

use super::cursor::Cursor;
use super::kind::Kind;
use super::met::{By, Met};
use super::{Column, Resource};
use crate::app::App;
use crate::db::{Arg, Ordered};

/// The longest page whose parts are read together.
const TOGETHER: i64 = 100;

/// What is asked of a list.
#[derive(Clone, Debug)]
pub(crate) struct Listing {
    /// What its rows have to meet besides what the resource itself asks of them.
    pub(super) met: Vec<Met>,
    /// The column that the list is ordered by; none: the id.
    pub(super) sort: Option<&'static Column>,
    descending: bool,
    pub(super) limit: i64,
    /// The row that it begins behind, or where it is read backwards: before.
    pub(super) from: Option<Cursor>,
    pub(super) backwards: bool,
    /// Whether it is of rows that were deleted.
    pub(super) deleted: bool,
    /// Rows of other tables that were asked for by id.
    pub(crate) asked: Vec<(&'static str, i64)>,
    /// The table and the id of what the rows are to hang on, as far as they were asked for.
    pub(super) target: (Option<&'static str>, Option<i64>),
    /// Whether its rows are found by ids, and by no other index.
    pub(super) by_ids: bool,
    pub(super) table: &'static str,
    name: String,
}

impl Listing {
    /// All of a resource's rows in pages of `limit`, ordered by `sort`: the id or a column, with a `-` before it from its
    /// end. None where the resource cannot be ordered like that.
    pub(crate) fn of(resource: &Resource, company: i64, sort: &str, limit: i64) -> Option<Self> {
        let (name, descending) = sort.strip_prefix('-').map_or((sort, false), |name| (name, true));
        let column = resource.sorts.iter().find(|known| **known == name).and_then(|name| resource.column(name));
        (column.is_some() || name == "id").then(|| Self {
            met: Vec::new(),
            sort: column,
            descending,
            limit,
            from: None,
            backwards: false,
            deleted: false,
            asked: Vec::new(),
            target: (None, None),
            by_ids: false,
            table: resource.table,
            name: format!("{company}.{}.{sort}", resource.table),
        })
    }

    /// Whether it is of rows that were deleted.
    pub(crate) fn is_of_deleted(&self) -> bool {
        self.deleted
    }

    /// The rows in their order, as an index may hold them; none where a condition may be better served by another index.
    pub(super) fn ordered<'a>(&self, table: &'a str) -> Option<Ordered<'a>> {
        let by = self.sort.map(|sort| sort.name);
        let mut equal = Vec::new();
        for met in &self.met {
            match met.by {
                By::Value(column) => equal.push(column),
                By::Span(column) if by == Some(column) => {}
                _ => return None,
            }
        }
        Some(Ordered { table, equal, by, above: false })
    }

    /// The condition of the resource itself, as this list needs it.
    pub(super) fn own(&self, condition: &str) -> String {
        match self.by_ids {
            true => condition.replacen("t.company_id = :company", "t.company_id + 0 = :company", 1),
            false => condition.to_owned(),
        }
    }

    /// The same list in pages of `limit` rows.
    pub(crate) fn in_pages_of(self, limit: i64) -> Self {
        Self { limit, ..self }
    }

    /// The same list, after that row.
    pub(crate) fn after(&self, cursor: Cursor) -> Self {
        Self { from: Some(cursor), backwards: false, ..self.clone() }
    }

    /// The same list, as far as it stands before that row.
    pub(crate) fn before(&self, cursor: Cursor) -> Self {
        Self { from: Some(cursor), backwards: true, ..self.clone() }
    }

    /// The same list, after the row of a cursor that a client got; none where it is none of this list.
    pub(crate) fn resumed(&self, app: &App, cursor: &str) -> Option<Self> {
        Cursor::read(app, &self.name, cursor).map(|cursor| self.after(cursor))
    }

    /// The same list, before the row of such a cursor.
    pub(crate) fn turned_back(&self, app: &App, cursor: &str) -> Option<Self> {
        Cursor::read(app, &self.name, cursor).map(|cursor| self.before(cursor))
    }

    /// The list as files have it, which are read from its beginning to its end.
    pub(crate) fn forwards(self) -> Self {
        if self.backwards { Self { from: None, backwards: false, ..self } } else { self }
    }

    /// A cursor as a client gets it.
    pub(crate) fn written(&self, app: &App, cursor: &Cursor) -> String {
        cursor.write(app, &self.name)
    }

    /// The place before which all rows stand that stand before the list's page, with the very row that it begins behind:
    /// where somebody goes on who finds nothing there any more.
    pub(super) fn before_it(&self) -> Option<Cursor> {
        let from = self.from.as_ref().filter(|_| !self.backwards)?;
        let id = from.id + if self.descending { -1 } else { 1 };
        Some(Cursor { id, key: from.key.clone() })
    }

    /// What its rows have to meet, as it stands behind the condition of the resource, and the values.
    pub(super) fn conditions(&self) -> (String, Vec<Arg>) {
        let text = self.met.iter().map(|met| format!(" AND {}", met.text)).collect();
        (text, self.met.iter().flat_map(|met| met.args.iter().cloned()).collect())
    }

    /// The parts in which the rows from the cursor on are read, in their order; those of a page that stand together by one
    /// statement. Each is a range of an index; one condition for all would walk over every row with the cursor's value again on
    /// each page, and an import gives a million the same.
    pub(super) fn parts(&self) -> Vec<&'static [Part]> {
        const ID: &[Part] = &[Part::ById];
        const ALL: &[Part] = &[Part::Beyond];
        const TIES: &[Part] = &[Part::Ties];
        const REST: &[Part] = &[Part::Ties, Part::Beyond];
        let Some(column) = self.sort else { return vec![ID] };
        // A file's many rows are not read in vain where the first part has enough of them.
        let rest: &[&'static [Part]] = if self.limit > TOGETHER { &[TIES, ALL] } else { &[REST] };
        match (self.place(column), self.from.is_some(), self.backwards, column.nullable) {
            (Some(_), _, false, true) => [rest, &[ID]].concat(),
            (Some(_), ..) => rest.to_vec(),
            // Among those that have no value, which come last.
            (None, true, false, _) => vec![ID],
            (None, true, true, _) => vec![ID, ALL],
            (None, false, _, true) => vec![ALL, ID],
            (None, false, _, false) => vec![ALL],
        }
    }

    /// The cursor, if its row has a value in the column of the order.
    fn place(&self, column: &Column) -> Option<&Cursor> {
        self.from.as_ref().filter(|from| !column.nullable || !from.key.is_empty())
    }

    /// What stands behind the conditions of the resource itself for a part, and its values.
    pub(super) fn end(&self, part: Part, limit: i64) -> (String, Vec<Arg>) {
        let (comparison, order) = if self.descending != self.backwards { ("<", "DESC") } else { (">", "ASC") };
        let (mut end, mut args) = self.conditions();
        let mut by = String::new();
        match (part, self.sort) {
            (Part::ById, sort) => {
                if let Some(column) = sort {
                    end.push_str(&format!(" AND t.{} IS NULL", column.name));
                }
                let unplaced = |from: &&Cursor| sort.is_none_or(|column| column.nullable && from.key.is_empty());
                if let Some(from) = self.from.as_ref().filter(unplaced) {
                    end.push_str(&format!(" AND t.id {comparison} ?"));
                    args.push(from.id.into());
                }
            }
            (Part::Ties, Some(column)) => {
                if let Some(from) = self.place(column) {
                    end.push_str(&format!(" AND t.{} = ? AND t.id {comparison} ?", column.name));
                    args.extend([column.kind.key(&from.key), from.id.into()]);
                }
            }
            (_, Some(column)) => {
                if let Some(from) = self.place(column) {
                    end.push_str(&format!(" AND t.{} {comparison} ?", column.name));
                    args.push(column.kind.key(&from.key));
                } else if column.nullable {
                    end.push_str(&format!(" AND t.{} IS NOT NULL", column.name));
                }
                by = format!("t.{} {order}, ", column.name);
            }
            (_, None) => {}
        }
        end.push_str(&format!(" ORDER BY {by}t.id {order} LIMIT {limit}"));
        (end, args)
    }
}

/// A part of the rows from a cursor on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
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
