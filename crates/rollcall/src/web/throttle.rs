//! Wrong passwords are counted, by account and by address; too many lock either for a while.
//!
//! In the database, so that several nodes count together and a restart forgets nothing. Accounts and addresses are
//! kept as keyed hashes.

use std::net::IpAddr;
use std::time::Duration;

use crate::app::App;
use crate::db::{Dialect, Error, PlatformSql};

const WAIT: PlatformSql = PlatformSql::new(
    "whether a sign-in is locked out",
    "SELECT MAX(locked_until) FROM sign_in_failures WHERE subject IN (?, ?)",
);
const COUNTED: PlatformSql =
    PlatformSql::new("failed sign-ins are counted", "SELECT failures FROM sign_in_failures WHERE subject = ?");
const LOCK: PlatformSql = PlatformSql::new(
    "a sign-in is locked out",
    "UPDATE sign_in_failures SET locked_until = ?, failures = 0, first_at = ? WHERE subject = ?",
);
const CLEAR: PlatformSql =
    PlatformSql::new("a sign-in that worked forgets failures", "DELETE FROM sign_in_failures WHERE subject = ?");

/// The two things that a failed sign-in counts against.
#[derive(Clone, Debug)]
pub(super) struct Throttle {
    account: String,
    address: String,
}

/// What a failure came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Counted,
    /// Locked now, for so many seconds.
    Locked(u64),
}

impl Throttle {
    pub(super) fn of(app: &App, email: &str, address: Option<IpAddr>) -> Self {
        let address = address.map_or_else(|| "unknown".to_owned(), |address| address.to_string());
        Self { account: app.keyed_hash("account", &email.to_lowercase()), address: app.keyed_hash("address", &address) }
    }

    /// What stands in the security event: no address that anybody could read.
    pub(super) fn subject(&self) -> String {
        format!("sign-in {}", &self.account[..16])
    }

    /// Seconds until the next attempt counts; none where it does now.
    pub(super) async fn wait(&self, app: &App) -> Result<Option<u64>, Error> {
        let args = vec![self.account.clone().into(), self.address.clone().into()];
        let until = match app.db.platform().row(&WAIT, args).await? {
            Some(row) => row.opt_int(0)?.unwrap_or(0),
            None => 0,
        };
        Ok(u64::try_from(until - app.clock.now().timestamp()).ok().filter(|seconds| *seconds > 0))
    }

    /// Counts a failure.
    pub(super) async fn failed(&self, app: &App) -> Result<Outcome, Error> {
        let settings = &app.config.sign_in;
        let by_account = count(app, &self.account, settings.max_failures, settings.lockout).await?;
        let by_address = count(app, &self.address, settings.max_failures_per_address, settings.lockout).await?;
        Ok(if by_account == Outcome::Counted { by_address } else { by_account })
    }

    /// Forgets the account's failures. The address's stay: one known password must not open the door to guessing
    /// others.
    pub(super) async fn succeeded(&self, app: &App) -> Result<(), Error> {
        app.db.platform().execute(&CLEAR, vec![self.account.clone().into()]).await.map(|_| ())
    }
}

/// One failure more; those older than the lock-out do not count any more. One statement, so that parallel attempts
/// are all counted.
async fn count(app: &App, subject: &str, most: u32, lockout: Duration) -> Result<Outcome, Error> {
    let db = app.db.platform();
    let now = app.clock.now().timestamp();
    let seconds = i64::try_from(lockout.as_secs()).unwrap_or(i64::MAX);
    let clause = "failures = CASE WHEN sign_in_failures.first_at <= ? THEN 1 ELSE sign_in_failures.failures + 1 END, \
                  first_at = CASE WHEN sign_in_failures.first_at <= ? THEN ? ELSE sign_in_failures.first_at END";
    let end = match db.dialect() {
        Dialect::MySql => format!("ON DUPLICATE KEY UPDATE {clause}"),
        Dialect::Sqlite | Dialect::Postgres => format!("ON CONFLICT (subject) DO UPDATE SET {clause}"),
    };
    let text = format!("INSERT INTO sign_in_failures (subject, failures, first_at) VALUES (?, 1, ?) {end}");
    let sql = PlatformSql::composed("a failed sign-in is counted", text);
    let old = now - seconds;
    db.execute(&sql, vec![subject.into(), now.into(), old.into(), old.into(), now.into()]).await?;
    let failures = match db.row(&COUNTED, vec![subject.into()]).await? {
        Some(row) => row.int(0)?,
        None => 0,
    };
    if failures < i64::from(most) {
        return Ok(Outcome::Counted);
    }
    db.execute(&LOCK, vec![(now + seconds).into(), now.into(), subject.into()]).await?;
    Ok(Outcome::Locked(lockout.as_secs()))
}
