//! Passwords: hashed with argon2id, checked against that or against the bcrypt of a Laravel application.
//!
//! On a database that a Laravel application owns they are kept as that application keeps them, which must be able to check
//! what is stored there.

mod form;
mod rules;

use std::sync::{Arc, Mutex, OnceLock};

use argon2::password_hash::phc::{Output, Salt};
use argon2::{Algorithm, Argon2, Block, Params, PasswordHash, Version};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use crate::chance::Chance;
pub use form::Form;
pub use rules::{LEAST, MOST, TooWeak, check, generate, readable};

/// What OWASP recommends: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// How many hashes are computed at a time; each takes a core and 19 MiB.
const AT_ONCE: usize = 2;
/// A stored hash that wants more than this is not ours: it would stop the server.
const MOST_MEMORY_KIB: u32 = 262_144;
const MOST_PASSES: u32 = 16;
const MOST_BCRYPT_COST: u32 = 15;

/// What a check came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The right password.
    Ok,
    /// The right password, stored in an older form that nobody else needs: hash it anew and store that.
    OkButRehash,
    /// The wrong password, or a stored form that is none of ours.
    Wrong,
}

/// Why a password could not be hashed.
#[derive(Debug, thiserror::Error)]
#[error("cannot hash a password: {0}")]
pub struct HashError(String);

/// Hashes and checks passwords, off the threads that serve requests. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Passwords {
    chance: Chance,
    /// In which form new ones are kept.
    form: Form,
    /// Whether a hash in an older form stays, because another application checks it too.
    keeps: bool,
    permits: Arc<Semaphore>,
    /// What hashes are computed in, used again and again: allocated anew on one thread after the other, it would stay with
    /// the allocator many times over.
    memory: Arc<Mutex<Vec<Vec<Block>>>>,
    /// What [`Passwords::verify_nobody`] checks against.
    nobody: Arc<OnceLock<String>>,
}

impl Passwords {
    /// Takes salts from `chance`.
    #[must_use]
    pub fn new(chance: Chance) -> Self {
        Self {
            chance,
            form: Form::Argon2id,
            keeps: false,
            permits: Arc::new(Semaphore::new(AT_ONCE)),
            memory: Arc::default(),
            nobody: Arc::default(),
        }
    }

    /// Beside an application that keeps passwords in `form` and checks them by itself.
    #[must_use]
    pub fn beside(chance: Chance, form: Form) -> Self {
        Self { form, keeps: true, ..Self::new(chance) }
    }

    /// A hash with a fresh salt: an argon2id PHC string, or bcrypt as Laravel writes it.
    ///
    /// # Errors
    /// [`HashError`] where memory runs out.
    pub async fn hash(&self, password: SecretString) -> Result<String, HashError> {
        let mut salt = [0; 16];
        self.chance.fill(&mut salt);
        let form = self.form;
        let hashed = self.run(move |memory| form.hash(salt, password.expose_secret(), memory)).await;
        hashed.unwrap_or_else(|| Err(HashError("the task was stopped".to_owned())))
    }

    /// What tells passwords apart under the same salt, and costs whoever guesses as much as a hash that is kept.
    ///
    /// # Errors
    /// [`HashError`] where memory runs out.
    pub async fn fingerprint(&self, password: SecretString, salt: [u8; 16]) -> Result<String, HashError> {
        let hashed = self.run(move |memory| hash_with(&salt, password.expose_secret(), memory)).await;
        hashed.unwrap_or_else(|| Err(HashError("the task was stopped".to_owned())))
    }

    /// Whether `password` is the one that `stored` was made from.
    pub async fn verify(&self, password: SecretString, stored: &str) -> Verdict {
        let stored = stored.to_owned();
        let checked = self.run(move |memory| verify(password.expose_secret(), &stored, memory)).await;
        match checked {
            Some(Verdict::OkButRehash) if self.keeps => Verdict::Ok,
            checked => checked.unwrap_or(Verdict::Wrong),
        }
    }

