//! What stops when a company is closed.

use crate::app::App;
use crate::db::{Error, PlatformSql, Row, TenantDb, TenantSql};

/// What stops when a company is closed. All of it goes on where it is opened again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Closing {
    /// People who could sign in.
    pub(crate) people: i64,
    /// Their open sessions.
    pub(crate) sessions: i64,
    /// Their tokens that hold.
    pub(crate) tokens: i64,
    /// Reports that go out.
    pub(crate) reports: i64,
}

const PEOPLE: TenantSql = TenantSql::new(
    "SELECT COUNT(*) FROM users u LEFT JOIN rollcall_people p ON p.user_id = u.id AND p.company_id = :company \
     WHERE u.company_id = :company AND p.deactivated_at IS NULL",
);
const SESSIONS: PlatformSql = PlatformSql::new(
    "how many sessions open nothing where a company is closed is counted",
    "SELECT COUNT(*) FROM rollcall_sessions s JOIN users u ON u.id = s.user_id WHERE u.company_id = ? AND s.expires_at > ?",
);
const TOKENS: PlatformSql = PlatformSql::new(
    "how many tokens stop where a company is closed is counted",
    "SELECT COUNT(*) FROM api_tokens t JOIN users u ON u.id = t.user_id \
     LEFT JOIN rollcall_people p ON p.user_id = u.id \
     WHERE t.company_id = ? AND u.company_id = t.company_id AND p.deactivated_at IS NULL AND t.revoked_at IS NULL \
     AND (t.expires_at IS NULL OR t.expires_at > ?)",
);
const REPORTS: TenantSql =
    TenantSql::new("SELECT COUNT(*) FROM rollcall_reports WHERE company_id = :company AND next_at IS NOT NULL");

/// What would stop if the company were closed now.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn closing(app: &App, db: &TenantDb) -> Result<Closing, Error> {
    let count = |rows: Vec<Row>| rows.first().map_or(Ok(0), |row| row.int(0));
    let (above, now, company) = (app.db.platform(), app.clock.now(), db.company_id());
    let sessions = above.rows(&SESSIONS, vec![company.into(), now.timestamp().into()]).await?;
    let tokens = above.rows(&TOKENS, vec![company.into(), now.naive_utc().into()]).await?;
    Ok(Closing {
        people: count(db.rows(&PEOPLE, vec![]).await?)?,
        sessions: count(sessions)?,
        tokens: count(tokens)?,
        reports: count(db.rows(&REPORTS, vec![]).await?)?,
    })
}
