//! Rows on their way to the database: numbered here, so that rows may refer to each other, and written in bulk.

use crate::db::{Arg, Database, Error, Mode};
use crate::tenant::TenantScope;

/// A tenant's table that the demo fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Branch,
    Service,
    User,
    Staff,
    Customer,
    Appointment,
    Modification,
    Stat,
    Policy,
    NotifyConfig,
    Notification,
    Usage,
}

/// How many rows are written in one transaction.
const BATCH: usize = 5_000;

const KINDS: usize = 12;

/// Tables and columns in the order of [`Kind`]; parents come before what refers to them.
pub(super) const TABLES: [(&str, &[&str]); KINDS] = [
    ("branches", &["id", "name", "city", "is_active", "created_at", "updated_at"]),
    ("services", &["id", "name", "duration_minutes", "price", "is_active", "created_at", "updated_at"]),
    ("users", &["id", "name", "email", "password", "role", "created_at", "updated_at"]),
    ("staff", &["id", "branch_id", "name", "email", "is_active", "created_at", "updated_at"]),
    ("customers", &["id", "name", "email", "phone", "journey_status", "created_at", "updated_at"]),
    (
        "appointments",
        &[
            "id",
            "branch_id",
            "service_id",
            "staff_id",
            "customer_id",
            "starts_at",
            "ends_at",
            "status",
            "price",
            "created_at",
            "updated_at",
            "deleted_at",
        ],
    ),
    (
        "appointment_modifications",
        &[
            "id",
            "appointment_id",
            "customer_id",
            "modification_type",
            "within_policy",
            "fee_charged",
            "reason",
            "modified_by_type",
            "modified_by_id",
            "metadata",
            "created_at",
            "updated_at",
        ],
    ),
    (
        "appointment_modification_stats",
        &[
            "id",
            "customer_id",
            "stat_type",
            "count",
            "period_start",
            "period_end",
            "metadata",
            "created_at",
            "updated_at",
        ],
    ),
    (
        "policy_configurations",
        &[
            "id",
            "configurable_type",
            "configurable_id",
            "policy_type",
            "config",
            "is_active",
            "is_override",
            "overrides_id",
            "created_at",
            "updated_at",
            "deleted_at",
        ],
    ),
    (
        "notification_configurations",
        &[
            "id",
            "configurable_type",
            "configurable_id",
            "event_type",
            "channel",
            "is_enabled",
            "created_at",
            "updated_at",
        ],
    ),
    (
        "notification_queues",
        &[
            "id",
            "notification_configuration_id",
            "notifiable_type",
            "notifiable_id",
            "channel",
            "recipient",
            "payload",
            "status",
            "retry_count",
            "error_message",
            "provider_message_id",
            "scheduled_at",
            "sent_at",
            "delivered_at",
            "failed_at",
            "created_at",
            "updated_at",
        ],
    ),
    ("user_analytics", &["id", "user_id", "session_id", "event", "feature", "satisfaction_score", "created_at"]),
];

/// Rows that wait for their transaction, and the last id of every table.
#[derive(Default)]
pub(super) struct Store {
    ids: [i64; KINDS],
    rows: [Vec<Vec<Arg>>; KINDS],
}

impl Store {
    /// The id that the next row of `kind` gets.
    pub(super) fn next_id(&self, kind: Kind) -> i64 {
        self.ids[kind as usize] + 1
    }

    /// Takes an id of `kind` for a row that is written elsewhere.
    pub(super) fn take_id(&mut self, kind: Kind) -> i64 {
        self.ids[kind as usize] += 1;
        self.ids[kind as usize]
    }

    /// Adds a row; `values` are its columns but the id, which is answered.
    pub(super) fn add<const N: usize>(&mut self, kind: Kind, values: [Arg; N]) -> i64 {
        let id = self.take_id(kind);
        let mut row = Vec::with_capacity(N + 1);
        row.push(id.into());
        row.extend(values);
        self.rows[kind as usize].push(row);
        id
    }

    /// How many rows of `kind` there are by now.
    pub(super) fn count(&self, kind: Kind) -> u64 {
        u64::try_from(self.ids[kind as usize]).unwrap_or(0)
    }

    /// Whether enough rows wait for a transaction of their own.
    pub(super) fn is_full(&self) -> bool {
        self.rows.iter().map(Vec::len).sum::<usize>() >= BATCH
    }

    /// Writes all waiting rows under the company of `scope`, in one transaction.
    pub(super) async fn flush(&mut self, db: &Database, scope: &TenantScope) -> Result<(), Error> {
        let tx = scope.db(db).begin(Mode::Write).await?;
        for (rows, (table, columns)) in self.rows.iter_mut().zip(TABLES) {
            tx.insert(table, columns, std::mem::take(rows), "").await?;
        }
        tx.commit().await
    }
}
