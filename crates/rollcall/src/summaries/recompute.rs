//! From raw rows to summaries: days, customers, a company's present state.
//!
//! Every query reads one company by an index; rows are taken one at a time, so that a day with a million rows needs no
//! more memory than one with ten.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use chrono_tz::Tz;

use super::day::{DaySummary, Deliveries, Modifications, Outcomes};
use super::invalid::{Invalid, Target};
use super::zone::{day_number, local_day, local_hour, span};
use crate::analytics::notification::error_class;
use crate::analytics::policy::known_policy_type;
use crate::db::{Arg, Dialect, Error, Row, TenantSql, TenantTx};

/// The number under which rows without a date are summed up.
pub(crate) const UNDATED: i64 = 0;

/// At most so many error classes a day; rarer ones are summed up as [`OTHER_ERRORS`].
const ERROR_CLASSES: usize = 100;
/// The class of errors that are too many to tell apart.
const OTHER_ERRORS: &str = "other";

/// Summaries of days by their number; days on which nothing happened are not in it.
pub(crate) type Summaries = BTreeMap<i64, DaySummary>;

/// What a recomputation found.
#[derive(Debug, Default)]
pub(crate) struct Days {
    pub(crate) summaries: Summaries,
    pub(crate) invalid: Vec<Invalid>,
}

struct Run {
    zone: Tz,
    first: NaiveDate,
    last: NaiveDate,
    days: Days,
}

impl Run {
    /// The summary of an instant's local day; none outside the run.
    fn at(&mut self, instant: Option<NaiveDateTime>) -> Option<&mut DaySummary> {
        let day = local_day(self.zone, instant?);
        self.on(day)
    }

    fn on(&mut self, day: NaiveDate) -> Option<&mut DaySummary> {
        (self.first <= day && day <= self.last).then(|| self.days.summaries.entry(day_number(day)).or_default())
    }
}

/// Recomputes the local days `first` to `last`.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn days(tx: &TenantTx, zone: Tz, first: NaiveDate, last: NaiveDate) -> Result<Days, Error> {
    let (from, until) = span(zone, first, last);
    let bounds = || vec![Arg::from(from), end_of_range(tx.dialect(), until)];
    let mut run = Run { zone, first, last, days: Days::default() };
    tx.for_each(&STARTS, bounds(), |row| count_start(&mut run, row)).await?;
    tx.for_each(&CREATED, bounds(), |row| {
        if let Some(day) = run.at(row.opt_instant(0)?) {
            day.created += 1;
            if let Some(branch) = row.opt_int(1)? {
                day.branches.entry(branch).or_default().created += 1;
            }
        }
        Ok(())
    })
    .await?;
    tx.for_each(&stats(tx)?, bounds(), |row| count_stat(&mut run, row)).await?;
    tx.for_each(&MODIFICATIONS, bounds(), |row| count_modification(&mut run, row)).await?;
    tx.for_each(&NOTIFICATIONS, bounds(), |row| {
        let Some(created_at) = row.opt_instant(1)? else { return Ok(()) };
        let day = local_day(run.zone, created_at);
        if run.first <= day && day <= run.last {
            count_notification(&mut run.days, day_number(day), row)
        } else {
            Ok(())
        }
    })
    .await?;
    finish(&mut run.days);
    Ok(run.days)
}

/// The bound below which the rows of a span lie. SQLite compares text: `2026-11-22T10:00:00` stands behind all of that
/// day's instants written with a blank, so its span goes on to the day's end.
fn end_of_range(dialect: Dialect, until: NaiveDateTime) -> Arg {
    match dialect {
        Dialect::Sqlite => format!("{}U", (until - TimeDelta::seconds(1)).date()).into(),
        Dialect::MySql | Dialect::Postgres => until.into(),
    }
}

/// Recomputes what has no date: notifications that nobody dated still count in the badge.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn undated(tx: &TenantTx) -> Result<Days, Error> {
    let mut days = Days::default();
    tx.for_each(&UNDATED_NOTIFICATIONS, vec![], |row| count_notification(&mut days, UNDATED, row)).await?;
    finish(&mut days);
    Ok(days)
}

