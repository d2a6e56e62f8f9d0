//! Notifications that events cause: who is told what, by which channel, in which words.
//!
//! A company's `notification_configurations` say which events are told by which channel. Of the valid ones for an event
//! and a channel the most specific counts, as with policies: staff, then service, then branch, then company; of several
//! on the same one the newest. It counts whether it is switched on or off, so that a service can be silent where the
//! company speaks.
//!
//! What is told waits in `notification_queues`, put there in the transaction of the event; `scheduled_at` says from when
//! on it may be sent, and is NULL for "at once". Customers are told of their appointments; a violated policy is told to
//! the company's admins and managers. Who has no address for a channel is not told by it: that is counted in the log.

mod configured;
mod people;
mod reminders;
mod words;

use chrono::{NaiveDateTime, TimeDelta};
use rust_decimal::Decimal;
use serde_json::json;

pub(crate) use reminders::{withdraw, withdraw_violation};

pub use crate::channel::Channel;
use crate::db::{Arg, Error, TenantTx};
use crate::events::{self, Event, Thing, Verb};
use crate::policy::{Place, PolicyType};
use configured::{Chosen, Configured};
use people::{People, Recipient};
use words::Writer;

/// How long before its start an appointment is reminded of, in hours.
pub const REMIND_BEFORE: i64 = 24;

/// What notifications are about: `event_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventType {
    /// An appointment was made.
    AppointmentBooked,
    /// An appointment was cancelled.
    AppointmentCancelled,
    /// An appointment was given another time.
    AppointmentRescheduled,
    /// An appointment is near.
    AppointmentReminder,
    /// A policy was violated.
    PolicyViolation,
}

impl EventType {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::AppointmentBooked,
        Self::AppointmentCancelled,
        Self::AppointmentRescheduled,
        Self::AppointmentReminder,
        Self::PolicyViolation,
    ];

    /// Its name in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AppointmentBooked => "appointment_booked",
            Self::AppointmentCancelled => "appointment_cancelled",
            Self::AppointmentRescheduled => "appointment_rescheduled",
            Self::AppointmentReminder => "appointment_reminder",
            Self::PolicyViolation => "policy_violation",
        }
    }

    /// The one of that name, to the letter.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.as_str() == name)
    }
}

/// An occasion to tell somebody: what happened to an appointment.
#[derive(Clone, Debug, PartialEq)]
pub struct Occasion {
    /// The appointment.
    pub appointment: i64,
    /// Whose it is.
    pub customer: i64,
    /// Where it is.
    pub place: Place,
    /// When it starts, UTC.
    pub starts_at: NaiveDateTime,
    /// When it would have started.
    pub moved_from: Option<NaiveDateTime>,
    /// What the change costs.
    pub fee: Decimal,
    /// What was violated.
    pub violated: Option<PolicyType>,
}

/// What came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Queued {
    /// Notifications that wait now.
    pub queued: u64,
    /// Those that nobody could have got.
    pub unreachable: u64,
}

const COLUMNS: [&str; 9] = [
    "notification_configuration_id",
    "notifiable_type",
    "notifiable_id",
    "channel",
    "recipient",
    "payload",
    "scheduled_at",
    "created_at",
    "updated_at",
];

/// Puts what the company wants to be told of these occasions into its queue, within the transaction in which they occur;
/// answers what came of it, and an event for each notification that waits now.
pub(crate) async fn enqueue(
    tx: &TenantTx,
    occasions: &[(EventType, &Occasion)],
    now: NaiveDateTime,
) -> Result<(Queued, Vec<Event>), Error> {
    let nothing = || Ok((Queued::default(), Vec::new()));
    let in_time = |event, occasion: &Occasion| match event {
        EventType::AppointmentReminder => remind_at(occasion.starts_at).is_some_and(|at| at > now),
        _ => true,
    };
    if !occasions.iter().any(|(event, occasion)| in_time(*event, occasion)) {
        return nothing();
    }
    let configured = Configured::read(tx).await?;
    let wanted = occasions.iter().filter(|(event, occasion)| in_time(*event, occasion));
    let wanted: Vec<_> = wanted.map(|(event, it)| (*event, *it, configured.channels(*event, &it.place))).collect();
    let wanted: Vec<_> = wanted.into_iter().filter(|(.., channels)| !channels.is_empty()).collect();
    if wanted.is_empty() {
        return nothing();
    }
    let people = People::read(tx, wanted.iter().map(|(event, occasion, _)| (*event, *occasion))).await?;
    let Some(writer) = Writer::read(tx, &people).await? else { return nothing() };
    let mut queued = Queued::default();
    let mut rows = Vec::new();
    for (event, occasion, channels) in &wanted {
        for (recipient, chosen) in
            people.told(*event, occasion.customer).flat_map(|who| channels.iter().map(move |it| (who, it)))
        {
            match row(&writer, *event, occasion, recipient, *chosen, now) {
                Some(row) => rows.push(row),
                None => queued.unreachable += 1,
            }
        }
    }
    queued.queued = rows.len() as u64;
    let ids = tx.insert_new("notification_queues", &COLUMNS, rows.clone()).await?;
    if queued.unreachable > 0 {
        tracing::info!(
            company_id = tx.company_id(),
            unreachable = queued.unreachable,
            "some have no address for a channel and are not told by it"
        );
    }
    Ok((queued, events::made(Thing::Notification, Verb::Queued, &ids, &COLUMNS, &rows)))
}

/// When an appointment is reminded of.
fn remind_at(starts_at: NaiveDateTime) -> Option<NaiveDateTime> {
    starts_at.checked_sub_signed(TimeDelta::hours(REMIND_BEFORE))
}

/// A row of the queue; none where the recipient has no address for the channel.
fn row(
    writer: &Writer<'_>,
    event: EventType,
    occasion: &Occasion,
    recipient: &Recipient,
    chosen: Chosen,
    now: NaiveDateTime,
) -> Option<Vec<Arg>> {
    let address = recipient.address(chosen.channel)?;
    let text = writer.write(event, occasion, recipient, chosen.channel);
    let payload = json!({
        "subject": text.subject,
        "body": text.body,
        "event": event.as_str(),
        "appointment_id": occasion.appointment,
        "locale": writer.lang().as_str(),
    });
    let scheduled_at = match event {
        EventType::AppointmentReminder => remind_at(occasion.starts_at),
        _ => None,
    };
    Some(vec![
        chosen.id.into(),
        recipient.kind.into(),
        recipient.id.into(),
        chosen.channel.as_str().into(),
        address.into(),
        payload.into(),
        scheduled_at.into(),
        now.into(),
        now.into(),
    ])
}
