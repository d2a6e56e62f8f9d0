//! What is to be added, and what is there already.

use serde::Serialize;

use super::catalog::{Catalog, Index};
use super::check::Difference;
use crate::db::Dialect;
use crate::db::migrate::beside::Adds;
use crate::db::migrate::indexes;
use crate::db::migrate::record::{Kind, Note};
use crate::db::migrate::triggers::{self, WATCHED};
use crate::doctor::Level;

/// An index that the panel's queries need and no index of the application serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewIndex {
    /// Its name.
    pub name: String,
    /// Its table.
    pub table: String,
    /// Its columns, in their order.
    pub columns: String,
    /// Indexes of the application that the server would drop in favour of this one, were they not held fast.
    #[serde(skip)]
    pub(super) pins: Vec<String>,
    /// Whether an interrupted run left it half made.
    #[serde(skip)]
    pub(super) is_half: bool,
}

/// An index of the application that serves in place of one of the contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Served {
    /// The contract's name for it.
    pub name: String,
    /// Its table.
    pub table: String,
    /// The name that it has.
    pub by: String,
}

/// The indexes that are missing, and those that serve already.
pub(super) fn indexes(dialect: Dialect, catalog: &Catalog, notes: &[Note]) -> (Vec<NewIndex>, Vec<Served>) {
    let (mut missing, mut served) = (Vec::new(), Vec::new());
    for (name, table, columns) in indexes::all() {
        let wanted: Vec<&str> = columns.split(", ").collect();
        let serves = |index: &&Index| {
            let begins = index.columns.len() >= wanted.len() && index.columns.iter().zip(&wanted).all(|(a, b)| a == b);
            index.table == *table && index.whole && begins
        };
        match catalog.indexes.iter().find(serves) {
            Some(index) => {
                served.push(Served { name: (*name).to_owned(), table: (*table).to_owned(), by: index.name.clone() });
            }
            None => missing.push(new(dialect, catalog, notes, (name, table, columns))),
        }
    }
    (missing, served)
}

fn new(dialect: Dialect, catalog: &Catalog, notes: &[Note], (name, table, columns): (&str, &str, &str)) -> NewIndex {
    let own =
        |name: &str| notes.iter().any(|note| note.kind == Kind::Index && note.table == table && note.name == name);
    // MySQL's indexes have their names within their table.
    let is_taken = |name: &str| {
        let same = |index: &Index| index.name == name && (dialect != Dialect::MySql || index.table == table);
        catalog.indexes.iter().any(same) && !own(name)
    };
    let name = if is_taken(name) { format!("rollcall_{name}") } else { name.to_owned() };
    let is_half = own(&name) && catalog.indexes.iter().any(|index| index.name == name && index.table == table);
    NewIndex {
        pins: pins(catalog, table, columns),
        is_half,
        name,
        table: table.to_owned(),
        columns: columns.to_owned(),
    }
}

/// Indexes on just the columns of a foreign key that the new one serves as well: MySQL may have made them by itself, and
/// then drops them.
fn pins(catalog: &Catalog, table: &str, columns: &str) -> Vec<String> {
    let of_key = |index: &&Index| {
        let is_key = |key: &super::catalog::ForeignKey| key.table == table && key.columns == index.columns;
        let served =
            columns == index.columns.join(", ") || columns.starts_with(&format!("{}, ", index.columns.join(", ")));
        index.table == table && index.name != "PRIMARY" && served && catalog.foreign_keys.iter().any(is_key)
    };
    catalog.indexes.iter().filter(of_key).map(|index| index.name.clone()).collect()
}

/// Tables and triggers of Rollcall's names that are somebody else's.
pub(super) fn collisions(dialect: Dialect, catalog: &Catalog, notes: &[Note], adds: &[Adds]) -> Vec<Difference> {
    let own = |table: &str| notes.iter().any(|note| note.kind == Kind::Table && note.name == table);
    let tables = adds.iter().flat_map(|adds| &adds.tables);
    let tables = tables.filter(|table| catalog.tables.contains_key(*table) && !own(table)).map(|table| {
        let what = "has the name of a table that Rollcall needs for itself";
        Difference::new(Level::Error, table, None, what).hint("rename it in the application")
    });
    let made = notes.iter().any(|note| note.kind == Kind::Step && note.name == triggers::NAME);
    let triggers = WATCHED.iter().filter(|_| !made).flat_map(|watch| {
        let names = watch.names(dialect).into_iter().filter(|name| catalog.triggers.contains(name.as_str()));
        names.map(move |name: String| {
            let what = "is a trigger with the name of one of Rollcall's";
            Difference::new(Level::Error, watch.table(), Some(&name), what)
                .hint("rename it, or drop it if it is a remnant")
        })
    });
    tables.chain(triggers).collect()
}
