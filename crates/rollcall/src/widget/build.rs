//! Constructors that keep a widget short.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::panel::{
    Action, Chart, ChartKind, Column, Dataset, Detail, Panel, Point, Record, Row, Rows, Stat, Status, Table, Trend,
    Unit, Value,
};
use super::period::Span;
use crate::analytics::rate::{Wanted, rate_trend, trend, trend_status};
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
        Self {
            stats: self.stats.or(other.stats),
            chart: self.chart.or(other.chart),
            table: self.table.or(other.table),
            not_by_branch: self.not_by_branch || other.not_by_branch,
        }
    }

    /// What is shown of a branch where what is counted has none.
    #[must_use]
    pub fn not_by_branch() -> Self {
        Self { not_by_branch: true, ..Self::default() }
    }
}

impl Stat {
    /// A figure alone.
    #[must_use]
    pub fn new(key: &'static str, value: impl Into<Value>, unit: Unit) -> Self {
        Self { key, value: value.into(), unit, detail: None, trend: None, status: None, sparkline: None, rows: None }
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

    /// With its change against what it was in the period before.
    #[must_use]
    pub fn against(self, this: i64, before: i64, wanted: Wanted) -> Self {
        self.trend(trend(this, before), trend_status(this.cmp(&before), before == 0, wanted))
    }

    /// The same of a rate or an average; none where that was over nothing.
    #[must_use]
    pub fn against_rate(self, this: Option<Decimal>, before: Option<Decimal>, wanted: Wanted) -> Self {
        let Some(this) = this else { return self };
        let before = before.filter(|before| !before.is_zero());
        let status = before.map_or(Status::Neutral, |before| trend_status(this.cmp(&before), false, wanted));
        self.trend(before.and_then(|before| rate_trend(this, before)), status)
    }

    /// With the rows behind it.
    #[must_use]
    pub fn rows(mut self, rows: impl Into<Option<Rows>>) -> Self {
        self.rows = rows.into();
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
        Self { name, unit, data: data.into_iter().map(Into::into).collect(), before: false, rows: Vec::new() }
    }

    /// The same figures of the period before.
    #[must_use]
    pub fn before(self) -> Self {
        Self { before: true, ..self }
    }

    /// With the rows behind each figure.
    #[must_use]
    pub fn rows(self, rows: impl IntoIterator<Item = Option<Rows>>) -> Self {
        Self { rows: rows.into_iter().collect(), ..self }
    }

    /// With the rows behind the count of each of these days.
    #[must_use]
    pub fn rows_of_days(self, span: Span, rows: impl Fn(Span, i64) -> Rows) -> Self {
        let counts: Vec<i64> = self.data.iter().map(|value| if let Value::Int(n) = value { *n } else { 0 }).collect();
        let days = span.days().zip(counts).map(|(day, count)| Some(rows(Span { first: day, last: day }, count)));
        let days: Vec<_> = days.collect();
        self.rows(days)
    }

    fn is_nothing(&self) -> bool {
        self.data.iter().all(|value| match value {
            Value::Int(n) => *n == 0,
            Value::Decimal(n) => n.is_zero(),
            _ => true,
        })
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
        Self { cells, action: None, record: None, rows: Vec::new() }
    }

    /// With what it is about.
    #[must_use]
    pub fn record(mut self, list: &'static str, id: impl Into<Option<i64>>) -> Self {
        self.record = id.into().map(|id| Record { list, id });
        self
    }

    /// With the rows behind the cell at that position.
    #[must_use]
    pub fn rows(mut self, cell: usize, rows: Rows) -> Self {
        self.rows.push((cell, rows));
        self
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

/// A figure of each day, oldest first; zero where nothing happened.
pub(super) fn per_day(snapshot: &Snapshot, span: Span, figure: impl Fn(&DaySummary) -> i64) -> Vec<(NaiveDate, i64)> {
    span.days().map(|day| (day, snapshot.day(day).map_or(0, &figure))).collect()
}

/// The series of counts that [`per_day`] makes, and that of the days before.
pub(super) fn daily(
    snapshot: &Snapshot,
    span: Span,
    key: &str,
    figure: impl Fn(&DaySummary) -> i64 + Copy,
) -> [Dataset; 2] {
    let counts = |span| Dataset::counts(key, per_day(snapshot, span, figure).into_iter().map(|(_, count)| count));
    [counts(span), counts(span.before()).before()]
}

/// So many series are told apart though each is there twice.
const COMPARED: usize = 3;

/// All series of now, then those of the period before that are about anything; none of them where they would be too many.
pub(super) fn compared(series: impl IntoIterator<Item = [Dataset; 2]>) -> Vec<Dataset> {
    let (mut now, before): (Vec<_>, Vec<_>) = series.into_iter().map(|[now, before]| (now, before)).unzip();
    if now.len() <= COMPARED {
        now.extend(before.into_iter().filter(|series| !series.is_nothing()));
    }
    now
}

/// The days as labels.
#[must_use]
pub(super) fn day_labels(span: Span) -> Vec<Value> {
    span.days().map(Value::Day).collect()
}
