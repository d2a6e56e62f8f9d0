//! From a foreign application's writes to summaries, on every database.

use rollcall::changes;
use rollcall::summaries::{Needs, Snapshot, read};

use crate::support::{TestDb, on_every_database};

async fn snapshot(test: &TestDb, company: i64) -> Snapshot {
    let scope = test.scope(company).await;
    changes::settle(&test.db, &scope, &test.clock).await.unwrap();
    let needs = Needs { days: 90, journey: None, branch: None, violations: true, failures: true };
    let zone: String = test.value(&format!("SELECT timezone FROM companies WHERE id = {company}")).await;
    read(&scope.db(&test.db), rollcall::summaries::zone::zone(&zone), test.clock.now(), &needs).await.unwrap()
}

async fn assert_verified(test: &TestDb, company: i64) {
    let scope = test.scope(company).await;
    let differences = changes::verify(&test.db, &scope, &test.clock).await.unwrap();
    assert_eq!(differences, [], "the stored summaries are what the raw rows say");
}

fn appointment(id: i64, company: i64, customer: i64, starts_at: &str, status: &str) -> String {
    format!(
        "INSERT INTO appointments (id, company_id, staff_id, customer_id, starts_at, ends_at, status, created_at) \
         VALUES ({id}, {company}, 1, {customer}, '{starts_at}', '{starts_at}', '{status}', '2026-11-10 09:00:00')"
    )
}

on_every_database!(migrations_go_up_and_down, async |test: &TestDb| {
    assert!(test.db.migrations().await.unwrap().iter().all(|step| step.applied));
    test.db.migrate_down(None).await.unwrap();
    assert!(test.db.migrations().await.unwrap().iter().all(|step| !step.applied));
    test.db.migrate_up().await.unwrap();
    test.company(1, "Europe/Berlin").await;
    assert_eq!(test.value::<String>("SELECT subject FROM change_log").await, "+Europe/Berlin");
});

on_every_database!(indexes_that_were_half_made_or_dropped_are_gone_on_with, async |test: &TestDb| {
    let drop = async |index: &str, table: &str| {
        let on = test.db.dialect().pick(String::new(), format!(" ON {table}"), String::new());
        test.sql(&format!("DROP INDEX {index}{on}")).await;
    };
    let there = async |index: &str| {
        let text = test.db.dialect().pick(
            format!("SELECT COUNT(*) FROM sqlite_master WHERE name = '{index}'"),
            format!(
                "SELECT COUNT(DISTINCT index_name) FROM information_schema.statistics \
                 WHERE table_schema = DATABASE() AND index_name = '{index}'"
            ),
            format!("SELECT COUNT(*) FROM pg_indexes WHERE indexname = '{index}'"),
        );
        test.value::<i64>(&text).await == 1
    };
    let lists = ["idx_customers_company_name", "idx_customers_company_created"];
    // Killed after the second of its four, before it was written down: MySQL keeps the two.
    for index in lists {
        drop(index, "customers").await;
    }
    test.sql("DELETE FROM rollcall_migrations WHERE version = 'm0014_lists'").await;
    test.db.migrate_up().await.unwrap();
    assert!(there(lists[0]).await && there(lists[1]).await);
    assert!(test.db.migrations().await.unwrap().iter().all(|step| step.applied));
    // And killed on the way down.
    drop(lists[1], "customers").await;
    let all = test.db.migrations().await.unwrap();
    let since = all.iter().rev().position(|step| step.name == "m0014_lists").unwrap() + 1;
    test.db.migrate_down(Some(u32::try_from(since).unwrap())).await.unwrap();
    assert!(!there(lists[0]).await);
    test.db.migrate_up().await.unwrap();
    assert!(there(lists[0]).await && there(lists[1]).await);
});

on_every_database!(a_foreign_write_reaches_the_summaries, async |test: &TestDb| {
    test.company(1, "Europe/Berlin").await;
    test.customer(7, 1).await;
    test.sql(&appointment(1, 1, 7, "2026-11-20 23:30:00", "completed")).await;
    let snap = snapshot(test, 1).await;
    let day = snap.day("2026-11-21".parse().unwrap()).expect("half past eleven in UTC is the 21st in Berlin");
    assert_eq!((day.appointments.total, day.appointments.completed, day.hours.get(&0)), (1, 1, Some(&1)));
    assert_eq!(snap.day("2026-11-10".parse().unwrap()).unwrap().created, 1);
    assert_eq!(snap.top_customers[0].appointments, 1);
    assert_eq!(snap.company.journey.get("lead"), Some(&1));

    let version = "SELECT version FROM company_versions WHERE company_id = 1";
    let before: i64 = test.value(version).await;
    test.sql("UPDATE appointments SET starts_at = '2026-11-19 10:00:00', status = 'cancelled' WHERE id = 1").await;
    let moved = snapshot(test, 1).await;
    assert!(test.value::<i64>(version).await > before);
    assert!(moved.day("2026-11-21".parse().unwrap()).is_none(), "the day it left is empty");
    assert_eq!(moved.day("2026-11-19".parse().unwrap()).unwrap().appointments.cancelled, 1);

    test.sql("UPDATE appointments SET deleted_at = '2026-11-22 08:00:00' WHERE id = 1").await;
    let deleted = snapshot(test, 1).await;
    assert!(deleted.days.is_empty(), "soft-deleted rows count nowhere");
    assert_eq!(deleted.top_customers[0].appointments, 0);
    assert_verified(test, 1).await;
});

