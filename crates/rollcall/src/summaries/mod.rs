//! Summaries: a company's days, customers and present state, recomputed from the raw rows.

pub mod day;
pub mod snapshot;

pub use day::DaySummary;
pub use snapshot::{CompanySummary, Snapshot};
