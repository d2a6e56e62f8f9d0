//! Whether the rows that a row names are there, in the company.

use serde_json::{Map, Value as Json};

use super::kind::Kind;
use super::row::table_of;
use super::{Column, Fault, Refusal, Resource, Wrong};
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

/// So far a row is followed to what it names.
const STEPS: usize = 100;

/// Sees that a row of that id does not come to stand above itself: that what it names in a column of its own table does not name
/// it again, be it by others.
///
/// # Errors
/// A refusal that names the field.
pub(super) async fn circles(
    tx: &TenantTx,
    resource: &Resource,
    (id, row): (i64, &Map<String, Json>),
    wanted: impl Fn(&Column) -> bool,
) -> Result<(), Refusal> {
    let own = |column: &&Column| matches!(column.kind, Kind::Ref(table) if table == resource.table) && wanted(column);
    for column in resource.columns.iter().filter(own) {
        let text = format!("SELECT {} FROM {} WHERE company_id = :company AND id = ?", column.name, resource.table);
        let above = TenantSql::composed(text).map_err(Error::from)?;
        let mut next = row.get(column.name).and_then(Json::as_i64);
        for _ in 0..STEPS {
            let Some(other) = next else { break };
            if other == id {
                return Err(Refusal::Invalid(vec![Fault::field(column.name, Wrong::Circle)]));
            }
            next = tx.rows(&above, vec![other.into()]).await?.first().map_or(Ok(None), |row| row.opt_int(0))?;
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
