//! Pure functions over summaries: what the widgets count. No I/O.

pub mod error_class;
pub mod notification;
pub mod policy;
pub mod polymorphic;
