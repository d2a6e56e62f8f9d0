//! What was sent to a customer, on their page.

use serde_json::{Map, Value as Json};

use super::RecordPage;
use crate::analytics::error_class::error_class;
use crate::resource::{Beside, Page, Screen};
use crate::web::view::query::PageQuery;
use crate::web::view::resource::Cursors;
use crate::web::view::resource::cell::{Cell, Links, cell};

/// What was sent to a customer, a page of it.
pub(super) struct Messages {
    pub(super) rows: Vec<Message>,
    pub(super) older: Option<String>,
    pub(super) newer: Option<String>,
    pub(super) newest: Option<String>,
}

pub(super) struct Message {
    pub(super) when: Cell,
    pub(super) channel: String,
    pub(super) status: Cell,
    pub(super) subject: String,
    pub(super) href: Option<String>,
    /// Why it failed, as a class of errors.
    pub(super) reason: String,
    pub(super) retry: Option<String>,
}

impl RecordPage {
    /// Of a customer: with what was sent to them, and the ways to older and newer messages.
    #[must_use]
    pub(crate) fn messages(mut self, page: &Page, beside: &Cursors) -> Self {
        let rows = page.rows.iter().filter_map(|row| self.message(row)).collect();
        let here = self.here();
        let link = |name: &str, cursor: &Option<String>| {
            let path = here.split('?').next().unwrap_or_default();
            Some(PageQuery::of(&here).url(path, &[(name.to_owned(), cursor.clone()?)]) + "#messages")
        };
        let (older, newer) = (link("messages", &beside.next), link("messages_before", &beside.previous));
        let newest = newer.is_some().then(|| format!("{here}#messages"));
        self.messages = Some(Messages { rows, older, newer, newest });
        self
    }

    fn message(&self, row: &Map<String, Json>) -> Option<Message> {
        let screen = Screen::named("notifications")?;
        let by = (&self.formats, Links(&self.chrome));
        let nothing = Beside::new();
        let of = |name: &str| Some(cell(by, screen.resource.column(name)?, row, &nothing));
        let text = |name: &str| row.get(name).and_then(Json::as_str).unwrap_or_default();
        let id = row.get("id").and_then(Json::as_i64)?;
        let failed = text("status") == "failed";
        let reason = failed.then(|| error_class(text("error_message")));
        let reason = reason.map(|it| self.w.maybe(&format!("term.error.{it}")).unwrap_or(it)).unwrap_or_default();
        let subject = row.get("payload").and_then(|payload| payload.get("subject")).and_then(Json::as_str);
        let subject =
            subject.filter(|subject| !subject.trim().is_empty()).map(|subject| subject.chars().take(120).collect());
        let retry = failed && self.chrome.viewer.role >= screen.writes;
        Some(Message {
            when: of("created_at")?,
            channel: of("channel")?.shown,
            status: of("status")?,
            subject: subject.unwrap_or_else(|| format!("{} {id}", self.w.t("term.thing.notification"))),
            href: by.1.to(screen, id),
            reason,
            retry: retry.then(|| self.chrome.in_company(&format!("{}/{id}/retry", screen.path()))),
        })
    }
}
