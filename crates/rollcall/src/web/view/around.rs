//! What stands around the cards of a dashboard: what narrows it, and what it is on a wall.

use super::chrome::Chrome;
use super::dashboard::Present;
use super::format::Formats;
use super::query::PageQuery;
use crate::widget::Period;

/// A page that hangs on a wall.
pub(super) struct Wall {
    /// The company's zone, in which the clock goes.
    pub(super) zone: &'static str,
    pub(super) time: String,
    /// How the clock goes on telling it.
    pub(super) hours: &'static str,
    /// The same page at somebody's desk.
    pub(super) exit: String,
}

impl Wall {
    /// The page's own, if it is one; and where it is one.
    pub(super) fn of(chrome: &Chrome, present: Present) -> (Option<Self>, String) {
        let query = chrome.viewer.query();
        let rest: PageQuery = query.without(|name| name == "wall").cloned().collect();
        let on_wall = rest.url("/admin", &[("wall".to_owned(), "1".to_owned())]);
        let wall = query.get("wall").map(|_| Self {
            zone: present.zone.name(),
            hours: chrome.viewer.hours.as_str(),
            time: Formats { w: chrome.w(), zone: present.zone, now: present.now }.clock_time(present.now),
            exit: rest.url("/admin", &[]),
        });
        (wall, on_wall)
    }
}

/// The form that narrows all widgets of the page.
pub(super) struct Narrow {
    /// Everything else that the page has chosen, for who has no script.
    pub(super) kept: Vec<(String, String)>,
    pub(super) periods: Vec<Choice>,
    /// None where there are none to choose among.
    pub(super) branches: Vec<Choice>,
    /// Where nothing is narrowed any more; none where nothing is.
    pub(super) reset: Option<String>,
}

pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) chosen: bool,
}

impl Narrow {
    pub(super) fn of(chrome: &Chrome) -> Self {
        let (w, query) = (chrome.w(), chrome.viewer.query());
        let own = |name: &str| matches!(name, "period" | "branch");
        let kept: Vec<_> = query.without(own).cloned().collect();
        let choice = |name: &str, value: String, label: String| {
            let chosen = query.get(name).unwrap_or_default() == value;
            Choice { value, label, chosen }
        };
        let period =
            |period: Period| choice("period", period.name().to_owned(), w.t(&format!("period.{}", period.name())));
        let usual = choice("period", String::new(), w.t("period.usual"));
        let all = choice("branch", String::new(), w.t("ui.narrow.all_branches"));
        let branches = chrome.branches.iter().map(|(id, name)| choice("branch", id.to_string(), name.clone()));
        let narrowed = query.get("period").or(query.get("branch")).is_some();
        Self {
            periods: std::iter::once(usual).chain(Period::ALL.map(period)).collect(),
            branches: if chrome.branches.is_empty() {
                Vec::new()
            } else {
                std::iter::once(all).chain(branches).collect()
            },
            reset: narrowed.then(|| kept.iter().cloned().collect::<PageQuery>().url("/admin", &[])),
            kept,
        }
    }
}
