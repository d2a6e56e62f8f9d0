//! A chart as a picture that stands alone: SVG with its title, its legend and its axes, in the colours of the light theme.

use std::fmt::Write;

use chrono::NaiveDate;
use rust_decimal::prelude::ToPrimitive;

use super::card::title;
use super::chart::{self, colour, series_label, term};
use super::format::{self, Formats};
use crate::widget::Spec;
use crate::widget::panel::{Chart, ChartKind, Dataset, Panel, Unit, Value};

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 480.0;
/// The drawn area: left, top, right and bottom.
const AREA: (f64, f64, f64, f64) = (70.0, 96.0, 860.0, 430.0);
const INK: &str = "#1c2430";
const MUTED: &str = "#5a6472";
const LINE: &str = "#d9dfe6";

/// The panel's chart; none where it has none.
#[must_use]
pub fn panel_svg(panel: &Panel, spec: &Spec, today: NaiveDate, formats: &Formats) -> Option<String> {
    let chart = panel.chart.as_ref()?;
    let title = title(formats.w, spec.key);
    let mut svg = String::new();
    // Writing to a string does not fail.
    let _ = write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" \
         role=\"img\" font-family=\"system-ui, sans-serif\" font-size=\"13\"><title>{title}</title>\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>",
        title = escaped(&title)
    );
    text(&mut svg, (24.0, 36.0), "start", INK, &title, " font-size=\"20\" font-weight=\"600\"");
    text(&mut svg, (WIDTH - 24.0, 36.0), "end", MUTED, &formats.day(today), "");
    match chart.kind {
        _ if chart::is_empty(chart) => {
            let nothing = super::card::empty_text(formats.w, spec.key);
            text(&mut svg, (WIDTH / 2.0, HEIGHT / 2.0), "middle", MUTED, &nothing, "");
        }
        ChartKind::Doughnut => ring(&mut svg, chart, formats),
        ChartKind::Bar | ChartKind::Line => plot(&mut svg, chart, formats),
    }
    svg.push_str("</svg>\n");
    Some(svg)
}

fn text(svg: &mut String, (x, y): (f64, f64), anchor: &str, fill: &str, words: &str, more: &str) {
    let words = escaped(words);
    let _ =
        write!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" fill=\"{fill}\"{more}>{words}</text>");
}

/// The text as XML has it, without what XML cannot have.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars().filter(|c| !c.is_control()) {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            c => safe.push(c),
        }
    }
    safe
}

fn figure(value: Option<&Value>) -> f64 {
    value.and_then(format::number).and_then(|n| n.to_f64()).unwrap_or_default()
}

