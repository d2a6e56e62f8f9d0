//! The first minutes: setting up, the first company, its data.

mod company;
mod data;
mod mapping;
mod reasons;
mod run;
mod setup;
mod steps;

pub use company::{CompanyDraft, CompanyProblem, NewCompanyPage};
pub use data::{DataPage, DataProblem, Received};
pub use mapping::{MappingPage, Trial};
pub use run::{RunPage, progress_html};
pub use setup::{BeginPage, FounderDraft, FounderPage, FounderProblem};
pub use steps::Steps;
pub(super) use steps::{StepView, in_company};
