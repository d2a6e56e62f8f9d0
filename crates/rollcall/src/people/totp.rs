//! Codes of the moment: time-based one-time passwords (RFC 6238), six digits, 30 seconds, SHA-1, as every authenticator app
//! takes them.

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

/// How many bytes a secret has: as many as SHA-1 gives (RFC 4226, section 4).
pub(super) const SECRET: usize = 20;
/// How long a code is shown, in seconds.
const STEP: i64 = 30;
/// So many steps a clock may be off, in either direction.
const OFF: i64 = 1;

/// The code of a step.
#[must_use]
pub fn code(secret: &[u8], step: i64) -> String {
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret) else { return String::new() };
    mac.update(&step.to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let at = usize::from(hash[19] & 0x0f);
    let number = hash[at..at + 4].iter().fold(0_u32, |number, byte| (number << 8) | u32::from(*byte));
    format!("{:06}", (number & 0x7fff_ffff) % 1_000_000)
}

/// The step of an instant, in seconds since 1970.
#[must_use]
pub fn step(seconds: i64) -> i64 {
    seconds.div_euclid(STEP)
}

/// The step whose code that is, around an instant; none where it is a wrong one, or of a step not behind `last`.
pub(super) fn matching(secret: &[u8], typed: &str, seconds: i64, last: i64) -> Option<i64> {
    let typed: String = typed.chars().filter(|sign| !sign.is_whitespace()).collect();
    let now = step(seconds);
    // All of them are looked at: how long it takes does not tell which one it was.
    let fits = |step: &i64| step > &last && same(&code(secret, *step), &typed);
    (now - OFF..=now + OFF).filter(fits).fold(None, |_, step| Some(step))
}

/// Whether two codes are the same, in a time that does not tell where they differ.
fn same(code: &str, typed: &str) -> bool {
    let differ = code.bytes().zip(typed.bytes()).fold(0, |differ, (a, b)| differ | (a ^ b));
    code.len() == typed.len() && differ == 0
}

/// A secret as it is typed into an app, in groups of four.
pub(super) fn shown(secret: &[u8]) -> String {
    let text = BASE32_NOPAD.encode(secret);
    let groups: Vec<_> = text.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group).into_owned()).collect();
    groups.join(" ")
}

/// What the square that an app photographs says.
pub(super) fn uri(secret: &[u8], email: &str) -> String {
    let label = urlencoding::encode(email);
    format!("otpauth://totp/Rollcall:{label}?secret={}&issuer=Rollcall", BASE32_NOPAD.encode(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_rfc() {
        // RFC 6238, appendix B, its last six digits.
        let secret = b"12345678901234567890";
        for (seconds, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code(secret, step(seconds)), expected);
        }
    }

    #[test]
    fn a_clock_may_be_a_step_off_and_a_step_counts_once() {
        let secret = b"12345678901234567890";
        for (seconds, fits) in [(0, false), (30, true), (60, true), (90, true), (120, false)] {
            let typed = code(secret, 2);
            assert_eq!(matching(secret, &typed, seconds, 0).is_some(), fits, "{seconds}");
        }
        let typed = format!("{} ", code(secret, 2));
        assert_eq!(matching(secret, &typed, 60, 1), Some(2), "blanks do not count");
        assert_eq!(matching(secret, &typed, 60, 2), None, "used before");
        for wrong in ["", "1", "12345", "1234567", "abcdef"] {
            assert_eq!(matching(secret, wrong, 60, 0), None, "{wrong}");
        }
    }

    #[test]
    fn a_secret_is_shown_in_groups_and_as_an_address() {
        assert_eq!(shown(b"12345678901234567890"), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        assert_eq!(
            uri(b"12345678901234567890", "a+b@example.test"),
            "otpauth://totp/Rollcall:a%2Bb%40example.test?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Rollcall"
        );
    }
}
