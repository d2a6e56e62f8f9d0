//! What a page's widgets are computed from: the company's summaries, read by one statement.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate, NaiveDateTime};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::day::DaySummary;
use crate::analytics::currency::Currency;

/// Everything that the widgets of a page may look at, for one company at one instant.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Today, in the company's zone.
    pub today: NaiveDate,
    /// The company's zone.
    pub zone: Tz,
    /// The company's present state.
    pub company: CompanySummary,
    /// The days asked for that have anything in them.
    pub days: BTreeMap<NaiveDate, DaySummary>,
    /// All failed notifications with a valid recipient, whenever they were created.
    pub failed_notifications: i64,
    /// Failed notifications that somebody set aside.
    pub set_aside: i64,
    /// The customers with most violations, at most 20, in `domain.md`'s order (violations, then lower id).
    pub top_customers: Vec<TopCustomer>,
    /// The newest violations, at most 10; an error where their own query failed.
    pub latest_violations: Result<Vec<LatestViolation>, Unavailable>,
    /// The newest failed notifications, at most 10; an error where their own query failed.
    pub latest_failures: Result<Vec<LatestFailure>, Unavailable>,
}

/// Part of the data could not be read. What went wrong is in the log; users see that and a request id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the figures could not be read")]
pub struct Unavailable;

impl Snapshot {
    /// An empty company's snapshot, for tests and templates.
    #[must_use]
    pub fn empty(today: NaiveDate, zone: Tz) -> Self {
        Self {
            today,
            zone,
            company: CompanySummary::default(),
            days: BTreeMap::new(),
            failed_notifications: 0,
            set_aside: 0,
            top_customers: Vec::new(),
            latest_violations: Ok(Vec::new()),
            latest_failures: Ok(Vec::new()),
        }
    }

    /// The days of `window(days)`: today and the days before it, oldest first.
    pub fn window(&self, days: u32) -> impl Iterator<Item = NaiveDate> + use<> {
        window_ending(self.today, days)
    }

    /// The days of the window before `window(days)`: as many, ending the day before it starts.
    pub fn window_before(&self, days: u32) -> impl Iterator<Item = NaiveDate> + use<> {
        let end = self.today.checked_sub_days(Days::new(u64::from(days))).unwrap_or(NaiveDate::MIN);
        window_ending(end, days)
    }

    /// The same with no other days than those of `window(days)`: for a widget that looks at no others, and adds to it.
    #[must_use]
    pub fn within(&self, days: u32) -> Self {
        let kept = self.window(days).filter_map(|day| Some((day, self.days.get(&day)?.clone()))).collect();
        Self {
            days: kept,
            company: self.company.clone(),
            top_customers: self.top_customers.clone(),
            latest_violations: self.latest_violations.clone(),
            latest_failures: self.latest_failures.clone(),
            ..*self
        }
    }

    /// The same of one branch alone: its days, and the staff who belong to it.
    #[must_use]
    pub fn of_branch(mut self, id: i64) -> Self {
        let CompanySummary { staff, staff_branches, .. } = &mut self.company;
        staff.retain(|member, _| staff_branches.get(member) == Some(&id));
        for day in self.days.values_mut() {
            *day = day.branches.remove(&id).unwrap_or_default();
        }
        self
    }

    /// The summary of `day`; none where nothing happened.
    #[must_use]
    pub fn day(&self, day: NaiveDate) -> Option<&DaySummary> {
        self.days.get(&day)
    }

    /// The sum over `days`.
    pub fn sum(&self, days: impl Iterator<Item = NaiveDate>) -> DaySummary {
        days.filter_map(|day| self.days.get(&day)).fold(DaySummary::default(), |mut sum, day| {
            sum += day;
            sum
        })
    }
}

fn window_ending(last: NaiveDate, days: u32) -> impl Iterator<Item = NaiveDate> {
    let first = last.checked_sub_days(Days::new(u64::from(days.saturating_sub(1)))).unwrap_or(NaiveDate::MIN);
    first.iter_days().take(days as usize)
}

/// A company's present state: what is not a sum over days.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CompanySummary {
    /// Valid, active policies.
    pub active_policies: i64,
    /// All valid policies, active or not: the badge of the navigation.
    pub policies: i64,
    /// The types of all valid policies.
    pub policy_types: BTreeSet<String>,
    /// All valid notification configurations.
    pub notification_configurations: i64,
    /// Those of them that are enabled.
    pub enabled_notification_configurations: i64,
    /// Active staff: id and name.
    pub staff: BTreeMap<i64, String>,
    /// The branch of those of them that have one.
    pub staff_branches: BTreeMap<i64, i64>,
    /// Branches: id and name.
    pub branches: BTreeMap<i64, String>,
    /// Appointments that one member of staff can take in window(30).
    pub staff_capacity: i64,
    /// What the company counts its money in.
    #[serde(default)]
    pub currency: Currency,
    /// Customers by journey status.
    pub journey: BTreeMap<String, i64>,
}

/// A customer and what they did, over all time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopCustomer {
    /// The customer's id.
    pub id: i64,
    /// Their address, where they have one.
    pub email: Option<String>,
    /// Where they stand.
    pub journey_status: String,
    /// Sum of `violation` stats.
    pub violations: i64,
    /// Sum of `cancellation` stats.
    pub cancellations: i64,
    /// Appointments that are not deleted.
    pub appointments: i64,
}

/// One of the newest violations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LatestViolation {
    /// The customer's id; none where the row names nobody of this company.
    pub customer_id: Option<i64>,
    /// The customer's name; none where the row names nobody of this company.
    pub customer: Option<String>,
    /// One of the known policy types, or `other`.
    pub policy_type: String,
    /// How many the row counts.
    pub count: i64,
    /// First and last day of the period it counts; none where one of them cannot be read.
    pub period: Option<(NaiveDate, NaiveDate)>,
    /// When it was recorded.
    pub at: NaiveDateTime,
}

/// One of the newest failed notifications.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LatestFailure {
    /// The notification's id, for the retry action.
    pub id: i64,
    /// How it was to be sent.
    pub channel: String,
    /// To whom.
    pub recipient: String,
    /// What the provider said.
    pub error: Option<String>,
    /// How often it was tried again.
    pub retries: i64,
    /// When it was created.
    pub at: NaiveDateTime,
}
