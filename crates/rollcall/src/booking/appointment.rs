//! An appointment, as it stands in the database.

use chrono::{DateTime, NaiveDateTime};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::Error;
use crate::clock::{opt_utc, utc};
use crate::db::{Error as DbError, Row, TenantDb, TenantSql, TenantTx};
use crate::events::Thing;
use crate::notify::Occasion;
use crate::policy::{Place, cents};

/// What may become of an appointment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It was made.
    Scheduled,
    /// The customer has said that they will come.
    Confirmed,
    /// It took place.
    Completed,
    /// It was cancelled.
    Cancelled,
    /// The customer did not come.
    NoShow,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Scheduled, Self::Confirmed, Self::Completed, Self::Cancelled, Self::NoShow];

    /// Its name in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Confirmed => "confirmed",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
            Self::NoShow => "no_show",
        }
    }

    /// The one of that name, to the letter.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }

    /// Whether it is still to come.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Scheduled | Self::Confirmed)
    }
}

/// An appointment of the company.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Appointment {
    /// Its id.
    pub id: i64,
    /// Whose it is.
    pub customer_id: i64,
    /// Where.
    pub branch_id: Option<i64>,
    /// What for.
    pub service_id: Option<i64>,
    /// With whom.
    pub staff_id: Option<i64>,
    /// When it starts, UTC.
    #[serde(serialize_with = "utc")]
    pub starts_at: NaiveDateTime,
    /// When it ends, UTC.
    #[serde(serialize_with = "utc")]
    pub ends_at: NaiveDateTime,
    /// What became of it; as it stands in the database, where a foreign application may have written anything.
    pub status: String,
    /// Its price.
    #[serde(with = "rust_decimal::serde::str_option")]
    pub price: Option<Decimal>,
    /// When it was made, UTC.
    #[serde(serialize_with = "opt_utc")]
    pub created_at: Option<NaiveDateTime>,
    /// When it was changed last, UTC.
    #[serde(serialize_with = "opt_utc")]
    pub updated_at: Option<NaiveDateTime>,
}

const COLUMNS: &str = "id, customer_id, branch_id, service_id, staff_id, starts_at, ends_at, status, price, created_at, \
     updated_at, price IS NULL";

impl Appointment {
    /// An appointment of the company; none where there is none of that id, or it was deleted.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn find(db: &TenantDb, id: i64) -> Result<Option<Self>, DbError> {
        let sql = by_id("")?;
        db.rows(&sql, vec![id.into()]).await?.first().map(Self::read).transpose()
    }

    /// The same, locked until the transaction ends. SQLite's write transaction is that lock already.
    pub(super) async fn lock(tx: &TenantTx, id: i64) -> Result<Self, Error> {
        let sql = by_id(tx.dialect().pick("", "FOR UPDATE", "FOR UPDATE"))?;
        let found = tx.rows(&sql, vec![id.into()]).await?.first().map(Self::read).transpose()?;
        found.ok_or(Error::NotFound { field: "id", thing: Thing::Appointment, id })
    }

    fn read(row: &Row) -> Result<Self, DbError> {
        // A date that nobody can read is as old as can be.
        let instant = |column| Ok::<_, DbError>(row.opt_instant(column)?.unwrap_or(DateTime::UNIX_EPOCH.naive_utc()));
        Ok(Self {
            id: row.int(0)?,
            customer_id: row.int(1)?,
            branch_id: row.opt_int(2)?,
            service_id: row.opt_int(3)?,
            staff_id: row.opt_int(4)?,
            starts_at: instant(5)?,
            ends_at: instant(6)?,
            status: row.text(7)?,
            price: if row.flag(11)? { None } else { Some(cents(row.money(8)?)) },
            created_at: row.opt_instant(9)?,
            updated_at: row.opt_instant(10)?,
        })
    }

    /// A tag that changes with every change of it: an ETag without its quotes.
    #[must_use]
    pub fn tag(&self) -> String {
        tag_of(&self.state())
    }

    /// Whether it is what `tag` was given out for; without a tag it always is.
    pub(super) fn require(&self, tag: Option<&str>) -> Result<(), Error> {
        if tag.is_none_or(|tag| tag == self.tag()) { Ok(()) } else { Err(Error::Stale) }
    }

    /// Whether it is still to come.
    pub(super) fn require_open(&self) -> Result<(), Error> {
        let open = Status::parse(&self.status).is_some_and(Status::is_open);
        let problem = "it is neither scheduled nor confirmed";
        if open { Ok(()) } else { Err(Error::Conflict { state: self.status.clone(), problem }) }
    }

    /// What stands in the audit log.
    pub(super) fn state(&self) -> Value {
        json!(self)
    }

    pub(super) fn place(&self, company: i64) -> Place {
        Place { company, branch: self.branch_id, service: self.service_id, staff: self.staff_id }
    }

    pub(super) fn occasion(&self, company: i64, fee: Decimal) -> Occasion {
        Occasion {
            appointment: self.id,
            customer: self.customer_id,
            place: self.place(company),
            starts_at: self.starts_at,
            moved_from: None,
            fee,
            violated: None,
        }
    }
}

/// The tag of a state that the audit log has.
pub(crate) fn tag_of(state: &Value) -> String {
    let hash = Sha256::digest(state.to_string());
    hash.iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}

fn by_id(end: &str) -> Result<TenantSql, DbError> {
    let text = format!(
        "SELECT {COLUMNS} FROM appointments WHERE company_id = :company AND id = ? AND deleted_at IS NULL {end}"
    );
    Ok(TenantSql::composed(text)?)
}
