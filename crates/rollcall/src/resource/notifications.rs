//! The queue of notifications.

use serde_json::{Value as Json, json};

use super::Kind::{Instant, Int, Long, Object, OneOf, Ref, Target, Text, Type};
use super::{
    ASIDE, Action, CHANNELS, Condition, OPEN, PLAIN, Resource, SIMPLE, Screen, Search, UPDATED, Valid, column, shown,
};
use crate::analytics::polymorphic::Notifiable;
use crate::events::{Thing, Verb};
use crate::tokens::Area;

const DELIVERY: &[&str] = &["pending", "processing", "sent", "delivered", "failed"];
const NOTIFIABLE: &[[&str; 2]] = &[Notifiable::Customer.names(), Notifiable::Staff.names(), Notifiable::User.names()];

pub(crate) static NOTIFICATIONS: Resource = Resource {
    area: Area::Notifications,
    table: "notification_queues",
    thing: Thing::Notification,
    one: "Notification",
    columns: &[
        column("notification_configuration_id", Ref("notification_configurations")).nullable().once(),
        column("notifiable_type", Type(NOTIFIABLE)).once().filtered(),
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
    sorts: &["created_at"],
    made: Some(Verb::Queued),
    changes: false,
    deletes: false,
    ..PLAIN
};

/// In the panel.
pub(crate) static SCREEN: Screen = Screen {
    name: "notifications",
    resource: &NOTIFICATIONS,
    icon: "bell-alert",
    badge: Some("notifications"),
    columns: &[
        shown("created_at").by("created_at"),
        shown("notifiable_id"),
        shown("channel"),
        shown("recipient"),
        shown("status"),
        shown("error_message"),
        shown("retry_count").aside(),
        shown("scheduled_at").aside(),
        shown("sent_at").aside(),
        shown("delivered_at").aside(),
        shown("failed_at").aside(),
    ],
    filters: &["status", "channel", "created_at", "notifiable_type", "notifiable_id"],
    conditions: &[Condition { offered: true, name: "attention", options: &[("open", OPEN), ("aside", ASIDE)] }],
    search: Search::Customer { column: "notifiable_id", of: "notifiable_type" },
    sort: "-created_at",
    actions: &[Action { name: "retry", icon: "arrow-path", when: &["failed"], ..Action::NONE }],
    ..SIMPLE
};

fn anything_at_all() -> Json {
    json!({ "type": "object" })
}
