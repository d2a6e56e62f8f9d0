//! `App`: what the program is made of, put together in one place.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Notify;

use crate::accounts;
use crate::cache::Cache;
use crate::chance::Chance;
use crate::clock::Clock;
use crate::config::{Config, Trust};
use crate::db::{Database, Error};
use crate::deliver::Post;
use crate::deliver::tally::Tally;
use crate::import::screen::Arriving;
use crate::password::Passwords;
use crate::web::{Entries, Limits, Live, Screens, Sessions};

/// Everything that a request, a job or a command needs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct App {
    /// The settings.
    pub config: Arc<Config>,
    /// The database.
    pub db: Database,
    /// The only source of time.
    pub clock: Clock,
    /// The only source of chance.
    pub chance: Chance,
    /// Hashes and checks passwords.
    pub passwords: Passwords,
    /// What is kept of what was computed.
    pub cache: Cache,
    /// What a request may believe of what this process remembers.
    pub trust: Trust,
    /// The people that this process remembers.
    pub(crate) sessions: Sessions,
    /// Who has a dashboard open, and hears of what changes.
    pub(crate) live: Live,
    /// How much is asked of the API, by whom.
    pub(crate) limits: Limits,
    /// Who entered which company, as the audit log has it.
    pub(crate) entries: Entries,
    /// What people look at.
    pub(crate) screens: Screens,
    /// What this process did with notifications.
    pub(crate) deliveries: Tally,
    /// That there is something to be done with many rows.
    pub(crate) bulk: Arc<Notify>,
    /// Whose files are on their way in.
    pub(crate) arriving: Arriving,
    /// Mails to people about their accounts.
    pub(crate) post: Post,
    secret: Arc<SecretString>,
}

impl App {
    /// Puts the parts together. The database has been migrated.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn new(config: Config, db: Database, clock: Clock, chance: Chance) -> Result<Self, Error> {
        let secret = accounts::secret_key(&db, &config, &chance).await?;
        Ok(Self {
            cache: Cache::new(&config.cache, installation(secret.expose_secret()), &clock, &chance),
            trust: config.trust(db.dialect()),
            sessions: Sessions::default(),
            live: Live::default(),
            limits: Limits::default(),
            entries: Entries::default(),
            screens: Screens::default(),
            deliveries: Tally::default(),
            bulk: Arc::default(),
            arriving: Arriving::default(),
            post: Post::default(),
            config: Arc::new(config),
            clock,
            passwords: Passwords::of(&db, &chance).await?,
            db,
            chance,
            secret: Arc::new(secret),
        })
    }

    /// How many dashboards are open and hear of what changes.
    #[must_use]
    pub fn listeners(&self) -> usize {
        self.live.listeners()
    }

    /// A keyed hash of `text` for `purpose`, 64 hexadecimal letters: what is stored in place of a secret or an
    /// address, so that whoever reads the table has neither.
    #[must_use]
    pub fn keyed_hash(&self, purpose: &str, text: &str) -> String {
        keyed_hash(self.secret.expose_secret(), purpose, text)
    }
}

/// A number that all nodes of an installation have in common, and no other installation has: from its secret key.
fn installation(key: &str) -> i64 {
    let hash = keyed_hash(key, "cache", "installation");
    hash.get(..15).and_then(|digits| i64::from_str_radix(digits, 16).ok()).unwrap_or_default()
}

/// HMAC-SHA-256 (RFC 2104) over purpose and text, separated so that neither can be shifted into the other.
fn keyed_hash(key: &str, purpose: &str, text: &str) -> String {
    use sha2::{Digest, Sha256};
    let mut block = [0_u8; 64];
    let hashed = Sha256::digest(key.as_bytes());
    block[..hashed.len()].copy_from_slice(&hashed);
    let inner = Sha256::new()
        .chain_update(block.map(|byte| byte ^ 0x36))
        .chain_update(purpose.as_bytes())
        .chain_update([0])
        .chain_update(text.as_bytes())
        .finalize();
    let outer = Sha256::new().chain_update(block.map(|byte| byte ^ 0x5c)).chain_update(inner).finalize();
    outer.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::{installation, keyed_hash};

    #[test]
    fn a_keyed_hash_depends_on_key_purpose_and_text() {
        let hash = keyed_hash("key", "session", "abc");
        assert_eq!(hash.len(), 64);
        assert_eq!(hash, keyed_hash("key", "session", "abc"));
        assert_ne!(hash, keyed_hash("other", "session", "abc"));
        assert_ne!(hash, keyed_hash("key", "address", "abc"));
        assert_ne!(keyed_hash("key", "a", "bc"), keyed_hash("key", "ab", "c"));
        assert!(installation("key") != installation("other") && installation("key") != 0);
    }
}
