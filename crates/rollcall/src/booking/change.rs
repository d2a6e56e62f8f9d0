//! Cancelling, and giving another time: what policies are about.

use chrono::{NaiveDateTime, Timelike};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::create::check_time;
use super::error::Attempts;
use super::write::{self, Modification, Violation};
use super::{Appointment, Error, Status, rules};
use crate::app::App;
use crate::audit::Actor;
use crate::changes;
use crate::db::{Mode, TenantTx};
use crate::events::{self, Event, Thing, Verb};
use crate::policy::{Decision, PolicyType, may_cancel, may_reschedule};
use crate::tenant::TenantScope;

/// The longest reason, in characters.
const REASON: usize = 2_000;

/// On whose behalf a change is made, where it is not whoever asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The appointment's customer.
    Customer,
    /// A member of staff.
    Staff(i64),
}

/// An appointment is to be cancelled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cancel {
    /// Which one.
    pub id: i64,
    /// Why, in somebody's words.
    pub reason: Option<String>,
    /// Whether it is to be done where a policy denies it.
    pub force: bool,
    /// On whose behalf.
    pub by: Option<By>,
    /// The [tag](Appointment::tag) of what whoever asks has seen.
    pub tag: Option<String>,
}

/// An appointment is to be given another time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reschedule {
    /// Which one.
    pub id: i64,
    /// When it is to start, UTC.
    pub starts_at: NaiveDateTime,
    /// When it is to end; without it, it stays as long as it is.
    pub ends_at: Option<NaiveDateTime>,
    /// Why, in somebody's words.
    pub reason: Option<String>,
    /// Whether it is to be done where a policy denies it.
    pub force: bool,
    /// On whose behalf.
    pub by: Option<By>,
    /// The [tag](Appointment::tag) of what whoever asks has seen.
    pub tag: Option<String>,
}

/// What became of an appointment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// The appointment now.
    pub appointment: Appointment,
    /// What the policy said; its fee is what was charged.
    pub decision: Decision,
    /// Whether it was within policy; if not, it was forced.
    pub within_policy: bool,
    /// The row of `appointment_modifications`.
    pub modification_id: i64,
    /// How many notifications it caused.
    pub notifications: u64,
}

/// Cancels an appointment.
///
/// # Errors
/// [`Error`] says why not; nothing has changed then.
pub async fn cancel(app: &App, scope: &TenantScope, actor: &Actor, request: &Cancel) -> Result<Changed, Error> {
    require_writer(scope)?;
    let mut attempts = Attempts::default();
    let changed = loop {
        let result = cancel_once(app, scope, actor, request).await;
        if !attempts.again(&result) {
            break result?;
        }
    };
    changes::settle(&app.db, scope, &app.clock).await?;
    Ok(changed)
}

/// Gives an appointment another time.
///
/// # Errors
/// [`Error`] says why not; nothing has changed then.
pub async fn reschedule(app: &App, scope: &TenantScope, actor: &Actor, request: &Reschedule) -> Result<Changed, Error> {
    require_writer(scope)?;
    let mut attempts = Attempts::default();
    let changed = loop {
        let result = reschedule_once(app, scope, actor, request).await;
        if !attempts.again(&result) {
            break result?;
        }
    };
    changes::settle(&app.db, scope, &app.clock).await?;
    Ok(changed)
}

/// Whether whoever asks may write.
pub(super) fn require_writer(scope: &TenantScope) -> Result<(), Error> {
    if scope.role().may_write() { Ok(()) } else { Err(Error::Forbidden) }
}

async fn cancel_once(app: &App, scope: &TenantScope, actor: &Actor, request: &Cancel) -> Result<Changed, Error> {
    let tx = scope.db(&app.db).begin(Mode::Write).await?;
    let changed = cancel_within(&tx, actor, request, app.clock.now_utc()).await?;
    tx.commit().await?;
    Ok(changed)
}

/// As [`cancel`], within the transaction of somebody who proved that they may write and settles afterwards.
pub(crate) async fn cancel_within(
    tx: &TenantTx,
    actor: &Actor,
    request: &Cancel,
    now: NaiveDateTime,
) -> Result<Changed, Error> {
    let reason = checked_reason(request.reason.as_deref())?;
    let before = Appointment::lock(tx, request.id).await?;
    before.require(request.tag.as_deref())?;
    before.require_open()?;
    let [policy] = rules::policies(tx, &before, [PolicyType::Cancellation]).await?;
    let facts = rules::facts(tx, &before, policy.as_ref(), now, true).await?;
    let decision = may_cancel(policy.as_ref(), &facts, now);
    require_allowed(&decision, request.force)?;
    let after = Appointment { status: Status::Cancelled.as_str().to_owned(), updated_at: Some(now), ..before.clone() };
    write::status(tx, &after, now).await?;
    let change = Change { before, after, decision, reason, by: request.by };
    change.record(tx, actor, &CANCELLED, now).await
}

async fn reschedule_once(
    app: &App,
    scope: &TenantScope,
    actor: &Actor,
    request: &Reschedule,
) -> Result<Changed, Error> {
    let tx = scope.db(&app.db).begin(Mode::Write).await?;
    let changed = reschedule_within(&tx, actor, request, app.clock.now_utc()).await?;
    tx.commit().await?;
    Ok(changed)
}

