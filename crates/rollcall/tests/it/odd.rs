//! Values that no well-behaved application writes, but a database takes: they never stop a company's refresher, never
//! make a stored summary differ from a recomputed one, and never hide the rows beside them.

use std::time::Duration;

use rollcall::changes;
use rollcall::summaries::{Needs, Snapshot, read};
use rollcall::tenant::TenantScope;

use crate::support::{Backend, TestDb, on_every_database};

/// Settles, verifies, rebuilds, verifies again, and reads a page of company 1.
pub async fn survives(test: &TestDb) -> Snapshot {
    let scope = test.scope(1).await;
    let work = async {
        changes::settle(&test.db, &scope, &test.clock).await.expect("settles");
        assert_verified(test, &scope).await;
        changes::rebuild(&test.db, &scope, &test.clock, &mut |_| ()).await.expect("rebuilds");
        assert_verified(test, &scope).await;
    };
    tokio::time::timeout(Duration::from_secs(60), work).await.expect("comes to an end");
    let needs = Needs { days: 90, journey: None, branch: None, violations: true, failures: true };
    let zone: String = test.value("SELECT timezone FROM companies WHERE id = 1").await;
    let zone = rollcall::summaries::zone::zone(&zone);
    let snapshot = read(&scope.db(&test.db), zone, test.clock.now(), &needs).await.unwrap();
    assert!(snapshot.latest_violations.is_ok() && snapshot.latest_failures.is_ok());
    snapshot
}

async fn assert_verified(test: &TestDb, scope: &TenantScope) {
    assert_eq!(changes::verify(&test.db, scope, &test.clock).await.unwrap(), []);
}

/// A company in Berlin with customer 7, member of staff 1 and settled summaries.
pub async fn berlin(test: &TestDb) {
    test.company(1, "Europe/Berlin").await;
    test.customer(7, 1).await;
    test.sql("INSERT INTO staff (id, company_id, name) VALUES (1, 1, 'Ada')").await;
    let scope = test.scope(1).await;
    changes::settle(&test.db, &scope, &test.clock).await.unwrap();
}

pub async fn appointment(test: &TestDb, id: i64, starts_at: &str) {
    test.sql(&format!(
        "INSERT INTO appointments (id, company_id, customer_id, starts_at, ends_at, created_at) \
         VALUES ({id}, 1, 7, {starts_at}, {starts_at}, {starts_at})"
    ))
    .await;
}

pub async fn failure(test: &TestDb, id: i64, created_at: &str) {
    test.sql(&format!(
        "INSERT INTO notification_queues (id, company_id, notifiable_type, notifiable_id, channel, recipient, status, \
         error_message, created_at, sent_at) \
         VALUES ({id}, 1, 'customer', 7, 'email', 'a@example.test', 'failed', 'timeout', {created_at}, {created_at})"
    ))
    .await;
}

pub async fn violation(test: &TestDb, id: i64, created_at: &str, period: &str) {
    test.sql(&format!(
        "INSERT INTO appointment_modification_stats (id, company_id, customer_id, stat_type, period_start, period_end, \
         created_at) VALUES ({id}, 1, 7, 'violation', {period}, {period}, {created_at})"
    ))
    .await;
}

pub fn starts(snapshot: &Snapshot, day: &str) -> i64 {
    snapshot.day(day.parse().unwrap()).map_or(0, |day| day.appointments.total)
}

