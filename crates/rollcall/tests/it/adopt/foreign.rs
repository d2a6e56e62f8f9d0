//! Whatever the application does: it never waits for Rollcall, and what it committed shows, no more and no less.

use std::time::{Duration, Instant};

use rollcall::changes;
use sea_orm::{ConnectionTrait, DatabaseConnection};

use super::{adopt_it, assert_verified, panel};
use crate::support::{Backend, TestDb, beside_every_application, run};

/// The application's connection, which gives up where it has to wait for a lock.
async fn impatient(test: &TestDb) -> DatabaseConnection {
    let connection = test.connection().await;
    match test.backend {
        Backend::Sqlite => run(&connection, "PRAGMA busy_timeout = 30000").await,
        Backend::MariaDb => run(&connection, "SET innodb_lock_wait_timeout = 1, lock_wait_timeout = 1").await,
        Backend::Postgres => run(&connection, "SET lock_timeout = '1s'").await,
    }
    connection
}

fn appointments(ids: std::ops::Range<i64>, company: i64, customer: i64) -> String {
    let rows = ids.map(|id| {
        format!("({id}, {company}, {customer}, '2026-11-20 10:00:00', '2026-11-20 11:00:00', 'completed', '2026-11-18 09:00:00')")
    });
    let rows = rows.collect::<Vec<_>>().join(", ");
    format!(
        "INSERT INTO appointments (id, company_id, customer_id, starts_at, ends_at, status, created_at) VALUES {rows}"
    )
}

/// How many appointments the panel counts for a customer of the first company.
async fn counted(test: &TestDb, customer: i64) -> i64 {
    let sql = format!("SELECT appointments FROM customer_summaries WHERE company_id = 1 AND customer_id = {customer}");
    test.value(&sql).await
}

/// The poll, which must not wait for anybody.
async fn poll(test: &TestDb) {
    let settled = tokio::time::timeout(Duration::from_secs(20), changes::settle_all(&test.db, &test.clock)).await;
    settled.expect("the poll waits for nobody").unwrap();
}

beside_every_application!(a_long_transaction_is_neither_waited_for_nor_lost, async |test: &TestDb| {
    adopt_it(test).await;
    if test.backend == Backend::Sqlite {
        return; // One writer at a time, by its nature.
    }
    let (long, other) = (impatient(test).await, impatient(test).await);
    run(&long, "BEGIN").await;
    run(&long, &appointments(100..140, 1, 1)).await;
    run(&long, "UPDATE customers SET journey_status = 'churned' WHERE id = 1").await;
    // What comes later is committed and settled first, past the lines that nobody sees yet.
    run(&other, &appointments(200..210, 1, 2)).await;
    poll(test).await;
    assert_eq!((counted(test, 1).await, counted(test, 2).await), (1, 11));
    run(&long, "COMMIT").await;
    poll(test).await;
    assert_eq!(counted(test, 1).await, 41);
    assert_verified(test).await;
});

beside_every_application!(an_adoption_steps_back_where_a_transaction_holds_a_table, async |test: &TestDb| {
    if test.backend == Backend::Sqlite {
        return;
    }
    let (holder, writer) = (test.connection().await, test.connection().await);
    match test.backend {
        Backend::MariaDb => run(&writer, "SET lock_wait_timeout = 8, innodb_lock_wait_timeout = 8").await,
        _ => run(&writer, "SET lock_timeout = '8s'").await,
    }
    run(&holder, "BEGIN").await;
    run(&holder, "UPDATE customers SET journey_status = 'vip' WHERE id = 1").await;
    let survey = rollcall::adopt::survey(&test.db).await.unwrap();
    // The index on `customers` is in nobody's way; PostgreSQL waits for the transaction's end without locking anybody out.
    let mut quiet = |_: rollcall::adopt::Doing<'_>| ();
    let adopting = rollcall::adopt::adopt(&test.db, &test.clock, &survey, &mut quiet);
    let writing = async {
        for id in 500..505 {
            let start = Instant::now();
            run(&writer, &format!("INSERT INTO customers (id, company_id, name) VALUES ({id}, 1, 'Ivy')")).await;
            assert!(start.elapsed() < Duration::from_secs(8), "it waits no longer than one attempt");
            tokio::time::sleep(Duration::from_millis(600)).await;
        }
        run(&holder, "COMMIT").await;
    };
    let (adopted, ()) = tokio::join!(adopting, writing);
    adopted.unwrap();
    assert_verified(test).await;
});

beside_every_application!(what_was_taken_back_leaves_nothing, async |test: &TestDb| {
    adopt_it(test).await;
    let writer = impatient(test).await;
    let version = "SELECT version FROM company_versions WHERE company_id = 1";
    poll(test).await;
    let before: i64 = test.value(version).await;
    run(&writer, "BEGIN").await;
    run(&writer, &appointments(100..120, 1, 1)).await;
    run(&writer, "SAVEPOINT a").await;
    run(&writer, "DELETE FROM appointment_modifications").await;
    run(&writer, "ROLLBACK TO SAVEPOINT a").await;
    run(&writer, "ROLLBACK").await;
    // A statement that fails half-way takes its own rows back.
    let half = format!(
        "{}, (1, 1, 1, '2026-11-20 10:00:00', '2026-11-20 11:00:00', 'completed', NULL)",
        appointments(100..105, 1, 1)
    );
    assert!(writer.execute_unprepared(&half).await.is_err(), "the id 1 is taken");
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM change_log").await, 0);
    poll(test).await;
    assert_eq!(test.value::<i64>(version).await, before, "nothing that is kept is over");
    assert_eq!(counted(test, 1).await, 1);
});

