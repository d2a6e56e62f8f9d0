//! Stat cards: a figure, what it means, where it is going, and its last days.

use askama::Template;
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;

use super::chart::colour;
use super::context::{CardContext, RowsView};
use super::format::{self, Formats, MISSING};
use super::words::{Icon, Words, status_class, status_icon};
use crate::widget::panel::{Detail, Point, Stat, Status, Trend, Unit, Value};

/// The stat cards of a widget.
#[derive(Template)]
#[template(path = "panel_stats.html")]
pub(super) struct StatsView {
    w: Words,
    stats: Vec<StatView>,
}

struct StatView {
    key: &'static str,
    label: String,
    value: String,
    /// The figure for machines; empty where it is not a number.
    raw: String,
    is_number: bool,
    detail: Option<String>,
    trend: Option<TrendView>,
    status: Option<StatusView>,
    spark: Option<Sparkline>,
    rows: Option<RowsView>,
}

struct TrendView {
    class: &'static str,
    icon: Option<Icon>,
    shown: String,
    meaning: String,
}

struct StatusView {
    class: &'static str,
    icon: Icon,
    word: String,
}

/// A line of days in a box of 100 × 28.
struct Sparkline {
    class: &'static str,
    line: String,
    area: String,
    end: String,
    label: String,
    days: Vec<SparkDay>,
}

struct SparkDay {
    x: String,
    width: String,
    title: String,
}

impl StatsView {
    /// Those of a `card` lead to the rows behind them.
    pub(super) fn new(widget: &str, stats: &[Stat], formats: &Formats, card: Option<&CardContext<'_>>) -> Self {
        let view = |stat: &Stat| StatView {
            rows: stat.rows.as_ref().zip(card).map(|(rows, card)| card.rows(rows)),
            ..view(widget, stat, formats)
        };
        Self { w: formats.w, stats: stats.iter().map(view).collect() }
    }
}

fn view(widget: &str, stat: &Stat, formats: &Formats) -> StatView {
    StatView {
        key: stat.key,
        rows: None,
        label: label(formats.w, widget, stat.key),
        value: formats.value(&stat.value, stat.unit),
        raw: format::raw(&stat.value),
        is_number: format::number(&stat.value).is_some(),
        detail: stat.detail.as_ref().map(|detail| sentence(detail, formats)),
        trend: stat.trend.as_ref().map(|trend| trend_view(trend, formats)),
        status: stat.status.filter(|status| *status != Status::Neutral).map(|status| StatusView {
            class: status_class(status),
            icon: status_icon(status),
            word: formats.w.status(status),
        }),
        spark: stat.sparkline.as_deref().and_then(|points| Sparkline::of(stat.key, points, formats)),
    }
}

/// What a stat is called.
pub(super) fn label(w: Words, widget: &str, key: &str) -> String {
    w.t(&format!("stat.{widget}.{key}"))
}

fn sentence(detail: &Detail, formats: &Formats) -> String {
    let value = formats.value(&detail.value, Unit::Text);
    let n = if let Value::Int(n) = detail.value { n } else { 0 };
    let one = formats.w.maybe(&format!("detail.{}.one", detail.key)).is_some();
    let key = format!("detail.{}", detail.key);
    if one { formats.w.count(&key, n, &value) } else { formats.w.t(&key) }.replace("%{value}", &value)
}

fn trend_view(trend: &Trend, formats: &Formats) -> TrendView {
    let w = formats.w;
    let class = status_class(trend.status);
    let Some(percent) = trend.percent.and_then(Decimal::from_f64) else {
        let meaning = w.t("ui.trend.none");
        return TrendView { class: "is-neutral", icon: None, shown: MISSING.to_owned(), meaning };
    };
    let shown = formats.percent(percent.abs());
    let (icon, key) = match percent {
        up if up > Decimal::ZERO => ("arrow-trending-up", "ui.trend.up"),
        down if down < Decimal::ZERO => ("arrow-trending-down", "ui.trend.down"),
        _ => ("minus", "ui.trend.same"),
    };
    let sign = if percent > Decimal::ZERO {
        "+"
    } else if percent < Decimal::ZERO {
        "−"
    } else {
        ""
    };
    TrendView {
        class,
        icon: Some(w.icon(icon)),
        meaning: w.with(key, "percent", &shown),
        shown: format!("{sign}{shown}"),
    }
}

impl Sparkline {
    fn of(key: &str, points: &[Point], formats: &Formats) -> Option<Self> {
        const WIDTH: f64 = 100.0;
        const TOP: f64 = 3.0;
        const FLOOR: f64 = 26.0;
        let highest = points.iter().map(|point| point.value).max()?.max(1);
        let step = WIDTH / (points.len().max(2) - 1) as f64;
        let place = |(position, point): (usize, &Point)| {
            let height = point.value.max(0) as f64 / highest as f64;
            (step * position as f64, FLOOR - (FLOOR - TOP) * height)
        };
        let placed: Vec<(f64, f64)> = points.iter().enumerate().map(place).collect();
        let line = placed.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect::<Vec<_>>().join(" ");
        let (first, last) = (placed.first()?, placed.last()?);
        let named = |point: &Point| format!("{}: {}", formats.named_day(point.day), formats.count(point.value));
        let all = points.iter().map(named).collect::<Vec<_>>().join("; ");
        let day = |(position, point): (usize, &Point)| SparkDay {
            x: format!("{:.1}", step * (position as f64 - 0.5)),
            width: format!("{step:.1}"),
            title: named(point),
        };
        Some(Self {
            class: colour(key),
            area: format!("M{:.1},28 L{} L{:.1},28 Z", first.0, line.replace(' ', " L"), last.0),
            end: format!("M{:.1},{:.1} h0.01", last.0, last.1),
            label: formats.w.with("ui.sparkline", "days", all),
            days: points.iter().enumerate().map(day).collect(),
            line,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;

    #[test]
    fn a_sparkline_stands_on_the_floor_and_says_its_days() {
        let formats = Formats { w: Words::of(Lang::En), zone: chrono_tz::UTC, now: chrono::DateTime::UNIX_EPOCH };
        let day = |day: u32, value| Point { day: chrono::NaiveDate::from_ymd_opt(2026, 11, day).unwrap(), value };
        let spark = Sparkline::of("sent", &[day(1, 0), day(2, 4)], &formats).unwrap();
        assert_eq!(spark.line, "0.0,26.0 100.0,3.0");
        assert_eq!(spark.area, "M0.0,28 L0.0,26.0 L100.0,3.0 L100.0,28 Z");
        assert!(spark.label.contains("Mon, 2 Nov 2026: 4"), "{}", spark.label);
        assert!(Sparkline::of("sent", &[], &formats).is_none());
        let flat = Sparkline::of("sent", &[day(1, 0), day(2, 0)], &formats).unwrap();
        assert_eq!(flat.line, "0.0,26.0 100.0,26.0", "nothing happened: a flat line, not a division by zero");
    }
}
