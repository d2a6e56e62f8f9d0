//! `/admin/appointments/new`: the form by which an appointment is booked.

mod typed;

use askama::Template;
use chrono::{DateTime, NaiveDateTime, Offset, TimeZone, Utc};
use chrono_tz::Tz;

pub use self::typed::{BookDraft, Busy, Person, Thing};
use super::words::nothing;
use crate::web::view::chrome::Chrome;
use crate::web::view::format::Formats;
use crate::web::view::words::Words;

/// Something to choose.
struct Choice {
    id: i64,
    name: String,
    chosen: bool,
}

/// Why nothing was booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BookProblem {
    /// Nobody was chosen.
    NoCustomer,
    /// What was chosen in that field is not there.
    Gone(&'static str),
    /// There is no such time.
    Time,
    /// The clocks leave that time out.
    LeftOut,
    /// That time comes twice.
    Twice,
    /// It is no length of an appointment.
    Length,
    /// Its time is over.
    Past,
    /// It is no amount.
    Price,
    /// Somebody is busy.
    Busy,
}

impl BookProblem {
    fn key(self) -> &'static str {
        match self {
            Self::NoCustomer => "ui.book.no_customer",
            Self::Gone(_) => "ui.wrong.no_row",
            Self::Time => "ui.book.wrong_time",
            Self::LeftOut => "ui.book.left_out",
            Self::Twice => "ui.book.twice",
            Self::Length => "ui.book.wrong_length",
            Self::Past => "ui.book.late",
            Self::Price => "ui.wrong.money",
            Self::Busy => "ui.book.busy",
        }
    }

    fn field(self) -> &'static str {
        match self {
            Self::NoCustomer => "customer_id",
            Self::Gone(field) => field,
            Self::Time | Self::LeftOut | Self::Twice => "time",
            Self::Length => "minutes",
            Self::Past => "late",
            Self::Price => "price",
            Self::Busy => "anyway",
        }
    }
}

/// The page.
#[derive(Template)]
#[template(path = "book.html")]
pub struct BookPage {
    w: Words,
    chrome: Chrome,
    formats: Formats,
    draft: BookDraft,
    customers: Vec<Person>,
    services: Vec<Thing>,
    staff: Vec<Thing>,
    branches: Vec<Thing>,
    busy: Vec<Busy>,
    /// The branch that is taken over from the member of staff.
    branch: Option<String>,
    ends_at: Option<NaiveDateTime>,
    past: bool,
    ambiguous: bool,
    problems: Vec<BookProblem>,
    refused: bool,
}

impl BookPage {
    /// The form with what was typed so far.
    #[must_use]
    pub fn new(chrome: Chrome, zone: Tz, now: DateTime<Utc>, draft: BookDraft) -> Self {
        let w = chrome.w();
        Self {
            w,
            formats: Formats { w, zone, now },
            draft,
            customers: Vec::new(),
            services: Vec::new(),
            staff: Vec::new(),
            branches: Vec::new(),
            busy: Vec::new(),
            branch: None,
            ends_at: None,
            past: false,
            ambiguous: false,
            problems: Vec::new(),
            refused: false,
            chrome,
        }
    }

    /// With what may be chosen.
    #[must_use]
    pub fn offers(self, customers: Vec<Person>, services: Vec<Thing>, staff: Vec<Thing>, branches: Vec<Thing>) -> Self {
        Self { customers, services, staff, branches, ..self }
    }

    /// With what is in the way, and what is to be known of the time.
    #[must_use]
    pub fn found(self, busy: Vec<Busy>, past: bool, ambiguous: bool) -> Self {
        Self { busy, past, ambiguous, ..self }
    }

    /// With what follows from what was typed: the branch of the member of staff, and when it ends.
    #[must_use]
    pub fn follows(self, branch: Option<String>, ends_at: Option<NaiveDateTime>) -> Self {
        Self { branch, ends_at, ..self }
    }

    /// With what is wrong; `refused` where somebody wanted to book.
    #[must_use]
    pub fn refused(self, problems: Vec<BookProblem>, refused: bool) -> Self {
        Self { problems, refused, ..self }
    }

    /// The page's HTML.
    ///
    /// # Errors
    /// Where a template cannot be written, which is a fault of the program.
    pub fn html(&self) -> Result<String, askama::Error> {
        self.render()
    }

    fn url(&self) -> String {
        self.chrome.in_company("/admin/appointments/new")
    }

    /// An operator's company, which a form that is sent by GET has to keep.
    fn company(&self) -> Option<i64> {
        self.chrome.company.as_ref().filter(|_| self.chrome.viewer.is_operator()).map(|company| company.id)
    }

    fn list(&self) -> String {
        self.chrome.in_company("/admin/appointments")
    }

    fn nothing(&self, field: &str) -> String {
        nothing(self.w, field)
    }

    fn zone(&self) -> &'static str {
        self.formats.zone.name()
    }

    /// The customers to choose from.
    fn people(&self) -> Vec<Choice> {
        let choice = |it: &Person| {
            let parts: Vec<_> =
                [it.name.as_str(), it.reached.as_str()].into_iter().filter(|it| !it.is_empty()).collect();
            Choice { id: it.id, name: parts.join(" · "), chosen: self.draft.customer == Some(it.id) }
        };
        self.customers.iter().map(choice).collect()
    }

    /// The other lists to choose from: field, label and choices.
    fn choices(&self) -> [(&'static str, String, Vec<Choice>); 3] {
        let list = |field: &'static str, of: &[Thing], chosen: Option<i64>| {
            let name = |it: &Thing| match it.minutes {
                Some(minutes) => format!("{} ({minutes} min)", it.name),
                None => it.name.clone(),
            };
            let choice = |it: &Thing| Choice { id: it.id, name: name(it), chosen: chosen == Some(it.id) };
            (field, self.w.t(&format!("ui.field.{field}")), of.iter().map(choice).collect())
        };
        [
            list("service_id", &self.services, self.draft.service),
            list("staff_id", &self.staff, self.draft.staff),
            list("branch_id", &self.branches, self.draft.branch),
        ]
    }

    fn problem(&self, field: &str) -> Option<String> {
        self.problems.iter().find(|problem| problem.field() == field).map(|problem| self.w.t(problem.key()))
    }

    fn problem_text(&self) -> Option<String> {
        let count = i64::try_from(self.problems.len()).unwrap_or_default();
        self.refused.then(|| self.w.count("ui.book.refused", count, count))
    }

    /// When it ends, in words.
    fn until(&self) -> Option<String> {
        self.ends_at.map(|at| self.w.with("ui.book.until", "when", self.formats.instant(at)))
    }

    /// A time that comes twice: each with its distance from UTC.
    fn folds(&self) -> Vec<(&'static str, String, bool)> {
        let local = format!("{} {}", self.draft.day, self.draft.time);
        let local = ["%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"]
            .iter()
            .find_map(|format| NaiveDateTime::parse_from_str(&local, format).ok());
        let Some(chrono::LocalResult::Ambiguous(first, second)) =
            local.map(|at| self.formats.zone.from_local_datetime(&at))
        else {
            return Vec::new();
        };
        [("first", first), ("second", second)]
            .into_iter()
            .map(|(name, at)| {
                let word = self.w.with(&format!("ui.book.{name}"), "offset", at.offset().fix());
                (name, word, self.draft.meant == name)
            })
            .collect()
    }

    /// What is in the way, in words, and where it is.
    fn conflicts(&self) -> Vec<(String, String)> {
        self.busy.iter().map(|it| it.told(&self.formats, &self.chrome)).collect()
    }
}
