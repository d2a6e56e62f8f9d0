//! What the widgets' tests share: a small company on a Sunday, and figures as JSON.

use chrono::{Days, NaiveDate};
use chrono_tz::Europe::Berlin;
use serde_json::Value as Json;

use super::{Choices, Spec};
use crate::analytics::currency::Currency;
use crate::summaries::day::{Deliveries, Modifications, Outcomes};
use crate::summaries::snapshot::{LatestFailure, LatestViolation, Snapshot, TopCustomer};
use crate::summaries::{CompanySummary, DaySummary};

/// Sunday, 22 November 2026.
pub(super) fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 22).unwrap()
}

pub(crate) fn empty() -> Snapshot {
    Snapshot::empty(today(), Berlin)
}

/// A snapshot of these days alone, by how many days ago they are.
pub(crate) fn with_days(days: impl IntoIterator<Item = (u64, DaySummary)>) -> Snapshot {
    let mut snapshot = empty();
    snapshot.days = days.into_iter().map(|(ago, day)| (today() - Days::new(ago), day)).collect();
    snapshot
}

pub(crate) fn violations(of: &[(&str, i64)]) -> DaySummary {
    DaySummary { violations: of.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect(), ..DaySummary::default() }
}

/// `[total, sent, failed, timed, seconds]` by channel.
pub(super) fn channels(of: &[(&str, [i64; 5])]) -> DaySummary {
    let channels = of.iter().map(|(name, figures)| ((*name).to_owned(), Deliveries::from(*figures))).collect();
    DaySummary { channels, ..DaySummary::default() }
}

/// What the widget shows, as its JSON.
#[track_caller]
pub(super) fn shown(spec: &Spec, snapshot: &Snapshot, chosen: &[(&str, &'static str)]) -> Json {
    let given = |name: &str| chosen.iter().find(|(filter, _)| *filter == name).map(|(_, value)| *value);
    let choices = Choices::of(spec, given).unwrap();
    serde_json::to_value((spec.render)(snapshot, &choices).unwrap()).unwrap()
}

/// One stat of the widget, as its JSON.
#[track_caller]
pub(super) fn stat(spec: &Spec, snapshot: &Snapshot, key: &str) -> Json {
    let panel = shown(spec, snapshot, &[]);
    let stats = panel["stats"].as_array().unwrap();
    stats.iter().find(|stat| stat["key"] == key).unwrap_or_else(|| panic!("no stat {key}")).clone()
}

/// The value of one stat.
#[track_caller]
pub(super) fn figure(spec: &Spec, snapshot: &Snapshot, key: &str) -> Json {
    stat(spec, snapshot, key)["value"].clone()
}

/// The data of one series of a chart.
#[track_caller]
pub(super) fn series(panel: &Json, key: &str) -> Json {
    let datasets = panel["datasets"].as_array().unwrap();
    datasets.iter().find(|dataset| dataset["key"] == key).unwrap_or_else(|| panic!("no series {key}"))["data"].clone()
}

/// A company in which everything happens, on each of 200 days and with unknown names among the known.
pub(super) fn busy() -> Snapshot {
    let day = |ago: u64| {
        let n = i64::try_from(ago).unwrap() + 1;
        let mut day = violations(&[("no_show", n), ("payment", 2), ("refund", 1)]);
        day.channels = channels(&[("email", [n + 3, n, 3, n, 9 * n]), ("fax", [1, 0, 1, 0, 0])]).channels;
        day.created = 10 * n;
        day.appointments = Outcomes::from([9 * n, 5 * n, n]);
        day.hours = (6..22).map(|hour| (hour, n)).collect();
        day.staff = [(1, Outcomes::from([4, 3, 1])), (7, Outcomes::from([5, 5, 0]))].into();
        (day.cancellations, day.reschedules) = (n, 2);
        day.cancel_modifications = Modifications { total: 4, within: 3, fees: "12.50".parse().unwrap() };
        day.reschedule_modifications = Modifications { total: 2, within: 2, fees: "0".parse().unwrap() };
        day.errors = (0..14).map(|class| (format!("class {class:02} of day {}", ago % 3), n)).collect();
        day.errors.extend([("unknown".to_owned(), 500), ("other".to_owned(), 1)]);
        day
    };
    let mut snapshot = with_days((0..200).map(|ago| (ago, day(ago))));
    let counts = |of: &[&str]| of.iter().zip(1..).map(|(key, n)| ((*key).to_owned(), n)).collect();
    snapshot.company = CompanySummary {
        active_policies: 3,
        policies: 4,
        policy_types: ["cancellation", "no_show", "refund"].map(str::to_owned).into(),
        notification_configurations: 6,
        enabled_notification_configurations: 5,
        staff: [(1, "Anna".to_owned()), (2, "Bert".to_owned())].into(),
        staff_branches: [(1, 5)].into(),
        branches: [(5, "Mitte".to_owned())].into(),
        staff_capacity: 40,
        currency: Currency::EUR,
        journey: counts(&["lead", "prospect", "customer", "regular", "vip", "at_risk", "churned", "frozen"]),
    };
    snapshot.failed_notifications = 10;
    snapshot.top_customers = (1..=20).map(customer).collect();
    snapshot.latest_violations = Ok((1..=10).map(violation).collect());
    snapshot.latest_failures = Ok((1..=10).map(failure).collect());
    snapshot
}

fn customer(id: i64) -> TopCustomer {
    TopCustomer {
        id,
        email: (id != 3).then(|| format!("c{id}@example.org")),
        journey_status: "vip".to_owned(),
        violations: 21 - id,
        cancellations: id % 4,
        appointments: 30,
    }
}

pub(super) fn violation(n: i64) -> LatestViolation {
    LatestViolation {
        customer_id: (n != 2).then_some(n),
        customer: (n != 2).then(|| format!("Customer {n}")),
        policy_type: "no_show".to_owned(),
        count: n,
        period: Some((today() - Days::new(30), today())),
        at: today().and_hms_opt(9, 30, 0).unwrap(),
    }
}

pub(super) fn failure(id: i64) -> LatestFailure {
    LatestFailure {
        id,
        channel: "sms".to_owned(),
        recipient: format!("+49 170 000000{id}"),
        error: (id != 2).then(|| "<b>Unknown</b> subscriber".to_owned()),
        retries: 2,
        at: today().and_hms_opt(8, 5, 59).unwrap(),
    }
}
