//! The first level: this process's memory, bounded by bytes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use foldhash::fast::RandomState;
use moka::Expiry;
use moka::notification::RemovalCause;
use moka::sync::Cache as Moka;

use crate::entry::{Entry, Level};
use crate::key::Key;
use crate::seeded;

/// What an entry costs besides its key and value: moka's nodes, counters and hash table, our stamps. An estimate from above.
const OVERHEAD: usize = 256;

#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) owner: i64,
    pub(crate) entry: Entry,
}

/// What was found under a key, for whoever asks for it again and again: see [`Cache::peek_again`](crate::Cache::peek_again).
#[derive(Clone, Debug)]
pub struct Found {
    text: Arc<str>,
    owner: i64,
    entry: Entry,
    /// How often something had been cleared when it was looked up.
    pub(crate) clearings: u64,
}

impl Found {
    pub(crate) fn new(key: &Key, entry: Entry, clearings: u64) -> Self {
        Self { text: key.shared_text(), owner: key.owner(), entry, clearings }
    }
}

/// What memory has to say about a key.
#[derive(Debug)]
pub(crate) enum Recall {
    /// The value that was asked for.
    Found(Entry),
    /// Nothing.
    Missing,
    /// A value of another owner.
    Foreign,
    /// A value of another version.
    Outdated,
}

/// Moka's TinyLFU behind a bound in bytes. Moka's own time-out only sweeps out what is dead; what is fresh is said by the
/// entry's date and the caller's clock, which a test can pin.
#[derive(Debug)]
pub(crate) struct Memory {
    moka: Moka<Arc<str>, Held, RandomState>,
    evictions: Arc<AtomicU64>,
}

struct Sweep {
    grace: Duration,
}

impl Expiry<Arc<str>, Held> for Sweep {
    fn expire_after_create(&self, _: &Arc<str>, held: &Held, _: Instant) -> Option<Duration> {
        Some(held.entry.meta.ttl.saturating_add(self.grace).min(FOREVER))
    }

    fn expire_after_update(&self, key: &Arc<str>, held: &Held, at: Instant, _: Option<Duration>) -> Option<Duration> {
        self.expire_after_create(key, held, at)
    }
}

/// Longer than any process lives, and short enough for moka, which refuses a thousand years.
const FOREVER: Duration = Duration::from_secs(100 * 365 * 86_400);

impl Memory {
    pub(crate) fn new(bytes: u64, grace: Duration) -> Self {
        let evictions = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&evictions);
        let moka = Moka::builder()
            .max_capacity(bytes)
            .weigher(|text: &Arc<str>, held: &Held| {
                u32::try_from(OVERHEAD + text.len() + held.entry.bytes.len()).unwrap_or(u32::MAX)
            })
            .expire_after(Sweep { grace })
            .eviction_listener(move |_, _, cause| {
                if cause == RemovalCause::Size {
                    counted.fetch_add(1, Ordering::Relaxed);
                }
            })
            .build_with_hasher(RandomState::default());
        Self { moka, evictions }
    }

    pub(crate) fn recall(&self, key: &Key, version: u64) -> Recall {
        let Some(held) = self.moka.get(key.text()) else { return Recall::Missing };
        if held.owner != key.owner() && !seeded::on("owner-not-compared") {
            Recall::Foreign
        } else if held.entry.meta.version != version && !seeded::on("version-in-memory-not-compared") {
            Recall::Outdated
        } else {
            Recall::Found(held.entry)
        }
    }

    /// What was found under `key`, if it is of that version, without looking it up again.
    pub(crate) fn recall_found(&self, found: &Found, key: &Key, version: u64) -> Option<Entry> {
        let same =
            Arc::ptr_eq(&found.text, key.shared()) && (found.owner == key.owner() || seeded::on("owner-not-compared"));
        let current = found.entry.meta.version == version || seeded::on("version-in-memory-not-compared");
        (same && current).then(|| found.entry.clone())
    }

    /// Keeps `entry`, unless there is one of a newer version whose time is not over: a slow reader must not push out what
    /// everybody else asks for. (The time limit lets versions start over when a database was restored.)
    pub(crate) fn keep(&self, key: &Key, entry: &Entry, now_ms: i64) {
        if let Some(held) = self.moka.get(key.text()) {
            let meta = held.entry.meta;
            if held.owner == key.owner() && meta.version > entry.meta.version && meta.age(now_ms) < meta.ttl {
                return;
            }
        }
        let mut entry = entry.clone();
        entry.meta.level = Level::Memory;
        self.moka.insert(key.shared_text(), Held { owner: key.owner(), entry });
    }

    /// Whether there was one.
    pub(crate) fn remove(&self, text: &str) -> bool {
        self.moka.remove(text).is_some()
    }

    /// Every key that begins with `prefix`, with what is held for it.
    pub(crate) fn beginning_with<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (Arc<str>, Held)> + 'a {
        self.moka.iter().filter(move |(text, _)| text.starts_with(prefix)).map(|(text, held)| ((*text).clone(), held))
    }

    /// Entries, their weight in bytes, and how many were pushed out since the start.
    pub(crate) fn size(&self) -> (u64, u64, u64) {
        // Moka counts in passing and late; this makes it count now.
        self.moka.run_pending_tasks();
        (self.moka.entry_count(), self.moka.weighted_size(), self.evictions.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Meta;

    fn entry(version: u64, length: usize) -> Entry {
        let ttl = Duration::from_secs(10);
        let meta = Meta { made_at_ms: 0, ttl, version, level: Level::Loaded, load_time: Duration::ZERO };
        Entry { bytes: vec![b'x'; length].into(), meta }
    }

    #[test]
    fn memory_never_holds_more_bytes_than_it_may() {
        let memory = Memory::new(100_000, Duration::ZERO);
        for n in 0..1000 {
            memory.keep(&Key::new(1, format!("key {n}")), &entry(1, 1000), 0);
        }
        let (entries, bytes, evictions) = memory.size();
        assert!(bytes <= 100_000, "{bytes}");
        assert!((50..=80).contains(&entries), "{entries} of at least 1,256 bytes each");
        assert_eq!(evictions, 1000 - entries);
        let held: usize = memory.beginning_with("").map(|(_, held)| held.entry.bytes.len()).sum();
        assert!(held < 100_000);
    }

    #[test]
    fn a_slow_reader_does_not_push_out_a_newer_version_before_its_time() {
        let memory = Memory::new(1 << 20, Duration::ZERO);
        let key = Key::new(1, "k");
        memory.keep(&key, &entry(8, 1), 0);
        memory.keep(&key, &entry(7, 1), 9_999);
        assert!(matches!(memory.recall(&key, 7), Recall::Outdated));
        memory.keep(&key, &entry(7, 1), 10_000);
        assert!(matches!(memory.recall(&key, 7), Recall::Found(_)));
    }

    #[test]
    fn a_foreign_owner_is_told_nothing() {
        let memory = Memory::new(1 << 20, Duration::ZERO);
        memory.keep(&Key::new(1, "k"), &entry(1, 1), 0);
        assert!(matches!(memory.recall(&Key::new(2, "k"), 1), Recall::Foreign));
        assert!(matches!(memory.recall(&Key::new(1, "other"), 1), Recall::Missing));
    }
}
