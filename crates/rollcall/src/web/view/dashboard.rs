//! The dashboard: what needs attention, then every widget in its place.
//!
//! In layers, so that each is drawn once for all who see the same: a [`Fragment`] for each widget, the [`Content`] made of
//! them, and around it a [`DashboardPage`], which is a person's own.

use std::borrow::Borrow;

use askama::Template;
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::around::{Narrow, Wall};
use super::card::{Card, CardView, has_nothing};
use super::chrome::{Badges, Chrome, Viewer};
use super::first::{StepView, Steps, in_company};
use super::format::Formats;
use super::stats;
use super::words::{Icon, Words, status_class, status_icon};
use crate::widget::panel::{Stat, Status};

/// A widget, drawn, with what the page around it has to know of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fragment {
    /// The card.
    #[serde(skip)]
    pub html: String,
    /// Whether it says why it failed instead of its figures.
    pub failed: bool,
    attention: Vec<Attention>,
    /// Whether it has nothing to show.
    nothing: bool,
}

/// One thing to look at, with the way there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Attention {
    bad: bool,
    html: String,
}

#[derive(Template)]
#[template(path = "attention.html")]
struct AttentionItem {
    href: String,
    class: &'static str,
    icon: Icon,
    what: String,
    value: String,
    word: String,
}

impl Fragment {
    /// Draws a card.
    ///
    /// # Errors
    /// Where a template cannot be written, which is a fault of the program.
    pub fn of(viewer: &Viewer, card: &Card) -> Result<Self, askama::Error> {
        Ok(Self {
            html: CardView::new(viewer, card).render()?,
            failed: card.outcome.is_err(),
            attention: worth_a_look(card, viewer.words())?,
            nothing: has_nothing(card),
        })
    }

    /// Nothing at all: where not even a failure can be drawn.
    #[must_use]
    pub fn blank() -> Self {
        Self { html: String::new(), failed: true, attention: Vec::new(), nothing: false }
    }
}

/// What stands in the middle of a dashboard, the same for all who may see the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// What needs attention, and the cards.
    #[serde(skip)]
    pub html: String,
    /// Where in it the cards begin.
    cards_at: usize,
    /// The figures of the navigation, from the same reading.
    pub badges: Badges,
    /// The company's branches by name: the top bar offers them.
    pub branches: Vec<(i64, String)>,
    /// Whether nothing failed: only then does it hold for the next who asks.
    pub whole: bool,
}

#[derive(Template)]
#[template(path = "summary.html")]
struct SummaryView<'a> {
    w: Words,
    slug: &'a str,
    /// What it is of: another one says that there may be other things to look at.
    tag: &'a str,
    attention: Vec<String>,
    /// What the figures suggest.
    advice: &'a [String],
    failed: usize,
    /// Nothing has ever happened here: says what to do.
    no_data: bool,
    /// What is to be done first; none where that is not to be shown.
    steps: Vec<StepView>,
    close: String,
}

#[derive(Template)]
#[template(path = "cards.html")]
struct CardsView<'a> {
    w: Words,
    cards: Vec<&'a str>,
}

impl Content {
    /// Puts the widgets of the company `slug` together, in their order; `tag` says what they are of, `advice`
    /// is HTML. Badges that could not be read are none.
    ///
    /// # Errors
    /// Where a template cannot be written, which is a fault of the program.
    pub fn of(
        viewer: &Viewer,
        slug: &str,
        badges: Option<Badges>,
        tag: &str,
        advice: &[String],
        fragments: &[impl Borrow<Fragment>],
    ) -> Result<Self, askama::Error> {
        let (mut content, around) = Self::around(viewer, slug, badges, tag, advice, fragments, None)?;
        let cards = fragments.iter().map(|fragment| fragment.borrow().html.as_str()).chain([""]);
        content.html = around.iter().zip(cards).flat_map(|(text, card)| [text, card]).collect();
        Ok(content)
    }

    /// Like [`of`](Self::of), without the cards themselves: the texts before the first, between each and the next, and behind
    /// the last, for who has the cards in another form; `steps`: what is to be done first, where that is to be shown.
    ///
    /// # Errors
    /// Where a template cannot be written, which is a fault of the program.
    pub fn around(
        viewer: &Viewer,
        slug: &str,
        badges: Option<Badges>,
        tag: &str,
        advice: &[String],
        fragments: &[impl Borrow<Fragment>],
        steps: Option<Steps>,
    ) -> Result<(Self, Vec<String>), askama::Error> {
        let fragments: Vec<&Fragment> = fragments.iter().map(Borrow::borrow).collect();
        let failed = fragments.iter().filter(|fragment| fragment.failed).count();
        let shown = badges.unwrap_or_default();
        let summary = SummaryView {
            w: viewer.words(),
            slug,
            tag,
            attention: attention(viewer, shown, &fragments)?,
            advice,
            failed,
            no_data: Self::is_empty(&fragments),
            steps: steps.map_or_else(Vec::new, |steps| steps.views(viewer.words(), viewer)),
            close: in_company(viewer, "/admin/first-steps/close"),
        };
        let summary = summary.render()?;
        let cards = CardsView { w: viewer.words(), cards: vec![CARD; fragments.len()] }.render()?;
        let mut around: Vec<String> = cards.split(CARD).map(str::to_owned).collect();
        if let Some(first) = around.first_mut() {
            first.insert_str(0, &summary);
        }
        let whole = badges.is_some() && failed == 0;
        Ok((Self { html: String::new(), cards_at: summary.len(), badges: shown, branches: Vec::new(), whole }, around))
    }

