//! Personal access tokens of the API: a secret that is shown once and kept as a hash, a name, what it may be used for, and
//! until when.
//!
//! A token is one person's, as a session is: it never allows more than they may do at the moment of the request, and
//! nothing once they are gone.

mod ability;

use chrono::NaiveDateTime;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use sha2::{Digest, Sha256};

pub use ability::{Abilities, Access, Area, UnknownAbility};

use crate::accounts::{self, Invalid};
use crate::audit::Actor;
use crate::chance::Chance;
use crate::clock::Clock;
use crate::db::{Arg, Database, Error, PlatformSql, PlatformTx, Row};
use crate::events::{self, Event, Thing, Verb};

/// What every token begins with, so that who finds one in a log or a repository knows what it is.
pub const PREFIX: &str = "rc_";

/// A token, without its secret.
#[derive(Clone, Debug, Serialize)]
pub struct Token {
    /// Its id.
    pub id: i64,
    /// Whose it is.
    pub user_id: i64,
    /// The address that they sign in with; none where they are gone.
    pub email: Option<String>,
    /// Their company when it was made; none for an operator.
    pub company_id: Option<i64>,
    /// What they call it.
    pub name: String,
    /// What it may be used for.
    pub abilities: String,
    /// From when on it does not hold any more, UTC; none: for ever.
    pub expires_at: Option<NaiveDateTime>,
    /// When it was used last, UTC, to the minute.
    pub last_used_at: Option<NaiveDateTime>,
    /// When it was made, UTC.
    pub created_at: NaiveDateTime,
    /// When it was revoked, UTC.
    pub revoked_at: Option<NaiveDateTime>,
}

/// A token to be.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// Whose it is to be.
    pub user_id: i64,
    /// Their company; none for an operator.
    pub company_id: Option<i64>,
    /// What they call it.
    pub name: String,
    /// What it may be used for.
    pub abilities: Abilities,
    /// From when on it does not hold any more, UTC.
    pub expires_at: Option<NaiveDateTime>,
}

/// Why there is no new token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// Its name will not do.
    #[error(transparent)]
    Name(#[from] Invalid),
    /// It allows nothing.
    #[error("a token without an ability is of no use; allow it something, such as `read`")]
    Useless,
    /// It would be over before it begins.
    #[error("a token that has expired is of no use")]
    Expired,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] Error),
}

/// Whose tokens are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// A user's own.
    User(i64),
    /// The one of that id, whosever it is.
    One(i64),
    /// Those of all people of a company.
    Company(i64),
    /// Anybody's: for the host's own administrator.
    Anybody,
}

impl Whose {
    /// The condition that a token `t` is one of those, and its value.
    pub(crate) fn condition(self) -> (&'static str, Option<i64>) {
        match self {
            Self::User(id) => ("t.user_id = ?", Some(id)),
            Self::One(id) => ("t.id = ?", Some(id)),
            Self::Company(id) => ("t.company_id = ?", Some(id)),
            Self::Anybody => ("1 = 1", None),
        }
    }
}

/// Whoever went over to another company is not named to this one.
const COLUMNS: &str = "SELECT t.id, t.user_id, u.email, t.company_id, t.name, t.abilities, t.expires_at, t.last_used_at, \
     t.created_at, t.revoked_at FROM api_tokens t LEFT JOIN users u ON u.id = t.user_id \
     AND (u.company_id = t.company_id OR u.company_id IS NULL OR t.company_id IS NULL)";
const INSERT: PlatformSql = PlatformSql::new(
    "a token is made for a person",
    "INSERT INTO api_tokens (user_id, company_id, name, hash, abilities, expires_at, created_at) \
     VALUES (?, ?, ?, ?, ?, ?, ?)",
);
const REVOKE: PlatformSql = PlatformSql::new(
    "a token is revoked by its id",
    "UPDATE api_tokens SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL",
);

