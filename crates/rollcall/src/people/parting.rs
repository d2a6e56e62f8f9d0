//! What ends when somebody may not use the panel any longer.

use crate::app::App;
use crate::db::{Error, Mode, PlatformSql, Row, TenantDb, TenantSql};
use crate::resource::is_last_admin;

/// What ends when somebody is deactivated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parting {
    /// Their open sessions.
    pub(crate) sessions: i64,
    /// Their tokens that hold: what they had in another company opens nothing.
    pub(crate) tokens: i64,
    /// The reports that they get.
    pub(crate) reports: i64,
    /// Whether it is whoever asks.
    pub(crate) yourself: bool,
    /// Whether the company cannot do without them.
    pub(crate) last_admin: bool,
}

const SESSIONS: PlatformSql = PlatformSql::new(
    "how many sessions of a person would end is counted",
    "SELECT COUNT(*) FROM rollcall_sessions WHERE user_id = ? AND expires_at > ?",
);
const TOKENS: PlatformSql = PlatformSql::new(
    "how many tokens of a person would stop is counted",
    "SELECT COUNT(*) FROM api_tokens WHERE user_id = ? AND company_id = ? AND revoked_at IS NULL \
     AND (expires_at IS NULL OR expires_at > ?)",
);
const REPORTS: TenantSql = TenantSql::new(
    "SELECT COUNT(*) FROM rollcall_report_recipients \
     WHERE company_id = :company AND user_id = ? AND unsubscribed_at IS NULL",
);

/// What would end if the company's person of that id were deactivated; `asks` is who wants to know. That they are the
/// company's was found out before.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn parting(app: &App, db: &TenantDb, user: i64, asks: i64) -> Result<Parting, Error> {
    let count = |rows: Vec<Row>| rows.first().map_or(Ok(0), |row| row.int(0));
    let (above, now) = (app.db.platform(), app.clock.now());
    let sessions = above.rows(&SESSIONS, vec![user.into(), now.timestamp().into()]).await?;
    let tokens = above.rows(&TOKENS, vec![user.into(), db.company_id().into(), now.naive_utc().into()]).await?;
    let reports = db.rows(&REPORTS, vec![user.into()]).await?;
    // Not before: a transaction that waits for another connection may wait for good.
    let tx = db.begin(Mode::Snapshot).await?;
    let last_admin = is_last_admin(&tx, user).await?;
    tx.commit().await?;
    Ok(Parting {
        sessions: count(sessions)?,
        tokens: count(tokens)?,
        reports: count(reports)?,
        yourself: user == asks,
        last_admin,
    })
}
