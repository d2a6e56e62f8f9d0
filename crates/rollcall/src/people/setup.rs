//! The way in where nobody is yet: a link by which whoever reads the program's terminal becomes the first operator.
//!
//! There is one such link at a time, and none where there is an operator. A hash of its secret is kept in one row, and whoever
//! deletes that row is the one who uses the link: of many at once, exactly one.

use std::net::IpAddr;

use chrono::TimeDelta;
use secrecy::SecretString;

use super::profile::{self, Preferences};
use crate::accounts::{self, AccountError, Invalid, NewAccount};
use crate::app::App;
use crate::audit::Actor;
use crate::chance::Chance;
use crate::clock::Clock;
use crate::db::{Database, Error, PlatformSql};
use crate::i18n::Lang;
use crate::password;
use crate::tenant::{Role, User};
use crate::tokens;

/// How long the link holds, in hours.
pub const HOURS: i64 = 24;
/// The row that it is kept in.
const NAME: &str = "setup";

const OPERATOR: PlatformSql = PlatformSql::new(
    "whether there is an operator yet is asked before Rollcall is set up",
    "SELECT id FROM users WHERE company_id IS NULL AND role = 'super_admin' LIMIT 1",
);
const ANYBODY: PlatformSql =
    PlatformSql::new("whether anybody could sign in is asked by the sign-in page", "SELECT id FROM users LIMIT 1");
const KEPT: PlatformSql = PlatformSql::new(
    "the link by which Rollcall is set up is looked at",
    "SELECT value FROM rollcall_meta WHERE name = ?",
);
const END: PlatformSql = PlatformSql::new(
    "the link by which Rollcall is set up is used up",
    "DELETE FROM rollcall_meta WHERE name = ? AND value = ?",
);

/// Whoever sets Rollcall up.
#[derive(Clone, Debug)]
pub struct Founder {
    /// Their name.
    pub name: String,
    /// The address that they are to sign in with.
    pub email: String,
    /// The password that they chose.
    pub password: SecretString,
    /// The language that they want the panel in.
    pub language: Lang,
}

/// Why somebody does not become the first operator.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The name will not do.
    #[error(transparent)]
    Name(Invalid),
    /// The address will not do.
    #[error(transparent)]
    Email(Invalid),
    /// Somebody signs in with the address.
    #[error("somebody signs in with this address already")]
    Taken,
    /// The password will not do.
    #[error(transparent)]
    Password(#[from] password::TooWeak),
    /// The link holds no longer: it was used, is too old, or there is an operator.
    #[error("the link holds no longer")]
    Gone,
    /// The password could not be hashed.
    #[error(transparent)]
    Hash(#[from] password::HashError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] Error),
}

/// Whether nobody at all could sign in.
///
/// # Errors
/// Where the database fails.
pub async fn is_empty(db: &Database) -> Result<bool, Error> {
    Ok(db.platform().row(&ANYBODY, vec![]).await?.is_none())
}

/// Makes the link's secret where there is no operator yet; the one before holds no longer.
///
/// # Errors
/// Where the database fails.
pub async fn renew(db: &Database, clock: &Clock, chance: &Chance) -> Result<Option<SecretString>, Error> {
    let platform = db.platform();
    if platform.row(&OPERATOR, vec![]).await?.is_some() {
        return Ok(None);
    }
    let secret = chance.token();
    let until = (clock.now() + TimeDelta::hours(HOURS)).timestamp();
    let end = db.dialect().on_conflict_update(&["name"], &["value"]);
    let keep = PlatformSql::composed(
        "the link by which Rollcall is set up is kept",
        format!("INSERT INTO rollcall_meta (name, value) VALUES (?, ?) {end}"),
    );
    platform.execute(&keep, vec![NAME.into(), written(&secret, until).into()]).await?;
    Ok(Some(SecretString::from(secret)))
}

/// Whether the link with that secret holds.
///
/// # Errors
/// Where the database fails.
pub async fn holds(app: &App, secret: &str) -> Result<bool, Error> {
    Ok(kept(app, secret).await?.is_some() && app.db.platform().row(&OPERATOR, vec![]).await?.is_none())
}

/// Uses the link up: its bearer is the first operator.
///
/// # Errors
/// [`SetupError`] says why not; nothing has changed then.
pub async fn found(app: &App, secret: &str, founder: Founder, address: Option<IpAddr>) -> Result<User, SetupError> {
    let name = accounts::name(&founder.name).map_err(SetupError::Name)?;
    let email = accounts::email(&founder.email).map_err(SetupError::Email)?;
    password::check(&founder.password)?;
    let value = kept(app, secret).await?.ok_or(SetupError::Gone)?;
    match accounts::require_free_email(&app.db, &email).await {
        Err(AccountError::Database(error)) => return Err(error.into()),
        Err(_) => return Err(SetupError::Taken),
        Ok(()) => {}
    }
    let password_hash = app.passwords.hash(founder.password).await?;
    let tx = app.db.platform().begin().await?;
    let first = tx.execute(&END, vec![NAME.into(), value.into()]).await? == 1;
    if !first || tx.row(&OPERATOR, vec![]).await?.is_some() {
        return Err(SetupError::Gone);
    }
    let new = NewAccount { company_id: None, name, email, role: Role::SuperAdmin, password_hash };
    let actor = Actor { address, ..Actor::command_line("setup") };
    let made = match accounts::found_user(&tx, &app.clock, &actor, new).await {
        Err(AccountError::Database(error)) => return Err(error.into()),
        Err(_) => return Err(SetupError::Taken),
        Ok(made) => made,
    };
    tx.commit().await?;
    let user = User { id: made.id, company_id: None, name: made.name, email: made.email, role: Role::SuperAdmin };
    let liked = Preferences { language: Some(founder.language), theme: None, hours: None };
    profile::prefer(app, &user, &Actor::user(&user, address), liked).await?;
    Ok(user)
}

/// The row of a link that is that one, and not too old.
async fn kept(app: &App, secret: &str) -> Result<Option<String>, Error> {
    let Some(row) = app.db.platform().row(&KEPT, vec![NAME.into()]).await? else { return Ok(None) };
    let value = row.text(0)?;
    let until = value.split_once(' ').and_then(|(_, until)| until.parse().ok()).unwrap_or_default();
    let holds = value == written(secret, until) && app.clock.now().timestamp() < until;
    Ok(holds.then_some(value))
}

fn written(secret: &str, until: i64) -> String {
    format!("{} {until}", tokens::hash(secret))
}
