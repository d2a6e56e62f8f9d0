//! Cancellations and reschedules that were carried out, to be read alone: what they cost, and whether a policy allowed them.

use super::Kind::{Flag, Long, Money, OneOf, Ref};
use super::{CREATED, History, PLAIN, Resource, SIMPLE, Screen, Search, column, shown};
use crate::db::Dialect;
use crate::events::Thing;

const KINDS: &[&str] = &["cancel", "reschedule"];
const BY: &[&str] = &["user", "staff", "customer", "system"];

static MODIFICATIONS: Resource = Resource {
    table: "appointment_modifications",
    thing: Thing::Appointment,
    one: "Modification",
    columns: &[
        column("modification_type", OneOf(KINDS)).never().filtered(),
        column("appointment_id", Ref("appointments")).never().filtered(),
        column("customer_id", Ref("customers")).never().filtered(),
        column("within_policy", Flag).never().filtered(),
        column("fee_charged", Money).never(),
        column("reason", Long).nullable().never(),
        column("modified_by_type", OneOf(BY)).nullable().never(),
        CREATED,
    ],
    only: Some(known),
    sorts: &["created_at"],
    made: None,
    changes: false,
    deletes: false,
    ..PLAIN
};

/// Of other types nothing is counted.
fn known(dialect: Dialect) -> String {
    let words: Vec<_> = KINDS.iter().map(|word| dialect.is_word("t.modification_type", word)).collect();
    format!("({})", words.join(" OR "))
}

/// In the panel.
pub(crate) static SCREEN: Screen = Screen {
    name: "modifications",
    resource: &MODIFICATIONS,
    icon: "arrow-path",
    columns: &[
        shown("created_at").by("created_at"),
        shown("modification_type"),
        shown("appointment_id"),
        shown("customer_id"),
        shown("within_policy"),
        shown("fee_charged"),
        shown("reason").aside(),
        shown("modified_by_type").aside(),
    ],
    filters: &["modification_type", "within_policy", "created_at", "customer_id", "appointment_id"],
    aside: &["appointment_id"],
    search: Search::Customer { column: "customer_id", of: "" },
    sort: "-created_at",
    history: History::None,
    ..SIMPLE
};
