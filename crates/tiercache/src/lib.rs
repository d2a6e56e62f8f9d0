//! A two-level cache, memory before Redis, that is never wrong and never down.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::time::Duration;
//! use tiercache::{Cache, Config, Key, Level, SplitMix, SystemClock};
//!
//! let config = Config { redis: None /* Some("redis://127.0.0.1".parse()?) */, ..Config::default() };
//! let cache = Cache::new(config, SystemClock, SplitMix::seeded(7));
//!
//! let key = Key::new(42, "shop:company_42:report:30d.de:v1");
//! let version = 7; // read before the data, from where the truth is
//! let load = || async { Ok::<_, std::io::Error>("<p>made from the database</p>") };
//!
//! let first = cache.get_or_load(&key, version, Duration::from_secs(60), load).await?;
//! assert_eq!(first.meta.level, Level::Loaded);
//! let second = cache.get_or_load(&key, version, Duration::from_secs(60), load).await?;
//! assert_eq!((second.meta.level, second.bytes), (Level::Memory, first.bytes));
//!
//! // After a write the version is another, and what was kept for the old one is passed over.
//! let third = cache.get_or_load(&key, version + 1, Duration::from_secs(60), load).await?;
//! assert_eq!(third.meta.level, Level::Loaded);
//! # Ok(())
//! # }
//! ```
//!
//! # Never wrong
//!
//! The caller reads a version from where the truth is, *before* anything else, and asks for the value at that version. An entry
//! is stamped with the version, the owner and the key that it was loaded for; all three are compared with what is asked after
//! every read, of memory and of Redis. So it does not matter how old a reply is, whose it is, whether a replica that lagged has
//! become the master, or whether a write to Redis was lost: what does not fit is a miss. **After a reconnect or a failover
//! nothing needs to be flushed**, in memory or in Redis, for nothing that is there is trusted by being there. Time decides only
//! when an entry is renewed; a clock that jumps costs loads.
//!
//! What the caller must see to: that the version grows with every change that a value depends on; that it is read before the
//! data; that the key names everything else that the value depends on; and that versions do not repeat with other data (after
//! restoring an older state of the source, [clear](Cache::clear_prefix) or change the keys).
//!
//! # Never down
//!
//! Redis is optional. Each operation has a [budget](Config::operation_budget), all of a page's together have
//! [another](Patience); a breaker opens after a broken connection or some failures in a row over a tenth of a second, at the latest within a second, as
//! an idle connection is looked at five times a second; from then on nobody waits at all. A supervisor connects again, tries
//! the new connection before anybody else may use it, and closes the breaker. Behind Sentinels it asks all of them again after
//! any failure and believes the highest epoch, and it listens for `+switch-master`. One line in the log marks each change.
//!
//! # Loaded once
//!
//! Of all callers who miss the same key and version at once, one loads; the others of its process wait for its result, those
//! of other processes for its value in Redis. A lease there, extended while the load goes on, says who loads; it runs out
//! soon after its holder died. Without Redis each process loads once. Entries are renewed early by chance, in the background
//! (XFetch; see [`Config::beta`]), so that they do not all expire under load; past their time they are served while
//! they are renewed.

mod cache;
mod chance;
mod clock;
mod compress;
mod config;
mod entry;
mod envelope;
mod errand;
mod error;
mod flights;
mod freshness;
mod key;
mod lease;
mod listing;
mod memory;
mod patience;
mod remote;
#[doc(hidden)]
pub mod seeded;
mod stats;

pub use bytes::Bytes;

pub use self::cache::Cache;
pub use self::chance::{Chance, SplitMix};
pub use self::clock::{Clock, PinnedClock, SystemClock};
pub use self::config::Config;
pub use self::entry::{Entry, Level, Load, Meta};
pub use self::error::Error;
pub use self::key::Key;
pub use self::listing::{Cleared, Kept, Listed, Listing};
pub use self::memory::Found;
pub use self::patience::Patience;
pub use self::remote::{Breaker, RedisFault, RedisStats, RedisUrl, UrlError};
pub use self::stats::{Counts, Stats};
