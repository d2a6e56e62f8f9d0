//! Reminders that are not wanted any longer.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{EventType, Occasion};
use crate::analytics::polymorphic::Notifiable;
use crate::db::{Error, TenantSql, TenantTx};
use crate::summaries::people::listed;

/// Takes the reminders of these appointments that nobody has sent or begun to send out of the queue; answers how many. A
/// queue knows appointments by the payload alone, so a customer's waiting notifications are looked through.
pub(crate) async fn withdraw(tx: &TenantTx, occasions: &[&Occasion]) -> Result<u64, Error> {
    let appointments: BTreeSet<i64> = occasions.iter().map(|it| it.appointment).collect();
    let customers: BTreeSet<i64> = occasions.iter().map(|it| it.customer).collect();
    let customers: Vec<i64> = customers.into_iter().collect();
    let payload = tx.dialect().text("payload");
    let mut reminders = Vec::new();
    for ids in customers.chunks(500) {
        let (sql, args) = listed(
            &format!(
                "SELECT id, notifiable_type, {payload} FROM notification_queues \
                 WHERE company_id = :company AND status = 'pending' AND notifiable_id"
            ),
            ids,
        )?;
        for row in tx.rows(&sql, args).await? {
            let to_customer = row.opt_text(1)?.as_deref().and_then(Notifiable::parse) == Some(Notifiable::Customer);
            let of = row.opt_text(2)?.as_deref().and_then(reminded_of);
            if to_customer && of.is_some_and(|appointment| appointments.contains(&appointment)) {
                reminders.push(row.int(0)?);
            }
        }
    }
    let mut withdrawn = 0;
    for ids in reminders.chunks(500) {
        let marks = vec!["?"; ids.len()].join(", ");
        let text = format!(
            "DELETE FROM notification_queues WHERE company_id = :company AND status = 'pending' AND id IN ({marks})"
        );
        let sql = TenantSql::composed(text).map_err(|error| Error::Custom(error.to_string()))?;
        withdrawn += tx.execute(&sql, ids.iter().map(|id| (*id).into()).collect()).await?;
    }
    Ok(withdrawn)
}

/// The appointment that a payload reminds of; none where it is something else.
fn reminded_of(payload: &str) -> Option<i64> {
    let payload: Value = serde_json::from_str(payload).ok()?;
    let is_reminder = payload.get("event")?.as_str()? == EventType::AppointmentReminder.as_str();
    payload.get("appointment_id")?.as_i64().filter(|_| is_reminder)
}
