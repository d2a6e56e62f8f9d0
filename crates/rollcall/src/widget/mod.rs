//! Widgets: one file each, a [`Spec`] and one pure function from a [`Snapshot`] to a [`Panel`].
//!
//! [`ALL`] is the list; nothing else anywhere names a widget. Widgets know neither HTTP nor database nor cache.

pub mod arrangement;
mod build;
pub mod cache_monitor;
pub mod customer_compliance;
pub mod customer_journey;
pub mod latest_violations;
pub mod notification_channels;
pub mod notification_errors;
pub mod notification_overview;
pub mod panel;
pub mod period;
pub mod policy_compliance_rate;
pub mod policy_effectiveness;
pub mod policy_overview;
pub mod policy_trend;
mod rows;
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

pub use arrangement::Arrangement;
use chrono::NaiveDate;
pub use panel::Panel;
pub use period::{Period, Span};

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
    /// Whether its figures can be told for one branch: `domain.md` says what is counted, and not all of that has a branch.
    pub by_branch: bool,
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

/// What was chosen for one widget: only allowed values, only filters that the widget has, and what the page is narrowed to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Choices {
    own: BTreeMap<&'static str, &'static str>,
    page: Narrowed,
}

/// What a page is narrowed to, all its widgets together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Narrowed {
    /// The period; none: each widget's usual one.
    pub period: Option<Period>,
    /// The id of one of the company's branches; none: the whole company.
    pub branch: Option<i64>,
}

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
        Ok(Self { own: chosen, page: Narrowed::default() })
    }

    /// The same on a page that is narrowed.
    #[must_use]
    pub fn on(self, page: Narrowed) -> Self {
        Self { page, ..self }
    }

    /// What the page is narrowed to.
    #[must_use]
    pub fn page(&self) -> Narrowed {
        self.page
    }

    /// The value that somebody chose for `filter`; none where nobody did.
    #[must_use]
    pub fn chosen(&self, filter: &Filter) -> Option<&'static str> {
        self.own.get(filter.name).copied()
    }

    /// Whether an address has to name the value of `filter`: it is not what there is without. Where the page has a period, a
    /// number of days that was chosen for the widget is not, whichever it is.
    #[must_use]
    pub fn differs(&self, filter: &Filter) -> bool {
        let narrowed = filter.name == "days" && self.page.period.is_some();
        self.chosen(filter).is_some_and(|value| narrowed || filter.options.first() != Some(&value))
    }

    /// The days that are looked at, where today is that day: those of the page's period, or window(`usual`).
    #[must_use]
    pub fn span(&self, today: NaiveDate, usual: u32) -> Span {
        self.page.period.map_or_else(|| Span::window(today, usual), |period| period.span(today))
    }

    /// Those days and as many before: what a widget needs that is usually about window(`usual`), and compares.
    #[must_use]
    pub fn needs(&self, usual: u32) -> Needs {
        let days = self.page.period.map_or(2 * usual, Period::reach);
        Needs { branch: self.page.branch, ..Needs::days(days) }
    }

    /// The value chosen for `filter`, its first option where none was.
    #[must_use]
    pub fn get(&self, filter: &Filter) -> &'static str {
        self.chosen(filter).or_else(|| filter.options.first().copied()).unwrap_or_default()
    }
}

/// The widget of that key.
#[must_use]
pub fn find(key: &str) -> Option<&'static Spec> {
    ALL.iter().copied().find(|spec| spec.key == key)
}
