//! A widget as a file: its figures as CSV.

use serde_json::Value as Json;

use super::chart::{heading, series_label};
use super::format::{self, Formats};
use super::stats;
use super::table::column_label;
use crate::export;
use crate::widget::Spec;
use crate::widget::panel::{Chart, Panel, Stat, Table, Unit, Value};

/// A part of a widget that makes a file of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Stat cards.
    Stats,
    /// The figures of the chart.
    Chart,
    /// The table.
    Table,
}

impl Part {
    /// Its name in addresses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stats => "stats",
            Self::Chart => "chart",
            Self::Table => "table",
        }
    }

    /// The parts that a panel has, the one that an address without a part means first.
    #[must_use]
    pub fn of(panel: &Panel) -> Vec<Self> {
        let parts = [
            (Self::Chart, panel.chart.is_some()),
            (Self::Table, panel.table.is_some()),
            (Self::Stats, panel.stats.is_some()),
        ];
        parts.into_iter().filter(|(_, there)| *there).map(|(part, _)| part).collect()
    }
}

/// The part's figures as CSV, with headings and words in the language of `formats`; numbers and days as machines read them.
///
/// # Errors
/// Where it cannot be written, which is a fault of the program.
pub fn panel_csv(panel: &Panel, part: Part, spec: &Spec, formats: &Formats) -> std::io::Result<String> {
    let records = match part {
        Part::Stats => panel.stats.as_ref().map(|stats| of_stats(stats, spec, formats)),
        Part::Chart => panel.chart.as_ref().map(|chart| of_chart(chart, formats)),
        Part::Table => panel.table.as_ref().map(|table| of_table(table, formats)),
    };
    export::records(&records.unwrap_or_default())
}

/// Every part of a widget: its name, and its records, of which the first is the headings.
pub(super) fn panel_records(panel: &Panel, spec: &Spec, formats: &Formats) -> Vec<(Part, Vec<Vec<Json>>)> {
    let stats = panel.stats.as_ref().map(|stats| (Part::Stats, of_stats(stats, spec, formats)));
    let chart = panel.chart.as_ref().map(|chart| (Part::Chart, of_chart(chart, formats)));
    let table = panel.table.as_ref().map(|table| (Part::Table, of_table(table, formats)));
    [stats, chart, table].into_iter().flatten().collect()
}

fn of_stats(stats: &[Stat], spec: &Spec, formats: &Formats) -> Vec<Vec<Json>> {
    let w = formats.w;
    let heading = ["ui.file.figure", "ui.file.value", "ui.file.change"].map(|key| Json::from(w.t(key)));
    let row = |stat: &Stat| {
        let change = stat.trend.as_ref().and_then(|trend| trend.percent).map_or(Json::Null, Json::from);
        vec![stats::label(w, spec.key, stat.key).into(), cell(&stat.value, stat.unit, formats), change]
    };
    std::iter::once(heading.to_vec()).chain(stats.iter().map(row)).collect()
}

fn of_chart(chart: &Chart, formats: &Formats) -> Vec<Vec<Json>> {
    let label = Json::from(heading(chart.labels.first(), formats.w));
    let names = chart.datasets.iter().map(|dataset| Json::from(series_label(dataset, formats)));
    let row = |(at, label): (usize, &Value)| {
        let figures = chart.datasets.iter().map(|dataset| cell(&dataset.data[at], dataset.unit, formats));
        std::iter::once(cell(label, Unit::Text, formats)).chain(figures).collect()
    };
    std::iter::once(std::iter::once(label).chain(names).collect())
        .chain(chart.labels.iter().enumerate().map(row))
        .collect()
}

fn of_table(table: &Table, formats: &Formats) -> Vec<Vec<Json>> {
    let names = table.columns.iter().map(|column| Json::from(column_label(column, formats.w)));
    let rows = table.rows.iter().map(|row| {
        row.cells.iter().zip(&table.columns).map(|(value, column)| cell(value, column.unit, formats)).collect()
    });
    std::iter::once(names.collect()).chain(rows).collect()
}

/// Numbers stay numbers; instants are told in the company's zone; what has words is told in words.
fn cell(value: &Value, unit: Unit, formats: &Formats) -> Json {
    match value {
        Value::None => Json::Null,
        Value::Int(n) => (*n).into(),
        Value::Decimal(n) => n.normalize().to_string().parse::<f64>().map_or(Json::Null, Json::from),
        Value::Day(_) => format::raw(value).into(),
        Value::Instant(at) | Value::Minute(at) => {
            at.and_utc().with_timezone(&formats.zone).format("%Y-%m-%d %H:%M:%S").to_string().into()
        }
        other => formats.value(other, unit).into(),
    }
}
