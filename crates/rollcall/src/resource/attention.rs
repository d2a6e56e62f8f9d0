//! Failed notifications: sent again, or set aside where nobody has to do anything about them any longer.
//!
//! What is set aside stays `failed`, and counts as such in every figure. It is left out where failures are listed for somebody to
//! act on. That it is set aside holds until it is sent again, by whomever: `retries` is how often it had been before.

use chrono::NaiveDateTime;
use serde_json::json;

use super::row::condition;
use super::{NOTIFICATIONS, Resource};
use crate::audit::Actor;
use crate::db::{Arg, Error, TenantDb, TenantSql, TenantTx};
use crate::events::{self, Event, Thing, Verb};

/// That a notification `t` failed, and nobody set it aside.
pub(crate) const OPEN: &str = "t.status = 'failed' AND NOT EXISTS (SELECT 1 FROM rollcall_set_aside a \
     WHERE a.company_id = :company AND a.notification_id = t.id AND a.retries = t.retry_count)";
/// That it failed, and somebody did.
pub(crate) const ASIDE: &str = "t.status = 'failed' AND EXISTS (SELECT 1 FROM rollcall_set_aside a \
     WHERE a.company_id = :company AND a.notification_id = t.id AND a.retries = t.retry_count)";
/// The longest reason, in characters.
const REASON: usize = 255;

/// That a notification was set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Aside {
    pub(crate) by: String,
    pub(crate) at: NaiveDateTime,
    pub(crate) reason: String,
}

const ONE: TenantSql = TenantSql::new(
    "SELECT a.by_name, a.at, a.reason FROM rollcall_set_aside a JOIN notification_queues t ON t.id = a.notification_id \
     AND t.company_id = :company WHERE a.company_id = :company AND a.notification_id = ? AND a.retries = t.retry_count \
     AND t.status = 'failed'",
);

/// Who set a notification aside, when and why; none where nobody did.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn aside(db: &TenantDb, id: i64) -> Result<Option<Aside>, Error> {
    let rows = db.rows(&ONE, vec![id.into()]).await?;
    rows.first().map(|row| Ok(Aside { by: row.text(0)?, at: row.instant(1)?, reason: row.text(2)? })).transpose()
}

/// Has those of the notifications sent again that have failed still; answers how many.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn retry(tx: &TenantTx, ids: &[i64], (actor, now): (&Actor, NaiveDateTime)) -> Result<usize, Error> {
    let found = locked(tx, "t.status = 'failed'", ids).await?;
    let found: Vec<_> = found.into_iter().map(|(id, _)| id).collect();
    if found.is_empty() {
        return Ok(0);
    }
    // Those alone that are locked: one that fails in between would be changed, and nobody told of it.
    let sql = TenantSql::composed(format!(
        "UPDATE notification_queues SET status = 'pending', retry_count = retry_count + 1, failed_at = NULL, \
         error_message = NULL, updated_at = ? WHERE company_id = :company AND id IN ({}) AND status = 'failed'",
        marks(&found)
    ))?;
    tx.execute(&sql, std::iter::once(now.into()).chain(args(&found)).collect()).await?;
    forget(tx, &found).await?;
    let event = |id: &i64| {
        let event = Event::new(Thing::Notification, Verb::Retried, *id);
        event.before(json!({ "status": "failed" })).after(json!({ "status": "pending" }))
    };
    events::announce(tx, actor, &found.iter().map(event).collect::<Vec<_>>(), now).await?;
    Ok(found.len())
}

/// Sets those of the notifications aside that have failed and are not; answers how many.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn set_aside(
    tx: &TenantTx,
    ids: &[i64],
    reason: &str,
    (actor, now): (&Actor, NaiveDateTime),
) -> Result<usize, Error> {
    let found = locked(tx, OPEN, ids).await?;
    let reason: String = reason.trim().chars().filter(|letter| !letter.is_control()).take(REASON).collect();
    let by: String = actor.name.chars().take(255).collect();
    let ids: Vec<_> = found.iter().map(|(id, _)| *id).collect();
    if ids.is_empty() {
        return Ok(0);
    }
    // What was set aside before it was sent again.
    forget(tx, &ids).await?;
    let row = |(id, retries): &(i64, i64)| -> Vec<Arg> {
        vec![(*id).into(), (*retries).into(), reason.clone().into(), by.clone().into(), now.into()]
    };
    let columns = ["notification_id", "retries", "reason", "by_name", "at"];
    tx.insert("rollcall_set_aside", &columns, found.iter().map(row).collect(), "").await?;
    touch(tx, &ids, now).await?;
    let event = |id: &i64| Event::new(Thing::Notification, Verb::SetAside, *id).after(json!({ "reason": reason }));
    events::announce(tx, actor, &ids.iter().map(event).collect::<Vec<_>>(), now).await?;
    Ok(ids.len())
}

/// Takes it back that those of the notifications were set aside that are; answers how many.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn take_back(
    tx: &TenantTx,
    ids: &[i64],
    (actor, now): (&Actor, NaiveDateTime),
) -> Result<usize, Error> {
    let found = locked(tx, ASIDE, ids).await?;
    let ids: Vec<_> = found.into_iter().map(|(id, _)| id).collect();
    if ids.is_empty() {
        return Ok(0);
    }
    forget(tx, &ids).await?;
    touch(tx, &ids, now).await?;
    let event = |id: &i64| Event::new(Thing::Notification, Verb::TakenBack, *id);
    events::announce(tx, actor, &ids.iter().map(event).collect::<Vec<_>>(), now).await?;
    Ok(ids.len())
}

/// Forgets that notifications were set aside.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn forget(tx: &TenantTx, ids: &[i64]) -> Result<(), Error> {
    let places = marks(ids);
    let sql = TenantSql::composed(format!(
        "DELETE FROM rollcall_set_aside WHERE company_id = :company AND notification_id IN ({places})"
    ))?;
    tx.execute(&sql, args(ids)).await.map(|_| ())
}

/// Those of the company's notifications that meet a condition, locked, each with how often it was sent again.
async fn locked(tx: &TenantTx, wanted: &str, ids: &[i64]) -> Result<Vec<(i64, i64)>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let resource: &Resource = &NOTIFICATIONS;
    let (condition, mut all) = condition(resource, tx.dialect());
    all.extend(args(ids));
    let lock = tx.dialect().pick("", " FOR UPDATE", " FOR UPDATE");
    let sql = TenantSql::composed(format!(
        "SELECT t.id, t.retry_count FROM notification_queues t WHERE {condition} AND t.id IN ({}) AND {wanted} \
         ORDER BY t.id{lock}",
        marks(ids)
    ))?;
    tx.rows(&sql, all).await?.iter().map(|row| Ok((row.int(0)?, row.small(1)?))).collect()
}

/// What lists notifications that need attention is drawn anew.
async fn touch(tx: &TenantTx, ids: &[i64], now: NaiveDateTime) -> Result<(), Error> {
    let places = marks(ids);
    let sql = TenantSql::composed(format!(
        "UPDATE notification_queues SET updated_at = ? WHERE company_id = :company AND id IN ({places})"
    ))?;
    tx.execute(&sql, std::iter::once(now.into()).chain(args(ids)).collect()).await.map(|_| ())
}

fn marks(ids: &[i64]) -> String {
    vec!["?"; ids.len()].join(", ")
}

fn args(ids: &[i64]) -> Vec<Arg> {
    ids.iter().map(|id| Arg::from(*id)).collect()
}
