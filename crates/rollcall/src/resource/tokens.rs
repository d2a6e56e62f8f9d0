//! Tokens of the API, to be read alone and without their hashes: [`tokens`](crate::tokens) makes and revokes them.

use super::Kind::{Email, Instant, Text};
use super::{Column, Condition, History, PLAIN, Resource, SIMPLE, Screen, Search, column, shown};
use crate::events::Thing;
use crate::tenant::Role;

/// The address of whose it is; none where they are gone, or went to another company.
const EMAIL: Column = Column {
    beside: Some(|_| {
        "SELECT u.email FROM users u WHERE u.id = t.user_id AND (u.company_id = t.company_id OR t.company_id IS NULL)"
            .to_owned()
    }),
    ..column("email", Email).nullable().never()
};

static TOKENS: Resource = Resource {
    table: "api_tokens",
    thing: Thing::Token,
    one: "Token",
    columns: &[
        column("name", Text(255)).never(),
        EMAIL,
        column("abilities", Text(1024)).never(),
        column("last_used_at", Instant).nullable().never(),
        column("expires_at", Instant).nullable().never(),
        column("created_at", Instant).never(),
        column("revoked_at", Instant).nullable().never(),
    ],
    sorts: &["name", "last_used_at", "expires_at"],
    made: None,
    changes: false,
    deletes: false,
    ..PLAIN
};

const STATE: Condition = Condition {
    offered: true,
    name: "state",
    options: &[
        ("in_use", "t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > ?)"),
        ("expired", "t.revoked_at IS NULL AND t.expires_at <= ?"),
        ("revoked", "t.revoked_at IS NOT NULL"),
    ],
};

/// Everybody's own, and to an admin those of the company. They are ordered by their numbers, as they were made.
pub(crate) static SCREEN: Screen = Screen {
    name: "tokens",
    resource: &TOKENS,
    icon: "lock-closed",
    sees: Role::Viewer,
    writes: Role::Viewer,
    columns: &[
        shown("name").by("name"),
        shown("email"),
        shown("abilities"),
        shown("last_used_at").by("last_used_at"),
        shown("expires_at").by("expires_at"),
        shown("created_at").by("id"),
        shown("revoked_at").aside(),
    ],
    conditions: &[STATE],
    search: Search::Columns(&["name", "email"]),
    sort: "-id",
    history: History::OfRow,
    ..SIMPLE
};
