//! The signature of webhooks and receipts: HMAC-SHA-256 over the time and the body. `docs/notifications.md` says how others make it.

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// The header that holds the time, in seconds since 1970.
pub const TIMESTAMP: &str = "rollcall-timestamp";
/// The header that holds the signature.
pub const SIGNATURE: &str = "rollcall-signature";
/// How far the time may lie from now, in seconds.
pub const WINDOW: i64 = 300;
/// Says how the signature is made.
const VERSION: &str = "v1=";

fn mac(secret: &SecretString, timestamp: &str, body: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()).ok()?;
    mac.update(timestamp.as_bytes());
    mac.update(b".");
    mac.update(body);
    Some(mac)
}

/// The value of [`SIGNATURE`] for a body that is sent at `timestamp`.
#[must_use]
pub fn signature(secret: &SecretString, timestamp: i64, body: &[u8]) -> String {
    // A key of any length will do.
    let Some(mac) = mac(secret, &timestamp.to_string(), body) else { return String::new() };
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{VERSION}{hex}")
}

/// Why a body is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no signature, or no time.
    Unsigned,
    /// The signature is another one.
    Forged,
    /// It was signed too long ago, or in the future.
    Stale,
}

impl Refusal {
    /// In words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unsigned => "no signature",
            Self::Forged => "a wrong signature",
            Self::Stale => "a signature of another time",
        }
    }
}

/// Whether `body` was signed at that time, which is now or nearly so. The time it takes tells nothing of the signature.
///
/// # Errors
/// [`Refusal`] where it was not.
pub fn verify(
    secret: &SecretString,
    timestamp: Option<&str>,
    signature: Option<&str>,
    body: &[u8],
    now: i64,
) -> Result<(), Refusal> {
    let (Some(timestamp), Some(signature)) = (timestamp, signature) else { return Err(Refusal::Unsigned) };
    let given = signature.strip_prefix(VERSION).and_then(bytes).ok_or(Refusal::Forged)?;
    let mac = mac(secret, timestamp, body).ok_or(Refusal::Forged)?;
    mac.verify_slice(&given).map_err(|_| Refusal::Forged)?;
    let at: i64 = timestamp.parse().map_err(|_| Refusal::Stale)?;
    if now.abs_diff(at) <= WINDOW.unsigned_abs() { Ok(()) } else { Err(Refusal::Stale) }
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digits = hex.as_bytes();
    if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret() -> SecretString {
        SecretString::from("Zk1vQ8sT0uWmXy3nB5cD7eFgHj2kLp4r")
    }

    #[test]
    fn the_signature_is_what_the_manual_shows() {
        // printf '%s' '1795348800.{"id":"1"}' | openssl dgst -sha256 -hmac 'Zk1vQ8sT0uWmXy3nB5cD7eFgHj2kLp4r'
        let made = signature(&secret(), 1_795_348_800, br#"{"id":"1"}"#);
        assert_eq!(made, "v1=0445713b2c7d2f1f334a426fc9d0648f9ba2e12a1aed2dea017a6be340e54327");
    }

    #[test]
    fn a_signature_holds_for_its_body_its_time_and_its_key_alone() {
        let body = br#"{"id":"1"}"#;
        let good = signature(&secret(), 1_000_000, body);
        let check = |timestamp, signature: &str, body: &[u8], now| {
            verify(&secret(), Some(timestamp), Some(signature), body, now)
        };
        assert_eq!(check("1000000", &good, body, 1_000_000), Ok(()));
        assert_eq!(check("1000000", &good, body, 1_000_300), Ok(()));
        assert_eq!(check("1000000", &good, body, 999_700), Ok(()));
        assert_eq!(check("1000000", &good, body, 1_000_301), Err(Refusal::Stale));
        assert_eq!(check("1000000", &good, body, 999_699), Err(Refusal::Stale));
        assert_eq!(check("1000001", &good, body, 1_000_000), Err(Refusal::Forged));
        assert_eq!(check("1000000", &good, br#"{"id":"2"}"#, 1_000_000), Err(Refusal::Forged));
        for bad in ["", "v1=", "v1=00", good.trim_start_matches("v1="), &good.replace("v1", "v2"), &format!("{good}0")]
        {
            assert_eq!(check("1000000", bad, body, 1_000_000), Err(Refusal::Forged), "{bad}");
        }
        assert_eq!(verify(&secret(), None, Some(&good), body, 1_000_000), Err(Refusal::Unsigned));
        let other = SecretString::from("another key that is long enough to be one");
        assert_eq!(verify(&other, Some("1000000"), Some(&good), body, 1_000_000), Err(Refusal::Forged));
        let word = signature(&secret(), 0, body);
        assert_eq!(verify(&secret(), Some("soon"), Some(&word), body, 0), Err(Refusal::Forged));
    }
}
