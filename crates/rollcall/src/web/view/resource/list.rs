//! `/admin/{resource}`: a list.

mod choices;
mod ends;
mod many;
mod pages;

use std::collections::BTreeMap;

use askama::Template;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::{Map, Value as Json};

use self::ends::End;
pub(crate) use self::pages::Cursors;
use self::pages::Pages;
use super::cell::{Cell, Links, Look, cell};
use super::words::label;
use crate::people::invitation::Pending;
use crate::resource::{Beside, Column, KEPT, Kind, Matching, Page, Screen, Search, Shown};
use crate::web::view::chrome::{Chrome, CompanyName};
use crate::web::view::format::Formats;
use crate::web::view::people::PendingRow;
use crate::web::view::query::PageQuery;
use crate::web::view::words::Words;

/// What somebody chose of a list.
#[derive(Clone, Debug)]
pub struct Chosen {
    pub(crate) screen: &'static Screen,
    /// The word that is looked for; empty where none is.
    pub(crate) word: String,
    pub(crate) sort: String,
    /// What the list is narrowed by: parameter and value.
    pub(crate) filters: Vec<(String, String)>,
    pub(crate) columns: Vec<&'static str>,
}

/// The page.
#[derive(Template)]
#[template(path = "resource_list.html")]
pub struct ListPage {
    w: Words,
    chrome: Chrome,
    formats: Formats,
    chosen: Chosen,
    /// What links keep: all that was chosen, but the page.
    query: PageQuery,
    headings: Vec<Heading>,
    rows: Vec<Line>,
    chips: Vec<Chip>,
    pages: Pages,
    matching: Option<Matching>,
    /// Invitations that nobody took up yet.
    pending: Vec<PendingRow>,
    /// The companies that the list can be narrowed to.
    companies: Vec<CompanyName>,
    /// Rows of other tables that it can be narrowed to.
    offered: Offered,
}

/// Ids with their names, by the column that a list can be narrowed by.
pub type Offered = BTreeMap<&'static str, Vec<(i64, String)>>;

/// A row.
struct Line {
    id: i64,
    cells: Vec<Cell>,
    /// What stands behind its cells.
    end: Option<End>,
}

impl Line {
    /// What it is called.
    fn name(&self) -> &str {
        self.cells.first().map_or("", |cell| cell.shown.as_str())
    }
}

struct Heading {
    label: String,
    numeric: bool,
    /// Where it orders the list by this column.
    sort: Option<String>,
    /// `ascending` or `descending` where the list is ordered by it.
    sorted: Option<&'static str>,
}

/// A row that the list is narrowed to by its id, and the list without that.
struct Chip {
    label: String,
    name: String,
    remove: String,
}

impl ListPage {
    /// The page without its rows.
    #[must_use]
    pub fn new(chrome: Chrome, zone: Tz, now: DateTime<Utc>, chosen: Chosen) -> Self {
        let w = chrome.w();
        let kept = |(name, value): &&(String, String)| {
            !matches!(name.as_str(), "after" | "before") && !value.trim().is_empty()
        };
        let query = chrome.viewer.query();
        let query: PageQuery = query.without(|_| false).filter(kept).cloned().collect();
        let formats = Formats { w, zone, now };
        let (headings, rows, chips) = (Vec::new(), Vec::new(), Vec::new());
        Self {
            w,
            chrome,
            formats,
            chosen,
            query,
            headings,
            rows,
            chips,
            pages: Pages::default(),
            matching: None,
            pending: Vec::new(),
            companies: Vec::new(),
            offered: Offered::new(),
        }
    }

    /// With its rows.
    #[must_use]
    pub(crate) fn rows(mut self, page: &Page) -> Self {
        let path = self.chosen.screen.path();
        let columns: Vec<_> = self.columns().collect();
        let cells = page.rows.iter().zip(&page.beside);
        let by = (&self.formats, Links(&self.chrome));
        let trash = self.is_trash();
        let line = |(row, beside): (&Map<String, Json>, &Beside)| {
            let id = row.get("id").and_then(Json::as_i64).unwrap_or_default();
            let mut cells: Vec<_> = columns.iter().map(|(_, it)| cell(by, it, row, beside)).collect();
            if let Some(first) = cells.first_mut().filter(|_| !trash) {
                first.href = self.leads_to(id);
            }
            let end = self.end(id, row, cells.first().map_or("", |cell| cell.shown.as_str()));
            Line { id, cells, end }
        };
        self.rows = cells.map(line).collect();
        self.headings = columns.iter().map(|(shown, column)| self.heading(shown, column)).collect();
        let filters = self.chosen.filters.iter().filter_map(|(name, value)| {
            let ids = |column: &&Column| matches!(column.kind, Kind::Ref(_) | Kind::Target);
            let column = self.chosen.screen.resource.column(name).filter(ids)?;
            // What the form offers needs no sign beside it.
            if self.is_offered(column, value) {
                return None;
            }
            let named = page.rows.first().zip(page.beside.first());
            let name = named.map_or_else(|| value.clone(), |(row, beside)| cell(by, column, row, beside).shown);
            let kept: PageQuery = self.query.without(|it| it == column.name).cloned().collect();
            let label = label(self.w, self.chosen.screen, column.name);
            Some(Chip { label, name, remove: kept.url(&path, &[]) })
        });
        self.chips = filters.collect();
        if let Some((name, reason)) = self.chosen.filters.iter().find(|(name, _)| name == "reason") {
            let kept: PageQuery = self.query.without(|it| it == name).cloned().collect();
            let shown = self.w.maybe(&format!("term.error.{reason}")).unwrap_or_else(|| reason.clone());
            self.chips.push(Chip { label: self.w.t("ui.failed.reason"), name: shown, remove: kept.url(&path, &[]) });
        }
        if trash {
            let kept: PageQuery = self.query.without(|it| it == "deleted").cloned().collect();
            let (label, name) = (self.w.t("ui.trash.label"), self.w.t("ui.trash.name"));
            self.chips.push(Chip { label, name, remove: kept.url(&path, &[]) });
        }
        self
    }

