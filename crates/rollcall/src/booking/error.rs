//! Why a change was not made.

use crate::db::Error as DbError;
use crate::events::Thing;
use crate::policy::Decision;

/// Why a change was not made. Nothing has changed then.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is none of that id in the company. Whether it is another company's, the answer must not tell;
    /// [`security::missing`](crate::security::missing) finds out, and reports it.
    #[error("{field}: there is no {} {id}", thing.as_str())]
    NotFound {
        /// The field of the request that names it.
        field: &'static str,
        /// What it would be.
        thing: Thing,
        /// Its id.
        id: i64,
    },
    /// The appointment is not in a state from which that can be done.
    #[error("an appointment that is {state} cannot be changed like this: {problem}")]
    Conflict {
        /// The state that it is in.
        state: String,
        /// Why that will not do.
        problem: &'static str,
    },
    /// It is no longer what whoever asks has seen.
    #[error("it was changed in the meantime")]
    Stale,
    /// A policy denies it; a manager or an admin can force it.
    #[error("a policy denies it")]
    Denied(Decision),
    /// Whoever asks may only read.
    #[error("whoever asks may only read")]
    Forbidden,
    /// A value that will not do.
    #[error("{field} {problem}")]
    Invalid {
        /// The field of the request.
        field: &'static str,
        /// What is wrong, and what would do.
        problem: &'static str,
    },
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbError),
}

/// How often a transaction that lost to another one is tried again.
const ATTEMPTS: u32 = 5;

/// Counts the attempts at a transaction.
#[derive(Default)]
pub(super) struct Attempts(u32);

impl Attempts {
    /// Whether the database took the transaction back for another's sake, so that it is to be tried again.
    pub(super) fn again<T>(&mut self, result: &Result<T, Error>) -> bool {
        self.0 += 1;
        self.0 < ATTEMPTS && matches!(result, Err(Error::Database(error)) if crate::changes::is_conflict(error))
    }
}
