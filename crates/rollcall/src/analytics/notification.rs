//! Notifications: what became of them, by channel and by error.

pub use super::error_class::error_class;
