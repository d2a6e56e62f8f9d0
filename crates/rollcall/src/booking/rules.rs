//! What the policy engine is asked with: the policies that hold, and what happened so far.

use chrono::{NaiveDateTime, TimeDelta};
use rust_decimal::Decimal;
use serde_json::Value;

use super::Appointment;
use crate::analytics::polymorphic::Configurable;
use crate::db::{Error, Row as DbRow, TenantSql, TenantTx};
use crate::policy::{Facts, Limit, Policy, PolicyType, Row, choose};
use crate::summaries::invalid::check_configurable;

/// A "month" of a quota, in days.
pub(super) const MONTH: i64 = 30;

/// The active policies of `types` that apply to an appointment.
pub(super) async fn policies<const N: usize>(
    tx: &TenantTx,
    appointment: &Appointment,
    types: [PolicyType; N],
) -> Result<[Option<Policy>; N], Error> {
    let place = appointment.place(tx.company_id());
    let valid = active(tx).await?;
    Ok(types.map(|policy_type| choose(&valid, &place, policy_type)))
}

/// Every policy of the company that is active, not deleted, and hangs on what is its own.
///
/// # Errors
/// Where the database fails.
pub async fn active(tx: &TenantTx) -> Result<Vec<Row>, Error> {
    let config = tx.dialect().text("p.config");
    let text = format!(
        "SELECT p.id, p.configurable_type, p.configurable_id, p.policy_type, {config}, p.is_override, p.overrides_id, \
         p.configurable_id = :company, \
         EXISTS (SELECT 1 FROM branches b WHERE b.id = p.configurable_id AND b.company_id = :company), \
         EXISTS (SELECT 1 FROM services s WHERE s.id = p.configurable_id AND s.company_id = :company), \
         EXISTS (SELECT 1 FROM staff t WHERE t.id = p.configurable_id AND t.company_id = :company) \
         FROM policy_configurations p WHERE p.company_id = :company AND p.is_active AND p.deleted_at IS NULL"
    );
    let sql = TenantSql::composed(text)?;
    let rows = tx.rows(&sql, vec![]).await?;
    rows.iter().filter_map(|row| valid(row).transpose()).collect()
}

/// A policy whose configurable is what it says; none for any other.
fn valid(row: &DbRow) -> Result<Option<Row>, Error> {
    let kind = row.text(1)?;
    let found = [row.flag(7)?, row.flag(8)?, row.flag(9)?, row.flag(10)?];
    let known = (Configurable::parse(&kind), PolicyType::parse(&row.text(3)?));
    let ((Some(on), Some(policy_type)), Ok(())) = (known, check_configurable(&kind, found)) else { return Ok(None) };
    let config = row.opt_text(4)?.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or(Value::Null);
    let overrides = if row.flag(5)? { row.opt_int(6)? } else { None };
    Ok(Some(Row { id: row.int(0)?, on, on_id: row.int(2)?, policy_type, config, overrides }))
}

const SERVICE_PRICE: TenantSql = TenantSql::new("SELECT price FROM services WHERE company_id = :company AND id = ?");
const LOCK_CUSTOMER: TenantSql =
    TenantSql::new("SELECT id FROM customers WHERE company_id = :company AND id = ? FOR UPDATE");
const RESCHEDULES: TenantSql = TenantSql::new(
    "SELECT COUNT(*) FROM appointment_modifications \
     WHERE company_id = :company AND appointment_id = ? AND modification_type = 'reschedule'",
);
const CANCELLATIONS: TenantSql = TenantSql::new(
    "SELECT count FROM appointment_modification_stats WHERE company_id = :company AND customer_id = ? \
     AND stat_type = 'cancellation' AND created_at > ? AND created_at <= ?",
);

/// What a decision on an appointment depends on: its price, else its service's, and what happened so far where the policy
/// has a quota. `for_change` where the change is about to be made: the customer is locked, so that of two cancellations at
/// once the second counts the first.
pub(super) async fn facts(
    tx: &TenantTx,
    appointment: &Appointment,
    policy: Option<&Policy>,
    now: NaiveDateTime,
    for_change: bool,
) -> Result<Facts, Error> {
    let price = price(tx, appointment).await?;
    let mut changes_so_far = 0;
    if let Some(policy) = policy {
        let config = &policy.config;
        if policy.policy_type == PolicyType::Cancellation && config.max_cancellations_per_month != Limit::None {
            if for_change && tx.dialect() != crate::db::Dialect::Sqlite {
                tx.rows(&LOCK_CUSTOMER, vec![appointment.customer_id.into()]).await?;
            }
            let since = now - TimeDelta::days(MONTH);
            let args = vec![appointment.customer_id.into(), since.into(), now.into()];
            for row in tx.rows(&CANCELLATIONS, args).await? {
                changes_so_far += u64::try_from(row.small(0)?).unwrap_or(0);
            }
        }
        if policy.policy_type == PolicyType::Reschedule && config.max_reschedules_per_appointment != Limit::None {
            let rows = tx.rows(&RESCHEDULES, vec![appointment.id.into()]).await?;
            let count = rows.first().map_or(Ok(0), |row| row.int(0))?;
            changes_so_far = u64::try_from(count).unwrap_or(0);
        }
    }
    Ok(Facts { starts_at: appointment.starts_at, price, changes_so_far })
}

/// The appointment's price, else its service's.
pub(super) async fn price(tx: &TenantTx, appointment: &Appointment) -> Result<Option<Decimal>, Error> {
    match (appointment.price, appointment.service_id) {
        (Some(price), _) => Ok(Some(price)),
        (None, Some(service)) => {
            let rows = tx.rows(&SERVICE_PRICE, vec![service.into()]).await?;
            rows.first().map(|row| row.money(0)).transpose()
        }
        (None, None) => Ok(None),
    }
}
