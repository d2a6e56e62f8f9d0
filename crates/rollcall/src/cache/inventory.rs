//! What lies in the cache, by kind and by company.

use std::collections::BTreeMap;

use tiercache::{Level as Place, Listed};

/// At most so many entries of each level are looked at for a page.
pub const LOOKED_AT: usize = 5_000;

/// How many keys, and what they take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Share {
    /// Keys in memory.
    pub memory_keys: u64,
    /// What they take there, in bytes.
    pub memory_bytes: u64,
    /// Keys in Redis.
    pub redis_keys: u64,
    /// What they take there, in bytes.
    pub redis_bytes: u64,
}

/// What is kept of one company.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct OfCompany {
    /// How much.
    #[serde(flatten)]
    pub share: Share,
    /// The newest version under which something is kept.
    pub version: u64,
    /// When the newest of it was made, in milliseconds since 1970.
    pub newest_ms: i64,
    /// When the oldest of it was made, in milliseconds since 1970.
    pub oldest_ms: i64,
}

/// What lies in the cache.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    /// By kind, as names have it.
    pub kinds: BTreeMap<String, Share>,
    /// By company.
    pub companies: BTreeMap<i64, OfCompany>,
    /// Whether that is all: false where there is more than was looked at, or Redis could not be asked.
    pub complete: bool,
}

impl Share {
    fn add(&mut self, entry: &Listed) {
        let (keys, bytes) = match entry.level {
            Place::Redis => (&mut self.redis_keys, &mut self.redis_bytes),
            Place::Memory | Place::Loaded => (&mut self.memory_keys, &mut self.memory_bytes),
        };
        *keys += 1;
        *bytes += entry.bytes;
    }

    /// Keys on either level.
    #[must_use]
    pub fn keys(&self) -> u64 {
        self.memory_keys + self.redis_keys
    }

    /// Bytes on either level.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.memory_bytes + self.redis_bytes
    }
}

impl Inventory {
    pub(super) fn add(&mut self, entry: &Listed) {
        // `rollcall:company_42:widget:…`
        let kind = entry.text.split(':').nth(2).unwrap_or("?").to_owned();
        self.kinds.entry(kind).or_default().add(entry);
        let company = self.companies.entry(entry.owner).or_default();
        company.share.add(entry);
        company.version = company.version.max(entry.version);
        company.newest_ms = company.newest_ms.max(entry.made_at_ms);
        company.oldest_ms =
            if company.oldest_ms == 0 { entry.made_at_ms } else { company.oldest_ms.min(entry.made_at_ms) };
    }

    /// All of it together.
    #[must_use]
    pub fn total(&self) -> Share {
        self.kinds.values().fold(Share::default(), |all, one| Share {
            memory_keys: all.memory_keys + one.memory_keys,
            memory_bytes: all.memory_bytes + one.memory_bytes,
            redis_keys: all.redis_keys + one.redis_keys,
            redis_bytes: all.redis_bytes + one.redis_bytes,
        })
    }

    /// The companies of which most is kept, the first of them first.
    #[must_use]
    pub fn largest(&self, most: usize) -> Vec<(i64, OfCompany)> {
        let mut all: Vec<_> = self.companies.iter().map(|(id, company)| (*id, *company)).collect();
        all.sort_by_key(|(id, company)| (std::cmp::Reverse(company.share.bytes()), *id));
        all.truncate(most);
        all
    }
}
