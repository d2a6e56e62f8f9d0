//! Databases full of demo data, on SQLite in a folder or on a server.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use rollcall::chance::Chance;
use rollcall::clock::Clock;
use rollcall::db::Database;
use rollcall::demo::{self, Plan};
use rollcall::password::Passwords;
use rollcall::tenant::OperatorScope;
use rollcall::{accounts, changes};
use sea_orm::DbBackend;
use secrecy::SecretString;

use super::Options;
use super::foreign::Foreign;

/// The password of every user.
pub(crate) const PASSWORD: &str = "benchmark password";
/// The instant at which everything takes place.
const NOW: &str = "2026-11-22T12:00:00Z";

/// Where databases come from.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// A folder of SQLite files.
    Folder(PathBuf),
    /// A server; the URL names no database.
    Server(String),
}

impl Place {
    /// The server that an environment variable names; none where it is not set.
    pub(crate) fn server(variable: &str) -> Option<Self> {
        let url = std::env::var(variable).ok();
        if url.is_none() {
            println!("{variable} names no server: passed over");
        }
        Some(Self::Server(url?.trim_end_matches('/').to_owned()))
    }

    fn url(&self, name: &str) -> String {
        match self {
            Self::Folder(folder) => format!("sqlite:{}", folder.join(format!("{name}.db")).display()),
            Self::Server(server) => format!("{server}/rollcall_bench_{name}"),
        }
    }

    /// Makes the database `name` anew; answers its URL.
    pub(crate) async fn create(&self, name: &str) -> Result<String> {
        self.drop(name).await?;
        match self {
            Self::Folder(folder) => std::fs::create_dir_all(folder)?,
            Self::Server(_) => self.administer(&format!("CREATE DATABASE rollcall_bench_{name}")).await?,
        }
        Ok(match self {
            Self::Folder(_) => format!("{}?mode=rwc", self.url(name)),
            Self::Server(_) => self.url(name),
        })
    }

    /// Removes the database `name`.
    pub(crate) async fn drop(&self, name: &str) -> Result<()> {
        match self {
            Self::Folder(folder) => {
                for ending in ["db", "db-wal", "db-shm"] {
                    let _ = std::fs::remove_file(folder.join(format!("{name}.{ending}")));
                }
                Ok(())
            }
            Self::Server(_) => self.administer(&format!("DROP DATABASE IF EXISTS rollcall_bench_{name}")).await,
        }
    }

    async fn administer(&self, sql: &str) -> Result<()> {
        let Self::Server(server) = self else { return Ok(()) };
        let database = if server.starts_with("postgres") { "postgres" } else { "mysql" };
        let connection = Foreign::connect(&format!("{server}/{database}")).await?;
        connection.run(sql).await?;
        connection.close().await
    }
}

/// The folder for SQLite files: the one to keep, or one that goes with the answer.
pub(crate) fn folder(options: &Options) -> Result<(PathBuf, Option<tempfile::TempDir>)> {
    match &options.keep {
        Some(kept) => Ok((kept.clone(), None)),
        None => {
            let folder = tempfile::Builder::new().prefix("rollcall-bench-").tempdir()?;
            Ok((folder.path().to_path_buf(), Some(folder)))
        }
    }
}

/// The clock of all benchmarks.
pub(crate) fn clock() -> Result<Clock> {
    Ok(Clock::pinned(NOW.parse::<DateTime<Utc>>()?))
}

/// The demo's usual plan, with so many appointments.
pub(crate) async fn plan(appointments: u64) -> Result<Plan> {
    let passwords = Passwords::new(Chance::seeded(1));
    let hash = passwords.hash(SecretString::from(PASSWORD)).await?;
    Ok(Plan { appointments, ..Plan::new(clock()?.now(), hash) })
}

/// A database with demo data and current summaries.
#[derive(Debug)]
pub(crate) struct Stock {
    pub(crate) db: Database,
    pub(crate) url: String,
    pub(crate) clock: Clock,
    place: Place,
    name: String,
    kept: bool,
}

impl Stock {
    /// Makes it, or takes what an earlier run kept. What happened in the companies happened `times` over: rows are
    /// generated once and then copied by the database itself, which is much faster than generating all of them.
    pub(crate) async fn make(place: &Place, name: &str, plan: &Plan, times: u64, options: &Options) -> Result<Self> {
        let kept = options.keep.is_some();
        let url = match place.url(name) {
            url if kept && is_ready(&url, &mark(plan, times)).await => url,
            _ => fill(place, name, plan, times).await?,
        };
        let db = Database::open(&url, 8).await?;
        Ok(Self { db, url, clock: clock()?, place: place.clone(), name: name.to_owned(), kept })
    }

    /// Lets jobs do again what they did.
    pub(crate) async fn forget_runs(&self) -> Result<()> {
        let foreign = Foreign::connect(&self.url).await?;
        foreign.run("DELETE FROM job_runs").await?;
        foreign.close().await
    }

    /// How many appointments there are.
    pub(crate) async fn appointments(&self) -> Result<i64> {
        let foreign = Foreign::connect(&self.url).await?;
        let rows = foreign.query("SELECT COUNT(*) FROM appointments").await?;
        foreign.close().await?;
        Ok(rows.first().context("no count")?.try_get_by_index(0)?)
    }

