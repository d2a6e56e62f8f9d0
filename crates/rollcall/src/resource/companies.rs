//! Companies stand above tenants: the API has handlers of their own for them, and operators a list of them.

use super::Kind::{Flag, Instant, Int, OneOf, Text};
use super::{ACTIVE, CREATED, Column, NAME, PLAIN, Resource, SIMPLE, Screen, Search, UPDATED, column, shown};
use crate::events::Thing;
use crate::tenant::Role;
use crate::tokens::Area;

const SLUG: Column = column("slug", Text(255)).once().filtered();
const TIMEZONE: Column = column("timezone", Text(64)).or("\"Europe/Berlin\"").filtered();
const LOCALE: Column = column("locale", OneOf(&["de", "en"])).or("\"de\"").filtered();

/// Companies stand above tenants, and have handlers of their own.
pub(crate) static COMPANIES: Resource = Resource {
    area: Area::Companies,
    table: "companies",
    thing: Thing::Company,
    one: "Company",
    columns: &[NAME, SLUG, TIMEZONE, LOCALE, ACTIVE, CREATED.filtered(), UPDATED],
    sorts: &["name", "slug", "created_at"],
    deletes: false,
    ..PLAIN
};

/// How many people may sign in there.
const USERS: Column = Column {
    beside: Some(|_| "SELECT COUNT(*) FROM users u WHERE u.company_id = t.id".to_owned()),
    ..column("users", Int(0, i64::MAX)).never()
};
/// When a row of it changed last.
const CHANGED: Column = Column {
    beside: Some(|_| "SELECT v.changed_at FROM company_versions v WHERE v.company_id = t.id".to_owned()),
    ..column("changed_at", Instant).nullable().never()
};

/// The same as operators list them: none of them is made or changed by a form of the list.
static LISTED: Resource = Resource {
    area: Area::Companies,
    table: "companies",
    thing: Thing::Company,
    one: "Company",
    columns: &[NAME, SLUG, TIMEZONE, LOCALE, column("is_active", Flag).never(), USERS, CHANGED, CREATED, UPDATED],
    sorts: &["name", "slug", "created_at"],
    made: None,
    changes: false,
    deletes: false,
    ..PLAIN
};

/// For operators: each row leads into that company.
pub(crate) static SCREEN: Screen = Screen {
    name: "companies",
    resource: &LISTED,
    icon: "building-office-2",
    sees: Role::SuperAdmin,
    writes: Role::SuperAdmin,
    columns: &[
        shown("name").by("name"),
        shown("slug").by("slug"),
        shown("timezone"),
        shown("is_active"),
        shown("changed_at"),
        shown("created_at").by("created_at"),
        shown("users").aside(),
        shown("locale").aside(),
        shown("updated_at").aside(),
    ],
    filters: &["is_active", "locale", "created_at"],
    search: Search::Columns(&["name", "slug"]),
    ..SIMPLE
};
