//! Wrong passwords are counted, by account and by address; too many lock either for a while.
//!
//! In the database, so that several nodes count together and a restart forgets nothing. Accounts and addresses are
//! kept as keyed hashes.

use std::net::IpAddr;

use crate::app::App;
use crate::db::{Dialect, Error, PlatformSql};

const STATE: PlatformSql = PlatformSql::new(
    "failed sign-ins are counted",
    "SELECT failures, locked_until FROM sign_in_failures WHERE subject = ?",
);
const LOCK: PlatformSql = PlatformSql::new(
    "a sign-in is locked out",
    "UPDATE sign_in_failures SET locked_until = ?, failures = 0, first_at = ? WHERE subject = ?",
);
const CLEAR: PlatformSql =
    PlatformSql::new("a sign-in that worked forgets failures", "DELETE FROM sign_in_failures WHERE subject = ?");

const FORGIVE: PlatformSql = PlatformSql::new(
    "a sign-in that worked is no failure of its address",
    "UPDATE sign_in_failures SET failures = failures - 1 WHERE subject = ? AND failures > 0",
);

/// The two things that a failed sign-in counts against.
#[derive(Clone, Debug)]
pub(super) struct Throttle {
    account: String,
    address: String,
}

/// What an attempt or a failure came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It counts like others; more may follow.
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

    /// Counts an attempt, as a failure until it turns out to be none: were it counted afterwards, any number of attempts
    /// at the same time would all be the first.
    pub(super) async fn attempt(&self, app: &App) -> Result<Outcome, Error> {
        for (subject, most) in self.subjects(app) {
            let state = State::after_one_more(app, subject).await?;
            if let Some(seconds) = state.locked_for(app) {
                return Ok(Outcome::Locked(seconds));
            }
            if state.failures > i64::from(most) {
                return Ok(Outcome::Locked(app.config.sign_in.lockout.as_secs()));
            }
        }
        Ok(Outcome::Counted)
    }

    /// The attempt was a failure; locks what has had too many.
    pub(super) async fn failed(&self, app: &App) -> Result<Outcome, Error> {
        let lockout = app.config.sign_in.lockout.as_secs();
        let mut outcome = Outcome::Counted;
        for (subject, most) in self.subjects(app) {
            if State::of(app, subject).await?.failures < i64::from(most) {
                continue;
            }
            let now = app.clock.now().timestamp();
            let until = now.saturating_add(i64::try_from(lockout).unwrap_or(i64::MAX));
            app.db.platform().execute(&LOCK, vec![until.into(), now.into(), subject.into()]).await?;
            outcome = Outcome::Locked(lockout);
        }
        Ok(outcome)
    }

    /// The attempt was none. Forgets the account's failures; the address's stay: one known password must not open the
    /// door to guessing others.
    pub(super) async fn succeeded(&self, app: &App) -> Result<(), Error> {
        let db = app.db.platform();
        db.execute(&CLEAR, vec![self.account.clone().into()]).await?;
        db.execute(&FORGIVE, vec![self.address.clone().into()]).await.map(|_| ())
    }

    /// What is counted, and how many failures of it are too many.
    fn subjects(&self, app: &App) -> [(&str, u32); 2] {
        let settings = &app.config.sign_in;
        [(&self.account, settings.max_failures), (&self.address, settings.max_failures_per_address)]
    }
}

/// What is kept of an account or an address.
#[derive(Clone, Copy, Debug, Default)]
struct State {
    failures: i64,
    locked_until: i64,
}

impl State {
    async fn of(app: &App, subject: &str) -> Result<Self, Error> {
        match app.db.platform().row(&STATE, vec![subject.into()]).await? {
            Some(row) => Ok(Self { failures: row.int(0)?, locked_until: row.int(1)? }),
            None => Ok(Self::default()),
        }
    }

    /// Counts one more; failures older than the lock-out do not count any more. One statement, so that parallel attempts
    /// are all counted. While it is locked, nothing is counted: whoever keeps trying is not kept out for ever.
    async fn after_one_more(app: &App, subject: &str) -> Result<Self, Error> {
        let db = app.db.platform();
        let now = app.clock.now().timestamp();
        let old = now.saturating_sub(i64::try_from(app.config.sign_in.lockout.as_secs()).unwrap_or(i64::MAX));
        let clause = "failures = CASE WHEN sign_in_failures.locked_until > ? THEN sign_in_failures.failures \
                      WHEN sign_in_failures.first_at <= ? THEN 1 ELSE sign_in_failures.failures + 1 END, \
                      first_at = CASE WHEN sign_in_failures.first_at <= ? THEN ? ELSE sign_in_failures.first_at END";
        let end = match db.dialect() {
            Dialect::MySql => format!("ON DUPLICATE KEY UPDATE {clause}"),
            Dialect::Sqlite | Dialect::Postgres => format!("ON CONFLICT (subject) DO UPDATE SET {clause}"),
        };
        let text = format!("INSERT INTO sign_in_failures (subject, failures, first_at) VALUES (?, 1, ?) {end}");
        let sql = PlatformSql::composed("a failed sign-in is counted", text);
        let args = vec![subject.into(), now.into(), now.into(), old.into(), old.into(), now.into()];
        db.execute(&sql, args).await?;
        Self::of(app, subject).await
    }

    /// The seconds until an attempt counts again; none where it does now.
    fn locked_for(self, app: &App) -> Option<u64> {
        u64::try_from(self.locked_until - app.clock.now().timestamp()).ok().filter(|seconds| *seconds > 0)
    }
}
