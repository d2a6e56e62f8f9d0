//! What is in the cache, and taking it out: for an operator.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use crate::cache::{Cache, Inner};
use crate::entry::{Level, Meta};
use crate::envelope::{HEAD, Head};
use crate::key::{Key, LEASE_MARK};
use crate::memory::Held;
use crate::remote::{RedisFault, Remote};

/// One entry, as it lies on one of the levels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// What it is called.
    pub text: String,
    /// Whose it is.
    pub owner: i64,
    /// The version that it was loaded for.
    pub version: u64,
    /// When its load began, in milliseconds since the Unix epoch.
    pub made_at_ms: i64,
    /// How long it counts as fresh.
    pub ttl: Duration,
    /// How long its load took.
    pub load_time: Duration,
    /// What it takes there, in bytes: in memory the value, in Redis the envelope, compressed if that paid.
    pub bytes: u64,
    /// Where it lies: [`Level::Memory`] or [`Level::Redis`].
    pub level: Level,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The entries, by name; one that lies on both levels is there twice.
    pub entries: Vec<Listed>,
    /// Whether these are all: false when the limit was reached, or Redis could not be asked.
    pub complete: bool,
}

/// What was taken out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cleared {
    /// Entries taken out of this process's memory.
    pub memory: u64,
    /// Keys taken out of Redis, leases among them.
    pub redis: u64,
    /// Whether Redis, if there is one, was asked to the end.
    pub complete: bool,
}

/// Where a value lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// In this process's memory.
    pub memory: bool,
    /// In Redis; `None` where there is none by configuration. What cannot be asked has nothing.
    pub redis: Option<bool>,
}

impl Cache {
    /// Where the value of `key` at `version` lies, fresh or not, once a load of it that is under way is over. Of Redis only the
    /// value's first bytes are read. For whoever filled the cache and wants to know that it is filled.
    pub async fn kept(&self, key: &Key, version: u64) -> Kept {
        let inner = self.inner();
        inner.flights().over(key, version).await;
        let memory = self.peek(key, version).is_some();
        let redis = match &inner.remote {
            None => None,
            Some(remote) => {
                let head = remote.peek(key.text(), HEAD).await.ok().and_then(|(_, head)| Head::read(&head));
                Some(head.is_some_and(|head| head.owner == inner.stamp(key.owner()) && head.meta.version == version))
            }
        };
        Kept { memory, redis }
    }

    /// The entries whose text begins with `prefix`, at most `limit` on each level. Of Redis only their first bytes are read.
    pub async fn entries(&self, prefix: &str, limit: usize) -> Listing {
        let mut entries: Vec<Listed> = self.inner().memory.beginning_with(prefix).take(limit + 1).map(held).collect();
        let mut complete = entries.len() <= limit;
        entries.truncate(limit);
        if let Some(remote) = &self.inner().remote {
            let mut found = Vec::new();
            complete &= look_through(self.inner(), remote, prefix, limit, &mut found).await.unwrap_or(false);
            entries.append(&mut found);
        }
        entries.sort_by(|a, b| a.text.cmp(&b.text).then_with(|| a.level.as_str().cmp(b.level.as_str())));
        Listing { entries, complete }
    }

    /// Takes `key` out of this process's memory and out of Redis. What is being loaded for it is served, and not kept.
    ///
    /// The memory of other processes is not reached: where nobody may see a value any longer, raise its version.
    pub async fn remove(&self, key: &Key) -> Cleared {
        let inner = self.inner();
        inner.note_clearing();
        let memory = u64::from(inner.memory.remove(key.text()));
        // Also for who found it in between.
        inner.note_clearing();
        match &inner.remote {
            None => Cleared { memory, redis: 0, complete: true },
            Some(remote) => match remote.unlink(&[key.text().to_owned()]).await {
                Ok(redis) => Cleared { memory, redis, complete: true },
                Err(_) => Cleared { memory, redis: 0, complete: false },
            },
        }
    }

    /// Takes everything whose text begins with `prefix` out of this process's memory and out of Redis, in small steps that stall
    /// nobody. An empty prefix means everything, in Redis also what is not this cache's.
    ///
    /// The memory of other processes is not reached, as for [`remove`](Self::remove).
    pub async fn clear_prefix(&self, prefix: &str) -> Cleared {
        let inner = self.inner();
        inner.note_clearing();
        let mut cleared = Cleared { complete: true, ..Cleared::default() };
        let texts: Vec<_> = inner.memory.beginning_with(prefix).map(|(text, _)| text).collect();
        for text in texts {
            cleared.memory += u64::from(inner.memory.remove(&text));
        }
        inner.note_clearing();
        if let Some(remote) = &inner.remote {
            cleared.complete = sweep(remote, prefix, &mut cleared.redis).await.is_ok();
        }
        cleared
    }
}

async fn sweep(remote: &Remote, prefix: &str, removed: &mut u64) -> Result<(), RedisFault> {
    let mut walk = remote.walk(prefix).await?;
    while let Some(texts) = walk.next().await? {
        if !texts.is_empty() {
            *removed += remote.unlink(&texts).await?;
        }
    }
    Ok(())
}

/// Whether these were all.
async fn look_through(
    inner: &Inner,
    remote: &Remote,
    prefix: &str,
    limit: usize,
    found: &mut Vec<Listed>,
) -> Result<bool, RedisFault> {
    let mut walk = remote.walk(prefix).await?;
    // A walk may come by the same key twice.
    let mut seen = HashSet::new();
    while let Some(mut texts) = walk.next().await? {
        texts.retain(|text| !text.contains(LEASE_MARK) && seen.insert(text.clone()));
        let peeks = join_all(texts.iter().map(|text| remote.peek(text, HEAD))).await;
        for (text, peeked) in texts.into_iter().zip(peeks) {
            // Gone meanwhile, or none of ours: passed over.
            let Ok((bytes, head)) = peeked else { continue };
            let Some(head) = Head::read(&head) else { continue };
            if found.len() == limit {
                return Ok(false);
            }
            found.push(listed(text, inner.stamp(head.owner), &head.meta, bytes, Level::Redis));
        }
    }
    Ok(true)
}

fn held((text, held): (Arc<str>, Held)) -> Listed {
    let bytes = u64::try_from(held.entry.bytes.len()).unwrap_or(u64::MAX);
    listed(text.to_string(), held.owner, &held.entry.meta, bytes, Level::Memory)
}

fn listed(text: String, owner: i64, meta: &Meta, bytes: u64, level: Level) -> Listed {
    let &Meta { version, made_at_ms, ttl, load_time, .. } = meta;
    Listed { text, owner, version, made_at_ms, ttl, load_time, bytes, level }
}
