//! What the change log costs a writer: inserts of appointments with and without the triggers, side by side.

use std::time::Instant;

use anyhow::Result;
use rollcall::db::Database;
use sea_orm::{ConnectionTrait, DbBackend, Statement, TransactionTrait, Value};

use super::Options;
use super::foreign::Foreign;
use super::report::{Report, median};
use super::stock::{self, Place};

/// How many times as long an insert may take on SQLite.
const LIMIT: f64 = 1.4;

/// How an application inserts.
#[derive(Clone, Copy, Debug)]
struct Way {
    name: &'static str,
    /// Rows of a statement.
    rows: u32,
    /// Statements of a transaction.
    statements: u32,
    /// Transactions of a slice.
    transactions: u32,
}

const WAYS: [Way; 3] = [
    Way { name: "100 a transaction", rows: 1, statements: 100, transactions: 20 },
    Way { name: "one a transaction", rows: 1, statements: 1, transactions: 300 },
    Way { name: "500 a statement", rows: 500, statements: 4, transactions: 2 },
];

pub(crate) async fn measure(options: &Options, report: &mut Report) -> Result<()> {
    let slices = if options.quick { 9 } else { 61 };
    let (folder, _held) = stock::folder(options)?;
    compare("sqlite", &Place::Folder(folder), slices, report).await?;
    for (name, variable) in [("mariadb", "ROLLCALL_TEST_MARIADB"), ("postgres", "ROLLCALL_TEST_POSTGRES")] {
        if let Some(server) = Place::server(variable) {
            compare(name, &server, slices.min(31), report).await?;
        }
    }
    Ok(())
}

async fn compare(on: &str, place: &Place, slices: u32, report: &mut Report) -> Result<()> {
    let [plain, watched] = [writer(place, "plain", false).await?, writer(place, "watched", true).await?];
    let mut writers = [plain, watched];
    for way in WAYS {
        let (mut ratios, mut took) = (Vec::new(), [Vec::new(), Vec::new()]);
        for number in 0..=slices {
            let first = usize::try_from(number % 2)?;
            let mut seconds = [0.0; 2];
            for which in [first, 1 - first] {
                seconds[which] = writers[which].slice(way).await?;
            }
            // The first pair warms both up.
            if number > 0 {
                ratios.push(seconds[1] / seconds[0]);
                let rows = f64::from(way.rows * way.statements * way.transactions);
                took.iter_mut().zip(seconds).for_each(|(took, seconds)| took.push(seconds / rows * 1e6));
            }
        }
        let [mut plain, mut watched] = took;
        report.note(&format!("insert, {on}, {}, without triggers", way.name), median(&mut plain), "µs");
        report.note(&format!("insert, {on}, {}, with triggers", way.name), median(&mut watched), "µs");
        let name = format!("insert, {on}, {}, with to without triggers", way.name);
        if on == "sqlite" && way.rows == 1 {
            report.at_most(&name, median(&mut ratios), "times", LIMIT);
        } else {
            report.note(&name, median(&mut ratios), "times");
        }
    }
    for (writer, name) in writers.into_iter().zip(["plain", "watched"]) {
        writer.foreign.close().await?;
        place.drop(name).await?;
    }
    Ok(())
}

/// An application that inserts appointments.
struct Writer {
    foreign: Foreign,
    next: u32,
}

async fn writer(place: &Place, name: &str, watched: bool) -> Result<Writer> {
    let url = place.create(name).await?;
    let db = Database::open(&url, 1).await?;
    db.migrate_up().await?;
    if !watched {
        db.migrate_down(Some(1)).await?;
    }
    db.close().await?;
    let mut writer = Writer { foreign: Foreign::connect(&url).await?, next: 0 };
    // Trees of some depth.
    let filling = Way { name: "", rows: 500, statements: 20, transactions: 5 };
    writer.slice(filling).await?;
    Ok(writer)
}

impl Writer {
    /// Seconds that a slice takes.
    async fn slice(&mut self, way: Way) -> Result<f64> {
        let sql = insert(self.foreign.backend(), way.rows);
        let mut slice = Vec::new();
        for _ in 0..way.transactions {
            let statements = (0..way.statements).map(|_| {
                let rows: Vec<Value> = (0..way.rows).flat_map(|_| self.row()).collect();
                Statement::from_sql_and_values(self.foreign.backend(), &sql, rows)
            });
            slice.push(statements.collect::<Vec<_>>());
        }
        let start = Instant::now();
        for mut statements in slice {
            if statements.len() == 1 {
                self.foreign.connection().execute_raw(statements.remove(0)).await?;
                continue;
            }
            let tx = self.foreign.connection().begin().await?;
            for statement in statements {
                tx.execute_raw(statement).await?;
            }
            tx.commit().await?;
        }
        Ok(start.elapsed().as_secs_f64())
    }

    fn row(&mut self) -> [Value; 11] {
        self.next += 1;
        let row = self.next;
        let now = chrono::DateTime::UNIX_EPOCH.naive_utc() + chrono::TimeDelta::seconds(1_700_000_000 + i64::from(row));
        let starts_at = now + chrono::TimeDelta::minutes(i64::from(row.wrapping_mul(7_919) % 40_000));
        [
            i64::from(1 + row % 12).into(),
            1_i64.into(),
            i64::from(1 + row % 7).into(),
            i64::from(1 + row.wrapping_mul(31) % 260).into(),
            i64::from(1 + row.wrapping_mul(2_654_435_761) % 16_000).into(),
            starts_at.into(),
            (starts_at + chrono::TimeDelta::minutes(45)).into(),
            "confirmed".into(),
            rust_decimal::Decimal::new(4_950, 2).into(),
            now.into(),
            now.into(),
        ]
    }
}

const COLUMNS: [&str; 11] = [
    "company_id",
    "branch_id",
    "service_id",
    "staff_id",
    "customer_id",
    "starts_at",
    "ends_at",
    "status",
    "price",
    "created_at",
    "updated_at",
];

fn insert(backend: DbBackend, rows: u32) -> String {
    let mut next = 0;
    let mut mark = || {
        next += 1;
        if backend == DbBackend::Postgres { format!("${next}") } else { "?".to_owned() }
    };
    let mut row = || format!("({})", COLUMNS.map(|_| mark()).join(", "));
    let values: Vec<_> = (0..rows).map(|_| row()).collect();
    format!("INSERT INTO appointments ({}) VALUES {}", COLUMNS.join(", "), values.join(", "))
}
