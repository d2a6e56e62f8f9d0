//! Starting over: all summaries of a company from its raw rows.
//!
//! In steps of a month or some thousand customers, a transaction each, so that nobody waits for long. The version row
//! says that a rebuild is due until the last step, so that one that was killed is done again by whoever settles next.
//!
//! What is due has a number, and whoever drops lines of the log demands it anew: the end of an older rebuild, which may
//! have passed the rows of those lines before they were written, then no longer counts as its end. Several nodes may be
//! at the same one; the first to finish spares the others the rest.

use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use chrono_tz::Tz;

use super::{NO_REBUILD, demand_rebuild, lock, log, raise_version, zone_of};
use crate::clock::Clock;
use crate::db::{Arg, Database, Dialect, Error, Mode, TenantDb, TenantSql, TenantTx, instant_of};
use crate::search::{self, Kind};
use crate::summaries::zone::{day_number, local_day, span};
use crate::summaries::{invalid, people, recompute, store};
use crate::tenant::TenantScope;
use crate::versions::{Topics, Versions};

/// Days recomputed in one transaction.
const DAYS_PER_STEP: u64 = 31;
/// Customers recomputed in one transaction.
const CUSTOMERS_PER_STEP: i64 = 2_000;

/// Recomputes all summaries of a company, and settles what is written meanwhile. `progress` is told of each step's
/// appointments (those created in it).
///
/// # Errors
/// Where the database fails; the next [`settle`](super::settle) then starts over.
pub async fn rebuild(
    db: &Database,
    scope: &TenantScope,
    clock: &Clock,
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<(), Error> {
    let tenant = scope.db(db);
    while drop_lines(&tenant).await? {}
    run(&tenant, clock, progress).await?;
    super::settle(db, scope, clock).await.map(|_| ())
}

/// Drops a batch of the lines that a rebuild makes needless; answers whether there may be more.
async fn drop_lines(db: &TenantDb) -> Result<bool, Error> {
    let tx = db.begin(Mode::Write).await?;
    let version = lock(&tx).await?;
    let touched = log::Touched::take(&tx, Tz::UTC).await?;
    log::delete(&tx, &touched.lines).await?;
    demand_rebuild(&tx, &version).await?;
    tx.commit().await?;
    Ok(touched.is_full())
}

/// Does the rebuild that is due, or demands one. Returns early where another has finished it, or where it became
/// another one: who settles looks again.
pub(super) async fn run(db: &TenantDb, clock: &Clock, progress: &mut (dyn FnMut(u64) + Send)) -> Result<(), Error> {
    let Some(due) = Due::begin(db).await? else { return Ok(()) };
    if due.days(db, clock, progress).await? && due.customers(db).await? {
        due.finish(db, clock).await?;
    }
    Ok(())
}

/// The rebuild at work.
struct Due {
    /// Its number, as the version row has it.
    number: i64,
    /// The zone whose days it makes.
    zone: Tz,
}

impl Due {
    /// Only after this is anything read: what is committed later leaves lines of its own.
    async fn begin(db: &TenantDb) -> Result<Option<Self>, Error> {
        let tx = db.begin(Mode::Write).await?;
        let version = lock(&tx).await?;
        let zone = zone_of(&tx).await?;
        let number = if version.rebuild == 0 { demand_rebuild(&tx, &version).await? } else { version.rebuild };
        tx.commit().await?;
        Ok(zone.map(|zone| Self { number, zone }))
    }

    /// A transaction under the company's lock; none where this rebuild is no longer what is due.
    async fn step(&self, db: &TenantDb) -> Result<Option<(TenantTx, Versions)>, Error> {
        let tx = db.begin(Mode::Write).await?;
        let version = lock(&tx).await?;
        let goes_on = version.rebuild == self.number && zone_of(&tx).await? == Some(self.zone);
        Ok(goes_on.then_some((tx, version.versions)))
    }

    async fn finish(&self, db: &TenantDb, clock: &Clock) -> Result<(), Error> {
        let Some((tx, versions)) = self.step(db).await? else { return Ok(()) };
        let (company, invalid) = people::company(&tx).await?;
        store::store_company(&tx, &company).await?;
        invalid::report(&tx, &invalid, clock.now_utc()).await?;
        search::refresh_staff(&tx).await?;
        tx.execute(&NO_REBUILD, vec![]).await?;
        raise_version(&tx, versions, Topics::ALL, clock).await?;
        tx.commit().await
    }

    /// Answers whether it came to the end.
    async fn days(&self, db: &TenantDb, clock: &Clock, progress: &mut (dyn FnMut(u64) + Send)) -> Result<bool, Error> {
        // What lies before the first day with rows, the undated included, goes with the first step.
        let (mut from, mut swept) = (NaiveDate::MIN, i64::MIN);
        loop {
            let Some((tx, _)) = self.step(db).await? else { return Ok(false) };
            let next = next_day(&tx, self.zone, from).await?;
            let mut found = match next {
                Some(first) => recompute::days(&tx, self.zone, first, last_of_step(first)).await?,
                None => recompute::Days::default(),
            };
            progress(found.summaries.values().map(|day| day.created.unsigned_abs()).sum());
            if from == NaiveDate::MIN {
                let undated = recompute::undated(&tx).await?;
                found.summaries.extend(undated.summaries);
                found.invalid.extend(undated.invalid);
            }
            let until = next.map_or(i64::MAX, |first| day_number(last_of_step(first)));
            store::replace_days(&tx, swept, until, &found.summaries).await?;
            invalid::report(&tx, &found.invalid, clock.now_utc()).await?;
            tx.commit().await?;
            let Some(following) = next.and_then(|first| last_of_step(first).succ_opt()) else { return Ok(true) };
            (from, swept) = (following, day_number(following));
        }
    }

    /// Answers whether it came to the end.
    async fn customers(&self, db: &TenantDb) -> Result<bool, Error> {
        let mut after = i64::MIN;
        loop {
            let Some((tx, _)) = self.step(db).await? else { return Ok(false) };
            let (touched, until) = customers_of_step(&tx, after).await?;
            let customers = people::customers(&tx, &touched).await?;
            store::store_customers(&tx, &touched, customers).await?;
            search::refresh(&tx, Kind::Customer, &touched).await?;
            tx.commit().await?;
            if until == i64::MAX {
                return Ok(true);
            }
            after = until;
        }
    }
}

fn last_of_step(first: NaiveDate) -> NaiveDate {
    first.checked_add_days(Days::new(DAYS_PER_STEP - 1)).unwrap_or(NaiveDate::MAX)
}

/// The first local day from `from` on that has any dated row, found by one index look-up a column.
pub(super) async fn next_day(tx: &TenantTx, zone: Tz, from: NaiveDate) -> Result<Option<NaiveDate>, Error> {
    let day = from.max(NaiveDate::from_ymd_opt(1, 1, 1).unwrap_or(NaiveDate::MIN));
    let (since, _) = span(zone, day, day);
    let mut next: Option<NaiveDate> = None;
    for (table, column) in DATED {
        let sql = first_since(tx.dialect(), table, column)?;
        let mut since = Bound::at(tx.dialect(), since);
        // In odd zones the look-up starts a little early, so what it finds may still lie before `from`.
        while let Some((found, after)) = since.first(tx, &sql).await? {
            match found.filter(|found| local_day(zone, *found) >= from) {
                Some(found) => {
                    let day = first_day_beside(tx.dialect(), zone, found).max(from);
                    next = Some(next.map_or(day, |next| next.min(day)));
                    break;
                }
                None => since = after,
            }
        }
    }
    Ok(next)
}

/// The first local day that a row may be on of which `found` is the first in the column's order. SQLite orders text:
/// `2026-11-22T01:00:00` stands behind `2026-11-22 09:00:00`, so all of that UTC day may come before.
fn first_day_beside(dialect: Dialect, zone: Tz, found: NaiveDateTime) -> NaiveDate {
    match dialect {
        Dialect::Sqlite => local_day(zone, found.date().and_time(NaiveTime::MIN)),
        Dialect::MySql | Dialect::Postgres => local_day(zone, found),
    }
}

/// Where a look-up starts. SQLite's columns hold text, and not all of it is an instant: there the bound is text too, and
/// grows with every look-up.
enum Bound {
    Instant(NaiveDateTime),
    Text(String),
}

impl Bound {
    fn at(dialect: Dialect, instant: NaiveDateTime) -> Self {
        match dialect {
            Dialect::Sqlite => Self::Text(instant.format("%Y-%m-%d %H:%M:%S").to_string()),
            Dialect::MySql | Dialect::Postgres => Self::Instant(instant),
        }
    }

    /// The first value from here on, none within for text that is no instant; and the bound behind it.
    async fn first(&self, tx: &TenantTx, sql: &TenantSql) -> Result<Option<(Option<NaiveDateTime>, Self)>, Error> {
        let arg = match self {
            Self::Instant(since) => Arg::from(*since),
            Self::Text(since) => Arg::from(since.as_str()),
        };
        let rows = tx.rows(sql, vec![arg]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        Ok(match self {
            // What is behind the last instant that there is comes last: nothing follows it.
            Self::Instant(_) => {
                row.opt_instant(0)?.map(|found| (Some(found), Self::Instant(found + TimeDelta::microseconds(1))))
            }
            // A BLOB stands behind all text, but need not read as if it did.
            Self::Text(since) => row
                .opt_text(0)?
                .filter(|found| found >= since)
                .map(|found| (instant_of(&found), Self::Text(format!("{found}\u{1}")))),
        })
    }
}

/// The columns that put a row on a day.
const DATED: [(&str, &str); 5] = [
    ("appointments", "starts_at"),
    ("appointments", "created_at"),
    ("appointment_modification_stats", "created_at"),
    ("appointment_modifications", "created_at"),
    ("notification_queues", "created_at"),
];

/// The first value of a column from a bound on. MySQL may hold `2026-00-10`, which stands between instants and is none.
fn first_since(dialect: Dialect, table: &str, column: &str) -> Result<TenantSql, Error> {
    let instant = dialect.pick("", &format!("AND {column} + INTERVAL 0 SECOND IS NOT NULL "), "").to_owned();
    let text = format!(
        "SELECT {column} FROM {table} WHERE company_id = :company AND {column} >= ? {instant}ORDER BY {column} LIMIT 1"
    );
    Ok(TenantSql::composed(text)?)
}

const CUSTOMER_IDS: TenantSql =
    TenantSql::new("SELECT id FROM customers WHERE company_id = :company AND id > ? ORDER BY id LIMIT 2000");
const STORED_CUSTOMER_IDS: TenantSql = TenantSql::new(
    "SELECT customer_id FROM customer_summaries WHERE company_id = :company AND customer_id > ? AND customer_id <= ?",
);

/// The company's next customers, with those that only a stored summary or a word still names; and the last id of the step.
pub(super) async fn customers_of_step(tx: &TenantTx, after: i64) -> Result<(Vec<i64>, i64), Error> {
    let rows = tx.rows(&CUSTOMER_IDS, vec![after.into()]).await?;
    let mut ids = rows.iter().map(|row| row.int(0)).collect::<Result<std::collections::BTreeSet<_>, _>>()?;
    let full = i64::try_from(ids.len()).unwrap_or(i64::MAX) >= CUSTOMERS_PER_STEP;
    let until = if full { ids.last().copied().unwrap_or(i64::MAX) } else { i64::MAX };
    let stored = tx.rows(&STORED_CUSTOMER_IDS, vec![after.into(), until.into()]).await?;
    for row in &stored {
        ids.insert(row.int(0)?);
    }
    ids.append(&mut search::subjects_between(tx, Kind::Customer, after, until).await?);
    Ok((ids.into_iter().collect(), until))
}
