//! What the cache has done so far.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::remote::RedisStats;

macro_rules! counters {
    ($($(#[doc = $doc:literal])+ $name:ident),+ $(,)?) => {
        /// One number for each thing that is counted, since the cache was made.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct Counts { $($(#[doc = $doc])+ pub $name: u64,)+ }

        impl Counts {
            /// Every number with its name, for a metrics page.
            pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> {
                [$((stringify!($name), self.$name)),+].into_iter()
            }
        }

        #[derive(Debug, Default)]
        pub(crate) struct Counters { $(pub(crate) $name: Counter,)+ }

        impl Counters {
            pub(crate) fn read(&self) -> Counts {
                Counts { $($name: self.$name.0.load(Ordering::Relaxed),)+ }
            }
        }
    };
}

counters! {
    /// Answers from memory.
    memory_hits,
    /// Calls that memory had no right answer for.
    memory_misses,
    /// Loads saved because Redis had the value.
    redis_hits,
    /// Looks into Redis that found no right value.
    redis_misses,
    /// Calls that waited for a load, or a look into Redis, that another call of this process had begun.
    joined,
    /// Loads begun, renewals among them.
    loads,
    /// Loads that ended in an error, a panic or past the time limit.
    load_errors,
    /// Loads and looks begun in the background because an entry's time was over or nearly so.
    renewals,
    /// Answers past their TTL, of the right version, served while they were renewed.
    stale_served,
    /// Entries found in memory or Redis that were of another version.
    outdated,
    /// Entries found in memory or Redis that were another owner's or another key's: refused.
    foreign,
    /// Envelopes from Redis that were cut short, damaged or of another format: refused.
    corrupt,
    /// Values too long to be sent to Redis.
    too_long,
    /// Times that a load had to wait because another process held the lease on it.
    lease_waits,
    /// Waits for another process that came to nothing, so that this one loaded as well.
    lease_timeouts,
}

/// Counts up.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn up(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// How the cache is doing.
#[derive(Clone, Debug, PartialEq)]
pub struct Stats {
    /// What it has done.
    pub counts: Counts,
    /// Entries in memory.
    pub entries: u64,
    /// What they weigh, in bytes: keys, values and an estimate of the rest.
    pub bytes: u64,
    /// Entries pushed out of memory for want of room.
    pub evictions: u64,
    /// How Redis is; `None` where there is none by configuration.
    pub redis: Option<RedisStats>,
}

impl Stats {
    /// The share of calls that needed no load, from 0 to 1; `None` before the first call.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a share needs no more than 53 bits")]
    pub fn hit_rate(&self) -> Option<f64> {
        let calls = self.counts.memory_hits + self.counts.memory_misses;
        let misses = self.counts.memory_misses.saturating_sub(self.counts.redis_hits + self.counts.joined);
        (calls > 0).then(|| 1.0 - misses as f64 / calls as f64)
    }
}
