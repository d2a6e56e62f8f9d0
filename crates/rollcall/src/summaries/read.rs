//! Reading a page's [`Snapshot`]: one statement for all summaries, whatever the number of widgets, and one for each of
//! the two tables of newest rows.

use chrono::{DateTime, Days, NaiveDate, Utc};
use chrono_tz::Tz;

use super::day::DaySummary;
use super::newest::newest;
use super::recompute::policy_type_of;
use super::snapshot::{LatestFailure, LatestViolation, Snapshot, TopCustomer, Unavailable};
use super::store;
use super::zone::{day_number, day_of_number, local_day};
use crate::analytics::polymorphic::Notifiable;
use crate::db::{Arg, Dialect, Error, Row, TenantDb, TenantSql};

/// What the widgets of a page look at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Days, today included.
    pub days: u32,
    /// The journey status that the top customers must have; none for all.
    pub journey: Option<&'static str>,
    /// The branch whose days are wanted; none for the whole company.
    pub branch: Option<i64>,
    /// Whether the newest violations are wanted.
    pub violations: bool,
    /// Whether the newest failed notifications are wanted.
    pub failures: bool,
}

impl Needs {
    /// The company's present state alone.
    pub const NOTHING: Self = Self { days: 0, journey: None, branch: None, violations: false, failures: false };

    /// The last `days` days, today included.
    #[must_use]
    pub const fn days(days: u32) -> Self {
        Self { days, ..Self::NOTHING }
    }

    /// The customers with most violations, of one journey status or of all.
    #[must_use]
    pub const fn customers(journey: Option<&'static str>) -> Self {
        Self { journey, ..Self::NOTHING }
    }

    /// What both need. At most one widget of a page chooses among customers.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            days: self.days.max(other.days),
            journey: self.journey.or(other.journey),
            branch: self.branch.or(other.branch),
            violations: self.violations || other.violations,
            failures: self.failures || other.failures,
        }
    }
}

/// Reads what `needs` names of the company that `db` belongs to, as of `now` in its `zone`.
///
/// # Errors
/// Where the summaries cannot be read. The newest rows fail by themselves, inside the snapshot.
pub async fn read(db: &TenantDb, zone: Tz, now: DateTime<Utc>, needs: &Needs) -> Result<Snapshot, Error> {
    let today = local_day(zone, now.naive_utc());
    let first = today.checked_sub_days(Days::new(u64::from(needs.days.saturating_sub(1)))).unwrap_or(today);
    let mut args = vec![Arg::from(day_number(first)), day_number(today).into()];
    args.extend(needs.journey.map(Arg::from));
    let mut snapshot = Snapshot::empty(today, zone);
    let branches = needs.branch.is_some();
    for row in db.rows(&summaries(db.dialect(), needs.journey.is_some(), branches)?, args).await? {
        take(&mut snapshot, &row, branches)?;
    }
    if let Some(branch) = needs.branch {
        snapshot = snapshot.of_branch(branch);
    }
    read_newest(db, needs, &mut snapshot).await;
    Ok(snapshot)
}

/// Reads the newest rows that `needs` names into a snapshot. They fail by themselves, inside it.
pub async fn read_newest(db: &TenantDb, needs: &Needs, snapshot: &mut Snapshot) {
    if needs.violations {
        snapshot.latest_violations = available(latest_violations(db).await, "violations");
    }
    if needs.failures {
        snapshot.latest_failures = available(latest_failures(db).await, "failures");
    }
}

fn available<T>(result: Result<T, Error>, what: &'static str) -> Result<T, Unavailable> {
    result.map_err(|error| {
        tracing::error!(%error, what, "newest rows could not be read");
        Unavailable
    })
}

/// The kinds of rows in the answer of [`summaries`].
const COMPANY: i64 = 0;
const DAY: i64 = 1;

fn summaries(dialect: Dialect, by_journey: bool, branches: bool) -> Result<TenantSql, Error> {
    let failed = dialect.integer(
        "(SELECT COALESCE(SUM(f.failed), 0) FROM day_summaries f WHERE f.company_id = :company AND f.failed > 0)",
    );
    let aside = dialect.integer(
        "(SELECT COUNT(*) FROM rollcall_set_aside a JOIN notification_queues q ON q.id = a.notification_id \
         AND q.company_id = :company WHERE a.company_id = :company AND q.status = 'failed' AND q.retry_count = a.retries)",
    );
    let journey = if by_journey { "AND s.journey_status = ? " } else { "" };
    let data = if branches { "COALESCE(branches, '{}')" } else { "data" };
    let (zero, day) = (dialect.integer("0"), dialect.integer("day"));
    let text = format!(
        "SELECT {kind_company} AS kind, {zero} AS n0, {failed} AS n1, {aside} AS n2, {zero} AS n3, \
         COALESCE(c.data, '{{}}') AS t0, '' AS t1 FROM (SELECT 1 AS n) one \
         LEFT JOIN company_summaries c ON c.company_id = :company \
         UNION ALL SELECT {kind_day}, {day}, {zero}, {zero}, {zero}, {data}, '' FROM day_summaries \
         WHERE company_id = :company AND day >= ? AND day <= ? \
         UNION ALL SELECT {kind_customer}, top.customer_id, top.violations, top.cancellations, top.appointments, \
         COALESCE(top.email, ''), top.journey_status FROM (\
         SELECT s.customer_id, s.violations, s.cancellations, s.appointments, s.journey_status, c.email \
         FROM customer_summaries s JOIN customers c ON c.id = s.customer_id AND c.company_id = :company \
         WHERE s.company_id = :company {journey}\
         ORDER BY s.violations DESC, s.customer_id LIMIT 20) AS top",
        kind_company = dialect.integer("0"),
        kind_day = dialect.integer("1"),
        kind_customer = dialect.integer("2"),
    );
    Ok(TenantSql::composed(text)?)
}

