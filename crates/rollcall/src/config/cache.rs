//! `nodes`, `cache.*` and `redis.*`: what may be remembered, and where.

use std::time::Duration;

use tiercache::{RedisUrl, seeded};

use super::{Config, Reader, value};
use crate::db::Dialect;

/// `nodes`, `cache.*` and `redis.*`
#[derive(Clone, Debug)]
pub struct CacheSettings {
    /// `nodes`
    pub nodes: Nodes,
    /// `cache.consistency`
    pub consistency: Consistency,
    /// `cache.memory`, in bytes
    pub memory: u64,
    /// `cache.warming`
    pub warming: bool,
    /// `redis.url`
    pub redis: Option<RedisUrl>,
    /// `redis.patience`
    pub patience: Duration,
}

/// How many processes serve the panel on one database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nodes {
    /// One on SQLite, several on a server.
    Auto,
    /// This one alone: what it remembers of sessions and versions holds.
    One,
    /// Others may write, and end sessions, at any time.
    Several,
}

/// What a read on one node promises about writes on another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consistency {
    /// A read that begins after an acknowledged write never shows older data.
    Strict,
    /// Data may be as old as the last poll.
    Bounded,
}

/// What a request may believe of what this process remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// All of it: nobody else serves the panel.
    Memory,
    /// What the last poll confirmed, while that is young.
    Poll,
    /// Nothing: each request asks the database, by one statement.
    Nothing,
}

impl CacheSettings {
    pub(super) fn read(from: &mut Reader<'_>) -> Option<Self> {
        let nodes = from.get("nodes", value::nodes);
        let consistency = from.get("cache.consistency", value::consistency);
        let memory = from.get("cache.memory", super::size::size);
        let warming = from.get("cache.warming", value::switch);
        let redis = from.opt("redis.url", value::redis_url);
        let patience = from.get("redis.patience", value::duration);
        let memory = u64::try_from(memory?).unwrap_or(u64::MAX);
        let (nodes, consistency, warming) = (nodes?, consistency?, warming?);
        Some(Self { nodes, consistency, memory, warming, redis: redis?, patience: patience? })
    }
}

impl Config {
    /// What a request may believe of what this process remembers, beside a database of that kind.
    #[must_use]
    pub fn trust(&self, database: Dialect) -> Trust {
        let alone = match self.cache.nodes {
            Nodes::Auto => database == Dialect::Sqlite,
            Nodes::One => true,
            Nodes::Several => false,
        };
        match self.cache.consistency {
            _ if alone => Trust::Memory,
            Consistency::Bounded => Trust::Poll,
            Consistency::Strict if seeded::on("memory-trusted-beside-others") => Trust::Memory,
            Consistency::Strict => Trust::Nothing,
        }
    }
}
