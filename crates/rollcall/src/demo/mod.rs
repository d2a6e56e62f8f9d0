//! Demo data: a seeded generator of everything that the contract's tables can hold.
//!
//! The same seed and instant make the same rows on every machine and every database. Rows are made company by company
//! and written in batches, so that ten million appointments need no more memory than ten thousand.

mod appointments;
mod calendar;
mod company;
mod dice;
mod hostile;
mod notifications;
mod people;
mod policies;
mod profiles;
mod store;
mod usage;
mod words;

use chrono::{DateTime, TimeDelta, Utc};

use crate::changes;
use crate::clock::Clock;
use crate::db::{Database, Dialect, Error as DbError, Mode, PlatformSql};
use crate::tenant::{OperatorScope, TenantScope};
use appointments::Maker;
use company::{Company, Share};
use dice::{Dice, share_out};
use store::{Kind, Store};

/// What to make.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Companies; the first is the largest, the others shrink by Zipf's law.
    pub companies: u32,
    /// Appointments of all companies together, exactly.
    pub appointments: u64,
    /// Local days up to today on which they start; some two weeks ahead come on top.
    pub days: u32,
    /// Staff of all companies together, about: each company has at least 3.
    pub staff: u64,
    /// Customers of all companies together, about: each company has at least 20.
    pub customers: u64,
    /// Notifications to every hundred appointments, about.
    pub notifications_per_100: u32,
    /// The seed of all chance.
    pub seed: u64,
    /// The instant up to which things have happened.
    pub now: DateTime<Utc>,
    /// What every user's password hashes to.
    pub password_hash: String,
}

impl Plan {
    /// The demo's usual size: 12 companies, 200,000 appointments over 180 days.
    #[must_use]
    pub fn new(now: DateTime<Utc>, password_hash: String) -> Self {
        Self {
            companies: 12,
            appointments: 200_000,
            days: 180,
            // So that most companies' utilisation lies between half and full.
            staff: 1_000,
            customers: 16_000,
            notifications_per_100: 50,
            seed: 1,
            now,
            password_hash,
        }
    }

    /// The same plan for another number of appointments, staff and customers in proportion: what `rollcall demo` makes.
    /// A benchmark that compares sizes keeps them instead.
    #[must_use]
    pub fn sized(self, appointments: u64) -> Self {
        let scaled = |count: u64, least: u64| {
            let wide = u128::from(count) * u128::from(appointments) / u128::from(self.appointments.max(1));
            u64::try_from(wide).unwrap_or(u64::MAX).clamp(least, 100_000)
        };
        let (staff, customers) = (scaled(self.staff, 1), scaled(self.customers, 1));
        Self { appointments, staff, customers, ..self }
    }
}

/// What was made: rows per table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Generated {
    /// Companies.
    pub companies: u64,
    /// Users, the operator included.
    pub users: u64,
    /// Members of staff.
    pub staff: u64,
    /// Customers.
    pub customers: u64,
    /// Appointments, those included that were deleted softly.
    pub appointments: u64,
    /// Cancellations and reschedules.
    pub modifications: u64,
    /// Counted events.
    pub stats: u64,
    /// Policies, hostile ones included.
    pub policies: u64,
    /// Notifications, hostile ones included.
    pub notifications: u64,
}

/// Why no demo data could be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database is in use: rows with ids of our own would meet others.
    #[error("the database already has companies or users: demo data needs an empty one")]
    NotEmpty,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbError),
}

const ANYBODY: PlatformSql = PlatformSql::new(
    "demo data needs an empty database",
    "SELECT 1 FROM companies UNION ALL SELECT 1 FROM users LIMIT 1",
);

const FOUND: PlatformSql = PlatformSql::new(
    "the demo founds a company",
    "INSERT INTO companies (id, name, slug, timezone, locale, is_active, created_at, updated_at) \
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
);

const OPERATOR: PlatformSql = PlatformSql::new(
    "the demo's operator belongs to no company",
    "INSERT INTO users (id, company_id, name, email, password, role, created_at, updated_at) \
     VALUES (?, NULL, 'Operator', 'operator@example.test', ?, 'super_admin', ?, ?)",
);

