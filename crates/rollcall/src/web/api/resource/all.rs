//! Every simple resource: its table, its columns, what can be done with it.

use serde_json::{Map, Value as Json, json};

use super::kind::Kind::{Email, Flag, Instant, Int, Long, Money, Object, OneOf, Ref, Target, Text, Type};
use super::users::USERS;
use super::{Column, Resource, Valid, column};
use crate::analytics::polymorphic::{Configurable, Notifiable};
use crate::events::{Thing, Verb};
use crate::policy;
use crate::tokens::Area;
use crate::web::api::problem::Fault;

/// Every simple resource.
pub(crate) static ALL: [&Resource; 9] = [
    &BRANCHES,
    &SERVICES,
    &STAFF,
    &CUSTOMERS,
    &USERS,
    &APPOINTMENTS,
    &POLICIES,
    &NOTIFICATION_CONFIGURATIONS,
    &NOTIFICATIONS,
];

const JOURNEY: &[&str] = &["lead", "prospect", "customer", "regular", "vip", "at_risk", "churned"];
pub(super) const STATUS: &[&str] = &["scheduled", "confirmed", "completed", "cancelled", "no_show"];
const POLICY_TYPES: &[&str] = &["cancellation", "reschedule", "no_show", "late_arrival", "payment", "recurring"];
const EVENTS: &[&str] = &[
    "appointment_booked",
    "appointment_cancelled",
    "appointment_rescheduled",
    "appointment_reminder",
    "policy_violation",
];
const CHANNELS: &[&str] = &["email", "sms", "whatsapp", "push"];
const DELIVERY: &[&str] = &["pending", "processing", "sent", "delivered", "failed"];
const CONFIGURABLE: &[[&str; 2]] = &[
    Configurable::Company.names(),
    Configurable::Branch.names(),
    Configurable::Service.names(),
    Configurable::Staff.names(),
];
const NOTIFIABLE: &[[&str; 2]] = &[Notifiable::Customer.names(), Notifiable::Staff.names(), Notifiable::User.names()];

pub(super) const NAME: Column = column("name", Text(255));
const ACTIVE: Column = column("is_active", Flag).or("true").filtered();
pub(super) const CREATED: Column = column("created_at", Instant).nullable().never();
pub(super) const UPDATED: Column = column("updated_at", Instant).nullable().never();

pub(super) const PLAIN: Resource = Resource {
    area: Area::Branches,
    table: "branches",
    thing: Thing::Branch,
    one: "Branch",
    columns: &[],
    soft: false,
    valid: None,
    sorts: &[],
    made: Some(Verb::Created),
    changes: true,
    deletes: true,
    in_use: &[],
    keeps_an_admin: false,
    check: anything,
};

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

static BRANCHES: Resource = Resource {
    columns: &[NAME, column("city", Text(255)).nullable().filtered(), ACTIVE, CREATED, UPDATED],
    in_use: &[("appointments", "branch_id"), ("staff", "branch_id")],
    ..PLAIN
};

static SERVICES: Resource = Resource {
    area: Area::Services,
    table: "services",
    thing: Thing::Service,
    one: "Service",
    columns: &[
        NAME,
        column("duration_minutes", Int(1, 10_080)).or("30"),
        column("price", Money).or("\"0.00\""),
        ACTIVE,
        CREATED,
        UPDATED,
    ],
    in_use: &[("appointments", "service_id")],
    ..PLAIN
};

static STAFF: Resource = Resource {
    area: Area::Staff,
    table: "staff",
    thing: Thing::Staff,
    one: "StaffMember",
    columns: &[
        column("branch_id", Ref("branches")).nullable().filtered(),
        NAME,
        column("email", Email).nullable(),
        ACTIVE,
        CREATED,
        UPDATED,
    ],
    in_use: &[("appointments", "staff_id")],
    ..PLAIN
};

static CUSTOMERS: Resource = Resource {
    area: Area::Customers,
    table: "customers",
    thing: Thing::Customer,
    one: "Customer",
    columns: &[
        NAME,
        column("email", Email).nullable(),
        column("phone", Text(64)).nullable(),
        column("journey_status", OneOf(JOURNEY)).or("\"lead\"").filtered(),
        CREATED,
        UPDATED,
    ],
    in_use: &[("appointments", "customer_id")],
    ..PLAIN
};

