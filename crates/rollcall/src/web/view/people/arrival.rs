//! Pages for somebody who comes by a link, or asks for one.

use askama::Template;

use crate::i18n::Lang;
use crate::password::{LEAST, TooWeak};
use crate::people::{Link, LinkKind};
use crate::web::people::weakness;
use crate::web::view::chrome::Theme;
use crate::web::view::words::Words;

/// Why a password was not set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArrivalProblem {
    /// It was typed differently the second time.
    Differ,
    /// It is not strong enough.
    Weak(TooWeak),
    /// Somebody signs in with the address by now.
    Taken,
}

/// Whom a link is for.
struct Whom {
    name: String,
    email: String,
    company: Option<String>,
}

/// `/invitation/{secret}` and `/reset/{secret}`.
#[derive(Template)]
#[template(path = "arrival.html")]
pub struct ArrivalPage {
    w: Words,
    theme: Theme,
    kind: LinkKind,
    /// None: the link holds no longer.
    whom: Option<Whom>,
    problem: Option<ArrivalProblem>,
}

impl ArrivalPage {
    /// The page of a link; none: one that holds no longer.
    #[must_use]
    pub fn new(lang: Lang, theme: Theme, kind: LinkKind, link: Option<&Link>, problem: Option<ArrivalProblem>) -> Self {
        let whom =
            link.map(|link| Whom { name: link.name.clone(), email: link.email.clone(), company: link.company.clone() });
        Self { w: Words::of(lang), theme, kind, whom, problem }
    }

    /// The page's HTML.
    ///
    /// # Errors
    /// Where a template cannot be written, which is a fault of the program.
    pub fn html(&self) -> Result<String, askama::Error> {
        self.render()
    }

    fn word(&self, part: &str) -> String {
        let kind = if self.kind == LinkKind::Invitation { "invitation" } else { "reset" };
        self.w.t(&format!("ui.arrival.{kind}.{part}"))
    }

    fn rules(&self) -> String {
        self.w.with("ui.password.rules", "n", LEAST)
    }

    fn problem_text(&self) -> Option<String> {
        self.problem.map(|problem| match problem {
            ArrivalProblem::Differ => self.w.t("ui.password.differ"),
            ArrivalProblem::Weak(weak) => self.w.t(&format!("ui.password.weak.{}", weakness(weak))),
            ArrivalProblem::Taken => self.w.t("ui.arrival.taken"),
        })
    }
}

/// `/forgot`
#[derive(Template)]
#[template(path = "forgot.html")]
pub struct ForgotPage {
    w: Words,
    theme: Theme,
    sent: bool,
    /// How long to wait, in seconds, where it was asked too often.
    wait: Option<u64>,
}

impl ForgotPage {
    /// The form, or that it was sent.
    #[must_use]
    pub fn new(lang: Lang, theme: Theme, sent: bool, wait: Option<u64>) -> Self {
        Self { w: Words::of(lang), theme, sent, wait }
    }

    /// The page's HTML.
    ///
    /// # Errors
    /// Where a template cannot be written, which is a fault of the program.
    pub fn html(&self) -> Result<String, askama::Error> {
        self.render()
    }

    fn wait_text(&self) -> Option<String> {
        self.wait.map(|seconds| {
            let minutes = i64::try_from(seconds.div_ceil(60).max(1)).unwrap_or(i64::MAX);
            self.w.count("ui.login.too_many", minutes, minutes)
        })
    }
}
