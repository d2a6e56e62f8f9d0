//! The dashboard: what needs attention, then every widget in its place.

use askama::Template;

use super::card::{Card, CardView, title};
use super::chart;
use super::chrome::Chrome;
use super::format::{self, Formats};
use super::stats;
use super::words::{Icon, Words, status_class, status_icon};
use crate::widget::panel::{Panel, Status, Unit, Value};

/// `/admin`.
#[derive(Template)]
#[template(path = "dashboard.html")]
pub struct DashboardPage {
    w: Words,
    chrome: Chrome,
    period: String,
    attention: Vec<Attention>,
    /// How many widgets failed.
    failed: usize,
    /// Nothing has ever happened here: says what to do.
    no_data: bool,
    stale: Option<Stale>,
    cards: Vec<CardView>,
}

/// One thing to look at, with the way there.
struct Attention {
    href: String,
    class: &'static str,
    icon: Icon,
    what: String,
    value: String,
    word: String,
}

struct Stale {
    ago: String,
    exact: String,
}

impl DashboardPage {
    /// The page of `cards`, in their order.
    #[must_use]
    pub fn new(chrome: Chrome, cards: Vec<Card>) -> Self {
        let w = chrome.w();
        let formats = cards.first().map(|card| Formats { w, zone: card.zone, now: card.now });
        let stale = chrome.stale_since.zip(formats).map(|(since, formats)| Stale {
            ago: formats.ago(since.naive_utc()),
            exact: formats.exact(since.naive_utc()),
        });
        Self {
            w,
            period: cards.first().zip(formats).map(|(card, formats)| formats.named_day(card.today)).unwrap_or_default(),
            attention: cards.iter().flat_map(|card| attention(card, w)).collect(),
            failed: cards.iter().filter(|card| card.outcome.is_err()).count(),
            no_data: !cards.is_empty() && cards.iter().all(has_nothing),
            stale,
            cards: cards.iter().map(|card| CardView::new(&chrome.viewer, card)).collect(),
            chrome,
        }
    }

    /// The page's HTML.
    ///
    /// # Errors
    /// Where a template cannot be written, which is a fault of the program.
    pub fn html(&self) -> Result<String, askama::Error> {
        self.render()
    }

    fn failed_text(&self) -> String {
        let failed = i64::try_from(self.failed).unwrap_or_default();
        self.w.count("ui.attention.failed", failed, failed)
    }
}

fn attention(card: &Card, w: Words) -> Vec<Attention> {
    let formats = Formats { w, zone: card.zone, now: card.now };
    let stats = card.outcome.iter().filter_map(|panel| panel.stats.as_ref()).flatten();
    let seen = stats.filter_map(|stat| Some((stat, stat.status?)));
    let worth = seen.filter(|(_, status)| matches!(status, Status::Bad | Status::Warning));
    let mut items: Vec<_> = worth
        .map(|(stat, status)| Attention {
            href: format!("#{}", card.spec.key),
            class: status_class(status),
            icon: status_icon(status),
            what: format!("{}: {}", title(w, card.spec.key), stats::label(w, card.spec.key, stat.key)),
            value: formats.value(&stat.value, stat.unit),
            word: w.status(status),
        })
        .collect();
    items.sort_by_key(|item| item.class != "is-bad");
    items
}

/// Whether a widget has nothing to show: no count above zero anywhere. Percentages over nothing do not count.
fn has_nothing(card: &Card) -> bool {
    let Ok(Panel { stats, chart, table }) = &card.outcome else { return false };
    let zero = |value: &Value| format::number(value).is_none_or(|n| n.is_zero());
    let no_stats = stats.iter().flatten().all(|stat| stat.unit != Unit::Count || zero(&stat.value));
    no_stats && chart.as_ref().is_none_or(chart::is_empty) && table.as_ref().is_none_or(|table| table.rows.is_empty())
}
