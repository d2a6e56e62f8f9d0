//! The contract's eleven indexes by their own names, and those that Rollcall's queries need beside them.

use sea_orm::DbErr;
use sea_orm_migration::prelude::*;

use super::{dialect, record, run};

pub(super) const NAME: &str = "m0002_indexes";

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        NAME
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create(manager, |name| CONTRACT.iter().chain(OWN).any(|(own, ..)| *own == name)).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for index in CONTRACT.iter().chain(OWN).rev() {
            drop(manager, index).await?;
        }
        Ok(())
    }
}

/// A name, a table and its columns.
pub(crate) type Index = (&'static str, &'static str, &'static str);

/// The eleven composite indexes of the contract.
const CONTRACT: &[Index] = &[
    ("idx_appointments_company_starts_at", "appointments", "company_id, starts_at"),
    ("idx_appointments_company_status", "appointments", "company_id, status"),
    ("idx_ams_customer_stat_type", "appointment_modification_stats", "customer_id, stat_type"),
    ("idx_ams_company_created", "appointment_modification_stats", "company_id, created_at"),
    ("idx_ams_stat_type_created", "appointment_modification_stats", "stat_type, created_at"),
    ("idx_nq_status_created", "notification_queues", "status, created_at"),
    ("idx_nq_channel_created_status", "notification_queues", "channel, created_at, status"),
    ("idx_nq_created_status", "notification_queues", "created_at, status"),
    ("idx_staff_company_active", "staff", "company_id, is_active"),
    ("idx_customers_company_journey", "customers", "company_id, journey_status"),
    ("idx_policy_configs_company_active", "policy_configurations", "company_id, is_active"),
];

/// What the recomputation of a day, a customer or a company reads by, and the two tables of newest rows.
const OWN: &[Index] = &[
    ("idx_appointments_company_created", "appointments", "company_id, created_at"),
    ("idx_appointments_company_customer", "appointments", "company_id, customer_id"),
    ("idx_am_company_appointment", "appointment_modifications", "company_id, appointment_id"),
    ("idx_am_company_created", "appointment_modifications", "company_id, created_at"),
    ("idx_ams_company_type_created", "appointment_modification_stats", "company_id, stat_type, created_at"),
    ("idx_ams_company_customer", "appointment_modification_stats", "company_id, customer_id, stat_type"),
    ("idx_nq_company_created", "notification_queues", "company_id, created_at"),
    ("idx_nq_company_status_created", "notification_queues", "company_id, status, created_at"),
    ("idx_nq_company_notifiable", "notification_queues", "company_id, notifiable_id"),
    ("idx_nc_company_enabled", "notification_configurations", "company_id, is_enabled"),
    ("idx_branches_company", "branches", "company_id"),
    ("idx_services_company", "services", "company_id"),
    ("idx_users_company", "users", "company_id"),
];

/// What notifications that are due are found by; made by `m0011_deliveries`.
pub(super) const DUE: Index = ("idx_nq_due", "notification_queues", "status, channel, scheduled_at, id");

/// What the panel's lists are paged by; made by `m0014_lists`.
pub(super) const LISTS: &[Index] = &[
    // The API's own order: without these a page sorts all rows of the company.
    ("idx_appointments_company_id", "appointments", "company_id, id"),
    ("idx_customers_company_id", "customers", "company_id, id"),
    ("idx_nq_company_id", "notification_queues", "company_id, id"),
    ("idx_appointments_company_status_starts", "appointments", "company_id, status, starts_at"),
    ("idx_appointments_company_staff_starts", "appointments", "company_id, staff_id, starts_at"),
    ("idx_customers_company_name", "customers", "company_id, name"),
    ("idx_customers_company_created", "customers", "company_id, created_at"),
];

/// What notifications that failed lately are found by, of a company and of all; made by `m0018_finding`.
pub(super) const FAILED: &[Index] = &[
    ("idx_nq_company_status_failed", "notification_queues", "company_id, status, failed_at"),
    ("idx_nq_status_failed", "notification_queues", "status, failed_at"),
];

/// What operators page the list of companies by; made by `m0021_above`.
pub(super) const ABOVE: &[Index] =
    &[("idx_companies_name", "companies", "name, id"), ("idx_companies_created", "companies", "created_at, id")];

/// Makes those indexes whose name is `wanted`, for migrations that came later, but for those that are there: MySQL commits
/// each by itself, and one that was killed half-way is begun again. On an adopted database none: there
/// [`adopt`](crate::adopt) makes what no index of the application serves, and notes it.
pub(super) async fn create(manager: &SchemaManager<'_>, wanted: impl Fn(&str) -> bool) -> Result<(), DbErr> {
    if manager.has_table(record::TABLE).await? {
        return Ok(());
    }
    for (name, table, columns) in all().filter(|(name, ..)| wanted(name)) {
        if manager.has_index(table, name).await? {
            continue;
        }
        run(manager, &format!("CREATE INDEX {name} ON {table} ({columns})")).await?;
    }
    Ok(())
}

/// Drops one that a later migration made, if it is there; none on an adopted database, as above.
pub(super) async fn drop(manager: &SchemaManager<'_>, index: &Index) -> Result<(), DbErr> {
    let (name, table, _) = index;
    if manager.has_table(record::TABLE).await? || !manager.has_index(table, name).await? {
        return Ok(());
    }
    let on = dialect(manager).pick(String::new(), format!(" ON {table}"), String::new());
    run(manager, &format!("DROP INDEX {name}{on}")).await
}

/// Every index.
pub(crate) fn all() -> impl Iterator<Item = &'static Index> {
    CONTRACT.iter().chain(OWN).chain([&DUE]).chain(LISTS).chain(FAILED).chain(ABOVE)
}

/// Every index and its columns.
pub(super) fn columns() -> super::Named {
    all().map(|(name, _, columns)| (*name, columns.split(", ").collect())).collect()
}
