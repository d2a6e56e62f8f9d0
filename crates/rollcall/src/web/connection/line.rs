//! What a connection, hyper on it and the answer under way know of each other.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use axum::body::Body;
use axum::body::Bytes;
use hyper::body::{Frame, SizeHint};

use crate::web::live::Loan;

/// Rides in each request; cheap to clone.
#[derive(Clone, Debug, Default)]
pub(in crate::web) struct Line(Arc<State>);

/// What one task alone changes, the connection's: nobody is waited for, and nothing has to be seen in any order.
#[derive(Debug, Default)]
struct State {
    stage: AtomicU8,
    /// Whether hyper has written all that it had, and the system taken it.
    flushed: AtomicBool,
    /// Whether something was asked and answered since that was last looked at.
    active: AtomicBool,
    loan: Mutex<Option<Arc<Loan>>>,
}

/// How far hyper is with the request that it was handed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Stage {
    /// It has none.
    Idle,
    /// It was given a request, or a part of one.
    Handed,
    /// It has the whole head of one.
    Asked,
    /// It has the whole answer, and may have yet to write some of it.
    Answered,
}

impl Line {
    /// The answer on this connection goes on as `loan`.
    pub(in crate::web) fn lend(&self, loan: Arc<Loan>) {
        *self.loan() = Some(loan);
    }

    /// The loan that can be taken back now: its answer's head is out, and so is all that there was to hear.
    pub(super) fn due(&self) -> Option<Arc<Loan>> {
        if !self.0.flushed.load(Ordering::Relaxed) {
            return None;
        }
        self.loan().clone().filter(|loan| loan.is_waiting())
    }

    /// Whether hyper has no request.
    pub(super) fn is_idle(&self) -> bool {
        self.is(Stage::Idle)
    }

    /// Whether nothing complete was asked since this was last called, and nothing is being answered.
    pub(super) fn is_silent(&self) -> bool {
        let active = self.0.active.swap(false, Ordering::Relaxed);
        !active && (self.is(Stage::Idle) || self.is(Stage::Handed))
    }

    /// An answer went out without hyper.
    pub(super) fn answered(&self) {
        self.0.active.store(true, Ordering::Relaxed);
    }

    /// Hyper is handed a request, or more of one.
    pub(super) fn hand(&self) {
        if self.is(Stage::Idle) {
            self.reach(Stage::Handed);
        }
    }

    /// Hyper has understood what it was handed.
    pub(super) fn asks(&self) {
        self.reach(Stage::Asked);
    }

    /// Hyper has more to write.
    pub(super) fn writes(&self) {
        self.0.flushed.store(false, Ordering::Relaxed);
    }

    /// All that hyper had is written: it flushes only then. Whether that ends a request.
    pub(super) fn flushed(&self) -> bool {
        self.0.flushed.store(true, Ordering::Relaxed);
        if !self.is(Stage::Answered) {
            return false;
        }
        self.reach(Stage::Idle);
        self.answered();
        true
    }

    fn is(&self, stage: Stage) -> bool {
        self.0.stage.load(Ordering::Relaxed) == stage as u8
    }

    fn reach(&self, stage: Stage) {
        self.0.stage.store(stage as u8, Ordering::Relaxed);
    }

    // It is set at once: no panic leaves it half-set.
    fn loan(&self) -> MutexGuard<'_, Option<Arc<Loan>>> {
        self.0.loan.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An answer's body, which tells when hyper has taken the whole of it: hyper drops a body when its last part stands in the
/// buffer that is flushed next, or where there is none right before it writes the head there.
#[derive(Debug)]
pub(super) struct Tracked {
    body: Body,
    line: Line,
}

impl Tracked {
    pub(super) fn new(body: Body, line: Line) -> Self {
        Self { body, line }
    }
}

impl Drop for Tracked {
    fn drop(&mut self) {
        if self.line.is(Stage::Asked) {
            self.line.reach(Stage::Answered);
        }
    }
}

impl hyper::body::Body for Tracked {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
