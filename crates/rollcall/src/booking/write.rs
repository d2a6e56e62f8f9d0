//! The rows that a change of an appointment leaves behind.

use chrono::NaiveDateTime;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{Appointment, By, Error};
use crate::audit::Actor;
use crate::db::{Arg, Error as DbError, TenantSql, TenantTx};
use crate::events::Thing;
use crate::policy::PolicyType;
use crate::summaries::zone::{month, zone};

const SET_STATUS: TenantSql =
    TenantSql::new("UPDATE appointments SET status = ?, updated_at = ? WHERE company_id = :company AND id = ?");
const SET_TIME: TenantSql = TenantSql::new(
    "UPDATE appointments SET starts_at = ?, ends_at = ?, updated_at = ? WHERE company_id = :company AND id = ?",
);
const ZONE: TenantSql = TenantSql::new("SELECT timezone FROM companies WHERE id = :company");
const STAFF: TenantSql = TenantSql::new("SELECT id FROM staff WHERE company_id = :company AND id = ?");

/// Stores the appointment's status, or its time, as it stands in `appointment`.
pub(super) async fn status(tx: &TenantTx, appointment: &Appointment, now: NaiveDateTime) -> Result<(), DbError> {
    let args = vec![appointment.status.as_str().into(), now.into(), appointment.id.into()];
    tx.execute(&SET_STATUS, args).await.map(|_| ())
}

pub(super) async fn time(tx: &TenantTx, appointment: &Appointment, now: NaiveDateTime) -> Result<(), DbError> {
    let args = vec![appointment.starts_at.into(), appointment.ends_at.into(), now.into(), appointment.id.into()];
    tx.execute(&SET_TIME, args).await.map(|_| ())
}

/// A cancellation or reschedule that was carried out.
pub(super) struct Modification<'a> {
    pub(super) appointment: &'a Appointment,
    /// `cancel` or `reschedule`.
    pub(super) kind: &'static str,
    pub(super) within_policy: bool,
    pub(super) fee: Decimal,
    pub(super) reason: Option<&'a str>,
    pub(super) by: Option<By>,
    pub(super) metadata: Value,
}

impl Modification<'_> {
    /// Writes it down; answers its id.
    pub(super) async fn write(self, tx: &TenantTx, actor: &Actor, now: NaiveDateTime) -> Result<i64, Error> {
        let (by, by_id) = self.author(tx, actor).await?;
        let columns = [
            "appointment_id",
            "customer_id",
            "modification_type",
            "within_policy",
            "fee_charged",
            "reason",
            "modified_by_type",
            "modified_by_id",
            "metadata",
            "created_at",
            "updated_at",
        ];
        let row: Vec<Arg> = vec![
            self.appointment.id.into(),
            self.appointment.customer_id.into(),
            self.kind.into(),
            self.within_policy.into(),
            self.fee.into(),
            self.reason.map(str::to_owned).into(),
            by.into(),
            by_id.into(),
            self.metadata.into(),
            now.into(),
            now.into(),
        ];
        let ids = tx.insert_new("appointment_modifications", &columns, vec![row]).await?;
        Ok(ids.first().copied().unwrap_or_default())
    }

    /// Who wanted it: whom the request names, else the user who asked, else the program.
    async fn author(&self, tx: &TenantTx, actor: &Actor) -> Result<(&'static str, Option<i64>), Error> {
        match self.by {
            Some(By::Customer) => Ok(("customer", Some(self.appointment.customer_id))),
            Some(By::Staff(id)) => match tx.rows(&STAFF, vec![id.into()]).await?.is_empty() {
                false => Ok(("staff", Some(id))),
                true => Err(Error::NotFound { field: "by", thing: Thing::Staff, id }),
            },
            None => Ok(actor.user_id.map_or(("system", None), |id| ("user", Some(id)))),
        }
    }
}

/// A violated policy.
#[derive(Clone, Copy)]
pub(super) struct Violation {
    pub(super) policy_id: i64,
    pub(super) policy_type: PolicyType,
    pub(super) fee: Decimal,
}

/// Counts a change (`cancellation` or `reschedule`) and a violation in the customer's stats of the month.
pub(super) async fn stats(
    tx: &TenantTx,
    appointment: &Appointment,
    change: Option<&'static str>,
    violation: Option<Violation>,
    now: NaiveDateTime,
) -> Result<(), DbError> {
    let zone_name = tx.rows(&ZONE, vec![]).await?.first().map(|row| row.text(0)).transpose()?;
    let (first, last) = month(zone(zone_name.as_deref().unwrap_or("UTC")), now);
    let row = |stat_type: &'static str, metadata: Value| -> Vec<Arg> {
        vec![
            appointment.customer_id.into(),
            stat_type.into(),
            1.into(),
            first.into(),
            last.into(),
            metadata.into(),
            now.into(),
            now.into(),
        ]
    };
    let change = change.map(|change| row(change, json!({ "appointment_id": appointment.id })));
    let violation = violation.map(|it| {
        let metadata = json!({
            "policy_id": it.policy_id,
            "policy_type": it.policy_type.as_str(),
            "appointment_id": appointment.id,
            "fee": it.fee.to_string(),
        });
        row("violation", metadata)
    });
    let columns =
        ["customer_id", "stat_type", "count", "period_start", "period_end", "metadata", "created_at", "updated_at"];
    let columns = match tx.dialect() {
        // A word of MySQL's, bare in no other dialect's way.
        crate::db::Dialect::MySql => columns.map(|column| if column == "count" { "`count`" } else { column }),
        _ => columns,
    };
    tx.insert("appointment_modification_stats", &columns, change.into_iter().chain(violation).collect(), "").await
}
