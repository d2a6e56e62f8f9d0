//! Members of staff.

use super::Kind::{Email, Ref};
use super::screen::policies_of;
use super::{ACTIVE, CREATED, NAME, PLAIN, Resource, SIMPLE, Screen, Search, UPDATED, column, related, shown};
use crate::analytics::polymorphic::Configurable;
use crate::events::Thing;
use crate::tokens::Area;

pub(crate) static STAFF: Resource = Resource {
    area: Area::Staff,
    table: "staff",
    thing: Thing::Staff,
    one: "StaffMember",
    columns: &[
        column("branch_id", Ref("branches")).nullable().filtered(),
        NAME,
        column("email", Email).nullable(),
        ACTIVE,
        CREATED,
        UPDATED,
    ],
    sorts: &["name", "created_at"],
    in_use: &[("appointments", "staff_id")],
    configured: Some(Configurable::Staff),
    ..PLAIN
};

/// In the panel.
pub(crate) static SCREEN: Screen = Screen {
    name: "staff",
    resource: &STAFF,
    icon: "identification",
    columns: &[
        shown("name").by("name"),
        shown("branch_id"),
        shown("email"),
        shown("is_active"),
        shown("created_at").by("created_at").aside(),
        shown("updated_at").aside(),
    ],
    filters: &["is_active", "branch_id"],
    search: Search::Columns(&["name", "email"]),
    related: &[related("appointments", "staff_id"), policies_of("staff")],
    ..SIMPLE
};
