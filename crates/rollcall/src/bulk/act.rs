//! What can be done with many rows, and how it is done with one of them.

use chrono::NaiveDateTime;
use serde_json::{Map, Value as Json, json};

use super::Job;
use crate::audit::Actor;
use crate::booking::{self, Cancel, Close, Status};
use crate::db::{Error, TenantTx};
use crate::resource::{Refusal, Resource, Screen, change, delete, locked, restore, retry, set_aside, take, take_back};

/// What can be done with many rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// Appointments take place no more, as policies allow.
    Cancel,
    /// Appointments took place.
    Complete,
    /// Customers did not come.
    NoShow,
    /// Rows are switched on.
    Activate,
    /// Rows are switched off.
    Deactivate,
    /// Failed notifications are sent again.
    Retry,
    /// Failed notifications need nobody's attention.
    SetAside,
    /// They do after all.
    TakeBack,
    /// Rows are deleted.
    Delete,
    /// Rows that were deleted are had back.
    Restore,
}

/// Why something could not be done with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// It is not there any more.
    Gone,
    /// A policy denies it.
    Denied,
    /// It is in no state for that.
    State,
    /// It has not begun.
    Early,
    /// It is still to come.
    Open,
    /// Something hangs on it.
    InUse,
    /// It was changed since.
    Stale,
    /// Something about it will not do.
    Invalid,
    /// A fault of ours; what it was is in the log.
    Fault,
}

impl Why {
    /// All of them.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 9] = [
        Self::Gone,
        Self::Denied,
        Self::State,
        Self::Early,
        Self::Open,
        Self::InUse,
        Self::Stale,
        Self::Invalid,
        Self::Fault,
    ];

    /// Its name in the database, and of its words.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Denied => "denied",
            Self::State => "state",
            Self::Early => "early",
            Self::Open => "open",
            Self::InUse => "in_use",
            Self::Stale => "stale",
            Self::Invalid => "invalid",
            Self::Fault => "fault",
        }
    }
}

impl Act {
    /// All of them.
    pub(crate) const ALL: [Self; 10] = [
        Self::Cancel,
        Self::Complete,
        Self::NoShow,
        Self::Activate,
        Self::Deactivate,
        Self::Retry,
        Self::SetAside,
        Self::TakeBack,
        Self::Delete,
        Self::Restore,
    ];

    /// Its name in the database, in addresses, and of its words.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Cancel => "cancel",
            Self::Complete => "complete",
            Self::NoShow => "no_show",
            Self::Activate => "activate",
            Self::Deactivate => "deactivate",
            Self::Retry => "retry",
            Self::SetAside => "set_aside",
            Self::TakeBack => "take_back",
            Self::Delete => "delete",
            Self::Restore => "restore",
        }
    }

    /// The one of that name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.as_str() == name)
    }

    /// What can be done with rows of a list, or of the list of those that were `deleted`.
    pub(crate) fn of(screen: &Screen, deleted: bool) -> Vec<Self> {
        if deleted {
            return vec![Self::Restore];
        }
        let closes: &[Self] = match screen.name {
            "appointments" => &[Self::Complete, Self::NoShow, Self::Cancel],
            "notifications" => &[Self::Retry, Self::SetAside, Self::TakeBack],
            _ => &[],
        };
        let switches = screen.resource.switch().is_some() && screen.has_form();
        let switches: &[Self] = if switches { &[Self::Activate, Self::Deactivate] } else { &[] };
        let deletes: &[Self] = if screen.deletes() { &[Self::Delete] } else { &[] };
        [closes, switches, deletes].concat()
    }

    /// What takes it back.
    pub(crate) fn undo(self, screen: &Screen) -> Option<Self> {
        match self {
            Self::Delete => screen.resource.soft.then_some(Self::Restore),
            Self::Restore => Some(Self::Delete),
            Self::Activate => Some(Self::Deactivate),
            Self::Deactivate => Some(Self::Activate),
            Self::SetAside => Some(Self::TakeBack),
            Self::TakeBack => Some(Self::SetAside),
            Self::Cancel | Self::Complete | Self::NoShow | Self::Retry => None,
        }
    }

    /// Whether somebody may say why.
    pub(crate) fn has_reason(self) -> bool {
        matches!(self, Self::Cancel | Self::SetAside)
    }

    /// Whether policies have a say in it that can be overruled.
    pub(crate) fn may_force(self) -> bool {
        self == Self::Cancel
    }
}

