//! The pages of somebody who is the first: how to begin, and the form by which they become the operator.

use askama::Template;

use crate::i18n::Lang;
use crate::password::{LEAST, TooWeak};
use crate::web::people::weakness;
use crate::web::view::chrome::Theme;
use crate::web::view::words::Words;

/// What was typed, but for the password.
#[derive(Clone, Debug, Default)]
pub struct FounderDraft {
    /// The name.
    pub name: String,
    /// The address.
    pub email: String,
    /// The language that was chosen; none: the page's.
    pub language: Option<Lang>,
}

/// Why there is no operator yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FounderProblem {
    /// The name will not do.
    Name,
    /// The address will not do.
    Email,
    /// Somebody signs in with the address.
    Taken,
    /// The password was typed differently the second time.
    Differ,
    /// The password is not strong enough.
    Weak(TooWeak),
}

/// `/setup/{secret}`
#[derive(Template)]
#[template(path = "setup.html")]
pub struct FounderPage {
    w: Words,
    theme: Theme,
    draft: FounderDraft,
    wrong: Option<FounderProblem>,
}

impl FounderPage {
    /// The form.
    #[must_use]
    pub fn new(lang: Lang, theme: Theme, draft: FounderDraft, problem: Option<FounderProblem>) -> Self {
        Self { w: Words::of(lang), theme, draft, wrong: problem }
    }

    /// The page's HTML.
    ///
    /// # Errors
    /// Where a template cannot be written, which is a fault of the program.
    pub fn html(&self) -> Result<String, askama::Error> {
        self.render()
    }

    fn problem_text(&self) -> Option<String> {
        self.wrong.map(|problem| match problem {
            FounderProblem::Name => self.w.t("ui.setup.problem.name"),
            FounderProblem::Email => self.w.t("ui.wrong.email"),
            FounderProblem::Taken => self.w.t("ui.setup.problem.taken"),
            FounderProblem::Differ => self.w.t("ui.password.differ"),
            FounderProblem::Weak(weak) => self.w.t(&format!("ui.password.weak.{}", weakness(weak))),
        })
    }

    fn is_about_name(&self) -> bool {
        self.wrong == Some(FounderProblem::Name)
    }

    fn is_about_email(&self) -> bool {
        matches!(self.wrong, Some(FounderProblem::Email | FounderProblem::Taken))
    }

    /// What is wrong with the password, where that is.
    fn about_password(&self) -> Option<FounderProblem> {
        self.wrong.filter(|problem| matches!(problem, FounderProblem::Differ | FounderProblem::Weak(_)))
    }

    fn rules(&self) -> String {
        self.w.with("ui.password.rules", "n", LEAST)
    }

    fn speaks(&self, lang: &str) -> bool {
        self.draft.language.unwrap_or(self.w.0).as_str() == lang
    }
}

/// `/login` where nobody could sign in yet: says where the link is, and nothing more.
#[derive(Template)]
#[template(path = "begin.html")]
pub struct BeginPage {
    w: Words,
    theme: Theme,
}

impl BeginPage {
    /// The page.
    #[must_use]
    pub fn new(lang: Lang, theme: Theme) -> Self {
        Self { w: Words::of(lang), theme }
    }

    /// The page's HTML.
    ///
    /// # Errors
    /// Where a template cannot be written, which is a fault of the program.
    pub fn html(&self) -> Result<String, askama::Error> {
        self.render()
    }
}
