//! Whether an entry of the right version is still to be served, and whether it is time for a new one.

use std::time::Duration;

use crate::chance::{Chance, unit};
use crate::entry::Meta;

/// How far into the future an entry may be dated before its date is held for wrong: clocks of nodes differ a little.
const SKEW_MS: i64 = 60_000;

/// The most that -ln(u) can be for a u from [`unit`]: ln(2^53), rounded up.
const LONGEST_DRAW: f64 = 36.8;

/// What to do with an entry of the right owner, key and version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Freshness {
    /// Serve it.
    Fresh,
    /// Serve it, and renew it in the background before its time is over.
    Early,
    /// Its time is over: serve it while it is renewed.
    Stale,
    /// Too old to be served: as if there were none.
    Dead,
}

/// XFetch, from Vattani, Chierichetti and Lowenstein, "Optimal Probabilistic Cache Stampede Prevention", VLDB 2015: renew as
/// soon as `now - delta * beta * ln(u) >= expiry`, where delta is what the last load took and u is uniform on (0, 1]. The longer
/// a load takes, the earlier it begins; each reader draws for itself, and on average one draws in time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub(crate) grace: Duration,
    pub(crate) beta: f64,
}

impl Rules {
    pub(crate) fn judge(&self, meta: &Meta, now_ms: i64, chance: &dyn Chance) -> Freshness {
        if meta.made_at_ms.saturating_sub(now_ms) > SKEW_MS {
            // The clock went back, here or there: nobody knows how old it is.
            return Freshness::Stale;
        }
        let age = meta.age(now_ms);
        if age >= meta.ttl.saturating_add(self.grace) {
            return Freshness::Dead;
        }
        let Some(left) = meta.ttl.checked_sub(age).filter(|left| !left.is_zero()) else { return Freshness::Stale };
        let reach = meta.load_time.as_secs_f64() * self.beta;
        // Most entries are far from their end: no draw can reach it, so none is made.
        if reach * LONGEST_DRAW < left.as_secs_f64() {
            return Freshness::Fresh;
        }
        if reach * -unit(chance).ln() >= left.as_secs_f64() { Freshness::Early } else { Freshness::Fresh }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::SplitMix;
    use crate::entry::Level;

    const RULES: Rules = Rules { grace: Duration::from_secs(60), beta: 1.0 };

    fn meta(load_ms: u64) -> Meta {
        Meta {
            made_at_ms: 0,
            ttl: Duration::from_secs(10),
            version: 1,
            level: Level::Loaded,
            load_time: Duration::from_millis(load_ms),
        }
    }

    #[test]
    fn the_ttl_and_the_grace_end_where_they_say() {
        let at = |ms| RULES.judge(&meta(0), ms, &|| 0_u64);
        assert_eq!(at(9_999), Freshness::Fresh);
        assert_eq!(at(10_000), Freshness::Stale);
        assert_eq!(at(69_999), Freshness::Stale);
        assert_eq!(at(70_000), Freshness::Dead);
    }

    #[test]
    fn an_entry_from_the_far_future_is_renewed_and_one_from_the_near_is_not() {
        let at = |ms| RULES.judge(&meta(0), ms, &|| 0_u64);
        assert_eq!(at(-60_000), Freshness::Fresh);
        assert_eq!(at(-60_001), Freshness::Stale);
        assert_eq!(RULES.judge(&meta(0), i64::MIN, &|| 0_u64), Freshness::Stale);
    }

    #[test]
    fn no_draw_is_made_far_from_the_end() {
        let never = || -> u64 { panic!("drew") };
        assert_eq!(RULES.judge(&meta(100), 0, &never), Freshness::Fresh);
    }

    #[test]
    fn the_share_of_early_renewals_is_that_of_the_formula() {
        // P(-delta ln u >= left) = exp(-left / delta): with delta 1 s and 1 s left, 36.8 %.
        let chance = SplitMix::seeded(7);
        let early = (0..100_000).filter(|_| RULES.judge(&meta(1000), 9_000, &chance) == Freshness::Early).count();
        assert!((36_000..37_600).contains(&early), "{early} of 100,000");
    }

    #[test]
    fn a_beta_of_nought_never_renews_early() {
        let rules = Rules { beta: 0.0, ..RULES };
        assert_eq!(rules.judge(&meta(5000), 9_999, &|| 0_u64), Freshness::Fresh);
    }
}
