//! Appointments: what is done with one is done by [`booking`](crate::booking).

use super::Kind::{Instant, Money, OneOf, Ref};
use super::{Action, PLAIN, Resource, SIMPLE, Screen, Search, UPDATED, column, shown};
use crate::events::Thing;
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

const OPEN: Action = Action { name: "", icon: "", when: &["scheduled", "confirmed"], asks: true };

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
    filters: &["status", "starts_at", "customer_id", "staff_id"],
    search: Search::Customer { column: "customer_id", of: "" },
    sort: "-starts_at",
    actions: &[
        Action { name: "cancel", icon: "no-symbol", ..OPEN },
        Action { name: "reschedule", icon: "calendar-days", ..OPEN },
        Action { name: "complete", icon: "check", ..OPEN },
        Action { name: "no-show", icon: "user-minus", ..OPEN },
    ],
    ..SIMPLE
};
