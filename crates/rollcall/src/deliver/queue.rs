//! The queue as operators see it: how much stands in which state, what was set aside, and how that is sent again.

use chrono::NaiveDateTime;

use super::Channel;
use crate::app::App;
use crate::changes;
use crate::db::{Arg, Database, Error, PlatformSql, TenantSql};
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

const RETRY: &str = "UPDATE notification_queues SET status = 'pending', retry_count = retry_count + 1, failed_at = NULL, \
                     error_message = NULL, updated_at = ? WHERE company_id = :company AND status = 'failed'";

/// Sends again what was set aside: the one with that id, or all of that channel, or all. Answers how many.
///
/// # Errors
/// Where the database fails.
pub async fn retry(app: &App, scope: &TenantScope, id: Option<i64>, channel: Option<Channel>) -> Result<u64, Error> {
    let mut args: Vec<Arg> = vec![app.clock.now_utc().into()];
    let mut text = RETRY.to_owned();
    if let Some(id) = id {
        text.push_str(" AND id = ?");
        args.push(id.into());
    }
    if let Some(channel) = channel {
        text.push_str(" AND channel = ?");
        args.push(channel.as_str().into());
    }
    let sql = TenantSql::composed(text).map_err(|error| Error::Custom(error.to_string()))?;
    let changed = scope.db(&app.db).execute(&sql, args).await?;
    changes::settle(&app.db, scope, &app.clock).await?;
    Ok(changed)
}
