//! What holds for every widget: new ones get these tests by their line in [`ALL`].

use std::collections::BTreeSet;

use super::panel::{Panel, Value};
use super::testing::{busy, empty, with_days};
use super::*;
use crate::i18n::{Lang, try_t};
use crate::summaries::DaySummary;

/// Every way in which the widget's filters can be chosen.
fn all_choices(spec: &Spec) -> Vec<Choices> {
    spec.filters.iter().fold(vec![Choices::default()], |chosen, filter| {
        let with = |choices: &Choices, option| {
            let mut choices = choices.clone();
            choices.own.insert(filter.name, option);
            choices
        };
        chosen.iter().flat_map(|choices| filter.options.iter().map(move |option| with(choices, option))).collect()
    })
}

/// The same choices on a page with each period, and without one.
fn on_every_page(choices: &Choices) -> Vec<Choices> {
    let periods = Period::ALL.map(Some).into_iter().chain([None]);
    periods.map(|period| choices.clone().on(Narrowed { period, branch: None })).collect()
}

/// Every widget under every choice, over an empty company and a busy one.
fn panels() -> Vec<(&'static Spec, Panel)> {
    let (empty, busy) = (empty(), busy());
    let mut panels = Vec::new();
    for spec in ALL.iter().copied() {
        for choices in all_choices(spec) {
            for snapshot in [&empty, &busy] {
                panels.push((spec, (spec.render)(snapshot, &choices).unwrap()));
            }
        }
    }
    panels
}

#[test]
fn the_list_has_the_contract_s_widgets_with_their_times_to_live() {
    let listed: BTreeSet<_> = ALL.iter().map(|spec| (spec.key, spec.ttl)).collect();
    let contract = [
        ("policy_overview", 300),
        ("violations_by_type", 300),
        ("policy_trend", 300),
        ("latest_violations", 60),
        ("customer_compliance", 300),
        ("staff_performance", 180),
        ("time_analytics", 300),
        ("policy_effectiveness", 300),
        ("policy_compliance_rate", 300),
        ("notification_overview", 300),
        ("notification_channels", 180),
        ("notification_errors", 60),
        ("customer_journey", 300),
    ];
    assert_eq!(BTreeSet::from(contract).difference(&listed).next(), None, "missing from the list");
    assert_eq!(ALL.iter().map(|spec| spec.key).collect::<BTreeSet<_>>().len(), ALL.len(), "no key twice");
    assert!(ALL.iter().all(|spec| std::ptr::eq(find(spec.key).unwrap(), *spec)));
}

#[test]
fn cards_come_first_and_half_widths_come_in_pairs() {
    let first_three = ALL.iter().take(3).map(|spec| spec.key).collect::<Vec<_>>();
    assert_eq!(first_three, ["policy_overview", "notification_overview", "staff_performance"]);
    for run in ALL.chunk_by(|a, b| a.width == b.width).filter(|run| run[0].width == Width::Half) {
        assert_eq!(run.len() % 2, 0, "{} has nobody beside it", run[run.len() - 1].key);
    }
}

#[test]
fn a_panel_has_the_parts_of_its_kind() {
    for (spec, panel) in panels() {
        let parts = (panel.stats.is_some(), panel.chart.is_some(), panel.table.is_some());
        let expected = match spec.kind {
            Kind::Stats => (true, false, false),
            Kind::Chart => (false, true, false),
            Kind::Table => (false, false, true),
            Kind::StatsAndChart => (true, true, false),
            Kind::ChartAndTable => (false, true, true),
        };
        assert_eq!(parts, expected, "{}", spec.key);
    }
}

#[test]
fn figures_fit_their_labels_and_columns() {
    for (spec, panel) in panels() {
        let key = spec.key;
        if let Some(chart) = &panel.chart {
            assert!(chart.datasets.iter().all(|dataset| dataset.data.len() == chart.labels.len()), "{key}");
            let names: BTreeSet<_> =
                chart.datasets.iter().map(|dataset| format!("{:?} {}", dataset.name, dataset.before)).collect();
            assert_eq!(names.len(), chart.datasets.len(), "{key}: a series twice");
        }
        if let Some(table) = &panel.table {
            assert!(table.rows.iter().all(|row| row.cells.len() == table.columns.len()), "{key}");
        }
        let stats = panel.stats.unwrap_or_default();
        let keys: BTreeSet<_> = stats.iter().map(|stat| stat.key).collect();
        assert_eq!(keys.len(), stats.len(), "{key}: a stat twice");
    }
}

#[test]
fn columns_are_sorted_by_their_own_name() {
    for (spec, panel) in panels() {
        let Some(table) = panel.table else { continue };
        let sortable: BTreeSet<_> = table.columns.iter().filter(|column| column.sortable).map(|it| it.key).collect();
        let sort = spec.filters.iter().find(|filter| filter.name == "sort");
        let options = sort.map(|filter| filter.options.iter().copied().collect()).unwrap_or_default();
        assert_eq!(sortable, options, "{}", spec.key);
    }
}

