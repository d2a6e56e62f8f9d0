//! From changes to events to what they cause.
//!
//! Whoever changes something says so here, by [`announce`], in the transaction of the change. Whatever is changed:
//!
//! - **audit**: each event is a line of the audit log, named by its thing and its verb: `appointment.cancelled`;
//! - **invalidate**: the database's triggers note the change, and who announced it settles the company
//!   ([`changes::settle`](crate::changes::settle)) before the change is acknowledged.

use chrono::NaiveDateTime;
use serde_json::Value;

use crate::audit::{self, Actor, Entry};
use crate::db::{Error, PlatformTx, TenantTx};

/// What a change is made to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Thing {
    /// An appointment.
    Appointment,
    /// A branch.
    Branch,
    /// What is kept of a company.
    Cache,
    /// A company.
    Company,
    /// A customer.
    Customer,
    /// An import of a file.
    Import,
    /// A notification.
    Notification,
    /// A notification configuration.
    NotificationConfiguration,
    /// A policy.
    Policy,
    /// A service.
    Service,
    /// A company's settings.
    Settings,
    /// A member of staff.
    Staff,
    /// A token of the API.
    Token,
    /// A user.
    User,
}

impl Thing {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Appointment,
        Self::Branch,
        Self::Cache,
        Self::Company,
        Self::Customer,
        Self::Import,
        Self::Notification,
        Self::NotificationConfiguration,
        Self::Policy,
        Self::Service,
        Self::Settings,
        Self::Staff,
        Self::Token,
        Self::User,
    ];

    /// Its name in the audit log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Appointment => "appointment",
            Self::Branch => "branch",
            Self::Cache => "cache",
            Self::Company => "company",
            Self::Customer => "customer",
            Self::Import => "import",
            Self::Notification => "notification",
            Self::NotificationConfiguration => "notification_configuration",
            Self::Policy => "policy",
            Self::Service => "service",
            Self::Settings => "settings",
            Self::Staff => "staff",
            Self::Token => "token",
            Self::User => "user",
        }
    }
}

/// What happened to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    /// An import began.
    Begun,
    /// An appointment was made.
    Booked,
    /// An appointment was cancelled.
    Cancelled,
    /// What was kept was thrown away.
    Cleared,
    /// An appointment took place.
    Completed,
    /// It was made.
    Created,
    /// It is gone.
    Deleted,
    /// A message arrived.
    Delivered,
    /// An import came to its end; or a message could not be sent.
    Ended,
    /// A message could not be delivered.
    Failed,
    /// A customer did not come.
    MissedByCustomer,
    /// A password was replaced.
    PasswordSet,
    /// A message waits to be sent.
    Queued,
    /// An appointment was given another time.
    Rescheduled,
    /// A failed message is to be sent again.
    Retried,
    /// A token holds no longer.
    Revoked,
    /// It was changed.
    Updated,
    /// A change was made against a policy, or a customer kept to none.
    Violated,
}

impl Verb {
    /// Its name in the audit log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Booked => "booked",
            Self::Cancelled => "cancelled",
            Self::Cleared => "cleared",
            Self::Completed => "completed",
            Self::Created => "created",
            Self::Deleted => "deleted",
            Self::Delivered => "delivered",
            Self::Ended => "ended",
            Self::Failed => "failed",
            Self::MissedByCustomer => "no_show",
            Self::PasswordSet => "password_set",
            Self::Queued => "queued",
            Self::Rescheduled => "rescheduled",
            Self::Retried => "retried",
            Self::Revoked => "revoked",
            Self::Updated => "updated",
            Self::Violated => "violated",
        }
    }
}

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
}

impl Event {
    /// What happened to the one of that id.
    #[must_use]
    pub fn new(thing: Thing, verb: Verb, id: impl Into<Option<i64>>) -> Self {
        Self { thing, verb, id: id.into(), before: None, after: None }
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

/// Says what happened to a company's rows, within the transaction in which it happens. Whoever commits that settles the
/// company before the change is acknowledged.
///
/// # Errors
/// Where the database fails.
pub async fn announce(tx: &TenantTx, actor: &Actor, events: &[Event], now: NaiveDateTime) -> Result<(), Error> {
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

#[cfg(test)]
mod tests {
    use super::*;

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
