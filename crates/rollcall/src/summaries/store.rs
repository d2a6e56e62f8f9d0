//! Summaries in and out of their tables.

use std::collections::BTreeMap;

use super::DaySummary;
use super::people::{CustomerSummary, listed};
use super::recompute::Summaries;
use super::snapshot::CompanySummary;
use crate::db::{Arg, Error, TenantSql, TenantTx};

const DAY_COLUMNS: [&str; 4] = ["day", "failed", "data", "branches"];
const DELETE_DAYS: TenantSql =
    TenantSql::new("DELETE FROM day_summaries WHERE company_id = :company AND day >= ? AND day <= ?");
const DELETE_COMPANY: TenantSql = TenantSql::new("DELETE FROM company_summaries WHERE company_id = :company");
const DELETE_ALL: [TenantSql; 4] = [
    TenantSql::new("DELETE FROM day_summaries WHERE company_id = :company"),
    TenantSql::new("DELETE FROM customer_summaries WHERE company_id = :company"),
    TenantSql::new("DELETE FROM search_words WHERE company_id = :company"),
    DELETE_COMPANY,
];

/// Replaces the stored days of numbers `first` to `last` by `days`.
pub(crate) async fn replace_days(tx: &TenantTx, first: i64, last: i64, days: &Summaries) -> Result<(), Error> {
    tx.execute(&DELETE_DAYS, vec![first.into(), last.into()]).await?;
    let rows = days.iter().map(|(day, summary)| day_row(*day, summary)).collect::<Result<Vec<_>, _>>()?;
    tx.insert("day_summaries", &DAY_COLUMNS, rows, "").await
}

/// Stores single days; those that became empty go.
pub(crate) async fn store_days(tx: &TenantTx, touched: &[i64], days: &Summaries) -> Result<(), Error> {
    let gone: Vec<i64> = touched.iter().copied().filter(|day| !days.contains_key(day)).collect();
    for gone in gone.chunks(500) {
        let (sql, args) = listed("DELETE FROM day_summaries WHERE company_id = :company AND day", gone)?;
        tx.execute(&sql, args).await?;
    }
    let rows = days.iter().map(|(day, summary)| day_row(*day, summary)).collect::<Result<Vec<_>, _>>()?;
    let end = tx.dialect().on_conflict_update(&["company_id", "day"], &DAY_COLUMNS[1..]);
    tx.insert("day_summaries", &DAY_COLUMNS, rows, &end).await
}

fn day_row(day: i64, summary: &DaySummary) -> Result<Vec<Arg>, Error> {
    let data = serde_json::to_string(summary).map_err(|error| Error::Json(error.to_string()))?;
    let branches = match summary.branches.is_empty() {
        true => None,
        false => Some(serde_json::to_string(&summary.branches).map_err(|error| Error::Json(error.to_string()))?),
    };
    Ok(vec![day.into(), summary.deliveries().failed.into(), data.into(), branches.into()])
}

/// The branches of a day, read back; none were stored where there is nothing of any.
pub(crate) fn parse_branches(data: Option<&str>) -> Result<BTreeMap<i64, DaySummary>, Error> {
    data.map_or_else(|| Ok(BTreeMap::new()), parse)
}

/// A stored summary, read back.
pub(crate) fn parse<T: serde::de::DeserializeOwned>(data: &str) -> Result<T, Error> {
    serde_json::from_str(data).map_err(|error| Error::Json(error.to_string()))
}

/// Stores customers; of `touched`, those that the company no longer has go.
pub(crate) async fn store_customers(
    tx: &TenantTx,
    touched: &[i64],
    customers: BTreeMap<i64, CustomerSummary>,
) -> Result<(), Error> {
    let gone: Vec<i64> = touched.iter().copied().filter(|id| !customers.contains_key(id)).collect();
    for gone in gone.chunks(500) {
        let (sql, args) = listed("DELETE FROM customer_summaries WHERE company_id = :company AND customer_id", gone)?;
        tx.execute(&sql, args).await?;
    }
    let columns = ["customer_id", "journey_status", "violations", "cancellations", "appointments"];
    let end = tx.dialect().on_conflict_update(&["company_id", "customer_id"], &columns[1..]);
    let rows = customers
        .into_iter()
        .map(|(id, it)| {
            vec![
                id.into(),
                it.journey_status.into(),
                it.violations.into(),
                it.cancellations.into(),
                it.appointments.into(),
            ]
        })
        .collect();
    tx.insert("customer_summaries", &columns, rows, &end).await
}

/// Stores the company's present state.
pub(crate) async fn store_company(tx: &TenantTx, summary: &CompanySummary) -> Result<(), Error> {
    let data = serde_json::to_string(summary).map_err(|error| Error::Json(error.to_string()))?;
    let end = tx.dialect().on_conflict_update(&["company_id"], &["data"]);
    tx.insert("company_summaries", &["data"], vec![vec![data.into()]], &end).await
}

/// Forgets a company that no longer exists.
pub(crate) async fn forget(tx: &TenantTx) -> Result<(), Error> {
    for sql in &DELETE_ALL {
        tx.execute(sql, vec![]).await?;
    }
    Ok(())
}
