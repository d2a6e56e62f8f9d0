//! What an operator reads of security events.

use chrono::{DateTime, NaiveDateTime};
use serde::Serialize;

use crate::clock::{opt_utc, utc};
use crate::db::{Arg, Database, Error, PlatformSql, Row};
use crate::summaries::zone::LAST_INSTANT;
use crate::tenant::OperatorScope;

/// A security event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SecurityEvent {
    /// Its id.
    pub id: i64,
    /// The company of whoever tried; none for nobody's.
    pub company_id: Option<i64>,
    /// That company's name.
    pub company: Option<String>,
    /// What was tried.
    pub kind: String,
    /// Who tried what.
    pub subject: String,
    /// How, the first time.
    pub detail: String,
    /// How often.
    pub occurrences: i64,
    /// When first, UTC.
    #[serde(serialize_with = "opt_utc")]
    pub first_at: Option<NaiveDateTime>,
    /// When last, UTC.
    #[serde(serialize_with = "utc")]
    pub last_at: NaiveDateTime,
}

/// A place in the list of security events, the newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    last_at: NaiveDateTime,
    id: i64,
}

impl Cursor {
    /// The place of an event.
    #[must_use]
    pub fn of(event: &SecurityEvent) -> Self {
        Self { last_at: event.last_at, id: event.id }
    }

    /// The place that a text names; none where it names none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (seconds, id) = text.split_once('-')?;
        let last_at = DateTime::from_timestamp(seconds.parse().ok()?, 0)?.naive_utc();
        Some(Self { last_at, id: id.parse().ok()? })
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.last_at.and_utc().timestamp(), self.id)
    }
}

/// The newest security events of all companies and of nobody's, at most so many, those behind `after` alone.
///
/// # Errors
/// Where the database fails.
pub async fn events(
    db: &Database,
    _proof: &OperatorScope,
    after: Option<Cursor>,
    at_most: u32,
) -> Result<Vec<SecurityEvent>, Error> {
    // Without a place, the newest of all. The first condition lets the index be walked; the second says exactly where.
    let Cursor { last_at, id } = after.unwrap_or(Cursor { last_at: LAST_INSTANT, id: i64::MAX });
    let args: Vec<Arg> = vec![last_at.into(), last_at.into(), id.into()];
    let text = format!(
        "SELECT e.id, e.company_id, c.name, e.kind, e.subject, e.detail, e.occurrences, e.first_at, e.last_at \
         FROM security_events e LEFT JOIN companies c ON c.id = e.company_id \
         WHERE e.last_at <= ? AND (e.last_at < ? OR e.id < ?) \
         ORDER BY e.last_at DESC, e.id DESC LIMIT {at_most}"
    );
    let sql = PlatformSql::composed("an operator reads security events", text);
    db.platform().rows(&sql, args).await?.iter().map(event).collect()
}

fn event(row: &Row) -> Result<SecurityEvent, Error> {
    Ok(SecurityEvent {
        id: row.int(0)?,
        company_id: row.opt_int(1)?,
        company: row.opt_text(2)?,
        kind: row.text(3)?,
        subject: row.text(4)?,
        detail: row.text(5)?,
        occurrences: row.int(6)?,
        first_at: row.opt_instant(7)?,
        last_at: row.instant(8)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_is_written() {
        let cursor = Cursor::parse("1763812800-17").unwrap();
        assert_eq!(cursor.to_string(), "1763812800-17");
        for nonsense in ["", "17", "x-1", "1-x", "99999999999999999999-1", "9223372036854775807-1", "1--"] {
            assert_eq!(Cursor::parse(nonsense), None, "{nonsense}");
        }
    }
}
