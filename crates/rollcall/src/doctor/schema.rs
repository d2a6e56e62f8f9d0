//! The schema: migrations, the contract's tables and columns, indexes and triggers.

use super::{Finding, catalog};
use crate::db::{Database, Error, migrate};

pub(super) async fn migrations(db: &Database) -> Result<Vec<Finding>, Error> {
    let steps = db.migrations().await?;
    let pending: Vec<_> = steps.iter().filter(|step| !step.applied).map(|step| step.name.as_str()).collect();
    Ok(vec![if pending.is_empty() {
        Finding::ok("schema", format!("all {} migrations are applied", steps.len()))
    } else {
        let what = format!("{} of {} migrations are pending: {}", pending.len(), steps.len(), pending.join(", "));
        Finding::error("schema", what, "run `rollcall migrate up`")
    }])
}

pub(super) async fn objects(db: &Database) -> Result<Vec<Finding>, Error> {
    let expected = migrate::expected(db.dialect());
    let columns = missing_columns(&expected.tables, &catalog::columns(db).await?);
    let indexes = missing_indexes(&expected.indexes, &catalog::indexes(db).await?);
    let present = catalog::triggers(db).await?;
    let triggers: Vec<_> = expected.triggers.iter().filter(|name| !present.contains(*name)).cloned().collect();
    Ok(vec![
        judge("tables and columns of the contract", expected.tables.len(), &columns, COLUMNS_ADVICE),
        judge("indexes", expected.indexes.len(), &indexes, INDEXES_ADVICE),
        judge("triggers of the change log", expected.triggers.len(), &triggers, TRIGGERS_ADVICE),
    ])
}

const COLUMNS_ADVICE: &str = "add what is missing as the schema contract has it; figures cannot be trusted until then";
const INDEXES_ADVICE: &str = "create them by CREATE INDEX; pages are slow until then";
const TRIGGERS_ADVICE: &str = "without them changes go unseen: run `rollcall migrate down --steps 1 --yes`, \
     `rollcall migrate up`, then `rollcall summaries rebuild`";

fn judge(what: &str, count: usize, missing: &[String], advice: &str) -> Finding {
    if missing.is_empty() {
        return Finding::ok("schema", format!("the {what} are in place ({count})"));
    }
    Finding::error("schema", format!("missing among the {what}: {}", missing.join(", ")), advice)
}

fn missing_columns(expected: &[(&'static str, Vec<&'static str>)], found: &catalog::Parts) -> Vec<String> {
    let mut missing = Vec::new();
    for (table, columns) in expected {
        let Some(present) = found.get(*table) else {
            missing.push((*table).to_owned());
            continue;
        };
        let absent = columns.iter().filter(|column| !present.iter().any(|name| name == *column));
        missing.extend(absent.map(|column| format!("{table}.{column}")));
    }
    missing
}

/// An index of the right name on other columns helps no query.
fn missing_indexes(expected: &[(&'static str, Vec<&'static str>)], found: &catalog::Parts) -> Vec<String> {
    let differs = |(name, columns): &&(&'static str, Vec<&'static str>)| {
        !found.get(*name).is_some_and(|present| present.iter().eq(columns.iter()))
    };
    expected.iter().filter(differs).map(|(name, columns)| format!("{name} ({})", columns.join(", "))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(parts: &[(&str, &[&str])]) -> catalog::Parts {
        let owned = |items: &&[&str]| items.iter().map(|item| (*item).to_owned()).collect();
        parts.iter().map(|(name, items)| ((*name).to_owned(), owned(items))).collect()
    }

    #[test]
    fn a_missing_table_column_or_index_is_named() {
        let tables = [("staff", vec!["id", "name"]), ("users", vec!["id"])];
        assert_eq!(missing_columns(&tables, &found(&[("staff", &["id"])])), ["staff.name", "users"]);
        let indexes = [("a", vec!["x", "y"]), ("b", vec!["x"]), ("c", vec!["z"])];
        let present = found(&[("a", &["y", "x"]), ("b", &["x"])]);
        assert_eq!(missing_indexes(&indexes, &present), ["a (x, y)", "c (z)"]);
    }
}
