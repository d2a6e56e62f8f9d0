//! The audit log: who changed what, from which address, before and after.
//!
//! A line is written in the transaction of the change that it tells of, so that neither exists without the other. Nothing
//! in the program changes a line or deletes one, but [`prune`] those that are older than `audit.keep`; the statement test
//! holds it to that. [`events`](crate::events) is where changes come from.
//!
//! What is no change of anybody's data has no line: the lease by which a worker takes a notification (how its try ends has one),
//! summaries, versions, what is cached, sessions that are renewed, how somebody likes to look at the panel and what they have seen, and lines that grew too old.

mod actor;
mod differ;
mod prune;
mod read;
mod redact;

use chrono::NaiveDateTime;
use serde_json::Value;

pub use actor::{Actor, ActorKind};
pub(crate) use differ::{Field, changes};
pub use prune::prune;
pub(crate) use read::lines_above;
pub use read::{Filter, Line, lines};

use crate::db::{Arg, Error, PlatformSql, PlatformTx, TenantTx};

/// What is written down of a change, beside who made it and when.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// What was done, as `appointment.cancelled`.
    pub action: String,
    /// What kind of thing it was done to, as `appointment`.
    pub subject_kind: &'static str,
    /// Which one; none where it is no row, or more than one.
    pub subject_id: Option<i64>,
    /// What it was like before; none where it was not there.
    pub before: Option<Value>,
    /// What it is like now; none where it is gone.
    pub after: Option<Value>,
}

const COLUMNS: [&str; 10] = [
    "actor_kind",
    "actor_id",
    "actor_name",
    "address",
    "action",
    "subject_kind",
    "subject_id",
    "state_before",
    "state_after",
    "at",
];

/// Writes down what happened to a company's rows, within the transaction of the change. What looks like a secret is
/// left out of `before` and `after`, whoever put it there.
///
/// # Errors
/// Where the database fails.
pub async fn record(tx: &TenantTx, actor: &Actor, entries: &[Entry], now: NaiveDateTime) -> Result<(), Error> {
    let rows = entries.iter().map(|entry| values(actor, entry, now)).collect();
    tx.insert("audit_log", &COLUMNS, rows, "").await?;
    entries.iter().for_each(|entry| tx.tally().action(&entry.action));
    Ok(())
}

/// The same for what stands above tenants; `company` is the one that it concerns, where it concerns one.
pub(crate) async fn record_above(
    tx: &PlatformTx,
    actor: &Actor,
    company: Option<i64>,
    entry: &Entry,
    now: NaiveDateTime,
) -> Result<(), Error> {
    let args = std::iter::once(Arg::from(company)).chain(values(actor, entry, now)).collect();
    tx.execute(&RECORD, args).await?;
    tx.tally().action(&entry.action);
    Ok(())
}

const RECORD: PlatformSql = PlatformSql::new(
    "a change above tenants is written to the audit log",
    "INSERT INTO audit_log (company_id, actor_kind, actor_id, actor_name, address, action, subject_kind, subject_id, \
     state_before, state_after, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
);

fn values(actor: &Actor, entry: &Entry, now: NaiveDateTime) -> Vec<Arg> {
    vec![
        actor.kind.as_str().into(),
        actor.id.into(),
        actor.name.chars().take(255).collect::<String>().into(),
        actor.address.map(|address| address.to_canonical().to_string()).into(),
        entry.action.as_str().into(),
        entry.subject_kind.into(),
        entry.subject_id.into(),
        entry.before.as_ref().map(redact::text).into(),
        entry.after.as_ref().map(redact::text).into(),
        now.into(),
    ]
}
