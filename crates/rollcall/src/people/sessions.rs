//! A person's open sessions, as they see them and end them.

use serde_json::{Value as Json, json};

use super::agent::Agent;
use crate::app::App;
use crate::audit::Actor;
use crate::db::{Error, PlatformSql, PlatformTx, Row};
use crate::events::{self, Event, Thing, Verb};
use crate::tenant::User;
use crate::web::{ADDRESS, AGENT, SINCE};

/// A session.
#[derive(Clone, Debug)]
pub struct Open {
    /// What it is known by in the table: a keyed hash, which opens nothing.
    pub key: String,
    /// The browser and the system that it was begun with.
    pub agent: Agent,
    /// The address that it was begun from.
    pub address: Option<String>,
    /// When it was begun, in seconds since 1970.
    pub since: Option<i64>,
    /// When it was renewed last, in seconds since 1970.
    pub seen: Option<i64>,
}

const LIST: PlatformSql = PlatformSql::new(
    "a person's open sessions are listed to them",
    "SELECT id, data, seen_at FROM rollcall_sessions WHERE user_id = ? AND expires_at > ? ORDER BY expires_at DESC",
);
const END: PlatformSql = PlatformSql::new(
    "a person ends one of their sessions",
    "DELETE FROM rollcall_sessions WHERE id = ? AND user_id = ?",
);
const END_OTHERS: PlatformSql =
    PlatformSql::new("a person's other sessions end", "DELETE FROM rollcall_sessions WHERE user_id = ? AND id <> ?");
pub(super) const END_ALL: PlatformSql =
    PlatformSql::new("all sessions of a user end", "DELETE FROM rollcall_sessions WHERE user_id = ?");
const TELL: PlatformSql = PlatformSql::new(
    "every process that remembers a person is to read them anew",
    "INSERT INTO change_log (company_id, scope, subject) VALUES (?, 'user', ?)",
);

/// A person's open sessions, those that were used last first.
///
/// # Errors
/// Where the database fails.
pub async fn open(app: &App, user: i64) -> Result<Vec<Open>, Error> {
    let args = vec![user.into(), app.clock.now().timestamp().into()];
    app.db.platform().rows(&LIST, args).await?.iter().map(session).collect()
}

/// Ends one of a person's sessions; false where they have no such one.
///
/// # Errors
/// Where the database fails.
pub async fn end(app: &App, user: &User, actor: &Actor, key: &str) -> Result<bool, Error> {
    let tx = app.db.platform().begin().await?;
    if tx.execute(&END, vec![key.into(), user.id.into()]).await? == 0 {
        return Ok(false);
    }
    told(app, tx, user, actor, "one").await?;
    Ok(true)
}

/// Ends all of a person's sessions but the one of that key.
///
/// # Errors
/// Where the database fails.
pub async fn end_others(app: &App, user: &User, actor: &Actor, key: &str) -> Result<(), Error> {
    let tx = app.db.platform().begin().await?;
    tx.execute(&END_OTHERS, vec![user.id.into(), key.into()]).await?;
    told(app, tx, user, actor, "all others").await
}

/// The same within the transaction of a new password, which says so itself.
pub(super) async fn end_others_within(tx: &PlatformTx, user: &User, key: &str) -> Result<(), Error> {
    tx.execute(&END_OTHERS, vec![user.id.into(), key.into()]).await?;
    tell(tx, user.id, user.company_id).await
}

/// Ends all sessions of a user, within the transaction of what makes that necessary.
pub(super) async fn end_all(tx: &PlatformTx, user: i64, company: Option<i64>) -> Result<(), Error> {
    tx.execute(&END_ALL, vec![user.into()]).await?;
    tell(tx, user, company).await
}

async fn told(app: &App, tx: PlatformTx, user: &User, actor: &Actor, which: &str) -> Result<(), Error> {
    tell(&tx, user.id, user.company_id).await?;
    let event = Event::new(Thing::User, Verb::SessionEnded, user.id).before(json!({ "sessions": which }));
    events::announce_above(&tx, actor, user.company_id, &event, app.clock.now_utc()).await?;
    tx.commit().await?;
    super::settle(app, user.company_id).await
}

/// Makes whoever remembers the person read them anew. Operators are read at each request.
async fn tell(tx: &PlatformTx, user: i64, company: Option<i64>) -> Result<(), Error> {
    match company {
        Some(company) => tx.execute(&TELL, vec![company.into(), format!("={user}").into()]).await.map(|_| ()),
        None => Ok(()),
    }
}

fn session(row: &Row) -> Result<Open, Error> {
    let data: Json = serde_json::from_str(&row.text(1)?).unwrap_or_default();
    let text = |name: &str| data.get(name).and_then(Json::as_str);
    Ok(Open {
        key: row.text(0)?,
        agent: Agent::kept(text(AGENT).unwrap_or_default()),
        address: text(ADDRESS).map(str::to_owned),
        since: data.get(SINCE).and_then(Json::as_i64),
        seen: row.opt_int(2)?,
    })
}
