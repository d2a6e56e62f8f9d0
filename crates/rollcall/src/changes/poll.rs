//! The poll: which companies have changes that nobody settled yet, whoever made them.

use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::db::{Database, Dialect, Error, PlatformSql, Row};
use crate::tenant::OperatorScope;
use crate::versions::Versions;

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

/// Hears what other processes wrote: the versions of all companies that this one knows, by primary key.
///
/// # Errors
/// Where the versions cannot be read.
pub async fn listen(db: &Database) -> Result<(), Error> {
    let begun = Instant::now();
    for companies in db.versions().take_stock().chunks(500) {
        let marks = vec!["?"; companies.len()].join(", ");
        let text = format!("SELECT company_id, version, topics FROM company_versions WHERE company_id IN ({marks})");
        let sql = PlatformSql::composed("the poll hears of versions that other processes raised", text);
        let rows = db.platform().rows(&sql, companies.iter().map(|company| (*company).into()).collect()).await?;
        for row in &rows {
            db.versions().tell(row.int(0)?, Versions::read(row.int(1)?, &row.text(2)?));
        }
        if rows.len() < companies.len() {
            forget_missing(db, companies, &rows)?;
        }
    }
    db.versions().polled(begun);
    Ok(())
}

/// Companies without a version are gone.
fn forget_missing(db: &Database, companies: &[i64], rows: &[Row]) -> Result<(), Error> {
    let found = rows.iter().map(|row| row.int(0)).collect::<Result<std::collections::HashSet<_>, _>>()?;
    for company in companies.iter().filter(|company| !found.contains(company)) {
        db.versions().forget(*company);
    }
    Ok(())
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

    async fn look(&self) -> Result<(), Error> {
        settle_all(&self.db, &self.clock).await?;
        listen(&self.db).await
    }

    /// Polls until `stop` is cancelled; a refresh under way is finished first.
    pub async fn run(self, stop: CancellationToken) {
        let mut failing = false;
        while !stop.is_cancelled() {
            let result = self.look().await;
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
