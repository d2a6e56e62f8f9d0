//! Seeded chance: the same seed and stream always give the same draws, on every machine.

use chrono::{NaiveDateTime, TimeDelta};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A stream of draws. All of them are whole numbers, so that no platform's floating point has a say.
pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    /// The stream number `stream` of `seed`: streams do not share draws.
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        generator.set_stream(stream);
        Self(generator)
    }

    /// A number from 0 to `limit - 1`; 0 where there is none.
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        let wide = u128::from(self.0.next_u64()) * u128::from(limit);
        u64::try_from(wide >> 64).unwrap_or(0)
    }

    /// A number from `low` to `high`, both possible; `low` where `high` is smaller.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = u64::try_from(high.saturating_sub(low)).unwrap_or(0).saturating_add(1);
        low.saturating_add_unsigned(self.below(span))
    }

    /// True `share` times in a thousand.
    pub(super) fn per_mille(&mut self, share: u64) -> bool {
        self.below(1_000) < share
    }

    /// A position in a list of `length`.
    pub(super) fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap_or(0)
    }

    /// One of `all`.
    pub(super) fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.index(all.len())]
    }

    /// A position, each as probable as its weight.
    pub(super) fn weighted(&mut self, weights: &[u32]) -> usize {
        let total: u64 = weights.iter().copied().map(u64::from).sum();
        let mut at = self.below(total);
        for (index, weight) in weights.iter().enumerate() {
            match at.checked_sub(u64::from(*weight)) {
                Some(rest) => at = rest,
                None => return index,
            }
        }
        0
    }

    /// An instant from `from` to `until`, in whole seconds; `from` where `until` is earlier.
    pub(super) fn instant(&mut self, from: NaiveDateTime, until: NaiveDateTime) -> NaiveDateTime {
        from + TimeDelta::seconds(self.between(0, (until - from).num_seconds()))
    }
}

/// Shares out `total` by `weights`, exactly and always alike.
pub(super) fn share_out(total: u64, weights: &[u64]) -> Vec<u64> {
    let sum: u128 = weights.iter().copied().map(u128::from).sum();
    let (mut upto, mut given) = (0u128, 0u64);
    let mut share = |weight: &u64| {
        upto += u128::from(*weight);
        let reached = u64::try_from(u128::from(total) * upto / sum.max(1)).unwrap_or(total);
        let part = reached - given;
        given = reached;
        part
    };
    weights.iter().map(&mut share).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up_to_the_whole() {
        assert_eq!(share_out(10, &[1, 1, 1]), [3, 3, 4]);
        assert_eq!(share_out(0, &[1, 2]), [0, 0]);
        assert_eq!(share_out(7, &[]), Vec::<u64>::new());
        let zipf: Vec<_> = (1..=12).map(|rank| 1_000_000 / rank).collect();
        let shares = share_out(200_000, &zipf);
        assert_eq!(shares.iter().sum::<u64>(), 200_000);
        assert!(shares.is_sorted_by(|a, b| a > b), "{shares:?}");
    }

    #[test]
    fn draws_stay_within_their_bounds_and_streams_differ() {
        let mut chance = Dice::new(7, 1);
        let draws: Vec<_> = (0..1_000).map(|_| chance.between(-3, 4)).collect();
        assert!((-3..=4).all(|value| draws.contains(&value)) && draws.iter().all(|draw| (-3..=4).contains(draw)));
        assert_eq!((chance.between(5, 2), chance.below(0)), (5, 0), "an empty range has one answer");
        assert_eq!(chance.weighted(&[0, 3, 0]), 1);
        let first = |stream| Dice::new(7, stream).below(u64::MAX);
        assert_eq!(first(1), first(1));
        assert_ne!(first(1), first(2));
    }
}