    /// Takes as long as a check and finds nothing: for an unknown user, so that the time does not tell who has an
    /// account.
    pub async fn verify_nobody(&self, password: SecretString) -> Verdict {
        let nobody = Arc::clone(&self.nobody);
        let mut salt = [0; 16];
        self.chance.fill(&mut salt);
        let form = self.form;
        let checked = move |memory: &mut Vec<Block>| {
            let stored = nobody.get_or_init(|| form.hash(salt, "nobody", memory).unwrap_or_default());
            verify(password.expose_secret(), stored, memory)
        };
        self.run(checked).await;
        Verdict::Wrong
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce(&mut Vec<Block>) -> T + Send + 'static) -> Option<T> {
        // The permit moves into the work: a caller who goes away does not make room for another while it still runs.
        let permit = Arc::clone(&self.permits).acquire_owned().await.ok()?;
        let memories = Arc::clone(&self.memory);
        tokio::task::spawn_blocking(move || {
            let mut memory = memories.lock().ok().and_then(|mut free| free.pop()).unwrap_or_default();
            let done = work(&mut memory);
            if let Ok(mut free) = memories.lock() {
                free.push(memory);
            }
            drop(permit);
            done
        })
        .await
        .ok()
    }
}

fn argon2id() -> Result<Argon2<'static>, HashError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|error| HashError(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash_with(salt: &[u8], password: &str, memory: &mut Vec<Block>) -> Result<String, HashError> {
    let failed = |error: &dyn std::fmt::Display| HashError(error.to_string());
    let argon2id = argon2id()?;
    let output = compute(&argon2id, password, salt, Params::DEFAULT_OUTPUT_LEN, memory);
    let hash = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: argon2id.params().try_into().map_err(|error| failed(&error))?,
        salt: Some(Salt::new(salt).map_err(|error| failed(&error))?),
        hash: Some(output.ok_or_else(|| failed(&"memory ran out"))?),
    };
    Ok(hash.to_string())
}

fn compute(argon2: &Argon2<'_>, password: &str, salt: &[u8], length: usize, memory: &mut Vec<Block>) -> Option<Output> {
    let blocks = argon2.params().block_count();
    if memory.len() < blocks {
        memory.resize(blocks, Block::default());
    }
    let mut output = vec![0; length];
    argon2.hash_password_into_with_memory(password.as_bytes(), salt, &mut output, &mut memory[..blocks]).ok()?;
    Output::new(&output).ok()
}

fn verify(password: &str, stored: &str, memory: &mut Vec<Block>) -> Verdict {
    if stored.starts_with("$argon2id$") {
        verify_argon2id(password, stored, memory).unwrap_or(Verdict::Wrong)
    } else if ["$2y$", "$2b$", "$2a$"].iter().any(|prefix| stored.starts_with(prefix)) {
        verify_bcrypt(password, stored)
    } else {
        Verdict::Wrong
    }
}

fn verify_argon2id(password: &str, stored: &str, memory: &mut Vec<Block>) -> Option<Verdict> {
    let hash = PasswordHash::new(stored).ok()?;
    let params = Params::try_from(&hash).ok()?;
    if params.m_cost() > MOST_MEMORY_KIB || params.t_cost() > MOST_PASSES {
        return None;
    }
    let weaker = params.m_cost() < MEMORY_KIB || params.t_cost() < PASSES;
    let greedy = params.m_cost() > MEMORY_KIB;
    let version = hash.version.map_or(Ok(Version::V0x13), Version::try_from).ok()?;
    let (salt, expected) = (hash.salt?, hash.hash?);
    let argon2 = Argon2::new(Algorithm::Argon2id, version, params);
    let output = compute(&argon2, password, salt.as_ref(), expected.len(), memory)?;
    if greedy {
        *memory = Vec::new();
    }
    // Compared in constant time, as `Output` promises.
    (output == expected).then_some(if weaker { Verdict::OkButRehash } else { Verdict::Ok })
}

