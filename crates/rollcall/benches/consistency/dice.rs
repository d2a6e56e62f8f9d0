//! Chance from a seed, so that a run can be repeated.

/// SplitMix64; see Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014.
#[derive(Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    /// The dice of task number `task` of a run.
    pub(crate) fn new(seed: u64, task: u64) -> Self {
        Self(seed ^ task.wrapping_mul(0xD1B5_4A32_D192_ED03))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// One of 0 to `sides - 1`.
    pub(crate) fn below(&mut self, sides: usize) -> usize {
        // The remainder is below `sides`, which is a usize.
        usize::try_from(self.next() % sides.max(1) as u64).unwrap_or(0)
    }

    /// True in so many of a hundred.
    pub(crate) fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    /// One of several.
    pub(crate) fn of<'a, T>(&mut self, several: &'a [T]) -> &'a T {
        &several[self.below(several.len())]
    }
}
