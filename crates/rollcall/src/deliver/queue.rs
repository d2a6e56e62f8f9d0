//! The queue as operators see it: how much stands in which state, what was set aside, and how that is sent again.

use chrono::NaiveDateTime;
use serde_json::json;

use super::Channel;
use super::claim::listed;
use crate::app::App;
use crate::audit::Actor;
use crate::changes;
use crate::db::{Arg, Database, Error, Mode, PlatformSql, TenantSql, TenantTx};
use crate::events::{self, Event, Thing, Verb};
use crate::tenant::TenantScope;

/// What is due of one channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Depth {
    pub(crate) channel: Channel,
    /// Notifications that are due and wait.
    pub(crate) due: i64,
    /// Since when the oldest of them is.
    pub(crate) oldest: Option<NaiveDateTime>,
    /// Notifications that are being sent or wait for their next try.
    pub(crate) open: i64,
}

/// How the queue stands, channel by channel.
///
/// # Errors
/// Where the database fails.
pub(super) async fn depths(db: &Database, now: NaiveDateTime) -> Result<Vec<Depth>, Error> {
    let platform = db.platform();
    let count = db.dialect().integer("COUNT(*)");
    let due = PlatformSql::composed(
        "the notifications that are due are counted by channel",
        format!(
            "SELECT channel, {count}, MIN(COALESCE(scheduled_at, created_at)) FROM notification_queues \
             WHERE status = 'pending' AND (scheduled_at IS NULL OR scheduled_at <= ?) GROUP BY channel"
        ),
    );
    let open = PlatformSql::composed(
        "the notifications that are being sent are counted by channel",
        format!("SELECT channel, {count} FROM deliveries GROUP BY channel"),
    );
    let mut depths: Vec<Depth> =
        Channel::ALL.into_iter().map(|channel| Depth { channel, due: 0, oldest: None, open: 0 }).collect();
    for row in platform.rows(&due, vec![now.into()]).await? {
        let name = row.text(0)?;
        if let Some(depth) = depths.iter_mut().find(|depth| depth.channel.as_str() == name) {
            (depth.due, depth.oldest) = (row.int(1)?, row.opt_instant(2)?);
        }
    }
    for row in platform.rows(&open, vec![]).await? {
        let name = row.text(0)?;
        if let Some(depth) = depths.iter_mut().find(|depth| depth.channel.as_str() == name) {
            depth.open = row.int(1)?;
        }
    }
    Ok(depths)
}

/// A line of the queue: so many notifications of a channel in a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The channel, as the rows name it.
    pub channel: String,
    /// The status, as the rows name it.
    pub status: String,
    /// How many.
    pub count: i64,
    /// How many of them are for later.
    pub later: i64,
    /// Since when the oldest is due.
    pub oldest: Option<NaiveDateTime>,
}

/// All that is not done: what waits, what is being sent, and what was set aside.
///
/// # Errors
/// Where the database fails.
pub async fn standing(app: &App) -> Result<Vec<Standing>, Error> {
    let dialect = app.db.dialect();
    let (count, later) =
        (dialect.integer("COUNT(*)"), dialect.integer("SUM(CASE WHEN scheduled_at > ? THEN 1 ELSE 0 END)"));
    let sql = PlatformSql::composed(
        "the queue of notifications is counted by channel and state on the command line",
        format!(
            "SELECT channel, status, {count}, {later}, MIN(COALESCE(scheduled_at, created_at)) FROM notification_queues \
             WHERE status IN ('pending', 'processing', 'failed') GROUP BY channel, status ORDER BY channel, status"
        ),
    );
    let rows = app.db.platform().rows(&sql, vec![app.clock.now_utc().into()]).await?;
    rows.iter()
        .map(|row| {
            Ok(Standing {
                channel: row.text(0)?,
                status: row.text(1)?,
                count: row.int(2)?,
                later: row.int(3)?,
                oldest: row.opt_instant(4)?,
            })
        })
        .collect()
}

