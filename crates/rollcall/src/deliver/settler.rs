//! Companies of which notifications changed are settled: many notifications at once, so that a batch is one refresh.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::changes;
use crate::db::Error;
use crate::tenant::OperatorScope;

/// Companies that are to be settled.
#[derive(Debug)]
pub(super) struct Settler {
    app: App,
    due: Mutex<BTreeSet<i64>>,
    marked: Notify,
}

impl Settler {
    pub(super) fn new(app: App) -> Self {
        Self { app, due: Mutex::default(), marked: Notify::new() }
    }

    /// Notes companies whose notifications changed.
    pub(super) fn mark(&self, companies: impl IntoIterator<Item = i64>) {
        self.due.lock().unwrap_or_else(PoisonError::into_inner).extend(companies);
        self.marked.notify_one();
    }

    /// Settles all that were noted.
    ///
    /// # Errors
    /// Where the database fails: the poll settles them then.
    pub(super) async fn settle(&self) -> Result<(), Error> {
        let companies = std::mem::take(&mut *self.due.lock().unwrap_or_else(PoisonError::into_inner));
        let program = OperatorScope::of_program("deliver");
        for company in companies {
            changes::settle(&self.app.db, &program.enter_known(company), &self.app.clock).await?;
        }
        Ok(())
    }

    /// Settles what is noted, no more often than every `every`, until `stop` is cancelled.
    pub(super) async fn run(&self, every: Duration, stop: CancellationToken) {
        while !stop.is_cancelled() {
            tokio::select! {
                () = self.marked.notified() => {}
                () = stop.cancelled() => {}
            }
            if let Err(error) = self.settle().await {
                tracing::error!(%error, "notifications were sent, but do not show yet: the poll will settle them");
            }
            tokio::select! {
                () = tokio::time::sleep(every) => {}
                () = stop.cancelled() => {}
            }
        }
        // What the last notifications changed.
        let _the_poll_of_the_next_start_does = self.settle().await;
    }
}
