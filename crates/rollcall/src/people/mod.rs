//! People beside their row in the contract's table `users`: whether they may use the panel, how they like it, their second step
//! of signing in, their sessions, and the links that are sent to them.
//!
//! The row itself may be another application's, so that all of this is kept by the user's id in tables of Rollcall's own.

mod active;
mod agent;
pub mod factor;
pub mod invitation;
pub mod letter;
mod link;
mod parting;
pub mod profile;
pub mod reset;
mod sealed;
pub mod sessions;
pub mod setup;
pub mod totp;

pub use active::switch;
pub(crate) use active::{forget, forget_above, set_active};
pub use agent::Agent;
pub use link::{Link, LinkKind, find as find_link};
pub(crate) use parting::{Parting, parting};

use crate::app::App;
use crate::changes;
use crate::db::Error;
use crate::tenant::OperatorScope;

/// Lets every process hear what became of a company's person; nothing for an operator, whom no process remembers.
async fn settle(app: &App, company: Option<i64>) -> Result<(), Error> {
    let Some(company) = company else { return Ok(()) };
    if let Some(scope) = OperatorScope::of_program("people").enter(&app.db, company).await? {
        changes::settle(&app.db, &scope, &app.clock).await?;
    }
    Ok(())
}
