//! The contract held against what the application made: each difference, and its remedy.

use serde::Serialize;

use super::catalog::{Catalog, Column, ForeignKey, Table};
use super::fit::{Fit, fit};
use super::remedy;
use crate::db::migrate::contract::{Columns, Kind, TABLES};
use crate::db::migrate::triggers::WATCHED;
use crate::db::{Database, Dialect, Error, PlatformSql};
use crate::doctor::Level;

/// Something in which the application's schema differs from the contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// An error keeps Rollcall from standing beside it; with a warning something works less well.
    pub level: Level,
    /// The table; empty where it is about the database as a whole.
    pub table: String,
    /// The column, or the constraint.
    pub column: Option<String>,
    /// What is different, and what follows from it.
    pub what: String,
    /// Statements that a database administrator could run.
    pub remedy: Vec<String>,
    /// What else has to be done.
    pub hint: Option<String>,
}

impl Difference {
    pub(super) fn new(level: Level, table: &str, column: Option<&str>, what: impl Into<String>) -> Self {
        let column = column.map(str::to_owned);
        Self { level, table: table.to_owned(), column, what: what.into(), remedy: vec![], hint: None }
    }

    fn remedy(self, remedy: Vec<String>) -> Self {
        Self { remedy, ..self }
    }

    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

/// What the panel does without: a table or `table.column`, and what is lost.
const OPTIONAL: &[(&str, &str)] = &[
    ("user_analytics", "how the panel itself is used is not recorded"),
    ("branches.city", "the API cannot say in which city a branch is"),
    ("customers.phone", "the API cannot say a customer's telephone number"),
];

fn lost_without(name: &str) -> Option<&'static str> {
    OPTIONAL.iter().find(|(optional, _)| *optional == name).map(|(_, lost)| *lost)
}

/// All differences, by table in the contract's order.
pub(super) async fn differences(db: &Database, catalog: &Catalog) -> Result<Vec<Difference>, Error> {
    let dialect = db.dialect();
    let mut found = Vec::new();
    for (name, columns) in TABLES {
        match catalog.tables.get(*name) {
            None => found.push(missing_table(dialect, name, columns)),
            Some(table) if !table.is_base => {
                let what = "is a view: no trigger can tell of changes to it";
                found.push(Difference::new(Level::Error, name, None, what).hint("make it a table"));
            }
            Some(table) => {
                found.extend(engine(dialect, name, table));
                found.extend(columns_of(db, name, columns, table).await?);
            }
        }
    }
    found.extend(catalog.foreign_keys.iter().filter_map(cascade));
    Ok(found)
}

fn missing_table(dialect: Dialect, name: &'static str, columns: Columns) -> Difference {
    let remedy = vec![remedy::create_table(dialect, name, columns)];
    match lost_without(name) {
        Some(lost) => {
            Difference::new(Level::Warning, name, None, format!("is missing, or hidden from this user: {lost}"))
        }
        None => Difference::new(Level::Error, name, None, "is missing, or hidden from this user"),
    }
    .remedy(remedy)
}

fn engine(dialect: Dialect, name: &'static str, table: &Table) -> Option<Difference> {
    let foreign = dialect == Dialect::MySql && !table.engine.eq_ignore_ascii_case("innodb");
    foreign.then(|| {
        let what = format!("is kept by {}, which knows no transactions: what is taken back still counts", table.engine);
        Difference::new(Level::Warning, name, None, what).remedy(vec![format!("ALTER TABLE {name} ENGINE = InnoDB")])
    })
}

async fn columns_of(
    db: &Database,
    name: &'static str,
    columns: Columns,
    table: &Table,
) -> Result<Vec<Difference>, Error> {
    let mut found = Vec::new();
    let all = || std::iter::once(&("id", Kind::Ref)).chain(columns);
    for (column, kind) in all() {
        match table.columns.get(*column) {
            None => found.push(missing_column(db.dialect(), name, column, *kind)),
            Some(present) => found.extend(present_column(db, name, column, *kind, present).await?),
        }
    }
    let unknown = table.columns.iter().filter(|(column, _)| !all().any(|(known, _)| known == column));
    found.extend(unknown.filter(|(_, it)| !it.nullable && !it.filled).map(|(column, _)| {
        let what = "needs a value that Rollcall does not know: rows that it is to insert there are refused";
        let found = Difference::new(Level::Warning, name, Some(column), what);
        let remedy = format!("ALTER TABLE {name} ALTER COLUMN {column} SET DEFAULT ''");
        if db.dialect() == Dialect::Sqlite { found } else { found.remedy(vec![remedy]).hint("or any other default") }
    }));
    Ok(found)
}

