//! Until when somebody has seen what is new. How they look at the panel is no change of anybody's data: the audit log has no line.

use chrono::NaiveDateTime;

use super::platform::{PLATFORM, platform_seen};
use crate::app::App;
use crate::db::{Error, Mode, PlatformSql, TenantDb, TenantSql};
use crate::tenant::OperatorScope;

const SEEN: TenantSql = TenantSql::new("SELECT seen_at FROM rollcall_seen WHERE company_id = :company AND user_id = ?");

/// Until when a user has seen what is new in the company; none where they never looked.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn seen(db: &TenantDb, user: i64) -> Result<Option<NaiveDateTime>, Error> {
    let rows = db.rows(&SEEN, vec![user.into()]).await?;
    Ok(rows.first().map(|row| row.opt_instant(0)).transpose()?.flatten())
}

/// Keeps that a user has seen all until then. What was seen once stays seen: an older page takes nothing back.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn mark(db: &TenantDb, user: i64, until: NaiveDateTime) -> Result<(), Error> {
    let end = db.dialect().on_conflict_update(&["company_id", "user_id"], &["seen_at"]);
    let tx = db.begin(Mode::Write).await?;
    let rows = tx.rows(&SEEN, vec![user.into()]).await?;
    let before = rows.first().map(|row| row.opt_instant(0)).transpose()?.flatten();
    if before.is_none_or(|before| before < until) {
        let row = vec![vec![user.into(), until.into()]];
        tx.insert("rollcall_seen", &["user_id", "seen_at"], row, &end).await?;
    }
    tx.commit().await
}

/// The same for an operator and the platform.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn mark_platform(
    app: &App,
    proof: &OperatorScope,
    user: i64,
    until: NaiveDateTime,
) -> Result<(), Error> {
    if platform_seen(app, proof, user).await?.is_some_and(|before| before >= until) {
        return Ok(());
    }
    let end = app.db.dialect().on_conflict_update(&["company_id", "user_id"], &["seen_at"]);
    let text = format!("INSERT INTO rollcall_seen (company_id, user_id, seen_at) VALUES ({PLATFORM}, ?, ?) {end}");
    let sql = PlatformSql::composed("until when an operator has seen the platform's news is kept", text);
    app.db.platform().execute(&sql, vec![user.into(), until.into()]).await.map(|_| ())
}
