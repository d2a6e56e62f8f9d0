//! Customers.

use super::Kind::{Email, OneOf, Text};
use super::{CREATED, NAME, PLAIN, Related, Resource, SIMPLE, Screen, Search, UPDATED, column, related, shown};
use crate::events::Thing;
use crate::tokens::Area;

const JOURNEY: &[&str] = &["lead", "prospect", "customer", "regular", "vip", "at_risk", "churned"];

pub(crate) static CUSTOMERS: Resource = Resource {
    area: Area::Customers,
    table: "customers",
    thing: Thing::Customer,
    one: "Customer",
    columns: &[
        NAME,
        column("email", Email).nullable(),
        column("phone", Text(64)).nullable(),
        column("journey_status", OneOf(JOURNEY)).or("\"lead\"").filtered(),
        CREATED,
        UPDATED,
    ],
    sorts: &["name", "created_at"],
    in_use: &[("appointments", "customer_id")],
    ..PLAIN
};

/// In the panel.
pub(crate) static SCREEN: Screen = Screen {
    name: "customers",
    resource: &CUSTOMERS,
    icon: "users",
    columns: &[
        shown("name").by("name"),
        shown("email"),
        shown("phone"),
        shown("journey_status"),
        shown("created_at").by("created_at"),
        shown("updated_at").aside(),
    ],
    filters: &["journey_status"],
    search: Search::Columns(&["name", "email", "phone"]),
    sort: "-created_at",
    related: &[
        related("appointments", "customer_id"),
        related("violations", "customer_id"),
        related("modifications", "customer_id"),
        Related { and: Some(("notifiable_type", "customer")), ..related("notifications", "notifiable_id") },
    ],
    ..SIMPLE
};
