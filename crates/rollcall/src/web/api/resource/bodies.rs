//! Bodies that are no resource's rows, by the same columns: what makes an appointment, cancels it, gives it another time.

use crate::resource::Kind::{Flag, Instant, Money, OneOf, Ref, Text};
use crate::resource::{Column, PLAIN, Resource, STATUS, column};

/// What makes an appointment.
pub(crate) static BOOKING: Resource = Resource {
    one: "NewAppointment",
    columns: &[
        column("customer_id", Ref("customers")),
        column("branch_id", Ref("branches")).nullable(),
        column("service_id", Ref("services")).nullable(),
        column("staff_id", Ref("staff")).nullable(),
        column("starts_at", Instant),
        column("ends_at", Instant).nullable(),
        column("status", OneOf(STATUS)).or("\"scheduled\""),
        column("price", Money).nullable(),
    ],
    ..PLAIN
};

const REASON: Column = column("reason", Text(2_000)).nullable();
const FORCE: Column = column("force", Flag).or("false");
const BY_CUSTOMER: Column = column("by_customer", Flag).or("false");
const BY_STAFF: Column = column("by_staff_id", Ref("staff")).nullable();

/// What cancels one.
pub(crate) static CANCELLATION: Resource =
    Resource { one: "Cancellation", columns: &[REASON, FORCE, BY_CUSTOMER, BY_STAFF], ..PLAIN };

/// What gives one another time.
pub(crate) static RESCHEDULING: Resource = Resource {
    one: "Rescheduling",
    columns: &[
        column("starts_at", Instant),
        column("ends_at", Instant).nullable(),
        REASON,
        FORCE,
        BY_CUSTOMER,
        BY_STAFF,
    ],
    ..PLAIN
};
