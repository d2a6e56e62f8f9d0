//! The database: a few companies whose every name says whose it is, people who look at them, and much to send again.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use anyhow::{Context, Result};
use chrono::{NaiveDate, TimeDelta, Timelike};
use chrono_tz::Tz;
use rollcall::chance::Chance;
use rollcall::clock::Clock;
use rollcall::db::Database;
use rollcall::password::Passwords;
use rollcall::summaries::zone::local_day;
use secrecy::SecretString;

use super::foreign::Foreign;
use super::oracle::Ledger;

/// Everybody's password.
pub(crate) const PASSWORD: &str = "consistency password";
/// How many companies there are; their ids begin with 1.
const COMPANIES: i64 = 5;
/// Users who are moved about; their ids follow this one.
pub(crate) const WANDERERS: std::ops::Range<i64> = 901..904;
/// Failed notifications that a company begins with, and how many more it gets when they run out.
const POOL: u64 = 600;
/// So many days back, the newest two left out: a node whose clock is a day behind counts the same.
const DAYS: std::ops::Range<i64> = 2..22;

/// What people may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Role {
    Viewer,
    Admin,
    Operator,
}

impl Role {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Admin => "admin",
            Self::Operator => "super_admin",
        }
    }
}

/// Somebody who looks.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) email: String,
    pub(crate) role: Role,
    /// Their company; none for an operator.
    pub(crate) company: Option<i64>,
    session: OnceLock<String>,
}

impl Person {
    pub(crate) fn new(email: String, role: Role, company: Option<i64>) -> Self {
        Self { email, role, company, session: OnceLock::new() }
    }

    /// The same person in another browser, with a session of its own.
    pub(crate) fn with_session(self, session: String) -> Self {
        Self { session: session.into(), ..self }
    }

    /// The cookie's value; empty before they have signed in.
    pub(crate) fn session(&self) -> &str {
        self.session.get().map_or("", String::as_str)
    }

    /// They have signed in.
    pub(crate) fn signed_in(&self, session: String) {
        let _ = self.session.set(session);
    }
}

/// A company.
#[derive(Debug)]
pub(crate) struct Company {
    pub(crate) id: i64,
    pub(crate) zone: Tz,
    pub(crate) ledger: Ledger,
    /// Failed notifications that nobody has sent again, the newest first.
    failed: Mutex<VecDeque<u64>>,
}

impl Company {
    fn failed(&self) -> MutexGuard<'_, VecDeque<u64>> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes one of those that nobody has sent again: one of the ten that tables show, or any.
    pub(crate) fn take(&self, dice: &mut super::dice::Dice) -> Option<u64> {
        let mut failed = self.failed();
        let among = if dice.percent(50) { failed.len().min(10) } else { failed.len() };
        failed.remove(dice.below(among))
    }

    /// One that has not been sent again for now.
    pub(crate) fn any_failed(&self) -> Option<u64> {
        self.failed().back().copied()
    }

    pub(crate) fn runs_low(&self) -> bool {
        self.failed().len() < 200
    }

    /// The local day at `now`.
    pub(crate) fn day(&self, now: chrono::DateTime<chrono::Utc>) -> NaiveDate {
        local_day(self.zone, now.naive_utc())
    }
}

/// The database, and what is known of it.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) url: String,
    server: String,
    name: String,
    pub(crate) companies: Vec<Company>,
    pub(crate) people: Vec<Person>,
}

