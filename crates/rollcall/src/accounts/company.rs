//! Companies.

use serde::Serialize;

use super::{AccountError, Invalid, insert, locale, name, slug, time_zone};
use crate::audit::Actor;
use crate::clock::Clock;
use crate::db::{Arg, Database, Error, PlatformSql, PlatformTx, Row};
use crate::events::{self, Event, Thing, Verb};

/// A company.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Company {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Its name in URLs and on the command line.
    pub slug: String,
    /// The IANA zone in which its days begin.
    pub timezone: String,
    /// Its language.
    pub locale: String,
    /// Whether it is in use.
    pub is_active: bool,
}

/// A company to be.
#[derive(Clone, Debug)]
pub struct NewCompany {
    /// Its name.
    pub name: String,
    /// Its name in URLs; must be free.
    pub slug: String,
    /// An IANA zone.
    pub timezone: String,
    /// `de` or `en`.
    pub locale: String,
}

impl NewCompany {
    /// Whether everything about it will do.
    ///
    /// # Errors
    /// [`Invalid`] says what will not.
    pub fn check(&self) -> Result<(), Invalid> {
        name(&self.name)?;
        slug(&self.slug)?;
        time_zone(&self.timezone)?;
        locale(&self.locale).map(|_| ())
    }
}

const COMPANY: &str = "SELECT id, name, slug, timezone, locale, is_active FROM companies";
const COMPANIES: PlatformSql = PlatformSql::new(
    "companies are listed on the command line",
    "SELECT id, name, slug, timezone, locale, is_active FROM companies ORDER BY id",
);
const INSERT_COMPANY: PlatformSql = PlatformSql::new(
    "a company is created on the command line",
    "INSERT INTO companies (name, slug, timezone, locale, is_active, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
);

const SET_CURRENCY: PlatformSql = PlatformSql::new(
    "what a new company counts its money in is noted",
    "INSERT INTO company_settings (company_id, currency) VALUES (?, ?)",
);

/// Makes a company.
///
/// # Errors
/// [`AccountError`]: what will not do, or that the slug is taken.
pub async fn create_company(
    db: &Database,
    clock: &Clock,
    actor: &Actor,
    new: NewCompany,
) -> Result<Company, AccountError> {
    new.check()?;
    // Nothing is locked before the answer is clear.
    if find_company(db, &new.slug).await?.is_some_and(|company| company.slug == new.slug) {
        return Err(AccountError::SlugTaken(new.slug));
    }
    let tx = db.platform().begin().await?;
    let created = found_company(&tx, clock, actor, new).await?;
    tx.commit().await?;
    Ok(created)
}

/// The same within a transaction that does more.
pub(crate) async fn found_company(
    tx: &PlatformTx,
    clock: &Clock,
    actor: &Actor,
    new: NewCompany,
) -> Result<Company, AccountError> {
    new.check()?;
    let NewCompany { name, slug, timezone, locale } = new;
    let now = clock.now_utc();
    let args: Vec<Arg> = vec![
        name.trim().into(),
        slug.clone().into(),
        timezone.into(),
        locale.into(),
        true.into(),
        now.into(),
        now.into(),
    ];
    insert(tx, &INSERT_COMPANY, args).await?.ok_or_else(|| AccountError::SlugTaken(slug.clone()))?;
    let created = tx.row(&by_slug(), vec![slug.clone().into()]).await?;
    let created = created.ok_or_else(|| Error::RecordNotFound(format!("the new company {slug}")))?;
    let created = company(&created)?;
    let event = Event::new(Thing::Company, Verb::Created, created.id).after(serde_json::json!(created));
    events::announce_above(tx, actor, Some(created.id), &event, now).await?;
    Ok(created)
}

/// Says what a company that was founded a moment ago counts its money in.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn set_currency(tx: &PlatformTx, company: i64, currency: &str) -> Result<(), Error> {
    tx.execute(&SET_CURRENCY, vec![company.into(), currency.into()]).await.map(|_| ())
}

/// All companies, by id.
///
/// # Errors
/// Where the database fails.
pub async fn companies(db: &Database) -> Result<Vec<Company>, Error> {
    db.platform().rows(&COMPANIES, vec![]).await?.iter().map(company).collect()
}

/// A company by its slug, else by its id.
///
/// # Errors
/// Where the database fails.
pub async fn find_company(db: &Database, slug_or_id: &str) -> Result<Option<Company>, Error> {
    let found = db.platform().row(&by_slug(), vec![slug_or_id.into()]).await?;
    if let (None, Ok(id)) = (&found, slug_or_id.parse::<i64>()) {
        let by_id = PlatformSql::composed("a company is found by its id", format!("{COMPANY} WHERE id = ?"));
        return db.platform().row(&by_id, vec![id.into()]).await?.as_ref().map(company).transpose();
    }
    found.as_ref().map(company).transpose()
}

fn by_slug() -> PlatformSql {
    PlatformSql::composed("a company is found by its slug", format!("{COMPANY} WHERE slug = ?"))
}

fn company(row: &Row) -> Result<Company, Error> {
    Ok(Company {
        id: row.int(0)?,
        name: row.text(1)?,
        slug: row.text(2)?,
        timezone: row.text(3)?,
        locale: row.text(4)?,
        is_active: row.flag(5)?,
    })
}
