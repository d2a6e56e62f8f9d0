//! `/admin/{resource}/{id}/delete`: what goes with a row that is to be deleted.

use askama::Template;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::{Map, Value as Json};

use super::cell::{Cell, Links, Look, cell};
use super::history::Meanwhile;
use super::words::label;
use crate::events::Thing;
use crate::i18n::t_with;
use crate::resource::{Beside, COUNTED, Column, KEPT, Screen, is_to_come};
use crate::web::view::chrome::Chrome;
use crate::web::view::format::Formats;
use crate::web::view::notice::Undo;
use crate::web::view::words::Words;

/// Why nothing was deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeleteProblem {
    /// It was changed since.
    Stale,
    /// Something hangs on it, or it is still to come.
    InUse,
    /// What was typed is not what it is called.
    Name,
}

/// The page.
#[derive(Template)]
#[template(path = "resource_delete.html")]
pub struct DeletePage {
    w: Words,
    chrome: Chrome,
    formats: Formats,
    screen: &'static Screen,
    id: i64,
    title: String,
    tag: String,
    fields: Vec<(String, Cell)>,
    /// Why it cannot be deleted, one sentence each.
    blocked: Vec<String>,
    problem: Option<DeleteProblem>,
    meanwhile: Option<Meanwhile>,
}

/// What a row is called: what stands in the first column of its list.
#[must_use]
pub(crate) fn title(
    chrome: &Chrome,
    screen: &'static Screen,
    zone: Tz,
    now: DateTime<Utc>,
    (row, beside): (&Map<String, Json>, &Beside),
) -> String {
    let formats = Formats { w: chrome.w(), zone, now };
    let naming = screen.columns.first().and_then(|first| screen.column(first));
    naming.map_or_else(String::new, |column| cell((&formats, Links(chrome)), column, row, beside).shown)
}

impl Undo {
    /// That a row was deleted, and the way back.
    #[must_use]
    pub(crate) fn of(chrome: &Chrome, screen: &Screen, id: i64, name: &str) -> Self {
        let w = chrome.w();
        let thing = w.t(&format!("term.thing.{}", screen.resource.thing.as_str()));
        let text = t_with(w.0, "ui.delete.done", &[("what", thing.as_str()), ("name", name)]);
        Self { text, url: chrome.in_company(&format!("{}/{id}/restore", screen.path())) }
    }
}

impl DeletePage {
    /// The page about a row.
    #[must_use]
    pub(crate) fn new(
        chrome: Chrome,
        zone: Tz,
        now: DateTime<Utc>,
        screen: &'static Screen,
        (id, row, beside): (i64, &Map<String, Json>, &Beside),
    ) -> Self {
        let w = chrome.w();
        let formats = Formats { w, zone, now };
        let columns = screen.columns.iter().filter_map(|shown| screen.column(shown));
        let field =
            |it: &'static Column| (label(w, screen, it.name), cell((&formats, Links(&chrome)), it, row, beside));
        let fields = columns.map(field).collect();
        let to_come = screen.resource.thing == Thing::Appointment && is_to_come(row, now.naive_utc());
        let blocked = to_come.then(|| w.t("ui.delete.open")).into_iter().collect();
        let title = title(&chrome, screen, zone, now, (row, beside));
        Self {
            w,
            formats,
            screen,
            id,
            title,
            tag: String::new(),
            fields,
            blocked,
            problem: None,
            meanwhile: None,
            chrome,
        }
    }

    /// With the number of rows that hang on it, by their tables; none: there are some.
    #[must_use]
    pub(crate) fn hanging(mut self, hanging: &[(&'static str, Option<i64>)]) -> Self {
        for (table, count) in hanging {
            let what = Screen::of_table(table).map(|screen| self.w.t(&format!("ui.nav.{}", screen.name)));
            let what = what.unwrap_or_else(|| (*table).to_owned());
            let most = || self.formats.count(COUNTED);
            let count = match count {
                None => self.w.t("ui.delete.some"),
                Some(count) if *count > COUNTED => self.w.with("ui.delete.more_than", "n", most()),
                Some(count) => self.formats.count(*count),
            };
            let shown = format!("{what}: {count}");
            let switched = self.screen.resource.switch().is_some();
            let key = if switched { "ui.delete.in_use" } else { "ui.delete.in_use_first" };
            self.blocked.push(self.w.with(key, "what", shown));
        }
        self
    }

    /// Of a row in the state of that tag.
    #[must_use]
    pub(crate) fn seen(self, tag: String) -> Self {
        Self { tag, ..self }
    }

    /// With who was faster, where it was changed since.
    #[must_use]
    pub(crate) fn meanwhile(self, meanwhile: Option<Meanwhile>) -> Self {
        Self { meanwhile, ..self }
    }

    /// With why nothing was deleted.
    #[must_use]
    pub(crate) fn refused(self, problem: Option<DeleteProblem>) -> Self {
        Self { problem, ..self }
    }

    /// Whether what was typed is what has to be: what the row is called, where deleting it cannot be undone.
    #[must_use]
    pub(crate) fn is_confirmed_by(&self, typed: &str) -> bool {
        self.wanted().is_none_or(|wanted| typed.trim().to_lowercase() == wanted.trim().to_lowercase())
    }

    /// The page's HTML.
    ///
    /// # Errors
    /// Where a template cannot be written, which is a fault of the program.
    pub fn html(&self) -> Result<String, askama::Error> {
        self.render()
    }

    fn wanted(&self) -> Option<&str> {
        (!self.screen.resource.soft).then_some(self.title.as_str())
    }

    fn heading(&self) -> String {
        let thing = self.w.t(&format!("term.thing.{}", self.screen.resource.thing.as_str()));
        self.w.with("ui.delete.title", "what", format!("{thing}: {}", self.title))
    }

    /// What will happen, one sentence each.
    fn effects(&self) -> Vec<String> {
        let own = self.w.maybe(&format!("ui.delete.effect.{}", self.screen.name));
        let back = match self.screen.resource.soft {
            true => self.w.with("ui.delete.kept", "n", KEPT),
            false => self.w.t("ui.delete.for_good"),
        };
        own.into_iter().chain([back]).collect()
    }

    fn record(&self) -> String {
        self.chrome.in_company(&format!("{}/{}", self.screen.path(), self.id))
    }

    fn url(&self) -> String {
        self.chrome.in_company(&format!("{}/{}/delete", self.screen.path(), self.id))
    }

    fn problem_text(&self) -> Option<String> {
        self.problem.map(|problem| {
            self.w.t(match problem {
                DeleteProblem::Stale => "ui.problem.stale",
                DeleteProblem::InUse => "ui.delete.blocked",
                DeleteProblem::Name => "ui.delete.wrong_name",
            })
        })
    }

    fn is_about_name(&self) -> bool {
        self.problem == Some(DeleteProblem::Name)
    }
}
