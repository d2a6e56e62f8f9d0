//! Failed notifications of one reason: a reason is worked out from a message, which no database can.

use super::row::condition_of;
use super::{Listing, NOTIFICATIONS};
use crate::analytics::error_class::error_class;
use crate::db::{Dialect, Error, TenantDb, TenantSql};

/// So many failed notifications are looked through, the newest first.
pub(crate) const LOOKED_AT: usize = 20_000;
/// So much of a message is read, in characters: a reason is much shorter, and a message may be a whole letter.
pub(crate) const READ: usize = 500;

/// Leaves those in a list of notifications that failed for that reason, among what it is narrowed to already.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn of_reason(db: &TenantDb, listing: &mut Listing, reason: &str) -> Result<(), Error> {
    let (condition, of_condition) = condition_of(&NOTIFICATIONS, db.dialect(), false);
    let (narrowed, args) = listing.conditions();
    let text = format!(
        "SELECT t.id, SUBSTR(t.error_message, 1, {READ}) FROM notification_queues t \
         WHERE {condition}{narrowed} AND t.status = 'failed' ORDER BY t.created_at DESC LIMIT {LOOKED_AT}"
    );
    let args = of_condition.into_iter().chain(args).collect();
    let mut ids = Vec::new();
    for row in db.rows(&TenantSql::composed(text)?, args).await? {
        if error_class(row.opt_text(1)?.as_deref().unwrap_or_default()) == reason {
            ids.push(row.int(0)?.to_string());
        }
    }
    // Numbers that were read a moment ago, and not values: a page behind the first has all of them twice, more than SQLite binds.
    let found = if ids.is_empty() { "1 = 0".to_owned() } else { format!("t.id IN ({})", ids.join(", ")) };
    listing.found(found, []);
    listing.by_ids = db.dialect() == Dialect::Sqlite && !ids.is_empty();
    Ok(())
}
