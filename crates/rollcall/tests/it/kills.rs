//! A server is killed again and again in the middle of a load of writes: `benches/kills/`, some times instead of ten thousand.

#[path = "../../benches/figures/foreign.rs"]
#[expect(dead_code, reason = "shared with the figures, which use more of it")]
mod foreign;
#[path = "../../benches/kills/mod.rs"]
mod load;

use load::Plan;
use load::judge;
use load::stage::Stage;
use load::writer::{Write, Writer};

use crate::support::{TestDb, on_every_database};

fn plan(test: &TestDb, kills: usize) -> Plan {
    let program = env!("CARGO_BIN_EXE_rollcall").into();
    Plan { program, database: test.url.clone(), kills, seed: 20_261_126 }
}

on_every_database!(what_was_acknowledged_is_there_once_after_every_kill, async |test: &TestDb| {
    let outcome = load::run(&plan(test, 30)).await.unwrap();
    assert!(outcome.acknowledged > 0 && outcome.repeated > 0, "{outcome:?}");
});

on_every_database!(a_write_that_is_lost_or_doubled_is_found, async |test: &TestDb| {
    let stage = Stage::set(&test.url).await.unwrap();
    let writers = |change: &dyn Fn(&mut Writer)| {
        let mut writer = Writer::new(&stage.companies[0], 1);
        change(&mut writer);
        vec![writer]
    };
    let found = async |change: &dyn Fn(&mut Writer)| {
        judge::inspect(&stage.foreign, &writers(change)).await.err().map(|error| error.to_string()).unwrap_or_default()
    };
    assert_eq!(found(&|_| ()).await, "");
    assert!(found(&|it| _ = it.bookings.insert(7)).await.contains("lost"));
    assert!(found(&|it| _ = it.cancelled.insert(7)).await.contains("without its one"));
    assert!(found(&|it| _ = it.customers.insert("k-1-1".to_owned())).await.contains("not there once"));
    test.sql("INSERT INTO customers (id, company_id, name) VALUES (70, 1, 'k-1-2'), (71, 1, 'k-1-2')").await;
    assert!(found(&|_| ()).await.contains("nobody made"));
    let pending = |it: &mut Writer| it.pending = Some((String::new(), Write::Customer("k-1-2".to_owned())));
    assert!(found(&pending).await.contains("more than once"));
    test.sql("DELETE FROM customers WHERE id = 71").await;
    assert_eq!(found(&pending).await, "", "it may have been done");
    test.sql("DELETE FROM customers WHERE id = 70").await;
    let appointment = "INSERT INTO appointments (id, company_id, customer_id, starts_at, ends_at, status) VALUES";
    test.sql(&format!("{appointment} (7, 1, 1, '2101-01-01 10:00:00', '2101-01-01 10:30:00', 'scheduled')")).await;
    assert!(found(&|_| ()).await.contains("not acknowledged"));
    assert!(found(&|it| _ = it.bookings.insert(7)).await.contains("audit log"));
    test.sql(&format!("{appointment} (8, 1, 1, '2101-01-01 10:00:00', '2101-01-01 10:30:00', 'scheduled')")).await;
    assert!(found(&|it| it.bookings.extend([7, 8])).await.contains("twice"));
});
