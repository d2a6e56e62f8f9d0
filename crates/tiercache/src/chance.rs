//! Where chance comes from.

use std::sync::atomic::{AtomicU64, Ordering};

/// A source of random numbers, for early renewals, jitter and the tokens of leases. None of them is a secret.
///
/// Processes that share a Redis must not share a seed: a lease is told from another's by its token.
/// Any `Fn() -> u64` is a source.
pub trait Chance: Send + Sync + 'static {
    /// The next 64 bits, each as likely as the other.
    fn next_u64(&self) -> u64;
}

impl<F: Fn() -> u64 + Send + Sync + 'static> Chance for F {
    fn next_u64(&self) -> u64 {
        self()
    }
}

/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014): small, quick, without a
/// lock, and good enough for jitter.
#[derive(Debug)]
pub struct SplitMix(AtomicU64);

impl SplitMix {
    /// The same sequence for the same `seed`.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }
}

impl Chance for SplitMix {
    fn next_u64(&self) -> u64 {
        const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
        let mut z = self.0.fetch_add(GOLDEN, Ordering::Relaxed).wrapping_add(GOLDEN);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

/// A number from (0, 1]: never 0, so that it has a logarithm.
#[expect(clippy::cast_precision_loss, reason = "53 bits are what an f64 holds exactly")]
pub(crate) fn unit(chance: &dyn Chance) -> f64 {
    ((chance.next_u64() >> 11) + 1) as f64 / (1_u64 << 53) as f64
}

/// 128 bits in hexadecimal: what tells one lease from another.
pub(crate) fn token(chance: &dyn Chance) -> String {
    format!("{:016x}{:016x}", chance.next_u64(), chance.next_u64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_and_another_differs() {
        let draw = |seed| token(&SplitMix::seeded(seed));
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        assert_eq!(draw(1).len(), 32);
    }

    #[test]
    fn the_first_numbers_are_those_of_the_paper() {
        let chance = SplitMix::seeded(1_234_567);
        assert_eq!(chance.next_u64(), 6_457_827_717_110_365_317);
        assert_eq!(chance.next_u64(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn a_unit_is_never_zero_and_never_above_one() {
        assert!(unit(&|| 0_u64) > 0.0);
        assert!(unit(&|| u64::MAX) <= 1.0);
    }
}