/// Does what the job wants with one row, within a transaction that is committed only where it could be done.
///
/// # Errors
/// Where the database fails; inside, why it could not be done.
pub(super) async fn act(
    tx: &TenantTx,
    job: &Job,
    id: i64,
    (actor, now): (&Actor, NaiveDateTime),
) -> Result<Result<Done, Why>, Error> {
    let (resource, by) = (job.screen.resource, (actor, now));
    let close = Close { id, tag: None };
    match job.act {
        Act::Activate => turned(turn(tx, resource, id, true, by).await),
        Act::Deactivate => turned(turn(tx, resource, id, false, by).await),
        Act::Cancel => {
            let reason = Some(job.reason.clone()).filter(|reason| !reason.is_empty());
            let request = Cancel { id, reason, force: job.forced, by: None, tag: None };
            booked(booking::cancel_within(tx, actor, &request, now).await)
        }
        Act::Complete => booked(booking::close_within(tx, actor, &close, Status::Completed, now).await),
        Act::NoShow => booked(booking::close_within(tx, actor, &close, Status::NoShow, now).await),
        Act::Retry => Ok(one(retry(tx, &[id], by).await?)),
        Act::SetAside => Ok(one(set_aside(tx, &[id], &job.reason, by).await?)),
        Act::TakeBack => Ok(one(take_back(tx, &[id], by).await?)),
        Act::Delete => written(delete(tx, resource, (id, "*"), by).await),
        Act::Restore => written(restore(tx, resource, id, by).await),
    }
}

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Done {
    Changed,
    /// It was so already: there is nothing to take back.
    Already,
}

/// Switches a row on or off; one that is so already stays as it is.
async fn turn(
    tx: &TenantTx,
    resource: &Resource,
    id: i64,
    on: bool,
    by: (&Actor, NaiveDateTime),
) -> Result<Done, Refusal> {
    let name = resource.switch().ok_or(Refusal::Internal)?;
    let before = locked(tx, resource, id, "*").await?;
    if before.get(name).and_then(Json::as_bool) == Some(on) {
        return Ok(Done::Already);
    }
    let body: Map<String, Json> = [(name.to_owned(), json!(on))].into_iter().collect();
    let taken = take(resource, &body, false).map_err(Refusal::Invalid)?;
    change(tx, resource, (id, "*"), &taken, by).await.map(|_| Done::Changed)
}

fn one(changed: usize) -> Result<Done, Why> {
    if changed == 1 { Ok(Done::Changed) } else { Err(Why::State) }
}

fn booked<T>(result: Result<T, booking::Error>) -> Result<Result<Done, Why>, Error> {
    Ok(Err(match result {
        Ok(_) => return Ok(Ok(Done::Changed)),
        Err(booking::Error::Database(error)) => return Err(error),
        Err(booking::Error::NotFound { .. }) => Why::Gone,
        Err(booking::Error::Conflict { state, .. }) if Status::parse(&state).is_some_and(Status::is_open) => Why::Early,
        Err(booking::Error::Conflict { .. }) => Why::State,
        Err(booking::Error::Denied(_)) => Why::Denied,
        Err(booking::Error::Stale) => Why::Stale,
        Err(booking::Error::Invalid { .. } | booking::Error::Forbidden) => Why::Invalid,
    }))
}

fn written(result: Result<(), Refusal>) -> Result<Result<Done, Why>, Error> {
    turned(result.map(|()| Done::Changed))
}

fn turned(result: Result<Done, Refusal>) -> Result<Result<Done, Why>, Error> {
    Ok(Err(match result {
        Ok(done) => return Ok(Ok(done)),
        Err(Refusal::Database(error)) => return Err(error),
        Err(Refusal::NoRow { .. }) => Why::Gone,
        Err(Refusal::Stale) => Why::Stale,
        Err(Refusal::InUse(_)) => Why::InUse,
        Err(Refusal::Open) => Why::Open,
        Err(Refusal::NoTarget { .. } | Refusal::Invalid(_) | Refusal::LastAdmin) => Why::Invalid,
        Err(Refusal::Internal) => Why::Fault,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::SCREENS;

    #[test]
    fn acts_and_reasons_are_found_by_their_names_and_people_are_never_meant() {
        for act in Act::ALL {
            assert_eq!(Act::named(act.as_str()), Some(act));
            assert!(act.as_str().len() <= 32);
        }
        assert_eq!(Act::named("Delete"), None);
        for screen in SCREENS {
            let none = ["users", "audit", "violations", "modifications"].contains(&screen.name);
            assert_eq!(Act::of(screen, false).is_empty(), none, "{}", screen.name);
        }
    }
}
