//! What a form offers where a row names another one.

use std::collections::HashMap;

use serde_json::{Map, Value as Json};

use super::form::{Of, is_choice};
use crate::db::{Error, TenantDb, TenantSql};
use crate::resource::{Beside, Joins, Kind, Listing, Screen, few, has_name, is_written, page};
use crate::web::error::Failure;
use crate::web::view::{Offer, Offered};

/// So many of each table at most.
const AT_MOST: i64 = 500;

/// The rows that each column of a form may name; `policy_type` is that of the row itself, and `row` what there is of it.
pub(super) async fn choices(
    of: Of<'_>,
    policy_type: &str,
    row: Option<(i64, &Map<String, Json>)>,
) -> Result<Vec<Offer>, Failure> {
    let db = of.at.scope.db(&of.app.db);
    if let Some((_, row)) = row.filter(|_| of.screen.is_booked()) {
        return Ok(in_use(&db, of.screen, row).await?);
    }
    let id = row.map(|(id, _)| id);
    let mut offers = Vec::new();
    let columns = of.screen.resource.columns.iter();
    for column in columns.filter(|column| is_written(column, id.is_none()) && is_choice(column.kind)) {
        match column.kind {
            Kind::Ref(table) if has_name(table) => {
                for (id, name) in named(&db, table).await? {
                    offers.push(Offer { field: column.name, kind: "", value: id.to_string(), name });
                }
            }
            Kind::Ref(_) => offers.extend(others(of, &db, policy_type, id).await?),
            _ => {
                let company = of.at.company.clone();
                let own = (company.id, company.name);
                for (kind, rows) in [
                    ("company", vec![own]),
                    ("branch", named(&db, "branches").await?),
                    ("service", named(&db, "services").await?),
                    ("staff", named(&db, "staff").await?),
                ] {
                    let offer = |(id, name)| Offer { field: "target", kind, value: format!("{kind}:{id}"), name };
                    offers.extend(rows.into_iter().map(offer));
                }
            }
        }
    }
    Ok(offers)
}

/// What the form above a list offers where it can be narrowed by few rows of another table: by the column, ids with their names. By
/// one statement; none where there is no such column. Of a table with more rows than fit, nothing is offered.
pub(super) async fn offered(db: &TenantDb, screen: &Screen) -> Result<Option<Offered>, Error> {
    let columns = screen.filters.iter().filter_map(|name| screen.resource.column(name));
    let columns: Vec<_> = columns.filter_map(|column| Some((column.name, few(column)?))).collect();
    if columns.is_empty() {
        return Ok(None);
    }
    let text = of_each(db, columns.iter().map(|(_, table)| *table), "", AT_MOST + 1);
    let mut offered: Offered = columns.iter().map(|(name, _)| (*name, Vec::new())).collect();
    for row in db.rows(&TenantSql::composed(text)?, vec![]).await? {
        let at = usize::try_from(row.int(0)?).unwrap_or_default();
        let of_column = columns.get(at).and_then(|(name, _)| offered.get_mut(name));
        if let Some(of_column) = of_column {
            of_column.push((row.int(1)?, row.text(2)?));
        }
    }
    offered.retain(|_, rows| !rows.is_empty() && rows.len() <= usize::try_from(AT_MOST).unwrap_or_default());
    Ok(Some(offered))
}

/// What an appointment can be changed to: the branches, services and staff in use, and those that it has, by one statement.
async fn in_use(db: &TenantDb, screen: &Screen, row: &Map<String, Json>) -> Result<Vec<Offer>, Error> {
    let columns = screen.resource.columns.iter().filter(|column| is_written(column, false));
    let columns: Vec<_> = columns.filter_map(|column| Some((column.name, few(column)?))).collect();
    let chosen = |name: &str| row.get(name).and_then(Json::as_i64).unwrap_or_default();
    let args = columns.iter().map(|(name, _)| chosen(name).into()).collect();
    let text = of_each(db, columns.iter().map(|(_, table)| *table), " AND (n.is_active OR n.id = ?)", AT_MOST);
    let mut offers = Vec::new();
    for row in db.rows(&TenantSql::composed(text)?, args).await? {
        let column = usize::try_from(row.int(0)?).ok().and_then(|at| columns.get(at));
        if let Some((field, _)) = column {
            offers.push(Offer { field, kind: "", value: row.int(1)?.to_string(), name: row.text(2)? });
        }
    }
    Ok(offers)
}

/// A statement on the names of rows of several tables, of each so many that are `also` so, in the order of the names; the number of their table stands before them.
fn of_each(db: &TenantDb, tables: impl Iterator<Item = &'static str>, also: &str, most: i64) -> String {
    let of = |(at, table): (usize, &str)| {
        format!(
            "SELECT * FROM (SELECT {} AS part, n.id, n.name FROM {table} n WHERE n.company_id = :company{also} \
             ORDER BY n.name, n.id LIMIT {most}) each{at}",
            db.dialect().integer(&at.to_string())
        )
    };
    tables.enumerate().map(of).collect::<Vec<_>>().join(" UNION ALL ")
}

async fn named(db: &TenantDb, table: &str) -> Result<Vec<(i64, String)>, Error> {
    let text = format!("SELECT id, name FROM {table} WHERE company_id = :company ORDER BY name, id LIMIT {AT_MOST}");
    let sql = TenantSql::composed(text)?;
    db.rows(&sql, vec![]).await?.iter().map(|row| Ok((row.int(0)?, row.text(1)?))).collect()
}

/// Other policies of a type, by what they hang on.
async fn others(of: Of<'_>, db: &TenantDb, policy_type: &str, id: Option<i64>) -> Result<Vec<Offer>, Failure> {
    let resource = of.screen.resource;
    let listing = Listing::of(resource, db.company_id(), "-created_at", AT_MOST).zip(resource.column("policy_type"));
    let Some((mut listing, column)) = listing else { return Ok(Vec::new()) };
    if listing.narrow(db.dialect(), column, "=", policy_type).is_err() {
        return Ok(Vec::new());
    }
    let targets = resource.columns.iter().filter(|column| matches!(column.kind, Kind::Target));
    let page = page(db, resource, &listing, &Joins::of(db.dialect(), resource.columns, targets)).await?;
    let number = |row: &Map<String, Json>, name: &str| row.get(name).and_then(Json::as_i64);
    let above: HashMap<_, _> =
        page.rows.iter().filter_map(|row| Some((number(row, "id")?, number(row, "overrides_id")?))).collect();
    // What overrides the row already, be it by others, cannot be overridden by it.
    let leads_back = |other: i64| {
        let chain = std::iter::successors(Some(other), |at| above.get(at).copied()).take(above.len() + 1);
        id.is_some_and(|id| chain.into_iter().any(|at| at == id))
    };
    let offer = |(row, beside): (&Map<String, Json>, &Beside)| {
        let other = number(row, "id").filter(|other| !leads_back(*other))?;
        let name = beside.get("configurable_id").cloned().unwrap_or_default();
        Some(Offer { field: "overrides_id", kind: "", value: other.to_string(), name: format!("{name} ({other})") })
    };
    Ok(page.rows.iter().zip(&page.beside).filter_map(offer).collect())
}
