//! Summaries by day: the figures that every widget adds up.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{RawQuery, State};
use chrono::{Days, NaiveDate};
use serde::Serialize;
use utoipa::ToSchema;

use super::caller::At;
use super::problem::{Fault, Problem};
use super::query::Parameters;
use super::resource::integer;
use crate::app::App;
use crate::summaries::day::{Deliveries, Modifications, Outcomes};
use crate::summaries::zone::local_day;
use crate::summaries::{self, DaySummary};
use crate::tokens::{Access, Area};

/// The most days of an answer, and as many as there are where nobody says.
const MOST: u64 = 366;
const USUAL: u64 = 30;

/// Days of a company, oldest first; a day on which nothing happened is left out.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DayList {
    data: Vec<Day>,
}

/// A day of a company, in its own time zone.
#[derive(Debug, Serialize, ToSchema)]
struct Day {
    /// The day.
    #[schema(value_type = String, format = Date)]
    day: NaiveDate,
    /// Appointments that were made on it.
    created: i64,
    /// Appointments that start on it.
    appointments: OutcomeCounts,
    /// The same by the local hour in which they start.
    hours: BTreeMap<String, i64>,
    /// The same by the id of the staff.
    staff: BTreeMap<String, OutcomeCounts>,
    /// Violations by policy type.
    violations: BTreeMap<String, i64>,
    /// Cancellations that were counted.
    cancellations: i64,
    /// Reschedules that were counted.
    reschedules: i64,
    /// Cancellations that were carried out.
    cancel_modifications: ModificationCounts,
    /// Reschedules that were carried out.
    reschedule_modifications: ModificationCounts,
    /// Notifications that were made, by channel.
    channels: BTreeMap<String, DeliveryCounts>,
    /// Failed notifications by class of error.
    errors: BTreeMap<String, i64>,
}

/// How appointments ended.
#[derive(Debug, Serialize, ToSchema)]
struct OutcomeCounts {
    /// All of them.
    total: i64,
    /// Those that took place.
    completed: i64,
    /// Those that were cancelled.
    cancelled: i64,
}

/// Modifications, and what they cost.
#[derive(Debug, Serialize, ToSchema)]
struct ModificationCounts {
    /// All of them.
    total: i64,
    /// Those within policy.
    within_policy: i64,
    /// The fees charged, in the company's currency.
    fees: String,
}

/// What became of notifications.
#[derive(Debug, Serialize, ToSchema)]
struct DeliveryCounts {
    /// All of them.
    total: i64,
    /// Those that were sent.
    sent: i64,
    /// Those that failed.
    failed: i64,
}

/// Read summaries by day
#[utoipa::path(get, path = "/api/v1/summaries/days", tag = "summaries", operation_id = "summaries_by_day",
    params(
        ("until" = Option<String>, Query, description = "The last day, YYYY-MM-DD; today where it is left out.",
            format = Date),
        ("days" = Option<i64>, Query, description = "How many days end with it.", minimum = 1, maximum = 366),
    ),
    responses((status = 200, description = "As asked.", body = DayList)))]
pub(super) async fn days(State(app): State<App>, at: At, RawQuery(query): RawQuery) -> Result<Json<DayList>, Problem> {
    at.caller.allow(Area::Summaries, Access::Read)?;
    let mut parameters = Parameters::of(query.as_deref())?;
    let mut faults = Vec::new();
    let today = local_day(at.company.zone, app.clock.now_utc());
    let until = parameters.take("until").map_or(Some(today), |text| text.parse::<NaiveDate>().ok());
    if until.is_none() {
        faults.push(Fault::parameter("until", "must be a day such as 2026-11-22"));
    }
    let days = parameters.take("days").map_or(Some(USUAL), |text| integer(&text)?.try_into().ok());
    let days = days.filter(|days| (1..=MOST).contains(days));
    if days.is_none() {
        faults.push(Fault::parameter("days", format!("must be a whole number from 1 to {MOST}")));
    }
    parameters.end(faults)?;
    let (until, days) = (until.unwrap_or(today), days.unwrap_or(USUAL));
    let first = until.checked_sub_days(Days::new(days - 1)).unwrap_or(NaiveDate::MIN);
    let found = summaries::days(&at.scope().db(&app.db), first, until).await?;
    Ok(Json(DayList { data: found.into_iter().map(|(day, summary)| Day::of(day, &summary)).collect() }))
}

impl Day {
    fn of(day: NaiveDate, it: &DaySummary) -> Self {
        Self {
            day,
            created: it.created,
            appointments: (&it.appointments).into(),
            hours: it.hours.iter().map(|(hour, count)| (hour.to_string(), *count)).collect(),
            staff: it.staff.iter().map(|(id, outcomes)| (id.to_string(), outcomes.into())).collect(),
            violations: it.violations.clone(),
            cancellations: it.cancellations,
            reschedules: it.reschedules,
            cancel_modifications: (&it.cancel_modifications).into(),
            reschedule_modifications: (&it.reschedule_modifications).into(),
            channels: it.channels.iter().map(|(channel, counts)| (channel.clone(), counts.into())).collect(),
            errors: it.errors.clone(),
        }
    }
}

impl From<&Outcomes> for OutcomeCounts {
    fn from(it: &Outcomes) -> Self {
        Self { total: it.total, completed: it.completed, cancelled: it.cancelled }
    }
}

impl From<&Modifications> for ModificationCounts {
    fn from(it: &Modifications) -> Self {
        Self { total: it.total, within_policy: it.within, fees: format!("{:.2}", it.fees) }
    }
}

impl From<&Deliveries> for DeliveryCounts {
    fn from(it: &Deliveries) -> Self {
        Self { total: it.total, sent: it.sent, failed: it.failed }
    }
}
