//! `/admin/{resource}/new` and `/admin/{resource}/{id}/edit`: a row as a form.

use askama::Template;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::{Map, Value as Json};

use super::book::Busy;
use super::cell::{Cell, Links, Look, cell};
use super::fields::Maker;
use super::history::Meanwhile;
use super::words::{label, nothing, term};
use crate::resource::{Beside, Column, Fault, Form, Kind, Screen, is_written, value};
use crate::web::view::chrome::Chrome;
use crate::web::view::format::Formats;
use crate::web::view::words::Words;

/// What was typed, and what is wrong with it.
#[derive(Debug)]
pub struct FormDraft {
    pub(crate) form: Form,
    pub(crate) faults: Vec<Fault>,
    pub(crate) problem: Option<FormProblem>,
}

impl FormDraft {
    /// A form that nobody has sent yet.
    #[must_use]
    pub(crate) fn of(form: Form) -> Self {
        Self { form, faults: Vec::new(), problem: None }
    }
}

/// Why nothing was saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormProblem {
    /// Fields will not do.
    Invalid,
    /// It was changed since.
    Stale,
    /// Nobody else is an admin of the company.
    LastAdmin,
    /// Somebody is busy.
    Busy,
}

/// A row that a field may name.
#[derive(Clone, Debug)]
pub struct Offer {
    /// The field.
    pub field: &'static str,
    /// What it is, where the field may name rows of several kinds.
    pub kind: &'static str,
    /// The field's value then.
    pub value: String,
    /// What it is called.
    pub name: String,
}

/// The page.
#[derive(Template)]
#[template(path = "resource_form.html")]
pub struct FormPage {
    w: Words,
    chrome: Chrome,
    screen: &'static Screen,
    /// The row that there is.
    id: Option<i64>,
    tag: String,
    fields: Vec<Field>,
    /// A policy's type, which is chosen before its fields are known.
    types: Vec<(String, String)>,
    hidden: Vec<(&'static str, String)>,
    problem: Option<FormProblem>,
    faults: usize,
    /// Of a policy: what it would have done, and what it is among the others.
    preview: Option<String>,
    standing: Option<String>,
    meanwhile: Option<Meanwhile>,
    /// What the row is, as far as no form changes that.
    about: Vec<(String, Cell)>,
    /// Appointments that are in the way, in words, with their pages; and whether it is to be saved nevertheless.
    busy: Vec<(String, String)>,
    anyway: bool,
}

/// A field.
pub(super) struct Field {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) input: Input,
    pub(super) value: String,
    pub(super) required: bool,
    pub(super) error: Option<String>,
    pub(super) help: Option<String>,
}

/// How it is filled in.
pub(super) enum Input {
    Line {
        kind: &'static str,
        mode: &'static str,
        most: u32,
    },
    /// A number, with what the browser says where it is none, and how far it goes, if that is the same for all.
    Number {
        mode: &'static str,
        wanted: String,
        range: Option<(i64, i64)>,
    },
    Check,
    /// Groups of choices: what each group is called, and its values.
    Choice(Vec<(String, Vec<(String, String)>)>),
    /// Tiers of notice and fee, with some that are empty.
    Tiers(Vec<(String, String)>),
    /// What cannot be changed any more.
    Fixed,
}

impl FormPage {
    /// The page; `row` is what there is, in the state of `tag`.
    #[must_use]
    pub(crate) fn new(
        chrome: Chrome,
        screen: &'static Screen,
        row: Option<(i64, &Map<String, Json>)>,
        tag: String,
        offers: &[Offer],
        draft: &FormDraft,
    ) -> Self {
        let w = chrome.w();
        let maker = Maker { w, screen, draft, offers };
        let policy_type = value(&draft.form, "policy_type").to_owned();
        let of_policies = screen.resource.column("policy_type");
        let types = match of_policies.filter(|_| row.is_none()) {
            Some(column) if !is_word(column, &policy_type) => words(w, column),
            _ => Vec::new(),
        };
        let fields = if types.is_empty() { maker.fields(row.is_none(), &policy_type) } else { Vec::new() };
        let hidden = if of_policies.is_some() { vec![("policy_type", policy_type)] } else { Vec::new() };
        let faults = fields.iter().filter(|field| field.error.is_some()).count();
        let id = row.map(|(id, _)| id);
        Self {
            w,
            screen,
            id,
            tag,
            fields,
            types,
            hidden,
            problem: draft.problem,
            faults,
            preview: None,
            standing: None,
            meanwhile: None,
            about: Vec::new(),
            busy: Vec::new(),
            anyway: value(&draft.form, "anyway") == "yes",
            chrome,
        }
    }