beside_every_application!(a_deadlocks_victim_leaves_nothing_and_its_winner_all, async |test: &TestDb| {
    if test.backend == Backend::Sqlite {
        return; // It has no deadlocks.
    }
    adopt_it(test).await;
    let (first, second) = (test.connection().await, test.connection().await);
    for (connection, own, id) in [(&first, 1, 101), (&second, 2, 102)] {
        run(connection, "BEGIN").await;
        run(connection, &appointments(id..id + 1, 1, own)).await;
        run(connection, &format!("UPDATE customers SET journey_status = 'regular' WHERE id = {own}")).await;
    }
    let cross = async |connection: &DatabaseConnection, other: i64| {
        let text = format!("UPDATE customers SET journey_status = 'vip' WHERE id = {other}");
        let updated = connection.execute_unprepared(&text).await.is_ok();
        let end = if updated { "COMMIT" } else { "ROLLBACK" };
        run(connection, end).await;
        updated
    };
    let (one, two) = tokio::join!(cross(&first, 2), cross(&second, 1));
    assert!(one != two, "one of them is the victim");
    poll(test).await;
    let expected = if one { (2, 1) } else { (1, 2) };
    assert_eq!((counted(test, 1).await, counted(test, 2).await), expected);
    assert_verified(test).await;
});

beside_every_application!(bulk_statements_show, async |test: &TestDb| {
    adopt_it(test).await;
    let writer = impatient(test).await;
    run(&writer, &appointments(1_000..3_000, 1, 1)).await;
    let copied = "INSERT INTO appointments (company_id, customer_id, starts_at, ends_at, status, created_at) \
                  SELECT company_id, 2, starts_at, ends_at, status, created_at FROM appointments WHERE id >= 1000";
    if test.backend == Backend::Postgres {
        run(&writer, "SELECT setval('appointments_id_seq', 100000)").await;
    }
    run(&writer, copied).await;
    poll(test).await;
    assert_eq!((counted(test, 1).await, counted(test, 2).await), (2_001, 2_001));
    let moved = "UPDATE appointments SET starts_at = '2026-11-17 10:00:00', \
                 deleted_at = CASE WHEN customer_id = 2 THEN starts_at END WHERE id >= 1000";
    run(&writer, moved).await;
    poll(test).await;
    assert_eq!((counted(test, 1).await, counted(test, 2).await), (2_001, 1));
    if test.backend == Backend::MariaDb {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("rows.tsv");
        let rows: String =
            (0..500).map(|n| format!("{}\t1\t1\t2026-11-19 10:00:00\t2026-11-19 11:00:00\n", 900_000 + n)).collect();
        std::fs::write(&file, rows).unwrap();
        let load = format!(
            "LOAD DATA INFILE '{}' INTO TABLE appointments (id, company_id, customer_id, starts_at, ends_at)",
            file.display()
        );
        run(&writer, &load).await;
        poll(test).await;
        assert_eq!(counted(test, 1).await, 2_501);
    }
    run(&writer, "DELETE FROM appointments WHERE id >= 1000").await;
    poll(test).await;
    assert_eq!((counted(test, 1).await, counted(test, 2).await), (1, 1));
    assert_verified(test).await;
});

beside_every_application!(locked_rows_of_one_company_keep_no_other_waiting, async |test: &TestDb| {
    adopt_it(test).await;
    if test.backend == Backend::Sqlite {
        return;
    }
    let (holder, writer) = (impatient(test).await, impatient(test).await);
    // Before: a gap that the application locks in its own indexes keeps its own writers out, with Rollcall or without.
    run(&writer, &appointments(300..303, 2, 3)).await;
    run(&holder, "BEGIN").await;
    for table in ["companies", "users", "appointments", "customers"] {
        let column = if table == "companies" { "id" } else { "company_id" };
        run(&holder, &format!("SELECT * FROM {table} WHERE {column} = 1 FOR UPDATE")).await;
        run(&holder, &format!("UPDATE {table} SET updated_at = '2026-11-22 11:00:00' WHERE {column} = 1")).await;
    }
    poll(test).await;
    let app = panel(test).await;
    let browser = app.signed_in("manager2").await;
    let page = app.json(&browser, "/admin/widgets/customer_compliance").await;
    assert!(page.body.contains('4'), "{}", page.body);
    assert_eq!(test.value::<i64>("SELECT appointments FROM customer_summaries WHERE customer_id = 3").await, 4);
    run(&holder, "COMMIT").await;
    assert_verified(test).await;
});

beside_every_application!(the_dashboard_shows_a_write_within_the_poll, async |test: &TestDb| {
    use rollcall::changes::Poller;
    adopt_it(test).await;
    let app = panel(test).await;
    let browser = app.signed_in("admin1").await;
    let journeys = async || app.json(&browser, "/admin/widgets/customer_journey").await.body;
    let before = journeys().await;
    let stop = tokio_util::sync::CancellationToken::new();
    let poller = Poller::new(test.db.clone(), test.clock.clone(), Duration::from_millis(50));
    let running = tokio::spawn(poller.run(stop.clone()));
    let start = Instant::now();
    test.sql("UPDATE customers SET journey_status = 'churned' WHERE id = 2").await;
    while journeys().await == before {
        assert!(start.elapsed() < Duration::from_secs(20), "it does not show");
        tokio::task::yield_now().await;
    }
    stop.cancel();
    running.await.unwrap();
});
