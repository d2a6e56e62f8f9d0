//! The change log: what the triggers of `db::migrate::triggers` wrote, and which summaries it touches.

use std::collections::BTreeSet;

use chrono_tz::Tz;
use tiercache::seeded;

use crate::db::{Dialect, Error, TenantSql, TenantTx, instant_of};
use crate::search::Kind;
use crate::summaries::people::listed;
use crate::summaries::recompute::UNDATED;
use crate::summaries::zone::{day_number, local_day};
use crate::versions::{Topic, Topics};

/// At most so many lines are settled in one transaction.
pub(super) const BATCH: usize = 20_000;

const TAKE: TenantSql =
    TenantSql::new("SELECT id, scope, subject FROM change_log WHERE company_id = :company ORDER BY id LIMIT 20000");

/// What a batch of lines touches.
#[derive(Debug, Default)]
pub(super) struct Touched {
    /// The lines that were taken: exactly these are deleted.
    pub(super) lines: Vec<i64>,
    /// Days by number, [`UNDATED`] among them.
    pub(super) days: BTreeSet<i64>,
    /// Customers whose own summary changes.
    pub(super) customers: BTreeSet<i64>,
    /// Customers and staff whose names may be others: who is found by which words.
    pub(super) named: BTreeSet<(Kind, i64)>,
    /// Ids of customers, staff or users that came or went: notifications to them become valid or invalid.
    pub(super) recipients: BTreeSet<i64>,
    /// The company's present state.
    pub(super) company: bool,
    /// The company itself: its zone may be another, it may be new or gone.
    pub(super) everything: bool,
    /// What changed, in the terms of what shows it.
    pub(super) topics: Topics,
}

impl Touched {
    /// Reads the oldest lines of a company.
    ///
    /// # Errors
    /// Where the database fails.
    pub(super) async fn take(tx: &TenantTx, zone: Tz) -> Result<Self, Error> {
        let mut touched = Self::default();
        tx.for_each(&TAKE, vec![], |row| {
            touched.lines.push(row.int(0)?);
            touched.add(zone, &row.text(1)?, &row.text(2)?);
            Ok(())
        })
        .await?;
        Ok(touched)
    }

    /// Whether there may be more lines than were taken.
    pub(super) fn is_full(&self) -> bool {
        self.lines.len() >= BATCH
    }

    fn add(&mut self, zone: Tz, scope: &str, subject: &str) {
        let mut marks = subject.chars();
        let moved = marks.next() != Some('=');
        let mut parts = marks.as_str().split('|');
        self.topics.extend(topics(scope, moved).iter().copied());
        match scope {
            "appointment" => {
                self.add_day(zone, parts.next());
                self.add_day(zone, parts.next());
                self.add_customer(parts.next());
            }
            "stat" => {
                self.add_day(zone, parts.next());
                self.add_customer(parts.next());
            }
            "modification" | "notification" => self.add_day(zone, parts.next()),
            "customer" => {
                let id = parts.next();
                self.add_customer(id);
                self.add_recipient(moved, id);
                self.add_named(Kind::Customer, id);
                self.company = true;
            }
            "staff" => {
                let id = parts.next();
                self.add_recipient(moved, id);
                self.add_named(Kind::Staff, id);
                self.company = true;
            }
            "user" => {
                self.add_recipient(moved, parts.next());
                self.company = true;
            }
            "company" if moved => self.everything = true,
            _ => self.company = true,
        }
    }

    fn add_day(&mut self, zone: Tz, instant: Option<&str>) {
        let Some(text) = instant else { return };
        let instant = instant_of(text);
        self.days.insert(instant.map_or(UNDATED, |instant| day_number(local_day(zone, instant))));
    }

    fn add_customer(&mut self, id: Option<&str>) {
        self.customers.extend(id.and_then(|id| id.parse::<i64>().ok()));
    }

    fn add_named(&mut self, kind: Kind, id: Option<&str>) {
        self.named.extend(id.and_then(|id| id.parse().ok()).map(|id| (kind, id)));
    }

    fn add_recipient(&mut self, moved: bool, id: Option<&str>) {
        if moved {
            self.recipients.extend(id.and_then(|id| id.parse::<i64>().ok()));
        }
    }
}

