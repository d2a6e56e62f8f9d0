//! `/admin/profile`: what somebody sees and changes of themselves.

use askama::Template;
use chrono::{DateTime, NaiveDateTime, Utc};
use chrono_tz::Tz;

use super::second_step::wait;
use crate::i18n::{Hours, t_with};
use crate::password::{LEAST, TooWeak};
use crate::people::factor::{CODES, Factor};
use crate::people::sessions::Open;
use crate::web::people::weakness;
use crate::web::view::chrome::Chrome;
use crate::web::view::format::Formats;
use crate::web::view::words::Words;

/// Why nothing was changed. A password that was wrong too often has to wait for so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProfileProblem {
    /// The name will not do.
    Name,
    /// The present password is wrong.
    Password(Option<u64>),
    /// The new one was typed differently the second time.
    Differ,
    /// The new one is not strong enough.
    Weak(TooWeak),
    /// The password that the second step wants is wrong.
    Factor(Option<u64>),
}

/// The second step, as it is shown.
#[derive(Default)]
struct FactorView {
    is_on: bool,
    required: bool,
    left: String,
    /// Whether few recovery codes are left.
    few: bool,
}

/// A session, as it is shown.
struct SessionRow {
    key: String,
    name: String,
    address: String,
    since: String,
    seen: String,
    own: bool,
}

/// The page.
#[derive(Template)]
#[template(path = "profile.html")]
pub struct ProfilePage {
    w: Words,
    chrome: Chrome,
    problem: Option<ProfileProblem>,
    factor: FactorView,
    sessions: Vec<SessionRow>,
}

impl ProfilePage {
    /// The page, without the second step and the sessions.
    #[must_use]
    pub fn new(chrome: Chrome, problem: Option<ProfileProblem>) -> Self {
        Self { w: chrome.w(), chrome, problem, factor: FactorView::default(), sessions: Vec::new() }
    }

    /// With the second step; whether it is `required`.
    #[must_use]
    pub fn factor(mut self, factor: &Factor, required: bool) -> Self {
        let left = self.w.count("ui.profile.codes_left", factor.left, factor.left);
        self.factor = FactorView { is_on: factor.is_on(), required, left, few: factor.left < 3 };
        self
    }

    /// With the open sessions; `own` is the one that asks.
    #[must_use]
    pub fn sessions(mut self, open: &[Open], own: &str, zone: Tz, now: DateTime<Utc>) -> Self {
        let formats = Formats { w: self.w, zone, now };
        let at = |seconds: Option<i64>| seconds.and_then(|s| DateTime::from_timestamp(s, 0)).map(|at| at.naive_utc());
        let shown = |at: Option<NaiveDateTime>, words: &dyn Fn(NaiveDateTime) -> String| {
            at.map_or_else(|| self.w.t("ui.sessions.unknown"), words)
        };
        let row = |one: &Open| SessionRow {
            own: one.key == own,
            key: one.key.clone(),
            name: self.named(one),
            address: one.address.clone().unwrap_or_else(|| self.w.t("ui.sessions.unknown")),
            since: shown(at(one.since), &|at| formats.instant(at)),
            seen: shown(at(one.seen), &|at| formats.ago(at)),
        };
        self.sessions = open.iter().map(row).collect();
        // The one that asks comes first.
        self.sessions.sort_by_key(|row| !row.own);
        self
    }

    /// The page's HTML.
    ///
    /// # Errors
    /// Where a template cannot be written, which is a fault of the program.
    pub fn html(&self) -> Result<String, askama::Error> {
        self.render()
    }

    fn named(&self, one: &Open) -> String {
        let lang = self.chrome.viewer.lang;
        match (one.agent.browser, one.agent.system) {
            ("", "") => self.w.t("ui.sessions.other"),
            (browser, "") => browser.to_owned(),
            ("", system) => system.to_owned(),
            (browser, system) => t_with(lang, "ui.sessions.on", &[("browser", browser), ("system", system)]),
        }
    }

    /// How times of day may be told: the name, what it is called, and whether it is chosen.
    fn hours(&self) -> [(&'static str, String, bool); 2] {
        Hours::ALL.map(|hours| {
            let name = hours.as_str();
            (name, self.w.t(&format!("ui.profile.hours.{name}")), hours == self.chrome.viewer.hours)
        })
    }

    fn rules(&self) -> String {
        self.w.with("ui.password.rules", "n", LEAST)
    }

    fn codes(&self) -> usize {
        CODES
    }

    fn has_others(&self) -> bool {
        self.sessions.iter().any(|row| !row.own)
    }

    fn name_problem(&self) -> Option<String> {
        (self.problem == Some(ProfileProblem::Name)).then(|| self.w.t("ui.profile.problem.name"))
    }

    fn password_problem(&self) -> Option<String> {
        Some(match self.problem? {
            ProfileProblem::Password(None) => self.w.t("ui.profile.problem.password"),
            ProfileProblem::Password(Some(seconds)) => wait(self.w, seconds),
            ProfileProblem::Differ => self.w.t("ui.password.differ"),
            ProfileProblem::Weak(weak) => self.w.t(&format!("ui.password.weak.{}", weakness(weak))),
            ProfileProblem::Name | ProfileProblem::Factor(_) => return None,
        })
    }

    fn factor_problem(&self) -> Option<String> {
        match self.problem? {
            ProfileProblem::Factor(None) => Some(self.w.t("ui.profile.problem.password")),
            ProfileProblem::Factor(Some(seconds)) => Some(wait(self.w, seconds)),
            _ => None,
        }
    }
}
