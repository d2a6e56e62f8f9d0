//! The newest rows of a table: ten of them, by their instants.

use chrono::NaiveDateTime;

use crate::db::{Arg, Dialect, Error, Row, TenantDb, TenantSql};

/// How many rows such a table shows.
const SHOWN: usize = 10;
/// How many rows are looked at in the end, where nearly none has a date that can be read.
const AT_MOST: usize = 10_000;

/// The newest rows that `query` finds, which are ordered by their second column, an instant, and their first, an id, and
/// have no limit yet. A row whose instant cannot be read is passed over.
///
/// One statement as a rule. More where some of the rows do not count, and on SQLite where the order of the text is not
/// that of the instants: `2026-11-22T08:00:00` stands behind `2026-11-22 23:00:00`, though not behind the next day.
///
/// # Errors
/// Where the database fails.
pub(super) async fn newest<T>(
    db: &TenantDb,
    query: &str,
    args: &[Arg],
    read: impl Fn(&Row, NaiveDateTime) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let mut limit = SHOWN;
    loop {
        let sql = TenantSql::composed(format!("{query} LIMIT {limit}"))?;
        let rows = db.rows(&sql, args.to_vec()).await?;
        let mut dated = Vec::new();
        for row in &rows {
            if let Some(at) = row.opt_instant(1)? {
                dated.push((at, row.int(0)?, row));
            }
        }
        dated.sort_by_key(|(at, id, _)| std::cmp::Reverse((*at, *id)));
        dated.truncate(SHOWN);
        let all = rows.len() < limit || limit >= AT_MOST;
        if all || dated.last().is_some_and(|last| dated.len() == SHOWN && nothing_newer_follows(db, &rows, last.0)) {
            return dated.into_iter().map(|(at, _, row)| read(row, at)).collect();
        }
        limit *= 10;
    }
}

/// Whether no row behind these is newer than `last`. Text with a `T` stands before all other of its day, so where there
/// is none the order is right; where there is some, the whole day has to be there.
fn nothing_newer_follows(db: &TenantDb, rows: &[Row], last: NaiveDateTime) -> bool {
    let text = |row: &Row| row.opt_text(1).ok().flatten().unwrap_or_default();
    if db.dialect() != Dialect::Sqlite || !rows.iter().any(|row| text(row).get(10..11) == Some("T")) {
        return true;
    }
    rows.last().is_some_and(|row| text(row).get(..10).is_some_and(|day| *day < *last.date().to_string()))
}
