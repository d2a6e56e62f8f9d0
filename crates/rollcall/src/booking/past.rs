//! What was done with appointments, as the policy engine would have been asked at that moment.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDateTime, TimeDelta};
use serde_json::Value;

use super::rules::MONTH;
use crate::db::{Arg, Dialect, Error, Row, TenantSql, TenantTx};
use crate::policy::{Facts, Past, Place, PolicyType};

/// So many are looked at, the newest.
pub const MOST: usize = 2_000;
/// So many ids are looked up by one statement.
const CHUNK: usize = 500;

/// What was done in a time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PastChanges {
    /// The newest [`MOST`], the oldest first.
    pub past: Vec<Past>,
    /// Whether there were more.
    pub more: bool,
    /// Of how many nobody wrote down when the appointment was to start: its present start stands in.
    pub guessed: usize,
}

/// What a policy of that type is about and was done from `since` on and before `until`: cancellations, reschedules,
/// appointments that were missed; nothing of any other type. Of an appointment that was moved to another branch, service or
/// member of staff since, the present one counts.
///
/// # Errors
/// Where the database fails.
pub async fn past(
    tx: &TenantTx,
    policy_type: PolicyType,
    (since, until): (NaiveDateTime, NaiveDateTime),
) -> Result<PastChanges, Error> {
    let (text, kind) = match policy_type {
        PolicyType::Cancellation => (modifications(tx.dialect()), "cancel"),
        PolicyType::Reschedule => (modifications(tx.dialect()), "reschedule"),
        PolicyType::NoShow => (missed(), "no_show"),
        PolicyType::LateArrival | PolicyType::Payment | PolicyType::Recurring => return Ok(PastChanges::default()),
    };
    let sql = TenantSql::composed(text)?;
    let mut rows = tx.rows(&sql, vec![kind.into(), since.into(), until.into()]).await?;
    let more = rows.len() > MOST;
    rows.truncate(MOST);
    let mut changes = PastChanges { more, ..PastChanges::default() };
    for row in rows.iter().rev() {
        if let Some((past, guessed)) = read(row, tx.company_id(), kind)? {
            changes.past.push(past);
            changes.guessed += usize::from(guessed);
        }
    }
    match policy_type {
        PolicyType::Cancellation => count_cancellations(tx, &mut changes.past, since).await?,
        PolicyType::Reschedule => count_reschedules(tx, &mut changes.past).await?,
        _ => {}
    }
    Ok(changes)
}

const OF_APPOINTMENT: &str = "a.branch_id, a.service_id, a.staff_id, a.starts_at, a.price, a.price IS NULL, s.price, \
     s.price IS NULL, c.name";
const BESIDE: &str = "LEFT JOIN services s ON s.id = a.service_id AND s.company_id = :company \
     LEFT JOIN customers c ON c.id = a.customer_id AND c.company_id = :company";

fn modifications(dialect: Dialect) -> String {
    let metadata = dialect.text("m.metadata");
    format!(
        "SELECT m.id, a.id, a.customer_id, m.modification_type, m.created_at, {metadata}, {OF_APPOINTMENT} \
         FROM appointment_modifications m JOIN appointments a ON a.id = m.appointment_id AND a.company_id = :company {BESIDE} \
         WHERE m.company_id = :company AND m.modification_type = ? AND m.created_at >= ? AND m.created_at < ? \
         AND a.deleted_at IS NULL ORDER BY m.created_at DESC, m.id DESC LIMIT {}",
        MOST + 1
    )
}

fn missed() -> String {
    format!(
        "SELECT a.id, a.id, a.customer_id, a.status, a.starts_at, NULL, {OF_APPOINTMENT} FROM appointments a {BESIDE} \
         WHERE a.company_id = :company AND a.status = ? AND a.starts_at >= ? AND a.starts_at < ? \
         AND a.deleted_at IS NULL ORDER BY a.starts_at DESC, a.id DESC LIMIT {}",
        MOST + 1
    )
}

