//! What is kept, and what is known of it.

use std::time::Duration;

use bytes::Bytes;

/// Where an answer came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Level {
    /// This process's memory.
    Memory,
    /// Redis: another process had loaded it, or this one before it forgot.
    Redis,
    /// The loader, just now.
    Loaded,
}

impl Level {
    /// A word for logs and metrics: `memory`, `redis` or `loaded`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Redis => "redis",
            Self::Loaded => "loaded",
        }
    }
}

/// How fresh a value is, and what it cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meta {
    /// When its load began, in milliseconds since the Unix epoch, by the clock of the process that loaded it: the data is at
    /// least as new.
    pub made_at_ms: i64,
    /// How long it counts as fresh.
    pub ttl: Duration,
    /// The version that the caller had read before the data.
    pub version: u64,
    /// Where this answer came from.
    pub level: Level,
    /// How long the load took; XFetch's delta.
    pub load_time: Duration,
}

impl Meta {
    /// How old the data is at `now_ms`; zero if it seems to come from the future.
    #[must_use]
    pub fn age(&self, now_ms: i64) -> Duration {
        Duration::from_millis(u64::try_from(now_ms.saturating_sub(self.made_at_ms)).unwrap_or(0))
    }
}

/// An answer: the bytes and how fresh they are. Cheap to clone; clones share the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What the loader made.
    pub bytes: Bytes,
    /// How fresh it is.
    pub meta: Meta,
}

/// What a loader hands back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Load {
    /// To be kept and served until its version or its time is over.
    Keep(Bytes),
    /// For those who wait for it now, and for nobody else: a negative or a half-made answer.
    Pass(Bytes),
}

impl From<Bytes> for Load {
    fn from(bytes: Bytes) -> Self {
        Self::Keep(bytes)
    }
}

impl From<Vec<u8>> for Load {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Keep(bytes.into())
    }
}

impl From<String> for Load {
    fn from(text: String) -> Self {
        Self::Keep(text.into())
    }
}

impl From<&'static str> for Load {
    fn from(text: &'static str) -> Self {
        Self::Keep(Bytes::from_static(text.as_bytes()))
    }
}
