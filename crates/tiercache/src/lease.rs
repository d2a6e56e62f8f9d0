//! The lease in Redis by which, of many processes, one loads and the others wait.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use crate::cache::Inner;
use crate::chance::{Chance, token, unit};
use crate::key::Key;
use crate::patience::Patience;
use crate::remote::RedisFault;

/// The right to load, for as long as it is held. It is extended while it is held and runs out soon after its process died, so
/// nobody waits long for the dead. Dropped, it is no longer extended.
pub(crate) struct Lease {
    inner: Arc<Inner>,
    name: String,
    token: String,
    heartbeat: JoinHandle<()>,
}

impl Lease {
    /// Takes the lease on loading `key` at `version`; `None` if another has it.
    pub(crate) async fn take(
        inner: &Arc<Inner>,
        key: &Key,
        version: u64,
        patience: &Patience,
    ) -> Result<Option<Self>, RedisFault> {
        let Some(remote) = &inner.remote else { return Err(RedisFault::Down) };
        let (name, token) = (inner.stamped(key).lease_name(version), token(&*inner.chance));
        if !remote.lease(&name, &token, inner.config.lease_ttl, patience).await? {
            return Ok(None);
        }
        let heartbeat = tokio::spawn(beat(Arc::clone(inner), name.clone(), token.clone()));
        Ok(Some(Self { inner: Arc::clone(inner), name, token, heartbeat }))
    }

    /// Gives it back.
    pub(crate) async fn release(self) {
        self.heartbeat.abort();
        if let Some(remote) = &self.inner.remote {
            remote.release(&self.name, &self.token).await;
        }
    }

    /// Gives it back while somebody waits for something else.
    pub(crate) fn release_soon(self) {
        tokio::spawn(self.release());
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.heartbeat.abort();
    }
}

async fn beat(inner: Arc<Inner>, name: String, token: String) {
    loop {
        sleep((inner.config.lease_ttl / 3).max(PAUSE_FROM)).await;
        if let Some(remote) = &inner.remote {
            remote.extend(&name, &token, inner.config.lease_ttl).await;
        }
    }
}

/// The first pause between two looks; it grows by half each time.
const PAUSE_FROM: Duration = Duration::from_millis(4);
const PAUSE_TO: Duration = Duration::from_millis(40);

/// Waiting for another process's load.
pub(crate) struct Waiting {
    until: Instant,
    pause: Duration,
}

impl Waiting {
    pub(crate) fn begin(at_most: Duration) -> Self {
        Self { until: Instant::now() + at_most, pause: PAUSE_FROM }
    }

    /// Waits a little, each time longer, never twice the same; false if the time is over.
    pub(crate) async fn pause(&mut self, chance: &dyn Chance) -> bool {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return false;
        }
        sleep(self.pause.mul_f64(0.5 + unit(chance) / 2.0).min(left)).await;
        self.pause = self.pause.mul_f64(1.5).min(PAUSE_TO);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::SplitMix;

    #[tokio::test(start_paused = true)]
    async fn waiting_ends_when_it_should_and_looks_neither_all_the_time_nor_seldom() {
        let chance = SplitMix::seeded(3);
        let begun = Instant::now();
        let mut waiting = Waiting::begin(Duration::from_secs(2));
        let mut looks = 0;
        while waiting.pause(&chance).await {
            looks += 1;
        }
        let took = begun.elapsed();
        assert!(took >= Duration::from_secs(2) && took < Duration::from_millis(2050), "{took:?}");
        assert!((50..120).contains(&looks), "{looks}");
    }
}