/// Makes a token; answers it and its secret, which nobody can learn again.
///
/// # Errors
/// [`TokenError`] says what will not do.
pub async fn create(
    db: &Database,
    clock: &Clock,
    chance: &Chance,
    actor: &Actor,
    new: NewToken,
) -> Result<(Token, SecretString), TokenError> {
    let name = accounts::name(&new.name)?;
    let now = clock.now_utc();
    if new.abilities.is_empty() {
        return Err(TokenError::Useless);
    }
    if new.expires_at.is_some_and(|end| end <= now) {
        return Err(TokenError::Expired);
    }
    let secret = SecretString::from(format!("{PREFIX}{}", chance.token()));
    let hash = hash(secret.expose_secret());
    let args: Vec<Arg> = vec![
        new.user_id.into(),
        new.company_id.into(),
        name.into(),
        hash.clone().into(),
        new.abilities.to_string().into(),
        new.expires_at.into(),
        now.into(),
    ];
    let tx = db.platform().begin().await?;
    tx.execute(&INSERT, args).await?;
    let made = PlatformSql::composed("a token is read after it was made", format!("{COLUMNS} WHERE t.hash = ?"));
    let row = tx.row(&made, vec![hash.into()]).await?;
    let token = row.as_ref().map(token).transpose()?;
    let token = token.ok_or_else(|| Error::RecordNotFound("the new token".to_owned()))?;
    let event = Event::new(Thing::Token, Verb::Created, token.id).after(serde_json::json!({
        "user_id": token.user_id, "name": token.name, "abilities": token.abilities, "expires_at": token.expires_at,
    }));
    events::announce_above(&tx, actor, token.company_id, &event, now).await?;
    tx.commit().await?;
    Ok((token, secret))
}

/// The tokens of whom that is, the newest first.
///
/// # Errors
/// Where the database fails.
pub async fn list(db: &Database, whose: Whose) -> Result<Vec<Token>, Error> {
    let (condition, arg) = whose.condition();
    let text = format!("{COLUMNS} WHERE {condition} ORDER BY t.id DESC");
    let sql = PlatformSql::composed("tokens are listed to those whose they are", text);
    db.platform().rows(&sql, arg.into_iter().map(Arg::from).collect()).await?.iter().map(token).collect()
}

/// Revokes a token, from this moment on; none where there is no such token among those, false where it was revoked before.
///
/// # Errors
/// Where the database fails.
pub async fn revoke(db: &Database, clock: &Clock, actor: &Actor, whose: Whose, id: i64) -> Result<Option<bool>, Error> {
    let (condition, arg) = whose.condition();
    let text = format!("{COLUMNS} WHERE t.id = ? AND {condition}");
    let sql = PlatformSql::composed("a token is looked up among those whose it is", text);
    let args = std::iter::once(Arg::from(id)).chain(arg.map(Arg::from)).collect();
    let tx = db.platform().begin().await?;
    let Some(found) = tx.row(&sql, args).await?.as_ref().map(token).transpose()? else { return Ok(None) };
    let revoked = end(&tx, actor, &found, clock.now_utc()).await?;
    tx.commit().await?;
    Ok(Some(revoked))
}

/// Revokes all tokens of a user, within the transaction of what makes them worthless; answers how many held till then.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn revoke_all(tx: &PlatformTx, actor: &Actor, user: i64, now: NaiveDateTime) -> Result<usize, Error> {
    let text = format!("{COLUMNS} WHERE t.user_id = ? AND t.revoked_at IS NULL ORDER BY t.id");
    let sql = PlatformSql::composed("the tokens of a user are read, to revoke them with their password", text);
    let mut ended = 0;
    for row in tx.rows(&sql, vec![user.into()]).await? {
        ended += usize::from(end(tx, actor, &token(&row)?, now).await?);
    }
    Ok(ended)
}

/// Revokes a token and says so; false where it was revoked before.
async fn end(tx: &PlatformTx, actor: &Actor, found: &Token, now: NaiveDateTime) -> Result<bool, Error> {
    if tx.execute(&REVOKE, vec![now.into(), found.id.into()]).await? == 0 {
        return Ok(false);
    }
    let event = Event::new(Thing::Token, Verb::Revoked, found.id);
    let event = event.before(serde_json::json!({ "user_id": found.user_id, "name": found.name }));
    events::announce_above(tx, actor, found.company_id, &event, now).await?;
    Ok(true)
}

/// What is kept of a secret. It has 256 bits of chance: nothing slower than this is needed.
pub(crate) fn hash(secret: &str) -> String {
    Sha256::digest(secret.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn token(row: &Row) -> Result<Token, Error> {
    Ok(Token {
        id: row.int(0)?,
        user_id: row.int(1)?,
        email: row.opt_text(2)?,
        company_id: row.opt_int(3)?,
        name: row.text(4)?,
        abilities: row.text(5)?,
        expires_at: row.opt_instant(6)?,
        last_used_at: row.opt_instant(7)?,
        created_at: row.instant(8)?,
        revoked_at: row.opt_instant(9)?,
    })
}
