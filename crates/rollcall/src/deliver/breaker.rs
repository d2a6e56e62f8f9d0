//! A provider that is in trouble is left alone for a while, so that nothing is tried in vain over and over.

use super::outcome::jittered;
use crate::chance::Chance;

/// So many failures of the provider one after the other open it.
const FAILURES: u32 = 5;
/// For how long it is open at first, in seconds; twice as long each time that the probe fails.
const OPEN_FOR: i64 = 30;
/// The longest, in seconds.
const LONGEST: i64 = 300;

/// The breaker of one channel.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    failures: u32,
    /// How often it was opened without a success in between.
    openings: u32,
    open_until: Option<i64>,
}

impl Breaker {
    /// How many notifications may be under way at that time, where `most` may in good times.
    pub(super) fn allows(&self, now: i64, most: usize) -> usize {
        match self.open_until {
            Some(until) if now < until => 0,
            // One alone tries whether the provider is back.
            Some(_) => 1,
            None => most,
        }
    }

    /// Whether nothing is tried at that time.
    pub(super) fn is_open(&self, now: i64) -> bool {
        self.allows(now, 1) == 0
    }

    /// Learns what came of a try; answers whether it opened just now.
    pub(super) fn learn(&mut self, trouble: bool, now: i64, chance: &Chance) -> bool {
        if !trouble {
            *self = Self::default();
            return false;
        }
        self.failures = self.failures.saturating_add(1);
        let probed = self.open_until.is_some_and(|until| now >= until);
        if probed || (self.open_until.is_none() && self.failures >= FAILURES) {
            let longer = OPEN_FOR.saturating_mul(2_i64.saturating_pow(self.openings.min(8))).min(LONGEST);
            self.openings = self.openings.saturating_add(1);
            self.open_until = Some(now + jittered(longer, chance));
            return true;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_after_failures_in_a_row_and_closes_by_a_success() {
        let (mut breaker, chance) = (Breaker::default(), Chance::seeded(1));
        for _ in 1..FAILURES {
            assert!(!breaker.learn(true, 0, &chance));
        }
        breaker.learn(false, 0, &chance);
        for _ in 1..FAILURES {
            assert!(!breaker.learn(true, 0, &chance));
        }
        assert_eq!(breaker.allows(0, 8), 8);
        assert!(breaker.learn(true, 0, &chance));
        assert!(breaker.is_open(0) && breaker.is_open(20));
        assert!(!breaker.learn(true, 1, &chance), "what was under way opens it no further");
        assert_eq!(breaker.allows(60, 8), 1, "a probe");
        breaker.learn(false, 60, &chance);
        assert_eq!(breaker.allows(60, 8), 8);
    }

    #[test]
    fn a_probe_that_fails_keeps_it_open_for_longer_and_not_for_ever() {
        let (mut breaker, chance) = (Breaker::default(), Chance::seeded(1));
        (0..FAILURES).for_each(|_| _ = breaker.learn(true, 0, &chance));
        let (mut now, mut last) = (0, 0);
        for _ in 0..12 {
            let until = (now..).find(|at| !breaker.is_open(*at)).unwrap();
            last = until - now;
            now = until;
            assert!(breaker.learn(true, now, &chance));
        }
        assert!((LONGEST * 3 / 4..=LONGEST * 5 / 4).contains(&last), "{last}");
    }
}
