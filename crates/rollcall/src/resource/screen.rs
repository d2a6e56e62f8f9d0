//! How the panel shows a resource: as data.

use chrono::NaiveDateTime;
use serde_json::{Map, Value as Json};

use super::{
    Column, Resource, appointments, audit_log, branches, companies, customers, instant, modifications,
    notification_configurations, notifications, policies, security_events, services, staff, users, violations,
};
use crate::events::Thing;
use crate::tenant::Role;

/// Every list of the panel, in the order of its navigation.
pub(crate) static SCREENS: [&Screen; 12] = [
    &appointments::SCREEN,
    &customers::SCREEN,
    &policies::SCREEN,
    &violations::SCREEN,
    &modifications::SCREEN,
    &notifications::SCREEN,
    &notification_configurations::SCREEN,
    &staff::SCREEN,
    &branches::SCREEN,
    &services::SCREEN,
    &users::SCREEN,
    &audit_log::SCREEN,
];

/// Lists of what stands above companies, for operators.
pub(crate) static ABOVE: [&Screen; 3] = [&companies::SCREEN, &audit_log::ABOVE, &security_events::SCREEN];

/// How the panel shows a resource.
#[derive(Debug)]
pub(crate) struct Screen {
    /// Its part of the address, and of the names of its words.
    pub(crate) name: &'static str,
    /// What stands before it in the address.
    pub(crate) under: &'static str,
    pub(crate) resource: &'static Resource,
    /// Its icon in the navigation.
    pub(crate) icon: &'static str,
    /// Which figure of the navigation stands beside it.
    pub(crate) badge: Option<&'static str>,
    /// The least that may see it, and the least that may change its rows.
    pub(crate) sees: Role,
    pub(crate) writes: Role,
    /// The columns of its list in their order; the first one names the row.
    pub(crate) columns: &'static [Shown],
    /// By which columns its list can be narrowed.
    pub(crate) filters: &'static [&'static str],
    /// Which of these the form shows only where they are set: figures of the dashboard lead here by them.
    pub(crate) aside: &'static [&'static str],
    /// By what else its list can be narrowed.
    pub(crate) conditions: &'static [Condition],
    pub(crate) search: Search,
    /// How its list is ordered where nobody says.
    pub(crate) sort: &'static str,
    /// Lists of what hangs on a row.
    pub(crate) related: &'static [Related],
    /// What can be done with a row.
    pub(crate) actions: &'static [Action],
    /// What the audit log has of a row.
    pub(crate) history: History,
}

/// What the audit log has of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum History {
    /// Nothing by its id.
    None,
    /// Its lines.
    OfRow,
    /// The row is a line.
    Itself,
}

/// Something that can be done with a row, by those who may write.
#[derive(Debug)]
pub(crate) struct Action {
    /// Its part of the address, and of the names of its words.
    pub(crate) name: &'static str,
    pub(crate) icon: &'static str,
    /// The states of a row in which it can be done.
    pub(crate) when: &'static [&'static str],
    /// The column of the instant before which it cannot be done.
    pub(crate) since: Option<&'static str>,
    /// Whether a page asks first.
    pub(crate) asks: bool,
}

impl Action {
    /// What others are made from.
    pub(crate) const NONE: Self = Self { name: "", icon: "", when: &[], since: None, asks: false };
}

/// What rows `t` can be narrowed by that is no column of theirs.
#[derive(Debug)]
pub(crate) struct Condition {
    /// Whether the form shows it also where it is not set.
    pub(crate) offered: bool,
    /// The parameter; what it is called is the translation of `ui.list.condition.<name>`.
    pub(crate) name: &'static str,
    /// Values with what they mean in SQL, where a `?` is the moment; their words are the translation of `ui.list.condition.<name>.<value>`.
    pub(crate) options: &'static [(&'static str, &'static str)],
}

/// A column of a list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shown {
    pub(crate) name: &'static str,
    /// Whether it is shown where nobody chooses.
    pub(crate) first: bool,
    /// By what its heading orders the list.
    pub(crate) sort: Option<&'static str>,
}

/// What is looked through for a word.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Search {
    /// These columns.
    Columns(&'static [&'static str]),
    /// The names and addresses of the customers whose id stands in `column`; `of` is the column that says whether it is a
    /// customer's, if there is one.
    Customer { column: &'static str, of: &'static str },
    /// What the words in these columns are called, and the name of what the row hangs on.
    Placed(&'static [&'static str]),
}

/// A list of rows that hang on a row: `filter` of the other list is the row's id.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Related {
    pub(crate) screen: &'static str,
    pub(crate) filter: &'static str,
    /// What else the other list is narrowed by.
    pub(crate) and: Option<(&'static str, &'static str)>,
}

pub(crate) const fn related(screen: &'static str, filter: &'static str) -> Related {
    Related { screen, filter, and: None }
}

