//! Users of the panel: their passwords are nobody's to read, so there is no column of them.

use super::Kind::{Email, OneOf};
use super::{CREATED, NAME, PLAIN, Resource, SIMPLE, Screen, Search, UPDATED, column, shown};
use crate::events::Thing;
use crate::tenant::Role;

pub(crate) static USERS: Resource = Resource {
    table: "users",
    thing: Thing::User,
    one: "User",
    columns: &[
        NAME,
        column("email", Email),
        column("role", OneOf(&["admin", "manager", "viewer"])).filtered(),
        CREATED,
        UPDATED,
    ],
    sorts: &["name", "created_at"],
    made: None,
    changes: false,
    deletes: false,
    ..PLAIN
};

/// In the panel.
pub(crate) static SCREEN: Screen = Screen {
    name: "users",
    resource: &USERS,
    icon: "key",
    sees: Role::Admin,
    writes: Role::Admin,
    columns: &[
        shown("name").by("name"),
        shown("email"),
        shown("role"),
        shown("created_at").by("created_at"),
        shown("updated_at").aside(),
    ],
    filters: &["role"],
    search: Search::Columns(&["name", "email"]),
    ..SIMPLE
};
