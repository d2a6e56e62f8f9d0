//! Charts: a table of figures that the script draws as a picture, so that both say the same.

use askama::Template;
use chrono::NaiveDate;

use super::context::{CardContext, RowsView};
use super::format::{self, Formats};
use super::words::Words;
use crate::widget::panel::{Chart, ChartKind, Dataset, Unit, Value};

/// A chart and the table under it.
#[derive(Template)]
#[template(path = "panel_chart.html")]
pub(super) struct ChartView {
    w: Words,
    key: &'static str,
    title: String,
    kind: &'static str,
    /// What the first column holds.
    heading: String,
    series: Vec<SeriesView>,
    rows: Vec<PointView>,
    /// The entries of the legend: the series, or the parts of a doughnut.
    legend: Vec<LegendItem>,
    pub(super) empty: Option<String>,
}

struct SeriesView {
    label: String,
    class: &'static str,
    unit: &'static str,
    /// The code of its currency, where it is money.
    currency: Option<String>,
    /// Whether it has an axis of its own, because it is measured in something else than the first.
    second_axis: bool,
    /// Whether it is the period before: a faint line.
    before: bool,
}

struct PointView {
    label: String,
    short: String,
    /// The label for machines: a date as ISO 8601 has it; empty where it is a word.
    raw: String,
    class: &'static str,
    today: bool,
    cells: Vec<PointCell>,
}

struct PointCell {
    rows: Option<RowsView>,
    shown: String,
    raw: String,
}

struct LegendItem {
    label: String,
    class: &'static str,
    figure: Option<String>,
    before: bool,
}

impl ChartView {
    /// The figures of a `card` lead to the rows behind them.
    pub(super) fn new(
        key: &'static str,
        title: &str,
        chart: &Chart,
        today: NaiveDate,
        formats: &Formats,
        card: Option<&CardContext<'_>>,
    ) -> Self {
        let series: Vec<SeriesView> = chart.datasets.iter().map(|dataset| series(dataset, chart, formats)).collect();
        let rows: Vec<PointView> = chart
            .labels
            .iter()
            .enumerate()
            .map(|(at, label)| point((at, label), chart, today, formats, card))
            .collect();
        Self {
            w: formats.w,
            key,
            title: title.to_owned(),
            kind: kind(chart.kind),
            heading: heading(chart.labels.first(), formats.w),
            legend: legend(chart.kind, &series, &rows),
            empty: is_empty(chart).then(|| super::card::empty_text(formats.w, key)),
            series,
            rows,
        }
    }
}

/// Whether a chart has nothing to show: nothing was counted, there is no figure, or only zeros.
pub(super) fn is_empty(chart: &Chart) -> bool {
    let nothing = |value: &Value| format::number(value).is_none_or(|n| n.is_zero());
    chart.over_nothing || chart.datasets.iter().all(|dataset| dataset.data.iter().all(nothing))
}

/// What a series is called.
pub(super) fn series_label(dataset: &Dataset, formats: &Formats) -> String {
    let name = formats.value(&dataset.name, Unit::Text);
    if dataset.before { formats.w.with("ui.chart.before", "name", name) } else { name }
}

fn series(dataset: &Dataset, chart: &Chart, formats: &Formats) -> SeriesView {
    let key = term(&dataset.name);
    SeriesView {
        label: series_label(dataset, formats),
        class: colour(key),
        unit: unit(dataset.unit),
        currency: match dataset.unit {
            Unit::Money(currency) => Some(currency.code().to_owned()),
            _ => None,
        },
        second_axis: chart.datasets.first().is_some_and(|first| first.unit != dataset.unit),
        before: dataset.before,
    }
}

fn point(
    (at, label): (usize, &Value),
    chart: &Chart,
    today: NaiveDate,
    formats: &Formats,
    card: Option<&CardContext<'_>>,
) -> PointView {
    let cell = |dataset: &Dataset| {
        let value = dataset.data.get(at).unwrap_or(&Value::None);
        let rows = dataset.rows.get(at).and_then(Option::as_ref).filter(|rows| rows.count > 0);
        let rows = rows.zip(card).map(|(rows, card)| card.rows(rows));
        PointCell { rows, shown: formats.value(value, dataset.unit), raw: format::raw(value) }
    };
    PointView {
        label: match label {
            Value::Day(day) => formats.named_day(*day),
            other => formats.value(other, Unit::Text),
        },
        short: formats.short(label, Unit::Text),
        raw: format::raw(label),
        class: colour(term(label)),
        today: *label == Value::Day(today),
        cells: chart.datasets.iter().map(cell).collect(),
    }
}

fn legend(kind: ChartKind, series: &[SeriesView], rows: &[PointView]) -> Vec<LegendItem> {
    if kind == ChartKind::Doughnut {
        let figure = |row: &PointView| row.cells.first().map(|cell| cell.shown.clone());
        return rows
            .iter()
            .map(|row| LegendItem { label: row.label.clone(), class: row.class, figure: figure(row), before: false })
            .collect();
    }
    let item =
        |one: &SeriesView| LegendItem { label: one.label.clone(), class: one.class, figure: None, before: one.before };
    series.iter().map(item).collect()
}

pub(super) fn heading(label: Option<&Value>, w: Words) -> String {
    match label {
        Some(Value::Day(_)) => w.t("ui.chart.day"),
        Some(Value::Weekday(_)) => w.t("ui.chart.weekday"),
        Some(Value::Minute(_)) => w.t("ui.chart.time"),
        Some(Value::Hour(_)) => w.t("ui.chart.hour"),
        Some(Value::Term(kind, _)) => w.maybe(&format!("column.{kind}")).unwrap_or_else(|| w.t("ui.chart.label")),
        _ => w.t("ui.chart.label"),
    }
}

pub(super) fn term(value: &Value) -> &str {
    match value {
        Value::Term(_, key) => key,
        _ => "",
    }
}

fn kind(kind: ChartKind) -> &'static str {
    match kind {
        ChartKind::Bar => "bar",
        ChartKind::Line => "line",
        ChartKind::Doughnut => "doughnut",
    }
}

/// A unit's name in the page.
pub(super) fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Count => "count",
        Unit::Average => "average",
        Unit::Percent => "percent",
        Unit::Seconds => "seconds",
        Unit::Bytes => "bytes",
        Unit::Money(_) => "money",
        Unit::Text => "text",
    }
}

/// The colour of a thing: the same everywhere, whatever chart it stands in. Classes of the style sheet.
pub(super) fn colour(key: &str) -> &'static str {
    match key {
        "appointments" | "total" | "created" | "prospect" => "s-appointments",
        "hit_rate" | "completed" | "within" | "within_policy" | "compliance" | "payment" | "customer" => "s-completed",
        "cancelled" | "cancellations" | "cancellation" | "cancel" | "at_risk" => "s-cancellations",
        "reschedules" | "reschedule" | "rescheduled" | "regular" => "s-reschedules",
        "violations" | "violation" => "s-violations",
        "failed" | "failures" => "s-failures",
        "from_redis" | "sent" | "delivered" | "late_arrival" => "s-sent",
        "recurring" | "lead" => "s-recurring",
        "no_show" | "fees" => "s-ink",
        "other" | "churned" => "s-other",
        "volume" => "s-volume",
        "vip" => "s-time",
        key if key.starts_with("average") || key.contains("seconds") || key.contains("time") => "s-time",
        _ => "s-appointments",
    }
}
