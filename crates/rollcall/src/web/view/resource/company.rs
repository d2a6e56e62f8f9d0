//! `/admin/settings` and `/admin/companies/{id}/edit`: what can be changed of a company.

use askama::Template;

use super::form::FormProblem;
use super::history::Meanwhile;
use super::words::flag;
use crate::company::{CAPACITIES, Company, Draft, Wrong};
use crate::web::view::chrome::Chrome;
use crate::web::view::first::{CURRENCIES, nearest, zones};
use crate::web::view::format::Formats;
use crate::web::view::words::Words;

/// On which of the two pages the form stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CompanyPlace {
    /// An admin's own company, or the one that an operator is in.
    Settings,
    /// Any company, for operators.
    Companies,
}

/// The page.
#[derive(Template)]
#[template(path = "company_form.html")]
pub(crate) struct CompanyFormPage {
    w: Words,
    chrome: Chrome,
    place: CompanyPlace,
    id: i64,
    /// As it is called at this moment, whatever was typed.
    name: String,
    slug: String,
    is_open: bool,
    tag: String,
    draft: Draft,
    problem: Option<FormProblem>,
    faults: Vec<(&'static str, Wrong)>,
    meanwhile: Option<Meanwhile>,
}

impl CompanyFormPage {
    /// The page of a company in the state of `tag`, with what was typed.
    #[must_use]
    pub(crate) fn new(
        chrome: Chrome,
        (place, id, company): (CompanyPlace, i64, &Company),
        tag: String,
        draft: &Draft,
    ) -> Self {
        Self {
            w: chrome.w(),
            chrome,
            place,
            id,
            name: company.text("name").to_owned(),
            slug: company.text("slug").to_owned(),
            is_open: company.is_active(),
            tag,
            draft: draft.clone(),
            problem: None,
            faults: Vec::new(),
            meanwhile: None,
        }
    }

    /// With why nothing was saved.
    #[must_use]
    pub(crate) fn failed(self, problem: Option<FormProblem>, faults: &[(&'static str, Wrong)]) -> Self {
        Self { problem, faults: faults.to_vec(), ..self }
    }

    /// With who was faster, where it was changed since.
    #[must_use]
    pub(crate) fn meanwhile(self, meanwhile: Option<Meanwhile>) -> Self {
        Self { meanwhile, ..self }
    }

    /// The page's HTML.
    ///
    /// # Errors
    /// Where a template cannot be written, which is a fault of the program.
    pub(crate) fn html(&self) -> Result<String, askama::Error> {
        self.render()
    }

    fn is_settings(&self) -> bool {
        self.place == CompanyPlace::Settings
    }

    fn title(&self) -> String {
        match self.place {
            CompanyPlace::Settings => self.w.t("ui.settings.title"),
            CompanyPlace::Companies => self.w.with("ui.form.edit", "what", &self.name),
        }
    }

    fn url(&self) -> String {
        match self.place {
            CompanyPlace::Settings => self.chrome.in_company("/admin/settings"),
            CompanyPlace::Companies => format!("{}/edit", self.record()),
        }
    }

    fn record(&self) -> String {
        format!("/admin/companies/{}", self.id)
    }

    /// Where one goes who leaves it as it is.
    fn back(&self) -> String {
        if self.is_settings() { self.chrome.dashboard_url() } else { self.record() }
    }

    fn state_word(&self) -> String {
        flag(self.w, "is_active", self.is_open)
    }

    fn problem_text(&self) -> Option<String> {
        let faults = i64::try_from(self.faults.len()).unwrap_or_default();
        self.problem.map(|problem| match problem {
            FormProblem::Stale | FormProblem::LastAdmin | FormProblem::Busy => self.w.t("ui.form.stale"),
            FormProblem::Invalid => self.w.count("ui.form.invalid", faults, faults),
        })
    }

    /// Whether what was typed is what is wrong: other values may do.
    fn is_invalid(&self) -> bool {
        self.problem == Some(FormProblem::Invalid)
    }

    /// What is wrong with a field.
    fn error(&self, field: &str) -> Option<String> {
        let wrong = self.faults.iter().find_map(|(name, wrong)| (*name == field).then_some(*wrong))?;
        Some(match wrong {
            Wrong::Missing => self.w.t("ui.wrong.missing"),
            Wrong::Name => self.w.with("ui.wrong.line", "n", 255),
            Wrong::Zone => match nearest(self.draft.timezone.trim()) {
                Some(zone) => self.w.with("ui.settings.wrong.zone_near", "zone", zone),
                None => self.w.t("ui.settings.wrong.zone"),
            },
            Wrong::Locale => self.w.t("ui.wrong.one_of"),
            Wrong::Currency => self.w.t("ui.settings.wrong.currency"),
            Wrong::Capacity => self.w.with("ui.wrong.whole", "n", self.capacities()),
        })
    }

    /// The attributes of a field: whether it is at fault, and by what it is explained.
    fn state(&self, field: &str) -> String {
        match self.error(field) {
            Some(_) => format!(" aria-invalid=\"true\" aria-describedby=\"error-{field}\""),
            None => format!(" aria-describedby=\"help-{field}\""),
        }
    }

    fn capacities(&self) -> String {
        let formats = Formats { w: self.w, zone: chrono_tz::UTC, now: chrono::DateTime::UNIX_EPOCH };
        format!("{}–{}", CAPACITIES.start(), formats.count(*CAPACITIES.end()))
    }

    /// What stands below a field.
    fn help(&self, field: &str) -> String {
        match field {
            "staff_capacity" => self.w.with("ui.settings.help.staff_capacity", "n", self.capacities()),
            field => self.w.t(&format!("ui.settings.help.{field}")),
        }
    }

    fn zones(&self) -> impl Iterator<Item = &'static str> {
        zones()
    }

    fn currencies(&self) -> [&'static str; 12] {
        CURRENCIES
    }

    fn largest(&self) -> i64 {
        *CAPACITIES.end()
    }
}
