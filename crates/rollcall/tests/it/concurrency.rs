//! Several nodes and several foreign applications on one database at once.

use rollcall::changes;
use rollcall::db::{Database, Mode};
use sea_orm::DatabaseConnection;

use crate::oracle;
use crate::property::writer::Writer;
use crate::support::steps::{Held, killed_after, on_a_node, until};
use crate::support::{Backend, Recorder, TestDb, on_every_database, run};

/// A foreign application's connection that gives up after a second where it has to wait for a lock.
async fn impatient(test: &TestDb) -> DatabaseConnection {
    let connection = test.connection().await;
    match test.backend {
        Backend::Sqlite => run(&connection, "PRAGMA busy_timeout = 30000").await,
        Backend::MariaDb => run(&connection, "SET innodb_lock_wait_timeout = 1, lock_wait_timeout = 1").await,
        Backend::Postgres => run(&connection, "SET lock_timeout = '1s'").await,
    }
    connection
}

fn appointment(id: i64, customer: i64, day: i64) -> String {
    format!(
        "INSERT INTO appointments (id, company_id, customer_id, starts_at, ends_at, created_at) VALUES \
         ({id}, 1, {customer}, '2026-11-{day} 10:00:00', '2026-11-{day} 11:00:00', '2026-11-16 09:00:00')"
    )
}

async fn assert_exact(test: &TestDb, db: &Database) {
    for row in (oracle::Sql { test, company: 0 }).rows(&["id"], "FROM companies").await {
        let scope = test.scope(row[0].parse().unwrap()).await;
        assert_eq!(changes::verify(db, &scope, &test.clock).await.unwrap(), []);
        assert_eq!(oracle::differences(test, &scope).await, Vec::<String>::new());
    }
}

async fn company(test: &TestDb) {
    oracle::calendar::write(test).await;
    test.company(1, "Europe/Berlin").await;
    test.customer(7, 1).await;
    changes::settle_all(&test.db, &test.clock).await.unwrap();
}

