//! Who was served from where, by kind and widget.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use tiercache::Level;

use super::{Kind, Name};

pub(super) type Counters = Arc<[AtomicU64; 3]>;

/// How often values were served from each level, since the start. Companies are not told apart: there may be any number.
#[derive(Debug, Default)]
pub struct Tally(RwLock<BTreeMap<(Kind, &'static str), Counters>>);

/// One more was served from there.
pub(super) fn count(counters: &Counters, level: Level) {
    let place = match level {
        Level::Memory => 0,
        Level::Redis => 1,
        Level::Loaded => 2,
    };
    counters[place].fetch_add(1, Ordering::Relaxed);
}

/// How often values of one kind and subject were served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// The kind.
    pub kind: Kind,
    /// The widget's key, or what else it is about.
    pub subject: &'static str,
    /// From memory.
    pub memory: u64,
    /// From Redis.
    pub redis: u64,
    /// Made.
    pub loaded: u64,
}

impl Tally {
    pub(super) fn count(&self, name: &Name, level: Level) {
        count(&self.of(name), level);
    }

    /// What counts for that name's kind and subject.
    pub(super) fn of(&self, name: &Name) -> Counters {
        let of = (name.kind(), name.subject());
        if let Some(counters) = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&of) {
            return Arc::clone(counters);
        }
        Arc::clone(self.0.write().unwrap_or_else(PoisonError::into_inner).entry(of).or_default())
    }

    /// All counts, by kind and subject.
    #[must_use]
    pub fn read(&self) -> Vec<Count> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let count = |((kind, subject), counters): (&(Kind, &'static str), &Counters)| {
            let [memory, redis, loaded] = [0, 1, 2].map(|place| counters[place].load(Ordering::Relaxed));
            Count { kind: *kind, subject, memory, redis, loaded }
        };
        all.iter().map(count).collect()
    }
}
