//! New appointments, one or many.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDateTime, TimeDelta, Timelike};
use rust_decimal::Decimal;

use super::change::require_writer;
use super::error::Attempts;
use super::{Appointment, Error, Status};
use crate::app::App;
use crate::audit::Actor;
use crate::changes;
use crate::db::{Arg, Error as DbError, Mode, TenantTx};
use crate::events::{self, Event, Thing, Verb};
use crate::policy::cents;
use crate::summaries::people::listed;
use crate::tenant::TenantScope;

/// How long an appointment is for which nothing says so, in minutes.
const LENGTH: i64 = 30;
/// The longest appointment, in days.
const LONGEST: i64 = 31;

/// An appointment to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAppointment {
    /// Whose it is.
    pub customer_id: i64,
    /// Where.
    pub branch_id: Option<i64>,
    /// What for.
    pub service_id: Option<i64>,
    /// With whom.
    pub staff_id: Option<i64>,
    /// When it starts, UTC; parts of a second do not count.
    pub starts_at: NaiveDateTime,
    /// When it ends; without it, as long after as the service takes, else 30 minutes.
    pub ends_at: Option<NaiveDateTime>,
    /// What became of it already: an appointment of the past may be written down. Without it, it is scheduled.
    pub status: Option<Status>,
    /// Its price; without it, the service's.
    pub price: Option<Decimal>,
}

/// Makes an appointment.
///
/// # Errors
/// [`Error`] says why not; nothing has changed then.
pub async fn create(app: &App, scope: &TenantScope, actor: &Actor, new: &NewAppointment) -> Result<Appointment, Error> {
    let made = create_unsettled(app, scope, actor, std::slice::from_ref(new)).await?;
    let made = made.into_iter().next().unwrap_or_else(|| Err(DbError::Custom("no row was made".to_owned()).into()))?;
    changes::settle(&app.db, scope, &app.clock).await?;
    Ok(made)
}

/// Makes appointments, all in one transaction; those that will not do are left out, each with its reason, in the place
/// where it stood. Whoever calls settles the company before it acknowledges them.
///
/// # Errors
/// [`Error::Forbidden`], or where the database fails; none is made then.
pub async fn create_unsettled(
    app: &App,
    scope: &TenantScope,
    actor: &Actor,
    new: &[NewAppointment],
) -> Result<Vec<Result<Appointment, Error>>, Error> {
    require_writer(scope)?;
    let mut attempts = Attempts::default();
    loop {
        let result = create_once(app, scope, actor, new).await;
        if !attempts.again(&result) {
            return result;
        }
    }
}

async fn create_once(
    app: &App,
    scope: &TenantScope,
    actor: &Actor,
    new: &[NewAppointment],
) -> Result<Vec<Result<Appointment, Error>>, Error> {
    let tx = scope.db(&app.db).begin(Mode::Write).await?;
    let made = create_within(&tx, actor, new, app.clock.now_utc()).await?;
    tx.commit().await?;
    Ok(made)
}

/// As [`create_unsettled`], within the transaction of somebody who proved that they may write and settles afterwards.
pub(crate) async fn create_within(
    tx: &TenantTx,
    actor: &Actor,
    new: &[NewAppointment],
    now: NaiveDateTime,
) -> Result<Vec<Result<Appointment, Error>>, Error> {
    let known = Known::read(tx, new).await?;
    let mut drafts: Vec<_> = new.iter().map(|new| known.draft(new, now)).collect();
    let rows = drafts.iter().flatten().map(|draft| row(draft, now)).collect();
    let ids = tx.insert_new("appointments", &COLUMNS, rows).await?;
    for (draft, id) in drafts.iter_mut().flatten().zip(ids) {
        draft.id = id;
    }
    let events: Vec<_> = drafts.iter().flatten().map(|draft| booked(draft, tx.company_id(), now)).collect();
    events::announce(tx, actor, &events, now).await?;
    Ok(drafts)
}

/// Who is to come is told; what has been written down of the past is nobody's news.
fn booked(made: &Appointment, company: i64, now: NaiveDateTime) -> Event {
    let event = Event::new(Thing::Appointment, Verb::Booked, made.id).after(made.state());
    let to_come = made.starts_at > now && Status::parse(&made.status).is_some_and(Status::is_open);
    if to_come { event.about(made.occasion(company, Decimal::ZERO)) } else { event }
}

const COLUMNS: [&str; 10] = [
    "customer_id",
    "branch_id",
    "service_id",
    "staff_id",
    "starts_at",
    "ends_at",
    "status",
    "price",
    "created_at",
    "updated_at",
];

fn row(draft: &Appointment, now: NaiveDateTime) -> Vec<Arg> {
    vec![
        draft.customer_id.into(),
        draft.branch_id.into(),
        draft.service_id.into(),
        draft.staff_id.into(),
        draft.starts_at.into(),
        draft.ends_at.into(),
        draft.status.as_str().into(),
        draft.price.into(),
        now.into(),
        now.into(),
    ]
}

