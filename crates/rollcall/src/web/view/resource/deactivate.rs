//! `/admin/users/{id}/deactivate`: what ends when somebody may not use the panel any longer.

use askama::Template;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::{Map, Value as Json};

use super::cell::{Cell, Links, Look, cell};
use super::history::Meanwhile;
use super::remove::title;
use super::words::label;
use crate::people::Parting;
use crate::resource::{Beside, Column, Screen};
use crate::web::view::chrome::Chrome;
use crate::web::view::format::Formats;
use crate::web::view::words::Words;

/// The page.
#[derive(Template)]
#[template(path = "user_deactivate.html")]
pub(crate) struct DeactivatePage {
    w: Words,
    chrome: Chrome,
    id: i64,
    title: String,
    fields: Vec<(String, Cell)>,
    /// What ends, one sentence each.
    effects: Vec<String>,
    /// Why it cannot be done.
    blocked: Option<String>,
    /// Nobody can be faster here: in whatever state the person is, the page holds.
    meanwhile: Option<Meanwhile>,
}

impl DeactivatePage {
    /// The page about a person.
    #[must_use]
    pub(crate) fn new(
        chrome: Chrome,
        (zone, now): (Tz, DateTime<Utc>),
        screen: &'static Screen,
        (id, row, beside): (i64, &Map<String, Json>, &Beside),
        parting: &Parting,
    ) -> Self {
        let w = chrome.w();
        let formats = Formats { w, zone, now };
        let field =
            |it: &'static Column| (label(w, screen, it.name), cell((&formats, Links(&chrome)), it, row, beside));
        let fields = screen.columns.iter().filter_map(|shown| screen.column(shown)).map(field).collect();
        let is_active = row.get("is_active").and_then(Json::as_bool).unwrap_or_default();
        let blocked = match (is_active, parting.last_admin) {
            (false, _) => Some(w.t("ui.people.is_out")),
            (true, true) => Some(w.t("ui.people.last_one")),
            (true, false) => None,
        };
        let counts = [("sessions", parting.sessions), ("tokens", parting.tokens), ("reports", parting.reports)];
        let counts = counts.into_iter().filter(|(_, n)| *n > 0);
        let counts = counts.map(|(key, n)| w.count(&format!("ui.people.parting.{key}"), n, formats.count(n)));
        let own = parting.yourself.then(|| w.t("ui.people.parting.yourself"));
        let effects = own.into_iter().chain([w.t("ui.people.parting.refused")]).chain(counts);
        let effects = effects.chain([w.t("ui.people.parting.back")]).collect();
        let title = title(&chrome, screen, zone, now, (row, beside));
        Self { w, id, title, fields, effects, blocked, meanwhile: None, chrome }
    }

    /// The page's HTML.
    ///
    /// # Errors
    /// Where a template cannot be written, which is a fault of the program.
    pub(crate) fn html(&self) -> Result<String, askama::Error> {
        self.render()
    }

    fn heading(&self) -> String {
        self.w.with("ui.people.parting.title", "who", &self.title)
    }

    fn record(&self) -> String {
        self.chrome.in_company(&format!("/admin/users/{}", self.id))
    }

    fn url(&self) -> String {
        self.chrome.in_company(&format!("/admin/users/{}/deactivate", self.id))
    }

    /// Nothing goes wrong but what the page says beforehand.
    fn problem_text(&self) -> Option<String> {
        None
    }
}
