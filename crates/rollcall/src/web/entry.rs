//! An operator's entry into a company stands in the company's audit log: once an hour for each operator or token.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use crate::app::App;
use crate::audit::{Actor, ActorKind};
use crate::db::{Error, PlatformSql};
use crate::events::{self, Event, Thing, Verb};
use crate::security;

/// So many entries are remembered at a time; of one that is forgotten the audit log is asked.
const MOST: u64 = 10_000;
/// Nobody's entry is of use for longer.
const HOUR: Duration = Duration::from_hours(1);

const SEEN: PlatformSql = PlatformSql::new(
    "when an operator entered a company last is read",
    "SELECT at FROM audit_log WHERE company_id = ? AND actor_kind = ? AND actor_id = ? AND action = 'company.entered' \
     ORDER BY id DESC LIMIT 1",
);

/// Who entered which company, and in which hour, as far as this process knows.
#[derive(Clone, Debug)]
pub(crate) struct Entries {
    seen: moka::sync::Cache<(ActorKind, Option<i64>, i64), i64>,
    /// A dashboard asks for all its cards at once: one of them writes the line.
    writing: Arc<Mutex<()>>,
}

impl Default for Entries {
    fn default() -> Self {
        Self {
            seen: moka::sync::Cache::builder().max_capacity(MOST).time_to_live(HOUR).build(),
            writing: Arc::default(),
        }
    }
}

/// Writes down that `actor` enters `company`, where that is news in this hour.
///
/// # Errors
/// Where the database fails: who cannot be written down does not enter.
pub(super) async fn write_down(app: &App, actor: &Actor, company: i64) -> Result<(), Error> {
    let (key, now) = ((actor.kind, actor.id, company), app.clock.now_utc());
    let hour = security::hour(now);
    let is_known = || app.entries.seen.get(&key) == Some(hour);
    if is_known() {
        return Ok(());
    }
    let _writing = app.entries.writing.lock().await;
    if is_known() {
        return Ok(());
    }
    let tx = app.db.platform().begin().await?;
    let args = vec![company.into(), actor.kind.as_str().into(), actor.id.into()];
    let seen = tx.row(&SEEN, args).await?.map(|row| row.instant(0)).transpose()?;
    if security::is_news(seen, now) {
        let event = Event::new(Thing::Company, Verb::Entered, company);
        events::announce_above(&tx, actor, Some(company), &event, now).await?;
    }
    tx.commit().await?;
    app.entries.seen.insert(key, hour);
    Ok(())
}