    /// Whether no widget has anything to show.
    #[must_use]
    pub fn is_empty(fragments: &[impl Borrow<Fragment>]) -> bool {
        !fragments.is_empty() && fragments.iter().all(|fragment| fragment.borrow().nothing)
    }

    /// What needs attention and the badges, for a page that has the cards.
    ///
    /// # Errors
    /// Where a template cannot be written, which is a fault of the program.
    pub fn summary_and_badges(&self, viewer: &Viewer) -> Result<String, askama::Error> {
        let [policies, notifications] = self.badges.to_swap(viewer.words());
        let summary = self.html.get(..self.cards_at).unwrap_or_default();
        Ok([summary, &policies.render()?, &notifications.render()?].concat())
    }
}

/// Where a card goes.
const CARD: &str = "\u{1}";

impl SummaryView<'_> {
    fn failed_text(&self) -> String {
        let failed = i64::try_from(self.failed).unwrap_or_default();
        self.w.count("ui.attention.failed", failed, failed)
    }
}

/// `/admin`.
#[derive(Template)]
#[template(path = "dashboard.html")]
pub struct DashboardPage {
    w: Words,
    chrome: Chrome,
    period: String,
    narrow: Narrow,
    /// What stands above the figures on a wall; none where the page is no such thing.
    wall: Option<Wall>,
    /// This page, for a wall.
    on_wall: String,
    stale: Option<Stale>,
    content: String,
    /// The only present there is, where time stands still: what is relative is relative to it.
    now: Option<String>,
}

struct Stale {
    ago: String,
    exact: String,
}

/// The present, as the company's days have it.
#[derive(Clone, Copy, Debug)]
pub struct Present {
    /// Now.
    pub now: DateTime<Utc>,
    /// The company's zone.
    pub zone: Tz,
    /// Today there.
    pub today: NaiveDate,
    /// Whether time stands still here, as in a demo of a certain day.
    pub pinned: bool,
}

impl DashboardPage {
    /// The page around what [`Content`] drew.
    #[must_use]
    pub fn around(chrome: Chrome, present: Present, content: String) -> Self {
        let w = chrome.w();
        let formats = Formats { w, zone: present.zone, now: present.now };
        let stale = chrome
            .stale_since
            .map(|since| Stale { ago: formats.ago(since.naive_utc()), exact: formats.exact(since.naive_utc()) });
        let now = present.pinned.then(|| present.now.format("%Y-%m-%dT%H:%M:%SZ").to_string());
        let narrow = Narrow::of(&chrome);
        let (wall, on_wall) = Wall::of(&chrome, present);
        Self { w, narrow, wall, on_wall, period: formats.named_day(present.today), stale, content, chrome, now }
    }

    /// The page's HTML.
    ///
    /// # Errors
    /// Where a template cannot be written, which is a fault of the program.
    pub fn html(&self) -> Result<String, askama::Error> {
        self.render()
    }
}

/// What is not as it should be, the worst first; then what can be sent again.
fn attention(viewer: &Viewer, badges: Badges, fragments: &[&Fragment]) -> Result<Vec<String>, askama::Error> {
    let w = viewer.words();
    let mut seen: Vec<&Attention> = fragments.iter().flat_map(|fragment| &fragment.attention).collect();
    seen.sort_by_key(|item| !item.bad);
    let mut items: Vec<String> = seen.into_iter().map(|item| item.html.clone()).collect();
    let failed = badges.failed_notifications - badges.set_aside;
    if failed > 0 {
        let shown = Formats { w, zone: Tz::UTC, now: DateTime::UNIX_EPOCH }.count(failed);
        let unsent = AttentionItem {
            // The widget about them may be hidden; this page is always there.
            href: in_company(viewer, "/admin/notifications/failed"),
            class: status_class(Status::Warning),
            icon: status_icon(Status::Warning),
            what: w.count("ui.attention.notifications", failed, shown),
            value: String::new(),
            word: w.status(Status::Warning),
        };
        items.push(unsent.render()?);
    }
    Ok(items)
}

fn worth_a_look(card: &Card, w: Words) -> Result<Vec<Attention>, askama::Error> {
    let formats = Formats { w, zone: card.zone, now: card.now };
    let stats = card.outcome.iter().filter_map(|panel| panel.stats.as_ref()).flatten();
    let judged = stats.filter_map(|stat| Some((stat, stat.status?)));
    let worth = judged.filter(|(_, status)| matches!(status, Status::Bad | Status::Warning));
    let item = |(stat, status): (&Stat, Status)| {
        let item = AttentionItem {
            href: format!("#{}", card.spec.key),
            class: status_class(status),
            icon: status_icon(status),
            what: stats::label(w, card.spec.key, stat.key),
            value: formats.value(&stat.value, stat.unit),
            word: w.status(status),
        };
        Ok(Attention { bad: status == Status::Bad, html: item.render()? })
    };
    worth.map(item).collect()
}
