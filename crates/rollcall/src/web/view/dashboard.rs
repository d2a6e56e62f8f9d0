//! The dashboard: what needs attention, then every widget in its place.

use askama::Template;

use super::card::{Card, CardView};
use super::chrome::Chrome;
use super::format::{self, Formats};
use super::stats;
use super::words::{Icon, Words, status_class, status_icon};
use crate::widget::panel::{Panel, Stat, Status, Unit, Value};

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
            attention: attention(&chrome, &cards),
            failed: cards.iter().filter(|card| card.outcome.is_err()).count(),
            no_data: !cards.is_empty() && cards.iter().all(has_nothing),
            stale,
            cards: cards.into_iter().map(|card| CardView::new(&chrome.viewer, &card)).collect(),
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

/// What is not as it should be, the worst first; then what can be sent again.
fn attention(chrome: &Chrome, cards: &[Card]) -> Vec<Attention> {
    let w = chrome.w();
    let mut seen: Vec<(Status, Attention)> = cards.iter().flat_map(|card| worth_a_look(card, w)).collect();
    seen.sort_by_key(|(status, _)| *status != Status::Bad);
    let failed = chrome.badges.failed_notifications;
    let unsent = (failed > 0).then(|| Attention {
        href: "#notification_errors".to_owned(),
        class: status_class(Status::Warning),
        icon: status_icon(Status::Warning),
        what: w.count("ui.attention.notifications", failed, chrome.figure(failed)),
        value: String::new(),
        word: w.status(Status::Warning),
    });
    seen.into_iter().map(|(_, item)| item).chain(unsent).collect()
}

fn worth_a_look(card: &Card, w: Words) -> Vec<(Status, Attention)> {
    let formats = Formats { w, zone: card.zone, now: card.now };
    let stats = card.outcome.iter().filter_map(|panel| panel.stats.as_ref()).flatten();
    let judged = stats.filter_map(|stat| Some((stat, stat.status?)));
    let worth = judged.filter(|(_, status)| matches!(status, Status::Bad | Status::Warning));
    let item = |(stat, status): (&Stat, Status)| {
        let item = Attention {
            href: format!("#{}", card.spec.key),
            class: status_class(status),
            icon: status_icon(status),
            what: stats::label(w, card.spec.key, stat.key),
            value: formats.value(&stat.value, stat.unit),
            word: w.status(status),
        };
        (status, item)
    };
    worth.map(item).collect()
}

/// Whether a widget has nothing to show: no count above zero anywhere. Percentages over nothing do not count.
fn has_nothing(card: &Card) -> bool {
    let Ok(Panel { stats, chart, table }) = &card.outcome else { return false };
    let counts = stats.iter().flatten().filter(|stat| stat.unit == Unit::Count).map(|stat| &stat.value);
    let series = chart.iter().flat_map(|chart| &chart.datasets).filter(|series| series.unit != Unit::Percent);
    let nothing = |value: &Value| format::number(value).is_none_or(|n| n.is_zero());
    counts.chain(series.flat_map(|series| &series.data)).all(nothing) && table.iter().all(|table| table.rows.is_empty())
}
