//! A report as a mail: a page with pictures, the same as plain text, and its tables as a file.

use std::fmt::Write as _;

use anyhow::Context as _;
use askama::Template;
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use rust_decimal::Decimal;

use super::file::attached;
use crate::analytics::policy_report::Table as Exported;
use crate::deliver::Enclosed;
use crate::export::Field;
use crate::i18n::{Hours, Lang};
use crate::reports::{Card, Figures, Report};
use crate::web::view::card::{empty_text, title};
use crate::web::view::chart::{heading, series_label};
use crate::web::view::format::Formats;
use crate::web::view::picture::panel_svg;
use crate::web::view::raster::png;
use crate::web::view::stats;
use crate::web::view::table::column_label;
use crate::web::view::words::Words;
use crate::widget::panel::{Chart, Stat, Table, Unit, Value};

/// So many rows of a table stand in a mail.
const ROWS: usize = 100;

/// Who writes to whom, and where the panel is.
#[derive(Clone, Debug)]
pub(crate) struct Letterhead {
    pub(crate) lang: Lang,
    /// How the reader is told times of day.
    pub(crate) hours: Hours,
    pub(crate) zone: Tz,
    pub(crate) now: DateTime<Utc>,
    pub(crate) company: String,
    pub(crate) reader: String,
    /// The link that ends further mails.
    pub(crate) unsubscribe: String,
    /// Where the panel is.
    pub(crate) origin: String,
}

#[derive(Template)]
#[template(path = "mail_report.html")]
struct Page<'a> {
    w: Words,
    head: &'a Letterhead,
    name: &'a str,
    about: String,
    panel: String,
    file: Option<String>,
    cards: Vec<Shown>,
}

/// A widget, in words.
struct Shown {
    title: String,
    note: Option<String>,
    /// The Content-ID of its picture, and what it shows in words.
    picture: Option<(String, String)>,
    tables: Vec<Rows>,
}

/// A table, in words; all columns but the first hold numbers where it says so.
struct Rows {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
    numbers: Vec<bool>,
    more: usize,
}

/// Writes a report: the subject, the plain text, and all else.
///
/// # Errors
/// Where a template or a file cannot be written, which is a fault of the program.
pub(crate) fn written_report(
    head: &Letterhead,
    report: &Report,
    figures: &Figures,
) -> anyhow::Result<(String, String, Enclosed)> {
    let formats = Formats { w: Words(head.lang, head.hours), zone: head.zone, now: head.now };
    let (w, contents) = (formats.w, &report.contents);
    let mut pictures = Vec::new();
    let mut cards: Vec<_> =
        figures.cards.iter().map(|card| shown(card, figures.today, &formats, &mut pictures)).collect();
    cards.extend(figures.analytics.iter().map(|table| analytics(table, &formats)));
    let (files, file) = attached(head, contents.attachment, figures, &formats)?;
    let period = contents.period.map_or("usual", crate::widget::Period::name);
    let about = format!("{} · {}", w.t(&format!("period.{period}")), formats.named_day(figures.today));
    let subject = format!("{}: {}", head.company, contents.name);
    let page = Page { w, head, name: &contents.name, about, panel: link(head, report), file, cards };
    let html = page.render().context("the page")?;
    let text = plain(&page);
    Ok((subject, text, Enclosed { html, pictures, files, unsubscribe: head.unsubscribe.clone() }))
}

/// The dashboard, narrowed as the report is. It opens for whoever is signed in, and for nobody else.
fn link(head: &Letterhead, report: &Report) -> String {
    let period = report.contents.period.map(|period| format!("period={}", period.name()));
    let branch = report.contents.branch.map(|branch| format!("branch={branch}"));
    let query = period.into_iter().chain(branch).collect::<Vec<_>>().join("&");
    let sign = if query.is_empty() { "" } else { "?" };
    format!("{}/admin{sign}{query}", head.origin)
}

fn shown(card: &Card, today: NaiveDate, f: &Formats, pictures: &mut Vec<(String, Vec<u8>)>) -> Shown {
    let (w, title) = (f.w, title(f.w, card.spec.key));
    let Ok(panel) = &card.panel else {
        let note = Some(w.t("mail.report.unavailable"));
        return Shown { title, note, picture: None, tables: Vec::new() };
    };
    if panel.not_by_branch {
        let note = Some(w.t("mail.report.not_by_branch"));
        return Shown { title, note, picture: None, tables: Vec::new() };
    }
    let tables: Vec<_> = [
        panel.stats.as_ref().map(|all| of_stats(all, card.spec.key, f)),
        panel.chart.as_ref().map(|chart| of_chart(chart, f)),
        panel.table.as_ref().map(|table| of_table(table, f)),
    ]
    .into_iter()
    .flatten()
    .filter(|table| !table.rows.is_empty())
    .collect();
    let note = tables.is_empty().then(|| empty_text(w, card.spec.key));
    let drawn = panel_svg(panel, card.spec, today, f).and_then(|svg| png(&svg));
    let picture = drawn.map(|png| {
        let id = format!("{}@rollcall", card.spec.key);
        pictures.push((id.clone(), png));
        (id, w.with("mail.report.picture", "title", &title))
    });
    Shown { title, note, picture, tables }
}

