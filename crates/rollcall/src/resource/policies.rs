//! Policies: what each `config` may say is [`policy`]'s to know.

use serde_json::{Map, Value as Json, json};

use super::Kind::{Flag, Object, OneOf, Ref, Target, Type};
use super::config::{is_shown, type_of};
use super::{
    ACTIVE, CONFIGURABLE, CREATED, Fault, PLAIN, Resource, SIMPLE, Screen, Search, UPDATED, Valid, column, shown,
};
use crate::analytics::polymorphic::Configurable;
use crate::events::Thing;
use crate::policy::{self, PolicyType};
use crate::tokens::Area;

const POLICY_TYPES: &[&str] = &["cancellation", "reschedule", "no_show", "late_arrival", "payment", "recurring"];

pub(crate) static POLICIES: Resource = Resource {
    area: Area::Policies,
    table: "policy_configurations",
    thing: Thing::Policy,
    one: "Policy",
    columns: &[
        column("configurable_type", Type(CONFIGURABLE)).once().filtered(),
        column("configurable_id", Target).once().filtered(),
        column("policy_type", OneOf(POLICY_TYPES)).once().filtered(),
        column("config", Object(config)),
        ACTIVE,
        column("is_override", Flag).or("false"),
        column("overrides_id", Ref("policy_configurations")).nullable(),
        CREATED,
        UPDATED,
    ],
    soft: true,
    valid: Some(Valid::Configurable),
    sorts: &["created_at", "policy_type"],
    check: checked_policy,
    ..PLAIN
};

/// In the panel.
pub(crate) static SCREEN: Screen = Screen {
    name: "policies",
    resource: &POLICIES,
    icon: "shield-check",
    badge: Some("policies"),
    columns: &[
        shown("policy_type").by("policy_type"),
        shown("configurable_id"),
        shown("config"),
        shown("is_override"),
        shown("is_active"),
        shown("created_at").by("created_at"),
        shown("updated_at").aside(),
    ],
    filters: &["policy_type", "configurable_type", "is_active", "configurable_id"],
    search: Search::Placed(&["policy_type"]),
    sort: "-created_at",
    ..SIMPLE
};

/// A row as the policy engine takes it, under that id; none where its words are none that the engine knows.
pub(crate) fn engine_row(id: i64, row: &Map<String, Json>) -> Option<policy::Row> {
    let text = |name: &str| row.get(name).and_then(Json::as_str);
    let number = |name: &str| row.get(name).and_then(Json::as_i64);
    let overrides = row.get("is_override").and_then(Json::as_bool).unwrap_or_default();
    Some(policy::Row {
        id,
        on: Configurable::parse(text("configurable_type")?)?,
        on_id: number("configurable_id")?,
        policy_type: PolicyType::parse(text("policy_type")?)?,
        config: row.get("config").cloned().unwrap_or(Json::Null),
        overrides: number("overrides_id").filter(|_| overrides),
    })
}

/// What `domain.md` knows of a policy.
fn config() -> Json {
    let amount = |most: f64| {
        json!({ "anyOf": [
        { "type": "number", "minimum": 0, "maximum": most },
        { "type": "string", "pattern": "^[0-9]{1,5}([.][0-9]{1,2})?$" },
        { "type": "null" },
    ] })
    };
    let count = json!({ "type": ["integer", "null"], "minimum": 0, "maximum": 1_000_000 });
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "hours_before": amount(1_000_000.0),
            "max_cancellations_per_month": count,
            "max_reschedules_per_appointment": count,
            "fee": amount(99_999_999.0),
            "fee_percentage": amount(100.0),
            "fee_tiers": { "type": ["array", "null"], "minItems": 1, "maxItems": 20, "items": {
                "type": "object",
                "additionalProperties": false,
                "required": ["min_hours", "fee"],
                "properties": { "min_hours": amount(1_000_000.0), "fee": amount(99_999_999.0) },
            } },
        },
    })
}

/// A policy's `config` is one, and it overrides another policy or none. What stood there already and no form shows passes:
/// who changes something else cannot mend it.
fn checked_policy(row: &Map<String, Json>, before: Option<&Map<String, Json>>) -> Vec<Fault> {
    let mut config = row.get("config").cloned();
    let stored = before.and_then(|before| before.get("config"));
    if let (Some(Json::Object(keys)), Some(stored)) = (&mut config, stored) {
        keys.retain(|key, value| is_shown(type_of(row), key) || stored.get(key) != Some(value));
    }
    let problems = config.as_ref().map_or(Ok(()), policy::check).err().unwrap_or_default().into_iter();
    let mut faults: Vec<_> = problems.map(|it| Fault::field(&pointer(&it.field), it.problem)).collect();
    let overrides = row.get("overrides_id").is_some_and(|id| !id.is_null());
    match (row.get("is_override").and_then(Json::as_bool).unwrap_or(false), overrides) {
        (true, false) => faults.push(Fault::field("overrides_id", "must name the policy that is overridden")),
        (false, true) => faults.push(Fault::field("is_override", "must be true where a policy is overridden")),
        _ => {}
    }
    faults
}

/// `config.fee_tiers[1].fee` as a JSON pointer has it.
fn pointer(path: &str) -> String {
    path.replace(['.', '['], "/").replace(']', "")
}
