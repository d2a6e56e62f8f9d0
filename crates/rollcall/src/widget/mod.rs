//! Widgets: one file each, a [`Spec`] and one pure function from a [`Snapshot`] to a [`Panel`].
//!
//! [`ALL`] is the list; nothing else anywhere names a widget. Widgets know neither HTTP nor database nor cache.

mod build;
pub mod cache_monitor;
pub mod customer_compliance;
pub mod customer_journey;
pub mod latest_violations;
pub mod notification_channels;
pub mod notification_errors;
pub mod notification_overview;
pub mod panel;
pub mod policy_compliance_rate;
pub mod policy_effectiveness;
pub mod policy_overview;
pub mod policy_trend;
pub mod staff_performance;
// What `cargo xtask new-widget` writes: compiled and tested here, so that it stays as good as the other widgets.
#[cfg(test)]
#[path = "../../../../xtask/templates/chart.rs"]
pub mod template_chart;
#[cfg(test)]
#[path = "../../../../xtask/templates/stats.rs"]
pub mod template_stats;
#[cfg(test)]
#[path = "../../../../xtask/templates/table.rs"]
pub mod template_table;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
pub mod time_analytics;
pub mod violations_by_type;

use std::collections::BTreeMap;

pub use panel::Panel;

pub use crate::summaries::Needs;
pub use crate::versions::Topic;

use crate::summaries::snapshot::{Snapshot, Unavailable};

/// Every widget, in the order of the dashboard.
pub static ALL: &[&Spec] = &[
    &policy_overview::SPEC,
    &notification_overview::SPEC,
    &staff_performance::SPEC,
    &policy_trend::SPEC,
    &policy_effectiveness::SPEC,
    &time_analytics::SPEC,
    &violations_by_type::SPEC,
    &customer_journey::SPEC,
    &policy_compliance_rate::SPEC,
    &notification_channels::SPEC,
    &notification_errors::SPEC,
    &latest_violations::SPEC,
    &customer_compliance::SPEC,
];

/// What a widget is.
#[derive(Debug)]
pub struct Spec {
    /// Stable name: part of URLs, cache keys and metric labels. Its title is the translation of `widget.<key>.title`,
    /// its explanation that of `widget.<key>.hint`.
    pub key: &'static str,
    /// How it is laid out.
    pub kind: Kind,
    /// What makes it stale.
    pub topics: &'static [Topic],
    /// How long a cached answer may be served, in seconds.
    pub ttl: u32,
    /// How much of the grid it takes.
    pub width: Width,
    /// What can be chosen in it.
    pub filters: &'static [Filter],
    /// Whether it offers what not everybody may do, so that it is drawn anew for each role.
    pub by_role: bool,
    /// What it looks at under these choices.
    pub needs: fn(&Choices) -> Needs,
    /// From the company's summaries to what is shown.
    pub render: fn(&Snapshot, &Choices) -> Result<Panel, Unavailable>,
}

/// How a widget is laid out; what its [`Panel`] holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Stat cards.
    Stats,
    /// A chart.
    Chart,
    /// A table.
    Table,
    /// Stat cards and a chart below them.
    StatsAndChart,
    /// A chart and a table below it.
    ChartAndTable,
}

/// A widget's share of the dashboard's twelve columns on a wide screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// All twelve.
    Full,
    /// Six.
    Half,
}

/// Something to choose in a widget: a query parameter, validated against its options.
#[derive(Debug)]
pub struct Filter {
    /// The parameter's name; its label is the translation of `filter.<name>`.
    pub name: &'static str,
    /// The allowed values; the first is the default. Their words are the translation of `option.<name>.<value>`.
    pub options: &'static [&'static str],
}

/// What was chosen in one widget: only allowed values, only filters that the widget has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Choices(BTreeMap<&'static str, &'static str>);

/// A value that a filter does not allow, or a filter that the widget does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{value}` is not one of {allowed} for `{name}`")]
pub struct InvalidChoice {
    /// The parameter.
    pub name: String,
    /// What was given.
    pub value: String,
    /// What is allowed, separated by commas.
    pub allowed: String,
}

impl Choices {
    /// Takes from `given` the filters of `spec`; what is not given is at its default, what `spec` does not have is
    /// left alone (another widget of the page may have it).
    ///
    /// # Errors
    /// [`InvalidChoice`] where a value is not among the filter's options.
    pub fn of<'a>(spec: &Spec, given: impl Fn(&str) -> Option<&'a str>) -> Result<Self, InvalidChoice> {
        let mut chosen = BTreeMap::new();
        for filter in spec.filters {
            let Some(value) = given(filter.name) else { continue };
            let option = filter.options.iter().find(|option| **option == value).ok_or_else(|| InvalidChoice {
                name: filter.name.to_owned(),
                value: value.to_owned(),
                allowed: filter.options.join(", "),
            })?;
            chosen.insert(filter.name, *option);
        }
        Ok(Self(chosen))
    }

    /// The value chosen for `filter`, its first option where none was.
    #[must_use]
    pub fn get(&self, filter: &Filter) -> &'static str {
        self.0.get(filter.name).copied().or_else(|| filter.options.first().copied()).unwrap_or_default()
    }
}

/// The widget of that key.
#[must_use]
pub fn find(key: &str) -> Option<&'static Spec> {
    ALL.iter().copied().find(|spec| spec.key == key)
}
