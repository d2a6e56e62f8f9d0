//! How long a page may wait for Redis.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How long the calls that make up one page may wait for Redis, all together. Clones share what is left.
///
/// Calls that wait at the same time spend the time once, not each for itself. When nothing is left, Redis is passed over and
/// the rest of the page loads.
///
/// ```
/// # use std::time::Duration;
/// let patience = tiercache::Patience::new(Duration::from_millis(45));
/// assert_eq!(patience.left(), Duration::from_millis(45));
/// ```
#[derive(Clone, Debug)]
pub struct Patience(Arc<Mutex<Ledger>>);

#[derive(Debug)]
struct Ledger {
    left: Duration,
    waiting: u32,
    since: Instant,
}

impl Patience {
    /// Patience for `limit` in all.
    #[must_use]
    pub fn new(limit: Duration) -> Self {
        Self(Arc::new(Mutex::new(Ledger { left: limit, waiting: 0, since: Instant::now() })))
    }

    /// What is left of it.
    #[must_use]
    pub fn left(&self) -> Duration {
        let mut ledger = self.ledger();
        ledger.settle();
        ledger.left
    }

    /// Counts time as spent until the guard is dropped.
    pub(crate) fn spend(&self) -> Spending<'_> {
        let mut ledger = self.ledger();
        ledger.settle();
        ledger.waiting += 1;
        Spending(self)
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        // Three plain fields: nothing that a panic could leave half-done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ledger {
    fn settle(&mut self) {
        let now = Instant::now();
        if self.waiting > 0 {
            self.left = self.left.saturating_sub(now.duration_since(self.since));
        }
        self.since = now;
    }
}

pub(crate) struct Spending<'a>(&'a Patience);

impl Drop for Spending<'_> {
    fn drop(&mut self) {
        let mut ledger = self.0.ledger();
        ledger.settle();
        ledger.waiting -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn time_spent_together_is_spent_once() {
        let patience = Patience::new(Duration::from_millis(45));
        let one = patience.spend();
        tokio::time::advance(Duration::from_millis(10)).await;
        let other = patience.spend();
        tokio::time::advance(Duration::from_millis(10)).await;
        drop((one, other));
        tokio::time::advance(Duration::from_millis(100)).await;
        assert_eq!(patience.left(), Duration::from_millis(25));
        let _rest = patience.spend();
        tokio::time::advance(Duration::from_millis(100)).await;
        assert_eq!(patience.left(), Duration::ZERO);
    }
}
