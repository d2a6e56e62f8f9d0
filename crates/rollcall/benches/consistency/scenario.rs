//! How the nodes are set up, and so what may be expected of them.

use std::time::Duration;

/// What stands between the nodes and their Redis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Redis {
    /// One server; the first node talks to it directly, the others through a proxy that may lie.
    Single,
    /// A master, a replica and three Sentinels.
    Sentinel,
    /// None.
    None,
}

/// A scenario.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) nodes: usize,
    pub(crate) redis: Redis,
    /// `cache.consistency`.
    pub(crate) consistency: &'static str,
    /// Its share of the run's answers, in percent.
    pub(crate) share: u64,
}

/// How old an answer may be where nodes trust what they were told: the poll, the refresh, and a busy machine.
const LAG: Duration = Duration::from_secs(3);

impl Scenario {
    /// Every scenario of a run.
    pub(crate) const ALL: [Self; 5] = [STRICT, SENTINEL, ONE, BOUNDED, ALONE];

    /// How long a write through one node may take to show on another.
    pub(crate) fn lag(&self) -> Duration {
        if self.consistency == "strict" { Duration::ZERO } else { LAG }
    }

    /// How long a change by another application may take to show: with several nodes and `strict`, who asks is looked up for
    /// every request.
    pub(crate) fn foreign_lag(&self) -> Duration {
        if self.nodes > 1 { self.lag() } else { LAG }
    }

    /// The settings, as variables.
    pub(crate) fn settings(&self) -> Vec<(String, String)> {
        let nodes = if self.nodes > 1 { "several" } else { "one" };
        let settings = [("ROLLCALL_NODES", nodes), ("ROLLCALL_CACHE__CONSISTENCY", self.consistency)];
        settings.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
    }
}

/// What is asked for: three nodes, one Redis, strict.
pub(crate) const STRICT: Scenario =
    Scenario { name: "strict", nodes: 3, redis: Redis::Single, consistency: "strict", share: 70 };
const SENTINEL: Scenario =
    Scenario { name: "sentinel", nodes: 3, redis: Redis::Sentinel, consistency: "strict", share: 15 };
/// One node, which trusts its memory.
pub(crate) const ONE: Scenario =
    Scenario { name: "one node", nodes: 1, redis: Redis::Single, consistency: "strict", share: 5 };
/// Three nodes that trust what they were told.
pub(crate) const BOUNDED: Scenario =
    Scenario { name: "bounded", nodes: 3, redis: Redis::Single, consistency: "bounded", share: 5 };
/// Without Redis.
const ALONE: Scenario =
    Scenario { name: "without redis", nodes: 3, redis: Redis::None, consistency: "strict", share: 5 };
