//! What a file's columns are taken for, and what would come of it.

use askama::Template;
use chrono_tz::{TZ_VARIANTS, Tz};

use super::reasons::reason;
use crate::import::screen::{Choices, DATES, FIELDS, Field, Preview, PreviewRow, STATES, Sheet, Upload, Wrong};
use crate::web::view::chrome::Chrome;
use crate::web::view::format::Formats;
use crate::web::view::words::Words;

/// So many rows of the file are shown as they are.
const ROWS: usize = 3;

/// What would come of what was chosen.
#[derive(Clone, Debug)]
pub enum Trial {
    /// Something is missing.
    Wrong(Wrong),
    /// This.
    Preview(Preview),
}

/// The page.
#[derive(Template)]
#[template(path = "import_mapping.html")]
pub struct MappingPage {
    w: Words,
    chrome: Chrome,
    name: String,
    url: String,
    /// None: the file is not here.
    body: Option<Mapped>,
}

struct Mapped {
    w: Words,
    sheet: Sheet,
    choices: Choices,
    trial: Trial,
    zone: Tz,
}

/// A field of ours, and the choice among columns.
struct FieldView {
    key: &'static str,
    label: String,
    none: String,
    columns: Vec<(String, bool)>,
    dates: Vec<(&'static str, &'static str, bool)>,
    example: String,
}

/// A row that would become an appointment.
struct RowView {
    line: u64,
    cells: Vec<String>,
}

impl MappingPage {
    /// The page of a file that is here.
    #[must_use]
    pub fn new(chrome: Chrome, zone: Tz, upload: &Upload, sheet: &Sheet, choices: Choices, trial: Trial) -> Self {
        let body = Mapped { w: chrome.w(), sheet: sheet.clone(), choices, trial, zone };
        Self { body: Some(body), ..Self::gone(chrome, upload) }
    }

    /// The page of one that is not.
    #[must_use]
    pub fn gone(chrome: Chrome, upload: &Upload) -> Self {
        let url = chrome.in_company(&format!("/admin/data/imports/{}", upload.id));
        Self { w: chrome.w(), chrome, name: upload.name.clone(), url, body: None }
    }

    /// The page's HTML.
    ///
    /// # Errors
    /// Where a template cannot be written, which is a fault of the program.
    pub fn html(&self) -> Result<String, askama::Error> {
        self.render()
    }

    /// The page's address with more behind it.
    fn below(&self, of: &str) -> String {
        match self.url.split_once('?') {
            Some((path, query)) => format!("{path}{of}?{query}"),
            None => format!("{}{of}", self.url),
        }
    }
}

impl Mapped {
    /// The fields that most files have, and then the others.
    fn groups(&self) -> [(bool, Vec<FieldView>); 2] {
        let usual = ["start", "time", "name", "last_name", "email", "status", "key"];
        let group = |more: bool| {
            let fields = FIELDS.into_iter().filter(|field| usual.contains(&field.key) != more);
            (more, fields.map(|field| self.field(field)).collect())
        };
        [group(false), group(true)]
    }

    fn field(&self, field: Field) -> FieldView {
        let chosen = self.choices.columns.get(field.key);
        let column = |name: &str| (name.to_owned(), chosen.is_some_and(|chosen| chosen == name));
        let date = self.choices.dates.get(field.key);
        let dates = DATES.into_iter().map(|(pattern, shown)| (pattern, shown, date.is_some_and(|it| it == pattern)));
        let example = chosen.and_then(|column| self.sheet.values(column).next()).unwrap_or_default();
        FieldView {
            key: field.key,
            label: self.w.t(&format!("ui.import.field.{}", field.key)),
            none: self.w.maybe(&format!("ui.import.none.{}", field.key)).unwrap_or_else(|| self.w.t("ui.import.none")),
            columns: self.sheet.columns().map(column).collect(),
            dates: if field.is_date && chosen.is_some() { dates.collect() } else { Vec::new() },
            example: example.chars().take(60).collect(),
        }
    }