on_every_database!(instants_at_the_ends_of_time_stop_nothing, async |test: &TestDb| {
    berlin(test).await;
    let odd: &[&str] = match test.backend {
        Backend::Sqlite => &[
            "'0000-00-00 00:00:00'",
            "'2026-02-30 10:00:00'",
            "'10000-01-01 10:00:00'",
            "'9999-12-31 23:59:59'",
            "'0001-01-01 00:00:00'",
            "'-0044-03-15 10:00:00'",
            "'2026-11-20'",
            "'2026-11-20 1'",
            "'2026-11-20 10:00'",
            "'tomorrow'",
            "''",
            "1763600000",
            "1.5",
            "x'00ff'",
        ],
        Backend::MariaDb => {
            &["'0000-00-00 00:00:00'", "'2026-00-10 10:00:00'", "'9999-12-31 23:59:59'", "'0001-01-01 00:00:00'"]
        }
        Backend::Postgres => &[
            "'infinity'",
            "'-infinity'",
            "'10000-01-01 10:00:00'",
            "'290000-01-01 10:00:00'",
            "'9999-12-31 23:59:59.999999'",
            "'0044-03-15 10:00:00 BC'",
            "'0001-01-01 00:00:00'",
            "'2026-10-20 10:00:00.5'",
        ],
    };
    for (id, instant) in (100..).zip(odd) {
        appointment(test, id, instant).await;
        failure(test, id, instant).await;
        violation(test, id, instant, "'2026-11-01'").await;
    }
    appointment(test, 1, "'2026-11-20 23:30:00'").await;
    failure(test, 1, "'2026-11-20 23:30:00'").await;
    violation(test, 1, "'2026-11-20 23:30:00'", "'2026-11-01'").await;
    for zone in ["America/New_York", "Pacific/Kiritimati", "Europe/Berlin"] {
        test.sql(&format!("UPDATE companies SET timezone = '{zone}' WHERE id = 1")).await;
        let snapshot = survives(test).await;
        let day = if zone == "America/New_York" { "2026-11-20" } else { "2026-11-21" };
        assert_eq!(starts(&snapshot, day), 1, "{zone}: {:?}", snapshot.days);
        assert!(snapshot.latest_failures.unwrap().iter().any(|row| row.id == 1));
        assert!(!snapshot.latest_violations.unwrap().is_empty());
    }
    test.sql("DELETE FROM appointments WHERE id >= 100").await;
    test.sql("DELETE FROM notification_queues WHERE id >= 100").await;
    test.sql("DELETE FROM customers WHERE id = 7").await;
    assert_eq!(survives(test).await.failed_notifications, 0);
});

on_every_database!(periods_at_the_ends_of_time_stop_nothing, async |test: &TestDb| {
    berlin(test).await;
    let odd = match test.backend {
        Backend::Sqlite => ["'yesterday'", "''"],
        Backend::MariaDb => ["'0000-00-00'", "'2026-11-00'"],
        Backend::Postgres => ["'infinity'", "'-infinity'"],
    };
    violation(test, 1, "'2026-11-20 10:00:00'", "'2026-11-01'").await;
    violation(test, 2, "'2026-11-20 11:00:00'", odd[0]).await;
    violation(test, 3, "'2026-11-20 12:00:00'", odd[1]).await;
    let snapshot = survives(test).await;
    assert_eq!(snapshot.day("2026-11-20".parse().unwrap()).unwrap().violations_total(), 3);
    assert!(snapshot.latest_violations.unwrap().iter().any(|row| row.at.to_string() == "2026-11-20 10:00:00"));
});

// SQLite keeps what it is given: Python's isoformat(), JavaScript's toISOString().
on_every_database!(instants_in_iso_form_count_on_their_day, async |test: &TestDb| {
    if test.backend != Backend::Sqlite {
        return; // The servers make instants of them.
    }
    berlin(test).await;
    appointment(test, 1, "'2026-11-20T22:30:00'").await;
    appointment(test, 2, "'2026-11-20T23:30:00.000Z'").await;
    appointment(test, 3, "'2026-11-21T00:30:00+00:00'").await;
    appointment(test, 4, "'2026-11-21 22:30:00'").await;
    let snapshot = survives(test).await;
    assert_eq!((starts(&snapshot, "2026-11-20"), starts(&snapshot, "2026-11-21")), (1, 3));
    test.sql("UPDATE appointments SET starts_at = '2026-11-18T10:00:00' WHERE id = 2").await;
    let snapshot = survives(test).await;
    assert_eq!((starts(&snapshot, "2026-11-18"), starts(&snapshot, "2026-11-21")), (1, 2));
    test.sql("UPDATE appointments SET deleted_at = 'yes' WHERE id = 4").await;
    let snapshot = survives(test).await;
    assert_eq!(starts(&snapshot, "2026-11-21"), 1);
    assert_eq!(snapshot.top_customers[0].appointments, 3, "whatever stands in deleted_at, the row is deleted");
});

