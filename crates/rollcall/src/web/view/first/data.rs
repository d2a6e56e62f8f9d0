//! `/admin/data`: the ways by which a company's data come in.

use askama::Template;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use rust_decimal::Decimal;

use crate::audit::Line;
use crate::import::screen::Upload;
use crate::web::view::chrome::Chrome;
use crate::web::view::format::Formats;
use crate::web::view::words::Words;

/// Why a file was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataProblem {
    /// None was chosen.
    NoFile,
    /// It is too large.
    TooLarge,
    /// The company has as many as it may.
    TooMany,
    /// The company's files are too large together.
    NoRoom,
    /// Another one is on its way.
    Busy,
    /// It did not come to its end.
    Broken,
    /// It is a workbook.
    Workbook,
    /// It does not begin with the names of its columns.
    NoHeader,
    /// It cannot be read.
    Unreadable,
}

impl DataProblem {
    fn word(self) -> &'static str {
        match self {
            Self::NoFile => "ui.data.problem.no_file",
            Self::TooLarge => "ui.data.problem.too_large",
            Self::TooMany => "ui.data.problem.too_many",
            Self::NoRoom => "ui.data.problem.no_room",
            Self::Busy => "ui.data.problem.busy",
            Self::Broken => "ui.data.problem.broken",
            Self::Workbook => "ui.data.problem.workbook",
            Self::NoHeader => "ui.data.problem.no_header",
            Self::Unreadable => "ui.data.problem.unreadable",
        }
    }
}

/// The page.
#[derive(Template)]
#[template(path = "data.html")]
pub struct DataPage {
    w: Words,
    chrome: Chrome,
    problem: Option<DataProblem>,
    most: String,
    imports: Vec<Import>,
    beside: bool,
    made: Option<Made>,
}

/// A file that was brought lately.
struct Import {
    href: String,
    name: String,
    state: String,
    rows: String,
    when: String,
    exact: String,
}

/// A token that was made a moment ago.
struct Made {
    curl: String,
    received: String,
}

impl DataPage {
    /// The page; `most`: the largest file, in bytes.
    #[must_use]
    pub fn new(chrome: Chrome, (zone, now): (Tz, DateTime<Utc>), most: usize, imports: &[Upload]) -> Self {
        let w = chrome.w();
        let formats = Formats { w, zone, now };
        let row = |upload: &Upload| Import {
            href: chrome.in_company(&format!("/admin/data/imports/{}", upload.id)),
            name: upload.name.clone(),
            state: w.t(&format!("ui.import.state.{}", stage(upload, now))),
            rows: upload.outcome.as_ref().map_or_else(String::new, |outcome| formats.count(signed(outcome.imported))),
            when: formats.ago(upload.changed_at),
            exact: formats.exact(upload.changed_at),
        };
        let imports = imports.iter().map(row).collect();
        let most = formats.bytes(Decimal::from(most));
        Self { w, chrome, problem: None, most, imports, beside: false, made: None }
    }

    /// With what was wrong with a file.
    #[must_use]
    pub fn failed(self, problem: Option<DataProblem>) -> Self {
        Self { problem, ..self }
    }

    /// Whether the database is another application's already.
    #[must_use]
    pub fn beside(self, beside: bool) -> Self {
        Self { beside, ..self }
    }

    /// With a token that was made a moment ago; `company`: what an operator's programs name it by.
    #[must_use]
    pub fn made(self, token: i64, secret: &str, origin: &str, company: Option<&str>) -> Self {
        let company = company.map_or_else(String::new, |slug| format!("  -H 'Rollcall-Company: {slug}' \\\n"));
        let curl = format!(
            "curl -X POST {origin}/api/v1/customers \\\n  -H 'Authorization: Bearer {secret}' \\\n{company}  \
             -H 'Content-Type: application/json' \\\n  -d '{{\"name\": \"{}\"}}'",
            self.w.t("ui.data.api.example")
        );
        let received = received_url(&self.chrome, token);
        Self { made: Some(Made { curl, received }), ..self }
    }

    /// The page's HTML.
    ///
    /// # Errors
    /// Where a template cannot be written, which is a fault of the program.
    pub fn html(&self) -> Result<String, askama::Error> {
        self.render()
    }

    fn problem_text(&self) -> Option<String> {
        self.problem.map(|problem| self.w.with(problem.word(), "most", &self.most))
    }
}

/// Whether something came by a token: by itself, and as a part of the page that waits for it.
#[derive(Template)]
#[template(path = "received.html")]
pub struct Received {
    w: Words,
    chrome: Chrome,
    url: String,
    what: Option<String>,
}

#[derive(Template)]
#[template(path = "received_line.html")]
struct LineView<'a> {
    w: Words,
    url: &'a str,
    what: &'a Option<String>,
}

impl Received {
    /// What came by the token of that id; none: nothing yet.
    #[must_use]
    pub fn new(chrome: Chrome, token: i64, line: Option<&Line>) -> Self {
        let w = chrome.w();
        let what = line.map(|line| {
            let thing = w.t(&format!("term.thing.{}", line.subject_kind));
            line.subject_id.map_or_else(|| thing.clone(), |id| format!("{thing} {id}"))
        });
        Self { w, url: received_url(&chrome, token), chrome, what }
    }

    /// The line alone.
    ///
    /// # Errors
    /// Where a template cannot be written, which is a fault of the program.
    pub fn fragment(&self) -> Result<String, askama::Error> {
        LineView { w: self.w, url: &self.url, what: &self.what }.render()
    }

    /// The page's HTML.
    ///
    /// # Errors
    /// Where a template cannot be written, which is a fault of the program.
    pub fn html(&self) -> Result<String, askama::Error> {
        self.render()
    }
}

/// Where one looks whether something came.
fn received_url(chrome: &Chrome, token: i64) -> String {
    let url = chrome.in_company("/admin/data/received");
    let mark = if url.contains('?') { '&' } else { '?' };
    format!("{url}{mark}token={token}")
}

/// Where a file is, by the name of its words: one of which nothing was heard for long has been interrupted.
pub(super) fn stage(upload: &Upload, now: DateTime<Utc>) -> &'static str {
    use crate::import::screen::State;
    match upload.state {
        State::Running if !upload.runs(now.naive_utc()) => State::Stopped.as_str(),
        state => state.as_str(),
    }
}

pub(super) fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
