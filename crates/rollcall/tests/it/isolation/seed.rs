//! The rows of two companies, and those of each that point into the other.
//!
//! `$b` is where a company's ids begin, `$c` the company, `$m` the word that stands in all it says; `$o` and `$p` are the other's.
//! Ids that are made later must not depend on the victim's rows: its own are the smaller ones in every table.

use sea_orm::FromQueryResult;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::support::{Backend, TestDb};

/// Stands in whatever the victim says, and nowhere else.
pub const CANARY: &str = "vkzq9";
/// Stands in the victim's name, which operators may read.
pub const NAME: &str = "vkzq8";
/// The victim's amounts, as they may be written.
pub const AMOUNTS: [&str; 4] = ["7351.97", "7,351.97", "7.351,97", "7351,97"];

/// Of each company: a table, its columns and its rows.
const ROWS: &[(&str, &str, &[&str])] = &[
    (
        "branches",
        "id, company_id, name, city, created_at",
        &[
            "$b1, $c, '$m branch', '$m city', '2026-01-01 10:00:00'",
            "$b2, $c, '$m second branch', NULL, '2026-01-01 10:00:00'",
            "$b3, $c, '$m third branch', NULL, '2026-01-01 10:00:00'",
        ],
    ),
    (
        "services",
        "id, company_id, name, duration_minutes, price, created_at",
        &[
            "$b1, $c, '$m service', 45, $a, '2026-01-01 10:00:00'",
            "$b2, $c, '$m second service', 45, $a, '2026-01-01 10:00:00'",
            "$b3, $c, '$m third service', 45, $a, '2026-01-01 10:00:00'",
            "$b4, $c, '$m fourth service', 45, $a, '2026-01-01 10:00:00'",
        ],
    ),
    (
        "staff",
        "id, company_id, branch_id, name, email, created_at",
        &[
            "$b1, $c, $b1, '$m staff', '$m.staff@example.test', '2026-01-01 10:00:00'",
            "$b2, $c, NULL, '$m second staff', NULL, '2026-01-01 10:00:00'",
            "$b3, $c, NULL, '$m third staff', NULL, '2026-01-01 10:00:00'",
            "$b4, $c, NULL, '$m fourth staff', NULL, '2026-01-01 10:00:00'",
            "$b8, $c, $o2, '$m second lent staff', NULL, '2026-01-01 10:00:00'",
            "$b7, $c, $o1, '$m lent staff', NULL, '2026-01-01 10:00:00'",
            "$b9, $c, $o3, '$m third lent staff', NULL, '2026-01-01 10:00:00'",
        ],
    ),
    (
        "customers",
        "id, company_id, name, email, phone, journey_status, created_at",
        &[
            "$b1, $c, '$m customer', '$m.customer@example.test', '+49 $m 1', 'vip', '2026-01-01 10:00:00'",
            "$b2, $c, '$m second customer', NULL, NULL, 'lead', '2026-01-01 10:00:00'",
            "$b3, $c, '$m third customer', NULL, NULL, 'lead', '2026-01-01 10:00:00'",
        ],
    ),
    (
        "appointments",
        "id, company_id, branch_id, service_id, staff_id, customer_id, starts_at, ends_at, status, price, created_at",
        &[
            "$b1, $c, $b1, $b1, $b1, $b1, '2026-11-25 10:00:00', '2026-11-25 10:45:00', 'confirmed', $a, '2026-11-20 10:00:00'",
            "$b2, $c, $b1, $b1, $b1, $b1, '2026-11-20 10:00:00', '2026-11-20 10:45:00', 'completed', $a, '2026-11-19 10:00:00'",
            "$b3, $c, $b1, $b1, $b1, $b1, '2026-11-21 10:00:00', '2026-11-21 10:45:00', 'cancelled', $a, '2026-11-19 10:00:00'",
            // Into the other company.
            "$b7, $c, $o1, $o1, $o1, $o1, '2026-11-21 11:00:00', '2026-11-21 11:45:00', 'completed', $a, '2026-11-19 10:00:00'",
            "$b8, $c, $o1, $o1, $o1, $o1, '2026-11-26 11:00:00', '2026-11-26 11:45:00', 'confirmed', $a, '2026-11-19 10:00:00'",
            // On what the other company deletes.
            "$b9, $c, $o2, $o3, $o3, $o2, '2026-11-18 11:00:00', '2026-11-18 11:45:00', 'completed', $a, '2026-11-17 10:00:00'",
            // To be cancelled, moved, closed: by the panel, then by the API.
            "$b10, $c, $b1, $b1, $b1, $b1, '2026-11-27 08:00:00', '2026-11-27 08:45:00', 'confirmed', 10, '2026-11-20 10:00:00'",
            "$b11, $c, $b1, $b1, $b1, $b1, '2026-11-27 10:00:00', '2026-11-27 10:45:00', 'confirmed', 10, '2026-11-20 10:00:00'",
            "$b12, $c, $b1, $b1, $b1, $b1, '2026-11-22 08:00:00', '2026-11-22 08:45:00', 'confirmed', 10, '2026-11-20 10:00:00'",
            "$b13, $c, $b1, $b1, $b1, $b1, '2026-11-22 09:00:00', '2026-11-22 09:45:00', 'confirmed', 10, '2026-11-20 10:00:00'",
            "$b14, $c, $b1, $b1, $b1, $b1, '2026-11-28 08:00:00', '2026-11-28 08:45:00', 'confirmed', 10, '2026-11-20 10:00:00'",
            "$b15, $c, $b1, $b1, $b1, $b1, '2026-11-28 10:00:00', '2026-11-28 10:45:00', 'confirmed', 10, '2026-11-20 10:00:00'",
            "$b16, $c, $b1, $b1, $b1, $b1, '2026-11-22 10:00:00', '2026-11-22 10:45:00', 'confirmed', 10, '2026-11-20 10:00:00'",
            "$b17, $c, $b1, $b1, $b1, $b1, '2026-11-22 11:00:00', '2026-11-22 11:45:00', 'confirmed', 10, '2026-11-20 10:00:00'",
            "$b19, $c, $b1, $b1, $b1, $b1, '2026-11-19 12:00:00', '2026-11-19 12:45:00', 'completed', 10, '2026-11-18 10:00:00'",
            "$b18, $c, $b1, $b1, $b1, $b1, '2026-11-19 11:00:00', '2026-11-19 11:45:00', 'completed', 10, '2026-11-18 10:00:00'",
            // Missed, into the other company among them; and on what the other company deletes by the panel.
            "$b20, $c, $b1, $b1, $b1, $b1, '2026-11-17 10:00:00', '2026-11-17 10:45:00', 'no_show', $a, '2026-11-16 10:00:00'",
            "$b21, $c, $b1, $o1, $b1, $o1, '2026-11-17 11:00:00', '2026-11-17 11:45:00', 'no_show', NULL, '2026-11-16 10:00:00'",
            "$b22, $c, $o3, $o4, $o4, $o3, '2026-11-16 10:00:00', '2026-11-16 10:45:00', 'completed', $a, '2026-11-15 10:00:00'",
            // Of an own customer at the other company's.
            "$b24, $c, $o1, $o1, $o1, $b1, '2026-11-27 12:00:00', '2026-11-27 12:45:00', 'confirmed', 10, '2026-11-20 10:00:00'",
            // Deleted by a foreign application.
            "$b25, $c, $b1, $b1, $b1, $b1, '2026-11-14 10:00:00', '2026-11-14 10:45:00', 'completed', $a, '2026-11-10 10:00:00'",
            // On a day on which the other company has none.
            "$b23, $c, $b1, $b1, $b1, $b1, '2026-11-1$c 10:00:00', '2026-11-1$c 10:45:00', 'completed', $a, '2026-11-0$c 10:00:00'",
            // To be reopened.
            "$b26, $c, $b1, $b1, $b1, $b1, '2026-11-18 08:00:00', '2026-11-18 08:45:00', 'completed', 10, '2026-11-17 10:00:00'",
            "$b27, $c, $b1, $b1, $b1, $b1, '2026-11-18 09:00:00', '2026-11-18 09:45:00', 'no_show', 10, '2026-11-17 10:00:00'",
        ],
    ),
    (
        "appointment_modifications",
        "id, company_id, appointment_id, customer_id, modification_type, fee_charged, reason, modified_by_type, created_at",
        &[
            "$b1, $c, $b3, $b1, 'cancel', $a, '$m reason', 'customer', '2026-11-20 10:00:00'",
            "$b2, $c, $o1, $o1, 'reschedule', $a, '$m foreign reason', 'customer', '2026-11-20 11:00:00'",
            // Of an own appointment with what is the other company's.
            "$b3, $c, $b7, $b1, 'cancel', $a, '$m reason', 'customer', '2026-11-20 12:00:00'",
            "$b4, $c, $b7, $b1, 'reschedule', $a, '$m reason', 'customer', '2026-11-20 13:00:00'",
            "$b5, $c, $b8, $o1, 'cancel', $a, '$m reason', 'customer', '2026-11-20 14:00:00'",
            // Of an own appointment, and before it of the other company's.
            "$b6, $c, $b2, $b1, 'reschedule', $a, '$m reason', 'customer', '2026-11-20 09:00:00'",
            "$b7, $c, $o2, $b1, 'reschedule', $a, '$m reason', 'customer', '2026-11-19 09:00:00'",
            "$b8, $c, $b21, $b1, 'reschedule', $a, '$m reason', 'customer', '2026-11-16 12:00:00'",
        ],
    ),
    (
        "appointment_modification_stats",
        "id, company_id, customer_id, stat_type, count, period_start, period_end, metadata, created_at",
        &[
            "$b1, $c, $b1, 'violation', 1$c, '2026-11-01', '2026-11-30', '{\"policy_id\": $b1, \"policy_type\": \"cancellation\"}', '2026-11-20 10:00:00'",
            "$b2, $c, $b1, 'cancellation', 2$c, '2026-11-01', '2026-11-30', NULL, '2026-11-20 10:00:00'",
            "$b3, $c, $o1, 'violation', 3$c, '2026-11-01', '2026-11-30', '{\"policy_id\": $o1, \"policy_type\": \"no_show\", \"appointment_id\": $o21}', '2026-11-21 10:00:00'",
            "$b4, $c, $o1, 'cancellation', 4$c, '2026-11-01', '2026-11-30', NULL, '2026-11-21 10:00:00'",
            "$b5, $c, $b1, 'violation', 1, '2026-11-01', '2026-11-30', '{\"policy_id\": $b2, \"policy_type\": \"no_show\", \"appointment_id\": $b21, \"fee\": \"7.00\"}', '2026-11-18 10:00:00'",
            "$b6, $c, $b1, 'violation', 1, '2026-11-01', '2026-11-30', '{\"policy_id\": $b2, \"policy_type\": \"no_show\", \"appointment_id\": $b27, \"fee\": \"7.00\"}', '2026-11-18 10:00:00'",
            "$b7, $c, $o1, 'violation', 1, '2026-11-01', '2026-11-30', '{\"policy_id\": $o2, \"policy_type\": \"no_show\", \"appointment_id\": $o27, \"fee\": \"3.00\"}', '2026-11-18 10:00:00'",
        ],
    ),
    (
        "policy_configurations",
        "id, company_id, configurable_type, configurable_id, policy_type, config, overrides_id, created_at",
        &[
            "$b1, $c, 'company', $c, 'cancellation', '{\"fee\": \"$a\", \"hours_before\": 2}', NULL, '2026-01-01 10:00:00'",
            "$b2, $c, 'branch', $b1, 'no_show', '{\"fee\": \"$a\"}', $o13, '2026-01-02 10:00:00'",
            "$b3, $c, 'staff', $b1, 'reschedule', '{\"fee\": \"$a\"}', NULL, '2026-01-03 10:00:00'",
            "$b4, $c, 'service', $b2, 'payment', '{\"fee\": \"$a\"}', NULL, '2026-01-04 10:00:00'",
            "$b7, $c, 'branch', $o1, 'cancellation', '{\"hours_before\": 900}', NULL, '2026-01-05 10:00:00'",
            "$b8, $c, 'company', $p, 'reschedule', '{\"hours_before\": 900}', NULL, '2026-01-06 10:00:00'",
            "$b9, $c, 'staff', $o1, 'no_show', '{\"fee\": \"$a\"}', NULL, '2026-01-07 10:00:00'",
            "$b10, $c, 'service', $o1, 'no_show', '{\"fee\": \"$a\"}', NULL, '2026-01-08 10:00:00'",
            "$b11, $c, 'ghost', $b1, 'no_show', '{\"fee\": \"$a\"}', NULL, '2026-01-09 10:00:00'",
            // Overriding in a circle through the other company.
            "$b13, $c, 'branch', $o2, 'recurring', '{}', $o3, '2026-01-10 10:00:00'",
            "$b14, $c, 'service', $o3, 'recurring', '{}', NULL, '2026-01-10 10:00:00'",
            "$b15, $c, 'staff', $o3, 'recurring', '{}', NULL, '2026-01-10 10:00:00'",
            "$b12, $c, 'branch', $b1, 'cancellation', '{}', $o2, '2026-01-10 10:00:00'",
            "$b16, $c, 'branch', $b1, 'late_arrival', '{}', NULL, '2026-01-10 10:00:00'",
            "$b17, $c, 'branch', $o3, 'recurring', '{}', NULL, '2026-01-10 10:00:00'",
            "$b18, $c, 'service', $o4, 'recurring', '{}', NULL, '2026-01-10 10:00:00'",
            "$b19, $c, 'staff', $o4, 'recurring', '{}', NULL, '2026-01-10 10:00:00'",
            // Deleted by a foreign application.
            "$b20, $c, 'company', $p, 'recurring', '{}', NULL, '2026-01-10 10:00:00'",
        ],
    ),
    (
        "notification_configurations",
        "id, company_id, configurable_type, configurable_id, event_type, channel, created_at",
        &[
            "$b1, $c, 'company', $c, 'appointment_cancelled', 'email', '2026-01-01 10:00:00'",
            "$b2, $c, 'branch', $b1, 'appointment_booked', 'email', '2026-01-02 10:00:00'",
            "$b4, $c, 'staff', $b2, 'policy_violation', 'push', '2026-01-02 10:00:00'",
            "$b5, $c, 'service', $b2, 'policy_violation', 'push', '2026-01-02 10:00:00'",
            "$b7, $c, 'branch', $o1, 'appointment_booked', 'sms', '2026-01-03 10:00:00'",
            "$b8, $c, 'company', $p, 'appointment_cancelled', 'sms', '2026-01-04 10:00:00'",
            "$b9, $c, 'staff', $o1, 'appointment_cancelled', 'push', '2026-01-05 10:00:00'",
            "$b10, $c, 'service', $o1, 'appointment_rescheduled', 'push', '2026-01-05 10:00:00'",
            "$b11, $c, 'branch', $o2, 'policy_violation', 'push', '2026-01-05 10:00:00'",
            "$b12, $c, 'service', $o3, 'policy_violation', 'push', '2026-01-05 10:00:00'",
            "$b13, $c, 'staff', $o3, 'policy_violation', 'push', '2026-01-05 10:00:00'",
            "$b14, $c, 'ghost', $b1, 'policy_violation', 'push', '2026-01-05 10:00:00'",
            "$b15, $c, 'branch', $o3, 'policy_violation', 'push', '2026-01-05 10:00:00'",
            "$b16, $c, 'service', $o4, 'policy_violation', 'push', '2026-01-05 10:00:00'",
            "$b17, $c, 'staff', $o4, 'policy_violation', 'push', '2026-01-05 10:00:00'",
            "$b18, $c, 'company', $c, 'policy_violation', 'email', '2026-01-06 10:00:00'",
            "$b19, $c, 'branch', $o1, 'appointment_cancelled', 'whatsapp', '2026-01-06 10:00:00'",
            "$b20, $c, 'service', $o1, 'appointment_cancelled', 'sms', '2026-01-06 10:00:00'",
        ],
    ),
    (
        "notification_queues",
        "id, company_id, notification_configuration_id, notifiable_type, notifiable_id, channel, recipient, payload, \
         status, error_message, scheduled_at, created_at",
        &[
            "$b1, $c, $b1, 'customer', $b1, 'email', '$m.one@example.test', '{\"subject\": \"$m subject\", \"body\": \"$m body\"}', 'failed', '$m mailbox 17', NULL, '2026-11-20 10:00:00'",
            "$b2, $c, $b1, 'customer', $b1, 'email', '$m.two@example.test', '{\"subject\": \"$m subject\", \"body\": \"$m body\"}', 'pending', NULL, '2026-11-22 11:00:00', '2026-11-20 10:00:00'",
            "$b3, $c, $b1, 'staff', $b1, 'sms', '+49 $m 3', '{}', 'delivered', NULL, NULL, '2026-11-20 10:00:00'",
            "$b4, $c, $b1, 'customer', $b1, 'sms', '+49 $m 4', '{}', 'failed', '$m no route', NULL, '2026-11-20 10:00:00'",
            "$b5, $c, $b1, 'user', $u, 'push', '$m device', '{}', 'failed', '$m gone', NULL, '2026-11-21 10:00:00'",
            "$b6, $c, $b1, 'customer', $b1, 'sms', '+49 $m 6', '{}', 'failed', '$m other fault', NULL, '2026-11-20 10:00:00'",
            // Into the other company, and nowhere.
            "$b7, $c, $o1, 'customer', $o1, 'sms', '+49 $m 7', '{}', 'failed', '$m foreign', NULL, '2026-11-21 10:00:00'",
            "$b8, $c, NULL, 'staff', $o1, 'sms', '+49 $m 8', '{}', 'failed', '$m foreign', NULL, '2026-11-21 10:00:00'",
            "$b9, $c, NULL, 'ghost', $b1, 'sms', '+49 $m 9', '{}', 'failed', '$m ghost', NULL, '2026-11-21 10:00:00'",
            "$b10, $c, NULL, 'user', $v, 'sms', '+49 $m 10', '{}', 'failed', '$m foreign', NULL, '2026-11-21 10:00:00'",
            "$b11, $c, $o1, 'customer', $b1, 'sms', '+49 $m 11', '{}', 'sent', NULL, NULL, '2026-11-21 10:00:00'",
            // Reminders, that of an appointment of the other company under its number among them.
            "$b12, $c, $b1, 'customer', $b1, 'email', '$m.three@example.test', '{\"event\": \"appointment_reminder\", \"appointment_id\": $b10, \"subject\": \"$m\"}', 'pending', NULL, '2026-11-26 08:00:00', '2026-11-21 10:00:00'",
            "$b13, $c, $b1, 'customer', $o1, 'email', '$m.four@example.test', '{\"event\": \"appointment_reminder\", \"appointment_id\": $o10, \"subject\": \"$m\"}', 'pending', NULL, '2026-11-26 08:00:00', '2026-11-21 10:00:00'",
            // For one reason, of the other company's people among them.
            "$b18, $c, NULL, 'customer', $b1, 'sms', '+49 $m 18', '{}', 'failed', 'both no route', NULL, '2026-11-21 10:00:00'",
            "$b19, $c, NULL, 'customer', $o1, 'sms', '+49 $m 19', '{}', 'failed', 'both no route', NULL, '2026-11-21 10:00:00'",
            "$b20, $c, NULL, 'staff', $o1, 'sms', '+49 $m 20', '{}', 'failed', 'both no route', NULL, '2026-11-21 10:00:00'",
            "$b21, $c, NULL, 'user', $v, 'sms', '+49 $m 21', '{}', 'failed', 'both no route', NULL, '2026-11-21 10:00:00'",
            // Made nobody knows when.
            "$b14, $c, NULL, 'customer', $b1, 'sms', '+49 $m 14', '{}', 'failed', '$m undated', NULL, NULL",
            "$b15, $c, NULL, 'customer', $o1, 'sms', '+49 $m 15', '{}', 'failed', '$m undated foreign', NULL, NULL",
            "$b16, $c, NULL, 'staff', $o1, 'sms', '+49 $m 16', '{}', 'failed', '$m undated foreign', NULL, NULL",
            "$b17, $c, NULL, 'user', $v, 'sms', '+49 $m 17', '{}', 'failed', '$m undated foreign', NULL, NULL",
            // What is to be told of a no-show that is taken back, and of one of the other company under its number.
            "$b22, $c, $b1, 'user', $u, 'email', '$m.five@example.test', '{\"event\": \"policy_violation\", \"appointment_id\": $b27, \"subject\": \"$m\"}', 'pending', NULL, '2026-11-26 08:00:00', '2026-11-18 10:00:00'",
            "$b23, $c, $b1, 'user', $u, 'email', '$m.six@example.test', '{\"event\": \"policy_violation\", \"appointment_id\": $o27, \"subject\": \"$m\"}', 'pending', NULL, '2026-11-26 08:00:00', '2026-11-18 10:00:00'",
        ],
    ),
    (
        "user_analytics",
        "id, company_id, user_id, session_id, event, created_at",
        &["$b1, $c, $u, '$m', 'dashboard_opened', '2026-11-20 10:00:00'"],
    ),
    ("company_settings", "company_id, staff_capacity, currency", &["$c, 4$c, '$f'"]),
    (
        "deliveries",
        "notification_id, company_id, channel, attempts, due_at, last_error",
        &["$b2, $c, 'email', 2, 1763800000, '$m last'"],
    ),
    (
        "rollcall_imports",
        "id, company_id, user_id, file, name, bytes, state, report, created_at, changed_at",
        &[
            "$b1, $c, $u, '$b1-file.csv', '$m file', 100, 'done', '{\"rows\": 3$c, \"rejected\": 1}', '2026-11-21 10:00:00', '2026-11-21 10:00:00'",
            "$b2, $c, $u, '$b2-file.csv', '$m second file', 100, 'ready', NULL, '2026-11-21 10:00:00', '2026-11-21 10:00:00'",
            "$b3, $c, $u, '$b3-file.csv', '$m third file', 100, 'ready', NULL, '2026-11-21 10:00:00', '2026-11-21 10:00:00'",
        ],
    ),
    (
        "rollcall_arrangements",
        "company_id, user_id, widgets",
        // The second one is of somebody who is in the other company by now.
        &["$c, $u, 'policy_trend,latest_violations'", "$c, $v, '-latest_violations,-policy_trend'"],
    ),
    (
        "rollcall_deleted",
        "company_id, kind, row_id, tag, by_name, deleted_at",
        &[
            "$c, 'appointments', $b3, 'x', '$m person', '2026-11-21 10:00:00'",
            "$c, 'policies', $b20, 'x', '$m person', '2026-11-21 10:00:00'",
        ],
    ),
    (
        "rollcall_set_aside",
        "company_id, notification_id, retries, reason, by_name, at",
        // The other company's, too.
        &[
            "$c, $b6, 0, '$m reason', '$m person', '2026-11-21 10:00:00'",
            "$c, $o1, 0, '$m reason', '$m person', '2026-11-21 10:00:00'",
            "$c, $o4, 0, '$m reason', '$m person', '2026-11-21 10:00:00'",
            "$c, $o5, 0, '$m reason', '$m person', '2026-11-21 10:00:00'",
            "$c, $o6, 0, '$m reason', '$m person', '2026-11-21 10:00:00'",
        ],
    ),
    (
        "rollcall_bulk",
        "company_id, name, screen, act, reason, user_id, actor, total, created_at, finished_at, outcome",
        &[
            "$c, 'both-bulk-1', 'services', 'deactivate', '$m reason', $u, '{\"kind\": \"user\", \"name\": \"$m person\"}', 2, 1795340000, 1795340060, 'done'",
            "$c, 'both-bulk-2', 'services', 'deactivate', '$m reason', $u, '{\"kind\": \"user\", \"name\": \"$m person\"}', 2, 1795340000, NULL, ''",
            "$c, '$c-bulk-9', 'services', 'deactivate', '$m reason', $u, '{}', 2, 1795340000, NULL, ''",
        ],
    ),
    (
        "rollcall_bulk_rows",
        "company_id, job, row_id, state, why",
        &["$c, 'both-bulk-1', $b1, 1, ''", "$c, 'both-bulk-1', $b2, 2, 'gone'", "$c, 'both-bulk-2', $b1, 0, ''"],
    ),
    (
        "rollcall_reports",
        "id, company_id, name, cadence, weekday, month_day, minute, period, branch_id, widgets, attachment, next_at, \
         created_at, updated_at",
        &[
            "$b1, $c, '$m report', 'daily', 0, 1, 420, '30d', $b1, 'policy_trend', 'csv', 1795417200, '2026-11-20 10:00:00', '2026-11-20 10:00:00'",
            "$b2, $c, '$m second report', 'weekly', 2, 1, 420, '', NULL, 'policy_trend', 'none', NULL, '2026-11-20 10:00:00', '2026-11-20 10:00:00'",
            "$b3, $c, '$m third report', 'daily', 0, 1, 420, '', NULL, 'policy_trend', 'none', NULL, '2026-11-20 10:00:00', '2026-11-20 10:00:00'",
            "$b4, $c, '$m fourth report', 'daily', 0, 1, 420, '', $o1, 'policy_trend', 'none', NULL, '2026-11-20 10:00:00', '2026-11-20 10:00:00'",
        ],
    ),
    (
        "rollcall_report_recipients",
        "company_id, report_id, user_id, language",
        // Somebody who is in the other company among them.
        &["$c, $b1, $u, 'de'", "$c, $b1, $v, ''", "$c, $b3, $u, ''", "$c, $b4, $u, ''", "$c, $o1, $y, ''"],
    ),
    (
        "rollcall_report_mails",
        "id, company_id, report_id, user_id, slot, cause, status, due_at, error, created_at",
        &[
            "$b1, $c, $b1, $u, 1763800000, 'clock', 'failed', 1763800000, '$m error', '2026-11-20 10:00:00'",
            "$b2, $c, $b1, $v, 1763800000, 'clock', 'skipped', 1763800000, '$m foreign', '2026-11-20 10:00:00'",
            // Of the other company's report.
            "$b3, $c, $o3, $u, 1763800000, 'hand', 'pending', 1763800000, '', '2026-11-20 10:00:00'",
        ],
    ),
    // A policy that hangs on the other company, and was deleted here.
    (
        "rollcall_deleted",
        "company_id, kind, row_id, tag, by_name, deleted_at",
        &["$c, 'policy_configurations', $b20, 'x', '$m person', '2026-11-21 10:00:00'"],
    ),
    (
        "rollcall_links",
        "id, kind, hash, company_id, user_id, email, name, role, created_at, expires_at",
        &[
            "$b1, 'invitation', '$b1-hash', $c, NULL, '$m.first@example.test', '$m first', 'viewer', '2026-11-21 10:00:00', '2026-11-24 10:00:00'",
            "$b2, 'invitation', '$b2-hash', $c, NULL, '$m.second@example.test', '$m second', 'admin', '2026-11-21 10:00:00', '2026-11-24 10:00:00'",
            "$b3, 'invitation', '$b3-hash', $c, NULL, 'invited@example.test', '$m third', 'viewer', '2026-11-21 10:00:00', '2026-11-24 10:00:00'",
            "$b4, 'invitation', '$invitation', $c, NULL, '$m.comer@example.test', '$m comer', 'viewer', '2026-11-21 10:00:00', '2026-11-24 10:00:00'",
            "$b5, 'reset', '$reset', NULL, $x, '$m.reset@example.test', '$m reset', 'viewer', '2026-11-22 11:30:00', '2026-11-22 12:30:00'",
        ],
    ),
    (
        "import_keys",
        "company_id, source, kind, external_key, row_id",
        &["$c, 'old', 'customer', '$b-77', $b1", "$c, 'old', 'appointment', '$b-a', $b1"],
    ),
    // Words that name whom the other company has.
    (
        "search_words",
        "company_id, kind, word, subject_id",
        &["$c, 1, 'customer', $o1", "$c, 1, '$mword', $o1", "$c, 2, 'staff', $o1", "$c, 2, '$mword', $o1"],
    ),
    ("rollcall_seen", "company_id, user_id, seen_at", &["$c, $v, '2026-11-22 11:59:00'"]),
    (
        "security_events",
        "company_id, kind, subject, detail, first_at, last_at",
        &["$c, 'foreign_row', '$m subject', '$m detail', '2026-11-20 10:00:00', '2026-11-20 10:00:00'"],
    ),
    (
        "audit_log",
        "company_id, actor_kind, actor_id, actor_name, action, subject_kind, subject_id, state_before, state_after, at",
        &[
            "$c, 'user', $u, '$m person', 'customer.updated', 'customer', $b1, '{\"name\": \"$m before\"}', '{\"name\": \"$m after\"}', '2026-11-20 10:00:00'",
            // What the other company's records and searches must not show.
            "$c, 'user', $u, '$m person', 'appointment.updated', 'appointment', $o1, '{\"status\": \"$m before\"}', NULL, '2026-11-20 10:00:00'",
            "$c, 'user', $w, '$m person', 'service.updated', 'service', $b1, '{\"name\": \"$m before\"}', NULL, '2026-11-20 10:00:00'",
            "$c, 'user', $u, '$m person', 'customer.updated', 'customer', $o1, '{\"name\": \"$m before\"}', '{\"name\": \"$m after\"}', '2026-11-20 10:00:00'",
            "$c, 'user', $u, '$m person', 'appointment.no_show', 'appointment', $o27, '{\"status\": \"scheduled\"}', NULL, '2026-11-20 10:00:00'",
            // What the other company's rows are called stands in no line.
            "$c, 'user', $u, '$m person', 'appointment.updated', 'appointment', $b1, '{\"branch_id\": $o1, \"service_id\": $o1, \"staff_id\": $o1, \"customer_id\": $o1}', '{\"branch_id\": $b1, \"price\": \"$a\"}', '2026-11-20 10:00:00'",
            "$c, 'user', $u, '$m person', 'policy.updated', 'policy', $b2, '{\"configurable_type\": \"company\", \"configurable_id\": $p}', '{\"configurable_type\": \"branch\", \"configurable_id\": $o2}', '2026-11-20 10:00:00'",
            "$c, 'user', $u, '$m person', 'notification.updated', 'notification', $b1, '{\"notifiable_type\": \"user\", \"notifiable_id\": $v}', NULL, '2026-11-20 10:00:00'",
            "$c, 'user', $u, '$m person', 'import.ended', 'import', NULL, NULL, NULL, '2026-11-22 11:30:00'",
        ],
    ),
];