/// The legend, from left to right in as many lines as it takes.
fn legend(svg: &mut String, entries: impl Iterator<Item = (String, &'static str, bool)>) {
    let (mut x, mut y) = (24.0, 62.0);
    for (label, fill, before) in entries {
        // About as wide as letters of that size are.
        let width = 30.0 + 7.2 * label.chars().count() as f64;
        if x + width > WIDTH - 24.0 {
            (x, y) = (24.0, y + 18.0);
        }
        let opacity = if before { 0.4 } else { 1.0 };
        let _ = write!(
            svg,
            "<rect x=\"{x:.1}\" y=\"{:.1}\" width=\"12\" height=\"12\" rx=\"2\" fill=\"{fill}\" opacity=\"{opacity}\"/>",
            y - 10.5
        );
        text(svg, (x + 18.0, y), "start", INK, &label, "");
        x += width;
    }
}

/// The largest figure of an axis: one, two or five times a power of ten above all of `figures`.
fn highest(figures: impl Iterator<Item = f64>, unit: Unit) -> f64 {
    let most = figures.fold(0.0, f64::max);
    if unit == Unit::Percent {
        return 100.0;
    }
    let power = 10f64.powf(most.max(1.0).log10().floor());
    [1.0, 2.0, 5.0, 10.0].map(|step| step * power).into_iter().find(|top| *top >= most).unwrap_or(most)
}

fn plot(svg: &mut String, chart: &Chart, formats: &Formats) {
    let entry = |dataset: &Dataset| (series_label(dataset, formats), fill(term(&dataset.name)), dataset.before);
    legend(svg, chart.datasets.iter().map(entry));
    let Some(first) = chart.datasets.first() else { return };
    let (own, other): (Vec<_>, Vec<_>) = chart.datasets.iter().partition(|dataset| dataset.unit == first.unit);
    let all = |series: &[&Dataset]| {
        series.iter().flat_map(|it| &it.data).map(|value| figure(Some(value))).collect::<Vec<_>>()
    };
    let top = highest(all(&own).into_iter(), first.unit);
    axis(svg, top, first.unit, (AREA.0 - 8.0, "end"), formats);
    labels(svg, chart, formats);
    match chart.kind {
        ChartKind::Line => own.iter().for_each(|series| line(svg, series, top)),
        _ => bars(svg, &own, chart.labels.len(), top),
    }
    // What is measured in something else has an axis of its own, and stands as points.
    if let Some(second) = other.first() {
        let top = highest(all(&other).into_iter(), second.unit);
        axis(svg, top, second.unit, (AREA.2 + 8.0, "start"), formats);
        other.iter().for_each(|series| points(svg, series, top));
    }
}

fn axis(svg: &mut String, top: f64, unit: Unit, (x, anchor): (f64, &str), formats: &Formats) {
    let (left, upper, right, lower) = AREA;
    for step in 0..=4 {
        let share = f64::from(step) / 4.0;
        let y = lower - (lower - upper) * share;
        // The second axis has the lines of the first.
        if x < left {
            let _ = write!(svg, "<path d=\"M{left} {y:.1}H{right}\" stroke=\"{LINE}\"/>");
        }
        let value = rust_decimal::Decimal::from_f64_retain(top * share).unwrap_or_default().round_dp(1).normalize();
        let whole = matches!(unit, Unit::Count) && !value.is_integer();
        if !whole {
            text(svg, (x, y + 4.0), anchor, MUTED, &formats.value(&Value::Decimal(value), unit), "");
        }
    }
}

/// As many labels as there is room for.
fn labels(svg: &mut String, chart: &Chart, formats: &Formats) {
    let count = chart.labels.len();
    let words = chart.labels.iter().map(|label| formats.short(label, Unit::Text)).collect::<Vec<_>>();
    let width = (AREA.2 - AREA.0) / count.max(1) as f64;
    let longest = words.iter().map(|word| word.chars().count()).max().unwrap_or_default().min(24);
    let each = ((7.5 * longest as f64 + 10.0) / width).ceil().to_usize().unwrap_or_default().max(1);
    let is_words = chart.labels.iter().any(|label| matches!(label, Value::Term(..) | Value::Text(_)));
    for (at, word) in words.iter().enumerate().filter(|(at, _)| is_words || at % each == 0) {
        let room = if is_words { (width / 7.2).to_usize().unwrap_or_default() } else { 24 };
        let shown = match word.chars().count() > room {
            true => word.chars().take(room.saturating_sub(1)).chain(['…']).collect(),
            false => word.clone(),
        };
        text(svg, (AREA.0 + width * (at as f64 + 0.5), AREA.3 + 20.0), "middle", MUTED, &shown, "");
    }
}

fn place(at: usize, count: usize, value: f64, top: f64) -> (f64, f64) {
    let x = AREA.0 + (AREA.2 - AREA.0) * (at as f64 + 0.5) / count.max(1) as f64;
    (x, AREA.3 - (AREA.3 - AREA.1) * (value / top.max(f64::MIN_POSITIVE)).clamp(0.0, 1.0))
}

fn line(svg: &mut String, series: &Dataset, top: f64) {
    let count = series.data.len();
    let at = |(at, value): (usize, &Value)| {
        let (x, y) = place(at, count, figure(Some(value)), top);
        format!("{x:.1},{y:.1}")
    };
    let path = series.data.iter().enumerate().map(at).collect::<Vec<_>>().join(" ");
    let look = if series.before {
        "stroke-width=\"1.5\" stroke-dasharray=\"3 3\" opacity=\"0.5\""
    } else {
        "stroke-width=\"2\""
    };
    let _ = write!(svg, "<polyline points=\"{path}\" fill=\"none\" stroke=\"{}\" {look}/>", fill(term(&series.name)));
}

fn bars(svg: &mut String, series: &[&Dataset], count: usize, top: f64) {
    let room = (AREA.2 - AREA.0) / count.max(1) as f64 * 0.8;
    let width = (room / series.len().max(1) as f64).min(40.0);
    for (position, one) in series.iter().enumerate() {
        let opacity = if one.before { 0.4 } else { 1.0 };
        for (at, value) in one.data.iter().enumerate() {
            let (middle, y) = place(at, count, figure(Some(value)), top);
            let x = middle + width * (position as f64 - series.len() as f64 / 2.0);
            let height = AREA.3 - y;
            if height > 0.0 {
                let _ = write!(
                    svg,
                    "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{}\" \
                     opacity=\"{opacity}\"/>",
                    fill(term(&one.name))
                );
            }
        }
    }
}

fn points(svg: &mut String, series: &Dataset, top: f64) {
    for (at, value) in series.data.iter().enumerate().filter(|(_, value)| **value != Value::None) {
        let (x, y) = place(at, series.data.len(), figure(Some(value)), top);
        let fill = fill(term(&series.name));
        let _ = write!(svg, "<path d=\"M{x:.1} {:.1}l6 6-6 6-6-6z\" fill=\"{fill}\"/>", y - 6.0);
    }
}

fn ring(svg: &mut String, chart: &Chart, formats: &Formats) {
    let Some(series) = chart.datasets.first() else { return };
    let part = |(label, value): (&Value, &Value)| {
        let words = format!("{}: {}", formats.value(label, Unit::Text), formats.value(value, series.unit));
        (words, fill(term(label)), false)
    };
    legend(svg, chart.labels.iter().zip(&series.data).map(part));
    let all: f64 = series.data.iter().map(|value| figure(Some(value))).sum();
    let (middle, radius) = ((WIDTH / 2.0, 280.0), 110.0);
    let round = std::f64::consts::TAU * radius;
    let mut done = 0.0;
    for (label, value) in chart.labels.iter().zip(&series.data) {
        let share = figure(Some(value)) / all.max(f64::MIN_POSITIVE);
        let _ = write!(
            svg,
            "<circle cx=\"{}\" cy=\"{}\" r=\"{radius}\" fill=\"none\" stroke=\"{}\" stroke-width=\"56\" \
             stroke-dasharray=\"{:.2} {round:.2}\" transform=\"rotate({:.2} {} {})\"/>",
            middle.0,
            middle.1,
            fill(term(label)),
            (share * round - 2.0).max(0.0),
            360.0 * done - 90.0,
            middle.0,
            middle.1
        );
        done += share;
    }
}

/// The colour of a thing in the light theme: what `web/src/tokens.css` says of the class.
fn fill(key: &str) -> &'static str {
    match colour(key) {
        "s-completed" => "#288f67",
        "s-cancellations" => "#ba7e24",
        "s-reschedules" => "#ac4a92",
        "s-violations" => "#af5018",
        "s-failures" => "#bd2932",
        "s-sent" => "#4198d4",
        "s-recurring" => "#806911",
        "s-other" | "s-volume" => "#82888e",
        "s-ink" => "#313a47",
        "s-time" => "#45388e",
        _ => "#0f7bbf",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_ends_at_a_round_figure_above_all() {
        let top = |figures: &[f64]| highest(figures.iter().copied(), Unit::Count);
        assert_eq!((top(&[]), top(&[0.0]), top(&[3.0]), top(&[7.0, 11.0]), top(&[50.0])), (1.0, 1.0, 5.0, 20.0, 50.0));
        assert_eq!(highest([12.0].into_iter(), Unit::Percent), 100.0);
    }

    #[test]
    fn colours_are_those_of_the_style_sheet() {
        let sheet = include_str!("../../../../../web/src/tokens.css");
        for key in
            ["appointments", "completed", "cancelled", "reschedules", "violations", "failed", "sent", "recurring"]
        {
            let name = colour(key).trim_start_matches("s-");
            let wanted = format!("--c-{name}: light-dark({},", fill(key));
            assert!(sheet.contains(&wanted), "{wanted}");
        }
    }

    #[test]
    fn what_could_break_out_is_text() {
        assert_eq!(escaped("</svg><script>\u{1}&\""), "&lt;/svg&gt;&lt;script&gt;&amp;&quot;");
    }
}
