//! `/admin/companies/{id}/close`: what stops when a company is closed.

use askama::Template;

use super::cell::{Cell, Look};
use super::history::Meanwhile;
use super::words::flag;
use crate::company::{Closing, Company};
use crate::web::view::chrome::Chrome;
use crate::web::view::format::Formats;
use crate::web::view::words::Words;

/// The page.
#[derive(Template)]
#[template(path = "company_close.html")]
pub(crate) struct ClosePage {
    w: Words,
    chrome: Chrome,
    id: i64,
    name: String,
    fields: Vec<(String, Cell)>,
    /// What stops, and what does not, one sentence each.
    effects: Vec<String>,
    /// Whether there is something to close.
    is_open: bool,
    /// Nobody can be faster here: in whatever state the company is, the page holds.
    meanwhile: Option<Meanwhile>,
}

impl ClosePage {
    /// The page about the company of that id.
    #[must_use]
    pub(crate) fn new(chrome: Chrome, (id, company): (i64, &Company), closing: Closing) -> Self {
        let w = chrome.w();
        let formats = Formats { w, zone: chrono_tz::UTC, now: chrono::DateTime::UNIX_EPOCH };
        let field = |name: &str| (w.t(&format!("ui.field.{name}")), Cell::text(company.text(name).to_owned()));
        let is_open = company.is_active();
        let state = (w.t("ui.field.is_active"), Cell::text(flag(w, "is_active", is_open)));
        let fields = [field("name"), field("slug"), field("timezone"), state].into();
        let counts = [
            ("ui.closing.people", closing.people),
            ("ui.closing.sessions", closing.sessions),
            ("ui.people.parting.tokens", closing.tokens),
            ("ui.closing.reports", closing.reports),
        ];
        let counts = counts.into_iter().filter(|(_, n)| *n > 0);
        let counts = counts.map(|(key, n)| w.count(key, n, formats.count(n)));
        let nobody = (closing.people == 0).then(|| w.t("ui.closing.nobody"));
        let effects =
            nobody.into_iter().chain(counts).chain([w.t("ui.closing.kept"), w.t("ui.closing.back")]).collect();
        Self { w, id, name: company.text("name").to_owned(), fields, effects, is_open, meanwhile: None, chrome }
    }

    /// The page's HTML.
    ///
    /// # Errors
    /// Where a template cannot be written, which is a fault of the program.
    pub(crate) fn html(&self) -> Result<String, askama::Error> {
        self.render()
    }

    fn heading(&self) -> String {
        self.w.with("ui.closing.title", "company", &self.name)
    }

    fn record(&self) -> String {
        format!("/admin/companies/{}", self.id)
    }

    /// Nothing goes wrong but what the page says beforehand.
    fn problem_text(&self) -> Option<String> {
        None
    }
}
