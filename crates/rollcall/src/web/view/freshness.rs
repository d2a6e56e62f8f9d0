//! How fresh a widget's figures are: opened on its card, or a small page for who has no script.

use askama::Template;
use chrono::{DateTime, Utc};

use super::card;
use super::chrome::{Chrome, Viewer};
use super::dashboard::Present;
use super::format::Formats;
use super::words::Words;
use crate::versions::Topic;
use crate::widget::Spec;

/// What is known of the age of a widget's figures.
#[derive(Clone, Copy, Debug)]
pub struct Freshness {
    /// The widget.
    pub spec: &'static Spec,
    /// Where they came from: the name of a level of the cache.
    pub level: &'static str,
    /// When they were read, or a little before.
    pub made: DateTime<Utc>,
    /// The version of what they depend on.
    pub version: u64,
    /// What of that changed last.
    pub changed: Option<Topic>,
}

#[derive(Template)]
#[template(path = "freshness.html")]
struct FreshnessView {
    w: Words,
    level: String,
    ago: String,
    exact: String,
    raw: String,
    version: u64,
    changed: Option<String>,
}

#[derive(Template)]
#[template(path = "freshness_page.html")]
struct FreshnessPage {
    w: Words,
    chrome: Chrome,
    title: String,
    back: String,
    facts: FreshnessView,
}

/// The facts, as a part of a card.
///
/// # Errors
/// Where a template cannot be written, which is a fault of the program.
pub fn freshness_fragment(viewer: &Viewer, present: Present, fresh: &Freshness) -> Result<String, askama::Error> {
    FreshnessView::new(viewer.words(), present, fresh).render()
}

/// The facts, as a page.
///
/// # Errors
/// Where a template cannot be written, which is a fault of the program.
pub fn freshness_page(chrome: Chrome, present: Present, fresh: &Freshness) -> Result<String, askama::Error> {
    let w = chrome.w();
    let back = format!("{}#{}", chrome.viewer.query().url("/admin", &[]), fresh.spec.key);
    let title = w.with("ui.fresh.title", "title", card::title(w, fresh.spec.key));
    FreshnessPage { w, title, back, facts: FreshnessView::new(w, present, fresh), chrome }.render()
}

impl FreshnessView {
    fn new(w: Words, present: Present, fresh: &Freshness) -> Self {
        let formats = Formats { w, zone: present.zone, now: present.now };
        let made = fresh.made.naive_utc();
        Self {
            w,
            level: w.t(&format!("ui.fresh.level.{}", fresh.level)),
            ago: formats.ago(made),
            exact: formats.exact(made),
            raw: fresh.made.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
            version: fresh.version,
            changed: fresh.changed.map(|topic| w.t(&format!("ui.topic.{}", topic.as_str()))),
        }
    }
}
