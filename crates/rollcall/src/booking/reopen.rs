//! An appointment's end is taken back: it did not take place, or the customer came after all.

use chrono::NaiveDateTime;
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::{Value, json};

use super::change::require_writer;
use super::error::Attempts;
use super::{Appointment, Close, Error, Status, write};
use crate::app::App;
use crate::audit::Actor;
use crate::changes;
use crate::db::{Error as DbError, Mode, TenantSql, TenantTx};
use crate::events::{self, Event, Thing, Verb};
use crate::notify;
use crate::policy::{PolicyType, cents};
use crate::summaries::people::listed;
use crate::tenant::TenantScope;

/// What taking an appointment's end back would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reopening {
    /// What it becomes.
    pub status: Status,
    /// The fee that would not be charged any longer; none where no violation was counted.
    pub fee: Option<Decimal>,
    /// The policy whose violation would count no longer.
    pub policy_id: Option<i64>,
}

/// An appointment whose end was taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reopened {
    /// The appointment now.
    pub appointment: Appointment,
    /// The fee that is not charged any longer; none where no violation was counted.
    #[serde(with = "rust_decimal::serde::str_option")]
    pub fee: Option<Decimal>,
    /// The policy whose violation counts no longer.
    pub policy_id: Option<i64>,
    /// How many messages about the violation waited still, and are not sent any more.
    pub withdrawn: u64,
    /// How many notifications it caused.
    pub notifications: u64,
}

/// What taking the end of an appointment back would do; none where it has none that can be taken back.
///
/// # Errors
/// [`Error::NotFound`], or where the database fails.
pub async fn reopening(app: &App, scope: &TenantScope, id: i64) -> Result<Option<Reopening>, Error> {
    let db = scope.db(&app.db);
    let missing = Error::NotFound { field: "id", thing: Thing::Appointment, id };
    let appointment = Appointment::find(&db, id).await?.ok_or(missing)?;
    if !has_ended(&appointment) {
        return Ok(None);
    }
    let tx = db.begin(Mode::Snapshot).await?;
    let (status, counted) = (status_before(&tx, id).await?, counted(&tx, &appointment).await?);
    tx.commit().await?;
    Ok(Some(Reopening { status, fee: fee(&counted), policy_id: policy(&counted) }))
}

/// Takes the end of an appointment back, and the violation with it that a no-show was counted as. It becomes what it was
/// before, as far as the audit log says so, else confirmed. What was sent stays sent.
///
/// # Errors
/// [`Error`] says why not; nothing has changed then.
pub async fn reopen(app: &App, scope: &TenantScope, actor: &Actor, request: &Close) -> Result<Reopened, Error> {
    require_writer(scope)?;
    let mut attempts = Attempts::default();
    let reopened = loop {
        let result = reopen_once(app, scope, actor, request).await;
        if !attempts.again(&result) {
            break result?;
        }
    };
    changes::settle(&app.db, scope, &app.clock).await?;
    Ok(reopened)
}

async fn reopen_once(app: &App, scope: &TenantScope, actor: &Actor, request: &Close) -> Result<Reopened, Error> {
    let tx = scope.db(&app.db).begin(Mode::Write).await?;
    let reopened = reopen_within(&tx, actor, request, app.clock.now_utc()).await?;
    tx.commit().await?;
    Ok(reopened)
}

/// As [`reopen`], within the transaction of somebody who proved that they may write and settles afterwards.
pub(crate) async fn reopen_within(
    tx: &TenantTx,
    actor: &Actor,
    request: &Close,
    now: NaiveDateTime,
) -> Result<Reopened, Error> {
    let before = Appointment::lock(tx, request.id).await?;
    before.require(request.tag.as_deref())?;
    if !has_ended(&before) {
        return Err(Error::Conflict { state: before.status, problem: "it is neither completed nor a no-show" });
    }
    let status = status_before(tx, before.id).await?;
    let after = Appointment { status: status.as_str().to_owned(), updated_at: Some(now), ..before.clone() };
    write::status(tx, &after, now).await?;
    let counted = counted(tx, &before).await?;
    discount(tx, &counted).await?;
    let mut withdrawn = Vec::new();
    for at in counted.iter().filter_map(|it| it.at) {
        withdrawn.extend(notify::withdraw_violation(tx, before.id, at).await?);
    }
    let reopened = Event::new(Thing::Appointment, Verb::Reopened, after.id)
        .before(before.state())
        .after(after.state())
        .about(after.occasion(tx.company_id(), Decimal::ZERO));
    let mut events = vec![reopened];
    events.extend(counted.iter().map(|it| it.event(&before)));
    let waited = withdrawn.len() as u64;
    events.extend(withdrawn);
    let queued = events::announce(tx, actor, &events, now).await?;
    Ok(Reopened {
        appointment: after,
        fee: fee(&counted),
        policy_id: policy(&counted),
        withdrawn: waited,
        notifications: queued.queued,
    })
}

