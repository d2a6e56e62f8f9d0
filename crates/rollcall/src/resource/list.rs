//! Lists: filtered, ordered and paged by index, so that rows that come or go meanwhile move no other row to another page.

use super::cursor::Cursor;
use super::kind::{self, Kind};
use super::row::table_of;
use super::{Column, Resource, Wrong};
use crate::app::App;
use crate::db::{Arg, Dialect, Ordered};

/// What is asked of a list.
#[derive(Clone, Debug)]
pub(crate) struct Listing {
    pub(super) conditions: String,
    pub(super) args: Vec<Arg>,
    /// The column that the list is ordered by; none: the id.
    pub(super) sort: Option<&'static Column>,
    descending: bool,
    /// The columns that have one value in all rows; none where rows are left out by anything that is no span of the order.
    equal: Option<Vec<&'static str>>,
    pub(super) limit: i64,
    after: Option<Cursor>,
    /// Whether it is of rows that were deleted.
    pub(super) deleted: bool,
    /// Rows of other tables that were asked for by id.
    pub(crate) asked: Vec<(&'static str, i64)>,
    /// The table and the id of what the rows are to hang on, as far as they were asked for.
    target: (Option<&'static str>, Option<i64>),
    /// Whether its rows are found by ids, and by no other index.
    pub(super) by_ids: bool,
    name: String,
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
            equal: Some(Vec::new()),
            limit,
            after: None,
            deleted: false,
            asked: Vec::new(),
            target: (None, None),
            by_ids: false,
            name: format!("{company}.{}.{sort}", resource.table),
        })
    }

    /// Those rows alone that compare with the value like that.
    ///
    /// # Errors
    /// Why the value will not do.
    pub(crate) fn narrow(
        &mut self,
        dialect: Dialect,
        column: &'static Column,
        comparison: &str,
        text: &str,
    ) -> Result<(), Wrong> {
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
            _ => self.compare(dialect, column, comparison, arg),
        }
        Ok(())
    }

    /// Whether it is of rows that were deleted.
    pub(crate) fn is_of_deleted(&self) -> bool {
        self.deleted
    }

    /// Those rows alone of these ids.
    pub(crate) fn only(&mut self, ids: &[i64]) {
        let marks = vec!["?"; ids.len()].join(", ");
        self.when(&format!("t.id IN ({marks})"), ids.iter().map(|id| Arg::from(*id)));
    }

    /// Those rows alone whose column compares with the value like that.
    pub(crate) fn compare(&mut self, dialect: Dialect, column: &'static Column, comparison: &str, arg: Arg) {
        let mut equal = self.equal.take();
        self.when(&format!("{} {comparison} ?", column.sql(dialect)), [arg]);
        let in_order = self.sort.is_some_and(|sort| sort.name == column.name);
        match &mut equal {
            Some(columns) if comparison == "=" && column.beside.is_none() => columns.push(column.name),
            Some(_) if in_order => {}
            _ => equal = None,
        }
        self.equal = equal;
    }

    /// Those rows `t` alone that meet a condition of the program's own.
    pub(crate) fn when(&mut self, condition: &str, args: impl IntoIterator<Item = Arg>) {
        self.conditions.push_str(" AND ");
        self.conditions.push_str(condition);
        self.args.extend(args);
        self.equal = None;
    }

    /// The rows in their order, as an index may hold them; none where a condition may be better served by another index.
    pub(super) fn ordered<'a>(&'a self, table: &'a str) -> Option<Ordered<'a>> {
        let by = self.sort.map(|sort| sort.name);
        self.equal.as_deref().map(|equal| Ordered { table, equal, by, above: false })
    }

    /// Those rows of the table alone whose column holds one of these ids, found by them whatever the order is: SQLite, which keeps no
    /// statistics, would else walk over all rows of the company in that order.
    pub(crate) fn among(&mut self, dialect: Dialect, (table, column): (&str, &str), ids: &[i64]) {
        let marks = vec!["?"; ids.len()].join(", ");
        let args = ids.iter().map(|id| Arg::from(*id));
        match dialect {
            _ if ids.is_empty() => self.when("1 = 0", []),
            Dialect::Sqlite if column != "id" => {
                let theirs =
                    format!("SELECT f.id FROM {table} f WHERE f.company_id = :company AND f.{column} IN ({marks})");
                self.when(&format!("t.id IN ({theirs})"), args);
            }
            _ => self.when(&format!("t.{column} IN ({marks})"), args),
        }
        self.by_ids = dialect == Dialect::Sqlite && !ids.is_empty();
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
    pub(super) fn parts(&self) -> Vec<Part> {
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
    pub(super) fn end(&self, part: Part, limit: i64) -> (String, Vec<Arg>) {
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
