//! Notifications are really delivered: what stands in `notification_queues`, whoever put it there, goes out by e-mail or to a
//! provider's webhook, and the row says what came of it.
//!
//! Each channel that has a provider is a [`lane::Lane`] of its own: what slows one down delays no other. A notification that is
//! being sent is leased in `deliveries`, a table of the program's own: several processes work side by side, and what one of
//! them left half-done is taken up when its lease ends. A process that is killed between a provider's yes and the row that
//! says so sends twice; both copies carry the same id, by which the provider or the reader can tell.

mod breaker;
mod claim;
mod finish;
mod lane;
mod letter;
mod mail;
mod outcome;
mod post;
pub mod queue;
pub(crate) mod receipt;
mod settler;
pub mod sign;
mod smtp;
pub(crate) mod tally;
mod webhook;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use claim::Claimed;
use lane::Lane;
use letter::Letter;
pub(crate) use mail::Enclosed;
use outcome::Outcome;
pub use post::reaches_people;
pub(crate) use post::{NotTaken, Note, Post};
use settler::Settler;
use smtp::Smtp;
pub(crate) use smtp::authority;
use webhook::Webhook;

use crate::app::App;
pub use crate::channel::Channel;
use crate::config::Config;
use crate::db::Error;

/// How often the queue is counted for `/metrics`.
const COUNT_EVERY: Duration = Duration::from_secs(15);

/// Why nothing can be delivered.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// TLS towards the mail server.
    #[error("TLS for the mail server cannot be set up: {0}")]
    MailTls(lettre::transport::smtp::Error),
    /// The authority that is to vouch for the mail server.
    #[error("mail.ca, {}: {why}", path.display())]
    MailCa {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// TLS towards providers.
    #[error("TLS for webhooks cannot be set up: {0}")]
    Http(reqwest::Error),
}

/// Who takes the notifications of a channel.
enum Provider {
    Smtp(Box<Smtp>),
    Webhook(Webhook),
}

impl Provider {
    async fn send(&self, letter: &Letter) -> Outcome {
        match self {
            Self::Smtp(smtp) => smtp.send(letter).await,
            Self::Webhook(webhook) => webhook.send(letter).await,
        }
    }
}

/// The channels that these settings name a provider for.
pub fn configured(config: &Config) -> impl Iterator<Item = Channel> {
    let mail = config.mail.host.is_some() && config.mail.from.is_some();
    let signed = config.webhook.secret.is_some();
    Channel::ALL.into_iter().filter(move |channel| match channel {
        Channel::Email => mail,
        other => signed && config.webhook.url(*other).is_some(),
    })
}

/// What the program, its providers and receipts know a notification by: its id, and what nobody else can make of it.
fn reference(app: &App, company: i64, id: i64) -> String {
    let hash = app.keyed_hash("notification", &format!("{company}:{id}"));
    format!("{id}-{}", hash.get(..32).unwrap_or(&hash))
}

/// Delivers, in one process of possibly several.
pub struct Deliverer {
    app: App,
    lanes: Vec<Lane>,
    settler: Arc<Settler>,
}

impl std::fmt::Debug for Deliverer {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.debug_struct("Deliverer").field("lanes", &self.lanes.len()).finish_non_exhaustive()
    }
}

impl Deliverer {
    /// A deliverer for the channels that the settings name a provider for.
    ///
    /// # Errors
    /// Where TLS cannot be set up.
    pub fn new(app: App) -> Result<Self, SetupError> {
        let node: Arc<str> = app.chance.token().into();
        let settler = Arc::new(Settler::new(app.clone()));
        let config = Arc::clone(&app.config);
        let mut lanes = Vec::new();
        let mut add = |channel, provider| {
            lanes.push(Lane::new(app.clone(), channel, provider, Arc::clone(&node), Arc::clone(&settler)));
        };
        if let Some(smtp) = Smtp::new(&config.mail, config.deliver.timeout, &app.clock)? {
            add(Channel::Email, Provider::Smtp(Box::new(smtp)));
        }
        let by_webhook: Vec<_> = configured(&config).filter(|channel| *channel != Channel::Email).collect();
        if !by_webhook.is_empty() {
            let client = webhook::client(&config)?;
            for channel in by_webhook {
                if let Some(webhook) = Webhook::new(&config, channel, &client, &app.clock) {
                    add(channel, Provider::Webhook(webhook));
                }
            }
        }
        Ok(Self { app, lanes, settler })
    }

    /// Sends what is due at this moment, all channels side by side, and settles the companies whose it is.
    ///
    /// # Errors
    /// Where the database fails: what was not sent is due still.
    pub async fn deliver_due(&mut self) -> Result<(), Error> {
        let drained = futures_util::future::join_all(self.lanes.iter_mut().map(Lane::drain)).await;
        self.settler.settle().await?;
        self.count().await?;
        drained.into_iter().collect()
    }

    /// Delivers until `stop` is cancelled; what is being sent then is finished first.
    pub async fn run(self, stop: CancellationToken) {
        if self.lanes.is_empty() {
            return;
        }
        let every = self.app.config.changes.poll.max(Duration::from_millis(250));
        // Held back until the lanes are done, so that it settles their last words too.
        let last = CancellationToken::new();
        let settling = tokio::spawn({
            let (settler, last) = (Arc::clone(&self.settler), last.clone());
            async move { settler.run(every, last).await }
        });
        let counting = tokio::spawn(count(self.app.clone(), stop.clone()));
        let mut lanes = JoinSet::new();
        for lane in self.lanes {
            lanes.spawn(lane.run(stop.clone()));
        }
        lanes.join_all().await;
        last.cancel();
        for task in [settling, counting] {
            if let Err(error) = task.await {
                tracing::error!(%error, "a part of the deliverer broke off");
            }
        }
    }

    async fn count(&self) -> Result<(), Error> {
        self.app.deliveries.note(queue::depths(&self.app.db, self.app.clock.now_utc()).await?);
        Ok(())
    }
}

async fn count(app: App, stop: CancellationToken) {
    while !stop.is_cancelled() {
        match queue::depths(&app.db, app.clock.now_utc()).await {
            Ok(depths) => app.deliveries.note(depths),
            Err(error) => tracing::warn!(%error, "the queue of notifications could not be counted"),
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(COUNT_EVERY) => {}
        }
    }
}
