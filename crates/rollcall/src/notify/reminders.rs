//! Notifications that are not wanted any longer: reminders, and what was to be told of a violation that counts no more.

use std::collections::BTreeSet;

use chrono::{NaiveDateTime, TimeDelta};
use serde_json::{Value, json};

use super::{EventType, Occasion};
use crate::analytics::polymorphic::Notifiable;
use crate::clock::rfc3339;
use crate::db::{Arg, Error, TenantSql, TenantTx};
use crate::events::{Event, Thing, Verb};
use crate::summaries::people::listed;

/// Takes the reminders of these appointments that nobody has sent or begun to send out of the queue; answers an event for
/// each. A queue knows appointments by the payload alone, so a customer's waiting notifications are looked through.
pub(crate) async fn withdraw(tx: &TenantTx, occasions: &[&Occasion]) -> Result<Vec<Event>, Error> {
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
            let of = row.opt_text(2)?.as_deref().and_then(|payload| about(payload, EventType::AppointmentReminder));
            if to_customer && of.is_some_and(|appointment| appointments.contains(&appointment)) {
                reminders.push(row.int(0)?);
            }
        }
    }
    all_out(tx, &reminders).await
}

/// Takes what was to be told of an appointment's violation that was counted at that moment out of the queue, as far as nobody
/// has sent or begun to send it; answers an event for each. Both were written at the same moment, which their columns may
/// keep less exactly than we do.
pub(crate) async fn withdraw_violation(
    tx: &TenantTx,
    appointment: i64,
    at: NaiveDateTime,
) -> Result<Vec<Event>, Error> {
    let (payload, second) = (tx.dialect().text("payload"), TimeDelta::seconds(1));
    let sql = TenantSql::composed(format!(
        "SELECT id, notifiable_type, {payload} FROM notification_queues \
         WHERE company_id = :company AND status = 'pending' AND created_at >= ? AND created_at <= ?"
    ))?;
    let mut told = Vec::new();
    for row in tx.rows(&sql, vec![(at - second).into(), (at + second).into()]).await? {
        let to_user = row.opt_text(1)?.as_deref().and_then(Notifiable::parse) == Some(Notifiable::User);
        let of = row.opt_text(2)?.as_deref().and_then(|payload| about(payload, EventType::PolicyViolation));
        if to_user && of == Some(appointment) {
            told.push(row.int(0)?);
        }
    }
    all_out(tx, &told).await
}

async fn all_out(tx: &TenantTx, ids: &[i64]) -> Result<Vec<Event>, Error> {
    let mut withdrawn = Vec::new();
    for ids in ids.chunks(500) {
        withdrawn.extend(take_out(tx, ids).await?);
    }
    Ok(withdrawn)
}

/// Takes those of these notifications out that wait still: a worker may have taken one since they were read.
async fn take_out(tx: &TenantTx, ids: &[i64]) -> Result<Vec<Event>, Error> {
    let marks = vec!["?"; ids.len()].join(", ");
    let (channel, recipient, payload) =
        (tx.dialect().text("channel"), tx.dialect().text("recipient"), tx.dialect().text("payload"));
    let lock = tx.dialect().pick("", " FOR UPDATE", " FOR UPDATE");
    let sql = TenantSql::composed(format!(
        "SELECT id, {channel}, {recipient}, scheduled_at, {payload} FROM notification_queues \
         WHERE company_id = :company AND status = 'pending' AND id IN ({marks}) ORDER BY id{lock}"
    ))?;
    let args = |ids: &[i64]| ids.iter().map(|id| Arg::from(*id)).collect();
    let mut events = Vec::new();
    for row in tx.rows(&sql, args(ids)).await? {
        let payload = row.opt_text(4)?.and_then(|text| serde_json::from_str::<Value>(&text).ok());
        let event = Event::new(Thing::Notification, Verb::Withdrawn, row.int(0)?);
        events.push(event.before(json!({
            "channel": row.opt_text(1)?,
            "recipient": row.opt_text(2)?,
            "scheduled_at": row.opt_instant(3)?.as_ref().map(rfc3339),
            "payload": payload,
        })));
    }
    let waiting: Vec<_> = events.iter().filter_map(|event| event.id).collect();
    if !waiting.is_empty() {
        let marks = vec!["?"; waiting.len()].join(", ");
        let sql = TenantSql::composed(format!(
            "DELETE FROM notification_queues WHERE company_id = :company AND id IN ({marks})"
        ))?;
        tx.execute(&sql, args(&waiting)).await?;
    }
    Ok(events)
}

/// The appointment that a payload about that event names; none where it is about something else.
fn about(payload: &str, event: EventType) -> Option<i64> {
    let payload: Value = serde_json::from_str(payload).ok()?;
    let is_about_it = payload.get("event")?.as_str()? == event.as_str();
    payload.get("appointment_id")?.as_i64().filter(|_| is_about_it)
}
