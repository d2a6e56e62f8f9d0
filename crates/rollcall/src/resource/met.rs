//! What the rows of a list have to meet, and by what an index could find those that do.

use super::kind::{self, Kind};
use super::list::Listing;
use super::row::table_of;
use super::{Column, Wrong};
use crate::db::migrate::indexes;
use crate::db::{Arg, Dialect};

/// A condition on rows `t`, with its values.
#[derive(Clone, Debug)]
pub(super) struct Met {
    pub(super) text: String,
    pub(super) args: Vec<Arg>,
    pub(super) by: By,
}

/// How the rows that meet a condition are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// They have one value in that column.
    Value(&'static str),
    /// They are a span of that column.
    Span(&'static str),
    /// By ids, whatever else is asked of them.
    Ids,
    /// By looking at each.
    Reading,
}

impl Listing {
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
        match (column.kind, kind::integer(text)) {
            // Either spelling of the type is stored.
            (Kind::Type(names), _) => {
                let stored = names.iter().find(|names| names[0] == text).ok_or(Wrong::Id)?;
                self.when(&format!("t.{} IN (?, ?)", column.name), stored.map(Arg::from));
            }
            (Kind::Ref(_) | Kind::Target, Some(id)) if comparison == "=" && self.is_found_by(column.name) => {
                self.among(dialect, (self.table, column.name), &[id]);
            }
            _ => self.compare(dialect, column, comparison, arg),
        }
        Ok(())
    }

    /// Whether an index finds the company's rows by that column, and none does in the list's order.
    fn is_found_by(&self, column: &str) -> bool {
        let Some(sort) = self.sort else { return false };
        let of_table = indexes::all().filter(|(_, table, _)| *table == self.table);
        let mut behind = of_table
            .filter_map(|(.., columns)| columns.strip_prefix("company_id, ")?.strip_prefix(column))
            .filter(|rest| rest.is_empty() || rest.starts_with(", "))
            .peekable();
        behind.peek().is_some() && behind.all(|rest| rest.strip_prefix(", ") != Some(sort.name))
    }

    /// Those rows alone of these ids.
    pub(crate) fn only(&mut self, ids: &[i64]) {
        let marks = vec!["?"; ids.len()].join(", ");
        self.found(format!("t.id IN ({marks})"), ids.iter().map(|id| Arg::from(*id)));
    }

    /// Those rows alone whose column compares with the value like that.
    pub(crate) fn compare(&mut self, dialect: Dialect, column: &'static Column, comparison: &str, arg: Arg) {
        let by = match (column.beside, comparison) {
            (Some(_), _) => By::Reading,
            (None, "=") => By::Value(column.name),
            (None, _) => By::Span(column.name),
        };
        self.met.push(Met { text: format!("{} {comparison} ?", column.sql(dialect)), args: vec![arg], by });
    }

    /// Those rows `t` alone that meet a condition of the program's own.
    pub(crate) fn when(&mut self, condition: &str, args: impl IntoIterator<Item = Arg>) {
        self.met.push(Met { text: condition.to_owned(), args: args.into_iter().collect(), by: By::Reading });
    }

    /// The same of a condition that rows are found by, whatever else is asked of them.
    pub(crate) fn found(&mut self, condition: String, args: impl IntoIterator<Item = Arg>) {
        self.met.push(Met { text: condition, args: args.into_iter().collect(), by: By::Ids });
    }

    /// Those rows of the table alone whose column holds one of these ids, found by them whatever the order is: SQLite, which keeps no
    /// statistics, would else walk over all rows of the company in that order.
    pub(crate) fn among(&mut self, dialect: Dialect, (table, column): (&str, &str), ids: &[i64]) {
        let marks = vec!["?"; ids.len()].join(", ");
        let args = ids.iter().map(|id| Arg::from(*id));
        match dialect {
            _ if ids.is_empty() => self.found("1 = 0".to_owned(), []),
            Dialect::Sqlite if column != "id" => {
                let theirs =
                    format!("SELECT f.id FROM {table} f WHERE f.company_id = :company AND f.{column} IN ({marks})");
                self.found(format!("t.id IN ({theirs})"), args);
            }
            _ => self.found(format!("t.{column} IN ({marks})"), args),
        }
        self.by_ids = dialect == Dialect::Sqlite && !ids.is_empty();
    }
}
