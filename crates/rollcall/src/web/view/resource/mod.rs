//! The pages of resources: lists, and what is shown of a row.

mod cell;
mod list;
mod record;
mod words;

pub use list::{Chosen, ListPage};
pub use record::RecordPage;
