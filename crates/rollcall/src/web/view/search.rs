//! What was found: on a page of its own, and below the field that opens anywhere.

use askama::Template;
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use serde_json::{Map, Value as Json};

use super::chrome::Chrome;
use super::format::Formats;
use super::query::PageQuery;
use super::words::{Icon, Words};
use crate::resource::{Beside, Screen, instant};
use crate::search::{Kind, Person, begins};

/// What was looked for, and found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// As it was typed.
    pub(crate) text: String,
    pub(crate) words: Vec<String>,
    pub(crate) day: Option<NaiveDate>,
    pub(crate) people: Vec<Person>,
    pub(crate) appointments: Vec<(Map<String, Json>, Beside)>,
    pub(crate) policies: Vec<(Map<String, Json>, Beside)>,
    /// Whether there may be more people than were looked through.
    pub(crate) partly: bool,
    /// So many of each kind were asked for.
    pub(crate) at_most: usize,
}

/// `/admin/search`.
#[derive(Template)]
#[template(path = "search.html")]
pub(crate) struct SearchPage {
    w: Words,
    chrome: Chrome,
    results: Results,
}

/// What stands below the field.
#[derive(Template)]
#[template(path = "search_found.html")]
pub(crate) struct FoundList {
    w: Words,
    results: Results,
}

struct Results {
    text: String,
    groups: Vec<Group>,
    /// How many rows and pages they are, in words.
    said: String,
    partly: bool,
    /// The page with all of them.
    all: Option<String>,
}

/// Things of one kind.
struct Group {
    key: &'static str,
    title: String,
    hits: Vec<Hit>,
    /// The list of all of them.
    more: Option<String>,
}

struct Hit {
    href: String,
    icon: Icon,
    title: String,
    detail: String,
}

impl SearchPage {
    pub(crate) fn new(chrome: Chrome, zone: Tz, now: DateTime<Utc>, found: &Found) -> Self {
        let results = Results::new(&chrome, zone, now, found);
        Self { w: chrome.w(), chrome, results }
    }

    pub(crate) fn html(&self) -> Result<String, askama::Error> {
        self.render()
    }
}

impl FoundList {
    pub(crate) fn new(chrome: &Chrome, zone: Tz, now: DateTime<Utc>, found: &Found) -> Self {
        Self { w: chrome.w(), results: Results::new(chrome, zone, now, found) }
    }

    pub(crate) fn html(&self) -> Result<String, askama::Error> {
        self.render()
    }
}

impl Results {
    fn new(chrome: &Chrome, zone: Tz, now: DateTime<Utc>, found: &Found) -> Self {
        let maker = Maker { chrome, f: Formats { w: chrome.w(), zone, now }, found };
        let groups = [
            maker.people("customers", Kind::Customer),
            maker.appointments(),
            maker.people("staff", Kind::Staff),
            maker.policies(),
            maker.pages(),
        ];
        let groups: Vec<_> = groups.into_iter().filter(|group| !group.hits.is_empty()).collect();
        let count = i64::try_from(groups.iter().map(|group| group.hits.len()).sum::<usize>()).unwrap_or(i64::MAX);
        // Pages are all there.
        let more = groups.iter().any(|group| group.key != "pages" && group.hits.len() >= found.at_most);
        let all = (!found.text.is_empty()).then(|| maker.url("/admin/search", "q", &found.text));
        Self {
            said: match more {
                true => maker.f.w.with("ui.search.found_more", "n", maker.f.count(count)),
                false => maker.f.w.count("ui.search.found", count, maker.f.count(count)),
            },
            text: found.text.clone(),
            groups,
            partly: found.partly,
            all,
        }
    }
}

struct Maker<'a> {
    chrome: &'a Chrome,
    f: Formats,
    found: &'a Found,
}

