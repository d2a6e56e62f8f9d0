//! What the change log costs a writer: inserts of appointments with and without the triggers, side by side.
//!
//! SQLite does all of its work in the writer's own process, so there the CPU time counts, which knows nothing of what
//! else the machine does; and the writer is SQLite's own library under prepared statements, as in PHP, because sqlx's
//! threads cost more than the insert itself. Of a server only the time that passes is known.

use std::time::{Duration, Instant};

use anyhow::Result;
use rollcall::db::Database;
use sea_orm::{ConnectionTrait, DbBackend, Statement, TransactionTrait, Value};

use super::foreign::Foreign;
use super::report::{Report, median};
use super::stock::{self, Place};
use super::{Options, process};

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
    Way { name: "100 a transaction", rows: 1, statements: 100, transactions: 50 },
    Way { name: "one a transaction", rows: 1, statements: 1, transactions: 1_000 },
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
        let mut cpu = Pairs::default();
        let mut time = Pairs::default();
        for number in 0..=slices {
            let first = usize::try_from(number % 2)?;
            let mut took = [(Duration::ZERO, Duration::ZERO); 2];
            for which in [first, 1 - first] {
                took[which] = writers[which].slice(way).await?;
            }
            // The first pair warms both up.
            if number > 0 {
                let rows = way.rows * way.statements * way.transactions;
                time.add(took.map(|it| it.0), rows);
                cpu.add(took.map(|it| it.1), rows);
            }
        }
        let name = format!("insert, {on}, {}", way.name);
        if on == "sqlite" {
            cpu.report(&format!("{name}, CPU"), (way.rows == 1).then_some(LIMIT), report);
        }
        time.report(&name, None, report);
    }
    for (writer, name) in writers.into_iter().zip(["plain", "watched"]) {
        if let At::Server(foreign) = writer.at {
            foreign.close().await?;
        }
        place.drop(name).await?;
    }
    Ok(())
}

/// What slices took, without and with triggers.
#[derive(Default)]
struct Pairs {
    ratios: Vec<f64>,
    plain: Vec<f64>,
    watched: Vec<f64>,
}

impl Pairs {
    fn add(&mut self, [plain, watched]: [Duration; 2], rows: u32) {
        self.ratios.push(watched.as_secs_f64() / plain.as_secs_f64());
        self.plain.push(plain.as_secs_f64() / f64::from(rows) * 1e6);
        self.watched.push(watched.as_secs_f64() / f64::from(rows) * 1e6);
    }

    fn report(&mut self, name: &str, limit: Option<f64>, report: &mut Report) {
        report.note(&format!("{name}, without triggers"), median(&mut self.plain), "µs");
        report.note(&format!("{name}, with triggers"), median(&mut self.watched), "µs");
        let (name, ratio) = (format!("{name}, with to without triggers"), median(&mut self.ratios));
        match limit {
            Some(limit) => report.at_most(&name, ratio, "times", limit),
            None => report.note(&name, ratio, "times"),
        }
    }
}

/// An application that inserts appointments.
struct Writer {
    at: At,
    next: u32,
}

/// What it writes to.
enum At {
    Sqlite(rusqlite::Connection),
    Server(Foreign),
}

impl At {
    async fn connect(url: &str) -> Result<Self> {
        let Some(path) = url.strip_prefix("sqlite:") else { return Ok(Self::Server(Foreign::connect(url).await?)) };
        let connection = rusqlite::Connection::open(path.split('?').next().unwrap_or(path))?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        Ok(Self::Sqlite(connection))
    }
}

async fn writer(place: &Place, name: &str, watched: bool) -> Result<Writer> {
    let url = place.create(name).await?;
    let db = Database::open(&url, 1).await?;
    db.migrate_up().await?;
    if !watched {
        stock::take_back(&db, "triggers").await?;
    }
    db.close().await?;
    let mut writer = Writer { at: At::connect(&url).await?, next: 0 };
    // Trees of some depth.
    let filling = Way { name: "", rows: 500, statements: 20, transactions: 5 };
    writer.slice(filling).await?;
    Ok(writer)
}

impl Writer {
    /// The time and the CPU time that a slice takes.
    async fn slice(&mut self, way: Way) -> Result<(Duration, Duration)> {
        let mut slice = Vec::new();
        for _ in 0..way.transactions {
            let statements =
                (0..way.statements).map(|_| (0..way.rows).flat_map(|_| self.row()).collect::<Vec<Value>>());
            slice.push(statements.collect::<Vec<_>>());
        }
        let (start, cpu) = (Instant::now(), process::cpu_time());
        match &self.at {
            At::Sqlite(connection) => write_natively(connection, way, slice)?,
            At::Server(foreign) => write(foreign, way, slice).await?,
        }
        Ok((start.elapsed(), process::cpu_time() - cpu))
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

/// Transactions of statements, each with its values.
type Slice = Vec<Vec<Vec<Value>>>;

async fn write(foreign: &Foreign, way: Way, slice: Slice) -> Result<()> {
    let sql = insert(foreign.backend(), way.rows);
    for transaction in slice {
        let tx = foreign.connection().begin().await?;
        for values in transaction {
            tx.execute_raw(Statement::from_sql_and_values(foreign.backend(), &sql, values)).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

fn write_natively(connection: &rusqlite::Connection, way: Way, slice: Slice) -> Result<()> {
    let mut statement = connection.prepare(&insert(DbBackend::Sqlite, way.rows))?;
    for transaction in slice {
        let tx = connection.unchecked_transaction()?;
        for values in transaction {
            statement.execute(rusqlite::params_from_iter(values.iter().map(native)))?;
        }
        tx.commit()?;
    }
    Ok(())
}

/// A value as an application binds it: numbers as numbers, all else as text.
fn native(value: &Value) -> rusqlite::types::Value {
    match value {
        Value::BigInt(Some(number)) => (*number).into(),
        Value::ChronoDateTime(Some(instant)) => instant.format("%Y-%m-%d %H:%M:%S").to_string().into(),
        Value::Decimal(Some(number)) => number.to_string().into(),
        Value::String(Some(text)) => text.clone().into(),
        _ => rusqlite::types::Value::Null,
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