/// As [`reschedule`], within the transaction of somebody who proved that they may write and settles afterwards.
pub(crate) async fn reschedule_within(
    tx: &TenantTx,
    actor: &Actor,
    request: &Reschedule,
    now: NaiveDateTime,
) -> Result<Changed, Error> {
    let reason = checked_reason(request.reason.as_deref())?;
    let starts_at = request.starts_at.with_nanosecond(0).unwrap_or(request.starts_at);
    let before = Appointment::lock(tx, request.id).await?;
    before.require(request.tag.as_deref())?;
    before.require_open()?;
    let length = before.ends_at - before.starts_at;
    let ends_at = request.ends_at.or_else(|| starts_at.checked_add_signed(length)).unwrap_or(starts_at);
    let ends_at = ends_at.with_nanosecond(0).unwrap_or(ends_at);
    check_time(starts_at, ends_at)?;
    if starts_at <= now {
        return Err(Error::Invalid { field: "starts_at", problem: "is in the past; an appointment is moved ahead" });
    }
    if (starts_at, ends_at) == (before.starts_at, before.ends_at) {
        return Err(Error::Invalid { field: "starts_at", problem: "is when it is already" });
    }
    let [policy] = rules::policies(tx, &before, [PolicyType::Reschedule]).await?;
    let facts = rules::facts(tx, &before, policy.as_ref(), now, true).await?;
    // Something changes: what changes nothing was refused above. Another end alone is subject to the policy too.
    let decision = may_reschedule(policy.as_ref(), &facts, true, now);
    require_allowed(&decision, request.force)?;
    let after = Appointment { starts_at, ends_at, updated_at: Some(now), ..before.clone() };
    write::time(tx, &after, now).await?;
    let change = Change { before, after, decision, reason, by: request.by };
    change.record(tx, actor, &RESCHEDULED, now).await
}

fn checked_reason(reason: Option<&str>) -> Result<Option<&str>, Error> {
    let reason = reason.map(str::trim).filter(|reason| !reason.is_empty());
    match reason {
        Some(reason) if reason.chars().count() > REASON => {
            Err(Error::Invalid { field: "reason", problem: "is longer than 2000 characters" })
        }
        // PostgreSQL keeps no text with a zero in it; the others would garble a terminal or a letter.
        Some(reason) if reason.chars().any(|letter| letter.is_control() && !"\n\t".contains(letter)) => {
            Err(Error::Invalid { field: "reason", problem: "has control characters in it" })
        }
        reason => Ok(reason),
    }
}

/// Whoever gets as far as this may force: they may write.
fn require_allowed(decision: &Decision, force: bool) -> Result<(), Error> {
    if decision.allowed || force { Ok(()) } else { Err(Error::Denied(decision.clone())) }
}

/// A kind of change, as each table names it.
struct Kind {
    modification: &'static str,
    stat: &'static str,
    policy_type: PolicyType,
    verb: Verb,
}

const CANCELLED: Kind =
    Kind { modification: "cancel", stat: "cancellation", policy_type: PolicyType::Cancellation, verb: Verb::Cancelled };
const RESCHEDULED: Kind = Kind {
    modification: "reschedule",
    stat: "reschedule",
    policy_type: PolicyType::Reschedule,
    verb: Verb::Rescheduled,
};

/// A change that was made.
struct Change<'a> {
    before: Appointment,
    after: Appointment,
    decision: Decision,
    reason: Option<&'a str>,
    by: Option<By>,
}

impl Change<'_> {
    /// Writes down what the change brings with it.
    async fn record(self, tx: &TenantTx, actor: &Actor, kind: &Kind, now: NaiveDateTime) -> Result<Changed, Error> {
        let Self { before, after, decision, reason, by } = self;
        let within_policy = decision.allowed;
        let metadata = json!({
            "policy_id": decision.policy_id,
            "notice_hours": decision.notice_hours.to_string(),
            "forced": !within_policy,
            "denied": decision.reason,
            "old_starts_at": before.starts_at.and_utc().to_rfc3339(),
            "new_starts_at": (after.starts_at != before.starts_at).then(|| after.starts_at.and_utc().to_rfc3339()),
        });
        let fee = decision.fee;
        let modification =
            Modification { appointment: &before, kind: kind.modification, within_policy, fee, reason, by, metadata };
        let modification_id = modification.write(tx, actor, now).await?;
        let violated = decision.policy_id.filter(|_| !within_policy);
        let violation = violated.map(|policy_id| Violation { policy_id, policy_type: kind.policy_type, fee });
        write::stats(tx, &before, Some(kind.stat), violation, now).await?;
        let mut occasion = after.occasion(tx.company_id(), fee);
        occasion.moved_from = Some(before.starts_at);
        let mut after_state = after.state();
        after_state["fee_charged"] = fee.to_string().into();
        after_state["within_policy"] = within_policy.into();
        let mut events = vec![
            Event::new(Thing::Appointment, kind.verb, after.id)
                .before(before.state())
                .after(after_state)
                .about(occasion.clone()),
        ];
        if let Some(violation) = violation {
            occasion.violated = Some(violation.policy_type);
            events.push(violated_event(violation, &after).about(occasion));
        }
        let queued = events::announce(tx, actor, &events, now).await?;
        Ok(Changed { appointment: after, decision, within_policy, modification_id, notifications: queued.queued })
    }
}

/// The event of a violated policy.
pub(super) fn violated_event(violation: Violation, appointment: &Appointment) -> Event {
    Event::new(Thing::Policy, Verb::Violated, violation.policy_id).after(json!({
        "policy_type": violation.policy_type.as_str(),
        "appointment_id": appointment.id,
        "customer_id": appointment.customer_id,
        "fee": violation.fee.to_string(),
    }))
}