impl Maker<'_> {
    /// `path` in the company, with a parameter.
    fn url(&self, path: &str, name: &str, value: &str) -> String {
        let path = self.chrome.in_company(path);
        let query = PageQuery::of(&path);
        query.url(path.split('?').next().unwrap_or_default(), &[(name.to_owned(), value.to_owned())])
    }

    fn group(&self, key: &'static str, hits: Vec<Hit>, more: Option<String>) -> Group {
        let title = self.f.w.maybe(&format!("ui.nav.{key}")).unwrap_or_else(|| self.f.w.t("ui.search.pages"));
        Group { key, title, hits, more }
    }

    fn hit(&self, screen: &str, id: i64, title: String, details: &[Option<String>]) -> Hit {
        let icon = Screen::named(screen).map_or("magnifying-glass", |screen| screen.icon);
        let details: Vec<_> = details.iter().flatten().filter(|it| !it.is_empty()).map(String::as_str).collect();
        Hit {
            href: self.chrome.in_company(&format!("/admin/{screen}/{id}")),
            icon: self.f.w.icon(icon),
            title,
            detail: details.join(" · "),
        }
    }

    fn people(&self, screen: &'static str, kind: Kind) -> Group {
        let people = self.found.people.iter().filter(|person| person.kind == kind);
        let hit = |it: &Person| self.hit(screen, it.id, it.name.clone(), &[it.email.clone(), it.phone.clone()]);
        let more = self.url(&format!("/admin/{screen}"), "q", &self.found.text);
        self.group(screen, people.map(hit).collect(), Some(more))
    }

    fn appointments(&self) -> Group {
        let w = self.f.w;
        let hit = |(row, beside): &(Map<String, Json>, Beside)| {
            let text = |name: &str| row.get(name).and_then(Json::as_str).unwrap_or_default();
            let at = instant(text("starts_at")).ok().map(|at| self.f.instant(at));
            let status = text("status");
            let status = w.maybe(&format!("term.status.{status}")).unwrap_or_else(|| status.to_owned());
            let details = [beside.get("customer_id").cloned(), beside.get("service_id").cloned(), Some(status)];
            self.hit("appointments", id_of(row), at.unwrap_or_else(|| format!("#{}", id_of(row))), &details)
        };
        let more = match self.found.day {
            Some(day) => {
                let from = self.url("/admin/appointments", "starts_at_from", &day.to_string());
                Some(format!("{from}&starts_at_until={day}"))
            }
            None if self.found.words.is_empty() => None,
            None => Some(self.url("/admin/appointments", "q", &self.found.text)),
        };
        self.group("appointments", self.found.appointments.iter().map(hit).collect(), more)
    }

    fn policies(&self) -> Group {
        let w = self.f.w;
        let hit = |(row, beside): &(Map<String, Json>, Beside)| {
            let kind = row.get("policy_type").and_then(Json::as_str).unwrap_or_default();
            let kind = w.maybe(&format!("term.policy_type.{kind}")).unwrap_or_else(|| kind.to_owned());
            let active = row.get("is_active").and_then(Json::as_bool).unwrap_or_default();
            let active = w.t(if active { "term.is_active.yes" } else { "term.is_active.no" });
            self.hit("policies", id_of(row), kind, &[beside.get("configurable_id").cloned(), Some(active)])
        };
        self.group("policies", self.found.policies.iter().map(hit).collect(), None)
    }

    /// The pages that somebody may see, by their names; all of them where nothing was typed.
    fn pages(&self) -> Group {
        let w = self.f.w;
        let own = |href: &str, key: &str, icon| (href.to_owned(), w.t(key), w.icon(icon));
        let pages = self.chrome.nav().into_iter().map(|item| (item.href, item.label, item.icon)).chain([
            own("/admin/profile", "ui.profile.title", "user-circle"),
            own("/admin/tokens", "ui.nav.tokens", "lock-closed"),
        ]);
        let typed = &self.found.text;
        let meant =
            |label: &str| typed.is_empty() || (!self.found.words.is_empty() && begins(label, &self.found.words));
        let hits = pages.filter(|(_, label, _)| meant(label));
        let hits = hits.map(|(href, title, icon)| Hit { href, icon, title, detail: String::new() }).collect();
        self.group("pages", hits, None)
    }
}

fn id_of(row: &Map<String, Json>) -> i64 {
    row.get("id").and_then(Json::as_i64).unwrap_or_default()
}