on_every_database!(figures_that_are_none_stop_nothing, async |test: &TestDb| {
    berlin(test).await;
    let fees: &[&str] = match test.backend {
        Backend::Sqlite => &["'a lot'", "9e999", "-9e999", "1e300", "'12.5'", "x'00'", "99999999.99", "-0.005"],
        Backend::MariaDb => &["99999999.99", "-99999999.99"],
        Backend::Postgres => &["'NaN'", "99999999.99", "-99999999.99"],
    };
    for (id, fee) in (1..).zip(fees) {
        test.sql(&format!(
            "INSERT INTO appointment_modifications (id, company_id, appointment_id, customer_id, modification_type, \
             fee_charged, created_at) VALUES ({id}, 1, 1, 7, 'cancel', {fee}, '2026-11-20 10:00:00')"
        ))
        .await;
    }
    let snapshot = survives(test).await;
    let day = snapshot.day("2026-11-20".parse().unwrap()).unwrap();
    assert_eq!(day.cancel_modifications.total, i64::try_from(fees.len()).unwrap());
    if test.backend == Backend::Sqlite {
        for (column, value) in [("count", "'many'"), ("count", "2.5"), ("count", "x'01'"), ("stat_type", "x'ff'")] {
            violation(test, 1, "'2026-11-20 10:00:00'", "'2026-11-01'").await;
            test.sql(&format!("UPDATE appointment_modification_stats SET {column} = {value} WHERE id = 1")).await;
            survives(test).await;
            test.sql("DELETE FROM appointment_modification_stats").await;
        }
        for column in ["status", "notifiable_type", "error_message", "channel", "recipient"] {
            failure(test, 1, "'2026-11-20 10:00:00'").await;
            test.sql(&format!("UPDATE notification_queues SET {column} = CAST(x'66ff66' AS TEXT) WHERE id = 1")).await;
            survives(test).await;
            test.sql("DELETE FROM notification_queues").await;
        }
        test.sql("UPDATE staff SET name = CAST(x'ff' AS TEXT), is_active = 'TRUE'").await;
        test.sql("UPDATE customers SET name = x'ff', email = x'ff', journey_status = CAST(x'ff' AS TEXT)").await;
        survives(test).await;
    }
});

on_every_database!(a_writer_may_set_its_session_as_it_likes, async |test: &TestDb| {
    berlin(test).await;
    let session: &[&str] = match test.backend {
        Backend::Sqlite => &["PRAGMA recursive_triggers = OFF"],
        Backend::MariaDb => &["SET sql_mode = 'ANSI,NO_BACKSLASH_ESCAPES'", "SET time_zone = '+13:00'"],
        Backend::Postgres => &["SET DateStyle = 'German, DMY'", "SET TimeZone = 'Pacific/Kiritimati'"],
    };
    let writer = test.connection().await;
    for setting in session {
        crate::support::run(&writer, setting).await;
    }
    let insert = "INSERT INTO appointments (id, company_id, customer_id, starts_at, ends_at, created_at) VALUES \
                  (1, 1, 7, '2026-11-20 23:30:00', '2026-11-20 23:30:00', '2026-11-10 09:00:00')";
    crate::support::run(&writer, insert).await;
    let snapshot = survives_without_rebuild(test).await;
    assert_eq!(starts(&snapshot, "2026-11-21"), 1);
    crate::support::run(&writer, "UPDATE appointments SET starts_at = '2026-11-18 10:00:00' WHERE id = 1").await;
    let snapshot = survives_without_rebuild(test).await;
    assert_eq!((starts(&snapshot, "2026-11-18"), starts(&snapshot, "2026-11-21")), (1, 0));
    writer.close().await.unwrap();
});

async fn survives_without_rebuild(test: &TestDb) -> Snapshot {
    let scope = test.scope(1).await;
    changes::settle(&test.db, &scope, &test.clock).await.unwrap();
    assert_verified(test, &scope).await;
    let needs = Needs { days: 90, ..Needs::default() };
    read(&scope.db(&test.db), chrono_tz::Tz::Europe__Berlin, test.clock.now(), &needs).await.unwrap()
}

