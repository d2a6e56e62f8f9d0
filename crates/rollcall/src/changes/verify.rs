//! Does what is stored say what the raw rows say? Everything is recomputed and compared; nothing is changed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::rebuild::{customers_of_step, next_day};
use super::{READ_VERSION, log, zone_of};
use crate::db::{Arg, Database, Error, Mode, TenantDb, TenantSql, TenantTx};
use crate::search::{self, Kind};
use crate::summaries::people::{self, CustomerSummary};
use crate::summaries::zone::day_number;
use crate::summaries::{CompanySummary, DaySummary, recompute, store};
use crate::tenant::TenantScope;

/// How often a company that is being written to is looked at again before its pending changes count as a difference.
const ATTEMPTS: usize = 20;
const DAYS_PER_STEP: u64 = 31;

/// Something stored that the raw rows do not say, or the other way round.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Difference {
    /// The company.
    pub company_id: i64,
    /// What differs: `day 20261122`, `customer 7`, `company`, `version`.
    pub what: String,
    /// As it is stored; none where it is missing.
    pub stored: Option<String>,
    /// As the raw rows say; none where they say that there is nothing.
    pub recomputed: Option<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nothing = || "nothing".to_owned();
        write!(
            f,
            "company {}, {}: stored {}, recomputed {}",
            self.company_id,
            self.what,
            self.stored.clone().unwrap_or_else(nothing),
            self.recomputed.clone().unwrap_or_else(nothing)
        )
    }
}

/// Recomputes everything of a company in one snapshot and answers each difference to what is stored. Changes that no
/// refresher has taken yet are settled first (`settle` is called between attempts).
///
/// # Errors
/// Where the database fails.
pub async fn verify(db: &Database, scope: &TenantScope, clock: &crate::clock::Clock) -> Result<Vec<Difference>, Error> {
    for _ in 0..ATTEMPTS {
        super::settle(db, scope, clock).await?;
        if let Some(found) = differences(&scope.db(db)).await? {
            return Ok(found);
        }
    }
    let what = "version".to_owned();
    let stored = Some("changes that keep coming in".to_owned());
    Ok(vec![Difference { company_id: scope.company_id(), what, stored, recomputed: None }])
}

/// Recomputes everything of a company in one snapshot and answers each difference to what is stored; nothing is written. None
/// where there are changes that are still to be settled.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn differences(db: &TenantDb) -> Result<Option<Vec<Difference>>, Error> {
    let tx = db.begin(Mode::Snapshot).await?;
    // The first read makes the snapshot.
    let Some(zone) = zone_of(&tx).await? else { return Ok(Some(leftovers(&tx).await?)) };
    if !log::Touched::take(&tx, zone).await?.lines.is_empty() {
        return Ok(None);
    }
    let mut differences = Vec::new();
    compare_state(&tx, &mut differences).await?;
    compare_days(&tx, zone, &mut differences).await?;
    compare_customers(&tx, &mut differences).await?;
    compare_company(&tx, true, &mut differences).await?;
    let mut found = Found { company_id: tx.company_id(), into: &mut differences };
    found.words(search::differences(&tx, Kind::Staff, None).await?);
    Ok(Some(differences))
}

struct Found<'a> {
    company_id: i64,
    into: &'a mut Vec<Difference>,
}

impl Found<'_> {
    fn compare<T: PartialEq + fmt::Debug>(&mut self, what: String, stored: Option<T>, recomputed: Option<T>) {
        if stored != recomputed {
            let (stored, recomputed) = (stored.map(|it| format!("{it:?}")), recomputed.map(|it| format!("{it:?}")));
            self.into.push(Difference { company_id: self.company_id, what, stored, recomputed });
        }
    }
}

impl Found<'_> {
    fn words(&mut self, differences: Vec<search::Differs>) {
        for it in differences {
            self.compare(it.what, it.stored, it.expected);
        }
    }
}

async fn compare_state(tx: &TenantTx, into: &mut Vec<Difference>) -> Result<(), Error> {
    let rows = tx.rows(&READ_VERSION, vec![]).await?;
    let state = rows.first().map(|row| row.int(1)).transpose()?;
    Found { company_id: tx.company_id(), into }.compare("version".to_owned(), state, Some(0));
    Ok(())
}

const STORED_DAYS: TenantSql = TenantSql::new(
    "SELECT day, failed, data, branches FROM day_summaries WHERE company_id = :company AND day >= ? AND day <= ? ORDER BY day",
);

type StoredDay = (i64, Result<DaySummary, String>);

