//! Companies stand above tenants: the API has handlers of their own for them, and the panel the operators' list.

use super::Kind::{OneOf, Text};
use super::{ACTIVE, CREATED, NAME, PLAIN, Resource, UPDATED, column};
use crate::events::Thing;
use crate::tokens::Area;

/// Companies stand above tenants, and have handlers of their own.
pub(crate) static COMPANIES: Resource = Resource {
    area: Area::Companies,
    table: "companies",
    thing: Thing::Company,
    one: "Company",
    columns: &[
        NAME,
        column("slug", Text(255)).once().filtered(),
        column("timezone", Text(64)).or("\"Europe/Berlin\"").filtered(),
        column("locale", OneOf(&["de", "en"])).or("\"de\"").filtered(),
        ACTIVE,
        CREATED.filtered(),
        UPDATED,
    ],
    sorts: &["name", "slug", "created_at"],
    deletes: false,
    ..PLAIN
};