// MySQL's usual collations take `Lead ` for `lead` and `europe/berlin` for `Europe/Berlin`.
on_every_database!(spellings_are_told_apart, async |test: &TestDb| {
    berlin(test).await;
    for (id, journey) in (8..).zip(["lead", "Lead", "LEAD", "lead "]) {
        test.customer(id, 1).await;
        test.sql(&format!("UPDATE customers SET journey_status = '{journey}' WHERE id = {id}")).await;
    }
    let snapshot = survives_without_rebuild(test).await;
    let journey: Vec<_> = snapshot.company.journey.iter().map(|(status, count)| (status.as_str(), *count)).collect();
    assert_eq!(journey, [("LEAD", 1), ("Lead", 1), ("lead", 2), ("lead ", 1)]);

    for (id, kind) in (1..).zip(["violation", "Violation", "violation "]) {
        violation(test, id, "'2026-11-20 10:00:00'", "'2026-11-01'").await;
        test.sql(&format!("UPDATE appointment_modification_stats SET stat_type = '{kind}' WHERE id = {id}")).await;
    }
    for (id, status) in (1..).zip(["failed", "Failed", "failed "]) {
        failure(test, id, "'2026-11-20 10:00:00'").await;
        test.sql(&format!("UPDATE notification_queues SET status = '{status}' WHERE id = {id}")).await;
    }
    let snapshot = survives(test).await;
    assert_eq!(snapshot.failed_notifications, 1);
    assert_eq!(snapshot.latest_failures.unwrap().len(), 1, "the table shows what the badge counts");
    assert_eq!(snapshot.latest_violations.unwrap().len(), 1);
    assert_eq!(snapshot.top_customers[0].violations, 1);

    appointment(test, 1, "'2026-11-20 23:30:00'").await;
    survives_without_rebuild(test).await;
    test.sql("UPDATE companies SET timezone = 'europe/berlin' WHERE id = 1").await;
    survives_without_rebuild(test).await;
    test.sql("UPDATE companies SET timezone = 'europe/berlin ' WHERE id = 1").await;
    survives_without_rebuild(test).await;
});

// A row may go because another takes its unique value: REPLACE on an address or a key, not only on the id.
on_every_database!(whatever_a_replacement_displaces_is_seen, async |test: &TestDb| {
    berlin(test).await;
    let user = |id: i64, company: i64, verb: &str| {
        format!(
            "{verb} INTO users (id, company_id, name, email, password) \
             VALUES ({id}, {company}, 'U', 'u@example.test', 'x')"
        )
    };
    test.company(2, "Europe/Berlin").await;
    test.sql(&user(5, 1, "INSERT")).await;
    failure(test, 1, "'2026-11-20 10:00:00'").await;
    test.sql("UPDATE notification_queues SET notifiable_type = 'user', notifiable_id = 5").await;
    assert_eq!(survives(test).await.failed_notifications, 1);
    if test.backend != Backend::Postgres {
        test.sql(&user(6, 2, "REPLACE")).await;
        assert_eq!(survives_without_rebuild(test).await.failed_notifications, 0, "user 5 gave way to user 6");
    }
    if test.backend == Backend::Sqlite {
        test.sql("INSERT INTO users (id, company_id, name, email, password) VALUES (5, 1, 'V', 'v@example.test', 'x')")
            .await;
        assert_eq!(survives_without_rebuild(test).await.failed_notifications, 1);
        test.sql("UPDATE OR REPLACE users SET email = 'v@example.test' WHERE id = 6").await;
        assert_eq!(survives_without_rebuild(test).await.failed_notifications, 0, "user 5 gave way to user 6 again");
        appointment(test, 1, "'2026-11-20 10:00:00'").await;
        appointment(test, 2, "'2026-11-18 10:00:00'").await;
        survives_without_rebuild(test).await;
        test.sql("UPDATE OR REPLACE appointments SET id = 1 WHERE id = 2").await;
        let snapshot = survives_without_rebuild(test).await;
        assert_eq!((starts(&snapshot, "2026-11-20"), starts(&snapshot, "2026-11-18")), (0, 1));
        test.sql("INSERT OR REPLACE INTO companies (id, name, slug, timezone) VALUES (3, 'C', 'company-1', 'UTC')")
            .await;
        assert_eq!(changes::settle_all(&test.db, &test.clock).await.unwrap(), 3);
        assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM day_summaries").await, 0, "company 1 gave way to company 3");
    }
});

on_every_database!(a_table_that_is_emptied_is_seen, async |test: &TestDb| {
    berlin(test).await;
    appointment(test, 1, "'2026-11-20 10:00:00'").await;
    assert_eq!(starts(&survives(test).await, "2026-11-20"), 1);
    // MySQL's TRUNCATE drops the table and fires no trigger: `summaries rebuild` is for that.
    let empty = test.backend == Backend::Postgres;
    test.sql(if empty { "TRUNCATE appointments" } else { "DELETE FROM appointments" }).await;
    assert_eq!(starts(&survives_without_rebuild(test).await, "2026-11-20"), 0);
});
