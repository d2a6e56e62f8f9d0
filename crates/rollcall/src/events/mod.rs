//! From changes to events to what they cause.
//!
//! Whoever changes something says so here, by [`announce`], in the transaction of the change. Whatever is changed:
//!
//! - **audit**: each event is a line of the audit log, named by its thing and its verb: `appointment.cancelled`. So is each
//!   notification that it puts into the queue or takes out again: `notification.queued`, `notification.withdrawn`;
//! - **invalidate**: the database's triggers note the change, and who announced it settles the company
//!   ([`changes::settle`](crate::changes::settle)) before the change is acknowledged.
//!
//! What some events cause beside that is one table: [`CAUSES`].

mod rows;
mod thing;

use chrono::NaiveDateTime;
use serde_json::Value;

use crate::audit::{self, Actor, Entry};
use crate::clock::Clock;
use crate::db::{Database, Error, PlatformTx, TenantTx};
use crate::notify::{self, EventType, Occasion, Queued};

pub(crate) use rows::made;
pub use thing::{Thing, Verb};

/// What an event causes beside its line in the audit log and the refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Somebody is told at once, if the company's configurations want it.
    Notify(EventType),
    /// The customer is reminded a day before the start, if the company's configurations want it.
    SetReminder,
    /// Nobody is reminded any longer.
    WithdrawReminder,
}

/// What events cause beside their line in the audit log and the refresh; an event that is not here causes no more than
/// those.
pub const CAUSES: &[(Thing, Verb, &[Effect])] = &[
    (Thing::Appointment, Verb::Booked, &[Effect::Notify(EventType::AppointmentBooked), Effect::SetReminder]),
    (
        Thing::Appointment,
        Verb::Rescheduled,
        &[Effect::Notify(EventType::AppointmentRescheduled), Effect::WithdrawReminder, Effect::SetReminder],
    ),
    (Thing::Appointment, Verb::Cancelled, &[Effect::Notify(EventType::AppointmentCancelled), Effect::WithdrawReminder]),
    (Thing::Appointment, Verb::Completed, &[Effect::WithdrawReminder]),
    (Thing::Appointment, Verb::MissedByCustomer, &[Effect::WithdrawReminder]),
    (Thing::Appointment, Verb::Deleted, &[Effect::WithdrawReminder]),
    // What is to come is reminded of once.
    (Thing::Appointment, Verb::Reopened, &[Effect::WithdrawReminder, Effect::SetReminder]),
    (Thing::Policy, Verb::Violated, &[Effect::Notify(EventType::PolicyViolation)]),
];

/// Something that happened to a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// To what kind of thing.
    pub thing: Thing,
    /// What happened.
    pub verb: Verb,
    /// To which one; none where it is no row, or more than one.
    pub id: Option<i64>,
    /// What it was like before; none where it was not there.
    pub before: Option<Value>,
    /// What it is like now; none where it is gone.
    pub after: Option<Value>,
    /// The appointment that it is about, where somebody may have to be told.
    pub about: Option<Occasion>,
}

impl Event {
    /// What happened to the one of that id.
    #[must_use]
    pub fn new(thing: Thing, verb: Verb, id: impl Into<Option<i64>>) -> Self {
        Self { thing, verb, id: id.into(), before: None, after: None, about: None }
    }

    /// What it was like before.
    #[must_use]
    pub fn before(self, state: Value) -> Self {
        Self { before: Some(state), ..self }
    }

    /// What it is like now.
    #[must_use]
    pub fn after(self, state: Value) -> Self {
        Self { after: Some(state), ..self }
    }

    /// The appointment that it is about: without it, nobody is told, and no reminder set or withdrawn.
    #[must_use]
    pub fn about(self, occasion: Occasion) -> Self {
        Self { about: Some(occasion), ..self }
    }

    fn causes(&self) -> &'static [Effect] {
        let cause = CAUSES.iter().find(|(thing, verb, _)| (*thing, *verb) == (self.thing, self.verb));
        cause.map_or(&[], |(.., effects)| effects)
    }

    fn entry(&self) -> Entry {
        Entry {
            action: format!("{}.{}", self.thing.as_str(), self.verb.as_str()),
            subject_kind: self.thing.as_str(),
            subject_id: self.id,
            before: self.before.clone(),
            after: self.after.clone(),
        }
    }
}

/// Says what happened to a company's rows, within the transaction in which it happens; answers what was put into the
/// queue of notifications. Whoever commits that settles the company before the change is acknowledged.
///
/// # Errors
/// Where the database fails.
pub async fn announce(tx: &TenantTx, actor: &Actor, events: &[Event], now: NaiveDateTime) -> Result<Queued, Error> {
    record(tx, actor, events, now).await?;
    let (mut told, mut withdrawn) = (Vec::new(), Vec::new());
    for (event, occasion) in events.iter().filter_map(|event| event.about.as_ref().map(|about| (event, about))) {
        for effect in event.causes() {
            match effect {
                Effect::Notify(kind) => told.push((*kind, occasion)),
                Effect::SetReminder => told.push((EventType::AppointmentReminder, occasion)),
                Effect::WithdrawReminder => withdrawn.push(occasion),
            }
        }
    }
    // What is withdrawn was set before: the new reminder of an appointment that is moved stays.
    let mut caused = notify::withdraw(tx, &withdrawn).await?;
    let (queued, put) = notify::enqueue(tx, &told, now).await?;
    caused.extend(put);
    record(tx, actor, &caused, now).await?;
    Ok(queued)
}

async fn record(tx: &TenantTx, actor: &Actor, events: &[Event], now: NaiveDateTime) -> Result<(), Error> {
    let entries: Vec<_> = events.iter().map(Event::entry).collect();
    audit::record(tx, actor, &entries, now).await
}

/// The same for what stands above tenants; `company` is the one that it concerns, where it concerns one.
pub(crate) async fn announce_above(
    tx: &PlatformTx,
    actor: &Actor,
    company: Option<i64>,
    event: &Event,
    now: NaiveDateTime,
) -> Result<(), Error> {
    audit::record_above(tx, actor, company, &event.entry(), now).await
}

/// Says what a command of whoever may run the binary on the host did; to `company`, where it concerns one. Where there is no
/// audit log, nothing is said.
///
/// # Errors
/// Where the database fails: what the command did stays done.
pub async fn tell_command(
    db: &Database,
    clock: &Clock,
    command: &str,
    company: Option<i64>,
    event: &Event,
) -> Result<(), Error> {
    if !db.has_audit_log().await? {
        return Ok(());
    }
    let tx = db.platform().begin().await?;
    announce_above(&tx, &Actor::command_line(command), company, event, clock.now_utc()).await?;
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_event_stands_in_the_table_once_and_each_notification_has_an_event() {
        let named: std::collections::BTreeSet<_> = CAUSES.iter().map(|(thing, verb, _)| (*thing, *verb)).collect();
        assert_eq!(named.len(), CAUSES.len());
        let effects: Vec<_> = CAUSES.iter().flat_map(|(.., effects)| *effects).collect();
        for event in EventType::ALL {
            let reminder = event == EventType::AppointmentReminder && effects.contains(&&Effect::SetReminder);
            assert!(reminder || effects.contains(&&Effect::Notify(event)), "{event:?}");
        }
    }

    #[test]
    fn an_entry_is_named_by_thing_and_verb() {
        let event = Event::new(Thing::Appointment, Verb::MissedByCustomer, 7);
        let entry = event.entry();
        assert_eq!(
            (entry.action.as_str(), entry.subject_kind, entry.subject_id),
            ("appointment.no_show", "appointment", Some(7))
        );
    }
}
