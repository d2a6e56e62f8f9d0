//! Sampling how the cache does, for those who run the panel.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::cache::history::EVERY_MS;

/// Takes a sample every ten seconds until `stop` is cancelled.
pub async fn sample(app: App, stop: CancellationToken) {
    loop {
        app.cache.history().take(app.cache.sample(app.clock.now_ms()).await);
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(Duration::from_millis(EVERY_MS.unsigned_abs())) => {}
        }
    }
}
