//! Tables: columns that sort by a link, cells that say when, rows that can be acted on.

use askama::Template;

use super::chart::unit;
use super::context::{CardContext, RowsView};
use super::format::{self, Formats};
use super::words::Words;
use crate::widget::panel::{Action, Column, Row, Table, Unit, Value};

/// A table.
#[derive(Template)]
#[template(path = "panel_table.html")]
pub(super) struct TableView {
    w: Words,
    key: &'static str,
    title: String,
    columns: Vec<ColumnView>,
    rows: Vec<RowView>,
    has_actions: bool,
    /// Where an action comes back to.
    return_to: String,
    empty: String,
}

struct ColumnView {
    label: String,
    unit: &'static str,
    numeric: bool,
    sort: Option<SortLink>,
}

struct SortLink {
    id: String,
    href: String,
    fragment: String,
    /// `ascending` or `descending` where the table is sorted by this column.
    sorted: Option<&'static str>,
}

struct RowView {
    cells: Vec<CellView>,
    retry: Option<RetryView>,
}

struct CellView {
    /// Where it leads.
    link: Option<RowsView>,
    record: Option<String>,
    shown: String,
    raw: String,
    /// The exact instant behind a relative one.
    exact: Option<String>,
    numeric: bool,
    /// How its text is fitted in, where it is no short one.
    fit: Option<Fit>,
}

/// How a text is fitted into its column.
enum Fit {
    /// A sentence breaks into lines.
    Long,
    /// An address has nowhere to break: where there is no room it ends in an ellipsis.
    Clip,
}

struct RetryView {
    id: i64,
    url: String,
    label: String,
}

impl TableView {
    pub(super) fn new(title: &str, table: &Table, context: &CardContext<'_>) -> Self {
        let rows: Vec<RowView> = table.rows.iter().map(|row| row_view(row, table, context)).collect();
        Self {
            w: context.formats.w,
            key: context.card.spec.key,
            title: title.to_owned(),
            columns: table.columns.iter().map(|column| column_view(column, context)).collect(),
            has_actions: rows.iter().any(|row| row.retry.is_some()),
            return_to: format!("{}#{}", context.query.url("/admin", &[]), context.card.spec.key),
            empty: super::card::empty_text(context.formats.w, context.card.spec.key),
            rows,
        }
    }
}

/// What a column is called.
pub(super) fn column_label(column: &Column, w: Words) -> String {
    w.t(&format!("column.{}", column.key))
}

fn column_view(column: &Column, context: &CardContext<'_>) -> ColumnView {
    ColumnView {
        label: column_label(column, context.formats.w),
        unit: unit(column.unit),
        numeric: column.unit != Unit::Text,
        sort: if column.sortable { sort_link(column, context) } else { None },
    }
}

fn sort_link(column: &Column, context: &CardContext<'_>) -> Option<SortLink> {
    let card = context.card;
    let filter = |name: &str| card.spec.filters.iter().find(|filter| filter.name == name);
    let (sort, dir) = (filter("sort")?, filter("dir")?);
    let chosen = card.choices.get(sort) == column.key;
    sort.options.contains(&column.key).then_some(())?;
    let next = match (chosen, card.choices.get(dir)) {
        (true, "asc") => "desc",
        (true, _) => "asc",
        (false, _) if column.unit == Unit::Text => "asc",
        (false, _) => "desc",
    };
    let changes = [context.parameter("sort", column.key), context.parameter("dir", next)];
    Some(SortLink {
        id: format!("sort-{}-{}", card.spec.key, column.key),
        href: context.page_url(&changes),
        fragment: context.fragment_url(&changes),
        sorted: chosen.then(|| if card.choices.get(dir) == "asc" { "ascending" } else { "descending" }),
    })
}

fn row_view(row: &Row, table: &Table, context: &CardContext<'_>) -> RowView {
    let cells = row.cells.iter().zip(&table.columns).enumerate();
    let cell = |(at, (value, column))| CellView {
        link: row.rows.iter().find(|(cell, rows)| *cell == at && rows.count > 0).map(|(_, rows)| context.rows(rows)),
        // What a row is about is what its first cell says.
        record: row.record.filter(|_| at == 0).map(|record| context.record_url(record)),
        ..cell_view(value, column, &context.formats)
    };
    RowView {
        cells: cells.map(cell).collect(),
        retry: match row.action {
            Some(Action::RetryNotification(id)) if context.viewer.role.may_write() => Some(RetryView {
                id,
                url: context.company_url(&format!("/admin/notifications/{id}/retry")),
                label: context.formats.w.with("ui.table.retry_label", "what", first_words(row, &context.formats)),
            }),
            _ => None,
        },
    }
}

/// What tells one row's button from the next one's, for who hears them.
fn first_words(row: &Row, formats: &Formats) -> String {
    let texts = row.cells.iter().filter(|cell| matches!(cell, Value::Text(_)));
    texts.map(|cell| formats.value(cell, Unit::Text)).next().unwrap_or_default()
}

fn cell_view(value: &Value, column: &Column, formats: &Formats) -> CellView {
    // Not how long ago: that would be wrong by the time somebody sees it. The script says so where there is one.
    let shown = formats.value(value, column.unit);
    CellView {
        link: None,
        record: None,
        fit: Fit::of(&shown),
        shown,
        raw: format::raw(value),
        exact: match value {
            Value::Instant(at) => Some(formats.exact(*at)),
            _ => None,
        },
        numeric: column.unit != Unit::Text,
    }
}

impl Fit {
    fn of(shown: &str) -> Option<Self> {
        let is_address = shown.contains('@') && !shown.contains(char::is_whitespace);
        let is_long = shown.chars().count() > 30;
        if is_address { Some(Self::Clip) } else { is_long.then_some(Self::Long) }
    }

    /// Its class in the style sheet.
    fn class(&self) -> &'static str {
        match self {
            Self::Long => "long",
            Self::Clip => "clip",
        }
    }

    fn is_tight(&self) -> bool {
        matches!(self, Self::Clip)
    }
}
