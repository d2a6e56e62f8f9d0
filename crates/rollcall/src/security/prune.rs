//! Security events that are older than `audit.keep` go, as the audit log's lines do.

use chrono::TimeDelta;

use crate::app::App;
use crate::db::{Error, PlatformSql};

/// So many go at a time, or a few more of the same second: no writer waits long for them.
const AT_A_TIME: usize = 1_000;

const OLDEST: PlatformSql = PlatformSql::new(
    "the oldest security events are looked at by their age",
    "SELECT last_at FROM security_events WHERE last_at < ? ORDER BY last_at, id LIMIT 1000",
);
const DELETE: PlatformSql = PlatformSql::new(
    "security events that are older than audit.keep are deleted",
    "DELETE FROM security_events WHERE last_at <= ?",
);

/// Deletes what was tried for the last time longer than `audit.keep` ago; answers how many.
///
/// # Errors
/// Where the database fails.
pub async fn prune(app: &App) -> Result<u64, Error> {
    let keep = TimeDelta::from_std(app.config.audit_keep).unwrap_or(TimeDelta::MAX);
    let Some(since) = app.clock.now_utc().checked_sub_signed(keep) else { return Ok(0) };
    let db = app.db.platform();
    let mut deleted = 0;
    loop {
        let rows = db.rows(&OLDEST, vec![since.into()]).await?;
        let Some(last) = rows.last() else { return Ok(deleted) };
        deleted += db.execute(&DELETE, vec![last.instant(0)?.into()]).await?;
        if rows.len() < AT_A_TIME {
            return Ok(deleted);
        }
    }
}
