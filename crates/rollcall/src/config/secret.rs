//! Which secret keys are good enough.

use secrecy::SecretString;

use super::source::Raw;
use super::value::{Parsed, text};

const MAKE_ONE: &str = "make one with `openssl rand -base64 32`";

/// The program's own key. The message never shows any part of it.
pub(super) fn secret_key(raw: &Raw) -> Parsed<SecretString> {
    strong(raw).map_err(|weak| format!("{weak}; {MAKE_ONE}, or leave it out: then Rollcall keeps its own"))
}

/// A key that the program shares with somebody else. The message never shows any part of it.
pub(super) fn shared_secret(raw: &Raw) -> Parsed<SecretString> {
    strong(raw).map_err(|weak| format!("{weak}; {MAKE_ONE}"))
}

/// A key that nobody guesses.
fn strong(raw: &Raw) -> Parsed<SecretString> {
    let key = text(raw)?;
    let plain = key.to_lowercase().replace(['-', '_', ' ', '.'], "");
    let known = [
        "changeme",
        "example",
        "yoursecret",
        "secretkey",
        "mysecret",
        "password",
        "rollcall",
        "0123456789",
        "abcdefgh",
    ];
    let distinct: std::collections::BTreeSet<char> = key.chars().collect();
    let length = key.chars().count();
    let repeats = (1..=length / 2).any(|period| key.chars().skip(period).eq(key.chars().take(length - period)));
    let weak = if length < 32 {
        format!("has {length} characters, but needs 32 or more")
    } else if known.iter().any(|word| plain.contains(word)) {
        "is, or holds, a well-known word; whoever reads the manual could guess it".to_owned()
    } else if distinct.len() < 8 || repeats {
        "is not random: too few different characters, or one part repeated".to_owned()
    } else {
        return Ok(SecretString::from(key));
    };
    Err(weak)
}

/// A token that programs send. The message never shows any part of it.
pub(super) fn token(raw: &Raw) -> Parsed<SecretString> {
    let token = text(raw)?;
    let length = token.chars().count();
    if length < 16 || !token.chars().all(|letter| letter.is_ascii_graphic()) {
        let found = format!("has {length} characters, but needs 16 or more, letters, digits and signs without spaces");
        return Err(format!("{found}; make one with `openssl rand -hex 32`"));
    }
    Ok(SecretString::from(token))
}