    /// With what the row is that nobody changes here, and the appointments that are in the way.
    #[must_use]
    pub(crate) fn about(
        mut self,
        (zone, now): (Tz, DateTime<Utc>),
        (row, beside): (&Map<String, Json>, &Beside),
        busy: &[Busy],
    ) -> Self {
        let formats = Formats { w: self.w, zone, now };
        // A policy's type stands in the title, and of an appointment it matters whether it is over.
        let is_told = |column: &&Column| {
            let once = !is_written(column, false) && is_written(column, true) && column.name != "policy_type";
            (once && !matches!(column.kind, Kind::Type(_))) || (column.name == "status" && self.screen.is_booked())
        };
        let told = self.screen.resource.columns.iter().filter(is_told);
        let of = |column: &Column| {
            let shown = cell((&formats, Links(&self.chrome)), column, row, beside);
            (label(self.w, self.screen, column.name), shown)
        };
        self.about = told.map(of).collect();
        self.busy = busy.iter().map(|it| it.told(&formats, &self.chrome)).collect();
        self
    }

    /// With what a policy would have done.
    #[must_use]
    pub fn preview(self, preview: Option<String>) -> Self {
        Self { preview, ..self }
    }

    /// With what a policy is among the others.
    #[must_use]
    pub fn standing(self, standing: Option<String>) -> Self {
        Self { standing, ..self }
    }

    /// With who was faster, where it was changed since.
    #[must_use]
    pub(crate) fn meanwhile(self, meanwhile: Option<Meanwhile>) -> Self {
        Self { meanwhile, ..self }
    }

    /// What is wrong, field by field.
    #[must_use]
    pub fn wrong(&self) -> Vec<(String, String)> {
        let wrong = |field: &Field| Some((field.label.clone(), field.error.clone()?));
        self.fields.iter().filter_map(wrong).collect()
    }

    /// Where one sees what a policy would have done.
    fn preview_url(&self) -> Option<String> {
        let of_policy = self.screen.resource.column("policy_type").is_some() && self.types.is_empty();
        let path = self.screen.path();
        let path = self.id.map_or_else(|| format!("{path}/preview"), |id| format!("{path}/{id}/preview"));
        of_policy.then(|| self.chrome.in_company(&path))
    }

    /// The page's HTML.
    ///
    /// # Errors
    /// Where a template cannot be written, which is a fault of the program.
    pub fn html(&self) -> Result<String, askama::Error> {
        self.render()
    }

    fn title(&self) -> String {
        let thing = self.w.t(&format!("term.thing.{}", self.screen.resource.thing.as_str()));
        let key = if self.id.is_some() { "ui.form.edit" } else { "ui.form.new" };
        let of_type = self.hidden.iter().filter(|(_, word)| !word.is_empty() && self.types.is_empty());
        let of_type = of_type.filter_map(|(name, word)| Some(term(self.w, self.screen.resource.column(name)?, word)));
        let what: Vec<_> = std::iter::once(thing).chain(of_type).collect();
        self.w.with(key, "what", what.join(", "))
    }

    fn url(&self) -> String {
        let path = self.screen.path();
        self.chrome.in_company(&self.id.map_or_else(|| format!("{path}/new"), |id| format!("{path}/{id}/edit")))
    }

    fn back(&self) -> String {
        let path = self.screen.path();
        self.chrome.in_company(&self.id.map_or_else(|| path.clone(), |id| format!("{path}/{id}")))
    }

    fn nothing(&self, field: &Field) -> String {
        nothing(self.w, &field.name)
    }

    /// The form of a policy of that type.
    fn of_type(&self, word: &str) -> String {
        let page = self.url();
        let sign = if page.contains('?') { '&' } else { '?' };
        format!("{page}{sign}policy_type={word}")
    }

    /// Whether what was typed is what is wrong: other values may do.
    fn is_invalid(&self) -> bool {
        self.problem == Some(FormProblem::Invalid)
    }

    fn problem_text(&self) -> Option<String> {
        let faults = i64::try_from(self.faults).unwrap_or_default();
        self.problem.map(|problem| match problem {
            FormProblem::Stale => self.w.t("ui.form.stale"),
            FormProblem::LastAdmin => self.w.t("ui.people.last_admin"),
            FormProblem::Busy => self.w.t("ui.form.busy"),
            FormProblem::Invalid => self.w.count("ui.form.invalid", faults, faults),
        })
    }
}

fn is_word(column: &Column, word: &str) -> bool {
    matches!(column.kind, Kind::OneOf(words) if words.contains(&word))
}

pub(super) fn words(w: Words, column: &Column) -> Vec<(String, String)> {
    match column.kind {
        Kind::OneOf(words) => words.iter().map(|word| ((*word).to_owned(), term(w, column, word))).collect(),
        _ => Vec::new(),
    }
}
