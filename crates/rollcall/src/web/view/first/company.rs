//! `/admin/companies/new`: a company, and its first admin.

use askama::Template;
use chrono_tz::TZ_VARIANTS;

use crate::accounts;
use crate::analytics::currency::Currency;
use crate::i18n::Lang;
use crate::people::invitation::Pending;
use crate::web::view::chrome::Chrome;
use crate::web::view::words::Words;

/// The currencies that are offered first; any other code can be typed.
pub(in crate::web::view) const CURRENCIES: [&str; 12] =
    ["EUR", "CHF", "USD", "GBP", "DKK", "SEK", "NOK", "PLN", "CZK", "HUF", "CAD", "AUD"];

/// What was typed.
#[derive(Clone, Debug, Default)]
pub struct CompanyDraft {
    /// Its name.
    pub name: String,
    /// Its short name; empty: made of the name.
    pub slug: String,
    /// Its time zone.
    pub timezone: String,
    /// Its language.
    pub locale: String,
    /// Its currency.
    pub currency: String,
    /// The name of its first admin; may be empty, as the address then is.
    pub admin_name: String,
    /// Their address.
    pub admin_email: String,
}

/// Why there is no new company.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompanyProblem {
    /// The name will not do.
    Name,
    /// The short name will not do, or none can be made of the name.
    Slug,
    /// The short name is another company's.
    SlugTaken,
    /// There is no such time zone.
    Zone,
    /// That is no currency.
    Currency,
    /// The admin's name will not do.
    AdminName,
    /// The admin's address will not do.
    AdminEmail,
    /// Somebody signs in with the admin's address.
    AdminTaken,
}

impl CompanyDraft {
    /// An empty form in that language.
    #[must_use]
    pub fn new(lang: Lang) -> Self {
        Self { locale: lang.as_str().to_owned(), currency: "EUR".to_owned(), ..Self::default() }
    }

    /// Whether a first admin is named.
    #[must_use]
    pub fn has_admin(&self) -> bool {
        !self.admin_name.is_empty() || !self.admin_email.is_empty()
    }

    /// The first thing about it that will not do.
    #[must_use]
    pub fn wrong(&self) -> Option<CompanyProblem> {
        let checks = [
            (accounts::name(&self.name).is_err(), CompanyProblem::Name),
            (!self.slug.is_empty() && accounts::slug(&self.slug).is_err(), CompanyProblem::Slug),
            (accounts::time_zone(&self.timezone).is_err(), CompanyProblem::Zone),
            (Currency::assigned(&self.currency).is_none(), CompanyProblem::Currency),
            (self.has_admin() && accounts::name(&self.admin_name).is_err(), CompanyProblem::AdminName),
            (self.has_admin() && accounts::email(&self.admin_email).is_err(), CompanyProblem::AdminEmail),
        ];
        checks.into_iter().find_map(|(wrong, problem)| wrong.then_some(problem))
    }
}

impl CompanyProblem {
    /// The field that it is about.
    fn field(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Slug | Self::SlugTaken => "slug",
            Self::Zone => "timezone",
            Self::Currency => "currency",
            Self::AdminName => "admin_name",
            Self::AdminEmail | Self::AdminTaken => "admin_email",
        }
    }
}

/// The page.
#[derive(Template)]
#[template(path = "company_new.html")]
pub struct NewCompanyPage {
    w: Words,
    chrome: Chrome,
    draft: CompanyDraft,
    problem: Option<CompanyProblem>,
    by_mail: bool,
    made: Option<Made>,
}

struct Made {
    company: String,
    who: String,
    link: String,
    next: String,
}

impl NewCompanyPage {
    /// The form; `by_mail`: whether the invitation goes out by mail.
    #[must_use]
    pub fn new(chrome: Chrome, draft: CompanyDraft, problem: Option<CompanyProblem>, by_mail: bool) -> Self {
        Self { w: chrome.w(), chrome, draft, problem, by_mail, made: None }
    }

    /// With the link that the operator hands on to the first admin, and where to go on.
    #[must_use]
    pub fn made(self, company: &str, pending: &Pending, link: String, next: String) -> Self {
        let who = format!("{} ({})", pending.name, pending.email);
        Self { made: Some(Made { company: company.to_owned(), who, link, next }), ..self }
    }

    /// The page's HTML.
    ///
    /// # Errors
    /// Where a template cannot be written, which is a fault of the program.
    pub fn html(&self) -> Result<String, askama::Error> {
        self.render()
    }

    fn problem_text(&self) -> Option<String> {
        self.problem.map(|problem| match problem {
            CompanyProblem::Name | CompanyProblem::AdminName => self.w.t("ui.setup.problem.name"),
            CompanyProblem::Slug => self.w.t("ui.company.problem.slug"),
            CompanyProblem::SlugTaken => self.w.t("ui.company.problem.taken"),
            CompanyProblem::Zone => match nearest(&self.draft.timezone) {
                Some(zone) => self.w.with("ui.company.problem.zone_near", "zone", zone),
                None => self.w.t("ui.company.problem.zone"),
            },
            CompanyProblem::Currency => self.w.t("ui.company.problem.currency"),
            CompanyProblem::AdminEmail => self.w.t("ui.wrong.email"),
            CompanyProblem::AdminTaken => self.w.t("ui.setup.problem.taken"),
        })
    }

    /// The attributes of a field: whether it is at fault.
    fn state(&self, field: &str) -> &'static str {
        match self.problem {
            Some(problem) if problem.field() == field => " aria-invalid=\"true\" aria-describedby=\"problem\"",
            _ => "",
        }
    }

    fn zones(&self) -> impl Iterator<Item = &'static str> {
        zones()
    }

    fn currencies(&self) -> [&'static str; 12] {
        CURRENCIES
    }
}

/// The zones that are offered.
pub(in crate::web::view) fn zones() -> impl Iterator<Item = &'static str> {
    TZ_VARIANTS.iter().map(|zone| zone.name()).filter(|name| name.contains('/') && !name.starts_with("Etc/"))
}

/// The zone that somebody may have meant.
pub(in crate::web::view) fn nearest(zone: &str) -> Option<String> {
    let said = accounts::time_zone(zone).err()?.to_string();
    let (_, near) = said.split_once("did you mean `")?;
    near.split_once('`').map(|(zone, _)| zone.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> CompanyDraft {
        let text = str::to_owned;
        CompanyDraft { name: text("Salon Ada"), timezone: text("Europe/Berlin"), ..CompanyDraft::new(Lang::De) }
    }

    #[test]
    fn a_draft_says_what_will_not_do() {
        assert_eq!(draft().wrong(), None, "the short name is made, and an admin may come later");
        let wrong = |change: fn(&mut CompanyDraft)| {
            let mut changed = draft();
            change(&mut changed);
            changed.wrong()
        };
        assert_eq!(wrong(|it| it.name = String::new()), Some(CompanyProblem::Name));
        assert_eq!(wrong(|it| it.slug = "Ada!".into()), Some(CompanyProblem::Slug));
        assert_eq!(wrong(|it| it.timezone = "Berlin".into()), Some(CompanyProblem::Zone));
        assert_eq!(wrong(|it| it.currency = "Euro".into()), Some(CompanyProblem::Currency));
        assert_eq!(wrong(|it| it.admin_name = "Ada".into()), Some(CompanyProblem::AdminEmail));
        assert_eq!(wrong(|it| it.admin_email = "a@example.test".into()), Some(CompanyProblem::AdminName));
        assert_eq!(nearest("Berlin").as_deref(), Some("Europe/Berlin"));
    }
}