    /// Closes the database, and removes it unless it is to be kept.
    pub(crate) async fn leave(self) -> Result<()> {
        self.db.close().await?;
        if self.kept { Ok(()) } else { self.place.drop(&self.name).await }
    }
}

/// What a database that is ready says of itself.
fn mark(plan: &Plan, times: u64) -> String {
    format!(
        "{} companies, {} appointments, {} days, {} staff, {} customers, {} notifications, seed {}",
        plan.companies,
        plan.appointments * times,
        plan.days,
        plan.staff,
        plan.customers,
        plan.notifications_per_100,
        plan.seed
    )
}

async fn is_ready(url: &str, mark: &str) -> bool {
    let answer = async {
        let foreign = Foreign::connect(url).await?;
        let rows = foreign.query("SELECT value FROM rollcall_meta WHERE name = 'benchmark'").await?;
        foreign.close().await?;
        rows.first().context("no mark")?.try_get_by_index::<String>(0).map_err(anyhow::Error::from)
    };
    answer.await.is_ok_and(|value| value == mark)
}

/// Fills a new database. The triggers stay away meanwhile: every summary is rebuilt afterwards anyway.
async fn fill(place: &Place, name: &str, plan: &Plan, times: u64) -> Result<String> {
    let url = place.create(name).await?;
    let db = Database::open(&url, 8).await?;
    db.migrate_up().await?;
    take_back(&db, "triggers").await?;
    let start = Instant::now();
    demo::generate(&db, plan, &mut |_, _| {}).await?;
    if times > 1 {
        // Indexes are made faster than kept. Rollcall's own tables go with them, and with these the staff's capacity.
        take_back(&db, "indexes").await?;
        multiply(&url, times).await?;
    }
    db.migrate_up().await?;
    let made = start.elapsed().as_secs_f64();
    rebuild_all(&db).await?;
    let rebuilt = start.elapsed().as_secs_f64() - made;
    let mark = mark(plan, times);
    println!("{name}: {mark}; made in {made:.1} s, summarised in {rebuilt:.1} s{}", size(place, name));
    let foreign = Foreign::connect(&url).await?;
    foreign.run(&format!("INSERT INTO rollcall_meta (name, value) VALUES ('benchmark', '{mark}')")).await?;
    if foreign.backend() == DbBackend::Sqlite {
        foreign.run("PRAGMA wal_checkpoint(TRUNCATE)").await?;
    }
    foreign.close().await?;
    db.close().await?;
    Ok(url)
}

/// Takes back the applied migrations from the one named so on.
pub(crate) async fn take_back(db: &Database, name: &str) -> Result<()> {
    let applied: Vec<_> = db.migrations().await?.into_iter().filter(|step| step.applied).collect();
    let first = applied.iter().position(|step| step.name.ends_with(name)).context("no such migration")?;
    Ok(db.migrate_down(Some(u32::try_from(applied.len() - first)?)).await?)
}

/// What grows with the number of appointments, and its columns but the id.
const GROWING: [(&str, &str); 4] = [
    (
        "appointments",
        "company_id, branch_id, service_id, staff_id, customer_id, starts_at, ends_at, status, price, created_at, \
         updated_at, deleted_at",
    ),
    (
        "appointment_modifications",
        "company_id, appointment_id, customer_id, modification_type, within_policy, fee_charged, reason, \
         modified_by_type, modified_by_id, metadata, created_at, updated_at",
    ),
    (
        "appointment_modification_stats",
        "company_id, customer_id, stat_type, count, period_start, period_end, metadata, created_at, updated_at",
    ),
    (
        "notification_queues",
        "company_id, notification_configuration_id, notifiable_type, notifiable_id, channel, recipient, payload, \
         status, retry_count, error_message, provider_message_id, scheduled_at, sent_at, delivered_at, failed_at, \
         created_at, updated_at",
    ),
];

async fn multiply(url: &str, times: u64) -> Result<()> {
    let foreign = Foreign::connect(url).await?;
    if foreign.backend() == DbBackend::Sqlite {
        foreign.run("PRAGMA cache_size = -500000").await?;
    }
    for (table, columns) in GROWING {
        let rows = foreign.query(&format!("SELECT MAX(id) FROM {table}")).await?;
        let last = match (rows.first(), foreign.backend()) {
            (None, _) => None,
            (Some(row), DbBackend::MySql) => row.try_get_by_index::<Option<u64>>(0)?,
            (Some(row), _) => row.try_get_by_index::<Option<i64>>(0)?.map(i64::unsigned_abs),
        };
        let Some(last) = last else { continue };
        let copy = format!("INSERT INTO {table} ({columns}) SELECT {columns} FROM {table} WHERE id <= {last}");
        for _ in 1..times {
            foreign.run(&copy).await?;
        }
    }
    foreign.close().await
}

fn size(place: &Place, name: &str) -> String {
    let Place::Folder(folder) = place else { return String::new() };
    let bytes = std::fs::metadata(Path::new(folder).join(format!("{name}.db"))).map_or(0, |file| file.len());
    format!(", {} MB", bytes / 1_000_000)
}

/// Recomputes all summaries of all companies.
pub(crate) async fn rebuild_all(db: &Database) -> Result<()> {
    let program = OperatorScope::of_program("benchmark");
    for company in accounts::companies(db).await? {
        let scope = program.enter(db, company.id).await?.context("the company is gone")?;
        changes::rebuild(db, &scope, &clock()?, &mut |_| ()).await?;
    }
    Ok(())
}
