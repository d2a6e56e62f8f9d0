//! Companies and users, as whoever may run the binary on the host makes them. All of it stands above tenants.

mod check;
mod company;
mod secret;
mod user;

use crate::db::{Arg, Error, PlatformSql, PlatformTx};

pub use check::{Invalid, email, locale, name, slug, slug_of, time_zone};
pub use company::{Company, NewCompany, companies, create_company, find_company};
pub(crate) use company::{found_company, set_currency};
pub use secret::{kept_secret_key, secret_key};
pub use user::{
    Account, NewAccount, create_user, find_user, require_free_email, require_user, reset_password, role_fits, users,
};
pub(crate) use user::{found_user, replace_password, user_by_id, user_of};

/// Why an account cannot be made or changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// A name, address, zone or language that will not do.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The slug is another company's.
    #[error("there is a company `{0}` already; choose another slug")]
    SlugTaken(String),
    /// The address is another user's.
    #[error("there is a user {0} already; `rollcall user reset-password {0}` gives them a new password")]
    EmailTaken(String),
    /// No such user.
    #[error("there is no user {0}; `rollcall user list` names them all")]
    NoUser(String),
    /// Nobody else could do what they do.
    #[error("they are the last one: without an active admin nobody could see to the others")]
    LastOne,
    /// A role and a company that do not go together.
    #[error("{0}")]
    Role(&'static str),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] Error),
}

/// Inserts a row; none where it exists already, made by somebody else a moment ago.
async fn insert(tx: &PlatformTx, sql: &PlatformSql, args: Vec<Arg>) -> Result<Option<u64>, Error> {
    match tx.execute(sql, args).await {
        Ok(changed) => Ok(Some(changed)),
        Err(error) if is_taken(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether a row was refused because another one has what must be unique.
pub(crate) fn is_taken(error: &Error) -> bool {
    matches!(error.sql_err(), Some(sea_orm::SqlErr::UniqueConstraintViolation(_)))
}

#[cfg(test)]
mod tests;