/// The policies that hang on a row of that type.
pub(super) const fn policies_of(kind: &'static str) -> Related {
    Related { and: Some(("configurable_type", kind)), ..related("policies", "configurable_id") }
}

/// What most screens have in common.
pub(crate) const SIMPLE: Screen = Screen {
    name: "",
    under: "",
    resource: &branches::BRANCHES,
    icon: "table-cells",
    badge: None,
    sees: Role::Viewer,
    writes: Role::Manager,
    columns: &[],
    filters: &[],
    aside: &[],
    conditions: &[],
    search: Search::Columns(&["name"]),
    sort: "name",
    related: &[],
    actions: &[],
    history: History::OfRow,
};

/// A column that is shown where nobody chooses.
pub(crate) const fn shown(name: &'static str) -> Shown {
    Shown { name, first: true, sort: None }
}

impl Shown {
    /// Its heading orders the list by that.
    pub(super) const fn by(self, sort: &'static str) -> Self {
        Self { sort: Some(sort), ..self }
    }

    /// It is shown where somebody chooses it.
    pub(super) const fn aside(self) -> Self {
        Self { first: false, ..self }
    }
}

impl Screen {
    /// The screen of that name.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        SCREENS.into_iter().find(|screen| screen.name == name)
    }

    /// The screen of a table's rows.
    pub(crate) fn of_table(table: &str) -> Option<&'static Self> {
        SCREENS.into_iter().chain(ABOVE).find(|screen| screen.resource.table == table)
    }

    /// Its address.
    pub(crate) fn path(&self) -> String {
        format!("/admin/{}{}", self.under, self.name)
    }

    /// Whether rows are made and changed by a form.
    pub(crate) fn has_form(&self) -> bool {
        self.resource.changes && self.resource.made.is_some()
    }

    /// Whether rows are changed by a form. Users are, though they come by invitation, and appointments, though they are booked.
    pub(crate) fn edits(&self) -> bool {
        self.resource.changes && (self.resource.made.is_some() || self.resource.keeps_an_admin || self.is_booked())
    }

    /// Whether its rows are appointments, which are booked by a form of their own.
    pub(crate) fn is_booked(&self) -> bool {
        self.resource.thing == Thing::Appointment && self.resource.changes
    }

    /// Whether its rows are deleted. Users are deactivated instead.
    pub(crate) fn deletes(&self) -> bool {
        self.resource.deletes && !self.resource.keeps_an_admin
    }

    /// What somebody of that role can do at `now` with a row in that state.
    pub(crate) fn actions(
        &self,
        role: Role,
        row: &Map<String, Json>,
        now: NaiveDateTime,
    ) -> impl Iterator<Item = &'static Action> {
        let text = |name: &str| row.get(name).and_then(Json::as_str).unwrap_or_default();
        let actions = if role >= self.writes { self.actions } else { &[] };
        let begun = move |action: &Action| {
            action.since.is_none_or(|since| instant(text(since)).is_ok_and(|begins| begins <= now))
        };
        let state = text("status");
        actions.iter().filter(move |action| action.when.contains(&state) && begun(action))
    }

    /// A column of the list as the resource has it.
    pub(crate) fn column(&self, shown: &Shown) -> Option<&'static Column> {
        self.resource.column(shown.name)
    }
}

#[cfg(test)]
mod tests {
    use super::super::TOKENS;
    use super::*;

    #[test]
    fn screens_name_what_there_is() {
        let all: Vec<_> = SCREENS.into_iter().chain(ABOVE).chain([&TOKENS]).collect();
        for (at, screen) in all.iter().enumerate() {
            assert!(all.iter().skip(at + 1).all(|other| other.name != screen.name));
            let known = |name: &str| screen.resource.column(name).is_some();
            let sorts = |name: &str| name == "id" || screen.resource.sorts.contains(&name);
            for shown in screen.columns {
                assert!(known(shown.name) && shown.sort.is_none_or(sorts), "{} {}", screen.name, shown.name);
            }
            assert!(
                screen.columns.first().is_some_and(|first| first.first),
                "{}: the first names the row",
                screen.name
            );
            assert!(screen.filters.iter().all(|name| known(name)), "{}", screen.name);
            assert!(screen.aside.iter().all(|name| screen.filters.contains(name)), "{}", screen.name);
            assert!(sorts(screen.sort.trim_start_matches('-')), "{}", screen.name);
            if let Search::Columns(columns) | Search::Placed(columns) = screen.search {
                assert!(columns.iter().all(|name| known(name)), "{}", screen.name);
            }
            for related in screen.related {
                let other = Screen::named(related.screen).unwrap();
                assert!(other.filters.contains(&related.filter), "{} {}", screen.name, related.screen);
            }
        }
    }
}