async fn stored_days(tx: &TenantTx, first: i64, last: i64) -> Result<BTreeMap<i64, StoredDay>, Error> {
    let mut days = BTreeMap::new();
    tx.for_each(&STORED_DAYS, vec![first.into(), last.into()], |row| {
        let branches = row.opt_text(3)?;
        let summary = store::parse::<DaySummary>(&row.text(2)?)
            .and_then(|day| Ok(DaySummary { branches: store::parse_branches(branches.as_deref())?, ..day }))
            .map_err(|error| error.to_string());
        days.insert(row.int(0)?, (row.int(1)?, summary));
        Ok(())
    })
    .await?;
    Ok(days)
}

async fn compare_days(tx: &TenantTx, zone: Tz, into: &mut Vec<Difference>) -> Result<(), Error> {
    let (mut from, mut swept) = (NaiveDate::MIN, i64::MIN);
    let mut found = Found { company_id: tx.company_id(), into };
    loop {
        let next = next_day(tx, zone, from).await?;
        let last =
            next.map(|first| first.checked_add_days(chrono::Days::new(DAYS_PER_STEP - 1)).unwrap_or(NaiveDate::MAX));
        let mut summaries = match (next, last) {
            (Some(first), Some(last)) => recompute::days(tx, zone, first, last).await?.summaries,
            _ => recompute::Summaries::new(),
        };
        if from == NaiveDate::MIN {
            summaries.extend(recompute::undated(tx).await?.summaries);
        }
        let until = last.map_or(i64::MAX, day_number);
        let mut stored = stored_days(tx, swept, until).await?;
        let numbers: BTreeSet<i64> = stored.keys().chain(summaries.keys()).copied().collect();
        for number in numbers {
            let expected = summaries.remove(&number).map(|day| (day.deliveries().failed, Ok(day)));
            found.compare(format!("day {number}"), stored.remove(&number), expected);
        }
        let Some(following) = last.and_then(|last| last.succ_opt()) else { return Ok(()) };
        (from, swept) = (following, day_number(following));
    }
}

async fn compare_customers(tx: &TenantTx, into: &mut Vec<Difference>) -> Result<(), Error> {
    let mut found = Found { company_id: tx.company_id(), into };
    let mut after = i64::MIN;
    loop {
        let (ids, until) = customers_of_step(tx, after).await?;
        let mut expected = people::customers(tx, &ids).await?;
        let mut stored = stored_customers(tx, after, until).await?;
        for id in &ids {
            found.compare(format!("customer {id}"), stored.remove(id), expected.remove(id));
        }
        found.words(search::differences(tx, Kind::Customer, Some(&ids)).await?);
        if until == i64::MAX {
            return Ok(());
        }
        after = until;
    }
}

const STORED_CUSTOMERS: TenantSql = TenantSql::new(
    "SELECT customer_id, journey_status, violations, cancellations, appointments FROM customer_summaries \
     WHERE company_id = :company AND customer_id > ? AND customer_id <= ?",
);

async fn stored_customers(tx: &TenantTx, after: i64, until: i64) -> Result<BTreeMap<i64, CustomerSummary>, Error> {
    let rows = tx.rows(&STORED_CUSTOMERS, vec![Arg::from(after), Arg::from(until)]).await?;
    rows.iter()
        .map(|row| {
            let customer = CustomerSummary {
                journey_status: row.text(1)?,
                violations: row.int(2)?,
                cancellations: row.int(3)?,
                appointments: row.int(4)?,
            };
            Ok((row.int(0)?, customer))
        })
        .collect()
}

const STORED_COMPANY: TenantSql = TenantSql::new("SELECT data FROM company_summaries WHERE company_id = :company");

async fn compare_company(tx: &TenantTx, exists: bool, into: &mut Vec<Difference>) -> Result<(), Error> {
    let rows = tx.rows(&STORED_COMPANY, vec![]).await?;
    let stored = rows.first().map(|row| row.text(0)).transpose()?;
    let stored = stored.map(|data| store::parse::<CompanySummary>(&data).map_err(|error| error.to_string()));
    let expected = if exists { Some(Ok(people::company(tx).await?.0)) } else { None };
    Found { company_id: tx.company_id(), into }.compare("company".to_owned(), stored, expected);
    Ok(())
}

/// What is stored for a company that does not exist.
async fn leftovers(tx: &TenantTx) -> Result<Vec<Difference>, Error> {
    let mut differences = Vec::new();
    let mut found = Found { company_id: tx.company_id(), into: &mut differences };
    for (number, day) in stored_days(tx, i64::MIN, i64::MAX).await? {
        found.compare(format!("day {number}"), Some(day), None);
    }
    for (id, customer) in stored_customers(tx, i64::MIN, i64::MAX).await? {
        found.compare(format!("customer {id}"), Some(customer), None);
    }
    for kind in Kind::ALL {
        let words = search::differences(tx, kind, None).await?;
        Found { company_id: tx.company_id(), into: &mut differences }.words(words);
    }
    compare_company(tx, false, &mut differences).await?;
    Ok(differences)
}
