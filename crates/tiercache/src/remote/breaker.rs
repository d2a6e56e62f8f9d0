//! Whether Redis may be asked: the breaker, and what it has seen.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::connect::Link;
use super::fault::{RedisFault, Weight};
use crate::clock::Clock;
use crate::stats::Counter;

/// How many operations in a row must fail before the breaker opens, where one alone says too little.
pub(super) const FAILURES: u32 = 3;
/// Over what time they must be spread: of many at once, all are late when the server, or this process, stalls once.
const SPREAD: Duration = Duration::from_millis(100);

/// Whether Redis is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Breaker {
    /// It is.
    Closed,
    /// It is not: there is no connection, or it failed.
    Open,
    /// It is not yet: a new connection is being tried.
    HalfOpen,
}

impl Breaker {
    /// A word for logs and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half-open",
        }
    }
}

/// How Redis is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RedisStats {
    /// Whether it is asked.
    pub breaker: Breaker,
    /// Since when that is so, in milliseconds since the Unix epoch.
    pub since_ms: i64,
    /// The server that is asked, or was last: host and port, or what was configured for a cluster.
    pub peer: String,
    /// What was last wrong with it.
    pub last_fault: Option<RedisFault>,
    /// Operations sent.
    pub operations: u64,
    /// Those that failed, time-outs among them.
    pub failures: u64,
    /// Those that had no answer within their budget.
    pub timeouts: u64,
    /// Connections that were made and found good.
    pub connections: u64,
}

pub(super) struct Shared {
    state: RwLock<State>,
    /// Operations that failed in a row, of those that count.
    in_a_row: AtomicU32,
    /// Wakes the supervisor when the breaker opened. It looks at the state then; a wake-up by itself means nothing.
    pub(super) opened: Notify,
    clock: Arc<dyn Clock>,
    pub(super) operations: Counter,
    failures: Counter,
    pub(super) timeouts: Counter,
    connections: Counter,
}

struct State {
    breaker: Breaker,
    since_ms: i64,
    peer: String,
    link: Option<Link>,
    /// When the first of the operations in a row failed.
    row_since: Instant,
    /// What the log was last told, so that it is told of changes alone.
    announced: Option<bool>,
    last_fault: Option<RedisFault>,
}

impl State {
    fn open(&mut self, fault: RedisFault) {
        self.breaker = Breaker::Open;
        self.link = None;
        self.last_fault = Some(fault);
        if self.announced != Some(false) {
            tracing::warn!(peer = self.peer, reason = fault.as_str(), "redis is down: going on without it");
        }
        self.announced = Some(false);
    }
}

/// Numbers connections, so that an error that comes in late is not blamed on the next one.
static GENERATION: AtomicU64 = AtomicU64::new(1);

pub(super) fn next_generation() -> u64 {
    GENERATION.fetch_add(1, Ordering::Relaxed)
}

impl Shared {
    pub(super) fn new(peer: String, clock: Arc<dyn Clock>) -> Self {
        let state = State {
            breaker: Breaker::Open,
            since_ms: clock.now_ms(),
            peer,
            link: None,
            row_since: Instant::now(),
            announced: None,
            last_fault: None,
        };
        Self {
            state: RwLock::new(state),
            in_a_row: AtomicU32::new(0),
            opened: Notify::new(),
            clock,
            operations: Counter::default(),
            failures: Counter::default(),
            timeouts: Counter::default(),
            connections: Counter::default(),
        }
    }

    pub(super) fn link(&self) -> Option<Link> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).link.clone()
    }

    /// A connection stands and is being tried.
    pub(super) fn half_open(&self) {
        self.change(|state| state.breaker = Breaker::HalfOpen);
    }

    /// A connection is good: callers may use it.
    pub(super) fn close(&self, link: Link, peer: &str) {
        self.in_a_row.store(0, Ordering::Relaxed);
        self.connections.up();
        self.change(|state| {
            state.breaker = Breaker::Closed;
            state.link = Some(link);
            peer.clone_into(&mut state.peer);
            if state.announced != Some(true) {
                tracing::info!(peer, "redis is up");
            }
            state.announced = Some(true);
        });
    }

    /// Redis is out of use from now on, for everybody.
    pub(super) fn open(&self, fault: RedisFault) {
        self.change(|state| state.open(fault));
        self.opened.notify_one();
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let before = state.breaker;
        change(&mut state);
        if state.breaker != before {
            state.since_ms = self.clock.now_ms();
        }
    }

    pub(super) fn succeeded(&self) {
        // Written only where it changes something: this is on everybody's way.
        if self.in_a_row.load(Ordering::Relaxed) != 0 {
            self.in_a_row.store(0, Ordering::Relaxed);
        }
    }

    /// An operation failed on the connection with the number `generation`. What fails late on an older one says nothing of the
    /// present one.
    pub(super) fn failed(&self, generation: u64, fault: RedisFault) {
        self.failures.up();
        self.change(|state| {
            state.last_fault = Some(fault);
            if state.link.as_ref().is_none_or(|link| link.generation != generation) {
                return;
            }
            let opens = match fault.weight() {
                Weight::Opens => true,
                Weight::Counts => {
                    let before = self.in_a_row.fetch_add(1, Ordering::Relaxed);
                    if before == 0 {
                        state.row_since = Instant::now();
                    }
                    before + 1 >= FAILURES && state.row_since.elapsed() >= SPREAD
                }
                Weight::Nothing => false,
            };
            if opens {
                state.open(fault);
                self.opened.notify_one();
            }
        });
    }

    pub(super) fn stats(&self) -> RedisStats {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        RedisStats {
            breaker: state.breaker,
            since_ms: state.since_ms,
            peer: state.peer.clone(),
            last_fault: state.last_fault,
            operations: self.operations.get(),
            failures: self.failures.get(),
            timeouts: self.timeouts.get(),
            connections: self.connections.get(),
        }
    }
}
