//! Raising versions without a change: nothing that is kept anywhere, by any process, holds any longer.

use super::{lock, raise_version};
use crate::clock::Clock;
use crate::db::{Database, Error, Mode, PlatformSql};
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
pub async fn raise(db: &Database, scope: &TenantScope, topics: Topics, clock: &Clock) -> Result<Versions, Error> {
    let tx = scope.db(db).begin(Mode::Write).await?;
    let locked = lock(&tx).await?;
    let raised = raise_version(&tx, locked.versions, topics, clock).await?;
    tx.commit().await?;
    Ok(db.versions().tell(scope.company_id(), raised))
}

/// Raises every company's version for everything; answers of how many.
///
/// # Errors
/// Where the database fails: nothing has changed then.
pub async fn raise_all(db: &Database, _proof: &OperatorScope) -> Result<u64, Error> {
    let raised = db.platform().execute(&RAISE_ALL, vec![]).await?;
    super::listen(db).await?;
    Ok(raised)
}
