//! Starting over: all summaries of a company from its raw rows.
//!
//! In steps of a month or some thousand customers, a transaction each, so that nobody waits for long. The version row
//! says that a rebuild is due until the last step, so that one that was killed starts again.

use chrono::{Days, NaiveDate, NaiveTime};
use chrono_tz::Tz;

use super::{demand_rebuild, lock, log, raise_version, zone_of};
use crate::clock::Clock;
use crate::db::{Arg, Database, Error, Mode, TenantDb, TenantSql, TenantTx};
use crate::summaries::zone::{day_number, local_day};
use crate::summaries::{invalid, people, recompute, store};
use crate::tenant::TenantScope;

/// Days recomputed in one transaction.
const DAYS_PER_STEP: u64 = 31;
/// Customers recomputed in one transaction.
const CUSTOMERS_PER_STEP: i64 = 2_000;

/// Recomputes all summaries of a company. `progress` is told of each step's appointments (those created in it).
///
/// # Errors
/// Where the database fails; the next [`settle`](super::settle) then starts over.
pub async fn rebuild(
    db: &Database,
    scope: &TenantScope,
    clock: &Clock,
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<(), Error> {
    run(&scope.db(db), clock, progress).await
}

pub(super) async fn run(db: &TenantDb, clock: &Clock, progress: &mut (dyn FnMut(u64) + Send)) -> Result<(), Error> {
    let Some(zone) = begin(db).await? else { return Ok(()) };
    rebuild_days(db, zone, clock, progress).await?;
    rebuild_customers(db).await?;
    let tx = db.begin(Mode::Write).await?;
    lock(&tx).await?;
    let (company, invalid) = people::company(&tx).await?;
    store::store_company(&tx, &company).await?;
    invalid::report(&tx, &invalid, clock.now_utc()).await?;
    tx.execute(&DONE, vec![]).await?;
    raise_version(&tx, clock).await?;
    tx.commit().await
}

const DONE: TenantSql = TenantSql::new("UPDATE company_versions SET state = 0 WHERE company_id = :company");

/// Demands the rebuild and drops the lines that it makes needless. Only then is anything read: what is committed later
/// leaves lines of its own.
async fn begin(db: &TenantDb) -> Result<Option<Tz>, Error> {
    loop {
        let tx = db.begin(Mode::Write).await?;
        lock(&tx).await?;
        demand_rebuild(&tx).await?;
        let Some(zone) = zone_of(&tx).await? else {
            tx.commit().await?;
            return Ok(None);
        };
        let touched = log::Touched::take(&tx, zone).await?;
        log::delete(&tx, &touched.lines).await?;
        tx.commit().await?;
        if !touched.is_full() {
            return Ok(Some(zone));
        }
    }
}

async fn rebuild_days(
    db: &TenantDb,
    zone: Tz,
    clock: &Clock,
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<(), Error> {
    // What lies before the first day with rows, the undated included, is 0 to `swept`.
    let mut swept = recompute::UNDATED;
    let mut from = NaiveDate::MIN;
    loop {
        let tx = db.begin(Mode::Write).await?;
        lock(&tx).await?;
        let next = next_day(&tx, zone, from).await?;
        let mut found = match next {
            Some(first) => recompute::days(&tx, zone, first, last_of_step(first)).await?,
            None => recompute::Days::default(),
        };
        progress(found.summaries.values().map(|day| day.created.unsigned_abs()).sum());
        if swept == recompute::UNDATED {
            let undated = recompute::undated(&tx).await?;
            found.summaries.extend(undated.summaries);
            found.invalid.extend(undated.invalid);
        }
        let until = next.map_or(i64::from(i32::MAX), |first| day_number(last_of_step(first)));
        store::replace_days(&tx, swept, until, &found.summaries).await?;
        invalid::report(&tx, &found.invalid, clock.now_utc()).await?;
        tx.commit().await?;
        let Some(first) = next else { return Ok(()) };
        let Some(following) = last_of_step(first).succ_opt() else { return Ok(()) };
        from = following;
        swept = day_number(following);
    }
}

fn last_of_step(first: NaiveDate) -> NaiveDate {
    first.checked_add_days(Days::new(DAYS_PER_STEP - 1)).unwrap_or(NaiveDate::MAX)
}

/// The first local day from `from` on that has any dated row, found by one index look-up a column.
pub(super) async fn next_day(tx: &TenantTx, zone: Tz, from: NaiveDate) -> Result<Option<NaiveDate>, Error> {
    let earliest = NaiveDate::from_ymd_opt(1, 1, 1).unwrap_or(NaiveDate::MIN);
    // A day and a half before: no zone is further from UTC.
    let since = from.max(earliest).and_time(NaiveTime::MIN) - chrono::TimeDelta::hours(36);
    let mut next: Option<NaiveDate> = None;
    for sql in &FIRST_SINCE {
        let mut since = since;
        // The look-up starts early, so what it finds may still lie before `from`.
        while let Some(found) = first_since(tx, sql, since).await? {
            let day = local_day(zone, found);
            if day >= from {
                next = Some(next.map_or(day, |next| next.min(day)));
                break;
            }
            since = found + chrono::TimeDelta::seconds(1);
        }
    }
    Ok(next)
}

async fn first_since(
    tx: &TenantTx,
    sql: &TenantSql,
    since: chrono::NaiveDateTime,
) -> Result<Option<chrono::NaiveDateTime>, Error> {
    tx.rows(sql, vec![Arg::from(since)]).await?.first().map_or(Ok(None), |row| row.opt_instant(0))
}

const FIRST_SINCE: [TenantSql; 5] = [
    TenantSql::new(
        "SELECT starts_at FROM appointments WHERE company_id = :company AND starts_at >= ? ORDER BY starts_at LIMIT 1",
    ),
    TenantSql::new(
        "SELECT created_at FROM appointments WHERE company_id = :company AND created_at >= ? ORDER BY created_at LIMIT 1",
    ),
    TenantSql::new(
        "SELECT created_at FROM appointment_modification_stats WHERE company_id = :company AND created_at >= ? \
         ORDER BY created_at LIMIT 1",
    ),
    TenantSql::new(
        "SELECT created_at FROM appointment_modifications WHERE company_id = :company AND created_at >= ? \
         ORDER BY created_at LIMIT 1",
    ),
    TenantSql::new(
        "SELECT created_at FROM notification_queues WHERE company_id = :company AND created_at >= ? \
         ORDER BY created_at LIMIT 1",
    ),
];

const CUSTOMER_IDS: TenantSql =
    TenantSql::new("SELECT id FROM customers WHERE company_id = :company AND id > ? ORDER BY id LIMIT 2000");
const STORED_CUSTOMER_IDS: TenantSql = TenantSql::new(
    "SELECT customer_id FROM customer_summaries WHERE company_id = :company AND customer_id > ? AND customer_id <= ?",
);

async fn rebuild_customers(db: &TenantDb) -> Result<(), Error> {
    let mut after = i64::MIN;
    loop {
        let tx = db.begin(Mode::Write).await?;
        lock(&tx).await?;
        let (touched, until) = customers_of_step(&tx, after).await?;
        let customers = people::customers(&tx, &touched).await?;
        store::store_customers(&tx, &touched, customers).await?;
        tx.commit().await?;
        if until == i64::MAX {
            return Ok(());
        }
        after = until;
    }
}

/// The company's next customers, with those that only a stored summary still names; and the last id of the step.
pub(super) async fn customers_of_step(tx: &TenantTx, after: i64) -> Result<(Vec<i64>, i64), Error> {
    let rows = tx.rows(&CUSTOMER_IDS, vec![after.into()]).await?;
    let mut ids = rows.iter().map(|row| row.int(0)).collect::<Result<std::collections::BTreeSet<_>, _>>()?;
    let full = i64::try_from(ids.len()).unwrap_or(i64::MAX) >= CUSTOMERS_PER_STEP;
    let until = if full { ids.last().copied().unwrap_or(i64::MAX) } else { i64::MAX };
    let stored = tx.rows(&STORED_CUSTOMER_IDS, vec![after.into(), until.into()]).await?;
    for row in &stored {
        ids.insert(row.int(0)?);
    }
    Ok((ids.into_iter().collect(), until))
}
