//! The program's only source of time and chance.
//!
//! Everything that needs "now" or a random number gets it from [`App`](crate::app::App), so that a test, a demo or a
//! comparison can pin both.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, NaiveDateTime, Utc};

/// Where "now" comes from: the system, or an instant that only [`Clock::set`] moves.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Pinned(Arc<AtomicI64>),
}

impl Clock {
    /// The system's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands at `instant` until it is [set](Clock::set).
    #[must_use]
    pub fn pinned(instant: DateTime<Utc>) -> Self {
        Self(Source::Pinned(Arc::new(AtomicI64::new(instant.timestamp()))))
    }

    /// The present instant, in whole seconds: what the contract's DATETIME columns can hold.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        let seconds = match &self.0 {
            Source::System => system_seconds(),
            Source::Pinned(at) => at.load(Ordering::SeqCst),
        };
        DateTime::from_timestamp(seconds, 0).unwrap_or(DateTime::UNIX_EPOCH)
    }

    /// The present instant, in milliseconds since 1970: for ages, which a cache compares.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        match &self.0 {
            Source::System => crate::cache::system_ms(),
            Source::Pinned(at) => at.load(Ordering::SeqCst).saturating_mul(1000),
        }
    }

    /// The present instant as the database stores it: UTC without a zone.
    #[must_use]
    pub fn now_utc(&self) -> NaiveDateTime {
        self.now().naive_utc()
    }

    /// Moves a pinned clock; the system's clock stays as it is.
    pub fn set(&self, instant: DateTime<Utc>) {
        if let Source::Pinned(at) = &self.0 {
            at.store(instant.timestamp(), Ordering::SeqCst);
        }
    }

    /// Whether this clock was pinned with `--at`.
    #[must_use]
    pub fn is_pinned(&self) -> bool {
        matches!(self.0, Source::Pinned(_))
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the system's clock")]
fn system_seconds() -> i64 {
    Utc::now().timestamp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pinned_clock_moves_only_when_it_is_set() {
        let noon = "2026-11-22T12:00:00Z".parse().unwrap();
        let clock = Clock::pinned(noon);
        assert_eq!(clock.now(), noon);
        let later = "2026-11-22T12:00:01Z".parse().unwrap();
        clock.clone().set(later);
        assert_eq!(clock.now(), later, "clones share the instant");
    }
}
