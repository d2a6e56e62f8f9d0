//! Trying a batch again where others write at the same moment. A batch is one transaction, so that an attempt that failed
//! left nothing behind.

use sea_orm::SqlErr;

use crate::changes::is_conflict;
use crate::db::Error;

/// How often a batch is tried. On SQLite each attempt waits for the write lock itself, so that none needs a pause.
const ATTEMPTS: usize = 5;

/// Why an attempt did not write its batch.
#[derive(Debug)]
pub(super) enum Failure {
    /// Others added rows to the same table, and which are whose cannot be told: try again.
    Disturbed,
    Database(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

/// The first attempt that others do not get in the way of.
///
/// # Errors
/// What the database said, where it was nobody's doing; else that others keep writing.
pub(super) async fn persist<T>(mut attempt: impl AsyncFnMut() -> Result<T, Failure>) -> Result<T, Error> {
    let mut tried = 0;
    loop {
        let failure = match attempt().await {
            Ok(done) => return Ok(done),
            Err(Failure::Database(error)) if !is_others_doing(&error) => return Err(error),
            Err(failure) => failure,
        };
        tried += 1;
        if tried == ATTEMPTS {
            let said = match failure {
                Failure::Disturbed => String::new(),
                Failure::Database(error) => format!(" ({error})"),
            };
            let message = "others keep writing to the same tables: import again when it is quieter";
            return Err(Error::Custom(format!("{message}; rows were tried {ATTEMPTS} times{said}")));
        }
        tracing::debug!(tried, ?failure, "others got in the way of a batch");
    }
}

/// A conflict; or a key that another import of the same file remembered first, which the next attempt will know.
fn is_others_doing(error: &Error) -> bool {
    is_conflict(error) || matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes of attempts that end like this, one after the other, and how many there were.
    async fn tried(ends: Vec<Result<u8, Failure>>) -> (Result<u8, Error>, usize) {
        let all = ends.len();
        let mut ends = ends.into_iter();
        let end = persist(async || ends.next().unwrap()).await;
        (end, all - ends.len())
    }

    fn said(text: &str) -> Result<u8, Failure> {
        Err(Failure::Database(Error::Custom(text.to_owned())))
    }

    #[tokio::test]
    async fn a_batch_that_others_got_in_the_way_of_is_tried_again() {
        let busy = || said("(code: 5) database is locked");
        let deadlock = || said("Deadlock found when trying to get lock; try restarting transaction");
        let (end, count) = tried(vec![busy(), deadlock(), Err(Failure::Disturbed), busy(), Ok(7)]).await;
        assert_eq!((end.unwrap(), count), (7, 5));
    }

    #[tokio::test]
    async fn it_is_given_up_in_the_end_and_says_why() {
        let (end, count) = tried((0..9).map(|_| said("(code: 5) database is locked")).collect()).await;
        let told = end.unwrap_err().to_string();
        assert_eq!(count, ATTEMPTS);
        assert!(told.contains("import again when it is quieter") && told.contains("database is locked"), "{told}");
        let (end, _) = tried((0..9).map(|_| Err(Failure::Disturbed)).collect()).await;
        assert!(end.unwrap_err().to_string().contains("others keep writing"));
    }

    #[tokio::test]
    async fn what_is_nobodys_doing_is_told_at_once() {
        let (end, count) = tried(vec![said("no such table: appointments"), Ok(7)]).await;
        assert_eq!(count, 1);
        assert!(end.unwrap_err().to_string().contains("no such table"));
    }
}
