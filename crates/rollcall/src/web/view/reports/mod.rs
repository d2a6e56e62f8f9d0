//! Reports: their page and form, the mail, and the page of the link that ends them.

mod file;
mod form;
mod mail;
mod page;

pub use form::{ReportDraft, ReportForm};
pub(crate) use mail::{Letterhead, written_report};
pub use page::{ReportsPage, UnsubscribePage};
