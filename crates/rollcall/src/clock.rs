//! The program's only source of time and chance.
//!
//! Everything that needs "now" or a random number gets it from [`App`](crate::app::App), so that a test, a demo or a
//! comparison can pin both.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};
use tokio::sync::watch;

/// The system's clock may be set meanwhile: who waits for an instant looks again after this time.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// Where "now" comes from: the system, or an instant that only [`Clock::set`] moves.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    /// In seconds since 1970.
    Pinned(Arc<watch::Sender<i64>>),
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
        Self(Source::Pinned(Arc::new(watch::Sender::new(instant.timestamp()))))
    }

    /// The present instant, in whole seconds: what the contract's DATETIME columns can hold.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        let seconds = match &self.0 {
            Source::System => system_seconds(),
            Source::Pinned(at) => *at.borrow(),
        };
        DateTime::from_timestamp(seconds, 0).unwrap_or(DateTime::UNIX_EPOCH)
    }

    /// The present instant, in milliseconds since 1970: for ages, which a cache compares.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        match &self.0 {
            Source::System => crate::cache::system_ms(),
            Source::Pinned(at) => at.borrow().saturating_mul(1000),
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
            at.send_replace(instant.timestamp());
        }
    }

    /// Waits until this clock shows `instant` or a later one.
    pub async fn reaches(&self, instant: DateTime<Utc>) {
        match &self.0 {
            Source::System => loop {
                let Ok(left) = (instant - self.now()).to_std() else { return };
                if left.is_zero() {
                    return;
                }
                tokio::time::sleep(left.min(LOOK_AGAIN)).await;
            },
            Source::Pinned(at) => {
                // It fails only where the clock is gone, and this is one of its owners.
                let _ = at.subscribe().wait_for(|now| *now >= instant.timestamp()).await;
            }
        }
    }

    /// Whether this clock was pinned with `--at`.
    #[must_use]
    pub fn is_pinned(&self) -> bool {
        matches!(self.0, Source::Pinned(_))
    }
}

/// An instant as JSON has it: RFC 3339, UTC, whole seconds. For `#[serde(serialize_with)]`.
///
/// # Errors
/// Where the serializer fails.
pub(crate) fn utc<S: Serializer>(at: &NaiveDateTime, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&rfc3339(at))
}

/// As [`utc`], null for none.
///
/// # Errors
/// Where the serializer fails.
pub(crate) fn opt_utc<S: Serializer>(at: &Option<NaiveDateTime>, to: S) -> Result<S::Ok, S::Error> {
    at.as_ref().map(rfc3339).serialize(to)
}

pub(crate) fn rfc3339(at: &NaiveDateTime) -> String {
    at.and_utc().to_rfc3339_opts(SecondsFormat::Secs, true)
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

    #[tokio::test]
    async fn who_waits_for_an_instant_is_woken_when_a_pinned_clock_is_set_to_it() {
        let clock = Clock::pinned("2026-11-22T12:00:00Z".parse().unwrap());
        let midnight = "2026-11-23T00:00:00Z".parse().unwrap();
        let waits = tokio::spawn({
            let clock = clock.clone();
            async move { clock.reaches(midnight).await }
        });
        clock.set("2026-11-22T23:59:59Z".parse().unwrap());
        tokio::task::yield_now().await;
        assert!(!waits.is_finished());
        clock.set(midnight);
        waits.await.unwrap();
        clock.reaches(midnight).await;
        Clock::system().reaches(midnight - chrono::TimeDelta::days(36_500)).await;
    }
}
