//! An import that runs, and what came of one.

use askama::Template;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::data::{signed, stage};
use crate::i18n::Lang;
use crate::import::screen::{Outcome, State, Upload};
use crate::web::view::chrome::Chrome;
use crate::web::view::format::Formats;
use crate::web::view::words::Words;

/// How far an import is.
#[derive(Template)]
#[template(path = "progress.html")]
struct Progress {
    w: Words,
    url: String,
    percent: u64,
    text: String,
}

impl Progress {
    fn of(w: Words, upload: &Upload, url: &str) -> Self {
        let outcome = upload.outcome.clone().unwrap_or_default();
        let percent = (outcome.read.min(upload.bytes) * 100).checked_div(upload.bytes).unwrap_or_default();
        let formats = Formats { w, zone: Tz::UTC, now: DateTime::UNIX_EPOCH };
        let rows = signed(outcome.rows);
        let text = w.count("ui.import.rows_read", rows, formats.count(rows));
        Self { w, url: url.to_owned(), percent, text }
    }
}

/// How far an import is, as a part of its page.
///
/// # Errors
/// Where a template cannot be written, which is a fault of the program.
pub fn progress_html(lang: Lang, upload: &Upload, url: &str) -> Result<String, askama::Error> {
    Progress::of(Words::of(lang), upload, url).render()
}

/// The page of an import that runs, or ran.
#[derive(Template)]
#[template(path = "import_run.html")]
pub struct RunPage {
    w: Words,
    chrome: Chrome,
    name: String,
    stage: &'static str,
    progress: Option<String>,
    lines: Vec<(String, String)>,
    error: Option<String>,
    rejected: u64,
    has_rejects: bool,
    when: String,
    url: String,
}

impl RunPage {
    /// The page; `runs`: whether it is at work, `has_rejects`: whether the rows that were left out are here.
    #[must_use]
    pub fn new(
        chrome: Chrome,
        (zone, now): (Tz, DateTime<Utc>),
        upload: &Upload,
        runs: bool,
        has_rejects: bool,
    ) -> Self {
        let w = chrome.w();
        let formats = Formats { w, zone, now };
        let outcome = upload.outcome.clone().unwrap_or_default();
        let stage = stage(upload, now);
        let url = chrome.in_company(&format!("/admin/data/imports/{}", upload.id));
        let progress = runs.then(|| Progress::of(w, upload, &url).render().unwrap_or_default());
        let lines = lines(w, &formats, &outcome, upload.state == State::Checked);
        let error = (stage == State::Stopped.as_str())
            .then(|| w.t(&format!("ui.import.error.{}", outcome.error.as_deref().unwrap_or("interrupted"))));
        Self {
            w,
            chrome,
            name: upload.name.clone(),
            stage,
            progress,
            lines,
            error,
            rejected: outcome.rejected,
            has_rejects,
            when: formats.exact(upload.changed_at),
            url,
        }
    }

    /// The page's HTML.
    ///
    /// # Errors
    /// Where a template cannot be written, which is a fault of the program.
    pub fn html(&self) -> Result<String, askama::Error> {
        self.render()
    }

    /// The page's address with more behind it.
    fn below(&self, of: &str) -> String {
        match self.url.split_once('?') {
            Some((path, query)) => format!("{path}{of}?{query}"),
            None => format!("{}{of}", self.url),
        }
    }

    fn edit(&self) -> String {
        let mark = if self.url.contains('?') { '&' } else { '?' };
        format!("{}{mark}edit=1", self.url)
    }

    fn title(&self) -> String {
        self.w.t(&format!("ui.import.title.{}", self.stage))
    }
}

/// What was counted, in words; `would`: nothing was written.
fn lines(w: Words, formats: &Formats, outcome: &Outcome, would: bool) -> Vec<(String, String)> {
    let tense = if would { "would" } else { "did" };
    let line = |key: String, count: u64| (w.t(&key), formats.count(signed(count)));
    let mut lines = vec![
        line("ui.import.count.rows".to_owned(), outcome.rows),
        line(format!("ui.import.count.{tense}.imported"), outcome.imported),
        line(format!("ui.import.count.{tense}.rejected"), outcome.rejected),
    ];
    let others = [
        ("already_there", outcome.already_there),
        ("deleted", outcome.deleted),
        ("customers", outcome.customers),
        ("services", outcome.services),
        ("staff", outcome.staff),
        ("branches", outcome.branches),
    ];
    let counted = others.into_iter().filter(|(_, count)| *count > 0);
    lines.extend(counted.map(|(key, count)| line(format!("ui.import.count.{key}"), count)));
    lines
}
