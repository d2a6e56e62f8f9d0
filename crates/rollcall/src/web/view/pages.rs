//! The pages beside the dashboard: signing in, choosing a company, and what went wrong.

use askama::Template;

use super::chrome::Theme;
use super::query::PageQuery;
use super::words::{Icon, Words};
use crate::i18n::Lang;
use crate::widget::InvalidChoice;

/// Why signing in did not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginProblem {
    /// The address or the password is wrong; which one is not said.
    Wrong,
    /// Too many attempts: the next one counts after so many seconds.
    TooMany {
        /// How long to wait.
        seconds: u64,
    },
    /// The session has ended.
    Ended,
    /// The session had ended when something was sent, which was not done.
    Unsaved,
    /// The form lacks an address or a password.
    Incomplete,
    /// An invitation was taken up: they may sign in now.
    Joined,
    /// A new password was set by a link.
    Reset,
    /// The second step took too long, or was never begun.
    TooLate,
    /// The password is right, but the account's company is closed, or its role is none that Rollcall knows.
    Closed,
}

/// `/login`.
#[derive(Clone, Debug, Template)]
#[template(path = "login.html")]
pub struct LoginPage {
    w: Words,
    theme: Theme,
    /// What was typed, to be shown again.
    email: String,
    problem: Option<LoginProblem>,
    /// Where to go afterwards: a path of this site.
    return_to: String,
    /// Whether a forgotten password can be replaced by mail.
    forgets: bool,
}

impl LoginPage {
    /// The form; `email` as it was typed, `return_to` a path of this site or nothing.
    #[must_use]
    pub fn new(lang: Lang, theme: Theme, email: &str, problem: Option<LoginProblem>, return_to: &str) -> Self {
        Self {
            w: Words::of(lang),
            theme,
            email: email.to_owned(),
            problem,
            return_to: return_to.to_owned(),
            forgets: false,
        }
    }

    /// With the way to a new password, where mails to people can be sent.
    #[must_use]
    pub fn forgets(self, yes: bool) -> Self {
        Self { forgets: yes, ..self }
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
            LoginProblem::Wrong => self.w.t("ui.login.wrong"),
            LoginProblem::Ended => self.w.t("ui.login.ended"),
            LoginProblem::Unsaved => self.w.t("ui.login.unsaved"),
            LoginProblem::Joined => self.w.t("ui.login.joined"),
            LoginProblem::Reset => self.w.t("ui.login.reset"),
            LoginProblem::TooLate => self.w.t("ui.login.too_late"),
            LoginProblem::Incomplete => self.w.t("ui.login.incomplete"),
            LoginProblem::Closed => self.w.t("ui.login.closed"),
            LoginProblem::TooMany { seconds } => {
                let minutes = i64::try_from(seconds.div_ceil(60).max(1)).unwrap_or(i64::MAX);
                self.w.count("ui.login.too_many", minutes, minutes)
            }
        })
    }

    /// This page: who changes the language or the theme here still goes where they wanted to go.
    fn page(&self) -> String {
        if self.return_to.is_empty() {
            return "/login".to_owned();
        }
        PageQuery::default().url("/login", &[("return_to".to_owned(), self.return_to.clone())])
    }

    /// Whether something was sent that was not done: the script may say that it kept it.
    fn is_unsaved(&self) -> bool {
        matches!(self.problem, Some(LoginProblem::Unsaved))
    }

    /// Whether it is none: something went well.
    fn is_good(&self) -> bool {
        matches!(self.problem, Some(LoginProblem::Joined | LoginProblem::Reset))
    }

    /// Whether the fields are at fault, so that they are marked.
    fn is_wrong(&self) -> bool {
        matches!(self.problem, Some(LoginProblem::Wrong | LoginProblem::Incomplete))
    }
}

/// What a filter does not allow, in words.
#[must_use]
pub fn choice_words(choice: &InvalidChoice, lang: Lang) -> String {
    let w = Words::of(lang);
    let plain = choice.name.trim_end_matches("_from").trim_end_matches("_until");
    let name = w.maybe(&format!("filter.{}", choice.name)).or_else(|| w.maybe(&format!("ui.field.{plain}")));
    let name = name.unwrap_or_else(|| choice.name.clone());
    let key = if choice.allowed.is_empty() { "ui.error.unfit" } else { "ui.error.choice" };
    let words = w.t(key).replace("%{name}", &name).replace("%{allowed}", &choice.allowed);
    words.replace("%{value}", &choice.value)
}

/// Any page that could not be: what happened, what to do, and the id that the log knows it by.
#[derive(Clone, Debug, Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    w: Words,
    theme: Theme,
    status: u16,
    /// What exactly was wrong with the request, where it can be said: "`12` is not one of 7, 30, 90 for `days`".
    detail: Option<String>,
    request_id: String,
    cross_site: bool,
    /// The same page without what was wrong, where that was in the address.
    without: Option<String>,
}

impl ErrorPage {
    /// The page for an HTTP status; 400, 403, 404, 413, 429, 500 and 503 have words of their own.
    #[must_use]
    pub fn new(lang: Lang, theme: Theme, status: u16, detail: Option<String>, request_id: &str) -> Self {
        let (w, request_id) = (Words::of(lang), request_id.to_owned());
        Self { w, theme, status, detail, request_id, cross_site: false, without: None }
    }

    /// The page's HTML.
    ///
    /// # Errors
    /// Where a template cannot be written, which is a fault of the program.
    pub fn html(&self) -> Result<String, askama::Error> {
        self.render()
    }

    /// The page for a request that another site's page sent, where `yes`.
    #[must_use]
    pub fn cross_site(self, yes: bool) -> Self {
        Self { cross_site: yes, ..self }
    }

    /// Of what was asked for there: where the address would not do, the page leads to the same one without it.
    #[must_use]
    pub fn of(self, target: &str) -> Self {
        let query = PageQuery::of(target);
        let path =
            target.split('?').next().filter(|path| self.status == 400 && *path != target && path.starts_with("/admin"));
        let company = query.get("company").map(|company| ("company".to_owned(), company.to_owned()));
        let without = path.map(|path| company.into_iter().collect::<PageQuery>().url(path, &[]));
        Self { without, ..self }
    }

    fn known(&self) -> &'static str {
        match self.status {
            403 if self.cross_site => "cross_site",
            403 => "403",
            404 => "404",
            413 => "413",
            429 => "429",
            503 => "503",
            400..500 => "400",
            _ => "500",
        }
    }

    fn title(&self) -> String {
        self.w.t(&format!("ui.error.{}.title", self.known()))
    }

    fn advice(&self) -> String {
        self.w.t(&format!("ui.error.{}.advice", self.known()))
    }

    fn icon(&self) -> Icon {
        self.w.icon(match self.known() {
            "403" => "lock-closed",
            "404" => "magnifying-glass",
            "429" => "clock",
            _ => "exclamation-triangle",
        })
    }
}