/// Something that was done, and whether its start is a guess; none for what is not of that kind to the letter, or at no
/// instant.
fn read(row: &Row, company: i64, kind: &str) -> Result<Option<(Past, bool)>, Error> {
    let (Some(at), Some(present)) = (row.opt_instant(4)?, row.opt_instant(9)?) else { return Ok(None) };
    if row.text(3)? != kind {
        return Ok(None);
    }
    let written = if kind == "reschedule" { row.opt_text(5)?.as_deref().and_then(old_start) } else { Some(present) };
    let price = match (row.flag(11)?, row.flag(13)?) {
        (false, _) => Some(row.money(10)?),
        (true, false) => Some(row.money(12)?),
        (true, true) => None,
    };
    let place = Place { company, branch: row.opt_int(6)?, service: row.opt_int(7)?, staff: row.opt_int(8)? };
    let facts = Facts { starts_at: written.unwrap_or(present), price, changes_so_far: 0 };
    let past = Past {
        id: row.int(0)?,
        appointment_id: row.int(1)?,
        customer_id: row.int(2)?,
        customer: row.opt_text(14)?.unwrap_or_default(),
        place,
        at,
        facts,
    };
    Ok(Some((past, written.is_none())))
}

/// When an appointment was to start before it was moved, as Rollcall writes it down.
fn old_start(metadata: &str) -> Option<NaiveDateTime> {
    let metadata: Value = serde_json::from_str(metadata).ok()?;
    let start = DateTime::parse_from_rfc3339(metadata.get("old_starts_at")?.as_str()?).ok()?;
    Some(start.naive_utc())
}

/// What each customer had cancelled in the thirty days before each of their cancellations.
async fn count_cancellations(tx: &TenantTx, past: &mut [Past], since: NaiveDateTime) -> Result<(), Error> {
    let customers: BTreeSet<_> = past.iter().map(|it| it.customer_id).collect();
    let mut stats: BTreeMap<i64, Vec<(NaiveDateTime, u64)>> = BTreeMap::new();
    for ids in chunks(customers) {
        let sql = TenantSql::composed(format!(
            "SELECT customer_id, count, created_at FROM appointment_modification_stats WHERE company_id = :company \
             AND customer_id IN ({}) AND stat_type = 'cancellation' AND created_at > ?",
            marks(&ids)
        ))?;
        let args = ids.into_iter().map(Arg::from).chain([(since - TimeDelta::days(MONTH)).into()]).collect();
        for row in tx.rows(&sql, args).await? {
            if let Some(at) = row.opt_instant(2)? {
                let count = u64::try_from(row.small(1)?).unwrap_or(0);
                stats.entry(row.int(0)?).or_default().push((at, count));
            }
        }
    }
    // Of several at the same moment the later row was asked after the earlier one was counted.
    let mut same: BTreeMap<(i64, NaiveDateTime), u64> = BTreeMap::new();
    for it in past {
        let before = stats.get(&it.customer_id).into_iter().flatten();
        let before = before.filter(|(at, _)| *at > it.at - TimeDelta::days(MONTH) && *at < it.at);
        let earlier = same.entry((it.customer_id, it.at)).or_default();
        it.facts.changes_so_far = before.map(|(_, count)| count).sum::<u64>() + *earlier;
        *earlier += 1;
    }
    Ok(())
}

/// How often each appointment had been moved before.
async fn count_reschedules(tx: &TenantTx, past: &mut [Past]) -> Result<(), Error> {
    let appointments: BTreeSet<_> = past.iter().map(|it| it.appointment_id).collect();
    let mut moves: BTreeMap<i64, Vec<(Option<NaiveDateTime>, i64)>> = BTreeMap::new();
    for ids in chunks(appointments) {
        let sql = TenantSql::composed(format!(
            "SELECT appointment_id, created_at, id FROM appointment_modifications WHERE company_id = :company \
             AND appointment_id IN ({}) AND modification_type = 'reschedule'",
            marks(&ids)
        ))?;
        for row in tx.rows(&sql, ids.into_iter().map(Arg::from).collect()).await? {
            moves.entry(row.int(0)?).or_default().push((row.opt_instant(1)?, row.int(2)?));
        }
    }
    for it in past {
        let earlier = moves.get(&it.appointment_id).into_iter().flatten().filter(|at| **at < (Some(it.at), it.id));
        it.facts.changes_so_far = earlier.count() as u64;
    }
    Ok(())
}

fn chunks(ids: BTreeSet<i64>) -> Vec<Vec<i64>> {
    let ids: Vec<_> = ids.into_iter().collect();
    ids.chunks(CHUNK).map(<[i64]>::to_vec).collect()
}

fn marks(ids: &[i64]) -> String {
    vec!["?"; ids.len()].join(", ")
}