/// The victim's alone: what it notes of the other company's rows.
const VICTIMS: &[(&str, &str, &[&str])] = &[
    (
        "rollcall_deleted",
        "company_id, kind, row_id, tag, by_name, deleted_at",
        &[
            "1, 'appointments', 203, 'x', '$m person', '2026-11-21 10:00:00'",
            "1, 'appointments', 2019, 'x', '$m person', '2026-11-21 10:00:00'",
            "1, 'appointments', 2025, 'x', '$m person', '2026-11-21 10:00:00'",
            "1, 'policies', 2016, 'x', '$m person', '2026-11-21 10:00:00'",
        ],
    ),
    // Somebody who was the victim's once gets its reports by name still.
    ("rollcall_report_recipients", "company_id, report_id, user_id, language", &["1, 103, 14, ''"]),
    ("rollcall_first_steps", "company_id, dismissed_at", &["1, '2026-11-20 10:00:00'"]),
    // Whom an operator looked at a moment ago.
    (
        "audit_log",
        "company_id, actor_kind, actor_id, actor_name, action, subject_kind, subject_id, at",
        &["1, 'operator', 1, 'operator', 'company.entered', 'company', 1, '2026-11-22 12:00:00'"],
    ),
    // What is left of somebody who went over to the other company.
    (
        "rollcall_people",
        "company_id, user_id, deactivated_at, totp_since",
        &["1, 14, '2026-11-20 10:00:00', '2026-11-20 10:00:00'"],
    ),
];

