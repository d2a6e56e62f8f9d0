//! What stands around every page: who looks, at which company, and where they can go.

use askama::Template;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::format::Formats;
use super::notice::{Notice, Undo};
use super::query::PageQuery;
use super::words::{Icon, Words};
use crate::i18n::{Hours, Lang};
use crate::resource::{ABOVE, SCREENS, Screen};
use crate::tenant::Role;

/// Light, dark, or as the system has it: the cookie `rollcall_theme`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system has it.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// Every theme, in the order of the menu.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// Its name: the cookie's value, and the attribute `data-theme` of `<html>`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The theme of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.name() == name)
    }

    pub(super) fn word(self, w: &Words) -> String {
        w.t(&format!("ui.theme.{}", self.name()))
    }

    pub(super) fn icon(self) -> Icon {
        Words::of(Lang::En).icon(match self {
            Self::System => "computer-desktop",
            Self::Light => "sun",
            Self::Dark => "moon",
        })
    }
}

/// Who looks at what: all that a widget needs to know of the page it stands on.
#[derive(Clone, Debug)]
pub struct Viewer {
    /// The language.
    pub lang: Lang,
    /// How they are told times of day.
    pub hours: Hours,
    /// What they may do: who may write may send a failed notification again.
    pub role: Role,
    /// The page's path and query, e.g. `/admin?company=3&policy_trend.days=90`: filters keep what other widgets chose.
    /// For a fragment, what `HX-Current-URL` names, or its own query.
    pub page: String,
}

impl Viewer {
    pub(super) fn words(&self) -> Words {
        Words(self.lang, self.hours)
    }

    /// What links and forms keep of the page: what an action did is said once.
    pub(super) fn query(&self) -> PageQuery {
        let page = PageQuery::of(&self.page);
        page.without(|name| matches!(name, "notice" | "gone")).cloned().collect()
    }

    /// Whether they look after all companies.
    #[must_use]
    pub fn is_operator(&self) -> bool {
        self.role == Role::SuperAdmin
    }
}

/// A company, as a page names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompanyName {
    /// Its id: an operator's `?company=`.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Its short name, as on the command line.
    pub slug: String,
    /// Its IANA time zone.
    pub timezone: String,
}

/// The two figures of the navigation, of the company shown and no other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Badges {
    /// Valid policies.
    pub policies: i64,
    /// Failed notifications.
    pub failed_notifications: i64,
    /// Those of them that somebody set aside: they count, and need nobody's attention.
    #[serde(default)]
    pub set_aside: i64,
}

/// What stands around a page.
#[derive(Clone, Debug)]
pub struct Chrome {
    /// Who looks.
    pub viewer: Viewer,
    /// The theme.
    pub theme: Theme,
    /// The person's name.
    pub user_name: String,
    /// The address they signed in with.
    pub user_email: String,
    /// The company shown; none where an operator has not chosen one.
    pub company: Option<CompanyName>,
    /// For operators: the companies that the switcher offers. Empty: a link to the list alone.
    pub companies: Vec<CompanyName>,
    /// The figures of the navigation.
    pub badges: Badges,
    /// The company's branches, where the page can be narrowed to one.
    pub branches: Vec<(i64, String)>,
    /// The request's id, as in the log.
    pub request_id: String,
    /// Since when the figures are old, where the database is away and the last version is served.
    pub stale_since: Option<DateTime<Utc>>,
    /// What the last action did.
    pub notice: Option<Notice>,
    /// What the last action did, where it can be taken back.
    pub undo: Option<Undo>,
}

/// An entry of the navigation.
pub(super) struct NavItem {
    pub(super) href: String,
    pub(super) icon: Icon,
    pub(super) label: String,
    pub(super) badge: Option<NavBadge>,
    pub(super) current: bool,
}

/// A figure beside an entry, and what it says to who cannot see where it stands. Nought is not shown, and keeps its place.
#[derive(Template)]
#[template(path = "badge.html")]
pub(super) struct NavBadge {
    name: &'static str,
    count: i64,
    shown: String,
    meaning: String,
    class: &'static str,
    /// It takes the place of the page's, wherever the rest of the answer goes.
    swaps: bool,
}

impl NavBadge {
    fn of(w: Words, name: &'static str, count: i64, swaps: bool) -> Self {
        let shown = Formats { w, zone: chrono_tz::UTC, now: DateTime::UNIX_EPOCH }.count(count);
        Self {
            name,
            count,
            meaning: w.count(&format!("ui.nav.badge.{name}"), count, &shown),
            shown,
            class: if name == "notifications" { "badge is-bad" } else { "badge" },
            swaps,
        }
    }
}

