//! Why there is no answer.

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

/// Why there is no answer. Only loading can fail: Redis never makes an error, only a miss.
///
/// Everybody who waited for the same load gets the same error, so it is cheap to clone. None is ever kept: the next caller
/// loads anew.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The loader said no; its error is within.
    #[error("the load failed: {0}")]
    Loader(#[source] Arc<dyn StdError + Send + Sync>),
    /// The loader panicked.
    #[error("the load panicked")]
    Panicked,
    /// The loader took longer than [`Config::load_timeout`](crate::Config::load_timeout). It goes on by itself, and its result is
    /// dropped.
    #[error("the load took longer than {0:?}")]
    TimedOut(Duration),
    /// The runtime shut down before the load was through.
    #[error("the load was abandoned")]
    Abandoned,
}

impl Error {
    /// The loader's own error, if it is an `E`.
    ///
    /// A loader's error that is a plain text has no type of its own: look at its `Display` instead.
    #[must_use]
    pub fn loader<E: StdError + 'static>(&self) -> Option<&E> {
        match self {
            Self::Loader(error) => error.downcast_ref(),
            _ => None,
        }
    }
}
