//! Lines that are older than `audit.keep` go.

use chrono::TimeDelta;

use crate::app::App;
use crate::db::{Error, PlatformSql};

/// So many lines are looked at, and go, at a time: no writer waits long for them.
const AT_A_TIME: usize = 1_000;

// Ids grow with time, near enough: the oldest lines are found without an index of their own.
const OLDEST: PlatformSql = PlatformSql::new(
    "the oldest lines of the audit log are looked at by their age",
    "SELECT id, at FROM audit_log ORDER BY id LIMIT 1000",
);
const DELETE: PlatformSql = PlatformSql::new(
    "lines of the audit log that are older than audit.keep are deleted",
    "DELETE FROM audit_log WHERE id <= ? AND at < ?",
);

/// Deletes lines that are older than `audit.keep`; answers how many.
///
/// # Errors
/// Where the database fails.
pub async fn prune(app: &App) -> Result<u64, Error> {
    let keep = TimeDelta::from_std(app.config.audit_keep).unwrap_or(TimeDelta::MAX);
    let Some(since) = app.clock.now_utc().checked_sub_signed(keep) else { return Ok(0) };
    let db = app.db.platform();
    let mut deleted = 0;
    loop {
        let rows = db.rows(&OLDEST, vec![]).await?;
        let mut last = None;
        for row in &rows {
            if row.opt_instant(1)?.is_some_and(|at| at < since) {
                last = Some(row.int(0)?);
            }
        }
        let Some(last) = last else { return Ok(deleted) };
        deleted += db.execute(&DELETE, vec![last.into(), since.into()]).await?;
        if rows.len() < AT_A_TIME {
            return Ok(deleted);
        }
    }
}