pub(crate) static APPOINTMENTS: Resource = Resource {
    area: Area::Appointments,
    table: "appointments",
    thing: Thing::Appointment,
    one: "Appointment",
    columns: &[
        column("branch_id", Ref("branches")).nullable(),
        column("service_id", Ref("services")).nullable(),
        column("staff_id", Ref("staff")).nullable(),
        column("customer_id", Ref("customers")).once().filtered(),
        column("starts_at", Instant).once().filtered(),
        column("ends_at", Instant).once(),
        column("status", OneOf(STATUS)).never().filtered(),
        column("price", Money).nullable(),
        column("created_at", Instant).nullable().never().filtered(),
        UPDATED,
    ],
    soft: true,
    sorts: &["starts_at"],
    made: None,
    ..PLAIN
};

static POLICIES: Resource = Resource {
    area: Area::Policies,
    table: "policy_configurations",
    thing: Thing::Policy,
    one: "Policy",
    columns: &[
        column("configurable_type", Type(CONFIGURABLE)).once(),
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
    check: checked_policy,
    ..PLAIN
};

static NOTIFICATION_CONFIGURATIONS: Resource = Resource {
    area: Area::NotificationConfigurations,
    table: "notification_configurations",
    thing: Thing::NotificationConfiguration,
    one: "NotificationConfiguration",
    columns: &[
        column("configurable_type", Type(CONFIGURABLE)).once(),
        column("configurable_id", Target).once().filtered(),
        column("event_type", OneOf(EVENTS)).once().filtered(),
        column("channel", OneOf(CHANNELS)).once().filtered(),
        column("is_enabled", Flag).or("true").filtered(),
        CREATED,
        UPDATED,
    ],
    valid: Some(Valid::Configurable),
    ..PLAIN
};

pub(crate) static NOTIFICATIONS: Resource = Resource {
    area: Area::Notifications,
    table: "notification_queues",
    thing: Thing::Notification,
    one: "Notification",
    columns: &[
        column("notification_configuration_id", Ref("notification_configurations")).nullable().once(),
        column("notifiable_type", Type(NOTIFIABLE)).once(),
        column("notifiable_id", Target).once().filtered(),
        column("channel", OneOf(CHANNELS)).once().filtered(),
        column("recipient", Text(255)).once(),
        column("payload", Object(anything_at_all)).or("{}").once(),
        column("status", OneOf(DELIVERY)).never().filtered(),
        column("retry_count", Int(0, 1_000_000)).never(),
        column("error_message", Long).nullable().never(),
        column("provider_message_id", Long).nullable().never(),
        column("scheduled_at", Instant).nullable().once(),
        column("sent_at", Instant).nullable().never(),
        column("delivered_at", Instant).nullable().never(),
        column("failed_at", Instant).nullable().never(),
        column("created_at", Instant).nullable().never().filtered(),
        UPDATED,
    ],
    valid: Some(Valid::Notifiable),
    made: Some(Verb::Queued),
    changes: false,
    deletes: false,
    ..PLAIN
};

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

fn anything_at_all() -> Json {
    json!({ "type": "object" })
}

fn anything(_: &Map<String, Json>) -> Vec<Fault> {
    Vec::new()
}

/// A policy's `config` is one, and it overrides another policy or none.
fn checked_policy(row: &Map<String, Json>) -> Vec<Fault> {
    let config = row.get("config").map_or(Ok(()), policy::check);
    let problems = config.err().unwrap_or_default().into_iter();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_resources_are_the_same_and_each_can_be_made_as_its_columns_say() {
        for (at, resource) in ALL.iter().enumerate() {
            assert!(ALL.iter().skip(at + 1).all(|other| other.area != resource.area && other.table != resource.table));
            for column in resource.columns {
                assert!(!column.nullable || column.default.is_some(), "{} {}", resource.one, column.name);
                let default = column.default().filter(|value| !value.is_null());
                assert!(default.is_none_or(|value| column.kind.take(&value).is_ok()), "{}", column.name);
            }
            assert!(resource.sorts.iter().all(|name| resource.column(name).is_some()));
        }
    }
}