fn has_ended(appointment: &Appointment) -> bool {
    matches!(Status::parse(&appointment.status), Some(Status::Completed | Status::NoShow))
}

const BEFORE: TenantSql = TenantSql::new(
    "SELECT state_before FROM audit_log WHERE company_id = :company AND subject_kind = 'appointment' AND subject_id = ? \
     AND action IN ('appointment.completed', 'appointment.no_show') ORDER BY id DESC LIMIT 1",
);

/// What an appointment was before it came to its end.
async fn status_before(tx: &TenantTx, id: i64) -> Result<Status, DbError> {
    let rows = tx.rows(&BEFORE, vec![id.into()]).await?;
    let state = rows.first().map(|row| row.opt_text(0)).transpose()?.flatten();
    let state: Option<Value> = state.and_then(|text| serde_json::from_str(&text).ok());
    let status = state.and_then(|state| Status::parse(state.get("status")?.as_str()?));
    Ok(status.filter(|status| status.is_open()).unwrap_or(Status::Confirmed))
}

/// A violation that a no-show was counted as.
struct Counted {
    id: i64,
    /// When, if anybody can read it.
    at: Option<NaiveDateTime>,
    policy_id: Option<i64>,
    fee: Decimal,
}

impl Counted {
    /// It counts no longer.
    fn event(&self, appointment: &Appointment) -> Event {
        Event::new(Thing::Policy, Verb::ViolationTakenBack, self.policy_id).before(json!({
            "policy_type": PolicyType::NoShow.as_str(),
            "appointment_id": appointment.id,
            "customer_id": appointment.customer_id,
            "fee": self.fee.to_string(),
        }))
    }
}

/// The violations that the appointment's no-show was counted as: one, unless somebody else wrote more. An appointment that
/// was not missed has none. Stats know appointments by their metadata alone, so a customer's violations are looked through.
async fn counted(tx: &TenantTx, appointment: &Appointment) -> Result<Vec<Counted>, DbError> {
    let metadata = tx.dialect().text("metadata");
    let sql = TenantSql::composed(format!(
        "SELECT id, {metadata}, created_at FROM appointment_modification_stats \
         WHERE company_id = :company AND customer_id = ? AND stat_type = 'violation' ORDER BY id"
    ))?;
    let mut counted = Vec::new();
    for row in tx.rows(&sql, vec![appointment.customer_id.into()]).await? {
        let metadata = row.opt_text(1)?.and_then(|text| serde_json::from_str::<Value>(&text).ok()).unwrap_or_default();
        let number = |name: &str| metadata.get(name).and_then(Value::as_i64);
        let text = |name: &str| metadata.get(name).and_then(Value::as_str);
        if number("appointment_id") == Some(appointment.id) && text("policy_type") == Some(PolicyType::NoShow.as_str())
        {
            let fee = text("fee").and_then(|fee| fee.parse().ok()).map_or(Decimal::ZERO, cents);
            counted.push(Counted { id: row.int(0)?, at: row.opt_instant(2)?, policy_id: number("policy_id"), fee });
        }
    }
    Ok(counted)
}

async fn discount(tx: &TenantTx, counted: &[Counted]) -> Result<(), DbError> {
    let ids: Vec<i64> = counted.iter().map(|it| it.id).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let (sql, args) = listed("DELETE FROM appointment_modification_stats WHERE company_id = :company AND id", &ids)?;
    tx.execute(&sql, args).await.map(|_| ())
}

fn fee(counted: &[Counted]) -> Option<Decimal> {
    (!counted.is_empty()).then(|| counted.iter().map(|it| it.fee).sum())
}

fn policy(counted: &[Counted]) -> Option<i64> {
    counted.iter().find_map(|it| it.policy_id)
}