    /// Values of the column that says what became of appointments, each with what it may mean.
    fn states(&self) -> Vec<(String, Vec<(&'static str, String, bool)>)> {
        if !self.choices.columns.contains_key("status") {
            return Vec::new();
        }
        let states =
            |means: &str| STATES.map(|state| (state, self.w.t(&format!("term.status.{state}")), state == means));
        self.choices.states.iter().map(|(value, means)| (value.clone(), states(means).into())).collect()
    }

    /// What is true of all appointments where no column says so.
    fn fixed_states(&self) -> Vec<(&'static str, String, bool)> {
        STATES.map(|state| (state, self.w.t(&format!("term.status.{state}")), state == self.choices.status)).into()
    }

    fn delimiters(&self) -> Vec<(&'static str, String, bool)> {
        let named = [(",", ','), (";", ';'), ("tab", '\t'), ("|", '|')];
        let choice = |(name, sign): (&'static str, char)| {
            let word = if name == "tab" { self.w.t("ui.import.tab") } else { name.to_owned() };
            (name, word, sign == self.sheet.delimiter)
        };
        named.map(choice).into()
    }

    fn zones(&self) -> impl Iterator<Item = &'static str> {
        TZ_VARIANTS.iter().map(|zone| zone.name()).filter(|name| name.contains('/') && !name.starts_with("Etc/"))
    }

    fn rows(&self) -> impl Iterator<Item = &Vec<String>> {
        self.sheet.rows.iter().take(ROWS)
    }

    fn wrong(&self) -> Option<String> {
        let Trial::Wrong(wrong) = &self.trial else { return None };
        Some(match wrong {
            Wrong::NoStart => self.w.t("ui.import.wrong.start"),
            Wrong::NoCustomer => self.w.t("ui.import.wrong.customer"),
            Wrong::NoStates => self.w.t("ui.import.wrong.states"),
            Wrong::NoPattern(field) => {
                self.w.with("ui.import.wrong.pattern", "field", self.w.t(&format!("ui.import.field.{field}")))
            }
            Wrong::Other(why) => self.w.with("ui.import.wrong.other", "why", why),
        })
    }

    fn preview(&self) -> Option<&Preview> {
        match &self.trial {
            Trial::Preview(preview) => Some(preview),
            Trial::Wrong(_) => None,
        }
    }

    /// The columns of the preview: those that every row has, and those that were chosen.
    fn heads(&self) -> Vec<String> {
        let shown = ["name", "start", "end", "status", "service", "staff", "branch", "price"];
        let shown = shown.into_iter().filter(|key| self.is_shown(key));
        shown.map(|key| self.w.t(&format!("ui.import.field.{key}"))).collect()
    }

    fn is_shown(&self, key: &str) -> bool {
        !matches!(key, "service" | "staff" | "branch" | "price") || self.choices.columns.contains_key(key)
    }

    fn good(&self) -> Vec<RowView> {
        let formats = Formats { w: self.w, zone: self.zone, now: chrono::DateTime::UNIX_EPOCH };
        let row = |row: &PreviewRow| {
            let chosen = [
                ("service", row.service.clone().unwrap_or_default()),
                ("staff", row.staff.clone().unwrap_or_default()),
                ("branch", row.branch.clone().unwrap_or_default()),
                ("price", row.price.map_or_else(String::new, |price| formats.decimal(price, 2))),
            ];
            let mut cells = vec![
                row.customer.clone(),
                formats.instant(row.starts_at),
                formats.instant(row.ends_at),
                self.w.t(&format!("term.status.{}", row.status)),
            ];
            cells.extend(chosen.into_iter().filter(|(key, _)| self.is_shown(key)).map(|(_, shown)| shown));
            RowView { line: row.line, cells }
        };
        self.preview().map_or_else(Vec::new, |preview| preview.good.iter().map(row).collect())
    }

    /// Rows that would be left out: their lines, and why.
    fn bad(&self) -> Vec<(u64, String)> {
        let bad = self.preview().map_or(&[][..], |preview| &preview.bad);
        bad.iter().map(|(line, said)| (*line, reason(self.w, said))).collect()
    }

    fn summary(&self) -> String {
        let Some(preview) = self.preview() else { return String::new() };
        let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        let good = count(preview.rows - preview.faults);
        let all = self.w.count("ui.import.preview.good", count(preview.rows), count(preview.rows));
        all.replace("%{good}", &good.to_string())
    }
}
