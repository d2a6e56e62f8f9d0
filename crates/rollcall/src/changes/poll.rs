//! The poll: which companies have changes that nobody settled yet, whoever made them.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::db::{Database, Dialect, Error, PlatformSql};
use crate::tenant::OperatorScope;

/// Companies with pending lines or a due rebuild. It hops from one company to the next by index, so that a bulk load of
/// a million lines costs no more than one of ten: MySQL by itself, the others by recursion.
fn pending(dialect: Dialect) -> PlatformSql {
    let recursive = "WITH RECURSIVE pending(id) AS (SELECT MIN(company_id) FROM change_log UNION ALL \
         SELECT (SELECT MIN(company_id) FROM change_log WHERE company_id > pending.id) FROM pending \
         WHERE pending.id IS NOT NULL) SELECT id FROM pending WHERE id IS NOT NULL \
         UNION SELECT company_id FROM company_versions WHERE state <> 0";
    let loose = "SELECT DISTINCT company_id FROM change_log \
         UNION SELECT company_id FROM company_versions WHERE state <> 0";
    PlatformSql::new("the poll looks for companies with pending changes", dialect.pick(recursive, loose, recursive))
}

/// Settles every company that has pending changes; answers how many had.
///
/// # Errors
/// Where the pending companies cannot be read. A company that fails is logged and does not keep the others waiting.
pub async fn settle_all(db: &Database, clock: &Clock) -> Result<usize, Error> {
    let program = OperatorScope::of_program("refresh");
    let rows = db.platform().rows(&pending(db.dialect()), vec![]).await?;
    for row in &rows {
        let scope = program.enter_known(row.int(0)?);
        let (company_id, db, clock) = (scope.company_id(), db.clone(), clock.clone());
        // In a task of its own, so that a fault that one company's rows bring to light is no other company's.
        match tokio::spawn(async move { super::settle(&db, &scope, &clock).await }).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => {
                tracing::error!(company_id, %error, "changes could not be settled; they stay in the log");
            }
            Err(error) => tracing::error!(company_id, %error, "settling broke off; the changes stay in the log"),
        }
    }
    Ok(rows.len())
}

/// Settles foreign applications' writes within `every` and the time that the refresh takes.
#[derive(Debug)]
pub struct Poller {
    db: Database,
    clock: Clock,
    every: Duration,
}

impl Poller {
    /// A poller that looks `every` so often.
    #[must_use]
    pub fn new(db: Database, clock: Clock, every: Duration) -> Self {
        Self { db, clock, every }
    }

    /// Polls until `stop` is cancelled; a refresh under way is finished first.
    pub async fn run(self, stop: CancellationToken) {
        let mut failing = false;
        while !stop.is_cancelled() {
            let result = settle_all(&self.db, &self.clock).await;
            if result.is_err() != failing {
                failing = result.is_err();
                match &result {
                    Err(error) => tracing::error!(%error, "the change log cannot be read; the poll goes on trying"),
                    Ok(_) => tracing::info!("the change log can be read again"),
                }
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(self.every) => {}
            }
        }
    }
}
