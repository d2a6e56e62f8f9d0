//! `/admin/notifications/failed`: failed notifications by their reason.

use askama::Template;
use chrono::{DateTime, NaiveDateTime, Utc};
use chrono_tz::Tz;

use crate::web::view::chrome::Chrome;
use crate::web::view::format::{Formats, MISSING};
use crate::web::view::query::PageQuery;
use crate::web::view::words::Words;

/// A reason, and how many failed for it.
#[derive(Clone, Debug)]
pub struct FailedReason {
    /// The class of their messages.
    pub reason: String,
    /// How many.
    pub count: i64,
    /// When the newest of them was made.
    pub newest: Option<NaiveDateTime>,
}

impl FailedReason {
    /// A reason of none yet.
    #[must_use]
    pub fn new(reason: &str) -> Self {
        Self { reason: reason.to_owned(), count: 0, newest: None }
    }
}

/// One of those that failed.
#[derive(Clone, Debug)]
pub struct FailedOne {
    /// Its id.
    pub id: i64,
    /// Where it went.
    pub recipient: String,
    /// What was said of why it failed.
    pub message: String,
    /// When it was made.
    pub at: Option<NaiveDateTime>,
}

/// The page.
#[derive(Template)]
#[template(path = "resource_failed.html")]
pub struct FailedPage {
    w: Words,
    chrome: Chrome,
    formats: Formats,
    reasons: Vec<FailedReason>,
    asked: Option<FailedReason>,
    /// The newest of the reason that is asked for.
    newest: Vec<FailedOne>,
    is_all: bool,
}

impl FailedPage {
    /// The page; `asked` is the reason whose notifications are shown, and sent again if that is confirmed, and `is_all` whether all
    /// failed notifications were looked at.
    #[must_use]
    pub fn new(
        chrome: Chrome,
        zone: Tz,
        now: DateTime<Utc>,
        reasons: Vec<FailedReason>,
        asked: Option<FailedReason>,
        is_all: bool,
    ) -> Self {
        let w = chrome.w();
        Self { w, formats: Formats { w, zone, now }, chrome, reasons, asked, newest: Vec::new(), is_all }
    }

    /// With the newest of the reason that is asked for.
    #[must_use]
    pub fn newest_of_it(self, newest: Vec<FailedOne>) -> Self {
        Self { newest, ..self }
    }

    /// The page's HTML.
    ///
    /// # Errors
    /// Where a template cannot be written, which is a fault of the program.
    pub fn html(&self) -> Result<String, askama::Error> {
        self.render()
    }

    fn may_write(&self) -> bool {
        self.chrome.viewer.role.may_write()
    }

    fn word(&self, reason: &str) -> String {
        self.w.maybe(&format!("term.error.{reason}")).unwrap_or_else(|| reason.to_owned())
    }

    fn count(&self, reason: &FailedReason) -> String {
        self.formats.count(reason.count)
    }

    fn newest(&self, reason: &FailedReason) -> String {
        reason.newest.map_or_else(|| MISSING.to_owned(), |at| self.formats.instant(at))
    }

    fn ask(&self, reason: &FailedReason) -> String {
        let page = self.page();
        PageQuery::of(&page).url("/admin/notifications/failed", &[("reason".to_owned(), reason.reason.clone())])
    }

    fn one(&self, one: &FailedOne) -> (String, String) {
        let at = one.at.map_or_else(|| MISSING.to_owned(), |at| self.formats.instant(at));
        let href = self.chrome.in_company(&format!("/admin/notifications/{}", one.id));
        (href, format!("{at} · {}", one.recipient))
    }

    fn more(&self, reason: &FailedReason) -> Option<String> {
        let more = reason.count - i64::try_from(self.newest.len()).unwrap_or_default();
        (more > 0).then(|| self.w.with("ui.failed.others", "n", self.formats.count(more)))
    }

    fn question(&self, reason: &FailedReason) -> String {
        self.w.count("ui.failed.question", reason.count, self.count(reason))
    }

    fn page(&self) -> String {
        self.chrome.in_company("/admin/notifications/failed")
    }

    /// The list of those that were set aside.
    fn aside(&self) -> String {
        let list = self.list();
        PageQuery::of(&list).url("/admin/notifications", &[("attention".to_owned(), "aside".to_owned())])
    }

    fn list(&self) -> String {
        self.chrome.in_company("/admin/notifications")
    }
}
