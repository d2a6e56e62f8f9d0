//! `/admin/operations/cache`: how the cache does.

use askama::Template;
use chrono::{DateTime, NaiveDateTime, Utc};
use rust_decimal::Decimal;
use tiercache::RedisStats;

use super::chart::ChartView;
use super::chrome::Chrome;
use super::format::Formats;
use super::words::{Icon, Words, status_class, status_icon};
use crate::analytics::rate::{OverNothing, cache_status, rate};
use crate::cache::{Count, OfCompany};
use crate::widget::panel::Panel;

/// What is kept of a company, and how far the company is.
#[derive(Clone, Debug)]
pub struct KeptCompany {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Its version in the database.
    pub version: i64,
    /// When that was raised last, UTC.
    pub changed_at: Option<NaiveDateTime>,
    /// What is kept.
    pub kept: OfCompany,
}

/// The page.
#[derive(Template)]
#[template(path = "operations_cache.html")]
pub struct OperationsPage {
    w: Words,
    chrome: Chrome,
    now: DateTime<Utc>,
    card: String,
    day: Option<ChartView>,
    served: Vec<ServedRow>,
    companies: Vec<CompanyRow>,
    complete: bool,
    redis: Vec<(String, String)>,
    pushed_out: String,
}

struct ServedRow {
    kind: String,
    subject: String,
    memory: String,
    redis: String,
    made: String,
    hit_rate: String,
    class: &'static str,
    icon: Icon,
    word: String,
}

struct CompanyRow {
    id: i64,
    name: String,
    keys: String,
    size: String,
    version: String,
    changed: String,
    newest: String,
    clear: String,
}

impl OperationsPage {
    /// The page around the card of `cache_monitor`.
    #[must_use]
    pub fn new(chrome: Chrome, now: DateTime<Utc>, card: String) -> Self {
        Self {
            w: chrome.w(),
            chrome,
            now,
            card,
            day: None,
            served: Vec::new(),
            companies: Vec::new(),
            complete: true,
            redis: Vec::new(),
            pushed_out: String::new(),
        }
    }

    /// With the hit rate of the last day.
    #[must_use]
    pub fn day(mut self, panel: &Panel) -> Self {
        let title = self.w.t("ui.operations.cache.day");
        let chart = panel.chart.as_ref();
        let formats = self.formats();
        self.day = chart.map(|chart| ChartView::new("cache_day", &title, chart, self.now.date_naive(), &formats, None));
        self
    }

    /// With what was served, by kind and panel.
    #[must_use]
    pub fn served(mut self, counts: &[Count]) -> Self {
        self.served = counts.iter().map(|count| self.served_row(count)).collect();
        self
    }

    /// With what is kept, by company; `complete` where nothing was left out.
    #[must_use]
    pub fn companies(mut self, companies: Vec<KeptCompany>, complete: bool) -> Self {
        self.companies = companies.into_iter().map(|company| self.company_row(company)).collect();
        self.complete = complete;
        self
    }

    /// With how Redis is; none where there is none by configuration.
    #[must_use]
    pub fn redis(mut self, redis: Option<RedisStats>) -> Self {
        let Some(redis) = redis else { return self };
        let formats = self.formats();
        let w = self.w;
        let since = DateTime::from_timestamp_millis(redis.since_ms).unwrap_or_default().naive_utc();
        let count = |n: u64| formats.count(i64::try_from(n).unwrap_or(i64::MAX));
        let rows = [
            ("state", w.t(&format!("term.redis.{}", redis.breaker.as_str()))),
            ("since", formats.exact(since)),
            ("server", redis.peer.clone()),
            ("operations", count(redis.operations)),
            ("failures", count(redis.failures)),
            ("timeouts", count(redis.timeouts)),
            ("connections", count(redis.connections)),
            ("fault", redis.last_fault.map_or_else(|| "–".to_owned(), |fault| fault.as_str().to_owned())),
        ];
        let named = |(name, value): (&str, String)| (w.t(&format!("ui.operations.cache.redis.{name}")), value);
        self.redis = rows.into_iter().map(named).collect();
        self
    }

    /// With how much was pushed out of memory.
    #[must_use]
    pub fn pushed_out(mut self, evictions: u64) -> Self {
        let shown = self.formats().count(i64::try_from(evictions).unwrap_or(i64::MAX));
        self.pushed_out = self.w.with("ui.operations.cache.pushed_out", "n", shown);
        self
    }

    /// The page's HTML.
    ///
    /// # Errors
    /// Where a template cannot be written, which is a fault of the program.
    pub fn html(&self) -> Result<String, askama::Error> {
        self.render()
    }

    fn formats(&self) -> Formats {
        Formats { w: self.w, zone: chrono_tz::UTC, now: self.now }
    }

    fn served_row(&self, count: &Count) -> ServedRow {
        let (formats, w) = (self.formats(), self.w);
        let whole = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let hits = whole(count.memory + count.redis);
        let percent = rate(hits, hits + whole(count.loaded), OverNothing::Hundred);
        let status = cache_status(percent);
        ServedRow {
            kind: w.t(&format!("term.cache_kind.{}", count.kind.as_str())),
            subject: w.maybe(&format!("widget.{}.title", count.subject)).unwrap_or_else(|| "–".to_owned()),
            memory: formats.count(whole(count.memory)),
            redis: formats.count(whole(count.redis)),
            made: formats.count(whole(count.loaded)),
            hit_rate: formats.percent(percent),
            class: status_class(status),
            icon: status_icon(status),
            word: w.status(status),
        }
    }

    fn company_row(&self, company: KeptCompany) -> CompanyRow {
        let formats = self.formats();
        let whole = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let kept = company.kept;
        let newest = DateTime::from_timestamp_millis(kept.newest_ms).unwrap_or_default().naive_utc();
        CompanyRow {
            id: company.id,
            keys: formats.count(whole(kept.share.keys())),
            size: formats.bytes(Decimal::from(kept.share.bytes())),
            version: formats.count(company.version),
            changed: company.changed_at.map_or_else(|| "–".to_owned(), |at| formats.ago(at)),
            newest: formats.ago(newest),
            clear: self.w.with("ui.operations.cache.clear_one", "company", &company.name),
            name: company.name,
        }
    }
}
