//! Sessions in the database: tower-sessions' store on our own table.
//!
//! The table knows only a keyed hash of the cookie's value, so that whoever reads it has no session. When a session
//! ends is decided here, by the program's clock.

use std::time::Duration;

use async_trait::async_trait;
use tower_sessions::cookie::SameSite;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};
use tower_sessions::{Expiry, SessionManagerLayer, SessionStore};

use crate::app::App;
use crate::db::{Error as DbError, PlatformSql};

/// The cookie's name.
pub const COOKIE: &str = "rollcall_session";
/// The session's value that names who signed in.
pub(super) const USER: &str = "user";
/// The session's value that says when they did, in seconds since 1970.
pub(crate) const SINCE: &str = "since";
/// The session's value that says with which browser they did.
pub(crate) const AGENT: &str = "agent";
/// The session's value that says from which address they did.
pub(crate) const ADDRESS: &str = "address";
/// The session's value that names whose password was right, while the second step is to come: nobody is signed in by that.
pub(super) const PENDING: &str = "pending";
/// The session's value that says since when it is to come, in seconds since 1970.
pub(super) const PENDING_SINCE: &str = "pending_since";
/// The session's value that says where to go afterwards.
pub(super) const RETURN_TO: &str = "return_to";

/// A session is renewed when a twelfth of its idle time has gone, so that few requests write.
const RENEWALS: i64 = 12;

const LOAD: PlatformSql =
    PlatformSql::new("a session is read by its id", "SELECT data, expires_at FROM rollcall_sessions WHERE id = ?");
const DELETE: PlatformSql =
    PlatformSql::new("a session is ended by its id", "DELETE FROM rollcall_sessions WHERE id = ?");
const CREATE: PlatformSql = PlatformSql::new(
    "a session is made",
    "INSERT INTO rollcall_sessions (id, user_id, data, expires_at, seen_at) VALUES (?, ?, ?, ?, ?)",
);
const SAVE: PlatformSql = PlatformSql::new(
    "a session is kept by its id",
    "UPDATE rollcall_sessions SET user_id = ?, data = ?, expires_at = ? WHERE id = ?",
);
const RENEW: PlatformSql = PlatformSql::new(
    "a session is renewed by its id",
    "UPDATE rollcall_sessions SET expires_at = ?, seen_at = ? WHERE id = ?",
);
const PRUNE: PlatformSql =
    PlatformSql::new("sessions that have ended are deleted", "DELETE FROM rollcall_sessions WHERE expires_at <= ?");

const PRUNE_FAILURES: PlatformSql = PlatformSql::new(
    "failed sign-ins that count no more are deleted",
    "DELETE FROM sign_in_failures WHERE first_at <= ? AND locked_until <= ?",
);

const PRUNE_LINKS: PlatformSql = PlatformSql::new(
    "links that were sent to people and ended a month ago are deleted",
    "DELETE FROM rollcall_links WHERE expires_at <= ?",
);

/// The store.
#[derive(Clone, Debug)]
pub(super) struct Store {
    app: App,
}

impl Store {
    /// The session's id in the database.
    pub(super) fn key(&self, id: Id) -> String {
        self.app.keyed_hash("session", &id.0.to_string())
    }

    fn now(&self) -> i64 {
        self.app.clock.now().timestamp()
    }

    /// When a session that is used now ends: after the idle time, but not after its lifetime.
    fn expires_at(&self, record: &Record) -> i64 {
        let settings = &self.app.config.session;
        let since = record.data.get(SINCE).and_then(serde_json::Value::as_i64).unwrap_or_else(|| self.now());
        (self.now() + seconds(settings.idle_timeout)).min(since + seconds(settings.lifetime))
    }

    fn values(&self, record: &Record) -> Result<(Option<i64>, String)> {
        let data = serde_json::to_string(&record.data).map_err(|error| Error::Encode(error.to_string()))?;
        Ok((record.data.get(USER).and_then(serde_json::Value::as_i64), data))
    }

    /// Deletes what has ended: sessions, and failed sign-ins that count no more.
    pub(super) async fn prune(&self) -> std::result::Result<u64, DbError> {
        let db = self.app.db.platform();
        let old = self.now() - seconds(self.app.config.sign_in.lockout);
        let month_old = self.app.clock.now_utc() - chrono::TimeDelta::days(30);
        db.execute(&PRUNE_LINKS, vec![month_old.into()]).await?;
        db.execute(&PRUNE_FAILURES, vec![old.into(), self.now().into()]).await?;
        db.execute(&PRUNE, vec![self.now().into()]).await
    }

    /// Renews a session that is used, if it is time; answers the second from which on it is over or to be renewed again.
    pub(super) async fn renewed(&self, id: Id, record: &Record, expires_at: i64) -> std::result::Result<i64, DbError> {
        let idle = seconds(self.app.config.session.idle_timeout);
        let step = (idle / RENEWALS).max(1);
        let renewed = self.expires_at(record);
        if renewed - expires_at < step {
            return Ok(expires_at.min(expires_at - idle + step));
        }
        self.app.db.platform().execute(&RENEW, vec![renewed.into(), self.now().into(), self.key(id).into()]).await?;
        Ok(renewed.min(renewed - idle + step))
    }
}

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

fn backend(error: impl std::fmt::Display) -> Error {
    Error::Backend(error.to_string())
}

#[async_trait]
impl SessionStore for Store {
    async fn create(&self, record: &mut Record) -> Result<()> {
        let (user, data) = self.values(record)?;
        let (key, now) = (self.key(record.id), self.now());
        let args = vec![key.into(), user.into(), data.into(), self.expires_at(record).into(), now.into()];
        // 128 random bits: the primary key turns a collision into an error instead of somebody else's session.
        self.app.db.platform().execute(&CREATE, args).await.map_err(backend)?;
        Ok(())
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let (user, data) = self.values(record)?;
        let args = vec![user.into(), data.into(), self.expires_at(record).into(), self.key(record.id).into()];
        self.app.db.platform().execute(&SAVE, args).await.map_err(backend)?;
        Ok(())
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let row = self.app.db.platform().row(&LOAD, vec![self.key(*id).into()]).await.map_err(backend)?;
        let Some(row) = row else { return Ok(None) };
        let expires_at = row.int(1).map_err(backend)?;
        if expires_at <= self.now() {
            return Ok(None);
        }
        let data =
            serde_json::from_str(&row.text(0).map_err(backend)?).map_err(|error| Error::Decode(error.to_string()))?;
        // The library compares with the system's clock; ours has decided already.
        let record = Record { id: *id, data, expiry_date: time::OffsetDateTime::now_utc() + time::Duration::days(1) };
        self.renewed(*id, &record, expires_at).await.map_err(backend)?;
        Ok(Some(record))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.app.sessions.end(id);
        self.app.db.platform().execute(&DELETE, vec![self.key(*id).into()]).await.map_err(backend)?;
        // Again: somebody may have read it between the first time and its end.
        self.app.sessions.end(id);
        self.app.live.end(id.0);
        Ok(())
    }
}

/// The layer that gives handlers their session.
pub(super) fn layer(app: &App) -> SessionManagerLayer<Store> {
    let lifetime = time::Duration::try_from(app.config.session.lifetime).unwrap_or(time::Duration::days(1));
    SessionManagerLayer::new(Store { app: app.clone() })
        .with_name(COOKIE)
        .with_secure(app.config.secure_cookies())
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_expiry(Expiry::OnInactivity(lifetime))
}

/// The store, for what is not a request.
pub(super) fn store(app: &App) -> Store {
    Store { app: app.clone() }
}
