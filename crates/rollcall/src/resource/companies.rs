//! Companies stand above tenants: the API has handlers of their own for them, and the panel the operators' list.

use super::Kind::{OneOf, Text};
use super::{ACTIVE, CREATED, Column, NAME, PLAIN, Resource, UPDATED, column};
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
        column("slug", Text(255)).once(),
        column("timezone", Text(64)).or("\"Europe/Berlin\""),
        column("locale", OneOf(&["de", "en"])).or("\"de\""),
        Column { filter: false, ..ACTIVE },
        CREATED,
        UPDATED,
    ],
    deletes: false,
    ..PLAIN
};
