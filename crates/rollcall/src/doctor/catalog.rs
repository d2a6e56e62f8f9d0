//! What a database says about itself: its tables, columns, indexes and triggers.

use std::collections::BTreeMap;

use crate::db::{Database, Dialect, Error, PlatformSql};

/// Names and what belongs to each, in its order: tables and columns, or indexes and columns.
pub(super) type Parts = BTreeMap<String, Vec<String>>;

const SQLITE_COLUMNS: &str =
    "SELECT m.name, p.name FROM sqlite_master m JOIN pragma_table_info(m.name) p WHERE m.type = 'table'";
const MYSQL_COLUMNS: &str = "SELECT CAST(table_name AS CHAR), CAST(column_name AS CHAR) \
     FROM information_schema.columns WHERE table_schema = DATABASE()";
const POSTGRES_COLUMNS: &str = "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT) \
     FROM information_schema.columns WHERE table_schema = current_schema()";

const SQLITE_INDEXES: &str = "SELECT m.name, COALESCE(i.name, '') FROM sqlite_master m \
     JOIN pragma_index_info(m.name) i WHERE m.type = 'index' ORDER BY m.name, i.seqno";
const MYSQL_INDEXES: &str = "SELECT CAST(index_name AS CHAR), CAST(COALESCE(column_name, '') AS CHAR) \
     FROM information_schema.statistics WHERE table_schema = DATABASE() ORDER BY table_name, index_name, seq_in_index";
const POSTGRES_INDEXES: &str = "SELECT CAST(i.relname AS TEXT), CAST(a.attname AS TEXT) FROM pg_index x \
     JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_attribute a ON a.attrelid = i.oid \
     WHERE i.relnamespace = current_schema()::regnamespace AND x.indisvalid ORDER BY i.relname, a.attnum";

const SQLITE_TRIGGERS: &str = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'";
const MYSQL_TRIGGERS: &str = "SELECT CAST(trigger_name AS CHAR), CAST(action_statement AS CHAR) \
     FROM information_schema.triggers WHERE trigger_schema = DATABASE()";
const POSTGRES_TRIGGERS: &str = "SELECT CAST(t.tgname AS TEXT), p.prosrc FROM pg_trigger t \
     JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid \
     WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND c.relnamespace = current_schema()::regnamespace";

pub(super) async fn columns(db: &Database) -> Result<Parts, Error> {
    let text = db.dialect().pick(SQLITE_COLUMNS, MYSQL_COLUMNS, POSTGRES_COLUMNS);
    parts(db, &PlatformSql::new("the doctor reads the catalogue of columns", text)).await
}

pub(super) async fn indexes(db: &Database) -> Result<Parts, Error> {
    let text = db.dialect().pick(SQLITE_INDEXES, MYSQL_INDEXES, POSTGRES_INDEXES);
    parts(db, &PlatformSql::new("the doctor reads the catalogue of indexes", text)).await
}

/// The triggers at work, each with what it does.
pub(super) async fn triggers(db: &Database) -> Result<BTreeMap<String, String>, Error> {
    let text = db.dialect().pick(SQLITE_TRIGGERS, MYSQL_TRIGGERS, POSTGRES_TRIGGERS);
    let sql = PlatformSql::new("the doctor reads the catalogue of triggers", text);
    db.platform().rows(&sql, vec![]).await?.iter().map(|row| Ok((row.text(0)?, row.text(1)?))).collect()
}

async fn parts(db: &Database, sql: &PlatformSql) -> Result<Parts, Error> {
    let mut parts = Parts::new();
    for row in db.platform().rows(sql, vec![]).await? {
        parts.entry(row.text(0)?).or_default().push(row.text(1)?);
    }
    Ok(parts)
}

/// The one cell of a one-row answer.
pub(super) async fn cell(
    db: &Database,
    purpose: &'static str,
    (sqlite, mysql, postgres): (&'static str, &'static str, &'static str),
) -> Result<String, Error> {
    let text: &'static str = Dialect::pick(db.dialect(), sqlite, mysql, postgres);
    let row = db.platform().row(&PlatformSql::new(purpose, text), vec![]).await?;
    row.ok_or_else(|| Error::RecordNotFound(purpose.to_owned()))?.text(0)
}
