//! Branches.

use super::Kind::Text;
use super::screen::policies_of;
use super::{ACTIVE, CREATED, NAME, PLAIN, Resource, SIMPLE, Screen, Search, UPDATED, column, related, shown};
use crate::analytics::polymorphic::Configurable;

pub(crate) static BRANCHES: Resource = Resource {
    columns: &[NAME, column("city", Text(255)).nullable().filtered(), ACTIVE, CREATED, UPDATED],
    sorts: &["name", "created_at"],
    in_use: &[("appointments", "branch_id"), ("staff", "branch_id")],
    configured: Some(Configurable::Branch),
    ..PLAIN
};

/// In the panel.
pub(crate) static SCREEN: Screen = Screen {
    name: "branches",
    resource: &BRANCHES,
    icon: "building-storefront",
    columns: &[
        shown("name").by("name"),
        shown("city"),
        shown("is_active"),
        shown("created_at").by("created_at").aside(),
        shown("updated_at").aside(),
    ],
    filters: &["is_active"],
    search: Search::Columns(&["name", "city"]),
    related: &[related("appointments", "branch_id"), related("staff", "branch_id"), policies_of("branch")],
    ..SIMPLE
};
