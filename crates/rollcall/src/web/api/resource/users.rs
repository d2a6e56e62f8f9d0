//! Users as a resource: a password is taken when one is made, and stands in no column that is shown.

use super::all::{CREATED, NAME, PLAIN, UPDATED};
use super::kind::Kind::{Email, OneOf, Password};
use super::{Resource, column};
use crate::events::Thing;
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
