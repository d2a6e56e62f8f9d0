//! The second step of signing in: its form, how it is set up, and the recovery codes.

use std::fmt::Write as _;

use askama::Template;
use qrcode::{Color, EcLevel, QrCode};

use crate::i18n::Lang;
use crate::people::factor::Setup;
use crate::web::view::chrome::{Chrome, Theme};
use crate::web::view::words::Words;

/// Why the second step was not passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeProblem {
    /// The code is none, or was used before.
    Wrong,
    /// Too many attempts: the next one counts after so many seconds.
    TooMany {
        /// How long to wait.
        seconds: u64,
    },
}

/// `/login/code`
#[derive(Template)]
#[template(path = "code.html")]
pub struct CodePage {
    w: Words,
    theme: Theme,
    problem: Option<CodeProblem>,
}

impl CodePage {
    /// The form.
    #[must_use]
    pub fn new(lang: Lang, theme: Theme, problem: Option<CodeProblem>) -> Self {
        Self { w: Words::of(lang), theme, problem }
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
            CodeProblem::Wrong => self.w.t("ui.code.wrong"),
            CodeProblem::TooMany { seconds } => wait(self.w, seconds),
        })
    }
}

/// How long somebody has to wait who tried too often.
pub(super) fn wait(w: Words, seconds: u64) -> String {
    let minutes = i64::try_from(seconds.div_ceil(60).max(1)).unwrap_or(i64::MAX);
    w.count("ui.login.too_many", minutes, minutes)
}

/// What is shown of a secret that waits for its first code.
#[derive(Clone, Debug)]
struct Secret {
    text: String,
    /// The square that an app photographs: how wide it is, and the path of its dark parts.
    width: usize,
    path: String,
}

impl Secret {
    fn of(setup: &Setup) -> Option<Self> {
        // So much room around it every app expects.
        const QUIET: usize = 4;
        let code = QrCode::with_error_correction_level(setup.uri.as_bytes(), EcLevel::M).ok()?;
        let width = code.width();
        let mut path = String::new();
        for (at, _) in code.to_colors().iter().enumerate().filter(|(_, color)| **color == Color::Dark) {
            // Writing to a string does not fail.
            let _ = write!(path, "M{} {}h1v1h-1z", at % width + QUIET, at / width + QUIET);
        }
        Some(Self { text: setup.secret.clone(), width: width + 2 * QUIET, path })
    }
}

/// A page that stands alone before somebody is signed in, and within the panel afterwards.
#[derive(Debug)]
enum Around {
    Nothing(Lang, Theme),
    Panel(Box<Chrome>),
}

/// `/login/setup` and `/admin/profile/totp`
#[derive(Debug)]
pub struct SetupPage {
    around: Around,
    secret: Secret,
    wrong: bool,
}

#[derive(Template)]
#[template(path = "totp_setup_bare.html")]
struct BareSetup<'a> {
    w: Words,
    theme: Theme,
    secret: &'a Secret,
    wrong: bool,
    action: &'static str,
}

#[derive(Template)]
#[template(path = "totp_setup.html")]
struct FramedSetup<'a> {
    w: Words,
    chrome: &'a Chrome,
    secret: &'a Secret,
    wrong: bool,
    action: &'static str,
}

impl SetupPage {
    /// For somebody who is not signed in yet; none where the secret fits into no square, which is a fault of the program.
    #[must_use]
    pub fn bare(lang: Lang, theme: Theme, setup: &Setup, wrong: bool) -> Option<Self> {
        Some(Self { around: Around::Nothing(lang, theme), secret: Secret::of(setup)?, wrong })
    }

    /// Within the panel; none as above.
    #[must_use]
    pub fn framed(chrome: Chrome, setup: &Setup, wrong: bool) -> Option<Self> {
        Some(Self { around: Around::Panel(Box::new(chrome)), secret: Secret::of(setup)?, wrong })
    }

    /// The page's HTML.
    ///
    /// # Errors
    /// Where a template cannot be written, which is a fault of the program.
    pub fn html(&self) -> Result<String, askama::Error> {
        let (secret, wrong) = (&self.secret, self.wrong);
        match &self.around {
            Around::Nothing(lang, theme) => {
                BareSetup { w: Words::of(*lang), theme: *theme, secret, wrong, action: "/login/setup" }.render()
            }
            Around::Panel(chrome) => {
                FramedSetup { w: chrome.w(), chrome, secret, wrong, action: "/admin/profile/totp" }.render()
            }
        }
    }
}

/// Ten recovery codes, shown this once.
#[derive(Debug)]
pub struct CodesPage {
    around: Around,
    codes: Vec<String>,
    /// Where to go on.
    next: String,
}

#[derive(Template)]
#[template(path = "codes_bare.html")]
struct BareCodes<'a> {
    w: Words,
    theme: Theme,
    codes: &'a [String],
    next: &'a str,
}

#[derive(Template)]
#[template(path = "codes.html")]
struct FramedCodes<'a> {
    w: Words,
    chrome: &'a Chrome,
    codes: &'a [String],
    next: &'a str,
}

impl CodesPage {
    /// For somebody who goes on to `next`.
    #[must_use]
    pub fn bare(lang: Lang, theme: Theme, codes: Vec<String>, next: &str) -> Self {
        Self { around: Around::Nothing(lang, theme), codes, next: next.to_owned() }
    }

    /// Within the panel.
    #[must_use]
    pub fn framed(chrome: Chrome, codes: Vec<String>) -> Self {
        Self { around: Around::Panel(Box::new(chrome)), codes, next: "/admin/profile".to_owned() }
    }

    /// The page's HTML.
    ///
    /// # Errors
    /// Where a template cannot be written, which is a fault of the program.
    pub fn html(&self) -> Result<String, askama::Error> {
        let (codes, next) = (self.codes.as_slice(), self.next.as_str());
        match &self.around {
            Around::Nothing(lang, theme) => BareCodes { w: Words::of(*lang), theme: *theme, codes, next }.render(),
            Around::Panel(chrome) => FramedCodes { w: chrome.w(), chrome, codes, next }.render(),
        }
    }
}
