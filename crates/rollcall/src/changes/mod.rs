//! What changed for whom: from the change log to summaries and versions.
//!
//! Triggers append lines; [`settle`] takes a company's lines, recomputes what they touch, stores it, raises the version
//! and deletes exactly those lines, in one transaction under the lock of the company's version row. That lock is taken
//! before anything is read, so that an older recomputation never overwrites a newer one.

pub(crate) mod arrange;
mod log;
mod poll;
mod raise;
mod rebuild;
mod status;
pub(crate) mod steps;
mod verify;

use chrono_tz::Tz;
use tiercache::seeded;

pub use poll::{Poller, listen, settle_all};
pub use raise::{raise, raise_all};
pub use rebuild::rebuild;
pub use status::{CompanyStatus, status};
pub(crate) use verify::differences;
pub use verify::{Difference, verify};

use crate::clock::Clock;
use crate::db::{Database, Error, Mode, TenantDb, TenantSql, TenantTx};
use crate::search::{self, Kind};
use crate::summaries::zone::{day_number, day_of_number, zone};
use crate::summaries::{invalid, people, recompute, store};
use crate::tenant::TenantScope;
use crate::versions::{Topics, Versions};
use log::Touched;

/// How often a transaction that lost to another one is tried again.
const ATTEMPTS: usize = 5;
/// Days that lie no further apart than this are recomputed in one go.
const RUN_GAP: i64 = 2;
/// At most so many days are recomputed in one go.
const RUN_LENGTH: i64 = 31;

/// Brings a company's summaries up to date with everything that was committed before the call; answers its versions.
/// Whoever asks this process for them afterwards is told these or newer ones.
///
/// # Errors
/// Where the database fails; nothing is half-written then, and the change log still holds what is to be done.
pub async fn settle(db: &Database, scope: &TenantScope, clock: &Clock) -> Result<Versions, Error> {
    let tenant = scope.db(db);
    loop {
        match refresh(&tenant, clock).await? {
            Outcome::Settled(versions) if seeded::on("memory-not-told") => return Ok(versions),
            Outcome::Settled(versions) => return Ok(db.versions().tell(scope.company_id(), versions)),
            Outcome::More => {}
            Outcome::Everything => rebuild::run(&tenant, clock, &mut |_| ()).await?,
        }
    }
}

enum Outcome {
    /// The log was taken to its end; the versions then.
    Settled(Versions),
    /// There may be more lines.
    More,
    /// All summaries are to be recomputed.
    Everything,
}

/// Settles one batch of the company's lines, again where another transaction got in the way.
async fn refresh(db: &TenantDb, clock: &Clock) -> Result<Outcome, Error> {
    let mut attempt = 1;
    loop {
        match refresh_once(db, clock).await {
            Err(error) if attempt < ATTEMPTS && is_conflict(&error) => attempt += 1,
            result => return result,
        }
    }
}

/// Whether the database took back the transaction for another's sake: a deadlock, or a lock not got in time.
pub(crate) fn is_conflict(error: &Error) -> bool {
    let text = error.to_string().to_lowercase();
    ["deadlock", "could not serialize", "database is locked", "lock wait timeout", "has changed since last read"]
        .iter()
        .any(|sign| text.contains(sign))
}

async fn refresh_once(db: &TenantDb, clock: &Clock) -> Result<Outcome, Error> {
    let tx = db.begin(Mode::Write).await?;
    let version = lock(&tx).await?;
    let Some(zone) = zone_of(&tx).await? else { return forget(tx, &version, clock).await };
    let touched = Touched::take(&tx, zone).await?;
    if touched.everything {
        log::delete(&tx, &touched.lines).await?;
        demand_rebuild(&tx, &version).await?;
        tx.commit().await?;
        return Ok(Outcome::Everything);
    }
    if version.rebuild != 0 {
        return Ok(Outcome::Everything);
    }
    if touched.lines.is_empty() {
        tx.commit().await?;
        return Ok(Outcome::Settled(version.versions));
    }
    recompute_touched(&tx, zone, &touched, clock).await?;
    log::delete(&tx, &touched.lines).await?;
    let raised = raise_version(&tx, version.versions, touched.topics, clock).await?;
    tx.commit().await?;
    Ok(if touched.is_full() { Outcome::More } else { Outcome::Settled(raised) })
}

/// Forgets a company that is gone. Its version stays and grows: should another company take its id, nothing that was kept for this
/// one holds.
async fn forget(tx: TenantTx, version: &Locked, clock: &Clock) -> Result<Outcome, Error> {
    let touched = Touched::take(&tx, Tz::UTC).await?;
    store::forget(&tx).await?;
    log::delete(&tx, &touched.lines).await?;
    tx.execute(&NO_REBUILD, vec![]).await?;
    let raised = raise_version(&tx, version.versions, Topics::ALL, clock).await?;
    tx.commit().await?;
    Ok(if touched.is_full() { Outcome::More } else { Outcome::Settled(raised) })
}

