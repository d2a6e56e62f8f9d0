//! What an answer must at least contain, and what it cannot contain yet.
//!
//! A company begins with a number of failed notifications; sending one again takes one away. A read that began after
//! `acknowledged` of these writes were acknowledged, and ended before more than `attempted` were begun, shows a number
//! between. Another application adds to the number: its rows may show from the moment it begins to write them, and must
//! show once a write that began after it had committed is acknowledged, for that settles everything before it.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long the past is kept: longer than any bound on how old an answer may be.
const MEMORY: Duration = Duration::from_secs(60);

/// The book of one company.
#[derive(Debug)]
pub(crate) struct Ledger(Mutex<Book>);

#[derive(Debug)]
struct Book {
    /// Failed notifications that must be known, without those that were sent again.
    least: u64,
    /// Failed notifications that may be known, without those that were sent again.
    most: u64,
    /// Those that another application has committed.
    committed: u64,
    attempted: u64,
    acknowledged: u64,
    /// When each was acknowledged to be sent again.
    gone: HashMap<u64, Instant>,
    /// What `least` and `acknowledged` were since when.
    past: VecDeque<(Instant, u64, u64)>,
}

/// What was true when a read began.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Before {
    /// What was acknowledged before this instant must be seen.
    seen_until: Instant,
    least: u64,
    acknowledged: u64,
}

/// What was true when a write began.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Write {
    notification: u64,
    committed: u64,
}

/// What a number must lie between, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub(crate) least: u64,
    pub(crate) most: u64,
}

impl Bounds {
    pub(crate) fn hold(self, shown: u64) -> bool {
        (self.least..=self.most).contains(&shown)
    }
}

impl std::fmt::Display for Bounds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} to {}", self.least, self.most)
    }
}

impl Ledger {
    /// The book of a company that has so many failed notifications.
    pub(crate) fn new(failed: u64) -> Self {
        Self(Mutex::new(Book {
            least: failed,
            most: failed,
            committed: failed,
            attempted: 0,
            acknowledged: 0,
            gone: HashMap::new(),
            past: VecDeque::from([(Instant::now(), failed, 0)]),
        }))
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        // Nothing in here panics half-way through a change.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A read begins, which may be older than now by `lag`.
    pub(crate) fn read(&self, lag: Duration) -> Before {
        let book = self.book();
        let now = Instant::now();
        let seen_until = now.checked_sub(lag).unwrap_or(now);
        let then = book.past.iter().rev().find(|(since, ..)| *since <= seen_until).or(book.past.front());
        let (_, least, acknowledged) = then.copied().unwrap_or((now, book.least, book.acknowledged));
        Before { seen_until, least, acknowledged }
    }

    /// The read has ended: what it may show.
    pub(crate) fn bounds(&self, before: Before) -> Bounds {
        let book = self.book();
        Bounds {
            least: before.least.saturating_sub(book.attempted),
            most: book.most.saturating_sub(before.acknowledged),
        }
    }

    /// Of these failed notifications, one that a read must not show any more.
    pub(crate) fn gone(&self, before: Before, listed: &[u64]) -> Option<u64> {
        let book = self.book();
        let is_gone = |id: &&u64| book.gone.get(id).is_some_and(|since| *since <= before.seen_until);
        listed.iter().find(is_gone).copied()
    }

    /// A failed notification is about to be sent again: from now on it may be gone.
    pub(crate) fn attempt(&self, notification: u64) -> Write {
        let mut book = self.book();
        book.attempted += 1;
        Write { notification, committed: book.committed }
    }

    /// It is acknowledged: from now on it must be gone, and with it all that was committed before must be seen.
    pub(crate) fn acknowledge(&self, write: Write) {
        let mut book = self.book();
        let now = Instant::now();
        book.acknowledged += 1;
        book.least = book.least.max(write.committed);
        book.gone.insert(write.notification, now);
        let entry = (now, book.least, book.acknowledged);
        book.past.push_back(entry);
        while book.past.get(1).is_some_and(|(since, ..)| now.duration_since(*since) > MEMORY) {
            book.past.pop_front();
        }
    }

    /// Another application is about to add so many.
    pub(crate) fn adds(&self, failed: u64) {
        self.book().most += failed;
    }

    /// It has committed them.
    pub(crate) fn added(&self, failed: u64) {
        self.book().committed += failed;
    }
}