/// Leaves out empty days and rare error classes.
fn finish(days: &mut Days) {
    days.summaries.retain(|_, day| *day != DaySummary::default());
    for day in days.summaries.values_mut() {
        fold_rare_errors(&mut day.errors);
    }
}

fn fold_rare_errors(errors: &mut BTreeMap<String, i64>) {
    if errors.len() <= ERROR_CLASSES {
        return;
    }
    let mut by_count: Vec<_> = std::mem::take(errors).into_iter().collect();
    by_count.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let rare: i64 = by_count.split_off(ERROR_CLASSES).into_iter().map(|(_, count)| count).sum();
    errors.extend(by_count);
    *errors.entry(OTHER_ERRORS.to_owned()).or_default() += rare;
}

const STARTS: TenantSql = TenantSql::new(
    "SELECT starts_at, staff_id, status, branch_id FROM appointments \
     WHERE company_id = :company AND starts_at >= ? AND starts_at < ? AND deleted_at IS NULL",
);
const CREATED: TenantSql = TenantSql::new(
    "SELECT created_at, branch_id FROM appointments \
     WHERE company_id = :company AND created_at >= ? AND created_at < ? AND deleted_at IS NULL",
);
const MODIFICATIONS: TenantSql = TenantSql::new(
    "SELECT created_at, modification_type, within_policy, fee_charged FROM appointment_modifications \
     WHERE company_id = :company AND created_at >= ? AND created_at < ?",
);
const NOTIFICATIONS: TenantSql = TenantSql::new(
    "SELECT n.id, n.created_at, n.channel, n.status, n.sent_at, \
     CASE WHEN n.status = 'failed' THEN n.error_message END, n.notifiable_type, n.notifiable_id, \
     EXISTS (SELECT 1 FROM customers c WHERE c.id = n.notifiable_id AND c.company_id = :company), \
     EXISTS (SELECT 1 FROM staff s WHERE s.id = n.notifiable_id AND s.company_id = :company), \
     EXISTS (SELECT 1 FROM users u WHERE u.id = n.notifiable_id AND u.company_id = :company) \
     FROM notification_queues n WHERE n.company_id = :company AND n.created_at >= ? AND n.created_at < ?",
);
const UNDATED_NOTIFICATIONS: TenantSql = TenantSql::new(
    "SELECT n.id, n.created_at, n.channel, n.status, n.sent_at, \
     CASE WHEN n.status = 'failed' THEN n.error_message END, n.notifiable_type, n.notifiable_id, \
     EXISTS (SELECT 1 FROM customers c WHERE c.id = n.notifiable_id AND c.company_id = :company), \
     EXISTS (SELECT 1 FROM staff s WHERE s.id = n.notifiable_id AND s.company_id = :company), \
     EXISTS (SELECT 1 FROM users u WHERE u.id = n.notifiable_id AND u.company_id = :company) \
     FROM notification_queues n WHERE n.company_id = :company AND n.created_at IS NULL",
);

fn stats(tx: &TenantTx) -> Result<TenantSql, Error> {
    let metadata = tx.dialect().text("metadata");
    let text = format!(
        "SELECT created_at, stat_type, count, CASE WHEN stat_type = 'violation' THEN {metadata} END \
         FROM appointment_modification_stats \
         WHERE company_id = :company AND created_at >= ? AND created_at < ?"
    );
    Ok(TenantSql::composed(text)?)
}

fn count_start(run: &mut Run, row: &Row) -> Result<(), Error> {
    let Some(starts_at) = row.opt_instant(0)? else { return Ok(()) };
    let (day, hour) = local_hour(run.zone, starts_at);
    let Some(summary) = run.on(day) else { return Ok(()) };
    let status = row.text(2)?;
    let is = |word: &str| i64::from(status == word);
    let outcome = Outcomes { total: 1, completed: is("completed"), cancelled: is("cancelled"), missed: is("no_show") };
    let staff = row.opt_int(1)?;
    add_start(summary, hour, staff, &outcome);
    if let Some(branch) = row.opt_int(3)? {
        *summary.places.entry(branch).or_default() += &outcome;
        add_start(summary.branches.entry(branch).or_default(), hour, staff, &outcome);
    }
    Ok(())
}

