//! The names of what rows hang on, read once for a file of a million rows: most companies have few branches, services and
//! staff, and a look into a map costs less than a join in each row.

use std::collections::{BTreeMap, HashMap};

use super::{Column, Kind, Resource};
use crate::db::{Error, TenantDb, TenantSql};

/// Of a table with more rows than that, nothing is kept.
const MOST: usize = 10_000;
/// The tables of which a company has few rows.
const FEW: [&str; 3] = ["branches", "services", "staff"];

/// Names by table and id, of those tables that are small.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names(BTreeMap<&'static str, HashMap<i64, String>>);

impl Names {
    /// The names for a resource's columns.
    pub(crate) async fn read(db: &TenantDb, resource: &Resource) -> Result<Self, Error> {
        let mut names = BTreeMap::new();
        for table in resource.columns.iter().filter_map(few) {
            let text =
                format!("SELECT id, name FROM {table} WHERE company_id = :company ORDER BY id LIMIT {}", MOST + 1);
            let sql = TenantSql::composed(text)?;
            let rows = db.rows(&sql, vec![]).await?;
            if rows.len() <= MOST {
                let named = rows.iter().map(|row| Ok((row.int(0)?, row.opt_text(1)?.unwrap_or_default())));
                names.insert(table, named.collect::<Result<_, Error>>()?);
            }
        }
        Ok(Self(names))
    }

    /// The names by id for a column; none where they are not kept.
    pub(crate) fn of(&self, column: &Column) -> Option<&HashMap<i64, String>> {
        self.0.get(few(column)?)
    }
}

/// The table that a column names rows of, if a company has few of them.
pub(crate) fn few(column: &Column) -> Option<&'static str> {
    match column.kind {
        Kind::Ref(table) => FEW.into_iter().find(|few| *few == table),
        _ => None,
    }
}