fn verify_bcrypt(password: &str, stored: &str) -> Verdict {
    let cost = stored.get(4..6).and_then(|cost| cost.parse::<u32>().ok());
    if cost.is_none_or(|cost| cost > MOST_BCRYPT_COST) {
        return Verdict::Wrong;
    }
    match bcrypt::verify(password, stored) {
        Ok(true) => Verdict::OkButRehash,
        Ok(false) | Err(_) => Verdict::Wrong,
    }
}

#[cfg(test)]
mod tests {
    use argon2::password_hash::PasswordHasher;

    use super::*;

    fn passwords() -> Passwords {
        Passwords::new(Chance::seeded(1))
    }

    #[tokio::test]
    async fn memory_is_used_again() {
        let passwords = passwords();
        let stored = passwords.hash("correct horse battery".into()).await.unwrap();
        let checks = (0..20).map(|_| passwords.verify("correct horse battery".into(), &stored));
        let verdicts = futures_util::future::join_all(checks).await;
        assert!(verdicts.iter().all(|verdict| *verdict == Verdict::Ok));
        assert!(passwords.memory.lock().unwrap().len() <= AT_ONCE);
    }

    async fn check(stored: &str, password: &str) -> Verdict {
        passwords().verify(password.into(), stored).await
    }

    #[tokio::test]
    async fn a_hash_accepts_its_password_and_no_other() {
        let passwords = passwords();
        let stored = passwords.hash("correct horse battery".into()).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert_eq!(check(&stored, "correct horse battery").await, Verdict::Ok);
        assert_eq!(check(&stored, "correct horse batterz").await, Verdict::Wrong);
        assert_ne!(stored, passwords.hash("correct horse battery".into()).await.unwrap(), "each has its own salt");
    }

    #[tokio::test]
    async fn laravels_bcrypt_is_accepted_and_wants_a_new_hash() {
        let laravel = bcrypt::hash_with_salt("geheim123", 4, [7; 16]).unwrap();
        for version in [bcrypt::Version::TwoY, bcrypt::Version::TwoB, bcrypt::Version::TwoA] {
            let stored = laravel.format_for_version(version);
            assert_eq!(check(&stored, "geheim123").await, Verdict::OkButRehash, "{stored}");
            assert_eq!(check(&stored, "geheim124").await, Verdict::Wrong);
        }
        // A hash as Laravel's own documentation and tests carry it: "password" at cost 10.
        let stock = "$2y$10$92IXUNpkjO0rOQ5byMi.Ye4oKoEa3Ro9llC/.og/at2.uheWG/igi";
        assert_eq!(check(stock, "password").await, Verdict::OkButRehash);
    }

    #[tokio::test]
    async fn a_weaker_argon2id_wants_a_new_hash() {
        let weak = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(8, 1, 1, None).unwrap());
        let stored = weak.hash_password_with_salt(b"geheim123", b"0123456789abcdef").unwrap().to_string();
        assert_eq!(check(&stored, "geheim123").await, Verdict::OkButRehash);
    }

    #[tokio::test]
    async fn what_is_no_hash_of_ours_is_wrong() {
        let greedy = "$argon2id$v=19$m=4194304,t=2,p=1$c2FsdHNhbHRzYWx0$c2FsdHNhbHRzYWx0c2FsdHNhbHRzYWx0";
        let endless = "$2y$31$92IXUNpkjO0rOQ5byMi.Ye4oKoEa3Ro9llC/.og/at2.uheWG/igi";
        for stored in ["", "geheim123", "$2y$", "$2y$10$short", "$argon2id$", "$1$abc$def", greedy, endless] {
            assert_eq!(check(stored, "geheim123").await, Verdict::Wrong, "{stored}");
        }
    }

    #[tokio::test]
    async fn nobody_is_never_right() {
        assert_eq!(passwords().verify_nobody("nobody".into()).await, Verdict::Wrong);
        let passwords = passwords();
        passwords.verify_nobody("anything".into()).await;
        let checked_against = passwords.nobody.get().unwrap();
        assert!(checked_against.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "as much work as for a real user");
    }
}
