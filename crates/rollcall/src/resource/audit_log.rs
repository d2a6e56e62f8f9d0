//! The audit log, to be read alone.

use super::Kind::{Instant, Int, Long, OneOf, Text};
use super::{History, PLAIN, Resource, SIMPLE, Screen, Search, Shown, column, shown};
use crate::audit::ActorKind;
use crate::events::Thing;
use crate::tenant::Role;

pub(super) const ACTORS: [&str; ActorKind::ALL.len()] = {
    let mut names = [""; ActorKind::ALL.len()];
    let mut at = 0;
    while at < names.len() {
        names[at] = ActorKind::ALL[at].as_str();
        at += 1;
    }
    names
};
/// What lines are about: things, and attempts that were security events.
const SUBJECTS: [&str; Thing::ALL.len() + 1] = {
    let mut names = ["security"; Thing::ALL.len() + 1];
    let mut at = 0;
    while at < Thing::ALL.len() {
        names[at] = Thing::ALL[at].as_str();
        at += 1;
    }
    names
};
pub(super) const LARGEST: i64 = 9_007_199_254_740_991;

const LINES: Resource = Resource {
    table: "audit_log",
    thing: Thing::Database,
    one: "AuditLine",
    columns: &[
        column("at", Instant).never().filtered(),
        column("actor_name", Text(255)).never(),
        column("actor_kind", OneOf(&ACTORS)).never().filtered(),
        column("actor_id", Int(0, LARGEST)).nullable().never().filtered(),
        column("address", Text(45)).nullable().never(),
        column("subject_kind", OneOf(&SUBJECTS)).never().filtered(),
        column("subject_id", Int(0, LARGEST)).nullable().never().filtered(),
        column("action", Text(64)).never().filtered(),
        column("state_before", Long).nullable().never(),
        column("state_after", Long).nullable().never(),
    ],
    sorts: &[],
    made: None,
    changes: false,
    deletes: false,
    ..PLAIN
};
static AUDIT_LOG: Resource = LINES;
/// What belongs to no company: what operators did, and nobody.
static ABOVE_LOG: Resource = Resource { only: Some(|_| "t.company_id IS NULL".to_owned()), ..LINES };

const SCREEN_COLUMNS: &[Shown] = &[
    shown("at").by("id"),
    shown("actor_name"),
    shown("subject_kind"),
    shown("subject_id"),
    shown("action"),
    shown("actor_kind").aside(),
    shown("actor_id").aside(),
    shown("address").aside(),
];
const FILTERS: &[&str] = &["at", "actor_kind", "actor_id", "subject_kind", "subject_id", "action"];

/// In the panel. Lines are ordered by their numbers, as they were written.
pub(crate) static SCREEN: Screen = Screen {
    name: "audit",
    resource: &AUDIT_LOG,
    icon: "table-cells",
    sees: Role::Admin,
    writes: Role::Admin,
    columns: SCREEN_COLUMNS,
    filters: FILTERS,
    search: Search::Columns(&["actor_name", "action"]),
    sort: "-id",
    history: History::Itself,
    ..SIMPLE
};

/// The same of what belongs to no company, such as that an operator signed in.
pub(crate) static ABOVE: Screen = Screen {
    name: "platform-audit",
    resource: &ABOVE_LOG,
    icon: "table-cells",
    sees: Role::SuperAdmin,
    writes: Role::SuperAdmin,
    columns: SCREEN_COLUMNS,
    filters: FILTERS,
    search: Search::Columns(&["actor_name", "action"]),
    sort: "-id",
    history: History::None,
    ..SIMPLE
};
