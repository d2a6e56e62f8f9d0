//! Whether the rows that a row names are there, in the company.

use serde_json::{Map, Value as Json};

use super::kind::Kind;
use super::row::table_of;
use super::{Column, Refusal, Resource};
use crate::db::{Error, TenantSql, TenantTx};

/// Looks up every row of another table that `row` names.
///
/// # Errors
/// A refusal that names the field and the row that there is not.
pub(crate) async fn references(
    tx: &TenantTx,
    resource: &Resource,
    row: &Map<String, Json>,
    wanted: impl Fn(&Column) -> bool,
) -> Result<(), Refusal> {
    for column in resource.columns.iter().filter(|column| wanted(column)) {
        let table = match column.kind {
            Kind::Ref(table) => table,
            Kind::Target => {
                let beside = column.name.replace("_id", "_type");
                table_of(row.get(&beside).and_then(Json::as_str).unwrap_or_default())
            }
            _ => continue,
        };
        let id = match row.get(column.name) {
            None | Some(Json::Null) => continue,
            // What is no id cannot have come as far as this; were it passed over, it would not be looked up.
            Some(id) => id.as_i64().ok_or(Refusal::Internal)?,
        };
        if !exists(tx, table, id).await? {
            return Err(Refusal::NoTarget { field: column.name.to_owned(), table, id });
        }
    }
    Ok(())
}

async fn exists(tx: &TenantTx, table: &'static str, id: i64) -> Result<bool, Error> {
    if table == "companies" {
        return Ok(id == tx.company_id());
    }
    let there = if matches!(table, "policy_configurations" | "appointments") { " AND deleted_at IS NULL" } else { "" };
    let text = format!("SELECT id FROM {table} WHERE company_id = :company AND id = ?{there}");
    let sql = TenantSql::composed(text)?;
    Ok(!tx.rows(&sql, vec![id.into()]).await?.is_empty())
}