async fn recompute_touched(tx: &TenantTx, zone: Tz, touched: &Touched, clock: &Clock) -> Result<(), Error> {
    let mut days = touched.days.clone();
    let recipients: Vec<i64> = touched.recipients.iter().copied().collect();
    for ids in recipients.chunks(500) {
        let (sql, args) = people::listed(
            "SELECT created_at FROM notification_queues WHERE company_id = :company AND notifiable_id",
            ids,
        )?;
        tx.for_each(&sql, args, |row| {
            let day = row.opt_instant(0)?.map(|at| day_number(crate::summaries::zone::local_day(zone, at)));
            days.insert(day.unwrap_or(recompute::UNDATED));
            Ok(())
        })
        .await?;
    }
    for (first, last) in runs(days.iter().copied()) {
        recompute_run(tx, zone, (first, last), &days, clock).await?;
    }
    let customers: Vec<i64> = touched.customers.iter().copied().collect();
    let recomputed = people::customers(tx, &customers).await?;
    store::store_customers(tx, &customers, recomputed).await?;
    for kind in Kind::ALL {
        let named: Vec<i64> = touched.named.iter().filter(|(of, _)| *of == kind).map(|(_, id)| *id).collect();
        search::refresh(tx, kind, &named).await?;
    }
    if touched.company {
        let (company, invalid) = people::company(tx).await?;
        store::store_company(tx, &company).await?;
        invalid::report(tx, &invalid, clock.now_utc()).await?;
    }
    Ok(())
}

async fn recompute_run(
    tx: &TenantTx,
    zone: Tz,
    (first, last): (i64, i64),
    wanted: &std::collections::BTreeSet<i64>,
    clock: &Clock,
) -> Result<(), Error> {
    let mut found = match (day_of_number(first), day_of_number(last)) {
        (Some(first), Some(last)) => recompute::days(tx, zone, first, last).await?,
        _ => recompute::undated(tx).await?,
    };
    found.summaries.retain(|day, _| wanted.contains(day));
    let touched: Vec<i64> = wanted.range(first..=last).copied().collect();
    store::store_days(tx, &touched, &found.summaries).await?;
    invalid::report(tx, &found.invalid, clock.now_utc()).await
}

/// Joins neighbouring days, so that a bulk load over a month is one pass over its rows; the undated stand alone.
fn runs(days: impl Iterator<Item = i64>) -> Vec<(i64, i64)> {
    let mut runs: Vec<(i64, i64)> = Vec::new();
    for day in days {
        match (runs.last_mut(), day_of_number(day)) {
            (Some((first, last)), Some(date)) if is_near(*first, *last, date) => *last = day,
            _ => runs.push((day, day)),
        }
    }
    runs
}

fn is_near(first: i64, last: i64, date: chrono::NaiveDate) -> bool {
    let (Some(first), Some(last)) = (day_of_number(first), day_of_number(last)) else { return false };
    (date - last).num_days() <= RUN_GAP && (date - first).num_days() < RUN_LENGTH
}

/// A company's version row, locked.
struct Locked {
    number: i64,
    versions: Versions,
    /// The number of the rebuild that is due; 0 where none is.
    rebuild: i64,
}

const LOCK: TenantSql =
    TenantSql::new("SELECT version, state, topics FROM company_versions WHERE company_id = :company FOR UPDATE");
const READ_VERSION: TenantSql =
    TenantSql::new("SELECT version, state, topics FROM company_versions WHERE company_id = :company");
const RAISE: TenantSql = TenantSql::new(
    "UPDATE company_versions SET version = version + 1, topics = ?, changed_at = ? WHERE company_id = :company",
);
const DEMAND_REBUILD: TenantSql =
    TenantSql::new("UPDATE company_versions SET version = ?, state = ? WHERE company_id = :company");
const NO_REBUILD: TenantSql = TenantSql::new("UPDATE company_versions SET state = 0 WHERE company_id = :company");
const ZONE: TenantSql = TenantSql::new("SELECT timezone FROM companies WHERE id = :company");

/// Locks the company's version row, which makes this the company's one refresher. SQLite's write transaction is that
/// lock already.
async fn lock(tx: &TenantTx) -> Result<Locked, Error> {
    let sql = tx.dialect().pick(READ_VERSION, LOCK, LOCK);
    loop {
        if let Some(row) = tx.rows(&sql, vec![]).await?.first() {
            let number = row.int(0)?;
            return Ok(Locked { number, rebuild: row.int(1)?, versions: Versions::read(number, &row.text(2)?) });
        }
        let end = tx.dialect().on_conflict_update(&["company_id"], &["company_id"]);
        tx.insert("company_versions", &["version"], vec![vec![0_i64.into()]], &end).await?;
    }
}

async fn zone_of(tx: &TenantTx) -> Result<Option<Tz>, Error> {
    tx.rows(&ZONE, vec![]).await?.first().map(|row| Ok(zone(&row.text(0)?))).transpose()
}

/// Raises the version that was read under the lock, for the topics that changed.
async fn raise_version(tx: &TenantTx, from: Versions, topics: Topics, clock: &Clock) -> Result<Versions, Error> {
    let raised = from.raised(topics);
    tx.execute(&RAISE, vec![raised.stored_topics().into(), clock.now_utc().into()]).await?;
    Ok(raised)
}

/// Says that all summaries are to be recomputed; answers the number of this demand, which no other one has.
async fn demand_rebuild(tx: &TenantTx, version: &Locked) -> Result<i64, Error> {
    let number = version.number + 1;
    tx.execute(&DEMAND_REBUILD, vec![number.into(), number.into()]).await?;
    Ok(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbouring_days_are_one_run_and_the_undated_stand_alone() {
        let days = [0, 20_260_227, 20_260_228, 20_260_302, 20_260_310];
        assert_eq!(runs(days.into_iter()), [(0, 0), (20_260_227, 20_260_302), (20_260_310, 20_260_310)]);
    }

    #[test]
    fn a_run_has_an_end() {
        let first: chrono::NaiveDate = "2026-01-01".parse().unwrap();
        let days = first.iter_days().take(70).map(day_number);
        let lengths: Vec<_> = runs(days).iter().map(|(a, b)| (*a, *b)).collect();
        assert_eq!(lengths, [(20_260_101, 20_260_131), (20_260_201, 20_260_303), (20_260_304, 20_260_311)]);
    }
}
