//! Secrets that have to be read again are kept sealed: ChaCha20-Poly1305 under a key that is derived from the program's own, and
//! bound to the person whose they are.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use data_encoding::HEXLOWER;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use crate::app::App;

/// Why a secret cannot be read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a sealed secret cannot be opened; was `secret_key` changed?")]
pub(super) struct Unsealed;

/// Seals a secret of that user.
///
/// # Errors
/// None in practice: it is too short for any.
pub(super) fn seal(app: &App, user: i64, secret: &[u8]) -> Result<String, Unsealed> {
    let mut nonce = [0; NONCE_LEN];
    app.chance.fill(&mut nonce);
    let mut sealed = secret.to_vec();
    let bound = Nonce::assume_unique_for_key(nonce);
    key(app)?.seal_in_place_append_tag(bound, aad(user), &mut sealed).map_err(|_| Unsealed)?;
    Ok(STANDARD_NO_PAD.encode([&nonce[..], &sealed].concat()))
}

/// Opens what was sealed for that user.
///
/// # Errors
/// Where it was sealed under another key, or for somebody else.
pub(super) fn open(app: &App, user: i64, sealed: &str) -> Result<Vec<u8>, Unsealed> {
    let bytes = STANDARD_NO_PAD.decode(sealed).map_err(|_| Unsealed)?;
    let (nonce, rest) = bytes.split_at_checked(NONCE_LEN).ok_or(Unsealed)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Unsealed)?;
    let mut rest = rest.to_vec();
    let opened = key(app)?.open_in_place(nonce, aad(user), &mut rest).map_err(|_| Unsealed)?;
    Ok(opened.to_vec())
}

fn aad(user: i64) -> Aad<[u8; 8]> {
    Aad::from(user.to_be_bytes())
}

fn key(app: &App) -> Result<LessSafeKey, Unsealed> {
    let derived = HEXLOWER.decode(app.keyed_hash("totp", "seal").as_bytes()).map_err(|_| Unsealed)?;
    UnboundKey::new(&CHACHA20_POLY1305, &derived).map(LessSafeKey::new).map_err(|_| Unsealed)
}