/// What a line is about. A row that comes or goes makes valid or invalid what hangs on it, and whoever it was to be sent to.
fn topics(scope: &str, moved: bool) -> &'static [Topic] {
    use Topic::{
        Appointments, Customers, Modifications, NotificationConfigurations, Notifications, Policies, Settings, Staff,
        Stats, Users,
    };
    match (scope, moved) {
        ("appointment", _) => &[Appointments],
        ("stat", _) => &[Stats],
        ("modification", _) => &[Modifications],
        ("notification", _) if seeded::on("topic-forgotten") => &[],
        ("notification", _) => &[Notifications],
        ("policy", _) => &[Policies],
        ("notify_config", _) => &[NotificationConfigurations],
        ("customer", false) => &[Customers],
        ("customer", true) => &[Customers, Notifications],
        ("staff", false) => &[Staff],
        ("staff", true) => &[Staff, Notifications, Policies, NotificationConfigurations],
        ("user", false) => &[Users],
        ("user", true) => &[Users, Notifications],
        // Nothing shows what a service is called; a branch's name stands in the top bar, as the company's does.
        ("service", false) => &[],
        ("branch", false) => &[Users],
        ("branch", true) => &[Policies, NotificationConfigurations, Users],
        ("service", true) => &[Policies, NotificationConfigurations],
        ("settings", _) => &[Settings],
        ("company", false) => &[Settings, Users],
        _ => &Topic::ALL,
    }
}

/// Deletes exactly these lines, by primary key alone: a scan would wait for writers that have not committed theirs.
///
/// # Errors
/// Where the database fails.
pub(super) async fn delete(tx: &TenantTx, lines: &[i64]) -> Result<(), Error> {
    // MySQL takes a small table's scan for cheaper, and locks what it passes; `+ 0` keeps the others off the company's index.
    let (from, company) = match tx.dialect() {
        Dialect::MySql => ("l FROM change_log AS l FORCE INDEX (PRIMARY)", "l.company_id"),
        Dialect::Sqlite | Dialect::Postgres => ("FROM change_log AS l", "l.company_id + 0"),
    };
    for lines in lines.chunks(1_000) {
        let (sql, args) = listed(&format!("DELETE {from} WHERE {company} = :company AND l.id"), lines)?;
        tx.execute(&sql, args).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touched(lines: &[(&str, &str)]) -> Touched {
        let mut touched = Touched::default();
        for (scope, subject) in lines {
            touched.add(Tz::Europe__Berlin, scope, subject);
        }
        touched
    }

    #[test]
    fn an_appointment_touches_two_local_days_and_a_customer() {
        let it = touched(&[("appointment", "+2026-11-22 23:30:00|2026-11-20 10:00:00|7")]);
        assert_eq!(it.days, BTreeSet::from([20_261_120, 20_261_123]), "half past eleven in UTC is tomorrow in Berlin");
        assert_eq!(it.customers, BTreeSet::from([7]));
        assert!(!it.company && !it.everything && it.recipients.is_empty());
    }

    #[test]
    fn a_row_without_a_date_touches_the_undated() {
        assert_eq!(touched(&[("notification", "+")]).days, BTreeSet::from([UNDATED]));
    }

    #[test]
    fn only_a_coming_or_going_touches_notifications() {
        assert!(touched(&[("customer", "=7")]).recipients.is_empty());
        assert_eq!(touched(&[("customer", "-7"), ("user", "+8")]).recipients, BTreeSet::from([7, 8]));
    }

    #[test]
    fn a_name_may_be_another_whatever_happens_to_its_row() {
        let named = touched(&[("customer", "=7"), ("staff", "-8"), ("user", "+9"), ("appointment", "+||7")]).named;
        assert_eq!(named, BTreeSet::from([(Kind::Customer, 7), (Kind::Staff, 8)]));
    }

    #[test]
    fn a_service_that_goes_touches_what_hangs_on_it_and_a_renamed_one_nothing() {
        assert_eq!(touched(&[("service", "=")]).topics, Topics::default());
        assert_eq!(touched(&[("branch", "=")]).topics, Topics::from(&[Topic::Users][..]), "it has a name to choose");
        let gone = touched(&[("service", "-")]).topics;
        assert_eq!(gone, Topics::from(&[Topic::Policies, Topic::NotificationConfigurations][..]));
    }

    #[test]
    fn a_scope_that_nobody_knows_touches_everything() {
        assert_eq!(touched(&[("brandnew", "+")]).topics, Topics::ALL);
    }

    #[test]
    fn a_company_is_rebuilt_for_its_zone_alone() {
        assert!(!touched(&[("company", "=Europe/Berlin")]).everything);
        assert!(touched(&[("company", "-Europe/Berlin"), ("company", "+Asia/Tokyo")]).everything);
    }
}
