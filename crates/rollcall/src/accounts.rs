//! Companies and users, as whoever may run the binary on the host makes them. All of it stands above tenants.

mod check;
mod secret;

use serde::Serialize;

use crate::clock::Clock;
use crate::db::{Arg, Database, Error, PlatformSql, Row};
use crate::tenant::Role;

pub use check::{Invalid, email, locale, name, slug, slug_of, time_zone};
pub use secret::{kept_secret_key, secret_key};

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

/// A user, without their password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Account {
    /// Their id.
    pub id: i64,
    /// Their company; none for a platform operator.
    pub company_id: Option<i64>,
    /// Their company's slug.
    pub company: Option<String>,
    /// Their name.
    pub name: String,
    /// The address they sign in with.
    pub email: String,
    /// What they may do, as the database names it.
    pub role: String,
}

/// A user to be.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Their company; none for a platform operator.
    pub company_id: Option<i64>,
    /// Their name.
    pub name: String,
    /// The address they sign in with; must be free. Kept in lower case.
    pub email: String,
    /// What they may do.
    pub role: Role,
    /// As [`Passwords::hash`](crate::password::Passwords::hash) made it.
    pub password_hash: String,
}

/// Why an account cannot be made or changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// A name, address, zone or language that will not do.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The slug is another company's.
    #[error("there is a company `{0}` already; choose another slug")]
    SlugTaken(String),
    /// The address is another user's.
    #[error("there is a user {0} already; `rollcall user reset-password {0}` gives them a new password")]
    EmailTaken(String),
    /// No such user.
    #[error("there is no user {0}; `rollcall user list` names them all")]
    NoUser(String),
    /// A role and a company that do not go together.
    #[error("{0}")]
    Role(&'static str),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] Error),
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
const USERS: &str = "SELECT u.id, u.company_id, c.slug, u.name, u.email, u.role \
     FROM users u LEFT JOIN companies c ON c.id = u.company_id";
const INSERT_USER: PlatformSql = PlatformSql::new(
    "a user is created on the command line",
    "INSERT INTO users (company_id, name, email, password, role, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
);
const SET_PASSWORD: PlatformSql = PlatformSql::new(
    "a user's password is reset on the command line",
    "UPDATE users SET password = ?, updated_at = ? WHERE id = ?",
);
const END_SESSIONS: PlatformSql =
    PlatformSql::new("a reset password ends the user's sessions", "DELETE FROM sessions WHERE user_id = ?");

/// Makes a company.
///
/// # Errors
/// [`AccountError`]: what will not do, or that the slug is taken.
pub async fn create_company(db: &Database, clock: &Clock, new: NewCompany) -> Result<Company, AccountError> {
    new.check()?;
    let NewCompany { name, slug, timezone, locale } = new;
    if find_company(db, &slug).await?.is_some_and(|company| company.slug == slug) {
        return Err(AccountError::SlugTaken(slug));
    }
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
    insert(db, &INSERT_COMPANY, args).await?.ok_or_else(|| AccountError::SlugTaken(slug.clone()))?;
    let created = find_company(db, &slug).await?;
    created.ok_or_else(|| Error::RecordNotFound(format!("the new company {slug}")).into())
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
    let by_slug = PlatformSql::composed("a company is found by its slug", format!("{COMPANY} WHERE slug = ?"));
    let found = db.platform().row(&by_slug, vec![slug_or_id.into()]).await?;
    if let (None, Ok(id)) = (&found, slug_or_id.parse::<i64>()) {
        let by_id = PlatformSql::composed("a company is found by its id", format!("{COMPANY} WHERE id = ?"));
        return db.platform().row(&by_id, vec![id.into()]).await?.as_ref().map(company).transpose();
    }
    found.as_ref().map(company).transpose()
}

/// Makes a user.
///
/// # Errors
/// [`AccountError`]: what will not do, or that the address is taken.
pub async fn create_user(db: &Database, clock: &Clock, new: NewAccount) -> Result<Account, AccountError> {
    let (name, email) = (name(&new.name)?, email(&new.email)?);
    role_fits(new.role, new.company_id.is_some())?;
    require_free_email(db, &email).await?;
    let now = clock.now_utc();
    let args: Vec<Arg> = vec![
        new.company_id.into(),
        name.into(),
        email.clone().into(),
        new.password_hash.into(),
        new.role.as_str().into(),
        now.into(),
        now.into(),
    ];
    insert(db, &INSERT_USER, args).await?.ok_or_else(|| AccountError::EmailTaken(email.clone()))?;
    let created = find_user(db, &email).await?;
    created.ok_or_else(|| Error::RecordNotFound(format!("the new user {email}")).into())
}

/// Whether a user of `role` may belong to a company, or to none.
///
/// # Errors
/// [`AccountError::Role`] says what to do.
pub fn role_fits(role: Role, has_company: bool) -> Result<(), AccountError> {
    match (role, has_company) {
        (Role::SuperAdmin, true) => Err(AccountError::Role("a super_admin belongs to no company; leave --company out")),
        (Role::Viewer | Role::Manager | Role::Admin, false) => {
            Err(AccountError::Role("an admin, manager or viewer belongs to a company; name it with --company"))
        }
        _ => Ok(()),
    }
}

/// Whether nobody signs in with that address yet.
///
/// # Errors
/// [`AccountError::EmailTaken`], or where the database fails.
pub async fn require_free_email(db: &Database, email: &str) -> Result<(), AccountError> {
    match find_user(db, email).await? {
        Some(account) => Err(AccountError::EmailTaken(account.email)),
        None => Ok(()),
    }
}

/// A user by their address, who must exist.
///
/// # Errors
/// [`AccountError::NoUser`], or where the database fails.
pub async fn require_user(db: &Database, email: &str) -> Result<Account, AccountError> {
    find_user(db, email).await?.ok_or_else(|| AccountError::NoUser(email.trim().to_owned()))
}

/// Users, operators first: all of them, or one company's.
///
/// # Errors
/// Where the database fails.
pub async fn users(db: &Database, company_id: Option<i64>) -> Result<Vec<Account>, Error> {
    let (of_company, args) = match company_id {
        Some(id) => ("WHERE u.company_id = ?", vec![id.into()]),
        None => ("", vec![]),
    };
    let text = format!("{USERS} {of_company} ORDER BY COALESCE(u.company_id, 0), u.id");
    let sql = PlatformSql::composed("users are listed on the command line", text);
    db.platform().rows(&sql, args).await?.iter().map(account).collect()
}

/// A user by the address they sign in with, however it is capitalised.
///
/// # Errors
/// Where the database fails.
pub async fn find_user(db: &Database, email: &str) -> Result<Option<Account>, Error> {
    // A Laravel application may have stored the address as it was typed.
    let text = format!("{USERS} WHERE u.email = ? OR LOWER(u.email) = ?");
    let sql = PlatformSql::composed("a user is found by their address", text);
    let args = vec![email.trim().into(), email.trim().to_lowercase().into()];
    let found: Result<Vec<_>, _> = db.platform().rows(&sql, args).await?.iter().map(account).collect();
    let mut found = found?;
    let exact = found.iter().position(|account| account.email == email.trim()).unwrap_or(0);
    Ok((exact < found.len()).then(|| found.swap_remove(exact)))
}

/// Gives a user another password and ends their sessions.
///
/// # Errors
/// [`AccountError::NoUser`], or where the database fails.
pub async fn reset_password(
    db: &Database,
    clock: &Clock,
    email: &str,
    password_hash: String,
) -> Result<Account, AccountError> {
    let account = require_user(db, email).await?;
    let tx = db.platform().begin().await?;
    tx.execute(&SET_PASSWORD, vec![password_hash.into(), clock.now_utc().into(), account.id.into()]).await?;
    tx.execute(&END_SESSIONS, vec![account.id.into()]).await?;
    tx.commit().await?;
    Ok(account)
}

/// Inserts a row; none where it exists already, made by somebody else a moment ago.
async fn insert(db: &Database, sql: &PlatformSql, args: Vec<Arg>) -> Result<Option<u64>, Error> {
    match db.platform().execute(sql, args).await {
        Ok(changed) => Ok(Some(changed)),
        Err(error) if matches!(error.sql_err(), Some(sea_orm::SqlErr::UniqueConstraintViolation(_))) => Ok(None),
        Err(error) => Err(error),
    }
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

fn account(row: &Row) -> Result<Account, Error> {
    Ok(Account {
        id: row.int(0)?,
        company_id: row.opt_int(1)?,
        company: row.opt_text(2)?,
        name: row.text(3)?,
        email: row.text(4)?,
        role: row.text(5)?,
    })
}

#[cfg(test)]
mod tests;
