//! Which new passwords are refused.

use secrecy::{ExposeSecret, SecretString};

use crate::chance::Chance;

/// The least number of characters of a new password.
pub const LEAST: usize = 12;
/// The most bytes of a new password: hashing takes time for each.
pub const MOST: usize = 1024;

/// Long enough, and yet the first that anybody tries: what they are made of, letters and digits alone.
const COMMON: &[&str] = &[
    "password",
    "passwort",
    "passw0rd",
    "kennwort",
    "geheim",
    "secret",
    "letmein",
    "welcome",
    "willkommen",
    "changeme",
    "administrator",
    "admin",
    "qwerty",
    "qwertz",
    "qwertyuiop",
    "qwertzuiop",
    "asdfghjkl",
    "iloveyou",
    "rollcall",
    "rollcalldemo",
    "correcthorsebatterystaple",
];

/// Why a password is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TooWeak {
    /// Too short.
    #[error("the password is too short: use {LEAST} characters or more")]
    Short,
    /// Too long.
    #[error("the password is too long: use {MOST} bytes or fewer")]
    Long,
    /// Among the first that anybody tries.
    #[error("the password is among the first that anybody tries: use something of your own")]
    Common,
    /// One thing over and over.
    #[error("the password has too few different characters")]
    Monotonous,
}

/// Whether a new password will do.
///
/// # Errors
/// [`TooWeak`] says what is wrong, without the password.
pub fn check(password: &SecretString) -> Result<(), TooWeak> {
    let password = password.expose_secret();
    if password.chars().count() < LEAST {
        return Err(TooWeak::Short);
    }
    if password.len() > MOST {
        return Err(TooWeak::Long);
    }
    let distinct: std::collections::BTreeSet<char> = password.chars().collect();
    if distinct.len() < 5 {
        return Err(TooWeak::Monotonous);
    }
    if is_common(password) { Err(TooWeak::Common) } else { Ok(()) }
}

/// Letters and digits that nobody takes for one another: 32 of them, five bits each.
const READABLE: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// A password of 100 bits in five groups, fit to be read out.
#[must_use]
pub fn generate(chance: &Chance) -> SecretString {
    SecretString::from(readable(chance, 20))
}

/// So many letters of five bits each, in groups of four, fit to be read out.
#[must_use]
pub fn readable(chance: &Chance, letters: usize) -> String {
    let mut bytes = vec![0; letters];
    chance.fill(&mut bytes);
    let letters: Vec<_> = bytes.iter().map(|byte| char::from(READABLE[usize::from(byte % 32)])).collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join("-")
}

/// A common word, perhaps repeated, with nothing but digits and signs around it; digits alone; or a run of neighbours.
fn is_common(password: &str) -> bool {
    let plain: String = password.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    let word = plain.trim_matches(|c: char| c.is_ascii_digit());
    let letters: String = word.chars().filter(|c| !c.is_ascii_digit()).collect();
    let of_one_word = |common: &&str| [word, &letters].iter().any(|text| text.replace(common, "").is_empty());
    word.is_empty() || COMMON.iter().any(of_one_word) || is_a_run(&plain)
}

/// `123456789012`, `abcdefghijkl` and their like: each character follows the one before, or starts over.
fn is_a_run(plain: &str) -> bool {
    let codes: Vec<u32> = plain.chars().map(u32::from).collect();
    let steps = codes.windows(2).filter(|pair| pair[0].abs_diff(pair[1]) == 1).count();
    codes.len() > 2 && steps + 2 >= codes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(password: &str) -> Result<(), TooWeak> {
        check(&password.into())
    }

    #[test]
    fn short_common_and_monotonous_passwords_are_refused() {
        assert_eq!(verdict("eleven-char"), Err(TooWeak::Short));
        assert_eq!(verdict(&"ab".repeat(600)), Err(TooWeak::Long));
        assert_eq!(verdict("aaaabbbbcccc"), Err(TooWeak::Monotonous));
        for common in [
            "Password1234",
            "passwort-2026!",
            "1234567890123",
            "abcdefghijklm",
            "qwertyuiop123",
            "Admin-admin-1",
            "letmein!!1234567",
            "correct-horse-battery-staple",
            "Passw0rd!!!!1",
        ] {
            assert_eq!(verdict(common), Err(TooWeak::Common), "{common}");
        }
    }

    #[test]
    fn a_made_password_passes_the_rules_and_is_never_made_again() {
        let chance = Chance::seeded(7);
        let made: Vec<_> = (0..100).map(|_| generate(&chance)).collect();
        assert!(made.iter().all(|password| check(password).is_ok()));
        let distinct: std::collections::BTreeSet<_> = made.iter().map(ExposeSecret::expose_secret).collect();
        assert_eq!(distinct.len(), 100);
        assert!(distinct.iter().all(|password| password.len() == 24));
    }

    #[test]
    fn others_are_taken() {
        for good in ["blue-kettle-94-harbour", "zwölf Zeichen sind gut", "qZ8#vL2!mX5k", "password manager of mine"] {
            assert_eq!(verdict(good), Ok(()), "{good}");
        }
    }
}
