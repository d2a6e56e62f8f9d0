//! SQLite's instants are text, which applications write with a blank or with a `T`. Where both stand in one column, the
//! order of the text is not that of the instants.

use crate::odd::{appointment, berlin, failure, starts, survives, violation};
use crate::support::{Backend, TestDb, on_every_database};

on_every_database!(no_day_is_lost_to_the_order_of_text, async |test: &TestDb| {
    berlin(test).await;
    for (zone, early) in [("America/Los_Angeles", "2026-11-10"), ("Asia/Kathmandu", "2026-11-11")] {
        test.sql(&format!("UPDATE companies SET timezone = '{zone}' WHERE id = 1")).await;
        test.sql("DELETE FROM appointments").await;
        appointment(test, 1, "'2026-11-11T01:00:00'").await;
        appointment(test, 2, "'2026-11-11 20:00:00'").await;
        let snapshot = survives(test).await;
        let found = [early, "2026-11-11", "2026-11-12"].map(|day| starts(&snapshot, day));
        assert_eq!(found.iter().sum::<i64>(), if early == "2026-11-11" { 3 } else { 2 }, "{zone}: {found:?}");
        assert_eq!(found[0], 1, "{zone}");
    }
});

on_every_database!(the_newest_are_chosen_by_their_instants, async |test: &TestDb| {
    berlin(test).await;
    for id in 1..=15 {
        failure(test, id, &format!("'2026-11-20T02:{id:02}:00'")).await;
        violation(test, id, &format!("'2026-11-20T02:{id:02}:00'"), "'2026-11-01'").await;
    }
    for id in 20..=25 {
        failure(test, id, &format!("'2026-11-20 23:{id:02}:00'")).await;
        violation(test, id, &format!("'2026-11-20 23:{id:02}:00'"), "'2026-11-01'").await;
    }
    let snapshot = survives(test).await;
    let newest: Vec<_> = snapshot.latest_failures.unwrap().iter().map(|row| row.id).collect();
    assert_eq!(newest, [25, 24, 23, 22, 21, 20, 15, 14, 13, 12]);
    let newest: Vec<_> = snapshot.latest_violations.unwrap().iter().map(|row| row.at.to_string()).collect();
    assert_eq!((newest[0].as_str(), newest[9].as_str()), ("2026-11-20 23:25:00", "2026-11-20 02:12:00"));
});

on_every_database!(rows_that_nobody_can_date_hide_none_that_are, async |test: &TestDb| {
    berlin(test).await;
    if test.backend == Backend::Sqlite {
        for id in 100..130 {
            failure(test, id, "'2026-11-21 24:01:00'").await;
            violation(test, id, "'2026-11-21 24:01:00'", "'2026-11-01'").await;
        }
    }
    failure(test, 1, "'2026-11-20 10:00:00'").await;
    violation(test, 1, "'2026-11-20 10:00:00'", "'2026-11-01'").await;
    let snapshot = survives(test).await;
    assert_eq!(snapshot.latest_failures.unwrap().len(), 1);
    assert_eq!(snapshot.latest_violations.unwrap().len(), 1);
});

on_every_database!(a_count_beyond_the_contract_is_cut_off, async |test: &TestDb| {
    berlin(test).await;
    if test.backend != Backend::Sqlite {
        return; // Their INT takes no such thing.
    }
    for id in 1..=3 {
        violation(test, id, "'2026-11-20 10:00:00'", "'2026-11-01'").await;
    }
    test.sql("UPDATE appointment_modification_stats SET count = 9223372036854775807").await;
    let snapshot = survives(test).await;
    let violations: i64 = snapshot.days.values().map(rollcall::summaries::DaySummary::violations_total).sum();
    assert_eq!(violations, 3 * i64::from(i32::MAX));
});

on_every_database!(a_replaced_row_of_any_id_is_seen, async |test: &TestDb| {
    berlin(test).await;
    if test.backend != Backend::Sqlite {
        return; // No REPLACE there, or no id below 1.
    }
    let replace = |day: &str| {
        format!(
            "REPLACE INTO appointments (id, company_id, customer_id, starts_at, ends_at, created_at) \
             VALUES (-5, 1, 7, '{day} 10:00:00', '{day} 11:00:00', '{day} 09:00:00')"
        )
    };
    test.sql(&replace("2026-11-18")).await;
    survives(test).await;
    test.sql(&replace("2026-11-19")).await;
    let scope = test.scope(1).await;
    rollcall::changes::settle(&test.db, &scope, &test.clock).await.unwrap();
    assert_eq!(rollcall::changes::verify(&test.db, &scope, &test.clock).await.unwrap(), []);
});
