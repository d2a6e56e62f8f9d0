//! A stream of events leaves hyper: what is lent to it as a body is taken back when the socket is.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use axum::body::Bytes;
use hyper::body::{Body, Frame};

use super::room::Stream;

/// A stream that hyper sends as the body of an answer, for as long as it has it.
#[derive(Debug)]
pub(in crate::web) struct Loan {
    stream: Mutex<Option<Stream>>,
    /// Whether all that there was to hear has been handed to hyper.
    waiting: AtomicBool,
}

impl Loan {
    pub(super) fn of(stream: Stream) -> Arc<Self> {
        Arc::new(Self { stream: Mutex::new(Some(stream)), waiting: AtomicBool::new(false) })
    }

    /// Whether the stream waits for something to happen.
    pub(in crate::web) fn is_waiting(&self) -> bool {
        self.waiting.load(Ordering::SeqCst)
    }

    /// The stream, which hyper has no longer.
    pub(in crate::web) fn take_back(&self) -> Option<Stream> {
        self.stream().take()
    }

    // One place to put it in and out: no panic leaves it half-done.
    fn stream(&self) -> MutexGuard<'_, Option<Stream>> {
        self.stream.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The body that hyper sends meanwhile.
#[derive(Debug)]
pub(super) struct Lent(pub(super) Arc<Loan>);

impl Body for Lent {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let mut stream = self.0.stream();
        let Some(stream) = stream.as_mut() else { return Poll::Ready(None) };
        let polled = Pin::new(stream).poll_frame(context);
        self.0.waiting.store(polled.is_pending(), Ordering::SeqCst);
        polled
    }
}
