//! What came of tries is written down: one transaction for all of a company's.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use tokio::sync::OwnedSemaphorePermit;

use super::claim::listed;
use super::outcome::{Outcome, TRIES, wait};
use super::tally::Event;
use super::{Channel, Claimed};
use crate::app::App;
use crate::changes::is_conflict;
use crate::db::{Error, Mode, TenantSql, TenantTx};
use crate::tenant::TenantScope;

/// How often a transaction that lost to another one is tried again.
const ATTEMPTS: usize = 5;

/// What came of a try.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) scope: TenantScope,
    pub(super) id: i64,
    pub(super) attempt: i64,
    pub(super) outcome: Outcome,
    /// When.
    pub(super) at: NaiveDateTime,
    /// Whose turn it was, until this is written down: so no more than have a turn are ever sent and not known to be.
    _turn: Option<OwnedSemaphorePermit>,
}

impl Ended {
    pub(super) fn of(claimed: &Claimed, outcome: Outcome, turn: Option<OwnedSemaphorePermit>, app: &App) -> Self {
        let Claimed { scope, id, attempt, .. } = claimed;
        Self { scope: scope.clone(), id: *id, attempt: *attempt, outcome, at: app.clock.now_utc(), _turn: turn }
    }
}

const SENT: TenantSql = TenantSql::new(
    "UPDATE notification_queues SET status = 'sent', sent_at = ?, provider_message_id = ?, error_message = NULL, \
     failed_at = NULL, updated_at = ? WHERE company_id = :company AND id = ? AND status IN ('pending', 'processing')",
);
const FAILED: TenantSql = TenantSql::new(
    "UPDATE notification_queues SET status = 'failed', failed_at = ?, error_message = ?, updated_at = ? \
     WHERE company_id = :company AND id = ? AND status IN ('pending', 'processing')",
);
const TRIED: TenantSql = TenantSql::new(
    "UPDATE notification_queues SET retry_count = retry_count + 1, error_message = ?, updated_at = ? \
     WHERE company_id = :company AND id = ? AND status IN ('pending', 'processing')",
);
/// Whose lease ran out meanwhile has no say any more: the number of the try is the next holder's.
const AGAIN: TenantSql = TenantSql::new(
    "UPDATE deliveries SET due_at = ?, node = '', last_error = ? \
     WHERE company_id = :company AND notification_id = ? AND node = ? AND attempts = ?",
);
const RELEASE: TenantSql = TenantSql::new(
    "UPDATE deliveries SET due_at = ?, node = '', attempts = attempts - 1 \
     WHERE company_id = :company AND notification_id = ? AND node = ? AND attempts = ?",
);
const FORGET: TenantSql = TenantSql::new(
    "DELETE FROM deliveries WHERE company_id = :company AND notification_id = ? AND node = ? AND attempts = ?",
);

/// Writes down all of `ended`, and takes out of it what was written.
///
/// # Errors
/// Where the database fails: what is left in `ended` was not written.
pub(super) async fn write(app: &App, channel: Channel, node: &str, ended: &mut Vec<Ended>) -> Result<(), Error> {
    let mut companies: BTreeMap<i64, Vec<Ended>> = BTreeMap::new();
    for one in ended.drain(..) {
        companies.entry(one.scope.company_id()).or_default().push(one);
    }
    let mut failure = None;
    for (_, of_company) in companies {
        match of_one(app, node, &of_company).await {
            Ok(events) => events.into_iter().for_each(|event| app.deliveries.count(channel, event)),
            Err(error) => {
                ended.extend(of_company);
                failure = Some(error);
            }
        }
    }
    failure.map_or(Ok(()), Err)
}

async fn of_one(app: &App, node: &str, ended: &[Ended]) -> Result<Vec<Event>, Error> {
    let mut attempt = 1;
    loop {
        match of_one_once(app, node, ended).await {
            Err(error) if attempt < ATTEMPTS && is_conflict(&error) => attempt += 1,
            result => return result,
        }
    }
}

async fn of_one_once(app: &App, node: &str, ended: &[Ended]) -> Result<Vec<Event>, Error> {
    let Some(first) = ended.first() else { return Ok(Vec::new()) };
    let tx = first.scope.db(&app.db).begin(Mode::Write).await?;
    let mut events = Vec::new();
    // What was sent was sent, whoever holds the lease by now: nobody is to send it again.
    let sent: Vec<i64> =
        ended.iter().filter(|one| matches!(one.outcome, Outcome::Sent { .. })).map(|one| one.id).collect();
    if !sent.is_empty() {
        let text = "DELETE FROM deliveries WHERE company_id = :company AND notification_id";
        let (sql, args) = listed(text, Vec::new(), &sent, "")?;
        tx.execute(&sql, args).await?;
    }
    for one in ended {
        events.extend(store(&tx, app, node, one).await?);
    }
    tx.commit().await?;
    Ok(events)
}

async fn store(tx: &TenantTx, app: &App, node: &str, one: &Ended) -> Result<Option<Event>, Error> {
    let Ended { id, attempt, at, .. } = one;
    let lease = || vec![(*id).into(), node.into(), (*attempt).into()];
    let now = app.clock.now().timestamp();
    match &one.outcome {
        Outcome::Sent { id: provider } => {
            let args = vec![(*at).into(), provider.clone().into(), (*at).into(), (*id).into()];
            tx.execute(&SENT, args).await?;
            Ok(Some(Event::Sent))
        }
        Outcome::Later { why, wait: asked, .. } if *attempt < TRIES => {
            let due = now + wait(*attempt, *asked, &app.chance);
            let last_error: String = why.chars().take(255).collect();
            let args = [vec![due.into(), last_error.into()], lease()].concat();
            if tx.execute(&AGAIN, args).await? == 0 {
                return Ok(None);
            }
            tx.execute(&TRIED, vec![why.clone().into(), (*at).into(), (*id).into()]).await?;
            Ok(Some(Event::Retried))
        }
        Outcome::Later { why, .. } | Outcome::Never { why, .. } => {
            if tx.execute(&FORGET, lease()).await? == 0 {
                return Ok(None);
            }
            tracing::warn!(
                company_id = tx.company_id(),
                notification = id,
                attempt,
                why,
                "a notification is set aside"
            );
            tx.execute(&FAILED, vec![(*at).into(), why.clone().into(), (*at).into(), (*id).into()]).await?;
            Ok(Some(Event::Failed))
        }
        Outcome::Released => {
            tx.execute(&RELEASE, [vec![now.into()], lease()].concat()).await?;
            Ok(None)
        }
    }
}
