//! Where "now" comes from.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// A wall clock, in milliseconds since 1970-01-01T00:00:00Z.
///
/// It may jump, in either direction: that costs loads, never a wrong answer, because what is right is decided by versions.
/// Time-outs are measured by Tokio's monotonic clock instead.
///
/// Any `Fn() -> i64` is a clock:
///
/// ```
/// use tiercache::Clock;
/// let noon = || 1_795_348_800_000_i64;
/// assert_eq!(noon.now_ms(), 1_795_348_800_000);
/// ```
pub trait Clock: Send + Sync + 'static {
    /// The present instant, in milliseconds since the Unix epoch.
    fn now_ms(&self) -> i64;
}

impl<F: Fn() -> i64 + Send + Sync + 'static> Clock for F {
    fn now_ms(&self) -> i64 {
        self()
    }
}

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place of this crate that reads the system's clock")]
    fn now_ms(&self) -> i64 {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }
}

/// A clock that moves only when it is told to. Clones share the instant.
#[derive(Clone, Debug)]
pub struct PinnedClock(Arc<AtomicI64>);

impl PinnedClock {
    /// A clock that stands at `ms` milliseconds since the Unix epoch.
    #[must_use]
    pub fn at(ms: i64) -> Self {
        Self(Arc::new(AtomicI64::new(ms)))
    }

    /// Moves the clock by `ms` milliseconds; a negative number moves it back.
    pub fn advance(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for PinnedClock {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pinned_clock_moves_only_when_told() {
        let clock = PinnedClock::at(5);
        clock.clone().advance(7);
        assert_eq!(clock.now_ms(), 12, "clones share the instant");
    }

    #[test]
    fn the_system_clock_is_past_the_day_this_was_written() {
        assert!(SystemClock.now_ms() > 1_700_000_000_000);
    }
}
