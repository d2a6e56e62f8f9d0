//! Summaries: a company's days, customers and present state, recomputed from the raw rows.

pub mod day;
pub(crate) mod invalid;
mod newest;
pub(crate) mod people;
mod read;
pub(crate) mod recompute;
pub mod snapshot;
pub(crate) mod store;
pub mod zone;

pub use day::DaySummary;
pub(crate) use invalid::Reason;
pub use read::{Needs, days, has_notification, read, read_newest};
pub use snapshot::{CompanySummary, Snapshot};
