//! One widget on its card: title, filters, what it shows or why it does not, and how fresh it is.

use std::sync::Arc;

use askama::Template;
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use super::chart::{self, ChartView};
use super::chrome::Viewer;
use super::context::CardContext;
use super::format::{self, Formats};
use super::query::PageQuery;
use super::stats::StatsView;
use super::table::TableView;
use super::words::Words;
use crate::widget::panel::{Panel, Unit, Value};
use crate::widget::{Choices, Filter, Span, Spec, Width};

/// A widget and what came of it.
#[derive(Clone, Debug)]
pub struct Card {
    /// The widget.
    pub spec: &'static Spec,
    /// What was chosen in it.
    pub choices: Choices,
    /// What it shows, or that it failed: it fails alone.
    pub outcome: Result<Arc<Panel>, CardFailure>,
    /// The company's zone.
    pub zone: Tz,
    /// The instant the figures are of.
    pub now: DateTime<Utc>,
    /// Today in the company's zone: marked in charts.
    pub today: NaiveDate,
    /// What the figures are of: another one says that there are other figures.
    pub tag: String,
}

/// A widget failed; what went wrong is in the log under the request's id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardFailure {
    /// The request's id.
    pub request_id: String,
}

/// A card.
#[derive(Template)]
#[template(path = "panel.html")]
pub(super) struct CardView {
    w: Words,
    key: &'static str,
    title: String,
    hint: Option<String>,
    /// Why there are no figures, where a branch is chosen; and the same page of the whole company.
    of_branch: Option<String>,
    width: &'static str,
    form: Option<FilterForm>,
    failure: Option<FailureView>,
    stats: Option<StatsView>,
    chart: Option<ChartView>,
    table: Option<TableView>,
    has_stats: bool,
    has_chart: bool,
    has_rows: bool,
    /// Where it is a file.
    file: String,
    as_of: String,
    why: String,
    /// Where it says more about that.
    fresh: String,
    tag: String,
}

struct FilterForm {
    fragment: String,
    /// Everything else that the page has chosen, for who has no script.
    kept: Vec<(String, String)>,
    filters: Vec<FilterView>,
}

struct FilterView {
    id: String,
    name: String,
    label: String,
    /// Few options stand side by side, many drop down.
    few: bool,
    options: Vec<OptionView>,
}

struct OptionView {
    value: &'static str,
    label: String,
    chosen: bool,
}

struct FailureView {
    request_id: String,
    again: String,
    fragment: String,
}

impl CardView {
    pub(super) fn new(viewer: &Viewer, card: &Card) -> Self {
        let w = viewer.words();
        let formats = Formats { w, zone: card.zone, now: card.now };
        let context = CardContext { card, viewer, query: query(viewer, card), formats };
        let key = card.spec.key;
        let title = title(w, key);
        let panel = card.outcome.as_ref().ok();
        let of_branch = panel.is_some_and(|panel| panel.not_by_branch).then(|| context.whole_company_url());
        let stats = panel.and_then(|panel| panel.stats.as_ref());
        let chart = panel.and_then(|panel| panel.chart.as_ref());
        let table = panel.and_then(|panel| panel.table.as_ref());
        Self {
            w,
            key,
            hint: if of_branch.is_some() { None } else { hint(&context) },
            form: if of_branch.is_some() { None } else { filter_form(&context) },
            of_branch,
            width: if card.spec.width == Width::Half { "half" } else { "full" },
            failure: card.outcome.as_ref().err().map(|failure| FailureView {
                request_id: failure.request_id.clone(),
                again: context.page_url(&[]),
                fragment: context.fragment_url(&[]),
            }),
            has_stats: stats.is_some(),
            file: context.file_url(),
            has_chart: chart.is_some_and(|chart| !chart::is_empty(chart)),
            has_rows: table.is_some_and(|table| !table.rows.is_empty()),
            stats: stats.map(|stats| StatsView::new(key, stats, &formats, Some(&context))),
            chart: chart.map(|chart| {
                let mut view = ChartView::new(key, &title, chart, card.today, &formats, Some(&context));
                let over_rows = table.is_some_and(|table| !table.rows.is_empty());
                if let Some(said) = w.maybe(&format!("widget.{key}.empty_chart")).filter(|_| over_rows) {
                    view.empty = view.empty.map(|_| said);
                }
                view
            }),
            table: table.map(|table| TableView::new(&title, table, &context)),
            as_of: w.with("ui.card.as_of", "time", formats.clock_time(card.now)),
            why: why(card, &formats),
            fresh: context.query.url(&format!("/admin/widgets/{key}/freshness"), &[]),
            tag: card.tag.clone(),
            title,
        }
    }

    /// What is said where it fails: here, or in the script that could not fetch it.
    fn failed_text(&self) -> String {
        self.w.with("ui.card.failed", "title", &self.title)
    }
}