fn add_start(to: &mut DaySummary, hour: u8, staff: Option<i64>, outcome: &Outcomes) {
    to.appointments += outcome;
    *to.hours.entry(hour).or_default() += 1;
    if let Some(staff) = staff {
        *to.staff.entry(staff).or_default() += outcome;
    }
}

fn count_stat(run: &mut Run, row: &Row) -> Result<(), Error> {
    let Some(day) = run.at(row.opt_instant(0)?) else { return Ok(()) };
    let count = row.small(2)?;
    match row.text(1)?.as_str() {
        "violation" => {
            let kind = policy_type_of(row.opt_text(3)?.as_deref());
            *day.violations.entry(kind.to_owned()).or_default() += count;
        }
        "cancellation" => day.cancellations += count,
        "reschedule" => day.reschedules += count,
        _ => {}
    }
    Ok(())
}

/// The policy type that a violation's metadata names; `other` where it names none that is known.
pub(crate) fn policy_type_of(metadata: Option<&str>) -> &'static str {
    let metadata = metadata.and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok());
    known_policy_type(metadata.as_ref().and_then(|value| value.get("policy_type")).and_then(|kind| kind.as_str()))
}

fn count_modification(run: &mut Run, row: &Row) -> Result<(), Error> {
    let Some(day) = run.at(row.opt_instant(0)?) else { return Ok(()) };
    let sums = match row.text(1)?.as_str() {
        "cancel" => &mut day.cancel_modifications,
        "reschedule" => &mut day.reschedule_modifications,
        _ => return Ok(()),
    };
    *sums += &Modifications { total: 1, within: i64::from(row.flag(2)?), fees: row.money(3)? };
    Ok(())
}

fn count_notification(days: &mut Days, day: i64, row: &Row) -> Result<(), Error> {
    let (kind, id) = (row.opt_text(6)?, row.opt_int(7)?);
    let found = [row.flag(8)?, row.flag(9)?, row.flag(10)?];
    if let Err(reason) = super::invalid::check_notifiable(kind.as_deref(), found) {
        days.invalid.push(Invalid { table: Target::Notification, row: row.int(0)?, reason, kind, target: id });
        return Ok(());
    }
    let status = row.text(3)?;
    let sent = matches!(status.as_str(), "sent" | "delivered");
    let failed = status == "failed";
    let took = match (sent, row.opt_instant(1)?, row.opt_instant(4)?) {
        (true, Some(created), Some(sent)) => Some((sent - created).num_seconds()),
        _ => None,
    };
    let summary = days.summaries.entry(day).or_default();
    *summary.channels.entry(row.text(2)?).or_default() += &Deliveries {
        total: 1,
        sent: i64::from(sent),
        failed: i64::from(failed),
        timed: i64::from(took.is_some()),
        seconds: took.unwrap_or(0),
    };
    if failed {
        let class = error_class(row.opt_text(5)?.as_deref().unwrap_or_default());
        *summary.errors.entry(class).or_default() += 1;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_violation_without_a_known_type_is_other() {
        assert_eq!(policy_type_of(Some(r#"{"policy_id": 7, "policy_type": "no_show"}"#)), "no_show");
        for broken in
            [None, Some("{"), Some("[]"), Some(r#"{"policy_type": 3}"#), Some(r#"{"policy_type": "No_Show"}"#)]
        {
            assert_eq!(policy_type_of(broken), "other", "{broken:?}");
        }
    }

    #[test]
    fn only_so_many_error_classes_are_told_apart_and_none_is_lost() {
        let mut errors: BTreeMap<_, _> = (0..150).map(|n| (format!("class {n:03}"), n)).collect();
        let total: i64 = errors.values().sum();
        fold_rare_errors(&mut errors);
        assert_eq!(errors.len(), ERROR_CLASSES + 1);
        assert_eq!(errors.values().sum::<i64>(), total);
        assert!(errors.contains_key("class 149") && !errors.contains_key("class 000"));
    }
}