impl Badges {
    /// Both, to take the places of a page's.
    pub(super) fn to_swap(self, w: Words) -> [NavBadge; 2] {
        [("policies", self.policies), ("notifications", self.failed_notifications)]
            .map(|(name, count)| NavBadge::of(w, name, count, true))
    }
}

impl Chrome {
    pub(super) fn w(&self) -> Words {
        self.viewer.words()
    }

    /// `/admin` with the operator's company.
    pub(super) fn dashboard_url(&self) -> String {
        match &self.company {
            Some(company) if self.viewer.is_operator() => format!("/admin?company={}", company.id),
            _ => "/admin".to_owned(),
        }
    }

    pub(super) fn nav(&self) -> Vec<NavItem> {
        let w = self.w();
        let mut items = Vec::new();
        if self.company.is_some() {
            items.push(NavItem {
                href: self.dashboard_url(),
                icon: w.icon("chart-bar"),
                label: w.t("ui.nav.dashboard"),
                badge: None,
                current: self.is_at("/admin") || self.viewer.page.starts_with("/admin/widgets/"),
            });
            let seen = SCREENS.into_iter().filter(|screen| self.viewer.role >= screen.sees);
            items.extend(seen.map(|screen| self.screen(screen)));
            if self.viewer.role.may_write() {
                items.push(self.plain(self.in_company("/admin/reports"), "envelope", "reports"));
                items.push(self.plain(self.in_company("/admin/data"), "inbox-arrow-down", "data"));
            }
            if self.viewer.role >= Role::Admin {
                items.push(self.plain(self.in_company("/admin/settings"), "cog-6-tooth", "settings"));
            }
        }
        if self.viewer.is_operator() {
            items.extend(ABOVE.into_iter().map(|screen| self.plain(screen.path(), screen.icon, screen.name)));
            items.push(self.plain("/admin/operations/cache".to_owned(), "circle-stack", "cache"));
        }
        items
    }

    /// The company that an operator looks at, which their addresses name.
    pub(super) fn operators_company(&self) -> Option<i64> {
        self.company.as_ref().filter(|_| self.viewer.is_operator()).map(|company| company.id)
    }

    /// A path with the operator's company.
    pub(super) fn in_company(&self, path: &str) -> String {
        self.dashboard_url().replacen("/admin", path, 1)
    }

    /// Whether the page is at that path.
    fn is_at(&self, path: &str) -> bool {
        self.viewer.page.split(['?', '#']).next() == Some(path)
    }

    fn plain(&self, href: String, icon: &'static str, name: &str) -> NavItem {
        let w = self.w();
        let path = href.split('?').next().unwrap_or_default();
        let current = self.is_at(path) || self.viewer.page.starts_with(&format!("{path}/"));
        NavItem { icon: w.icon(icon), label: w.t(&format!("ui.nav.{name}")), badge: None, current, href }
    }

    fn screen(&self, screen: &Screen) -> NavItem {
        let figure = |name: &'static str| match name {
            "policies" => self.badges.policies,
            _ => self.badges.failed_notifications,
        };
        let badge = screen.badge.map(|name| NavBadge::of(self.w(), name, figure(name), false));
        NavItem { badge, ..self.plain(self.in_company(&screen.path()), screen.icon, screen.name) }
    }

    pub(super) fn role_name(&self) -> String {
        self.w().t(&format!("ui.role.{}", self.viewer.role))
    }

    pub(super) fn initials(&self) -> String {
        let words = self.user_name.split_whitespace();
        words.filter_map(|word| word.chars().next()).take(2).flat_map(char::to_uppercase).collect()
    }

    /// Whether the companies fit into a menu; more of them are found by their names on a page of their own.
    pub(super) fn has_switcher(&self) -> bool {
        self.viewer.is_operator() && self.company.is_some() && (1..=60).contains(&self.companies.len())
    }

    /// What the page has chosen besides its company: another company's is shown the same way.
    pub(super) fn kept(&self) -> Vec<(String, String)> {
        // A branch is one company's.
        self.viewer.query().without(|name| matches!(name, "company" | "branch")).cloned().collect()
    }

    pub(super) fn offers(&self, company: &CompanyName) -> bool {
        self.company.as_ref().is_some_and(|shown| shown.id == company.id)
    }

    /// Whether the last action did nothing, and should have.
    pub(super) fn notice_warns(&self) -> bool {
        matches!(self.notice, Some(Notice::Done("last_admin" | "not_restored" | "not_deleted" | "import_waits")))
    }

    pub(super) fn notice_text(&self) -> Option<String> {
        self.notice.map(|notice| notice.text(self.w()))
    }
}
