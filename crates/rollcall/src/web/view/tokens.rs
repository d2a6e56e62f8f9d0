//! `/admin/tokens/new`: a token of the API.

use askama::Template;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value as Json};

use super::chrome::Chrome;
use super::words::Words;
use crate::resource::instant;
use crate::tenant::Role;
use crate::tokens::{Access, Area, Token};

/// What was typed of a token that could not be made.
#[derive(Clone, Debug, Default)]
pub struct TokenDraft {
    /// Its name.
    pub name: String,
    /// How many days it is to hold.
    pub days: String,
    /// What it is to be used for.
    pub abilities: Vec<String>,
}

/// Why it could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenProblem {
    /// Its name will not do.
    Name,
    /// It would allow nothing.
    Useless,
}

/// The page.
#[derive(Template)]
#[template(path = "token_new.html")]
pub struct NewTokenPage {
    w: Words,
    chrome: Chrome,
    draft: TokenDraft,
    problem: Option<TokenProblem>,
    /// The name and the secret of the token that was made a moment ago.
    made: Option<(String, String)>,
}

/// A line of the choice among abilities: a label, and the words that are chosen.
struct Choice {
    label: String,
    words: Vec<(String, String, bool)>,
}

/// Why a token holds no longer; none where it does.
pub(super) fn ended(w: Words, row: &Map<String, Json>, now: DateTime<Utc>) -> Option<String> {
    let at = |name: &str| row.get(name).and_then(Json::as_str).and_then(|text| instant(text).ok());
    match (at("revoked_at"), at("expires_at")) {
        (Some(_), _) => Some(w.t("ui.list.condition.state.revoked")),
        (None, Some(end)) if end <= now.naive_utc() => Some(w.t("ui.list.condition.state.expired")),
        _ => None,
    }
}

impl NewTokenPage {
    /// The form.
    #[must_use]
    pub fn new(chrome: Chrome) -> Self {
        let draft = TokenDraft { days: "90".to_owned(), abilities: vec!["read".to_owned()], ..TokenDraft::default() };
        Self { w: chrome.w(), chrome, draft, problem: None, made: None }
    }

    /// With the token that was made, and its secret, which is shown this once.
    #[must_use]
    pub fn made(self, token: &Token, secret: &str) -> Self {
        Self { made: Some((token.name.clone(), secret.to_owned())), ..self }
    }

    /// With what was typed, and why there is no token.
    #[must_use]
    pub fn failed(self, draft: TokenDraft, problem: TokenProblem) -> Self {
        Self { draft, problem: Some(problem), ..self }
    }

    /// The page's HTML.
    ///
    /// # Errors
    /// Where a template cannot be written, which is a fault of the program.
    pub fn html(&self) -> Result<String, askama::Error> {
        self.render()
    }

    fn problem_text(&self) -> Option<String> {
        self.problem.map(|problem| {
            self.w.t(match problem {
                TokenProblem::Name => "ui.tokens.problem.name",
                TokenProblem::Useless => "ui.tokens.problem.useless",
            })
        })
    }

    fn lives(&self) -> Vec<(u32, String, bool)> {
        let words = |days: u32| match days {
            0 => self.w.t("ui.field.expires_at.none"),
            days => self.w.with("ui.tokens.days", "n", days),
        };
        let chosen = |days: u32| self.draft.days == days.to_string();
        crate::web::tokens::DAYS.into_iter().map(|days| (days, words(days), chosen(days))).collect()
    }

    fn choices(&self) -> Vec<Choice> {
        let word = |area: Option<Area>, access: Access| {
            let name = match area {
                Some(area) => format!("{}:{}", area.as_str(), access.as_str()),
                None => access.as_str().to_owned(),
            };
            let chosen = self.draft.abilities.contains(&name);
            (name, self.w.t(&format!("ui.tokens.access.{}", access.as_str())), chosen)
        };
        let line = |area: Option<Area>| {
            let label = area.map_or("all", Area::as_str);
            let mut words = vec![word(area, Access::Read)];
            if area.is_none_or(Area::is_written) {
                words.push(word(area, Access::Write));
            }
            Choice { label: self.w.t(&format!("ui.tokens.area.{label}")), words }
        };
        let role = self.chrome.viewer.role;
        let offered = |area: &Area| match area {
            Area::Companies => role >= Role::SuperAdmin,
            Area::Users => role >= Role::Admin,
            _ => true,
        };
        std::iter::once(None).chain(Area::ALL.into_iter().filter(offered).map(Some)).map(line).collect()
    }
}
