//! What this process did with notifications, and how the queue stood when it last looked: for `/metrics`.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::Channel;
use super::queue::Depth;

/// What came of a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A provider took it.
    Sent,
    /// It was set aside.
    Failed,
    /// It is to be tried again.
    Retried,
}

impl Event {
    pub(crate) const ALL: [Self; 3] = [Self::Sent, Self::Failed, Self::Retried];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Retried => "retried",
        }
    }
}

/// Counts of one process. Cheap to clone; clones count together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    events: [[AtomicU64; 3]; 4],
    open: [AtomicBool; 4],
    receipts: [AtomicU64; 2],
    depths: Mutex<Vec<Depth>>,
}

fn place(channel: Channel) -> usize {
    Channel::ALL.iter().position(|one| *one == channel).unwrap_or(0)
}

impl Tally {
    pub(super) fn count(&self, channel: Channel, event: Event) {
        self.0.events[place(channel)][event as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// How often that came of a notification of that channel.
    pub(crate) fn events(&self, channel: Channel, event: Event) -> u64 {
        self.0.events[place(channel)][event as usize].load(Ordering::Relaxed)
    }

    pub(super) fn set_open(&self, channel: Channel, open: bool) {
        self.0.open[place(channel)].store(open, Ordering::Relaxed);
    }

    /// Whether the channel's provider is left alone for now.
    pub(crate) fn is_open(&self, channel: Channel) -> bool {
        self.0.open[place(channel)].load(Ordering::Relaxed)
    }

    pub(crate) fn receipt(&self, taken: bool) {
        self.0.receipts[usize::from(taken)].fetch_add(1, Ordering::Relaxed);
    }

    /// How many receipts were refused, and taken.
    pub(crate) fn receipts(&self) -> [u64; 2] {
        [0, 1].map(|taken: usize| self.0.receipts[taken].load(Ordering::Relaxed))
    }

    pub(super) fn note(&self, depths: Vec<Depth>) {
        *self.0.depths.lock().unwrap_or_else(PoisonError::into_inner) = depths;
    }

    /// How the queue stood when this process last looked; empty where it never did.
    pub(crate) fn depths(&self) -> Vec<Depth> {
        self.0.depths.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