fn missing_column(dialect: Dialect, table: &'static str, column: &'static str, kind: Kind) -> Difference {
    let lost = lost_without(&format!("{table}.{column}"));
    let level = if lost.is_some() { Level::Warning } else { Level::Error };
    let what = lost.map_or_else(|| "is missing".to_owned(), |lost| format!("is missing: {lost}"));
    let found = Difference::new(level, table, Some(column), what);
    let found = found.remedy(vec![remedy::add_column(dialect, table, column, kind)]);
    match (table, column) {
        ("users", "role") => found.hint("then give each user a role: super_admin, admin, manager or viewer"),
        ("users", "company_id") => found.hint("then name each user's company; without one a user can see nothing"),
        (_, "company_id") => found.hint("then name each row's company; a row without one counts nowhere"),
        _ if !kind.is_nullable() && !kind.has_default() => found.hint("then give each row its value"),
        _ => found,
    }
}

async fn present_column(
    db: &Database,
    table: &'static str,
    column: &'static str,
    kind: Kind,
    present: &Column,
) -> Result<Option<Difference>, Error> {
    let differs = |level, what: String| Difference::new(level, table, Some(column), what);
    match fit(db.dialect(), kind.family(), present) {
        Fit::Not => {
            let what = format!("is of type {}, which cannot stand for the contract's", present.kind);
            let remedy = remedy::change_type(db.dialect(), table, column, kind);
            let hint = remedy.is_empty().then_some("SQLite changes no column's type: make the table anew");
            let found = differs(Level::Error, what).remedy(remedy);
            return Ok(Some(match hint {
                Some(hint) => found.hint(hint),
                None => found,
            }));
        }
        Fit::But(what) => {
            let remedy = remedy::change_type(db.dialect(), table, column, kind);
            return Ok(Some(differs(Level::Warning, format!("is of type {}: {what}", present.kind)).remedy(remedy)));
        }
        Fit::Well => {}
    }
    // Without a company a row counts nowhere, which is no difference from what it means.
    if !present.nullable || kind.is_nullable() || column == "company_id" {
        return Ok(None);
    }
    let empty = has_null(db, table, column).await?;
    let found = if empty {
        differs(Level::Error, "has rows without a value, which the contract demands".to_owned())
    } else {
        differs(Level::Warning, "may be NULL: a row without a value would keep its company from being read".to_owned())
    };
    let found = found.remedy(remedy::fill(db.dialect(), table, column, kind, empty));
    Ok(Some(if found.remedy.is_empty() { found.hint("give each row its value") } else { found }))
}

async fn has_null(db: &Database, table: &str, column: &str) -> Result<bool, Error> {
    let quote = db.dialect().pick('"', '`', '"');
    let text = format!("SELECT 1 FROM {table} WHERE {quote}{column}{quote} IS NULL LIMIT 1");
    let sql = PlatformSql::composed("whether an adopted database has a row without a value that it needs", text);
    Ok(db.platform().row(&sql, vec![]).await?.is_some())
}

/// MySQL fires no trigger for what a foreign key does. Where the company itself goes, all that is known of it goes too.
fn cascade(key: &ForeignKey) -> Option<Difference> {
    let unseen = key.on_delete == "CASCADE" || key.on_delete == "SET NULL";
    let watched = WATCHED.iter().any(|watch| watch.table() == key.table);
    if !unseen || !watched || key.parent == "companies" {
        return None;
    }
    let (name, table, columns, parent) = (&key.name, &key.table, key.columns.join(", "), &key.parent);
    let what = format!(
        "the foreign key {name} (ON DELETE {}) changes rows when one of {parent} is deleted, and MySQL fires no trigger then: \
         the figures stay as they were",
        key.on_delete
    );
    let remedy = vec![format!(
        "ALTER TABLE {table} DROP FOREIGN KEY {name}, ADD CONSTRAINT {name}_restrict FOREIGN KEY ({columns}) \
         REFERENCES {parent} ({})",
        key.parent_columns.join(", ")
    )];
    let hint =
        "and let the application change those rows itself, or run `rollcall summaries rebuild` after such a delete";
    Some(Difference::new(Level::Warning, table, Some(name), what).remedy(remedy).hint(hint))
}
