//! What one sees: from plain data to HTML.
//!
//! Handlers fill [`Chrome`] and [`Card`]s and call `html()` on a page; nothing here knows HTTP, database or cache. Three
//! templates draw every widget: `panel_stats.html`, `panel_chart.html`, `panel_table.html`, inside `panel.html`.
//!
//! - [`DashboardPage`]: `/admin`, around a [`Content`]; [`LoginPage`]; [`ErrorPage`].
//! - [`Fragment`]: one widget, for the page and for `/admin/widgets/{key}` under htmx.
//! - [`panel_json`]: the same widget for `Accept: application/json`.

mod advice;
mod api_docs;
mod around;
mod arrange;
mod audit;
mod card;
mod chart;
mod chrome;
mod context;
mod dashboard;
mod file;
mod first;
pub mod format;
mod freshness;
mod inbox;
mod json;
mod notice;
mod operations;
mod pages;
mod people;
mod picture;
mod query;
mod raster;
mod reports;
mod resource;
mod search;
mod stats;
mod table;
mod tokens;
pub mod words;

#[cfg(test)]
mod front_end;
#[cfg(test)]
mod roles;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;

pub use advice::advice_html;
pub use api_docs::ApiDocsPage;
pub use arrange::ArrangePage;
pub use card::{Card, CardFailure};
pub use chrome::{Badges, Chrome, CompanyName, Theme, Viewer};
pub use dashboard::{Content, DashboardPage, Fragment, Present};
pub use file::{Part, panel_csv};
pub(crate) use first::import_reason;
pub use first::{
    BeginPage, CompanyDraft, CompanyProblem, DataPage, DataProblem, FounderDraft, FounderPage, FounderProblem,
    MappingPage, NewCompanyPage, Received, RunPage, Steps, Trial, progress_html,
};
pub use freshness::{Freshness, freshness_fragment, freshness_page};
pub(crate) use inbox::{Bell, InboxPage};
pub use json::panel_json;
pub use notice::{Notice, Undo};
pub use operations::{KeptCompany, OperationsPage};
pub use pages::{ErrorPage, LoginPage, LoginProblem, choice_words};
pub use people::{
    ArrivalPage, ArrivalProblem, CodePage, CodeProblem, CodesPage, ForgotPage, InvitePage, InviteProblem, ProfilePage,
    ProfileProblem, SetupPage,
};
pub use picture::panel_svg;
pub use query::PageQuery;
pub(crate) use reports::{Letterhead, written_report};
pub use reports::{ReportDraft, ReportForm, ReportsPage, UnsubscribePage};
pub use resource::{
    ActionDraft, ActionPage, ActionProblem, Among, BookDraft, BookPage, BookProblem, BulkDraft, BulkPage, BulkProblem,
    Busy, Chosen, Deed, DeletePage, DeleteProblem, FailedOne, FailedPage, FailedReason, Force, FormDraft, FormPage,
    FormProblem, JobPage, ListPage, NamedPolicy, Offer, Offered, Person, PreviewPanel, Previewed, RecordPage, Standing,
    StandingPanel, Thing, Value, preview_problem,
};
pub(crate) use resource::{ClosePage, CompanyFormPage, CompanyPlace, Cursors, DeactivatePage, Meanwhile, title};
pub(crate) use search::{Found, FoundList, SearchPage};
pub use tokens::{NewTokenPage, TokenDraft, TokenProblem};