/// The tables with an id of the database's own that rows are made in later.
const COUNTED: [&str; 15] = [
    "companies",
    "users",
    "branches",
    "services",
    "staff",
    "customers",
    "appointments",
    "appointment_modifications",
    "appointment_modification_stats",
    "policy_configurations",
    "notification_queues",
    "rollcall_links",
    "rollcall_reports",
    "rollcall_report_mails",
    "rollcall_imports",
];

/// Fills both companies: the victim is 1, the other 2.
pub async fn fill(test: &TestDb) {
    for victim in [true, false] {
        for (table, columns, rows) in ROWS.iter().chain(VICTIMS.iter().filter(|_| victim)) {
            let rows: Vec<_> = rows.iter().map(|row| format!("({})", filled(row, victim))).collect();
            let ids = match (test.backend, *table) {
                (
                    Backend::Postgres,
                    "rollcall_links" | "rollcall_imports" | "rollcall_reports" | "rollcall_report_mails",
                ) => "OVERRIDING SYSTEM VALUE ",
                _ => "",
            };
            let text = format!("INSERT INTO {table} ({columns}) {ids}VALUES {}", rows.join(", "));
            test.sql(&escaped(test, &text)).await;
        }
    }
    test.sql(&format!("UPDATE companies SET name = '{NAME} company', slug = 'victim' WHERE id = 1")).await;
    for (table, ids) in [("appointments", "1025, 2025"), ("policy_configurations", "1020, 2020")] {
        test.sql(&format!("UPDATE {table} SET deleted_at = '2026-11-21 10:00:00' WHERE id IN ({ids})")).await;
    }
    test.sql("UPDATE companies SET name = 'Own company', slug = 'own' WHERE id = 2").await;
    test.sql(&format!("UPDATE users SET name = '{CANARY} person' WHERE company_id = 1")).await;
    for table in COUNTED.iter().chain(&["notification_configurations"]) {
        test.ids_go_on(table).await;
    }
}

