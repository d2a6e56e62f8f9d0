//! The program's only source of chance: seeded from the system, or by a number where a test or a demo must repeat.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::rngs::SysRng;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;

/// A generator fit for secrets. Cheap to clone; clones go on with the same sequence.
#[derive(Clone)]
pub struct Chance(Arc<Mutex<ChaCha20Rng>>);

impl fmt::Debug for Chance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Chance")
    }
}

impl Chance {
    /// Seeded by the operating system.
    ///
    /// # Errors
    /// Where the system gives no randomness.
    pub fn system() -> Result<Self, rand::rngs::SysError> {
        Ok(Self::from(ChaCha20Rng::try_from_rng(&mut SysRng)?))
    }

    /// The same sequence for the same `seed`: for tests and demos, never for secrets that have to hold.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self::from(ChaCha20Rng::seed_from_u64(seed))
    }

    /// Fills `bytes`.
    pub fn fill(&self, bytes: &mut [u8]) {
        // The generator has no state that a panic could leave half-made.
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(bytes);
    }

    /// 96 bits, as 16 such letters: what tells one request from all others.
    #[must_use]
    pub fn id(&self) -> [u8; 16] {
        let mut bytes = [0; 12];
        self.fill(&mut bytes);
        letters(&bytes)
    }

    /// 256 bits that nobody guesses, as 43 letters that need no quoting in a URL or a cookie.
    #[must_use]
    pub fn token(&self) -> String {
        let mut bytes = [0; 32];
        self.fill(&mut bytes);
        URL_SAFE_NO_PAD.encode(bytes)
    }
}

/// [Ids](Chance::id) for one who needs many, drawn some at a time.
#[derive(Clone, Debug, Default)]
pub struct Ids {
    drawn: [[u8; 12]; 8],
    left: usize,
}

impl Ids {
    /// The next one.
    pub fn next(&mut self, chance: &Chance) -> [u8; 16] {
        if self.left == 0 {
            chance.fill(self.drawn.as_flattened_mut());
            self.left = self.drawn.len();
        }
        self.left -= 1;
        letters(&self.drawn[self.left])
    }
}

fn letters(bytes: &[u8; 12]) -> [u8; 16] {
    let mut letters = [b'0'; 16];
    // Twelve bytes are sixteen letters: there is room.
    let _ = URL_SAFE_NO_PAD.encode_slice(bytes, &mut letters);
    letters
}

impl From<ChaCha20Rng> for Chance {
    fn from(generator: ChaCha20Rng) -> Self {
        Self(Arc::new(Mutex::new(generator)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_and_the_system_does_not() {
        assert_eq!(Chance::seeded(7).token(), Chance::seeded(7).token());
        assert_ne!(Chance::seeded(7).token(), Chance::seeded(8).token());
        assert_ne!(Chance::system().unwrap().token(), Chance::system().unwrap().token());
    }

    #[test]
    fn clones_never_repeat_each_other() {
        let chance = Chance::seeded(7);
        assert_ne!(chance.clone().token(), chance.token());
    }

    #[test]
    fn ids_that_are_drawn_ahead_are_all_different() {
        let (chance, mut ids) = (Chance::seeded(7), Ids::default());
        let drawn: std::collections::BTreeSet<_> = (0..1_000).map(|_| ids.next(&chance)).collect();
        assert_eq!(drawn.len(), 1_000);
        assert!(drawn.iter().flatten().all(|letter| letter.is_ascii_alphanumeric() || b"-_".contains(letter)));
    }

    #[test]
    fn a_token_is_256_bits_in_url_safe_letters() {
        let token = Chance::seeded(1).token();
        assert_eq!(token.len(), 43);
        assert_eq!(URL_SAFE_NO_PAD.decode(&token).unwrap().len(), 32);
    }
}
