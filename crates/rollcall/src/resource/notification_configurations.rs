//! Notification configurations: which event is told by which channel.

use super::Kind::{Flag, OneOf, Target, Type};
use super::{CHANNELS, CONFIGURABLE, CREATED, PLAIN, Resource, SIMPLE, Screen, Search, UPDATED, Valid, column, shown};
use crate::events::Thing;
use crate::tokens::Area;

const EVENTS: &[&str] = &[
    "appointment_booked",
    "appointment_cancelled",
    "appointment_rescheduled",
    "appointment_reminder",
    "policy_violation",
];

pub(crate) static NOTIFICATION_CONFIGURATIONS: Resource = Resource {
    area: Area::NotificationConfigurations,
    table: "notification_configurations",
    thing: Thing::NotificationConfiguration,
    one: "NotificationConfiguration",
    columns: &[
        column("configurable_type", Type(CONFIGURABLE)).once().filtered(),
        column("configurable_id", Target).once().filtered(),
        column("event_type", OneOf(EVENTS)).once().filtered(),
        column("channel", OneOf(CHANNELS)).once().filtered(),
        column("is_enabled", Flag).or("true").filtered(),
        CREATED,
        UPDATED,
    ],
    valid: Some(Valid::Configurable),
    sorts: &["created_at", "event_type"],
    ..PLAIN
};

/// In the panel.
pub(crate) static SCREEN: Screen = Screen {
    name: "notification-configurations",
    resource: &NOTIFICATION_CONFIGURATIONS,
    icon: "adjustments-horizontal",
    columns: &[
        shown("event_type").by("event_type"),
        shown("channel"),
        shown("configurable_id"),
        shown("is_enabled"),
        shown("created_at").by("created_at"),
        shown("updated_at").aside(),
    ],
    filters: &["event_type", "channel", "configurable_type", "is_enabled", "configurable_id"],
    search: Search::Placed(&["event_type", "channel"]),
    sort: "-created_at",
    ..SIMPLE
};
