//! Users: a password is taken when one is made, and stands in no column that is shown.

use super::Kind::{Email, Flag, OneOf, Password};
use super::{ACTIVE, CREATED, Column, NAME, PLAIN, Resource, SIMPLE, Screen, Search, UPDATED, column, shown};
use crate::events::Thing;
use crate::tenant::Role;
use crate::tokens::Area;

/// What a company's user may be: an operator is none.
const ROLES: &[&str] = &["viewer", "manager", "admin"];

/// Whether somebody may use the panel and the API: no column of `users`, which is the contract's.
const USABLE: Column = Column {
    beside: Some(|_| {
        "(SELECT p.deactivated_at FROM rollcall_people p WHERE p.company_id = :company AND p.user_id = t.id) IS NULL"
            .to_owned()
    }),
    ..ACTIVE
};

/// Whether they use a code beside their password.
const TOTP: Column = Column {
    beside: Some(|_| {
        "(SELECT p.totp_since FROM rollcall_people p WHERE p.company_id = :company AND p.user_id = t.id) IS NOT NULL"
            .to_owned()
    }),
    ..column("totp", Flag).or("false").filtered().never()
};

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
        USABLE,
        TOTP,
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
        shown("is_active"),
        shown("totp"),
        shown("created_at").by("created_at"),
        shown("updated_at").aside(),
    ],
    filters: &["role", "is_active"],
    search: Search::Columns(&["name", "email"]),
    ..SIMPLE
};
