//! Random writes of foreign applications, against the oracle: zero differences, whatever they do.
//!
//! `ROLLCALL_PROPERTY_OPS` is the number of operations on each database, `ROLLCALL_PROPERTY_SEED` the seed.

mod rows;
pub mod writer;

use std::collections::BTreeSet;

use rollcall::changes;
use rollcall::db::Database;
use sea_orm::{ConnectionTrait, DatabaseConnection, QueryResult, Statement};

use crate::oracle;
use crate::support::{NOW, TestDb, on_every_database, run};
use writer::Writer;

/// Operations on each database where nothing else is said.
const OPERATIONS: u64 = 10_000;
const SEED: u64 = 20_261_122;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|error| panic!("{name}: {error}")))
}

/// Two nodes on one database, and the foreign applications that write to it.
struct Play<'a> {
    test: &'a TestDb,
    other: Database,
    foreign: DatabaseConnection,
    writer: Writer,
    versions: std::collections::BTreeMap<i64, u64>,
}

impl<'a> Play<'a> {
    async fn begin(test: &'a TestDb, seed: u64) -> Self {
        let foreign = test.connection().await;
        if test.backend == crate::support::Backend::Sqlite {
            run(&foreign, "PRAGMA synchronous = OFF").await;
        }
        oracle::calendar::write(test).await;
        let other = Database::open(&test.url, 3).await.unwrap();
        let mut writer = Writer::new(test.backend, seed);
        for statement in writer.companies() {
            test.sql(&statement).await;
        }
        Self { test, other, foreign, writer, versions: std::collections::BTreeMap::new() }
    }

    /// Transactions of some operations each, some taken back, until `operations` were made.
    async fn write(&mut self, operations: u64) {
        let mut made = 0;
        while made < operations {
            for statement in self.writer.session() {
                run(&self.foreign, statement).await;
            }
            let before = self.writer.rows();
            let back = self.writer.chance(0.12);
            run(&self.foreign, "BEGIN").await;
            for _ in 0..self.writer.between(1, 12) {
                made += self.operate().await;
            }
            if self.writer.chance(0.1) {
                run(&self.foreign, "SAVEPOINT here").await;
                let before = self.writer.rows();
                made += self.operate().await;
                run(&self.foreign, "ROLLBACK TO SAVEPOINT here").await;
                self.writer.restore(before);
            }
            run(&self.foreign, if back { "ROLLBACK" } else { "COMMIT" }).await;
            if back {
                self.writer.restore(before);
            }
        }
    }

    async fn operate(&mut self) -> u64 {
        let operation = self.writer.operation();
        run(&self.foreign, &operation.sql).await;
        if let Some(table) = operation.reread {
            let ids = ids(&self.foreign, table).await;
            self.writer.reread(table, ids);
        }
        1
    }

    /// Settles some companies in one way or another; answers which.
    async fn settle(&mut self) -> Vec<i64> {
        let (test, all) = (self.test, ids(&self.foreign, "companies").await);
        if self.writer.chance(0.15) {
            changes::settle_all(&test.db, &test.clock).await.unwrap();
            return all.into_iter().collect();
        }
        let some: Vec<_> = all.into_iter().filter(|_| self.writer.chance(0.5)).collect();
        for company in &some {
            let scope = test.scope(*company).await;
            match self.writer.between(0, 9) {
                0 => changes::rebuild(&test.db, &scope, &test.clock, &mut |_| ()).await.unwrap(),
                1 | 2 => {
                    let here = changes::settle(&test.db, &scope, &test.clock);
                    let there = changes::settle(&self.other, &scope, &test.clock);
                    let (here, there) = tokio::join!(here, there);
                    here.unwrap();
                    there.unwrap();
                }
                _ => (),
            }
            let version = changes::settle(&test.db, &scope, &test.clock).await.unwrap().company();
            let before = self.versions.insert(*company, version).unwrap_or_default();
            assert!(version >= before, "a version never falls");
        }
        some
    }
}

/// The ids in a table, as a writer in the middle of its transaction sees them.
async fn ids(connection: &DatabaseConnection, table: &str) -> BTreeSet<i64> {
    let text = format!("SELECT id FROM {table}");
    let rows = connection.query_all_raw(Statement::from_string(connection.get_database_backend(), text)).await.unwrap();
    let id = |row: &QueryResult| {
        row.try_get_by_index::<i64>(0).unwrap_or_else(|_| row.try_get_by_index::<u64>(0).unwrap().try_into().unwrap())
    };
    rows.iter().map(id).collect()
}

async fn play(test: &TestDb) {
    let seed = setting("ROLLCALL_PROPERTY_SEED", SEED);
    let operations = setting("ROLLCALL_PROPERTY_OPS", OPERATIONS);
    let mut play = Play::begin(test, seed).await;
    let mut made = 0;
    let mut compared = 0;
    while made < operations {
        let next = play.writer.between(20, 400).cast_unsigned().min(operations - made);
        play.write(next).await;
        made += next;
        let settled = if made < operations {
            play.settle().await
        } else {
            changes::settle_all(&test.db, &test.clock).await.unwrap();
            ids(&play.foreign, "companies").await.into_iter().collect()
        };
        for company in settled {
            compared += 1;
            let differences = oracle::differences(test, &test.scope(company).await).await;
            assert!(
                differences.is_empty(),
                "seed {seed}, after {made} operations, at {NOW}, company {company}: {} differences\n{}",
                differences.len(),
                differences[..differences.len().min(40)].join("\n")
            );
        }
    }
    assert!(compared > 0, "something was compared");
    for company in ids(&play.foreign, "companies").await {
        let scope = test.scope(company).await;
        assert_eq!(changes::verify(&play.other, &scope, &test.clock).await.unwrap(), [], "seed {seed}");
    }
    play.other.close().await.unwrap();
    play.foreign.close().await.unwrap();
}

on_every_database!(plain_sql_agrees, async |test: &TestDb| {
    play(test).await;
});

// The two time-zone libraries have to agree on the days of the test before its figures can.
#[test]
fn the_calendars_agree() {
    for name in oracle::calendar::ZONES {
        let (theirs, ours) = (oracle::calendar::zone(name), rollcall::summaries::zone::zone(name));
        for day in oracle::calendar::days() {
            let start = oracle::calendar::datetime(oracle::calendar::start(&theirs, day));
            for second in [-7201, -3601, -1801, -1, 0, 1, 1799, 3600, 5400, 43_200] {
                let instant = start.parse::<jiff::civil::DateTime>().unwrap();
                let instant = instant.checked_add(jiff::Span::new().seconds(second)).unwrap();
                let utc = instant.strftime("%Y-%m-%d %H:%M:%S").to_string();
                let chrono = chrono::NaiveDateTime::parse_from_str(&utc, "%Y-%m-%d %H:%M:%S").unwrap();
                let (their_day, their_hour) = oracle::calendar::local(&theirs, &utc);
                let (our_day, our_hour) = rollcall::summaries::zone::local_hour(ours, chrono);
                let our_day = rollcall::summaries::zone::day_number(our_day).to_string();
                assert_eq!((their_day, their_hour.unsigned_abs()), (our_day, our_hour), "{name} {utc}");
            }
        }
    }
}
