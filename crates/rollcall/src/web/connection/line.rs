//! What a connection, hyper on it and the answer under way know of each other.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use axum::body::Body;
use axum::body::Bytes;
use hyper::body::{Frame, SizeHint};

use crate::web::live::Loan;

/// Rides in each request; cheap to clone.
#[derive(Clone, Debug, Default)]
pub(in crate::web) struct Line(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    stage: Stage,
    /// Whether hyper has written all that it had, and the system taken it.
    flushed: bool,
    /// Whether something was asked and answered since that was last looked at.
    active: bool,
    loan: Option<Arc<Loan>>,
}

/// How far hyper is with the request that it was handed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    /// It has none.
    #[default]
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
        self.state().loan = Some(loan);
    }

    /// The loan that can be taken back now: its answer's head is out, and so is all that there was to hear.
    pub(super) fn due(&self) -> Option<Arc<Loan>> {
        let state = self.state();
        if !state.flushed {
            return None;
        }
        state.loan.clone().filter(|loan| loan.is_waiting())
    }

    /// Whether hyper has no request.
    pub(super) fn is_idle(&self) -> bool {
        self.state().stage == Stage::Idle
    }

    /// Whether nothing complete was asked since this was last called, and nothing is being answered.
    pub(super) fn is_silent(&self) -> bool {
        let mut state = self.state();
        let active = std::mem::take(&mut state.active);
        !active && matches!(state.stage, Stage::Idle | Stage::Handed)
    }

    /// An answer went out without hyper.
    pub(super) fn answered(&self) {
        self.state().active = true;
    }

    /// Hyper is handed a request, or more of one.
    pub(super) fn hand(&self) {
        let mut state = self.state();
        if state.stage == Stage::Idle {
            state.stage = Stage::Handed;
        }
    }

    /// Hyper has understood what it was handed.
    pub(super) fn asks(&self) {
        self.state().stage = Stage::Asked;
    }

    /// Hyper has more to write.
    pub(super) fn writes(&self) {
        self.state().flushed = false;
    }

    /// All that hyper had is written: it flushes only then. Whether that ends a request.
    pub(super) fn flushed(&self) -> bool {
        let mut state = self.state();
        state.flushed = true;
        if state.stage != Stage::Answered {
            return false;
        }
        (state.stage, state.active) = (Stage::Idle, true);
        true
    }

    // Fields are set one by one: no panic leaves them half-set.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
        let mut state = self.line.state();
        if state.stage == Stage::Asked {
            state.stage = Stage::Answered;
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