on_every_database!(a_row_that_moves_to_another_company_leaves_the_first, async |test: &TestDb| {
    test.company(1, "Europe/Berlin").await;
    test.company(2, "Asia/Kathmandu").await;
    test.customer(7, 1).await;
    test.customer(8, 2).await;
    test.sql(&appointment(1, 1, 7, "2026-11-20 18:20:00", "completed")).await;
    snapshot(test, 1).await;
    test.sql("UPDATE appointments SET company_id = 2, customer_id = 8 WHERE id = 1").await;
    assert!(snapshot(test, 1).await.days.is_empty());
    let second = snapshot(test, 2).await;
    let day = second.day("2026-11-21".parse().unwrap()).expect("18:20 UTC is five past midnight in Kathmandu");
    assert_eq!(day.hours.get(&0), Some(&1));
    assert_verified(test, 1).await;
    assert_verified(test, 2).await;
});

on_every_database!(a_change_of_zone_recomputes_every_day, async |test: &TestDb| {
    test.company(1, "Europe/Berlin").await;
    test.customer(7, 1).await;
    test.sql(&appointment(1, 1, 7, "2026-11-20 23:30:00", "completed")).await;
    snapshot(test, 1).await;
    test.sql("UPDATE companies SET timezone = 'America/New_York' WHERE id = 1").await;
    let snap = snapshot(test, 1).await;
    assert!(snap.day("2026-11-21".parse().unwrap()).is_none());
    assert_eq!(snap.day("2026-11-20".parse().unwrap()).unwrap().hours.get(&18), Some(&1));
    assert_verified(test, 1).await;
});

on_every_database!(a_customer_that_goes_takes_the_validity_of_its_notifications, async |test: &TestDb| {
    test.company(1, "Europe/Berlin").await;
    test.customer(7, 1).await;
    test.sql(
        "INSERT INTO notification_queues (id, company_id, notifiable_type, notifiable_id, channel, recipient, status, \
         error_message, created_at) VALUES (1, 1, 'customer', 7, 'email', 'a@example.test', 'failed', 'SMTP 550', \
         '2026-11-20 10:00:00'), (2, 1, 'customer', 7, 'sms', '+49', 'failed', 'timeout', NULL)",
    )
    .await;
    let snap = snapshot(test, 1).await;
    assert_eq!(snap.failed_notifications, 2, "the badge counts the undated one too");
    assert_eq!(snap.latest_failures.unwrap().len(), 1);
    test.sql("DELETE FROM customers WHERE id = 7").await;
    let snap = snapshot(test, 1).await;
    assert_eq!(snap.failed_notifications, 0);
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM security_events").await, 2);
    assert_verified(test, 1).await;
});

on_every_database!(a_company_that_goes_leaves_nothing, async |test: &TestDb| {
    test.company(1, "Europe/Berlin").await;
    test.customer(7, 1).await;
    let scope = test.scope(1).await;
    snapshot(test, 1).await;
    test.sql("DELETE FROM companies WHERE id = 1").await;
    changes::settle(&test.db, &scope, &test.clock).await.unwrap();
    for table in ["change_log", "day_summaries", "customer_summaries", "company_summaries", "search_words"] {
        assert_eq!(test.value::<i64>(&format!("SELECT COUNT(*) FROM {table}")).await, 0, "{table}");
    }
});

on_every_database!(replacing_a_row_is_no_blind_spot, async |test: &TestDb| {
    test.company(1, "Europe/Berlin").await;
    test.customer(7, 1).await;
    test.sql(&appointment(1, 1, 7, "2026-11-20 10:00:00", "completed")).await;
    snapshot(test, 1).await;
    if test.backend == crate::support::Backend::Postgres {
        return; // PostgreSQL has no REPLACE.
    }
    test.sql(&appointment(1, 1, 7, "2026-11-18 10:00:00", "completed").replace("INSERT", "REPLACE")).await;
    let snap = snapshot(test, 1).await;
    assert!(snap.day("2026-11-20".parse().unwrap()).is_none());
    assert_verified(test, 1).await;
});
