//! `Panel`: what a widget shows, as data.
//!
//! One value serves the JSON API, the page and (later) the cache and the exports. It holds machine-readable terms and
//! numbers; words and formats are added where it is rendered, by language.

use chrono::{NaiveDate, NaiveDateTime};
use rust_decimal::Decimal;
use serde::{Serialize, Serializer};

use crate::analytics::currency::Currency;
pub use crate::analytics::rate::Status;

/// A widget's answer. A part that a widget does not have is absent; most have one, some two
/// (`staff_performance`: stats and chart, `notification_errors`: chart and table).
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Panel {
    /// Single figures, shown as stat cards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stats: Option<Vec<Stat>>,
    /// A chart: `{labels, datasets}`.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub chart: Option<Chart>,
    /// A table: `{columns, rows}`.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub table: Option<Table>,
    /// Whether a branch was asked for and what is counted has none: then there are no figures at all.
    #[serde(skip_serializing_if = "is_false")]
    pub not_by_branch: bool,
}

/// The rows behind a figure: a list of the panel, narrowed to exactly these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows {
    /// The list: a part of its address.
    pub list: &'static str,
    /// What it is narrowed by, as its address has it.
    pub filters: Vec<(&'static str, String)>,
    /// How many rows it has: the figure itself, or what a rate or an average is made of.
    pub count: i64,
    /// Whether it is the rows' own counts that add up to it, and not how many rows there are.
    pub sums: bool,
}

/// A row of a list of the panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// The list: a part of its address.
    pub list: &'static str,
    /// The row's id.
    pub id: i64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it like that")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// One figure with what it needs to be understood.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stat {
    /// Stable name, unique in its widget; the translation of `stat.<widget>.<key>` is its label.
    pub key: &'static str,
    /// The figure.
    pub value: Value,
    /// What the figure is measured in.
    pub unit: Unit,
    /// A second figure that explains the first, e.g. the top performer's completed appointments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<Detail>,
    /// Change against the period before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trend: Option<Trend>,
    /// What the figure means, where it means something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// The days behind the figure, oldest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sparkline: Option<Vec<Point>>,
    /// The rows behind it, where there is a list of them.
    #[serde(skip)]
    pub rows: Option<Rows>,
}

/// One day of a sparkline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Point {
    /// The company's day.
    pub day: NaiveDate,
    /// The count of that day.
    pub value: i64,
}

/// A figure that explains a stat; its words are the translation of `detail.<key>`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Detail {
    /// Stable name of the sentence.
    pub key: &'static str,
    /// The figure in it.
    pub value: Value,
}

/// Change against the period before.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trend {
    /// Percent with one decimal; none where the period before was zero (shown as "–").
    pub percent: Option<f64>,
    /// Whether that is good news: more violations are not.
    pub status: Status,
}

/// What a number is measured in, and so how it is written.
/// Serialises to its name in snake case, money to the code of its currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A whole count.
    Count,
    /// A count that has decimals, such as an average.
    Average,
    /// Percent with one decimal.
    Percent,
    /// Seconds.
    Seconds,
    /// Bytes.
    Bytes,
    /// Not a number.
    Text,
    /// An amount in the company's currency.
    #[serde(untagged)]
    Money(Currency),
}

/// A value in a stat, a cell or a label. Serialises to plain JSON: numbers, strings, null.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing to show: "–".
    None,
    /// A whole number.
    Int(i64),
    /// A number with decimals, already rounded; money too.
    Decimal(Decimal),
    /// Somebody's words or name: shown as they are (escaped).
    Text(String),
    /// A term of the domain, e.g. `no_show`; its word is the translation of `term.<kind>.<key>`, or the key itself.
    Term(&'static str, String),
    /// A calendar day of the company.
    Day(NaiveDate),
    /// A span of days, both included.
    Days(NaiveDate, NaiveDate),
    /// An instant, UTC; shown in the company's zone.
    Instant(NaiveDateTime),
    /// An instant of the last hours, UTC: its time of day is shown.
    Minute(NaiveDateTime),
    /// An hour of the day, 0 to 23.
    Hour(u8),
    /// A day of the week, 0 is Monday.
    Weekday(u8),
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
        match self {
            Self::None => to.serialize_none(),
            Self::Int(n) => to.serialize_i64(*n),
            Self::Decimal(n) => rust_decimal::serde::float::serialize(n, to),
            Self::Text(text) | Self::Term(_, text) => to.serialize_str(text),
            Self::Day(day) => day.serialize(to),
            Self::Days(from, until) => to.collect_str(&format_args!("{from}/{until}")),
            Self::Instant(at) | Self::Minute(at) => {
                to.collect_str(&format_args!("{}Z", at.format("%Y-%m-%dT%H:%M:%S")))
            }
            Self::Hour(hour) => to.collect_str(&format_args!("{hour:02}:00")),
            Self::Weekday(day) => to.serialize_str(WEEKDAYS[usize::from(*day) % 7]),
        }
    }
}

/// A chart's figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Chart {
    /// How it is drawn.
    #[serde(rename = "type")]
    pub kind: ChartKind,
    /// One label for each position of `datasets[].data`.
    pub labels: Vec<Value>,
    /// The series.
    pub datasets: Vec<Dataset>,
    /// Whether there was nothing to count, so that its figures are what is said over nothing (a rate of 100 %).
    #[serde(skip)]
    pub over_nothing: bool,
}

/// How a chart is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChartKind {
    /// Vertical bars from zero.
    Bar,
    /// Lines over days.
    Line,
    /// Parts of a whole, at most seven.
    Doughnut,
}

/// One series of a chart.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Dataset {
    /// Stable name, a series (`violations`) or a term (`term.<kind>.<key>`): it decides colour and translation.
    #[serde(rename = "key")]
    pub name: Value,
    /// What the series is measured in; series of another unit than the first get an axis of their own.
    pub unit: Unit,
    /// The figures, one for each label.
    pub data: Vec<Value>,
    /// Whether it is of the period before: drawn faintly.
    #[serde(skip_serializing_if = "is_false")]
    pub before: bool,
    /// The rows behind the figures, one for each label; empty where there is no list of them.
    #[serde(skip)]
    pub rows: Vec<Option<Rows>>,
}

/// A table's figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Table {
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows; a row has one cell for each column.
    pub rows: Vec<Row>,
}

/// A column; the translation of `column.<key>` is its heading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Column {
    /// Stable name.
    pub key: &'static str,
    /// How its cells are written.
    pub unit: Unit,
    /// Whether a click on the heading sorts by it.
    pub sortable: bool,
}

/// A row of a table: serialises to its cells alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// One for each column.
    pub cells: Vec<Value>,
    /// What can be done with the row.
    pub action: Option<Action>,
    /// What the row is about.
    pub record: Option<Record>,
    /// The rows behind cells, with the cells' positions.
    pub rows: Vec<(usize, Rows)>,
}

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.cells.serialize(to)
    }
}

/// An action on a row of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Send this failed notification again.
    RetryNotification(i64),
}
