//! The first minutes: setting up, the first company, its data.

mod company;
mod data;
mod mapping;
mod reasons;
mod run;
mod setup;
mod steps;

use super::words::Words;
use crate::i18n::Lang;

pub(super) use company::{CURRENCIES, nearest, zones};
pub use company::{CompanyDraft, CompanyProblem, NewCompanyPage};
pub use data::{DataPage, DataProblem, Received};
pub use mapping::{MappingPage, Trial};
pub use run::{RunPage, progress_html};
pub use setup::{BeginPage, FounderDraft, FounderPage, FounderProblem};
pub use steps::Steps;
pub(super) use steps::{StepView, in_company};

/// Why a row was left out, in a language: what the import said, in words for people.
#[must_use]
pub(crate) fn import_reason(lang: Lang, said: &str) -> String {
    reasons::reason(Words::of(lang), said)
}
