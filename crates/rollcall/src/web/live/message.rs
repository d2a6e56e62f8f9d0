//! What is said to who listens.

use std::collections::BTreeMap;

use axum::body::Bytes;
use chrono::NaiveDate;
use serde::Serialize;

use crate::versions::Versions;
use crate::web::tags;
use crate::widget;

/// A sign of life: a proxy closes a connection that it hears nothing of.
pub(super) const BEAT: Bytes = Bytes::from_static(b":\n\n");
/// Whoever listened may do so no longer: their page asks anew, as whoever they are now.
pub(super) const OVER: Bytes = Bytes::from_static(b"event: over\ndata:\n\n");

/// How things are with a company, as an event: made once for all who listen.
#[derive(Clone, Debug)]
pub(super) struct Message {
    /// `45.20261122`: the company's version, and its day.
    pub(super) id: String,
    pub(super) event: Bytes,
    tags: Tags,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Tags {
    day: String,
    /// The tag of each widget.
    widgets: BTreeMap<&'static str, String>,
    /// The tag of what needs attention, and of the badges.
    summary: String,
}

#[derive(Serialize)]
struct Figures<'a> {
    version: u64,
    #[serde(flatten)]
    tags: &'a Tags,
}

impl Message {
    pub(super) fn new(versions: &Versions, today: NaiveDate) -> Self {
        let id = tags::dashboard(versions, today);
        let tags = Tags {
            day: today.format("%Y%m%d").to_string(),
            widgets: widget::ALL.iter().map(|spec| (spec.key, tags::widget(spec, versions, today))).collect(),
            summary: tags::summary(versions, today),
        };
        // Maps of strings and numbers can always be written.
        let data = serde_json::to_string(&Figures { version: versions.company(), tags: &tags }).unwrap_or_default();
        let event = format!("id: {id}\nevent: figures\ndata: {data}\n\n").into();
        Self { id, event, tags }
    }

    /// Whether it says the same of every figure: users change too, and a company's version with them.
    pub(super) fn says_the_same_as(&self, other: &Self) -> bool {
        self.tags == other.tags
    }
}
