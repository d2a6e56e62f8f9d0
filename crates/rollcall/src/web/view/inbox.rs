//! `/admin/inbox`, and the bell.

use askama::Template;
use chrono::{DateTime, NaiveDateTime, Utc};
use chrono_tz::Tz;

use super::audit::{action_word, security_word};
use super::chrome::Chrome;
use super::format::Formats;
use super::query::PageQuery;
use super::words::{Icon, Words, status_class};
use crate::i18n::Lang;
use crate::inbox::{News, What};
use crate::summaries::zone::local_day;
use crate::tenant::Role;
use crate::widget::panel::Status;

/// More is not counted out beside the bell.
const MOST: i64 = 99;

/// The page.
#[derive(Template)]
#[template(path = "inbox.html")]
pub(crate) struct InboxPage {
    w: Words,
    chrome: Chrome,
    new: Vec<Line>,
    earlier: Vec<Line>,
    /// What the platform stands on, as it is now.
    standing: Option<Standing>,
    /// Until when all is seen that stands here, in seconds since 1970.
    until: i64,
}

struct Line {
    icon: Icon,
    class: &'static str,
    what: String,
    detail: String,
    href: Option<String>,
    ago: String,
    exact: String,
    raw: String,
}

struct Standing {
    class: &'static str,
    words: String,
}

/// How much is new, beside the bell.
#[derive(Template)]
#[template(path = "bell.html")]
pub(crate) struct Bell {
    shown: String,
    meaning: String,
    count: i64,
}

impl Bell {
    pub(crate) fn new(lang: Lang, count: i64) -> Self {
        let w = Words::of(lang);
        let shown = if count > MOST { format!("{MOST}+") } else { count.to_string() };
        Self { meaning: w.count("ui.inbox.bell", count, &shown), shown, count }
    }

    pub(crate) fn html(&self) -> Result<String, askama::Error> {
        self.render()
    }
}

impl InboxPage {
    pub(crate) fn new(chrome: Chrome, zone: Tz, now: DateTime<Utc>, news: &[News]) -> Self {
        let f = Formats { w: chrome.w(), zone, now };
        let (new, earlier): (Vec<_>, Vec<_>) = news.iter().partition(|news| news.is_new);
        let lines = |news: Vec<&News>| news.into_iter().map(|news| line(&chrome, &f, news)).collect();
        let (new, earlier) = (lines(new), lines(earlier));
        // What comes while somebody reads stays new.
        let until = news.iter().map(|news| news.newest.and_utc().timestamp()).max().unwrap_or_else(|| now.timestamp());
        Self { w: chrome.w(), new, earlier, standing: None, until, chrome }
    }

    /// With the state of Redis, by its word; none where there is none.
    pub(crate) fn redis(self, state: Option<&str>) -> Self {
        let w = self.w;
        let standing = state.map(|state| Standing {
            class: status_class(if state == "closed" { Status::Good } else { Status::Bad }),
            words: format!("Redis: {}", w.t(&format!("term.redis.{state}"))),
        });
        Self { standing, ..self }
    }

    pub(crate) fn html(&self) -> Result<String, askama::Error> {
        self.render()
    }
}

fn line(chrome: &Chrome, f: &Formats, news: &News) -> Line {
    let w = f.w;
    let (icon, status) = match news.what {
        What::Failed | What::Company => ("bell-alert", Status::Bad),
        What::Violation => ("shield-check", Status::Warning),
        What::Security => ("lock-closed", Status::Warning),
        What::Import => ("inbox-arrow-down", Status::Neutral),
    };
    let detail = match news.what {
        What::Failed if news.key.is_empty() => w.t("ui.inbox.no_reason"),
        What::Failed | What::Company => news.key.clone(),
        What::Violation => w.maybe(&format!("term.policy_type.{}", news.key)).unwrap_or_else(|| news.key.clone()),
        What::Security => security_word(w, &news.key),
        What::Import => action_word(w, &news.key),
    };
    Line {
        icon: w.icon(icon),
        class: status_class(status),
        what: w.count(&format!("ui.inbox.{}", news.what.as_str()), news.count, f.count(news.count)),
        detail,
        href: href(chrome, f, news),
        ago: f.ago(news.newest),
        exact: f.exact(news.newest),
        raw: news.newest.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
    }
}

/// The rows behind a line, for those who may see them.
fn href(chrome: &Chrome, f: &Formats, news: &News) -> Option<String> {
    let admin = chrome.viewer.role >= Role::Admin;
    let with = |path: &str, name: &str, value: &str| {
        let path = chrome.in_company(path);
        let query = PageQuery::of(&path);
        query.url(path.split('?').next().unwrap_or_default(), &[(name.to_owned(), value.to_owned())])
    };
    match news.what {
        What::Failed => Some(with("/admin/notifications/failed", "reason", &news.key)),
        What::Violation => {
            let day = |at: NaiveDateTime| local_day(f.zone, at).to_string();
            let violations = with("/admin/violations", "policy_type", &news.key);
            Some(format!("{violations}&created_at_from={}&created_at_until={}", day(news.oldest), day(news.newest)))
        }
        What::Security if chrome.company.is_none() => Some("/admin/operations/security".to_owned()),
        What::Security => admin.then(|| with("/admin/audit", "subject_kind", "security")),
        What::Import => admin.then(|| with("/admin/audit", "subject_kind", "import")),
        What::Company => news.company.map(|id| format!("/admin/notifications/failed?company={id}")),
    }
}
