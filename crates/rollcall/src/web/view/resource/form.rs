//! `/admin/{resource}/new` and `/admin/{resource}/{id}/edit`: a row as a form.

use askama::Template;
use serde_json::{Map, Value as Json};

use super::words::{flag, label, term, wrong};
use crate::resource::{Column, Fault, Form, Kind, Screen, Wrong, is_written, limits, value};
use crate::web::view::chrome::Chrome;
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
    Check,
    /// Groups of choices: what each group is called, and its values.
    Choice(Vec<(String, Vec<(String, String)>)>),
    /// Five tiers of notice and fee.
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
            chrome,
        }
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

    /// The form of a policy of that type.
    fn of_type(&self, word: &str) -> String {
        let page = self.url();
        let sign = if page.contains('?') { '&' } else { '?' };
        format!("{page}{sign}policy_type={word}")
    }

    fn problem_text(&self) -> Option<String> {
        let faults = i64::try_from(self.faults).unwrap_or_default();
        self.problem.map(|problem| match problem {
            FormProblem::Stale => self.w.t("ui.form.stale"),
            FormProblem::LastAdmin => self.w.t("ui.people.last_admin"),
            FormProblem::Invalid => self.w.count("ui.form.invalid", faults, faults),
        })
    }
}

fn is_word(column: &Column, word: &str) -> bool {
    matches!(column.kind, Kind::OneOf(words) if words.contains(&word))
}

fn words(w: Words, column: &Column) -> Vec<(String, String)> {
    match column.kind {
        Kind::OneOf(words) => words.iter().map(|word| ((*word).to_owned(), term(w, column, word))).collect(),
        _ => Vec::new(),
    }
}

/// Makes the fields of a form.
struct Maker<'a> {
    w: Words,
    screen: &'static Screen,
    draft: &'a FormDraft,
    offers: &'a [Offer],
}

impl Maker<'_> {
    fn fields(&self, making: bool, policy_type: &str) -> Vec<Field> {
        let columns = self.screen.resource.columns.iter();
        let shown = columns.filter(|column| column.name != "is_override" && column.name != "policy_type");
        let shown = shown.filter(|column| !matches!(column.kind, Kind::Type(_)) && is_written(column, making));
        shown
            .flat_map(|column| match column.kind {
                Kind::Object(_) => self.config(policy_type),
                _ => vec![self.field(column)],
            })
            .collect()
    }

    fn field(&self, column: &'static Column) -> Field {
        let line = |kind, mode, most| Input::Line { kind, mode, most };
        let (name, input) = match column.kind {
            Kind::Flag => (column.name, Input::Check),
            Kind::OneOf(_) => (column.name, Input::Choice(vec![(String::new(), words(self.w, column))])),
            Kind::Target => ("target", Input::Choice(self.targets())),
            Kind::Ref(_) => (column.name, Input::Choice(vec![(String::new(), self.offered(column.name))])),
            Kind::Email => (column.name, line("email", "email", 255)),
            Kind::Int(..) => (column.name, line("text", "numeric", 12)),
            Kind::Money => (column.name, line("text", "decimal", 12)),
            Kind::Text(most) => (column.name, line("text", "text", most)),
            _ => (column.name, Input::Fixed),
        };
        let label = match column.kind {
            Kind::Flag => flag(self.w, column.name, true),
            _ => label(self.w, self.screen, column.name),
        };
        let required = !column.nullable && !matches!(column.kind, Kind::Flag);
        self.made(name, label, input, required)
    }

    fn made(&self, name: &str, label: String, input: Input, required: bool) -> Field {
        let typed = value(&self.draft.form, name).to_owned();
        let is_about = |fault: &&Fault| {
            let about = fault.about();
            let of_target = name == "target" && matches!(about, "configurable_type" | "configurable_id");
            let of_config = about.strip_prefix("config/").is_some_and(|rest| rest.split('/').next() == Some(name));
            about == name || of_target || of_config
        };
        let error = self.draft.faults.iter().find(is_about).map(|fault| match &fault.wrong {
            _ if typed.is_empty() && required => self.w.t("ui.wrong.missing"),
            Wrong::Other(_) if fault.about().starts_with("config") => self.w.t("ui.wrong.config"),
            other => wrong(self.w, other),
        });
        let help = self.w.maybe(&format!("ui.help.{name}"));
        Field { name: name.to_owned(), label, input, value: typed, required, error, help }
    }

    fn offered(&self, field: &str) -> Vec<(String, String)> {
        let offers = self.offers.iter().filter(|offer| offer.field == field);
        let mut offers: Vec<_> = offers.map(|offer| (offer.value.clone(), offer.name.clone())).collect();
        let typed = value(&self.draft.form, field);
        if !typed.is_empty() && !offers.iter().any(|(value, _)| value == typed) {
            offers.push((typed.to_owned(), typed.to_owned()));
        }
        offers
    }

    fn targets(&self) -> Vec<(String, Vec<(String, String)>)> {
        ["company", "branch", "service", "staff"]
            .map(|kind| {
                let offers = self.offers.iter().filter(|offer| offer.kind == kind);
                let offers = offers.map(|offer| (offer.value.clone(), offer.name.clone())).collect();
                (self.w.t(&format!("term.thing.{kind}")), offers)
            })
            .into()
    }

    /// The fields of a policy of that type.
    fn config(&self, policy_type: &str) -> Vec<Field> {
        let number = |mode| Input::Line { kind: "text", mode, most: 12 };
        let field = |name: &str, input| self.made(name, self.w.t(&format!("ui.policy.{name}")), input, false);
        let mode = |name: &str| if name == "hours_before" { "decimal" } else { "numeric" };
        let mut fields: Vec<_> = limits(policy_type).iter().map(|name| field(name, number(mode(name)))).collect();
        // What overrides nothing has nothing to take its fee from.
        let overridable = self.offers.iter().any(|offer| offer.field == "overrides_id");
        let overrides = overridable || !value(&self.draft.form, "overrides_id").is_empty();
        let kinds = ["", "standard", "fee", "fee_percentage", "fee_tiers"].into_iter();
        let kinds = kinds.filter(|kind| overrides || !kind.is_empty()).map(|kind| {
            let key = if kind.is_empty() { "overridden" } else { kind };
            (kind.to_owned(), self.w.t(&format!("ui.policy.kind.{key}")))
        });
        fields.push(field("fee_kind", Input::Choice(vec![(String::new(), kinds.collect())])));
        fields.push(field("fee", number("decimal")));
        fields.push(field("fee_percentage", number("decimal")));
        let all = |name: &'static str| {
            self.draft.form.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.clone())
        };
        let mut tiers: Vec<_> = all("tier_hours").zip(all("tier_fee")).collect();
        tiers.resize(tiers.len().clamp(5, 20), (String::new(), String::new()));
        fields.push(field("fee_tiers", Input::Tiers(tiers)));
        fields
    }
}