on_every_database!(writers_and_refreshers_do_not_meet, async |test: &TestDb| {
    company(test).await;
    let other = Database::open(&test.url, 4).await.unwrap();
    let stop = std::sync::atomic::AtomicBool::new(false);
    let refreshers = async {
        let refresh = async |db: &Database, rebuilds: bool| {
            let mut round = 0;
            while !stop.load(std::sync::atomic::Ordering::SeqCst) {
                round += 1;
                changes::settle_all(db, &test.clock).await.unwrap();
                if rebuilds && round % 4 == 0 {
                    let scope = test.scope(1).await;
                    changes::rebuild(db, &scope, &test.clock, &mut |_| ()).await.unwrap();
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::join!(refresh(&test.db, true), refresh(&other, true), refresh(&other, false));
    };
    let writers = async {
        tokio::join!(writer(test, 0), writer(test, 1), writer(test, 2));
        stop.store(true, std::sync::atomic::Ordering::SeqCst);
    };
    tokio::join!(refreshers, writers);
    changes::settle_all(&test.db, &test.clock).await.unwrap();
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM change_log").await, 0);
    assert_exact(test, &other).await;
    other.close().await.unwrap();
});

/// Writes rows that no other writer touches, in transactions that stay open for a while; takes some of them back.
async fn writer(test: &TestDb, number: i64) {
    let connection = impatient(test).await;
    let begin = if test.backend == Backend::Sqlite { "BEGIN IMMEDIATE" } else { "BEGIN" };
    let mut random = Writer::new(test.backend, number.unsigned_abs());
    for round in 0..40 {
        run(&connection, begin).await;
        for at in 0..random.between(1, 6) {
            let id = number * 10_000 + round * 10 + at + 1;
            run(&connection, &appointment(id, 7, 16 + random.between(0, 6))).await;
            let (moved, day) = (number * 10_000 + random.between(0, 400), 16 + random.between(0, 6));
            run(
                &connection,
                &format!("UPDATE appointments SET starts_at = '2026-11-{day} 12:00:00' WHERE id = {moved}"),
            )
            .await;
            tokio::task::yield_now().await;
        }
        let gone = number * 10_000 + random.between(0, 400);
        run(&connection, &format!("DELETE FROM appointments WHERE id = {gone}")).await;
        run(&connection, if random.chance(0.2) { "ROLLBACK" } else { "COMMIT" }).await;
    }
    connection.close().await.unwrap();
}

// SQLite has one writer at a time, by its nature.
on_every_database!(an_open_transaction_keeps_nobody_waiting, async |test: &TestDb| {
    if test.backend == Backend::Sqlite {
        return;
    }
    company(test).await;
    let scope = test.scope(1).await;
    // However many lines of the log are committed or not: a plan that scans them all would wait.
    for (round, (open, committed)) in (1..).zip([(1, 1), (30, 1), (1, 30), (40, 40), (1, 1_200)]) {
        let (first, second) = (impatient(test).await, impatient(test).await);
        run(&first, "BEGIN").await;
        for n in 0..open / 2 + 1 {
            run(&first, &appointment(round * 10_000 + n, 7, 20)).await;
        }
        for n in 0..committed {
            run(&second, &appointment(round * 10_000 + 5_000 + n, 7, 18)).await;
        }
        for n in 0..open / 2 {
            run(&first, &appointment(round * 10_000 + 9_000 + n, 7, 20)).await;
        }
        let work = async {
            changes::settle(&test.db, &scope, &test.clock).await.unwrap();
            changes::rebuild(&test.db, &scope, &test.clock, &mut |_| ()).await.unwrap();
            assert_eq!(changes::verify(&test.db, &scope, &test.clock).await.unwrap(), []);
        };
        tokio::time::timeout(std::time::Duration::from_secs(30), work).await.expect("nobody waits for the open one");
        assert_eq!(oracle::differences(test, &scope).await, Vec::<String>::new());
        run(&first, "COMMIT").await;
        changes::settle(&test.db, &scope, &test.clock).await.unwrap();
        assert_eq!(oracle::differences(test, &scope).await, Vec::<String>::new());
        first.close().await.unwrap();
        second.close().await.unwrap();
    }
});

on_every_database!(a_refresher_keeps_no_writer_waiting, async |test: &TestDb| {
    if test.backend == Backend::Sqlite {
        return;
    }
    company(test).await;
    let writer = impatient(test).await;
    for (round, rebuild) in [(1, false), (2, true)] {
        for n in 0..5 {
            run(&writer, &appointment(round * 1_000 + n, 7, 18)).await;
        }
        let held = Held::begin(test, 1, async move |db, scope, clock| {
            if rebuild {
                changes::rebuild(&db, &scope, &clock, &mut |_| ()).await
            } else {
                changes::settle(&db, &scope, &clock).await.map(|_| ())
            }
        });
        let mut statements = 0;
        // Whatever it has just done and holds, a writer inserts, moves and deletes the very rows that it settles. After a
        // while no more, or it would never come to its end.
        while let Some(statement) = held.stands_after() {
            statements += 1;
            if statements <= 60 {
                let id = round * 1_000 + 100 + statements;
                for text in [
                    appointment(id, 7, 18),
                    format!("UPDATE appointments SET starts_at = '2026-11-20 10:00:00' WHERE id = {}", round * 1_000),
                    format!("UPDATE appointments SET starts_at = '2026-11-18 10:00:00' WHERE id = {}", round * 1_000),
                    "UPDATE customers SET journey_status = 'vip' WHERE id = 7".to_owned(),
                    format!("DELETE FROM appointments WHERE id = {id}"),
                ] {
                    let result = sea_orm::ConnectionTrait::execute_unprepared(&writer, &text).await;
                    assert!(result.is_ok(), "after {statement}: {result:?}: {text}");
                }
            }
            held.go_on();
        }
        held.finish().unwrap();
        assert!(statements > 10);
        assert_exact(test, &test.db).await;
    }
    writer.close().await.unwrap();
});

// A rebuild that passed a day must not declare done what a second one, killed since, had promised to do.
on_every_database!(a_rebuild_does_not_end_anothers, async |test: &TestDb| {
    if test.backend != Backend::Postgres {
        return; // What is interleaved is the program, not the database; elsewhere it cannot be held between two steps.
    }
    company(test).await;
    test.sql(&appointment(1, 7, 18)).await;
    let scope = test.scope(1).await;
    let recorder = std::sync::Arc::new(Recorder::default());
    let one = Database::open(&test.url, 1).await.unwrap().observed_by(recorder.clone());
    let mut quiet = |_| ();
    let mut first = std::pin::pin!(changes::rebuild(&one, &scope, &test.clock, &mut quiet));
    let ran = |what: &str| recorder.recent().iter().any(|statement| statement.contains(what));
    assert!(until(first.as_mut(), || ran("FROM appointments")).await.is_none());
    // Who waits for its one connection has it as soon as the step is committed: now the rebuild stands between two steps.
    let tenant = scope.db(&one);
    let connection = tokio::select! {
        connection = tenant.begin(Mode::Snapshot) => connection.unwrap(),
        _ = first.as_mut() => unreachable!("it needs the connection"),
    };
    assert!(ran("INSERT INTO day_summaries"));
    test.sql(&appointment(2, 7, 18)).await;
    // Its first four statements drop that line from the log, the fifth belongs to the next transaction.
    let ended =
        killed_after(test, 1, 5, async |db, scope, clock| changes::rebuild(&db, &scope, &clock, &mut |_| ()).await);
    assert!(!ended);
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM change_log").await, 0);
    drop(connection);
    first.await.unwrap();
    changes::settle(&test.db, &scope, &test.clock).await.unwrap();
    assert_exact(test, &test.db).await;
    drop((tenant, recorder));
});

on_every_database!(a_zone_that_changes_during_a_rebuild_wins, async |test: &TestDb| {
    if test.backend == Backend::Sqlite {
        return; // Whoever changes it waits for the step.
    }
    company(test).await;
    for n in 1..20 {
        test.sql(&appointment(n, 7, 17 + n % 3)).await;
    }
    let scope = test.scope(1).await;
    for (statements, zone) in (1..40).step_by(3).zip(["Asia/Kathmandu", "Europe/Berlin"].into_iter().cycle()) {
        changes::settle(&test.db, &scope, &test.clock).await.unwrap();
        let mut quiet = |_| ();
        let mut rebuild = std::pin::pin!(changes::rebuild(&test.db, &scope, &test.clock, &mut quiet));
        test.recorder.take();
        let ended = until(rebuild.as_mut(), || test.recorder.count() >= statements).await;
        test.sql(&format!("UPDATE companies SET timezone = '{zone}' WHERE id = 1")).await;
        // Another node settles it, or is killed while it waits for the rebuild's step.
        on_a_node(test, 1, async |db, scope, clock, _| {
            let settle = changes::settle(&db, &scope, &clock);
            let _ = tokio::time::timeout(std::time::Duration::from_millis(100), settle).await;
        });
        if ended.is_none() {
            rebuild.await.unwrap();
        }
        changes::settle(&test.db, &scope, &test.clock).await.unwrap();
        assert_exact(test, &test.db).await;
    }
});