impl World {
    /// Makes it on a server.
    pub(crate) async fn make(server: &str) -> Result<Self> {
        let server = server.trim_end_matches('/').to_owned();
        let name = format!("rollcall_consistency_{}", std::process::id());
        let url = format!("{server}/{name}");
        administer(&server, &format!("CREATE DATABASE {name}")).await?;
        let db = Database::open(&url, 4).await?;
        db.migrate_up().await?;
        let mut world = Self { url, server, name, companies: Vec::new(), people: Vec::new() };
        let foreign = Foreign::connect(&world.url).await?;
        let hash = Passwords::new(Chance::seeded(1)).hash(SecretString::from(PASSWORD)).await?;
        for id in 1..=COMPANIES {
            world.add_company(&foreign, id, &hash).await?;
        }
        world.add_users(&foreign, &hash).await?;
        foreign.close().await?;
        // The first read expects all of it.
        rollcall::changes::settle_all(&db, &Clock::system()).await?;
        db.close().await?;
        Ok(world)
    }

    /// Takes it away.
    pub(crate) async fn leave(&self) -> Result<()> {
        administer(&self.server, &format!("DROP DATABASE IF EXISTS {}", self.name)).await
    }

    pub(crate) fn company(&self, id: i64) -> &Company {
        let place = usize::try_from(id - 1).unwrap_or(0);
        &self.companies[place.min(self.companies.len() - 1)]
    }

    async fn add_company(&mut self, foreign: &Foreign, id: i64, hash: &str) -> Result<()> {
        let zone = zone_near_noon(id);
        foreign
            .run(&format!(
                "INSERT INTO companies (id, name, slug, timezone) VALUES ({id}, 'Company {id}', 'company-{id}', '{zone}')"
            ))
            .await?;
        for (number, role) in [(1, Role::Admin), (2, Role::Viewer)] {
            let email = format!("{}.canary{id}x@p.test", role.name());
            foreign.run(&user(id * 10 + number, Some(id), &format!("canary{id}x Person"), &email, hash, role)).await?;
            self.people.push(Person::new(email, role, Some(id)));
        }
        for statement in furniture(id) {
            foreign.run(&statement).await.with_context(|| statement.clone())?;
        }
        let company = Company {
            id,
            zone: zone.parse().map_err(|_| anyhow::anyhow!("there is no zone {zone}"))?,
            ledger: Ledger::new(POOL),
            failed: Mutex::new(VecDeque::new()),
        };
        let ids = add_failed(foreign, id, 1).await?;
        company.failed().extend(ids);
        self.companies.push(company);
        Ok(())
    }

    async fn add_users(&mut self, foreign: &Foreign, hash: &str) -> Result<()> {
        let email = "operator@p.test".to_owned();
        foreign.run(&user(900, None, "Operator", &email, hash, Role::Operator)).await?;
        self.people.push(Person::new(email, Role::Operator, None));
        for id in WANDERERS {
            foreign.run(&user(id, Some(1), "Wanderer", &wanderer(id), hash, Role::Viewer)).await?;
        }
        Ok(())
    }

    /// What another application writes to give a user another role or company.
    pub(crate) fn fate(user: i64, role: &str, company: i64) -> String {
        format!("UPDATE users SET role = '{role}', company_id = {company} WHERE id = {user}")
    }

    /// Another application adds failed notifications to a company.
    pub(crate) async fn refill(&self, foreign: &Foreign, company: &Company) -> Result<()> {
        let newest = format!("SELECT MAX(id) FROM notification_queues WHERE company_id = {}", company.id);
        let last: u64 = foreign.query(&newest).await?.first().context("no row")?.try_get_by_index(0)?;
        company.ledger.adds(POOL);
        let ids = add_failed(foreign, company.id, last % 1_000_000 + 1).await?;
        company.ledger.added(POOL);
        company.failed().extend(ids);
        Ok(())
    }
}

/// The address of a user who is moved about.
pub(crate) fn wanderer(id: i64) -> String {
    format!("wanderer{id}@p.test")
}

fn user(id: i64, company: Option<i64>, name: &str, email: &str, hash: &str, role: Role) -> String {
    let company = company.map_or("NULL".to_owned(), |id| id.to_string());
    let role = role.name();
    format!(
        "INSERT INTO users (id, company_id, name, email, password, role) \
         VALUES ({id}, {company}, '{name}', '{email}', '{hash}', '{role}')"
    )
}

