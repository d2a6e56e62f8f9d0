//! What operators are told of security events.

use chrono::NaiveDateTime;

use crate::db::{Database, Error, PlatformSql, Row};
use crate::summaries::zone::LAST_INSTANT;
use crate::tenant::OperatorScope;

/// A security event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityEvent {
    /// What was tried.
    pub kind: String,
    /// When first, UTC.
    pub first_at: NaiveDateTime,
    /// When last, UTC.
    pub last_at: NaiveDateTime,
}

/// The newest security events of all companies and of nobody's, at most so many.
///
/// # Errors
/// Where the database fails.
pub async fn events(db: &Database, _proof: &OperatorScope, at_most: u32) -> Result<Vec<SecurityEvent>, Error> {
    // The condition lets the index be walked.
    let text = format!(
        "SELECT kind, first_at, last_at FROM security_events WHERE last_at <= ? ORDER BY last_at DESC, id DESC LIMIT {at_most}"
    );
    let sql = PlatformSql::composed("an operator reads security events", text);
    let rows = db.platform().rows(&sql, vec![LAST_INSTANT.into()]).await?;
    let event = |row: &Row| {
        let last_at = row.instant(2)?;
        Ok(SecurityEvent { kind: row.text(0)?, first_at: row.opt_instant(1)?.unwrap_or(last_at), last_at })
    };
    rows.iter().map(event).collect()
}