#[test]
fn no_widget_looks_further_back_than_it_says_nor_than_90_days_and_the_90_before() {
    let busy = busy();
    for spec in ALL {
        for choices in all_choices(spec).iter().flat_map(on_every_page) {
            let days = (spec.needs)(&choices).days;
            assert!(days <= 180, "{}", spec.key);
            let only_those = busy.within(days);
            assert_eq!(only_those.days.len(), days as usize, "{}", spec.key);
            let (all, some) = ((spec.render)(&busy, &choices), (spec.render)(&only_those, &choices));
            assert_eq!(all, some, "{} {choices:?}", spec.key);
        }
    }
}

#[test]
fn topics_and_options_are_named_once_and_topics_at_all() {
    for spec in ALL {
        let topics: BTreeSet<_> = spec.topics.iter().collect();
        assert!(!topics.is_empty() && topics.len() == spec.topics.len(), "{}", spec.key);
        for filter in spec.filters {
            let options: BTreeSet<_> = filter.options.iter().collect();
            assert!(options.len() > 1 && options.len() == filter.options.len(), "{} {}", spec.key, filter.name);
        }
    }
}

#[test]
fn a_value_that_is_no_option_is_refused_by_name() {
    for spec in ALL {
        for filter in spec.filters {
            let refused = Choices::of(spec, |name| (name == filter.name).then_some("no_such")).unwrap_err();
            assert_eq!((refused.name.as_str(), refused.value.as_str()), (filter.name, "no_such"));
        }
    }
}

#[test]
fn the_order_in_which_days_are_summed_says_nothing() {
    let (busy, mut reversed) = (busy().within(90), DaySummary::default());
    for day in busy.window(90).collect::<Vec<_>>().into_iter().rev() {
        reversed += busy.day(day).unwrap();
    }
    let in_one_day = with_days([(0, reversed)]);
    for key in ["violations_by_type", "customer_journey"] {
        let spec = find(key).unwrap();
        let mut last_30 = with_days([(0, busy.sum(busy.window(30)))]);
        last_30.company = busy.company.clone();
        let choices = Choices::default();
        assert_eq!((spec.render)(&last_30, &choices), (spec.render)(&busy.within(30), &choices), "{key}");
    }
    assert_eq!(in_one_day.sum(in_one_day.window(1)), busy.sum(busy.window(90)));
}

#[test]
fn every_word_is_there_in_both_languages() {
    let mut missing = BTreeSet::new();
    for (spec, panel) in panels() {
        for key in words_of(spec, &panel) {
            missing
                .extend(Lang::ALL.into_iter().filter(|lang| !has_words(*lang, &key)).map(|it| format!("{it} {key}")));
        }
    }
    // Names that no known one is: shown as they are.
    for unknown in ["de term.channel.fax", "en term.channel.fax"] {
        assert!(missing.remove(unknown), "{unknown} is not shown at all");
    }
    assert_eq!(missing, BTreeSet::new());
}

fn has_words(lang: Lang, key: &str) -> bool {
    let plural = |form: &str| try_t(lang, &format!("{key}.{form}")).is_some_and(|words| !words.is_empty());
    try_t(lang, key).is_some_and(|words| !words.is_empty()) || (plural("one") && plural("other"))
}

#[test]
fn every_period_has_its_words() {
    let names = Period::ALL.iter().map(|period| period.name()).chain(["usual"]);
    for key in names.map(|name| format!("period.{name}")) {
        assert!(Lang::ALL.into_iter().all(|lang| has_words(lang, &key)), "{key}");
    }
}

fn words_of(spec: &Spec, panel: &Panel) -> Vec<String> {
    let mut keys: Vec<String> = ["title", "hint", "empty"].map(|what| format!("widget.{}.{what}", spec.key)).into();
    for filter in spec.filters {
        keys.push(format!("filter.{}", filter.name));
        keys.extend(filter.options.iter().map(|option| format!("option.{}.{option}", filter.name)));
    }
    let mut values: Vec<&Value> = Vec::new();
    for stat in panel.stats.iter().flatten() {
        keys.push(format!("stat.{}.{}", spec.key, stat.key));
        values.push(&stat.value);
        if let Some(detail) = &stat.detail {
            keys.push(format!("detail.{}", detail.key));
            values.push(&detail.value);
        }
    }
    if let Some(chart) = &panel.chart {
        values.extend(&chart.labels);
        values.extend(chart.datasets.iter().flat_map(|dataset| dataset.data.iter().chain([&dataset.name])));
    }
    if let Some(table) = &panel.table {
        keys.extend(table.columns.iter().map(|column| format!("column.{}", column.key)));
        values.extend(table.rows.iter().flat_map(|row| &row.cells));
    }
    keys.extend(values.into_iter().filter_map(|value| match value {
        Value::Term(kind, key) => Some(format!("term.{kind}.{key}")),
        _ => None,
    }));
    keys
}
