//! `/admin/{resource}/{id}`: a row, what it hangs on, and what became of it.

mod above;
mod messages;

use askama::Template;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::{Map, Value as Json};

use self::messages::Messages;
use super::cell::{Cell, Links, Look, cell};
use super::history::{Entry, Teller};
use super::remove::title;
use super::words::label;
use crate::audit::Line;
use crate::resource::{Action, Aside, Beside, History, Kind, Mentioned, Screen};
use crate::tenant::Role;
use crate::web::view::chrome::Chrome;
use crate::web::view::format::Formats;
use crate::web::view::query::PageQuery;
use crate::web::view::words::{Icon, Words};

/// The page.
#[derive(Template)]
#[template(path = "resource_record.html")]
pub struct RecordPage {
    w: Words,
    chrome: Chrome,
    formats: Formats,
    screen: &'static Screen,
    id: i64,
    title: String,
    fields: Vec<(String, Cell)>,
    /// Lists of what hangs on it.
    related: Vec<(String, String)>,
    /// None: whoever looks may not see it.
    history: Option<Vec<Entry>>,
    /// Of a policy: what it is among the others.
    standing: Option<String>,
    actions: Vec<Button>,
    /// What was sent to them; none where it is no customer.
    messages: Option<Messages>,
    /// Where all its lines stand, if not in the log of the company that is looked at.
    log: Option<String>,
}

/// Something that can be done with it: a page that asks first, or a form.
pub(super) struct Button {
    pub(super) label: String,
    pub(super) icon: Icon,
    pub(super) url: String,
    pub(super) asks: bool,
}

impl Button {
    /// What can be done with a row.
    pub(super) fn of(
        chrome: &Chrome,
        screen: &Screen,
        (id, row): (i64, &Map<String, Json>),
        now: DateTime<Utc>,
    ) -> Vec<Self> {
        let w = chrome.w();
        let button = |action: &'static Action| Self {
            label: w.t(&format!("ui.action.{}.name", action.name)),
            icon: w.icon(action.icon),
            url: chrome.in_company(&format!("{}/{id}/{}", screen.path(), action.name)),
            asks: action.asks,
        };
        let edit = Self {
            label: w.t("ui.form.change"),
            icon: w.icon("pencil-square"),
            url: chrome.in_company(&format!("{}/{id}/edit", screen.path())),
            asks: true,
        };
        let edit = Some(edit).filter(|_| screen.edits() && chrome.viewer.role >= screen.writes);
        let delete = Self {
            label: w.t("ui.delete.name"),
            icon: w.icon("trash"),
            url: chrome.in_company(&format!("{}/{id}/delete", screen.path())),
            asks: true,
        };
        let delete = Some(delete).filter(|_| screen.deletes() && chrome.viewer.role >= screen.writes);
        let of_person = if screen.resource.keeps_an_admin { of_person(chrome, id, row) } else { Vec::new() };
        let actions = screen.actions(chrome.viewer.role, row, now.naive_utc()).map(button);
        let book = Self {
            label: w.t("ui.book.for"),
            icon: w.icon("plus"),
            url: {
                let (page, own) =
                    (chrome.in_company("/admin/appointments/new"), ("customer_id".to_owned(), id.to_string()));
                PageQuery::of(&page).url("/admin/appointments/new", &[own])
            },
            asks: true,
        };
        let book = Some(book).filter(|_| screen.name == "customers" && chrome.viewer.role >= screen.writes);
        edit.into_iter().chain(book).chain(actions).chain(of_person).chain(delete).collect()
    }
}

/// What an admin can do with a person besides: by a page that asks, or at once by a form.
fn of_person(chrome: &Chrome, id: i64, row: &Map<String, Json>) -> Vec<Button> {
    let w = chrome.w();
    let is = |name: &str| row.get(name).and_then(Json::as_bool).unwrap_or_default();
    let button = |name: &str, icon| Button {
        label: w.t(&format!("ui.people.{name}")),
        icon: w.icon(icon),
        url: chrome.in_company(&format!("/admin/users/{id}/{name}")),
        asks: name == "deactivate",
    };
    let switch = if is("is_active") { button("deactivate", "x-mark") } else { button("activate", "check") };
    let reset = is("totp").then(|| button("reset-totp", "lock-closed"));
    std::iter::once(switch).chain(reset).collect()
}