fn take(snapshot: &mut Snapshot, row: &Row, branches: bool) -> Result<(), Error> {
    let n0 = row.int(1)?;
    match row.int(0)? {
        COMPANY => {
            snapshot.failed_notifications = row.int(2)?;
            snapshot.set_aside = row.int(3)?;
            snapshot.company = store::parse(&row.text(5)?)?;
        }
        DAY => {
            if let Some(day) = day_of_number(n0) {
                let data = row.text(5)?;
                let summary = match branches {
                    true => DaySummary { branches: store::parse(&data)?, ..DaySummary::default() },
                    false => store::parse(&data)?,
                };
                snapshot.days.insert(day, summary);
            }
        }
        _ => snapshot.top_customers.push(TopCustomer {
            id: n0,
            email: Some(row.text(5)?).filter(|email| !email.is_empty()),
            journey_status: row.text(6)?,
            violations: row.int(2)?,
            cancellations: row.int(3)?,
            appointments: row.int(4)?,
        }),
    }
    Ok(())
}

/// The first and the last instant that there are; outside lie zero dates and `infinity`.
const FIRST: &str = "'0001-01-01 00:00:00'";
const LAST: &str = "'9999-12-31 23:59:59'";

async fn latest_violations(db: &TenantDb) -> Result<Vec<LatestViolation>, Error> {
    let metadata = db.dialect().text("s.metadata");
    let text = format!(
        "SELECT s.id, s.created_at, c.name, {metadata}, s.count, s.period_start, s.period_end, c.id \
         FROM appointment_modification_stats s \
         LEFT JOIN customers c ON c.id = s.customer_id AND c.company_id = :company \
         WHERE s.company_id = :company AND {violation} AND {at} >= {FIRST} AND {at} <= {LAST} \
         ORDER BY s.created_at DESC, s.id DESC",
        violation = db.dialect().is_word("s.stat_type", "violation"),
        at = db.dialect().not_by_index("s.created_at"),
    );
    newest(db, &text, &[], |row, at| {
        let period = row.opt_day(5)?.zip(row.opt_day(6)?);
        let policy_type = policy_type_of(row.opt_text(3)?.as_deref()).to_owned();
        let (customer, count) = (row.opt_text(2)?, row.small(4)?);
        let customer_id = row.opt_int(7)?;
        Ok(LatestViolation { customer_id, customer, policy_type, count, period, at })
    })
    .await
}

async fn latest_failures(db: &TenantDb) -> Result<Vec<LatestFailure>, Error> {
    let (valid, args) = valid_notifiable(db.dialect());
    let text = format!(
        "SELECT n.id, n.created_at, n.channel, n.recipient, n.error_message, n.retry_count \
         FROM notification_queues n WHERE n.company_id = :company AND {failed} \
         AND {at} >= {FIRST} AND {at} <= {LAST} AND {valid} ORDER BY n.created_at DESC, n.id DESC",
        failed = db.dialect().is_word("n.status", "failed"),
        at = db.dialect().not_by_index("n.created_at"),
    );
    newest(db, &text, &args, |row, at| {
        let (id, retries) = (row.int(0)?, row.small(5)?);
        let (channel, recipient, error) = (row.text(2)?, row.text(3)?, row.opt_text(4)?);
        Ok(LatestFailure { id, channel, recipient, error, retries, at })
    })
    .await
}

const DAYS: TenantSql = TenantSql::new(
    "SELECT day, data FROM day_summaries WHERE company_id = :company AND day >= ? AND day <= ? ORDER BY day",
);

/// The days from `first` to `last` on which anything happened, oldest first.
///
/// # Errors
/// Where the summaries cannot be read.
pub async fn days(db: &TenantDb, first: NaiveDate, last: NaiveDate) -> Result<Vec<(NaiveDate, DaySummary)>, Error> {
    let rows = db.rows(&DAYS, vec![day_number(first).into(), day_number(last).into()]).await?;
    let mut days = Vec::with_capacity(rows.len());
    for row in &rows {
        if let Some(day) = day_of_number(row.int(0)?) {
            days.push((day, store::parse(&row.text(1)?)?));
        }
    }
    Ok(days)
}

/// Whether the company has that notification, with a valid recipient: another one does not exist for it.
///
/// # Errors
/// Where the database fails.
pub async fn has_notification(db: &TenantDb, id: i64) -> Result<bool, Error> {
    let (valid, mut args) = valid_notifiable(db.dialect());
    args.insert(0, id.into());
    let text = format!("SELECT n.id FROM notification_queues n WHERE n.company_id = :company AND n.id = ? AND {valid}");
    let sql = TenantSql::composed(text)?;
    Ok(!db.rows(&sql, args).await?.is_empty())
}

/// The condition that the `notifiable` of a notification `n` is valid, with its values. Whoever it names is asked for by
/// value: MariaDB may answer EXISTS by reading all of the company's customers first.
fn valid_notifiable(dialect: Dialect) -> (String, Vec<Arg>) {
    let kind = dialect.exact("n.notifiable_type");
    let is = |table: &str| {
        format!(
            "({kind} IN (?, ?) AND \
             (SELECT r.id FROM {table} r WHERE r.id = n.notifiable_id AND r.company_id = :company) IS NOT NULL)"
        )
    };
    let kinds = [Notifiable::Customer, Notifiable::Staff, Notifiable::User];
    let args = kinds.iter().flat_map(|kind| kind.names()).map(Arg::from).collect();
    (format!("({} OR {} OR {})", is("customers"), is("staff"), is("users")), args)
}
