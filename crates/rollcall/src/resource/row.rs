//! Rows: which there are, how they are read, and what they look like.

use serde_json::{Map, Value as Json};
use sha2::{Digest, Sha256};

use super::{Column, Resource, Valid};
use crate::analytics::polymorphic::{Configurable, Notifiable};
use crate::db::{Arg, Dialect, Error, Row, TenantSql, TenantTx};

/// A row as the API shows it: the id, and its columns in their order.
pub(crate) fn values(row: &Row, columns: &[Column]) -> Result<Map<String, Json>, Error> {
    let mut shown = Map::new();
    shown.insert("id".to_owned(), row.int(0)?.into());
    for (at, column) in columns.iter().enumerate() {
        shown.insert(column.name.to_owned(), column.kind.read(row, at + 1)?);
    }
    Ok(shown)
}

/// A row as it is sent.
pub(crate) fn written_row(row: Map<String, Json>) -> String {
    Json::Object(row).to_string()
}

/// The tag of a state: another one for whatever differs.
pub(crate) fn etag(text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    let digits: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{digits}\"")
}

/// What is selected of a row `t`.
pub(crate) fn selection(columns: &[Column], dialect: Dialect) -> String {
    let selected = columns.iter().map(|column| column.kind.select(column.sql(dialect), dialect));
    std::iter::once("t.id".to_owned()).chain(selected).collect::<Vec<_>>().join(", ")
}

/// Which rows `t` there are for the company, and the values that the condition needs.
pub(crate) fn condition(resource: &Resource, dialect: Dialect) -> (String, Vec<Arg>) {
    condition_of(resource, dialect, false)
}

/// The same, or the condition of those that were `deleted`.
pub(super) fn condition_of(resource: &Resource, dialect: Dialect, deleted: bool) -> (String, Vec<Arg>) {
    let mut text = "t.company_id = :company".to_owned();
    if resource.soft {
        text.push_str(if deleted { " AND t.deleted_at IS NOT NULL" } else { " AND t.deleted_at IS NULL" });
    }
    if let Some(only) = resource.only {
        text.push_str(&format!(" AND {}", only(dialect)));
    }
    let Some(valid) = resource.valid else { return (text, Vec::new()) };
    let (valid, args) = points_home(valid, dialect);
    (format!("{text} AND {valid}"), args)
}

/// The condition that what a row hangs on is the company's. Asked for by value: MariaDB may answer EXISTS by reading all of
/// the company's rows first.
fn points_home(valid: Valid, dialect: Dialect) -> (String, Vec<Arg>) {
    let (prefix, kinds): (_, Vec<(_, [&str; 2])>) = match valid {
        Valid::Configurable => {
            ("configurable", Configurable::ALL.iter().map(|kind| (table_of(kind.names()[0]), kind.names())).collect())
        }
        Valid::Notifiable => {
            ("notifiable", Notifiable::ALL.iter().map(|kind| (table_of(kind.names()[0]), kind.names())).collect())
        }
    };
    let stored = dialect.exact(&format!("t.{prefix}_type"));
    let is = |table: &str| match table {
        "companies" => format!("({stored} IN (?, ?) AND t.{prefix}_id = :company)"),
        table => format!(
            "({stored} IN (?, ?) AND \
             (SELECT r.id FROM {table} r WHERE r.id = t.{prefix}_id AND r.company_id = :company) IS NOT NULL)"
        ),
    };
    let conditions: Vec<_> = kinds.iter().map(|(table, _)| is(table)).collect();
    let args = kinds.iter().flat_map(|(_, names)| names.iter().map(|name| Arg::from(*name))).collect();
    (format!("({})", conditions.join(" OR ")), args)
}

/// The table of a type's short name.
pub(crate) fn table_of(kind: &str) -> &'static str {
    match kind {
        "company" => "companies",
        "branch" => "branches",
        "service" => "services",
        "staff" => "staff",
        "customer" => "customers",
        _ => "users",
    }
}

/// A statement on the rows of a resource that there are for the company.
pub(crate) fn statement(
    resource: &Resource,
    dialect: Dialect,
    more: &str,
    args: Vec<Arg>,
) -> Result<(TenantSql, Vec<Arg>), Error> {
    let (condition, mut all) = condition(resource, dialect);
    let selection = selection(resource.columns, dialect);
    all.extend(args);
    let text = format!("SELECT {selection} FROM {} t WHERE {condition} {more}", resource.table);
    Ok((TenantSql::composed(text)?, all))
}

/// The row of that id, within a transaction; `lock` keeps other writers away until its end.
pub(crate) async fn read(
    tx: &TenantTx,
    resource: &Resource,
    id: i64,
    lock: bool,
) -> Result<Option<Map<String, Json>>, Error> {
    let lock = if lock { lock_of(tx.dialect()) } else { "" };
    let (sql, args) = statement(resource, tx.dialect(), &format!("AND t.id = ?{lock}"), vec![id.into()])?;
    tx.rows(&sql, args).await?.first().map(|row| values(row, resource.columns)).transpose()
}

/// The row of that id that was deleted, locked.
pub(super) async fn read_deleted(
    tx: &TenantTx,
    resource: &Resource,
    id: i64,
) -> Result<Option<Map<String, Json>>, Error> {
    let (condition, mut args) = condition_of(resource, tx.dialect(), true);
    args.push(id.into());
    let (selection, lock) = (selection(resource.columns, tx.dialect()), lock_of(tx.dialect()));
    let text = format!("SELECT {selection} FROM {} t WHERE {condition} AND t.id = ?{lock}", resource.table);
    let sql = TenantSql::composed(text)?;
    tx.rows(&sql, args).await?.first().map(|row| values(row, resource.columns)).transpose()
}

fn lock_of(dialect: Dialect) -> &'static str {
    dialect.pick("", " FOR UPDATE", " FOR UPDATE")
}
