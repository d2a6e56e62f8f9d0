//! Raising versions without a change: nothing that is kept anywhere, by any process, holds any longer. Who wanted it stands in the
//! audit log.

use super::{lock, raise_version};
use crate::audit::Actor;
use crate::clock::Clock;
use crate::db::{Database, Error, Mode, PlatformSql};
use crate::events::{self, Event, Thing, Verb};
use crate::tenant::{OperatorScope, TenantScope};
use crate::versions::{Topics, Versions};

// A topic that is not told counts as changed at the company's version: all of them, just now.
const RAISE_ALL: PlatformSql = PlatformSql::new(
    "every company's version is raised, so that nothing that is kept holds",
    "UPDATE company_versions SET version = version + 1, topics = ''",
);

/// Raises a company's version for these topics. Whoever asks this process for it afterwards is told this one or a newer.
///
/// # Errors
/// Where the database fails: nothing has changed then.
pub async fn raise(
    db: &Database,
    scope: &TenantScope,
    actor: &Actor,
    topics: Topics,
    clock: &Clock,
) -> Result<Versions, Error> {
    let tx = scope.db(db).begin(Mode::Write).await?;
    let locked = lock(&tx).await?;
    let raised = raise_version(&tx, locked.versions, topics, clock).await?;
    events::announce(&tx, actor, &[Event::new(Thing::Cache, Verb::Cleared, None)], clock.now_utc()).await?;
    tx.commit().await?;
    Ok(db.versions().tell(scope.company_id(), raised))
}

/// Raises every company's version for everything; answers of how many.
///
/// # Errors
/// Where the database fails: nothing has changed then.
pub async fn raise_all(db: &Database, _proof: &OperatorScope, actor: &Actor, clock: &Clock) -> Result<u64, Error> {
    let tx = db.platform().begin().await?;
    let raised = tx.execute(&RAISE_ALL, vec![]).await?;
    let event = Event::new(Thing::Cache, Verb::Cleared, None);
    events::announce_above(&tx, actor, None, &event, clock.now_utc()).await?;
    tx.commit().await?;
    super::listen(db).await?;
    Ok(raised)
}