/// The page's query with this card's own choices: a fragment's page is as old as the request.
fn query(viewer: &Viewer, card: &Card) -> PageQuery {
    let own = |filter: &Filter| (format!("{}.{}", card.spec.key, filter.name), card.choices.get(filter).to_owned());
    let chosen = |filter: &&Filter| card.choices.differs(filter);
    let prefix = format!("{}.", card.spec.key);
    let page = viewer.query();
    let others = page.without(|name| name.starts_with(&prefix)).cloned();
    others.chain(card.spec.filters.iter().filter(chosen).map(own)).collect()
}

/// What a widget is called.
pub(super) fn title(w: Words, key: &str) -> String {
    w.t(&format!("widget.{key}.title"))
}

/// What would stand in a widget that has nothing to show, and how it gets there.
pub(super) fn empty_text(w: Words, key: &str) -> String {
    w.maybe(&format!("widget.{key}.empty")).unwrap_or_else(|| w.t("ui.card.empty"))
}

/// What is shown; of which days, where those are not the usual ones.
fn hint(context: &CardContext<'_>) -> Option<String> {
    let (card, w) = (context.card, context.formats.w);
    let usual = w.maybe(&format!("widget.{}.hint", card.spec.key));
    let Some(period) = card.choices.page().period else { return usual };
    if (card.spec.needs)(&card.choices).days == 0 {
        return Some([usual, Some(w.t("ui.card.no_period"))].into_iter().flatten().collect::<Vec<_>>().join(" "));
    }
    let own = card.spec.filters.iter().find(|filter| filter.name == "days").and_then(|it| card.choices.chosen(it));
    let span = match own.and_then(|days| days.parse().ok()) {
        Some(days) => Span::window(card.today, days),
        None => period.span(card.today),
    };
    let named = |span: Span| context.formats.value(&Value::Days(span.first, span.last), Unit::Text);
    let text = w.with("ui.card.period", "days", named(span));
    Some(text.replace("%{before}", &named(span.before())))
}

fn why(card: &Card, formats: &Formats) -> String {
    if card.spec.topics.is_empty() {
        return formats.w.with("ui.card.measured", "at", formats.exact(card.now.naive_utc()));
    }
    let topics: Vec<String> =
        card.spec.topics.iter().map(|topic| formats.w.t(&format!("ui.topic.{}", topic.as_str()))).collect();
    let exact = formats.exact(card.now.naive_utc());
    formats.w.with("ui.card.why", "at", exact).replace("%{topics}", &topics.join(", "))
}

fn filter_form(context: &CardContext<'_>) -> Option<FilterForm> {
    let key = context.card.spec.key;
    let chosen_by_heading = |filter: &&Filter| !matches!(filter.name, "sort" | "dir");
    let filters: Vec<FilterView> =
        context.card.spec.filters.iter().filter(chosen_by_heading).map(|filter| filter_view(filter, context)).collect();
    if filters.is_empty() {
        return None;
    }
    let own = |name: &str| filters.iter().any(|filter| filter.name == name);
    let kept = context.query.without(own).cloned().collect();
    Some(FilterForm { fragment: format!("/admin/widgets/{key}"), kept, filters })
}

fn filter_view(filter: &Filter, context: &CardContext<'_>) -> FilterView {
    let (key, w) = (context.card.spec.key, context.formats.w);
    let choices = &context.card.choices;
    // Where the days of the page hold, none of the widget's own is chosen.
    let of_page = filter.name == "days" && choices.page().period.is_some() && choices.chosen(filter).is_none();
    let chosen = if of_page { "" } else { choices.get(filter) };
    let mut options = filter.options.to_vec();
    // Numbers stand in their order, whichever is the default.
    if options.iter().all(|option| option.parse::<u32>().is_ok()) {
        options.sort_by_key(|option| option.parse::<u32>().unwrap_or_default());
    }
    FilterView {
        id: format!("filter-{key}-{}", filter.name),
        name: format!("{key}.{}", filter.name),
        label: w.t(&format!("filter.{}", filter.name)),
        few: filter.options.len() <= 4,
        options: options
            .into_iter()
            .map(|value| OptionView {
                value,
                label: w.t(&format!("option.{}.{value}", filter.name)),
                chosen: value == chosen,
            })
            .collect(),
    }
}

/// Whether a widget has nothing to show: no count above zero anywhere. Percentages over nothing do not count.
pub(super) fn has_nothing(card: &Card) -> bool {
    let Ok(panel) = &card.outcome else { return false };
    let Panel { stats, chart, table, not_by_branch } = &**panel;
    if *not_by_branch {
        return false;
    }
    let counts = stats.iter().flatten().filter(|stat| stat.unit == Unit::Count).map(|stat| &stat.value);
    let series = chart.iter().flat_map(|chart| &chart.datasets).filter(|series| series.unit != Unit::Percent);
    let nothing = |value: &Value| format::number(value).is_none_or(|n| n.is_zero());
    counts.chain(series.flat_map(|series| &series.data)).all(nothing) && table.iter().all(|table| table.rows.is_empty())
}