/// What of the company the new appointments name.
struct Known {
    customers: BTreeSet<i64>,
    branches: BTreeSet<i64>,
    staff: BTreeSet<i64>,
    /// How long it takes, in minutes, and what it costs.
    services: BTreeMap<i64, (i64, Decimal)>,
}

impl Known {
    async fn read(tx: &TenantTx, new: &[NewAppointment]) -> Result<Self, DbError> {
        let ids = |of: &dyn Fn(&NewAppointment) -> Option<i64>| new.iter().filter_map(of).collect::<BTreeSet<i64>>();
        let wanted: Vec<i64> = ids(&|new| new.service_id).into_iter().collect();
        let mut services = BTreeMap::new();
        for ids in wanted.chunks(500) {
            let text = "SELECT id, duration_minutes, price FROM services WHERE company_id = :company AND id";
            let (sql, args) = listed(text, ids)?;
            for row in tx.rows(&sql, args).await? {
                services.insert(row.int(0)?, (row.small(1)?, row.money(2)?));
            }
        }
        Ok(Self {
            customers: there(tx, "customers", &ids(&|new| Some(new.customer_id))).await?,
            branches: there(tx, "branches", &ids(&|new| new.branch_id)).await?,
            staff: there(tx, "staff", &ids(&|new| new.staff_id)).await?,
            services,
        })
    }

    /// The appointment that `new` becomes, but for its id.
    fn draft(&self, new: &NewAppointment, now: NaiveDateTime) -> Result<Appointment, Error> {
        require("customer_id", Thing::Customer, Some(new.customer_id), |id| self.customers.contains(id))?;
        require("branch_id", Thing::Branch, new.branch_id, |id| self.branches.contains(id))?;
        require("service_id", Thing::Service, new.service_id, |id| self.services.contains_key(id))?;
        require("staff_id", Thing::Staff, new.staff_id, |id| self.staff.contains(id))?;
        let service = new.service_id.and_then(|id| self.services.get(&id));
        let length = service.map(|(minutes, _)| *minutes).filter(|minutes| *minutes > 0).unwrap_or(LENGTH);
        let starts_at = new.starts_at.with_nanosecond(0).unwrap_or(new.starts_at);
        let ends_at = new.ends_at.or_else(|| starts_at.checked_add_signed(TimeDelta::minutes(length)));
        let ends_at = ends_at.and_then(|at| at.with_nanosecond(0)).unwrap_or(starts_at);
        check_time(starts_at, ends_at)?;
        let price = new.price.or_else(|| service.map(|(_, price)| *price));
        check_price(new.price)?;
        Ok(Appointment {
            id: 0,
            customer_id: new.customer_id,
            branch_id: new.branch_id,
            service_id: new.service_id,
            staff_id: new.staff_id,
            starts_at,
            ends_at,
            status: new.status.unwrap_or(Status::Scheduled).as_str().to_owned(),
            price: price.map(cents),
            created_at: Some(now),
            updated_at: Some(now),
        })
    }
}

async fn there(tx: &TenantTx, table: &str, ids: &BTreeSet<i64>) -> Result<BTreeSet<i64>, DbError> {
    let ids: Vec<i64> = ids.iter().copied().collect();
    let mut there = BTreeSet::new();
    for ids in ids.chunks(500) {
        let (sql, args) = listed(&format!("SELECT id FROM {table} WHERE company_id = :company AND id"), ids)?;
        for row in tx.rows(&sql, args).await? {
            there.insert(row.int(0)?);
        }
    }
    Ok(there)
}

fn require(field: &'static str, thing: Thing, id: Option<i64>, is_there: impl Fn(&i64) -> bool) -> Result<(), Error> {
    match id.filter(|id| !is_there(id)) {
        Some(id) => Err(Error::NotFound { field, thing, id }),
        None => Ok(()),
    }
}

/// Whether an appointment may be at that time.
pub(super) fn check_time(starts_at: NaiveDateTime, ends_at: NaiveDateTime) -> Result<(), Error> {
    if !(1970..=2199).contains(&starts_at.year()) {
        return Err(Error::Invalid { field: "starts_at", problem: "is not in the years 1970 to 2199" });
    }
    if ends_at <= starts_at || ends_at - starts_at > TimeDelta::days(LONGEST) {
        return Err(Error::Invalid { field: "ends_at", problem: "is not after the start, by 31 days at most" });
    }
    Ok(())
}

fn check_price(price: Option<Decimal>) -> Result<(), Error> {
    let fits =
        |price: &Decimal| (Decimal::ZERO..Decimal::from(100_000_000)).contains(price) && price.normalize().scale() <= 2;
    if price.as_ref().is_none_or(fits) {
        return Ok(());
    }
    Err(Error::Invalid { field: "price", problem: "is not an amount of 0 to 99999999.99, with two decimals at most" })
}
