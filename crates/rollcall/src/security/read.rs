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
    /// When last, UTC.
    pub last_at: NaiveDateTime,
    /// When first, UTC, where that is known.
    pub first_at: Option<NaiveDateTime>,
}

/// The newest security events of all companies and of nobody's, at most so many.
///
/// # Errors
/// Where the database fails.
pub async fn events(db: &Database, _proof: &OperatorScope, at_most: u32) -> Result<Vec<SecurityEvent>, Error> {
    // The condition lets the index be walked.
    let text = format!(
        "SELECT kind, last_at, first_at FROM security_events WHERE last_at <= ? ORDER BY last_at DESC, id DESC LIMIT {at_most}"
    );
    let sql = PlatformSql::composed("an operator reads security events", text);
    let rows = db.platform().rows(&sql, vec![LAST_INSTANT.into()]).await?;
    let event =
        |row: &Row| Ok(SecurityEvent { kind: row.text(0)?, last_at: row.instant(1)?, first_at: row.opt_instant(2)? });
    rows.iter().map(event).collect()
}