fn filled(row: &str, victim: bool) -> String {
    let words = match victim {
        true => [
            ("$b", "10"),
            ("$c", "1"),
            ("$m", CANARY),
            ("$o", "20"),
            ("$p", "2"),
            ("$a", "7351.97"),
            ("$u", "2"),
            ("$v", "5"),
            ("$w", "21"),
            ("$x", "11"),
            ("$y", "6"),
            ("$f", "CHF"),
        ],
        false => [
            ("$b", "20"),
            ("$c", "2"),
            ("$m", "own"),
            ("$o", "10"),
            ("$p", "1"),
            ("$a", "24.50"),
            ("$u", "5"),
            ("$v", "2"),
            ("$w", "11"),
            ("$x", "22"),
            ("$y", "3"),
            ("$f", "EUR"),
        ],
    };
    let row = words.iter().fold(row.to_owned(), |row, (word, meaning)| row.replace(word, meaning));
    let whose = if victim { CANARY } else { "own" };
    ["invitation", "reset"].iter().fold(row, |row, link| row.replace(&format!("${link}"), &hash(whose, link)))
}

/// What is kept of a link's secret: `own-reset`.
fn hash(whose: &str, link: &str) -> String {
    Sha256::digest(format!("{whose}-{link}")).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn escaped(test: &TestDb, text: &str) -> String {
    // `count` is a word of MariaDB's, though not before a parenthesis.
    match test.backend {
        Backend::MariaDb => text.replace(" count,", " `count`,"),
        Backend::Sqlite | Backend::Postgres => text.to_owned(),
    }
}

/// The tables whose rows belong to a company by their `company_id`.
pub const OWNED: [&str; 38] = [
    "branches",
    "services",
    "users",
    "staff",
    "customers",
    "appointments",
    "appointment_modifications",
    "appointment_modification_stats",
    "policy_configurations",
    "notification_configurations",
    "notification_queues",
    "user_analytics",
    "change_log",
    "company_versions",
    "day_summaries",
    "customer_summaries",
    "company_summaries",
    "company_settings",
    "deliveries",
    "import_keys",
    "idempotency_keys",
    "security_events",
    "audit_log",
    "api_tokens",
    "rollcall_people",
    "rollcall_links",
    "rollcall_arrangements",
    "rollcall_deleted",
    "rollcall_set_aside",
    "rollcall_bulk",
    "rollcall_bulk_rows",
    "search_words",
    "rollcall_seen",
    "rollcall_imports",
    "rollcall_first_steps",
    "rollcall_reports",
    "rollcall_report_recipients",
    "rollcall_report_mails",
];

/// The tables whose rows belong to a person: with what is compared of them, and which of them are meant.
const PERSONAL: [(&str, &str, &str); 3] = [
    ("rollcall_sessions", "id, user_id", ""),
    ("rollcall_recovery_codes", "user_id, hash, used_at", ""),
    ("rollcall_links", "id, kind, hash, user_id, email, name, role, used_at", "company_id IS NULL AND "),
];

fn of_people(company: i64) -> String {
    format!("user_id IN (SELECT id FROM users WHERE company_id = {company})")
}

/// Takes the victim out of the world, as if there had never been one.
pub async fn without_victim(test: &TestDb) {
    for (table, _, those) in PERSONAL {
        test.sql(&format!("DELETE FROM {table} WHERE {those}{}", of_people(1))).await;
    }
    test.sql("DELETE FROM companies WHERE id = 1").await;
    for table in OWNED {
        test.sql(&format!("DELETE FROM {table} WHERE company_id = 1")).await;
    }
    // What the triggers wrote down of it.
    for table in ["change_log", "company_versions"] {
        test.sql(&format!("DELETE FROM {table} WHERE company_id = 1")).await;
    }
}

/// All that there is of a company, to the byte; `but` leaves out columns that chance fills.
pub async fn rows_of(test: &TestDb, company: i64, but: &[&str]) -> Vec<String> {
    let mut all = Vec::new();
    let owned = OWNED.iter().map(|table| (*table, "*", format!("company_id = {company}")));
    let personal =
        PERSONAL.iter().map(|(table, columns, those)| (*table, *columns, those.to_string() + &of_people(company)));
    for (table, columns, those) in owned.chain(personal).chain([("companies", "*", format!("id = {company}"))]) {
        for row in test.query(&format!("SELECT {columns} FROM {table} WHERE {those}")).await {
            let mut row = Value::from_query_result(&row, "").unwrap();
            for name in but {
                row.as_object_mut().unwrap().remove(*name);
            }
            all.push(format!("{table} {row}"));
        }
    }
    all.sort();
    all
}
