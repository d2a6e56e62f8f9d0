//! Services.

use super::Kind::{Int, Money};
use super::screen::policies_of;
use super::{ACTIVE, CREATED, NAME, PLAIN, Resource, SIMPLE, Screen, Search, UPDATED, column, related, shown};
use crate::analytics::polymorphic::Configurable;
use crate::events::Thing;
use crate::tokens::Area;

pub(crate) static SERVICES: Resource = Resource {
    area: Area::Services,
    table: "services",
    thing: Thing::Service,
    one: "Service",
    columns: &[
        NAME,
        column("duration_minutes", Int(1, 10_080)).or("30"),
        column("price", Money).or("\"0.00\""),
        ACTIVE,
        CREATED,
        UPDATED,
    ],
    sorts: &["name", "created_at"],
    in_use: &[("appointments", "service_id")],
    configured: Some(Configurable::Service),
    ..PLAIN
};

/// In the panel.
pub(crate) static SCREEN: Screen = Screen {
    name: "services",
    resource: &SERVICES,
    icon: "tag",
    columns: &[
        shown("name").by("name"),
        shown("duration_minutes"),
        shown("price"),
        shown("is_active"),
        shown("created_at").by("created_at").aside(),
        shown("updated_at").aside(),
    ],
    filters: &["is_active"],
    search: Search::Columns(&["name"]),
    related: &[related("appointments", "service_id"), policies_of("service")],
    ..SIMPLE
};
