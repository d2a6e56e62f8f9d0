//! The second level, which may fail in any way: no caller ever sees an error from here, or waits longer than its budget.
//!
//! `url` says where Redis is, `supervisor` keeps a connection, `breaker` says whether it may be used, `scan` walks the keys.

mod breaker;
mod connect;
mod fault;
mod scan;
mod sentinel;
mod supervisor;
mod url;

use std::sync::Arc;
use std::time::Duration;

use redis::{Cmd, Value};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use self::breaker::Shared;
pub use self::breaker::{Breaker, RedisStats};
pub use self::fault::RedisFault;
use self::supervisor::Supervisor;
pub use self::url::{RedisUrl, UrlError};
use crate::chance::Chance;
use crate::clock::Clock;
use crate::patience::Patience;
use crate::seeded;

/// Releases a lease only if it is still ours: it may have run out and be another's by now.
const RELEASE: &str =
    "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) else return 0 end";
/// Extends a lease, only if it is still ours.
const EXTEND: &str =
    "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) else return 0 end";
/// What an operation that nobody waits for may take: a large value over a slow line is no failure.
const BACKGROUND: Duration = Duration::from_millis(500);

/// Redis, behind its breaker.
pub(crate) struct Remote {
    shared: Arc<Shared>,
    budget: Duration,
    supervisor: JoinHandle<()>,
}

impl Remote {
    /// Begins to connect, in the background, and returns at once.
    pub(crate) fn start(url: RedisUrl, budget: Duration, clock: Arc<dyn Clock>, chance: Arc<dyn Chance>) -> Self {
        let shared = Arc::new(Shared::new(url.to_string(), clock));
        let supervisor = Supervisor { url, shared: Arc::clone(&shared), chance, budget };
        Self { shared, budget, supervisor: tokio::spawn(supervisor.run()) }
    }

    /// The bytes under `name`.
    pub(crate) async fn get(&self, name: &str, patience: &Patience) -> Result<Option<Vec<u8>>, RedisFault> {
        self.patiently(redis::cmd("GET").arg(name), patience, |value| match value {
            Value::Nil => Some(None),
            Value::BulkString(bytes) => Some(Some(bytes)),
            _ => None,
        })
        .await
    }

    /// Puts `bytes` under `name`, for `life`.
    pub(crate) async fn set(&self, name: &str, bytes: &[u8], life: Duration) -> Result<(), RedisFault> {
        let mut command = redis::cmd("SET");
        command.arg(name).arg(bytes).arg("PX").arg(millis(life));
        self.run(&command, BACKGROUND, |value| (value == Value::Okay).then_some(())).await
    }

    /// Takes the lease called `name`, unless somebody has it.
    pub(crate) async fn lease(
        &self,
        name: &str,
        token: &str,
        life: Duration,
        patience: &Patience,
    ) -> Result<bool, RedisFault> {
        let mut command = redis::cmd("SET");
        command.arg(name).arg(token).arg("NX").arg("PX").arg(millis(life));
        self.patiently(&command, patience, |value| match value {
            Value::Okay => Some(true),
            Value::Nil => Some(false),
            _ => None,
        })
        .await
    }

    /// Keeps a lease for another `life`. What becomes of it does not matter: without it others load as well.
    pub(crate) async fn extend(&self, name: &str, token: &str, life: Duration) {
        let mut command = redis::cmd("EVAL");
        command.arg(EXTEND).arg(1).arg(name).arg(token).arg(millis(life));
        let _ = self.run(&command, BACKGROUND, int).await;
    }

    /// Gives a lease back. If that fails it runs out.
    pub(crate) async fn release(&self, name: &str, token: &str) {
        let mut command = redis::cmd("EVAL");
        command.arg(RELEASE).arg(1).arg(name).arg(token);
        let _ = self.run(&command, BACKGROUND, int).await;
    }

    /// Removes what is under `names`; says how many there were.
    pub(crate) async fn unlink(&self, names: &[String]) -> Result<u64, RedisFault> {
        self.run(redis::cmd("UNLINK").arg(names), BACKGROUND, int).await
    }

    pub(crate) fn stats(&self) -> RedisStats {
        self.shared.stats()
    }

    /// What came back belongs to another question: some more of those, and the connection is given up.
    pub(crate) fn went_astray(&self) {
        if let Some(link) = self.shared.link() {
            self.shared.failed(link.generation, RedisFault::Astray);
        }
    }

    /// Runs `command` within what the operation may take and what the page has left.
    async fn patiently<T>(
        &self,
        command: &Cmd,
        patience: &Patience,
        read: impl FnOnce(Value) -> Option<T>,
    ) -> Result<T, RedisFault> {
        let _spending = patience.spend();
        self.run(command, self.budget.min(patience.left()), read).await
    }

    async fn run<T>(
        &self,
        command: &Cmd,
        limit: Duration,
        read: impl FnOnce(Value) -> Option<T>,
    ) -> Result<T, RedisFault> {
        let link = self.shared.link().ok_or(RedisFault::Down)?;
        if limit.is_zero() {
            return Err(RedisFault::Timeout);
        }
        self.shared.operations.up();
        let begun = Instant::now();
        let fault = match timeout(limit, link.send(command)).await {
            Ok(Ok(value)) => match read(seeded::reply(value)) {
                Some(value) => {
                    self.shared.succeeded();
                    return Ok(value);
                }
                None => RedisFault::Astray,
            },
            Ok(Err(error)) => RedisFault::from(&error),
            Err(_) => {
                self.shared.timeouts.up();
                seeded::gave_up();
                // Neither an impatient page nor a process that was itself held up says anything about the server.
                if limit < self.budget || begun.elapsed() > 2 * limit {
                    return Err(RedisFault::Timeout);
                }
                RedisFault::Timeout
            }
        };
        self.shared.failed(link.generation, fault);
        Err(fault)
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        self.supervisor.abort();
    }
}

impl std::fmt::Debug for Remote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Remote").field("stats", &self.stats()).finish_non_exhaustive()
    }
}

/// Redis refuses what does not fit beside its clock.
const LONGEST_LIFE_MS: u64 = 100 * 365 * 86_400_000;

fn millis(life: Duration) -> u64 {
    u64::try_from(life.as_millis()).unwrap_or(LONGEST_LIFE_MS).clamp(1, LONGEST_LIFE_MS)
}

#[expect(clippy::needless_pass_by_value, reason = "it reads what it is given, like the other readers")]
fn int(value: Value) -> Option<u64> {
    match value {
        Value::Int(number) => u64::try_from(number).ok(),
        _ => None,
    }
}
