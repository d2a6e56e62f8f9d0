//! The panel's resources: lists, pages of rows, and what is done with them.

mod actions;
mod attention;
mod book;
mod bulk;
mod forms;
mod found;
mod history;
mod lists;
mod pages;
mod policies;
mod previews;
mod rebook;
mod records;
mod removal;

use crate::support::TestDb;

/// A company with one of each, and its neighbour with the same under other names.
pub async fn fill(test: &TestDb) {
    for company in [1, 2] {
        let id = company * 10;
        let theirs = if company == 1 { "Own" } else { "Alien" };
        for text in [
            format!(
                "INSERT INTO branches (id, company_id, name, city, created_at) \
                     VALUES ({id}, {company}, '{theirs} branch', '{theirs} city', '2026-01-01 10:00:00')"
            ),
            format!(
                "INSERT INTO services (id, company_id, name, duration_minutes, price, created_at) \
                     VALUES ({id}, {company}, '{theirs} service', 45, 1234.5, '2026-01-01 10:00:00')"
            ),
            format!(
                "INSERT INTO staff (id, company_id, branch_id, name, email, is_active) \
                     VALUES ({id}, {company}, {id}, '{theirs} staff', '{theirs}@example.test', '0')"
            ),
            format!(
                "INSERT INTO customers (id, company_id, name, email, phone, journey_status, created_at) \
                     VALUES ({id}, {company}, '{theirs} customer', 'c{id}@example.test', '+49 1', 'at_risk', '2026-01-01 10:00:00')"
            ),
            format!(
                "INSERT INTO appointments (id, company_id, branch_id, service_id, staff_id, customer_id, starts_at, \
                     ends_at, status, price, created_at) VALUES ({id}, {company}, {id}, {id}, {id}, {id}, \
                     '2026-11-30 23:30:00', '2026-12-01 00:15:00', 'confirmed', 20, '2026-11-20 10:00:00')"
            ),
            format!(
                "INSERT INTO policy_configurations (id, company_id, configurable_type, configurable_id, policy_type, \
                     config, created_at) VALUES ({id}, {company}, 'App\\Models\\Branch', {id}, 'no_show', \
                     '{{\"fee\": \"12.50\", \"hours_before\": 24}}', '2026-01-01 10:00:00')"
            ),
            format!(
                "INSERT INTO notification_configurations (id, company_id, configurable_type, configurable_id, \
                     event_type, channel, created_at) VALUES ({id}, {company}, 'company', {company}, \
                     'appointment_reminder', 'sms', '2026-01-01 10:00:00')"
            ),
            format!(
                "INSERT INTO notification_queues (id, company_id, notifiable_type, notifiable_id, channel, recipient, \
                     status, error_message, failed_at, created_at) VALUES ({id}, {company}, 'customer', {id}, 'email', \
                     'c{id}@example.test', 'failed', 'Mailbox <full> 17', '2026-11-20 10:00:01', '2026-11-20 10:00:00')"
            ),
        ] {
            let text = text.replace("'0'", test.db.dialect().pick("0", "0", "FALSE"));
            let text = text.replace('\\', test.db.dialect().pick("\\", "\\\\", "\\"));
            test.sql(&text).await;
        }
    }
    for table in [
        "branches",
        "services",
        "staff",
        "customers",
        "appointments",
        "policy_configurations",
        "notification_configurations",
        "notification_queues",
    ] {
        test.ids_go_on(table).await;
    }
}

/// The lists, each with what stands in it once, of the own company and in English.
pub const LISTS: [(&str, &[&str]); 9] = [
    ("appointments", &["1 Dec 2026, 00:30", "Own customer", "Own service", "Own staff", "Confirmed", "€20.00"]),
    ("customers", &["Own customer", "c10@example.test", "+49 1", "At risk"]),
    ("policies", &["No-show", "Own branch (Branch)", "24 h notice", "fee €12.50", "Active"]),
    ("notifications", &["Own customer", "Email", "c10@example.test", "Failed", "Mailbox &#60;full&#62; 17"]),
    ("notification-configurations", &["Reminder of an appointment", "SMS", "Company 1 (Company)", "On"]),
    ("staff", &["Own staff", "Own branch", "Own@example.test", "Inactive"]),
    ("branches", &["Own branch", "Own city", "Active"]),
    ("services", &["Own service", "45 min", "€1,234.50", "Active"]),
    ("users", &["admin1@example.test", "Administrator", "viewer1@example.test"]),
];
