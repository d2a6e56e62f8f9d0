//! What stands beside a row: the names of what it hangs on, by primary key, in the statement that reads the row.

use std::collections::BTreeMap;

use super::row::table_of;
use super::{Column, Kind};
use crate::db::{Arg, Dialect, Error, Row};

/// The name beside each column that holds an id, by the column; and `currency`, where a column is, or may hold, money.
pub(crate) type Beside = BTreeMap<&'static str, String>;

/// The tables that are joined to a row `t`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Joins {
    text: String,
    args: Vec<Arg>,
    selected: Vec<(&'static str, String)>,
}

/// Whether rows of a table have names.
pub(crate) fn has_name(table: &str) -> bool {
    !matches!(table, "policy_configurations" | "notification_configurations" | "appointments")
}

impl Joins {
    /// The joins for these columns of a resource whose columns are `all`.
    pub(crate) fn of<'a>(dialect: Dialect, all: &'static [Column], columns: impl Iterator<Item = &'a Column>) -> Self {
        let mut joins = Self::default();
        for column in columns {
            match column.kind {
                Kind::Ref(table) if has_name(table) => {
                    let alias = joins.alias();
                    joins.join(&alias, table, column.name);
                    joins.selected.push((column.name, format!("{alias}.name")));
                }
                Kind::Target => joins.target(dialect, all, column),
                Kind::Money | Kind::Object(_) if joins.selected.iter().all(|(name, _)| *name != "currency") => {
                    let alias = joins.alias();
                    joins
                        .text
                        .push_str(&format!(" LEFT JOIN company_settings {alias} ON {alias}.company_id = t.company_id"));
                    joins.selected.push(("currency", format!("{alias}.currency")));
                }
                _ => {}
            }
        }
        joins
    }

    /// Where the name beside a column stands among what is joined.
    pub(super) fn at(&self, column: &str) -> Option<usize> {
        self.selected.iter().position(|(name, _)| *name == column)
    }

    /// Whether a column has a name beside it.
    pub(crate) fn names(&self, column: &str) -> bool {
        self.at(column).is_some()
    }

    /// An alias of letters alone, another one for each join.
    fn alias(&self) -> String {
        let mut alias = "j".to_owned();
        let joined = self.text.matches(" JOIN ").count();
        alias.push(char::from(b'a' + u8::try_from(joined % 26).unwrap_or_default()));
        alias
    }

    fn join(&mut self, alias: &str, table: &str, column: &str) {
        // Companies belong to none. Only what stands above them names one.
        if table == "companies" {
            self.text.push_str(&format!(" LEFT JOIN companies {alias} ON {alias}.id = t.{column}"));
            return;
        }
        self.text.push_str(&format!(
            " LEFT JOIN {table} {alias} ON {alias}.id = t.{column} AND {alias}.company_id = t.company_id"
        ));
    }

    /// The name of what a polymorphic column names, of whichever type the column beside it says.
    fn target(&mut self, dialect: Dialect, all: &'static [Column], column: &Column) {
        let beside = column.name.replace("_id", "_type");
        let Some(Kind::Type(types)) = all.iter().find(|it| it.name == beside).map(|it| it.kind) else { return };
        let stored = dialect.exact(&format!("t.{beside}"));
        let mut names = Vec::new();
        for kind in types {
            let (alias, table) = (self.alias(), table_of(kind[0]));
            match table {
                "companies" => self.text.push_str(&format!(
                    " LEFT JOIN companies {alias} ON {alias}.id = :company AND {alias}.id = t.{}",
                    column.name
                )),
                table => self.join(&alias, table, column.name),
            }
            self.text.push_str(&format!(" AND {stored} IN (?, ?)"));
            self.args.extend(kind.iter().map(|name| Arg::from(*name)));
            names.push(format!("{alias}.name"));
        }
        self.selected.push((column.name, format!("COALESCE({})", names.join(", "))));
    }

    /// How many columns are joined.
    pub(super) fn count(&self) -> usize {
        self.selected.len()
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn args(&self) -> Vec<Arg> {
        self.args.clone()
    }

    pub(super) fn selected(&self) -> String {
        self.selected.iter().map(|(_, expression)| format!(", {expression}")).collect()
    }

    pub(super) fn read(&self, row: &Row, first: usize) -> Result<Beside, Error> {
        let mut beside = Beside::new();
        for (at, (name, _)) in self.selected.iter().enumerate() {
            if let Some(text) = row.opt_text(first + at)? {
                beside.insert(name, text);
            }
        }
        Ok(beside)
    }
}
