//! Appointments: what is done with one is done by [`booking`](crate::booking).

use chrono::NaiveDateTime;
use rust_decimal::Decimal;
use serde_json::{Map, Value as Json};

use super::Kind::{Instant, Money, OneOf, Ref};
use super::{
    Action, Condition, PLAIN, Refusal, Resource, SIMPLE, Screen, Search, UPDATED, column, instant, related, shown,
};
use crate::booking::Status;
use crate::events::Thing;
use crate::notify::Occasion;
use crate::policy::Place;
use crate::tokens::Area;

pub(crate) const STATUS: &[&str] = &["scheduled", "confirmed", "completed", "cancelled", "no_show"];

pub(crate) static APPOINTMENTS: Resource = Resource {
    area: Area::Appointments,
    table: "appointments",
    thing: Thing::Appointment,
    one: "Appointment",
    columns: &[
        column("branch_id", Ref("branches")).nullable(),
        column("service_id", Ref("services")).nullable(),
        column("staff_id", Ref("staff")).nullable(),
        column("customer_id", Ref("customers")).once().filtered(),
        column("starts_at", Instant).once().filtered(),
        column("ends_at", Instant).once(),
        column("status", OneOf(STATUS)).never().filtered(),
        column("price", Money).nullable(),
        column("created_at", Instant).nullable().never().filtered(),
        UPDATED,
    ],
    soft: true,
    sorts: &["starts_at", "created_at"],
    made: None,
    ..PLAIN
};

/// Whether an appointment is still to come at `now`, and nobody cancelled it.
pub(crate) fn is_to_come(row: &Map<String, Json>, now: NaiveDateTime) -> bool {
    let text = |name: &str| row.get(name).and_then(Json::as_str).unwrap_or_default();
    let open = Status::parse(text("status")).is_some_and(Status::is_open);
    open && instant(text("starts_at")).is_ok_and(|starts_at| starts_at > now)
}

/// What a row of that resource is about that is to be deleted, where it is an appointment: what is left of its reminders
/// goes with it.
///
/// # Errors
/// Where it is still to come at `now`: it has to be cancelled first, which policies, fees and notices belong to.
pub(super) fn occasion(
    resource: &Resource,
    row: &Map<String, Json>,
    (company, now): (i64, NaiveDateTime),
) -> Result<Option<Occasion>, Refusal> {
    if resource.thing != Thing::Appointment {
        return Ok(None);
    }
    let id = |name: &str| row.get(name).and_then(Json::as_i64);
    let text = |name: &str| row.get(name).and_then(Json::as_str).unwrap_or_default();
    if is_to_come(row, now) {
        return Err(Refusal::Open);
    }
    Ok(Some(Occasion {
        appointment: id("id").ok_or(Refusal::Internal)?,
        customer: id("customer_id").ok_or(Refusal::Internal)?,
        place: Place { company, branch: id("branch_id"), service: id("service_id"), staff: id("staff_id") },
        // One that nobody can read is as old as can be: nothing is set by it, only withdrawn.
        starts_at: instant(text("starts_at")).unwrap_or_default(),
        moved_from: None,
        fee: Decimal::ZERO,
        violated: None,
    }))
}

const OPEN: Action = Action { when: &["scheduled", "confirmed"], asks: true, ..Action::NONE };
const OVER: Action = Action { since: Some("starts_at"), ..OPEN };
const ENDED: Action = Action { when: &["completed", "no_show"], ..OPEN };

/// In the panel.
pub(crate) static SCREEN: Screen = Screen {
    name: "appointments",
    resource: &APPOINTMENTS,
    icon: "calendar-days",
    columns: &[
        shown("starts_at").by("starts_at"),
        shown("customer_id"),
        shown("service_id"),
        shown("staff_id"),
        shown("branch_id").aside(),
        shown("status"),
        shown("price"),
        shown("ends_at").aside(),
        shown("created_at").by("created_at").aside(),
    ],
    filters: &["status", "starts_at", "branch_id", "staff_id", "service_id", "customer_id", "created_at"],
    aside: &["created_at"],
    conditions: &[Condition {
        offered: false,
        name: "by_staff",
        options: &[
            (
                "active",
                "EXISTS (SELECT 1 FROM staff s WHERE s.id = t.staff_id AND s.company_id = :company AND s.is_active)",
            ),
            (
                "active_of_branch",
                "EXISTS (SELECT 1 FROM staff s WHERE s.id = t.staff_id AND s.company_id = :company AND s.is_active \
                 AND s.branch_id = t.branch_id)",
            ),
        ],
    }],
    search: Search::Customer { column: "customer_id", of: "" },
    sort: "-starts_at",
    related: &[related("modifications", "appointment_id")],
    actions: &[
        Action { name: "cancel", icon: "no-symbol", ..OPEN },
        Action { name: "reschedule", icon: "calendar-days", ..OPEN },
        Action { name: "complete", icon: "check", ..OVER },
        Action { name: "no-show", icon: "user-minus", ..OVER },
        Action { name: "reopen", icon: "arrow-uturn-left", ..ENDED },
    ],
    ..SIMPLE
};