impl RecordPage {
    /// The page of a row without its history.
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
        let shown = |column| cell((&formats, Links(&chrome)), column, row, beside);
        let columns = screen.resource.columns.iter().filter(|column| !matches!(column.kind, Kind::Type(_)));
        let fields = columns.map(|column| (label(w, screen, column.name), shown(column))).collect();
        let title = title(&chrome, screen, zone, now, (row, beside));
        let related = screen.related.iter().filter_map(|related| {
            let other = Screen::named(related.screen)?;
            let own = (related.filter.to_owned(), id.to_string());
            let and = related.and.map(|(name, value)| (name.to_owned(), value.to_owned()));
            let company = chrome.company.as_ref().filter(|_| chrome.viewer.is_operator());
            let company = company.map(|company| ("company".to_owned(), company.id.to_string()));
            let query: PageQuery = company.into_iter().chain([own]).chain(and).collect();
            Some((w.t(&format!("ui.nav.{}", other.name)), query.url(&other.path(), &[])))
        });
        let related = related.collect();
        let actions = Button::of(&chrome, screen, (id, row), now);
        Self {
            w,
            formats,
            screen,
            id,
            title,
            fields,
            related,
            history: None,
            standing: None,
            actions,
            messages: None,
            log: None,
            chrome,
        }
    }

    /// With what became of it, and what that mentions; none where whoever looks may not see it.
    #[must_use]
    pub(crate) fn history(mut self, lines: Option<Vec<Line>>, mentioned: &Mentioned) -> Self {
        let teller = Teller { formats: &self.formats, screen: self.screen, mentioned };
        self.history = lines.map(|lines| lines.iter().map(|line| teller.entry(line)).collect());
        self
    }

    /// Of a notification: with who set it aside, and what can be done about that.
    #[must_use]
    pub(crate) fn aside(mut self, aside: Option<&Aside>, row: &Map<String, Json>) -> Self {
        let (w, failed) = (self.w, row.get("status").and_then(Json::as_str) == Some("failed"));
        if let Some(Aside { by, at, reason }) = aside {
            let said = [by.clone(), self.formats.instant(*at), reason.clone()];
            let said: Vec<_> = said.into_iter().filter(|part| !part.is_empty()).collect();
            self.fields.push((w.t("ui.aside.label"), Cell::text(said.join(" · "))));
        }
        if failed && self.chrome.viewer.role >= self.screen.writes {
            let (name, icon) =
                if aside.is_some() { ("take-back", "arrow-uturn-left") } else { ("set-aside", "minus-circle") };
            let url = self.chrome.in_company(&format!("{}/{}/{name}", self.screen.path(), self.id));
            self.actions.push(Button { label: w.t(&format!("ui.aside.{name}")), icon: w.icon(icon), url, asks: false });
        }
        self
    }

    /// With what a policy is among the others.
    #[must_use]
    pub fn standing(self, standing: Option<String>) -> Self {
        Self { standing, ..self }
    }

    /// The page's HTML.
    ///
    /// # Errors
    /// Where a template cannot be written, which is a fault of the program.
    pub fn html(&self) -> Result<String, askama::Error> {
        self.render()
    }

    fn thing(&self) -> String {
        let own = self.w.maybe(&format!("ui.one.{}", self.screen.name));
        own.unwrap_or_else(|| self.w.t(&format!("term.thing.{}", self.screen.resource.thing.as_str())))
    }

    fn has_history(&self) -> bool {
        self.screen.history != History::None
    }

    /// Where what is done comes back to.
    fn here(&self) -> String {
        self.chrome.in_company(&format!("{}/{}", self.screen.path(), self.id))
    }

    fn list(&self) -> String {
        self.chrome.in_company(&self.screen.path())
    }

    /// Everything that the audit log has of it, for those who may see that.
    fn all_lines(&self) -> Option<String> {
        let page = self.log.clone().unwrap_or_else(|| self.chrome.in_company("/admin/audit"));
        let query = PageQuery::of(&page);
        let path = page.split('?').next().unwrap_or_default();
        let subject = ("subject_kind".to_owned(), self.screen.resource.thing.as_str().to_owned());
        let allowed = self.chrome.viewer.role >= Role::Admin && self.screen.history == History::OfRow;
        allowed.then(|| query.url(path, &[subject, ("subject_id".to_owned(), self.id.to_string())]))
    }
}
