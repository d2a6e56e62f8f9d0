//! What came of tries is written down, in the rows and in the audit log: one transaction for all of a company's.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use serde_json::{Value as Json, json};
use tokio::sync::OwnedSemaphorePermit;

use super::claim::listed;
use super::outcome::{Outcome, TRIES, wait};
use super::tally::Event;
use super::{Channel, Claimed};
use crate::app::App;
use crate::audit::Actor;
use crate::changes::is_conflict;
use crate::db::{Error, Mode, TenantSql, TenantTx};
use crate::events::{self, Thing, Verb};
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
    // What was sent was sent, whoever holds the lease by now: nobody is to send it again.
    let sent: Vec<i64> =
        ended.iter().filter(|one| matches!(one.outcome, Outcome::Sent { .. })).map(|one| one.id).collect();
    if !sent.is_empty() {
        let text = "DELETE FROM deliveries WHERE company_id = :company AND notification_id";
        let (sql, args) = listed(text, Vec::new(), &sent, "")?;
        tx.execute(&sql, args).await?;
    }
    let before = states(&tx, ended).await?;
    let (mut counted, mut changes) = (Vec::new(), Vec::new());
    for one in ended {
        let Some(written) = store(&tx, app, node, one).await? else { continue };
        counted.push(written.counts);
        changes.extend(before.get(&one.id).and_then(|before| written.change(one.id, before)));
    }
    // One insert for all of them: a line each would be a statement each.
    events::announce(&tx, &Actor::job("deliver"), &changes, first.at).await?;
    tx.commit().await?;
    Ok(counted)
}

/// What the audit log says that the rows were like. Locked, so that it is true; behind the leases, as whoever takes up a
/// notification that another one held goes.
async fn states(tx: &TenantTx, ended: &[Ended]) -> Result<BTreeMap<i64, State>, Error> {
    let ids: Vec<i64> = ended.iter().map(|one| one.id).collect();
    let text = "SELECT id, status, retry_count FROM notification_queues WHERE company_id = :company AND id";
    let (sql, args) = listed(text, Vec::new(), &ids, tx.dialect().pick("", "FOR UPDATE", "FOR UPDATE"))?;
    let rows = tx.rows(&sql, args).await?;
    rows.iter().map(|row| Ok((row.int(0)?, State { status: row.text(1)?, retries: row.int(2)? }))).collect()
}

/// What a row was like before.
struct State {
    status: String,
    retries: i64,
}

/// What was written down of a try.
struct Written {
    counts: Event,
    /// How many rows say so now: none where somebody else's word stands there already.
    changed: u64,
    verb: Verb,
    /// The columns that it changed, beside the number of tries in vain.
    after: Json,
}

impl Written {
    /// What the audit log says of it; nothing where nothing changed.
    fn change(self, id: i64, State { status, retries }: &State) -> Option<events::Event> {
        let again = i64::from(self.verb == Verb::Postponed);
        let before = json!({ "status": status, "retry_count": retries });
        let mut after = json!({ "status": status, "retry_count": retries + again });
        for (column, value) in self.after.as_object().into_iter().flatten() {
            after[column] = value.clone();
        }
        let event = events::Event::new(Thing::Notification, self.verb, id);
        (self.changed > 0).then(|| event.before(before).after(after))
    }
}

async fn store(tx: &TenantTx, app: &App, node: &str, one: &Ended) -> Result<Option<Written>, Error> {
    let Ended { id, attempt, at, .. } = one;
    let lease = || vec![(*id).into(), node.into(), (*attempt).into()];
    let now = app.clock.now().timestamp();
    match &one.outcome {
        Outcome::Sent { id: provider } => {
            let args = vec![(*at).into(), provider.clone().into(), (*at).into(), (*id).into()];
            let changed = tx.execute(&SENT, args).await?;
            let after = json!({ "status": "sent", "provider_message_id": provider });
            Ok(Some(Written { counts: Event::Sent, changed, verb: Verb::Sent, after }))
        }
        Outcome::Later { why, wait: asked, .. } if *attempt < TRIES => {
            let due = now + wait(*attempt, *asked, &app.chance);
            let last_error: String = why.chars().take(255).collect();
            let args = [vec![due.into(), last_error.into()], lease()].concat();
            if tx.execute(&AGAIN, args).await? == 0 {
                return Ok(None);
            }
            let changed = tx.execute(&TRIED, vec![why.clone().into(), (*at).into(), (*id).into()]).await?;
            let after = json!({ "error_message": why });
            Ok(Some(Written { counts: Event::Retried, changed, verb: Verb::Postponed, after }))
        }
        Outcome::Later { why, .. } | Outcome::Never { why } => {
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
            let args = vec![(*at).into(), why.clone().into(), (*at).into(), (*id).into()];
            let changed = tx.execute(&FAILED, args).await?;
            let after = json!({ "status": "failed", "error_message": why });
            Ok(Some(Written { counts: Event::Failed, changed, verb: Verb::Failed, after }))
        }
        Outcome::Released => {
            tx.execute(&RELEASE, [vec![now.into()], lease()].concat()).await?;
            Ok(None)
        }
    }
}
