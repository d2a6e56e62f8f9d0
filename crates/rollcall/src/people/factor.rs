//! The second step of signing in: a code of the moment, or a recovery code, each of which works once.

use std::net::IpAddr;

use chrono::NaiveDateTime;
use serde_json::json;

use super::{sealed, totp};
use crate::app::App;
use crate::audit::Actor;
use crate::db::{Arg, Error, PlatformSql, PlatformTx};
use crate::events::{self, Event, Thing, Verb};
use crate::password::readable;
use crate::tenant::User;

/// So many recovery codes there are.
pub const CODES: usize = 10;
/// So many letters each has, of five bits.
const LETTERS: usize = 16;

/// What is known of a person's second step.
#[derive(Clone, Debug, Default)]
pub struct Factor {
    /// Since when they use it; none: they do not.
    pub since: Option<NaiveDateTime>,
    /// How many recovery codes are left.
    pub left: i64,
    secret: Option<String>,
    pending: Option<String>,
    step: i64,
}

/// What a code came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checked {
    /// It is the one of the moment.
    Right,
    /// It is a recovery code; it holds no longer.
    Recovered,
    /// It is none, or was used before.
    Wrong,
}

/// A secret that is to be confirmed by a code.
#[derive(Clone, Debug)]
pub struct Setup {
    /// As it is typed into an app.
    pub secret: String,
    /// As an app photographs it.
    pub uri: String,
}

const READ: PlatformSql = PlatformSql::new(
    "a person's second step is read by their id",
    "SELECT p.totp_since, p.totp_secret, p.totp_pending, p.totp_step, (SELECT COUNT(*) FROM rollcall_recovery_codes r \
     WHERE r.user_id = p.user_id AND r.used_at IS NULL) FROM rollcall_people p WHERE p.user_id = ?",
);
const CONFIRM: PlatformSql = PlatformSql::new(
    "a person turns their second step on",
    "UPDATE rollcall_people SET totp_secret = totp_pending, totp_pending = NULL, totp_since = ?, totp_step = ? \
     WHERE user_id = ? AND totp_pending = ? AND totp_secret IS NULL",
);
const STEP: PlatformSql = PlatformSql::new(
    "a code of the moment is used up",
    "UPDATE rollcall_people SET totp_step = ? WHERE user_id = ? AND totp_step < ? AND totp_secret = ?",
);
const OFF: PlatformSql = PlatformSql::new(
    "a person's second step is turned off",
    "UPDATE rollcall_people SET totp_secret = NULL, totp_pending = NULL, totp_since = NULL, totp_step = 0 \
     WHERE user_id = ? AND totp_secret IS NOT NULL",
);
const USE: PlatformSql = PlatformSql::new(
    "a recovery code is used up",
    "UPDATE rollcall_recovery_codes SET used_at = ? WHERE user_id = ? AND hash = ? AND used_at IS NULL",
);
const FORGET: PlatformSql = PlatformSql::new(
    "a person's older recovery codes hold no longer",
    "DELETE FROM rollcall_recovery_codes WHERE user_id = ?",
);
const ADD: PlatformSql = PlatformSql::new(
    "a person gets a recovery code",
    "INSERT INTO rollcall_recovery_codes (user_id, hash) VALUES (?, ?)",
);

/// What is known of somebody's second step.
///
/// # Errors
/// Where the database fails.
pub async fn of(app: &App, user: i64) -> Result<Factor, Error> {
    let Some(row) = app.db.platform().row(&READ, vec![user.into()]).await? else { return Ok(Factor::default()) };
    Ok(Factor {
        since: row.opt_instant(0)?,
        secret: row.opt_text(1)?,
        pending: row.opt_text(2)?,
        step: row.int(3)?,
        left: row.int(4)?,
    })
}

impl Factor {
    /// Whether signing in takes it.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.secret.is_some()
    }
}

/// Begins to set up a second step: another secret, which counts for nothing until it is confirmed.
///
/// # Errors
/// Where the database fails.
pub async fn begin(app: &App, user: &User) -> Result<(), Error> {
    let mut secret = [0; totp::SECRET];
    app.chance.fill(&mut secret);
    let sealed = sealed::seal(app, user.id, &secret).map_err(|error| Error::Custom(error.to_string()))?;
    let end = app.db.dialect().on_conflict_update(&["user_id"], &["company_id", "totp_pending"]);
    let text = format!("INSERT INTO rollcall_people (user_id, company_id, totp_pending) VALUES (?, ?, ?) {end}");
    let sql = PlatformSql::composed("a person begins to set up a second step", text);
    let args = vec![user.id.into(), user.company_id.into(), sealed.into()];
    app.db.platform().execute(&sql, args).await.map(|_| ())
}

/// The secret that is to be confirmed; none where none was begun, or the second step is on already.
///
/// # Errors
/// Where the database fails.
pub async fn setup(app: &App, user: &User) -> Result<Option<Setup>, Error> {
    let factor = of(app, user.id).await?;
    let secret = factor.pending.filter(|_| factor.secret.is_none()).and_then(|sealed| opened(app, user.id, &sealed));
    Ok(secret.map(|secret| Setup { secret: totp::shown(&secret), uri: totp::uri(&secret, &user.email) }))
}