    /// With the companies that it can be narrowed to.
    #[must_use]
    pub(crate) fn companies(self, companies: Vec<CompanyName>) -> Self {
        Self { companies, ..self }
    }

    /// With the rows of other tables that it can be narrowed to.
    #[must_use]
    pub(crate) fn offering(self, offered: Offered) -> Self {
        Self { offered, ..self }
    }

    /// With invitations that nobody took up yet.
    #[must_use]
    pub(crate) fn pending(mut self, pending: &[Pending]) -> Self {
        self.pending = pending.iter().map(|one| PendingRow::of(&self.chrome, &self.formats, one)).collect();
        self
    }

    /// The page's HTML.
    ///
    /// # Errors
    /// Where a template cannot be written, which is a fault of the program.
    pub fn html(&self) -> Result<String, askama::Error> {
        self.render()
    }

    fn columns(&self) -> impl Iterator<Item = (&'static Shown, &'static Column)> {
        let screen = self.chosen.screen;
        let chosen = self.chosen.columns.clone();
        let shown = screen.columns.iter().filter(move |shown| chosen.contains(&shown.name));
        shown.filter_map(|shown| Some((shown, screen.column(shown)?)))
    }

    fn heading(&self, shown: &Shown, column: &Column) -> Heading {
        let sorted = shown.sort.filter(|sort| self.chosen.sort.trim_start_matches('-') == *sort);
        let descending = self.chosen.sort.starts_with('-');
        let sort = shown.sort.map(|sort| {
            let minus = match (sorted, descending) {
                (Some(_), descending) => !descending,
                // Instants begin with the newest, names with A.
                (None, _) => !matches!(sort, "name" | "slug"),
            };
            let next = format!("{}{sort}", if minus { "-" } else { "" });
            self.query.url(&self.chosen.screen.path(), &[("sort".to_owned(), next)])
        });
        Heading {
            label: label(self.w, self.chosen.screen, column.name),
            numeric: matches!(column.kind, Kind::Int(..) | Kind::Money),
            sort,
            sorted: sorted.map(|_| if descending { "descending" } else { "ascending" }),
        }
    }

    fn title(&self) -> String {
        self.w.t(&format!("ui.nav.{}", self.chosen.screen.name))
    }

    fn path(&self) -> String {
        self.chosen.screen.path()
    }

    fn searched(&self) -> String {
        self.w.t(match self.chosen.screen.search {
            Search::Columns(_) => "ui.list.search",
            Search::Customer { .. } => "ui.list.search_customer",
            Search::Placed(_) => "ui.list.search_placed",
        })
    }

    /// Whether anything keeps rows out of the list.
    fn is_narrowed(&self) -> bool {
        !self.chosen.word.is_empty() || !self.chosen.filters.is_empty()
    }

    /// The list as it is where nobody chooses anything, but the order and the columns.
    fn reset(&self) -> String {
        let kept = |name: &str| !matches!(name, "company" | "sort" | "column");
        let kept: PageQuery = self.query.without(kept).cloned().collect();
        kept.url(&self.path(), &[])
    }

    /// What the form has to keep besides its own fields.
    fn hidden(&self) -> Vec<(String, String)> {
        let own: Vec<String> = self.choices().into_iter().map(|choice| choice.name).collect();
        let shown = |name: &str| name == "q" || name == "column" || own.iter().any(|own| own == name);
        self.query.without(shown).cloned().collect()
    }

    /// Every column: its name, what it is called, whether it is shown, and whether it is where nobody chooses.
    fn column_choices(&self) -> Vec<(&'static str, String, bool, bool)> {
        let screen = self.chosen.screen;
        let choice = |shown: &'static Shown| {
            let chosen = self.chosen.columns.contains(&shown.name);
            (shown.name, label(self.w, screen, shown.name), chosen, shown.first)
        };
        screen.columns.iter().map(choice).collect()
    }

    /// The whole list as a file.
    fn export(&self, format: &str) -> String {
        let chosen: PageQuery = self.query.without(|name| name == "column").cloned().collect();
        chosen.url(&format!("{}/export", self.path()), &[("format".to_owned(), format.to_owned())])
    }

    /// The files that there are, by the address's word and by name.
    fn formats(&self) -> [(&'static str, &'static str); 3] {
        [("csv", "CSV"), ("json", "JSON"), ("xlsx", "Excel")]
    }

    /// The files of the policies' figures, where this is their list.
    fn analytics(&self) -> Option<String> {
        (self.chosen.screen.name == "policies").then(|| self.chrome.in_company("/admin/policies/analytics"))
    }

    /// Where failed notifications stand by their reason.
    fn by_reason(&self) -> Option<String> {
        let failed = self.chosen.screen.name == "notifications" && self.chrome.badges.failed_notifications > 0;
        failed.then(|| self.chrome.in_company("/admin/notifications/failed"))
    }

    fn empty(&self) -> String {
        if self.is_trash() {
            return self.w.with("ui.trash.empty", "n", KEPT);
        }
        self.w.t(&format!("ui.list.empty.{}", self.chosen.screen.name))
    }
}
