//! What can be set.

use std::time::Duration;

use crate::remote::RedisUrl;

/// What can be set. The defaults suit a web page; see each field.
///
/// ```
/// let config = tiercache::Config { memory_bytes: 8 << 20, ..Default::default() };
/// assert!(config.redis.is_none(), "without a URL there is one level");
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    /// What memory may hold, in bytes: values, keys and an estimate of what each entry costs besides. Default: 64 MiB.
    pub memory_bytes: u64,
    /// Where Redis is; without it there is memory alone. Default: none.
    pub redis: Option<RedisUrl>,
    /// Whose entries these are: those of another installation on the same Redis are refused, though their keys, owners and
    /// versions are the same. Processes that are to share their entries give the same number. Default: 0.
    pub installation: i64,
    /// How long past its TTL an entry of the right version is still served while it is renewed. Default: an hour.
    pub grace: Duration,
    /// XFetch's beta: above 1 renews earlier, below 1 later, 0 never before the TTL is over. Default: 1.
    pub beta: f64,
    /// How long one operation of Redis may keep a caller waiting. Default: 25 ms.
    pub operation_budget: Duration,
    /// How long all operations of Redis together may keep a caller waiting, unless it brings a [`Patience`](crate::Patience) of
    /// its own. Waiting for another process that is loading the same value is not counted. Default: 45 ms.
    pub page_budget: Duration,
    /// How long a lease outlives a process that died with it. While a load goes on its lease is extended. Default: 1 s.
    pub lease_ttl: Duration,
    /// How long to wait for a value that another process is loading, before loading it here as well. Default: 2 s.
    pub lease_wait: Duration,
    /// After which time a load counts as failed for those who wait. Default: 30 s.
    pub load_timeout: Duration,
    /// Values longer than this are served but not sent to Redis, in bytes. Default: 8 MiB.
    pub value_limit: usize,
    /// Values from this length on are compressed in Redis, if it pays, in bytes. Default: 1 KiB.
    pub compress_from: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            memory_bytes: 64 << 20,
            redis: None,
            installation: 0,
            grace: Duration::from_secs(3600),
            beta: 1.0,
            operation_budget: Duration::from_millis(25),
            page_budget: Duration::from_millis(45),
            lease_ttl: Duration::from_secs(1),
            lease_wait: Duration::from_secs(2),
            load_timeout: Duration::from_secs(30),
            value_limit: 8 << 20,
            compress_from: 1024,
        }
    }
}
