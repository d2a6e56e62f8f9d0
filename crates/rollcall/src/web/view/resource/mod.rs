//! The pages of resources: lists, and what is shown of a row.

mod action;
mod book;
mod bulk;
mod cell;
mod close;
mod company;
mod deactivate;
mod failed;
mod fields;
mod form;
mod history;
mod list;
mod message;
mod preview;
mod record;
mod remove;
mod standing;
mod words;

pub use action::{ActionDraft, ActionPage, ActionProblem, Deed};
pub use book::{BookDraft, BookPage, BookProblem, Busy, Person, Thing};
pub use bulk::{BulkDraft, BulkPage, BulkProblem, JobPage};
pub(crate) use close::ClosePage;
pub(crate) use company::{CompanyFormPage, CompanyPlace};
pub(crate) use deactivate::DeactivatePage;
pub use failed::{FailedOne, FailedPage, FailedReason};
pub use form::{FormDraft, FormPage, FormProblem, Offer};
pub(crate) use history::Meanwhile;
pub(crate) use list::Cursors;
pub use list::{Chosen, ListPage, Offered};
pub use preview::{PreviewPanel, Previewed, preview_problem};
pub use record::RecordPage;
pub(crate) use remove::title;
pub use remove::{DeletePage, DeleteProblem};
pub use standing::{Among, Force, NamedPolicy, Standing, StandingPanel, Value};
