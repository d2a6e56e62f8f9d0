//! Users.

use serde::Serialize;
use serde_json::json;

use super::{AccountError, email, insert, name};
use crate::audit::Actor;
use crate::clock::Clock;
use crate::db::{Arg, Database, Error, PlatformSql, PlatformTx, Row};
use crate::events::{self, Event, Thing, Verb};
use crate::people;
use crate::tenant::Role;
use crate::tokens;

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
    /// Whether they may use the panel and the API.
    pub is_active: bool,
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

const USERS: &str = "SELECT u.id, u.company_id, c.slug, u.name, u.email, u.role, p.deactivated_at IS NULL \
     FROM users u LEFT JOIN companies c ON c.id = u.company_id LEFT JOIN rollcall_people p ON p.user_id = u.id";
const INSERT_USER: PlatformSql = PlatformSql::new(
    "a user is created on the command line",
    "INSERT INTO users (company_id, name, email, password, role, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
);
const SET_PASSWORD: PlatformSql =
    PlatformSql::new("a user's password is replaced", "UPDATE users SET password = ?, updated_at = ? WHERE id = ?");
const END_SESSIONS: PlatformSql =
    PlatformSql::new("a reset password ends the user's sessions", "DELETE FROM rollcall_sessions WHERE user_id = ?");

/// Makes a user.
///
/// # Errors
/// [`AccountError`]: what will not do, or that the address is taken.
pub async fn create_user(
    db: &Database,
    clock: &Clock,
    actor: &Actor,
    new: NewAccount,
) -> Result<Account, AccountError> {
    let email = email(&new.email)?;
    role_fits(new.role, new.company_id.is_some())?;
    require_free_email(db, &email).await?;
    let tx = db.platform().begin().await?;
    let created = found_user(&tx, clock, actor, new).await?;
    tx.commit().await?;
    Ok(created)
}

/// The same within a transaction that does more.
pub(crate) async fn found_user(
    tx: &PlatformTx,
    clock: &Clock,
    actor: &Actor,
    new: NewAccount,
) -> Result<Account, AccountError> {
    let (name, email) = (name(&new.name)?, email(&new.email)?);
    role_fits(new.role, new.company_id.is_some())?;
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
    insert(tx, &INSERT_USER, args).await?.ok_or_else(|| AccountError::EmailTaken(email.clone()))?;
    let created = tx.row(&by_address(), vec![email.clone().into(), email.clone().into()]).await?;
    let created = account(&created.ok_or_else(|| Error::RecordNotFound(format!("the new user {email}")))?)?;
    people::forget_above(tx, created.id).await?;
    let created = Account { is_active: true, ..created };
    let event = Event::new(Thing::User, Verb::Created, created.id).after(json!(created));
    events::announce_above(tx, actor, created.company_id, &event, now).await?;
    Ok(created)
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
    let args = vec![email.trim().into(), email.trim().to_lowercase().into()];
    let found: Result<Vec<_>, _> = db.platform().rows(&by_address(), args).await?.iter().map(account).collect();
    let mut found = found?;
    let exact = found.iter().position(|account| account.email == email.trim()).unwrap_or(0);
    Ok((exact < found.len()).then(|| found.swap_remove(exact)))
}

/// Gives a user another password, ends their sessions and revokes their tokens: whoever knew the old password may have made
/// some.
///
/// # Errors
/// [`AccountError::NoUser`], or where the database fails.
pub async fn reset_password(
    db: &Database,
    clock: &Clock,
    actor: &Actor,
    email: &str,
    password_hash: String,
) -> Result<Account, AccountError> {
    let account = require_user(db, email).await?;
    let tx = db.platform().begin().await?;
    let done = json!({ "email": account.email });
    replace_password(&tx, clock, actor, &account, password_hash, done).await?;
    tx.commit().await?;
    Ok(account)
}

/// Replaces a password, ends the user's sessions and revokes their tokens, within the transaction of what allows it. `done` is
/// what the audit log says of it.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn replace_password(
    tx: &PlatformTx,
    clock: &Clock,
    actor: &Actor,
    account: &Account,
    password_hash: String,
    done: serde_json::Value,
) -> Result<(), Error> {
    let now = clock.now_utc();
    tx.execute(&SET_PASSWORD, vec![password_hash.into(), now.into(), account.id.into()]).await?;
    tx.execute(&END_SESSIONS, vec![account.id.into()]).await?;
    tokens::revoke_all(tx, actor, account.id, now).await?;
    let event = Event::new(Thing::User, Verb::PasswordSet, account.id).after(done);
    events::announce_above(tx, actor, account.company_id, &event, now).await
}

/// The user of that id, within a transaction; none where they are gone.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn user_of(tx: &PlatformTx, id: i64) -> Result<Option<Account>, Error> {
    tx.row(&by_id(), vec![id.into()]).await?.as_ref().map(account).transpose()
}

/// The user of that id; none where they are gone.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn user_by_id(db: &Database, id: i64) -> Result<Option<Account>, Error> {
    db.platform().row(&by_id(), vec![id.into()]).await?.as_ref().map(account).transpose()
}

fn by_id() -> PlatformSql {
    PlatformSql::composed("a user is read by their id", format!("{USERS} WHERE u.id = ?"))
}

fn by_address() -> PlatformSql {
    // A Laravel application may have stored the address as it was typed.
    let text = format!("{USERS} WHERE u.email = ? OR LOWER(u.email) = ?");
    PlatformSql::composed("a user is found by their address", text)
}

fn account(row: &Row) -> Result<Account, Error> {
    Ok(Account {
        id: row.int(0)?,
        company_id: row.opt_int(1)?,
        company: row.opt_text(2)?,
        name: row.text(3)?,
        email: row.text(4)?,
        role: row.text(5)?,
        is_active: row.flag(6)?,
    })
}