/// Turns the second step on where the code is of the secret that was begun; answers the recovery codes, which nobody can learn
/// again. None where the code is wrong.
///
/// # Errors
/// Where the database fails.
pub async fn confirm(app: &App, user: &User, actor: &Actor, typed: &str) -> Result<Option<Vec<String>>, Error> {
    let factor = of(app, user.id).await?;
    let Some(pending) = factor.pending.filter(|_| factor.secret.is_none()) else { return Ok(None) };
    let Some(secret) = opened(app, user.id, &pending) else { return Ok(None) };
    let Some(step) = totp::matching(&secret, typed, app.clock.now().timestamp(), 0) else { return Ok(None) };
    let now = app.clock.now_utc();
    let tx = app.db.platform().begin().await?;
    if tx.execute(&CONFIRM, vec![now.into(), step.into(), user.id.into(), pending.into()]).await? == 0 {
        return Ok(None);
    }
    let codes = renew(app, &tx, user.id).await?;
    let event = Event::new(Thing::User, Verb::SecondFactorOn, user.id);
    events::announce_above(&tx, actor, user.company_id, &event, now).await?;
    tx.commit().await?;
    Ok(Some(codes))
}

/// Checks what somebody typed as the second step of signing in, and uses it up.
///
/// # Errors
/// Where the database fails.
pub async fn check(app: &App, user: &User, typed: &str, address: Option<IpAddr>) -> Result<Checked, Error> {
    let factor = of(app, user.id).await?;
    let Some(sealed) = factor.secret else { return Ok(Checked::Wrong) };
    let secret = opened(app, user.id, &sealed);
    let seconds = app.clock.now().timestamp();
    if let Some(step) = secret.and_then(|secret| totp::matching(&secret, typed, seconds, factor.step)) {
        let args = vec![step.into(), user.id.into(), step.into(), sealed.into()];
        let first = app.db.platform().execute(&STEP, args).await? == 1;
        return Ok(if first { Checked::Right } else { Checked::Wrong });
    }
    recover(app, user, typed, address).await
}

async fn recover(app: &App, user: &User, typed: &str, address: Option<IpAddr>) -> Result<Checked, Error> {
    let code: String = typed.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    if code.len() != LETTERS {
        return Ok(Checked::Wrong);
    }
    let now = app.clock.now_utc();
    let tx = app.db.platform().begin().await?;
    let args = vec![now.into(), user.id.into(), hashed(app, user.id, &code).into()];
    if tx.execute(&USE, args).await? == 0 {
        return Ok(Checked::Wrong);
    }
    let event = Event::new(Thing::User, Verb::CodeUsed, user.id);
    events::announce_above(&tx, &Actor::user(user, address), user.company_id, &event, now).await?;
    tx.commit().await?;
    Ok(Checked::Recovered)
}

/// Makes other recovery codes; answers them, which nobody can learn again. None where there is no second step.
///
/// # Errors
/// Where the database fails.
pub async fn recovery_codes(app: &App, user: &User, actor: &Actor) -> Result<Option<Vec<String>>, Error> {
    if !of(app, user.id).await?.is_on() {
        return Ok(None);
    }
    let tx = app.db.platform().begin().await?;
    let codes = renew(app, &tx, user.id).await?;
    let event = Event::new(Thing::User, Verb::CodesMade, user.id);
    events::announce_above(&tx, actor, user.company_id, &event, app.clock.now_utc()).await?;
    tx.commit().await?;
    Ok(Some(codes))
}

/// Turns somebody's second step off, and their recovery codes with it; false where it was not on. `verb` says who wanted it:
/// where it was somebody else, the person's sessions end.
///
/// # Errors
/// Where the database fails.
pub async fn turn_off(
    app: &App,
    actor: &Actor,
    (user, company): (i64, Option<i64>),
    verb: Verb,
) -> Result<bool, Error> {
    let now = app.clock.now_utc();
    let tx = app.db.platform().begin().await?;
    if tx.execute(&OFF, vec![user.into()]).await? == 0 {
        return Ok(false);
    }
    tx.execute(&FORGET, vec![user.into()]).await?;
    if verb == Verb::SecondFactorReset {
        super::sessions::end_all(&tx, user, company).await?;
    }
    let event = Event::new(Thing::User, verb, user).after(json!({ "totp": false }));
    events::announce_above(&tx, actor, company, &event, now).await?;
    tx.commit().await?;
    super::settle(app, company).await?;
    Ok(true)
}

async fn renew(app: &App, tx: &PlatformTx, user: i64) -> Result<Vec<String>, Error> {
    tx.execute(&FORGET, vec![user.into()]).await?;
    let mut codes = Vec::with_capacity(CODES);
    for _ in 0..CODES {
        let code = readable(&app.chance, LETTERS);
        let args: Vec<Arg> = vec![user.into(), hashed(app, user, &code.replace('-', "")).into()];
        tx.execute(&ADD, args).await?;
        codes.push(code);
    }
    Ok(codes)
}

/// What is kept of a recovery code.
fn hashed(app: &App, user: i64, code: &str) -> String {
    app.keyed_hash("recovery", &format!("{user}:{code}"))
}

fn opened(app: &App, user: i64, sealed: &str) -> Option<Vec<u8>> {
    match sealed::open(app, user, sealed) {
        Ok(secret) => Some(secret),
        Err(error) => {
            tracing::error!(%error, user_id = user, "a second step cannot be checked");
            None
        }
    }
}
