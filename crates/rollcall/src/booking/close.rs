//! The end of an appointment: it took place, or the customer did not come.

use chrono::NaiveDateTime;
use rust_decimal::Decimal;
use serde::Serialize;

use super::change::{require_writer, violated_event};
use super::error::Attempts;
use super::write::{self, Violation};
use super::{Appointment, Error, Status, rules};
use crate::app::App;
use crate::audit::Actor;
use crate::changes;
use crate::db::{Mode, TenantTx};
use crate::events::{self, Event, Thing, Verb};
use crate::policy::{self, PolicyType};
use crate::tenant::TenantScope;

/// An appointment has come to its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Close {
    /// Which one.
    pub id: i64,
    /// The [tag](Appointment::tag) of what whoever asks has seen.
    pub tag: Option<String>,
}

/// What became of an appointment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Closed {
    /// The appointment now.
    pub appointment: Appointment,
    /// What it costs; none where no policy says so.
    #[serde(with = "rust_decimal::serde::str_option")]
    pub fee: Option<Decimal>,
    /// The policy that was violated.
    pub policy_id: Option<i64>,
    /// How many notifications it caused.
    pub notifications: u64,
}

/// An appointment took place. Not before its start.
///
/// # Errors
/// [`Error`] says why not; nothing has changed then.
pub async fn complete(app: &App, scope: &TenantScope, actor: &Actor, request: &Close) -> Result<Closed, Error> {
    close(app, scope, actor, request, Status::Completed).await
}

/// A customer did not come. Not before the start of the appointment.
///
/// # Errors
/// [`Error`] says why not; nothing has changed then.
pub async fn no_show(app: &App, scope: &TenantScope, actor: &Actor, request: &Close) -> Result<Closed, Error> {
    close(app, scope, actor, request, Status::NoShow).await
}

async fn close(app: &App, scope: &TenantScope, actor: &Actor, request: &Close, to: Status) -> Result<Closed, Error> {
    require_writer(scope)?;
    let mut attempts = Attempts::default();
    let closed = loop {
        let result = close_once(app, scope, actor, request, to).await;
        if !attempts.again(&result) {
            break result?;
        }
    };
    changes::settle(&app.db, scope, &app.clock).await?;
    Ok(closed)
}

async fn close_once(
    app: &App,
    scope: &TenantScope,
    actor: &Actor,
    request: &Close,
    to: Status,
) -> Result<Closed, Error> {
    let tx = scope.db(&app.db).begin(Mode::Write).await?;
    let closed = close_within(&tx, actor, request, to, app.clock.now_utc()).await?;
    tx.commit().await?;
    Ok(closed)
}

/// As [`complete`] or [`no_show`], within the transaction of somebody who proved that they may write and settles afterwards.
pub(crate) async fn close_within(
    tx: &TenantTx,
    actor: &Actor,
    request: &Close,
    to: Status,
    now: NaiveDateTime,
) -> Result<Closed, Error> {
    let before = Appointment::lock(tx, request.id).await?;
    before.require(request.tag.as_deref())?;
    before.require_open()?;
    if before.starts_at > now {
        return Err(Error::Conflict { state: before.status, problem: "it has not begun" });
    }
    let mut violation = None;
    if to == Status::NoShow {
        let [policy] = rules::policies(tx, &before, [PolicyType::NoShow]).await?;
        let price = rules::price(tx, &before).await?;
        let fee = policy::no_show(policy.as_ref(), price);
        violation = policy.zip(fee).map(|(policy, fee)| Violation {
            policy_id: policy.id,
            policy_type: PolicyType::NoShow,
            fee,
        });
    }
    let after = Appointment { status: to.as_str().to_owned(), updated_at: Some(now), ..before.clone() };
    write::status(tx, &after, now).await?;
    let verb = if to == Status::NoShow { Verb::MissedByCustomer } else { Verb::Completed };
    let mut occasion = after.occasion(tx.company_id(), violation.map_or(Decimal::ZERO, |it| it.fee));
    let mut events = vec![
        Event::new(Thing::Appointment, verb, after.id)
            .before(before.state())
            .after(after.state())
            .about(occasion.clone()),
    ];
    if let Some(violation) = violation {
        write::stats(tx, &before, None, Some(violation), now).await?;
        occasion.violated = Some(violation.policy_type);
        events.push(violated_event(violation, &after).about(occasion));
    }
    let queued = events::announce(tx, actor, &events, now).await?;
    let (fee, policy_id) = (violation.map(|it| it.fee), violation.map(|it| it.policy_id));
    Ok(Closed { appointment: after, fee, policy_id, notifications: queued.queued })
}