fn of_stats(all: &[Stat], widget: &str, f: &Formats) -> Rows {
    let row = |stat: &Stat| {
        let trend = stat.trend.as_ref().and_then(|trend| trend.percent).and_then(|n| Decimal::try_from(n).ok());
        let trend = trend.map(|n| format!("{}{}", if n > Decimal::ZERO { "+" } else { "" }, f.percent(n)));
        let word = stat.status.filter(|status| *status != crate::analytics::rate::Status::Neutral);
        let word = word.map(|status| f.w.status(status));
        let more: Vec<_> = trend.into_iter().chain(word).collect();
        vec![stats::label(f.w, widget, stat.key), f.value(&stat.value, stat.unit), more.join(", ")]
    };
    let head = ["ui.file.figure", "ui.file.value", "mail.report.change"].map(|key| f.w.t(key)).into();
    Rows { head, rows: all.iter().map(row).collect(), numbers: vec![false, true, true], more: 0 }
}

fn of_chart(chart: &Chart, f: &Formats) -> Rows {
    let names = chart.datasets.iter().map(|dataset| series_label(dataset, f));
    let row = |(at, label): (usize, &Value)| {
        let figure = |dataset: &crate::widget::panel::Dataset| {
            dataset.data.get(at).map_or_else(String::new, |value| f.value(value, dataset.unit))
        };
        std::iter::once(f.value(label, Unit::Text)).chain(chart.datasets.iter().map(figure)).collect()
    };
    let rows: Vec<_> = chart.labels.iter().enumerate().take(ROWS).map(row).collect();
    let mut numbers = vec![true; chart.datasets.len() + 1];
    numbers[0] = false;
    let head = std::iter::once(heading(chart.labels.first(), f.w)).chain(names).collect();
    Rows { head, numbers, more: chart.labels.len() - rows.len(), rows }
}

fn of_table(table: &Table, f: &Formats) -> Rows {
    let row = |row: &crate::widget::panel::Row| {
        row.cells.iter().zip(&table.columns).map(|(value, column)| f.value(value, column.unit)).collect()
    };
    let rows: Vec<_> = table.rows.iter().take(ROWS).map(row).collect();
    Rows {
        head: table.columns.iter().map(|column| column_label(column, f.w)).collect(),
        numbers: table.columns.iter().map(|column| column.unit != Unit::Text).collect(),
        more: table.rows.len() - rows.len(),
        rows,
    }
}

/// A table of the policy analytics: its names are those of the file.
fn analytics(table: &Exported, f: &Formats) -> Shown {
    let cell = |field: &Field| match field {
        Field::Whole(n) => f.count(*n),
        Field::Amount(n) => f.decimal(*n, 1),
        Field::Text(text) => {
            let term = f.w.maybe(&format!("mail.report.analytics.{text}"));
            term.or_else(|| f.w.maybe(&format!("term.policy_type.{text}"))).unwrap_or_else(|| text.clone())
        }
        _ => crate::web::view::format::MISSING.to_owned(),
    };
    let rows = table.rows.iter().take(ROWS).map(|row| row.iter().map(cell).collect()).collect::<Vec<Vec<_>>>();
    let head = table.columns.iter().map(|name| f.w.t(&format!("mail.report.analytics.{name}"))).collect();
    let number =
        |at: usize| table.rows.iter().any(|row| matches!(row.get(at), Some(Field::Whole(_) | Field::Amount(_))));
    let numbers = (0..table.columns.len()).map(number).collect();
    let note = rows.is_empty().then(|| f.w.t("ui.card.empty"));
    let tables = vec![Rows { head, numbers, more: table.rows.len() - rows.len(), rows }];
    let title = f.w.t(&format!("mail.report.analytics.table.{}", table.name));
    Shown { title, tables: if note.is_some() { Vec::new() } else { tables }, note, picture: None }
}

/// The same as plain text.
fn plain(page: &Page<'_>) -> String {
    let (w, mut text) = (page.w, String::new());
    // Writing to a string does not fail.
    let _ = write!(text, "{}\n{}\n{}\n\n{}\n", page.head.company, page.name, page.about, page.panel);
    for card in &page.cards {
        let _ = write!(text, "\n\n{}\n{}\n", card.title, "=".repeat(card.title.chars().count()));
        if let Some(note) = &card.note {
            let _ = writeln!(text, "{note}");
        }
        for table in &card.tables {
            text.push('\n');
            columns(&mut text, table);
            if table.more > 0 {
                let _ = writeln!(text, "{}", w.with("mail.report.more", "n", table.more));
            }
        }
    }
    for line in page.file.iter().cloned().chain([page.why()]) {
        let _ = write!(text, "\n\n{line}");
    }
    let _ = write!(text, "\n{}: {}\n", w.t("mail.report.unsubscribe"), page.head.unsubscribe);
    text
}

/// A table as text, its columns one below the other where they are not too wide.
fn columns(text: &mut String, table: &Rows) {
    let all = || std::iter::once(&table.head).chain(&table.rows);
    let width = |at: usize| all().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max().unwrap_or(0);
    let widths: Vec<_> = (0..table.head.len()).map(|at| width(at).min(40)).collect();
    for row in all() {
        let cell = |(at, cell): (usize, &String)| {
            let room = " ".repeat(widths.get(at).copied().unwrap_or(0).saturating_sub(cell.chars().count()));
            if table.numbers.get(at).copied().unwrap_or(false) {
                format!("{room}{cell}")
            } else {
                format!("{cell}{room}")
            }
        };
        let line = row.iter().enumerate().map(cell).collect::<Vec<_>>().join("  ");
        let _ = writeln!(text, "{}", line.trim_end());
    }
}

impl Page<'_> {
    fn why(&self) -> String {
        let text = self.w.with("mail.report.why", "reader", &self.head.reader);
        text.replace("%{company}", &self.head.company)
    }
}
