//! What `serve` does beside answering: warming the cache by the clock and ahead of those who look, and delivering notifications.
//!
//! A job carries companies' ids and makes its scopes anew. Of several nodes one does it: see [`lease`].

pub mod ahead;
mod companies;
mod lease;
mod sample;
pub mod schedule;
pub mod warm;

pub use crate::deliver::Deliverer;
pub use crate::reports::Reporter;
pub(crate) use companies::one as company_now;
pub use sample::sample;
pub use warm::{Outcome, Warmer};
