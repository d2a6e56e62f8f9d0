//! Constructors that keep a widget short.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::panel::{
    Action, Chart, ChartKind, Column, Dataset, Detail, Panel, Point, Row, Stat, Status, Table, Trend, Unit, Value,
};
use crate::summaries::{DaySummary, Snapshot};

impl Panel {
    /// Stat cards.
    #[must_use]
    pub fn stats(stats: Vec<Stat>) -> Self {
        Self { stats: Some(stats), ..Self::default() }
    }

    /// A chart.
    #[must_use]
    pub fn chart(kind: ChartKind, labels: Vec<Value>, datasets: Vec<Dataset>) -> Self {
        Self { chart: Some(Chart { kind, labels, datasets, over_nothing: false }), ..Self::default() }
    }

    /// A chart whose figures may be over nothing: then it is shown as empty.
    #[must_use]
    pub fn over(mut self, counted: i64) -> Self {
        if let Some(chart) = &mut self.chart {
            chart.over_nothing = counted == 0;
        }
        self
    }

    /// A table.
    #[must_use]
    pub fn table(columns: &[Column], rows: Vec<Row>) -> Self {
        Self { table: Some(Table { columns: columns.to_vec(), rows }), ..Self::default() }
    }

    /// The parts of both; a part that both have is this one's.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { stats: self.stats.or(other.stats), chart: self.chart.or(other.chart), table: self.table.or(other.table) }
    }
}

impl Stat {
    /// A figure alone.
    #[must_use]
    pub fn new(key: &'static str, value: impl Into<Value>, unit: Unit) -> Self {
        Self { key, value: value.into(), unit, detail: None, trend: None, status: None, sparkline: None }
    }

    /// With a second figure that explains it.
    #[must_use]
    pub fn detail(mut self, key: &'static str, value: Option<impl Into<Value>>) -> Self {
        self.detail = value.map(|value| Detail { key, value: value.into() });
        self
    }

    /// With its change against the period before.
    #[must_use]
    pub fn trend(mut self, percent: Option<f64>, status: Status) -> Self {
        self.trend = Some(Trend { percent, status });
        self
    }

    /// With what it means.
    #[must_use]
    pub fn status(mut self, status: impl Into<Option<Status>>) -> Self {
        self.status = status.into();
        self
    }

    /// With the days behind it.
    #[must_use]
    pub fn sparkline(mut self, days: Vec<(NaiveDate, i64)>) -> Self {
        self.sparkline = Some(days.into_iter().map(|(day, value)| Point { day, value }).collect());
        self
    }
}

impl Dataset {
    /// A series named by the translation of `term.<kind>.<key>`.
    pub fn new<V: Into<Value>>(name: Value, unit: Unit, data: impl IntoIterator<Item = V>) -> Self {
        Self { name, unit, data: data.into_iter().map(Into::into).collect() }
    }

    /// A series of counts, named by the translation of `term.series.<key>`.
    pub fn counts(key: &str, data: impl IntoIterator<Item = i64>) -> Self {
        Self::new(Value::series(key), Unit::Count, data)
    }
}

impl Column {
    /// A column that is not sorted by a click.
    #[must_use]
    pub const fn new(key: &'static str, unit: Unit) -> Self {
        Self { key, unit, sortable: false }
    }

    /// A column that is.
    #[must_use]
    pub const fn sortable(key: &'static str, unit: Unit) -> Self {
        Self { key, unit, sortable: true }
    }
}

impl Row {
    /// A row without an action.
    #[must_use]
    pub fn new(cells: Vec<Value>) -> Self {
        Self { cells, action: None }
    }

    /// With what can be done with it.
    #[must_use]
    pub fn action(mut self, action: Action) -> Self {
        self.action = Some(action);
        self
    }
}

impl Value {
    /// A term of the domain.
    #[must_use]
    pub fn term(kind: &'static str, key: &str) -> Self {
        Self::Term(kind, key.to_owned())
    }

    /// The name of a series.
    #[must_use]
    pub fn series(key: &str) -> Self {
        Self::term("series", key)
    }
}

impl From<i64> for Value {
    fn from(n: i64) -> Self {
        Self::Int(n)
    }
}

impl From<Decimal> for Value {
    fn from(n: Decimal) -> Self {
        Self::Decimal(n)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl<V: Into<Value>> From<Option<V>> for Value {
    fn from(value: Option<V>) -> Self {
        value.map_or(Self::None, Into::into)
    }
}

/// A figure of each day of `window(days)`, oldest first; zero where nothing happened.
pub(super) fn per_day(snapshot: &Snapshot, days: u32, figure: impl Fn(&DaySummary) -> i64) -> Vec<(NaiveDate, i64)> {
    snapshot.window(days).map(|day| (day, snapshot.day(day).map_or(0, &figure))).collect()
}

/// The series of counts that [`per_day`] makes.
pub(super) fn daily(snapshot: &Snapshot, days: u32, key: &str, figure: impl Fn(&DaySummary) -> i64) -> Dataset {
    Dataset::counts(key, per_day(snapshot, days, figure).into_iter().map(|(_, count)| count))
}

/// The days of `window(days)` as labels.
#[must_use]
pub(super) fn day_labels(snapshot: &Snapshot, days: u32) -> Vec<Value> {
    snapshot.window(days).map(Value::Day).collect()
}