/// A zone where it is nine to fifteen o'clock now, so that a clock that moves by three hours stays on its day.
fn zone_near_noon(id: i64) -> String {
    let hour = i64::from(Clock::system().now().hour());
    let offset = 12 - hour + (id % 3 - 1);
    let offset = if offset > 12 {
        offset - 24
    } else if offset < -12 {
        offset + 24
    } else {
        offset
    };
    // The signs of these names are the other way round.
    if offset >= 0 { format!("Etc/GMT-{offset}") } else { format!("Etc/GMT+{}", -offset) }
}

/// What makes the other widgets show something of the company.
fn furniture(id: i64) -> Vec<String> {
    let at = |days: i64| (Clock::system().now_utc() - TimeDelta::days(days)).format("%Y-%m-%d %H:%M:%S").to_string();
    let mut statements = Vec::new();
    for n in 1..=5 {
        let (row, when) = (id * 100 + n, at(n + 2));
        statements.push(format!(
            "INSERT INTO customers (id, company_id, name, email) \
             VALUES ({row}, {id}, 'canary{id}x Customer', 'c{n}.canary{id}x@c.test')"
        ));
        statements
            .push(format!("INSERT INTO staff (id, company_id, name) VALUES ({row}, {id}, 'canary{id}x Staff {n}')"));
        statements.push(format!(
            "INSERT INTO appointments (company_id, staff_id, customer_id, starts_at, ends_at, status, created_at) \
             VALUES ({id}, {row}, {row}, '{when}', '{when}', 'completed', '{when}')"
        ));
        statements.push(format!(
            "INSERT INTO appointment_modification_stats \
             (company_id, customer_id, stat_type, count, period_start, period_end, metadata, created_at) \
             VALUES ({id}, {row}, 'violation', 1, '{day}', '{day}', '{{\"policy_type\": \"cancellation\"}}', '{when}')",
            day = &when[..10]
        ));
    }
    statements
}

/// Adds failed notifications, numbered from `first` on; answers their ids, the newest first.
async fn add_failed(foreign: &Foreign, company: i64, first: u64) -> Result<Vec<u64>> {
    const ERRORS: [&str; 4] = ["Timeout after 30 s", "Mailbox full", "Unknown subscriber", "Blocked by provider"];
    const CHANNELS: [&str; 3] = ["email", "sms", "push"];
    let now = Clock::system().now_utc();
    let days = u64::try_from(DAYS.end - DAYS.start)?;
    let mut rows = Vec::new();
    let mut dated = Vec::new();
    for n in first..first + POOL {
        let id = u64::try_from(company)? * 1_000_000 + n;
        let day = DAYS.start + i64::try_from(n % days)?;
        let at = now - TimeDelta::days(day) + TimeDelta::seconds(i64::try_from(n % 3_000)?);
        let (channel, error) = (CHANNELS[usize::try_from(n % 3)?], ERRORS[usize::try_from(n % 4)?]);
        rows.push(format!(
            "({id}, {company}, 'customer', {}, '{channel}', 'canary{company}x.{id}@r.test', 'failed', '{error}', '{at}', '{at}')",
            company * 100 + 1 + day % 5,
            at = at.format("%Y-%m-%d %H:%M:%S")
        ));
        dated.push((at, id));
    }
    let values = rows.join(", ");
    foreign
        .run(&format!(
            "INSERT INTO notification_queues (id, company_id, notifiable_type, notifiable_id, channel, recipient, \
             status, error_message, failed_at, created_at) VALUES {values}"
        ))
        .await?;
    dated.sort_unstable_by(|a, b| b.cmp(a));
    Ok(dated.into_iter().map(|(_, id)| id).collect())
}

async fn administer(server: &str, sql: &str) -> Result<()> {
    let connection = Foreign::connect(&format!("{server}/mysql")).await?;
    connection.run(sql).await?;
    connection.close().await
}
