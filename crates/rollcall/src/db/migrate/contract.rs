//! The contract's tables, column for column: what a Laravel application on the same database knows too.

use sea_orm::DbErr;
use sea_orm_migration::prelude::*;

use super::super::Dialect;
use super::dialect;
pub(crate) use super::kind::Kind;
use super::kind::{definition, reference};

pub(super) const NAME: &str = "m0001_contract_tables";

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        NAME
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, columns) in TABLES {
            manager.create_table(table(name, columns, dialect(manager))).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, _) in TABLES.iter().rev() {
            manager.drop_table(Table::drop().table(Alias::new(*name)).if_exists().to_owned()).await?;
        }
        Ok(())
    }
}

use Kind::{
    Day, Flag, Instant, Int, Json, Money, OptInstant, OptJson, OptLong, OptMoney, OptRef, OptScore, OptText, Ref, Term,
};

pub(crate) type Columns = &'static [(&'static str, Kind)];

/// Every table; each has an `id`, and `created_at` is listed where there is one.
pub(crate) const TABLES: &[(&str, Columns)] = &[
    (
        "companies",
        &[
            ("name", Kind::Text(255)),
            ("slug", Kind::Text(255)),
            ("timezone", Term(64, "Europe/Berlin")),
            ("locale", Term(8, "de")),
            ("is_active", Flag(true)),
            ("created_at", OptInstant),
            ("updated_at", OptInstant),
        ],
    ),
    (
        "branches",
        &[
            ("company_id", Ref),
            ("name", Kind::Text(255)),
            ("city", OptText(255)),
            ("is_active", Flag(true)),
            ("created_at", OptInstant),
            ("updated_at", OptInstant),
        ],
    ),
    (
        "services",
        &[
            ("company_id", Ref),
            ("name", Kind::Text(255)),
            ("duration_minutes", Int(30)),
            ("price", Money(0)),
            ("is_active", Flag(true)),
            ("created_at", OptInstant),
            ("updated_at", OptInstant),
        ],
    ),
    (
        "users",
        &[
            ("company_id", OptRef),
            ("name", Kind::Text(255)),
            ("email", Kind::Text(255)),
            ("password", Kind::Text(255)),
            ("role", Term(32, "viewer")),
            ("created_at", OptInstant),
            ("updated_at", OptInstant),
        ],
    ),
    (
        "staff",
        &[
            ("company_id", Ref),
            ("branch_id", OptRef),
            ("name", Kind::Text(255)),
            ("email", OptText(255)),
            ("is_active", Flag(true)),
            ("created_at", OptInstant),
            ("updated_at", OptInstant),
        ],
    ),
    (
        "customers",
        &[
            ("company_id", Ref),
            ("name", Kind::Text(255)),
            ("email", OptText(255)),
            ("phone", OptText(64)),
            ("journey_status", Term(32, "lead")),
            ("created_at", OptInstant),
            ("updated_at", OptInstant),
        ],
    ),
    (
        "appointments",
        &[
            ("company_id", Ref),
            ("branch_id", OptRef),
            ("service_id", OptRef),
            ("staff_id", OptRef),
            ("customer_id", Ref),
            ("starts_at", Instant),
            ("ends_at", Instant),
            ("status", Term(32, "scheduled")),
            ("price", OptMoney),
            ("created_at", OptInstant),
            ("updated_at", OptInstant),
            ("deleted_at", OptInstant),
        ],
    ),
    (
        "appointment_modifications",
        &[
            ("company_id", Ref),
            ("appointment_id", Ref),
            ("customer_id", Ref),
            ("modification_type", Kind::Text(16)),
            ("within_policy", Flag(true)),
            ("fee_charged", Money(0)),
            ("reason", OptLong),
            ("modified_by_type", OptText(32)),
            ("modified_by_id", OptRef),
            ("metadata", OptJson),
            ("created_at", OptInstant),
            ("updated_at", OptInstant),
        ],
    ),
    (
        "appointment_modification_stats",
        &[
            ("company_id", Ref),
            ("customer_id", Ref),
            ("stat_type", Kind::Text(32)),
            ("count", Int(1)),
            ("period_start", Day),
            ("period_end", Day),
            ("metadata", OptJson),
            ("created_at", OptInstant),
            ("updated_at", OptInstant),
        ],
    ),
    (
        "policy_configurations",
        &[
            ("company_id", Ref),
            ("configurable_type", Kind::Text(64)),
            ("configurable_id", Ref),
            ("policy_type", Kind::Text(32)),
            ("config", Json),
            ("is_active", Flag(true)),
            ("is_override", Flag(false)),
            ("overrides_id", OptRef),
            ("created_at", OptInstant),
            ("updated_at", OptInstant),
            ("deleted_at", OptInstant),
        ],
    ),
    (
        "notification_configurations",
        &[
            ("company_id", Ref),
            ("configurable_type", Kind::Text(64)),
            ("configurable_id", Ref),
            ("event_type", Kind::Text(64)),
            ("channel", Kind::Text(16)),
            ("is_enabled", Flag(true)),
            ("created_at", OptInstant),
            ("updated_at", OptInstant),
        ],
    ),
    (
        "notification_queues",
        &[
            ("company_id", Ref),
            ("notification_configuration_id", OptRef),
            ("notifiable_type", OptText(64)),
            ("notifiable_id", OptRef),
            ("channel", Kind::Text(16)),
            ("recipient", Kind::Text(255)),
            ("payload", OptJson),
            ("status", Term(16, "pending")),
            ("retry_count", Int(0)),
            ("error_message", OptLong),
            ("provider_message_id", OptText(255)),
            ("scheduled_at", OptInstant),
            ("sent_at", OptInstant),
            ("delivered_at", OptInstant),
            ("failed_at", OptInstant),
            ("created_at", OptInstant),
            ("updated_at", OptInstant),
        ],
    ),
    (
        "user_analytics",
        &[
            ("company_id", OptRef),
            ("user_id", OptRef),
            ("session_id", Kind::Text(64)),
            ("event", Kind::Text(64)),
            ("feature", OptText(64)),
            ("satisfaction_score", OptScore),
            ("created_at", OptInstant),
        ],
    ),
];

/// Every table and its columns.
pub(super) fn columns() -> super::Named {
    let with_id = |columns: Columns| std::iter::once("id").chain(columns.iter().map(|(name, _)| *name)).collect();
    TABLES.iter().map(|(table, columns)| (*table, with_id(columns))).collect()
}

/// Columns that hold a different value in each row.
const UNIQUE: &[(&str, &str)] = &[("companies", "slug"), ("users", "email")];

pub(crate) fn table(name: &'static str, columns: Columns, dialect: Dialect) -> TableCreateStatement {
    let mut table = Table::create();
    let mut id = ColumnDef::new(Alias::new("id"));
    reference(&mut id, dialect).not_null().auto_increment().primary_key();
    table.table(Alias::new(name)).col(id);
    for (column, kind) in columns {
        let mut definition = definition(column, *kind, dialect);
        if UNIQUE.contains(&(name, column)) {
            definition.unique_key();
        }
        table.col(definition);
    }
    table.take()
}
