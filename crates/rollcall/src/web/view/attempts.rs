//! `/admin/operations/security`: what somebody tried who must not.

use askama::Template;
use chrono::{DateTime, Utc};

use super::chrome::Chrome;
use super::format::Formats;
use super::query::PageQuery;
use super::words::Words;
use crate::security::SecurityEvent;

/// The page.
#[derive(Template)]
#[template(path = "operations_security.html")]
pub struct SecurityPage {
    w: Words,
    chrome: Chrome,
    rows: Vec<Row>,
    older: Option<String>,
    newest: Option<&'static str>,
}

struct Row {
    ago: String,
    exact: String,
    kind: String,
    company: String,
    subject: String,
    detail: String,
    times: String,
}

/// Where the page is.
const PAGE: &str = "/admin/operations/security";

impl SecurityPage {
    /// The page of these events; `next` says where older ones begin, `has_newer` whether there are newer ones.
    #[must_use]
    pub fn new(
        chrome: Chrome,
        now: DateTime<Utc>,
        events: &[SecurityEvent],
        next: Option<&str>,
        has_newer: bool,
    ) -> Self {
        let w = chrome.w();
        let formats = Formats { w, zone: chrono_tz::UTC, now };
        let older = next.map(|next| PageQuery::default().url(PAGE, &[("after".to_owned(), next.to_owned())]));
        let rows = events.iter().map(|event| Row::of(event, &formats)).collect();
        Self { w, chrome, rows, older, newest: has_newer.then_some(PAGE) }
    }

    /// The page's HTML.
    ///
    /// # Errors
    /// Where a template cannot be written, which is a fault of the program.
    pub fn html(&self) -> Result<String, askama::Error> {
        self.render()
    }
}

impl Row {
    fn of(event: &SecurityEvent, formats: &Formats) -> Self {
        let missing = || super::format::MISSING.to_owned();
        Self {
            ago: formats.ago(event.last_at),
            exact: formats.exact(event.last_at),
            kind: security_word(formats.w, &event.kind),
            company: event.company.clone().or(event.company_id.map(|id| id.to_string())).unwrap_or_else(missing),
            subject: event.subject.clone(),
            detail: event.detail.clone(),
            times: formats.count(event.occurrences),
        }
    }
}

/// What was tried, in words.
pub(super) fn security_word(w: Words, kind: &str) -> String {
    w.maybe(&format!("term.security.{kind}")).unwrap_or_else(|| kind.to_owned())
}
