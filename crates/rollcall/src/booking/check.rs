//! What would happen to an appointment.

use chrono::NaiveDateTime;
use rust_decimal::Decimal;
use serde::Serialize;

use super::{Appointment, Error, rules};
use crate::app::App;
use crate::db::Mode;
use crate::events::Thing;
use crate::policy::{self, Decision, PolicyType, may_cancel, may_reschedule};
use crate::tenant::TenantScope;

/// What would happen if something were done with an appointment at this moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// The appointment.
    pub appointment: Appointment,
    /// Whether it is still to come: nothing can be changed otherwise, whatever the policies say.
    pub open: bool,
    /// If it were cancelled.
    pub cancel: Decision,
    /// If it were given another time.
    pub reschedule: Decision,
    /// What it would cost not to come; none where no policy says so.
    #[serde(with = "rust_decimal::serde::str_option")]
    pub no_show_fee: Option<Decimal>,
    /// The policy that says so.
    pub no_show_policy_id: Option<i64>,
}

/// What would happen to an appointment; `new_start` is the start that it would be given, where that is known.
///
/// # Errors
/// [`Error::NotFound`], or where the database fails.
pub async fn check(app: &App, scope: &TenantScope, id: i64, new_start: Option<NaiveDateTime>) -> Result<Check, Error> {
    let db = scope.db(&app.db);
    let missing = Error::NotFound { field: "id", thing: Thing::Appointment, id };
    let appointment = Appointment::find(&db, id).await?.ok_or(missing)?;
    let (tx, now) = (db.begin(Mode::Snapshot).await?, app.clock.now_utc());
    let types = [PolicyType::Cancellation, PolicyType::Reschedule, PolicyType::NoShow];
    let [cancellation, rescheduling, missed] = rules::policies(&tx, &appointment, types).await?;
    let facts = rules::facts(&tx, &appointment, cancellation.as_ref(), now, false).await?;
    let cancel = may_cancel(cancellation.as_ref(), &facts, now);
    let facts = rules::facts(&tx, &appointment, rescheduling.as_ref(), now, false).await?;
    // Any other start will do where none is named: the notice is that of the present one.
    let changes = new_start != Some(appointment.starts_at);
    let reschedule = may_reschedule(rescheduling.as_ref(), &facts, changes, now);
    let no_show_fee = policy::no_show(missed.as_ref(), facts.price);
    tx.commit().await?;
    Ok(Check {
        open: appointment.require_open().is_ok(),
        appointment,
        cancel,
        reschedule,
        no_show_fee,
        no_show_policy_id: missed.map(|policy| policy.id),
    })
}
