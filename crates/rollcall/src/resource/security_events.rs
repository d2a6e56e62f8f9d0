//! Security events, to be read alone: who reached for what is not theirs.

use super::Kind::{Instant, Int, OneOf, Ref, Text};
use super::audit_log::{ACTORS, LARGEST};
use super::{History, PLAIN, Resource, SIMPLE, Screen, Search, column, shown};
use crate::events::Thing;
use crate::security::KINDS;
use crate::tenant::Role;

static EVENTS: Resource = Resource {
    table: "security_events",
    thing: Thing::Database,
    one: "SecurityEvent",
    columns: &[
        column("kind", OneOf(&KINDS)).never().filtered(),
        column("company_id", Ref("companies")).nullable().never().filtered(),
        column("actor_name", Text(255)).nullable().never(),
        column("actor_kind", OneOf(&ACTORS)).nullable().never(),
        column("actor_id", Int(0, LARGEST)).nullable().never(),
        column("subject", Text(160)).never(),
        column("detail", Text(255)).never(),
        column("occurrences", Int(0, LARGEST)).never(),
        column("first_at", Instant).never(),
        column("last_at", Instant).never().filtered(),
    ],
    // Every event: said so that databases begin at an end of the index, and do not read all of them to sort them.
    only: Some(|_| "t.last_at >= '1970-01-01 00:00:00'".to_owned()),
    sorts: &["last_at"],
    made: None,
    changes: false,
    deletes: false,
    ..PLAIN
};

/// For operators, of all companies and of nobody's.
pub(crate) static SCREEN: Screen = Screen {
    name: "security",
    under: "operations/",
    resource: &EVENTS,
    icon: "lock-closed",
    sees: Role::SuperAdmin,
    writes: Role::SuperAdmin,
    columns: &[
        shown("kind"),
        shown("company_id"),
        shown("actor_name"),
        shown("subject"),
        shown("detail"),
        shown("last_at").by("last_at"),
        shown("occurrences"),
        shown("first_at").aside(),
        shown("actor_kind").aside(),
        shown("actor_id").aside(),
    ],
    filters: &["kind", "company_id", "last_at"],
    search: Search::Columns(&["actor_name", "subject", "detail"]),
    sort: "-last_at",
    history: History::None,
    ..SIMPLE
};