/// Fills an empty, migrated database. `progress` hears of appointments made and of how many there will be.
///
/// Summaries are left to [`finish`].
///
/// # Errors
/// [`Error::NotEmpty`], or where the database fails; what was written before stays.
pub async fn generate(
    db: &Database,
    plan: &Plan,
    progress: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<Generated, Error> {
    let platform = db.platform();
    if platform.row(&ANYBODY, vec![]).await?.is_some() {
        return Err(Error::NotEmpty);
    }
    let mut store = Store::default();
    let since = (plan.now - TimeDelta::days(i64::from(plan.days) + 400)).naive_utc();
    let operator = store.take_id(Kind::User);
    let password = plan.password_hash.as_str();
    platform.execute(&OPERATOR, vec![operator.into(), password.into(), since.into(), since.into()]).await?;
    let weights: Vec<u64> = (1..=u64::from(plan.companies)).map(|rank| 1_000_000_000 / rank).collect();
    let shares = [plan.appointments, plan.staff, plan.customers].map(|total| share_out(total, &weights));
    let [appointments, staff, customers] = &shares;
    for (rank, ((appointments, staff), customers)) in (0..).zip(appointments.iter().zip(staff).zip(customers)) {
        let share = Share { appointments: *appointments, staff: *staff, customers: *customers };
        one_company(db, plan, &mut store, rank, share, progress).await?;
    }
    if db.dialect() == Dialect::Postgres {
        continue_sequences(db).await?;
    }
    Ok(Generated {
        companies: u64::from(plan.companies),
        users: store.count(Kind::User),
        staff: store.count(Kind::Staff),
        customers: store.count(Kind::Customer),
        appointments: store.count(Kind::Appointment),
        modifications: store.count(Kind::Modification),
        stats: store.count(Kind::Stat),
        policies: store.count(Kind::Policy),
        notifications: store.count(Kind::Notification),
    })
}

/// Makes the company at `rank` and everything it has.
async fn one_company(
    db: &Database,
    plan: &Plan,
    store: &mut Store,
    rank: u64,
    share: Share,
    progress: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<(), Error> {
    let mut chance = Dice::new(plan.seed, rank + 1);
    let company = company::found(store, plan, rank, share, &mut chance);
    let scope = write_company(db, plan, rank, &company).await?;
    write_settings(db, &scope, &company).await?;
    let now = plan.now.naive_utc();
    for first in (0..company.customers.count).step_by(1_000) {
        let ranks = first..(first + 1_000).min(company.customers.count);
        people::add(store, &company, ranks, now, plan.days, plan.seed);
        if store.is_full() {
            store.flush(db, &scope).await?;
        }
    }
    let profile = company.profile;
    let days = calendar::spread(company.appointments, plan.days, plan.now, profile.zone, profile.trade, &mut chance);
    usage::add(store, plan, &company, &mut chance);
    if rank.is_multiple_of(3) {
        let other = if rank == 0 { 2 } else { 1 };
        hostile::add(store, &company, other, now);
    }
    let mut maker = Maker::new(plan, &company, chance);
    for (date, count) in days {
        for _ in 0..count {
            maker.add(store, date);
            if store.is_full() {
                store.flush(db, &scope).await?;
                progress(store.count(Kind::Appointment), plan.appointments);
            }
        }
    }
    store.flush(db, &scope).await?;
    progress(store.count(Kind::Appointment), plan.appointments);
    Ok(())
}

async fn write_company(db: &Database, plan: &Plan, rank: u64, company: &Company) -> Result<TenantScope, DbError> {
    let (profile, name, slug) = company::identity(rank);
    let since = (plan.now - TimeDelta::days(i64::from(plan.days) + 400)).naive_utc();
    let values = vec![
        company.id.into(),
        name.into(),
        slug.into(),
        profile.zone.name().into(),
        profile.locale.into(),
        true.into(),
        since.into(),
        since.into(),
    ];
    db.platform().execute(&FOUND, values).await?;
    Ok(OperatorScope::of_program("demo").enter_known(company.id))
}

/// The currency; what a member of staff can take stays at the usual 40, so that utilisation can be recomputed from the
/// contract's tables alone.
async fn write_settings(db: &Database, scope: &TenantScope, company: &Company) -> Result<(), DbError> {
    let tx = scope.db(db).begin(Mode::Write).await?;
    tx.insert("company_settings", &["currency"], vec![vec![company.profile.currency.into()]], "").await?;
    tx.commit().await
}

/// Recomputes the summaries of all companies that [`generate`] made; drops the change log's lines about them, since
/// recomputing everything at once is quicker than a line at a time. `progress` hears of appointments done and in all.
///
/// # Errors
/// Where the database fails; the next settling starts over.
pub async fn finish(
    db: &Database,
    clock: &Clock,
    made: &Generated,
    progress: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<(), DbError> {
    let mut done = 0;
    for company in 1..=i64::try_from(made.companies).unwrap_or(i64::MAX) {
        let scope = OperatorScope::of_program("demo").enter_known(company);
        let mut step = |appointments: u64| {
            done += appointments;
            progress(done.min(made.appointments), made.appointments);
        };
        changes::rebuild(db, &scope, clock, &mut step).await?;
    }
    Ok(())
}

/// PostgreSQL's sequences do not see ids that were given: the next row must come after them.
async fn continue_sequences(db: &Database) -> Result<(), DbError> {
    for table in std::iter::once("companies").chain(store::TABLES.map(|(table, _)| table)) {
        let text = format!(
            "SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT COALESCE(MAX(id), 1) FROM {table}))"
        );
        db.platform().rows(&PlatformSql::composed("ids go on after the demo's", text), vec![]).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
