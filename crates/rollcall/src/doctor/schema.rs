//! The schema: migrations, the contract's tables and columns, indexes and triggers.

use std::collections::BTreeMap;

use super::{Finding, catalog};
use crate::adopt;
use crate::db::{Database, Error, PlatformSql};

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
    if db.is_adopted().await? {
        return beside(db).await;
    }
    let expected = db.expected().await?;
    let columns = missing_columns(&expected.tables, &catalog::columns(db).await?);
    let indexes = missing_indexes(&expected.indexes, &catalog::indexes(db).await?);
    let triggers = faulty_triggers(&expected.triggers, &catalog::triggers(db).await?);
    Ok(vec![
        judge("tables and columns of the contract", expected.tables.len(), &columns, COLUMNS_ADVICE),
        judge("indexes", expected.indexes.len(), &indexes, INDEXES_ADVICE),
        judge("triggers of the change log", expected.triggers.len(), &triggers, TRIGGERS_ADVICE),
    ])
}

/// An adopted database: the application may call things by other names, as long as they serve.
async fn beside(db: &Database) -> Result<Vec<Finding>, Error> {
    let (survey, expected) = (adopt::survey(db).await?, db.expected().await?);
    let finding = |difference: &adopt::Difference| {
        let of: Vec<_> = [Some(&difference.table), difference.column.as_ref()].into_iter().flatten().cloned().collect();
        let what = format!("{}: {}", of.join("."), difference.what);
        let advice: Vec<_> = difference.remedy.iter().chain(&difference.hint).map(String::as_str).collect();
        Finding { area: "schema", level: difference.level, what, advice: Some(advice.join("; ")) }
    };
    let mut findings: Vec<_> = survey.differences.iter().map(finding).collect();
    if survey.state == adopt::State::Begun && survey.indexes.is_empty() {
        let what = "Rollcall has begun to stand beside the application that owns this database, and not finished";
        findings.push(Finding::error("schema", what, "run `rollcall adopt` again: it goes on where it stopped"));
    } else {
        let what = "Rollcall stands beside the application that owns this database";
        findings.push(Finding::ok("schema", what));
    }
    let indexes: Vec<_> = survey.indexes.iter().map(|index| format!("{} ({})", index.name, index.columns)).collect();
    let triggers = faulty_triggers(&expected.triggers, &catalog::triggers(db).await?);
    findings.push(judge("indexes", expected.indexes.len(), &indexes, INDEXES_ADVICE));
    findings.push(judge("triggers of the change log", expected.triggers.len(), &triggers, TRIGGERS_ADVICE));
    Ok(findings)
}

const COLUMNS_ADVICE: &str = "add what is missing as the schema contract has it; figures cannot be trusted until then";
const INDEXES_ADVICE: &str = "run `rollcall doctor --repair`; drop what has the right name and other columns first; \
     pages are slow until then";
const TRIGGERS_ADVICE: &str = "run `rollcall doctor --repair`; changes go unseen until then";

const REBUILD: PlatformSql = PlatformSql::new(
    "summaries are recomputed after triggers were missing",
    "UPDATE company_versions SET state = version + 1, version = version + 1",
);

/// Puts back triggers and indexes that went missing, and has all summaries recomputed where changes went unseen;
/// answers the names of what was put back.
///
/// An index of the right name on other columns is left alone: somebody made it.
///
/// # Errors
/// Where the database refuses; what was put back before stays.
pub async fn repair(db: &Database) -> Result<Vec<String>, Error> {
    let expected = db.expected().await?;
    let (indexes, triggers) = (catalog::indexes(db).await?, catalog::triggers(db).await?);
    let no_triggers = faulty_triggers(&expected.triggers, &triggers);
    let names = expected.indexes.into_iter().map(|(name, _)| name.to_owned());
    let no_indexes: Vec<_> = if db.is_adopted().await? {
        let survey = adopt::survey(db).await?;
        adopt::add_indexes(db, &survey, &mut |_| ()).await.map_err(|error| Error::Custom(error.to_string()))?;
        db.remake(&no_triggers, &[]).await?;
        survey.indexes.into_iter().map(|index| index.name).collect()
    } else {
        let no_indexes: Vec<_> = names.filter(|name| !indexes.contains_key(name)).collect();
        db.remake(&no_triggers, &no_indexes).await?;
        no_indexes
    };
    // Only now: what is written from here on is seen.
    if !no_triggers.is_empty() {
        db.platform().execute(&REBUILD, vec![]).await?;
    }
    Ok(no_triggers.into_iter().chain(no_indexes).collect())
}

fn judge(what: &str, count: usize, missing: &[String], advice: &str) -> Finding {
    if missing.is_empty() {
        return Finding::ok("schema", format!("the {what} are in place ({count})"));
    }
    Finding::error("schema", format!("missing or altered among the {what}: {}", missing.join(", ")), advice)
}

/// The names of the triggers that are not there, or do something else than they should.
fn faulty_triggers(expected: &[(String, String)], found: &BTreeMap<String, String>) -> Vec<String> {
    let works = |(name, statement): &&(String, String)| {
        let body = found.get(name).map_or("", |body| body.trim());
        !body.is_empty() && statement.contains(body)
    };
    expected.iter().filter(|trigger| !works(trigger)).map(|(name, _)| name.clone()).collect()
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

    #[test]
    fn a_trigger_that_does_something_else_is_as_good_as_missing() {
        let body = "CREATE TRIGGER a AFTER INSERT ON t BEGIN INSERT INTO change_log VALUES (1); END";
        let expected = [("a".to_owned(), body.to_owned()), ("b".to_owned(), body.to_owned())];
        let found = |body: &str| [("a".to_owned(), body.to_owned())].into();
        assert_eq!(faulty_triggers(&expected, &found("BEGIN INSERT INTO change_log VALUES (1); END")), ["b"]);
        assert_eq!(faulty_triggers(&expected, &found("BEGIN SELECT 1; END")), ["a", "b"]);
        assert_eq!(faulty_triggers(&expected, &found("")), ["a", "b"]);
    }

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
