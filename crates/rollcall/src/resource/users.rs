//! Users: a password is taken when one is made, and stands in no column that is shown.

use super::Kind::{Email, OneOf, Password};
use super::{CREATED, NAME, PLAIN, Resource, SIMPLE, Screen, Search, UPDATED, column, shown};
use crate::events::Thing;
use crate::tenant::Role;
use crate::tokens::Area;

/// What a company's user may be: an operator is none.
const ROLES: &[&str] = &["viewer", "manager", "admin"];

/// A company's users. [`NEW_USER`] makes one.
pub(crate) static USERS: Resource = Resource {
    area: Area::Users,
    table: "users",
    thing: Thing::User,
    one: "User",
    columns: &[
        NAME,
        column("email", Email).once().filtered(),
        column("role", OneOf(ROLES)).or("\"viewer\"").filtered(),
        CREATED,
        UPDATED,
    ],
    sorts: &["name", "created_at"],
    made: None,
    keeps_an_admin: true,
    ..PLAIN
};

/// What makes a user.
pub(crate) static NEW_USER: Resource = Resource {
    one: "NewUser",
    columns: &[
        NAME,
        column("email", Email),
        column("role", OneOf(ROLES)).or("\"viewer\""),
        column("password", Password),
    ],
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
