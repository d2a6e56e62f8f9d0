//! Violations of policies: what the figures about them count, to be read alone.

use super::Kind::{Int, OneOf, Ref};
use super::{CREATED, Column, History, PLAIN, Resource, SIMPLE, Screen, Search, column, shown};
use crate::db::Dialect;
use crate::events::Thing;

/// The types of policies, and what counts as none of them.
const TYPES: &[&str] = &["cancellation", "reschedule", "no_show", "late_arrival", "payment", "recurring", "other"];

/// The type that a violation's metadata names, to the letter; `other` where it names none that is known. See
/// [`policy_type_of`](crate::summaries::recompute::policy_type_of), which counts by the same.
const POLICY_TYPE: Column =
    Column { beside: Some(policy_type), ..column("policy_type", OneOf(TYPES)).never().filtered() };

fn policy_type(dialect: Dialect) -> String {
    let named = dialect.pick(
        "CASE WHEN json_valid(t.metadata) THEN CASE json_type(t.metadata, '$.policy_type') WHEN 'text' \
         THEN json_extract(t.metadata, '$.policy_type') END END",
        "CASE WHEN JSON_TYPE(JSON_EXTRACT(t.metadata, '$.policy_type')) = 'STRING' \
         THEN JSON_UNQUOTE(JSON_EXTRACT(t.metadata, '$.policy_type')) END",
        "CASE WHEN json_typeof(t.metadata::json -> 'policy_type') = 'string' THEN t.metadata::json ->> 'policy_type' END",
    );
    let known: Vec<_> = TYPES.iter().filter(|name| **name != "other").collect();
    let exact = dialect.exact(named);
    let cases: String = known.iter().map(|name| format!(" WHEN {exact} = '{name}' THEN '{name}'")).collect();
    format!("CASE{cases} ELSE 'other' END")
}

static VIOLATIONS: Resource = Resource {
    table: "appointment_modification_stats",
    thing: Thing::Policy,
    one: "Violation",
    columns: &[
        column("customer_id", Ref("customers")).never().filtered(),
        POLICY_TYPE,
        column("count", Int(0, 1_000_000)).never(),
        CREATED,
    ],
    only: Some(|dialect| dialect.is_word("t.stat_type", "violation")),
    only_of: Some("stat_type"),
    sorts: &["created_at"],
    made: None,
    changes: false,
    deletes: false,
    ..PLAIN
};

/// In the panel.
pub(crate) static SCREEN: Screen = Screen {
    name: "violations",
    resource: &VIOLATIONS,
    icon: "exclamation-triangle",
    columns: &[shown("created_at").by("created_at"), shown("customer_id"), shown("policy_type"), shown("count")],
    filters: &["policy_type", "created_at", "customer_id"],
    search: Search::Customer { column: "customer_id", of: "" },
    sort: "-created_at",
    history: History::None,
    ..SIMPLE
};
