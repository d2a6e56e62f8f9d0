//! A widget as JSON: the figures as they are, with a `label` beside each name.

use serde_json::{Value as Json, json};

use super::chart::series_label;
use super::format::Formats;
use super::stats;
use super::table::column_label;
use super::words::Words;
use crate::i18n::Lang;
use crate::widget::Spec;
use crate::widget::panel::Panel;

/// The serialised `panel` of the widget `spec`, with the translated `label` in each stat, dataset and column.
#[must_use]
pub fn panel_json(panel: &Panel, spec: &Spec, lang: Lang) -> Json {
    let w = Words::of(lang);
    let formats = Formats { w, zone: chrono_tz::UTC, now: chrono::DateTime::UNIX_EPOCH };
    let mut json = serde_json::to_value(panel).unwrap_or_else(|_| json!({}));
    let stats = panel.stats.iter().flatten().map(|stat| stats::label(w, spec.key, stat.key));
    let datasets = panel.chart.iter().flat_map(|chart| &chart.datasets).map(|dataset| series_label(dataset, &formats));
    let columns = panel.table.iter().flat_map(|table| &table.columns).map(|column| column_label(column, w));
    label(&mut json["stats"], stats);
    label(&mut json["datasets"], datasets);
    label(&mut json["columns"], columns);
    if let Json::Object(parts) = &mut json {
        parts.retain(|_, part| !part.is_null());
    }
    json
}

fn label(part: &mut Json, labels: impl Iterator<Item = String>) {
    for (item, label) in part.as_array_mut().into_iter().flatten().zip(labels) {
        item["label"] = Json::String(label);
    }
}