/// A notification that was set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAside {
    /// Its id.
    pub id: i64,
    /// Its channel.
    pub channel: String,
    /// Whom it was for.
    pub recipient: String,
    /// When.
    pub failed_at: Option<NaiveDateTime>,
    /// Why.
    pub error: String,
}

const SET_ASIDE: TenantSql = TenantSql::new(
    "SELECT id, channel, recipient, failed_at, error_message FROM notification_queues \
     WHERE company_id = :company AND status = 'failed' ORDER BY created_at DESC, id DESC LIMIT 100",
);

/// The newest hundred of a company that were set aside.
///
/// # Errors
/// Where the database fails.
pub async fn set_aside(app: &App, scope: &TenantScope) -> Result<Vec<SetAside>, Error> {
    let rows = scope.db(&app.db).rows(&SET_ASIDE, vec![]).await?;
    rows.iter()
        .map(|row| {
            Ok(SetAside {
                id: row.int(0)?,
                channel: row.text(1)?,
                recipient: row.text(2)?,
                failed_at: row.opt_instant(3)?,
                error: row.opt_text(4)?.unwrap_or_default(),
            })
        })
        .collect()
}

const SET_ASIDE_IDS: &str =
    "SELECT id FROM notification_queues WHERE company_id = :company AND status = 'failed' AND id > ?";
const RETRY: &str = "UPDATE notification_queues SET status = 'pending', retry_count = retry_count + 1, failed_at = NULL, \
                     error_message = NULL, updated_at = ? WHERE company_id = :company AND status = 'failed' AND id";
/// So many are sent again by one transaction.
const AT_A_TIME: usize = 1_000;

/// Sends again what was set aside: the one with that id, or all of that channel, or all. Answers how many.
///
/// # Errors
/// Where the database fails: what was committed before then is sent again.
pub async fn retry(
    app: &App,
    scope: &TenantScope,
    actor: &Actor,
    id: Option<i64>,
    channel: Option<Channel>,
) -> Result<u64, Error> {
    let (mut changed, mut after) = (0, 0);
    loop {
        let tx = scope.db(&app.db).begin(Mode::Write).await?;
        let ids = set_aside_after(&tx, after, id, channel).await?;
        let Some(last) = ids.last() else { break };
        after = *last;
        let now = app.clock.now_utc();
        let (sql, args) = listed(RETRY, vec![now.into()], &ids, "")?;
        changed += tx.execute(&sql, args).await?;
        let event = |id: &i64| {
            let event = Event::new(Thing::Notification, Verb::Retried, *id);
            event.before(json!({ "status": "failed" })).after(json!({ "status": "pending" }))
        };
        let retried: Vec<_> = ids.iter().map(event).collect();
        events::announce(&tx, actor, &retried, now).await?;
        tx.commit().await?;
        if ids.len() < AT_A_TIME {
            break;
        }
    }
    changes::settle(&app.db, scope, &app.clock).await?;
    Ok(changed)
}

/// Locks some of those that were set aside, behind the one with the id `after`, in the order of their ids.
async fn set_aside_after(
    tx: &TenantTx,
    after: i64,
    id: Option<i64>,
    channel: Option<Channel>,
) -> Result<Vec<i64>, Error> {
    let mut args: Vec<Arg> = vec![after.into()];
    let mut text = SET_ASIDE_IDS.to_owned();
    if let Some(id) = id {
        text.push_str(" AND id = ?");
        args.push(id.into());
    }
    if let Some(channel) = channel {
        text.push_str(" AND channel = ?");
        args.push(channel.as_str().into());
    }
    let lock = tx.dialect().pick("", " FOR UPDATE", " FOR UPDATE");
    text.push_str(&format!(" ORDER BY id LIMIT {AT_A_TIME}{lock}"));
    let sql = TenantSql::composed(text)?;
    tx.rows(&sql, args).await?.iter().map(|row| row.int(0)).collect()
}
