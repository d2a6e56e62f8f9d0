//! The demo's data on every database: as planned, the same for the same seed, and right in the summaries.

use chrono::{DateTime, Utc};
use rollcall::changes;
use rollcall::demo::{Generated, Plan, finish, generate};

use crate::support::{NOW, TestDb, on_every_database};

fn plan(seed: u64) -> Plan {
    let plan = Plan::new(NOW.parse::<DateTime<Utc>>().unwrap(), "$argon2id$demo".to_owned());
    Plan { companies: 3, appointments: 600, staff: 20, customers: 200, seed, ..plan }
}

async fn made(test: &TestDb, seed: u64) -> Generated {
    generate(&test.db, &plan(seed), &mut |_, _| ()).await.unwrap()
}

const TABLES: [&str; 14] = [
    "companies",
    "company_settings",
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
];

/// The number of rows of every table, and a few sums that any other draw would change.
async fn figures(test: &TestDb) -> Vec<i64> {
    let mut figures = Vec::new();
    for table in TABLES {
        figures.push(test.value::<i64>(&format!("SELECT COUNT(*) FROM {table}")).await);
    }
    for (column, table) in [
        ("customer_id", "appointments"),
        ("staff_id", "appointments"),
        ("notifiable_id % 100000", "notification_queues"),
        ("configurable_id % 100000", "policy_configurations"),
    ] {
        let integer = match test.backend {
            crate::support::Backend::MariaDb => "SIGNED",
            _ => "BIGINT",
        };
        figures.push(test.value::<i64>(&format!("SELECT CAST(SUM({column}) AS {integer}) FROM {table}")).await);
    }
    figures
}

on_every_database!(a_demo_has_what_was_planned_and_its_summaries_are_right, async |test: &TestDb| {
    let made = made(test, 1).await;
    assert_eq!((made.companies, made.appointments, made.users), (3, 600, 10));
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM appointments").await, 600);
    let mut told = Vec::new();
    finish(&test.db, &test.clock, &made, &mut |done, total| told.push((done, total))).await.unwrap();
    assert!(told.is_sorted() && told.iter().all(|(done, total)| done <= total && *total == 600), "{told:?}");
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM change_log").await, 0, "nothing is left to be done");
    for company in 1..=3 {
        let scope = test.scope(company).await;
        assert_eq!(changes::verify(&test.db, &scope, &test.clock).await.unwrap(), []);
    }
    let hostile = "SELECT COUNT(*) FROM policy_configurations WHERE configurable_id = 9000000000";
    assert_eq!(test.value::<i64>(hostile).await, 1, "the largest company has its hostile rows");
    assert!(test.value::<i64>("SELECT COUNT(*) FROM security_events").await > 10, "and they were noticed");
});

on_every_database!(a_seed_is_the_same_on_every_database, async |test: &TestDb| {
    made(test, 7).await;
    let folder = tempfile::tempdir().unwrap();
    let reference = TestDb::open(
        crate::support::Backend::Sqlite,
        &format!("sqlite:{}?mode=rwc", folder.path().join("reference.db").display()),
    )
    .await;
    reference.db.migrate_up().await.unwrap();
    made(&reference, 7).await;
    assert_eq!(figures(test).await, figures(&reference).await);
});

on_every_database!(rows_made_after_a_demo_get_ids_of_their_own, async |test: &TestDb| {
    made(test, 1).await;
    test.sql("INSERT INTO companies (name, slug) VALUES ('New', 'new')").await;
    test.sql("INSERT INTO customers (company_id, name) VALUES (4, 'New')").await;
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM companies WHERE name = 'New' AND id > 3").await, 1);
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM customers WHERE name = 'New'").await, 1);
});
