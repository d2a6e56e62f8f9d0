//! Lines of the audit log about a row, in words.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::Value as Json;

use super::cell::object;
use super::words::{flag, label, term};
use crate::analytics::currency::Currency;
use crate::audit::{ActorKind, Line};
use crate::i18n::t_with;
use crate::resource::{Kind, Screen, instant};
use crate::web::view::audit::{action_word, changes};
use crate::web::view::chrome::Chrome;
use crate::web::view::format::{Formats, MISSING};
use crate::web::view::words::Words;

/// Fields whose change says nothing.
const QUIET: [&str; 4] = ["updated_at", "id", "created_at", "user_id"];

/// Something that was done with a row.
pub(super) struct Entry {
    pub(super) shown: String,
    pub(super) raw: String,
    pub(super) exact: String,
    pub(super) who: String,
    pub(super) action: String,
    pub(super) changes: Vec<(String, String, String)>,
}

/// What tells of a row's lines.
pub(super) struct Teller<'a> {
    pub(super) formats: &'a Formats,
    pub(super) screen: &'static Screen,
    /// What amounts are in.
    pub(super) currency: Currency,
}

impl Teller<'_> {
    pub(super) fn entry(&self, line: &Line) -> Entry {
        let w = self.w();
        let is_job = line.actor_kind == ActorKind::Job.as_str();
        let named = !line.actor_name.is_empty() && !is_job;
        Entry {
            shown: self.formats.instant(line.at),
            raw: line.at.and_utc().format("%Y-%m-%dT%H:%M:%SZ").to_string(),
            exact: self.formats.exact(line.at),
            who: if named { line.actor_name.clone() } else { kind_word(w, line) },
            action: action_word(w, &line.action),
            changes: self.changes(line.before.as_ref(), line.after.as_ref()),
        }
    }

    /// What differs: each field's label, what stood there before, and what afterwards.
    fn changes(&self, before: Option<&Json>, after: Option<&Json>) -> Vec<(String, String, String)> {
        let fields = changes(before, after).into_iter().filter(|field| !QUIET.contains(&field.name.as_str()));
        let change = |name: String, before: &str, after: &str| {
            let (before, after) = (self.word(&name, before), self.word(&name, after));
            (self.label_or(name), before, after)
        };
        fields
            .map(|field| change(field.name, &field.before, &field.after))
            .filter(|(_, before, after)| before != after)
            .collect()
    }

    fn w(&self) -> Words {
        self.formats.w
    }

    /// A value of the audit log, in words where they are known.
    fn word(&self, name: &str, value: &str) -> String {
        let w = self.w();
        let Some(column) = self.screen.resource.column(name).filter(|_| value != MISSING) else {
            return value.to_owned();
        };
        match (column.kind, value) {
            (Kind::OneOf(_) | Kind::Type(_), word) => term(w, column, word),
            (Kind::Flag, "true" | "false") => flag(w, column.name, value == "true"),
            (Kind::Instant, value) => {
                // What is kept of a row may leave out that it is UTC.
                let at = instant(value).or_else(|_| instant(&format!("{value}Z")));
                at.map_or_else(|_| value.to_owned(), |at| self.formats.instant(at))
            }
            (Kind::Object(_), value) => match serde_json::from_str(value) {
                Ok(rules @ Json::Object(_)) => object(self.formats, &rules, self.currency),
                _ => value.to_owned(),
            },
            _ => value.to_owned(),
        }
    }

    fn label_or(&self, name: String) -> String {
        if self.screen.resource.column(&name).is_some() { label(self.w(), self.screen, &name) } else { name }
    }
}

fn kind_word(w: Words, line: &Line) -> String {
    w.maybe(&format!("term.actor.{}", line.actor_kind)).unwrap_or_else(|| line.actor_kind.clone())
}

/// Who was faster than somebody who tried to change a row.
pub(crate) struct Meanwhile {
    text: String,
    /// What is not as it was seen; without values where they are no words.
    changes: Vec<(String, Option<(String, String)>)>,
}

impl Meanwhile {
    /// Of the lines since the row was seen, the newest first; none where there are none. `reader` is whoever is told.
    pub(crate) fn of(
        chrome: &Chrome,
        zone: Tz,
        now: DateTime<Utc>,
        screen: &'static Screen,
        lines: &[Line],
        reader: i64,
    ) -> Option<Self> {
        let (newest, oldest) = lines.first().zip(lines.last())?;
        let w = chrome.w();
        let formats = Formats { w, zone, now };
        let when = formats.instant(newest.at);
        let is_user = newest.actor_kind == ActorKind::User.as_str();
        let text = match newest.actor_id == Some(reader) && is_user {
            true => w.with("ui.meanwhile.you", "when", when),
            false => {
                // A name is told of the company's own people alone: an operator has none here, nor has their program.
                let who = if is_user { newest.actor_name.clone() } else { who(w, newest) };
                t_with(w.0, "ui.meanwhile.who", &[("who", who.as_str()), ("when", when.as_str())])
            }
        };
        Some(Self { text, changes: plain(&formats, screen, oldest.before.as_ref(), newest.after.as_ref()) })
    }
}

/// Somebody without a name, within a sentence.
fn who(w: Words, line: &Line) -> String {
    w.maybe(&format!("ui.meanwhile.by.{}", line.actor_kind)).unwrap_or_else(|| kind_word(w, line))
}

/// What differs between two states of a row, of the fields that people know. Of numbers of other rows, and of rules, it is
/// said that they differ.
fn plain(
    formats: &Formats,
    screen: &'static Screen,
    before: Option<&Json>,
    after: Option<&Json>,
) -> Vec<(String, Option<(String, String)>)> {
    let both = before.and_then(Json::as_object).is_some() && after.and_then(Json::as_object).is_some();
    if !both {
        return Vec::new();
    }
    let teller = Teller { formats, screen, currency: Currency::EUR };
    let known = changes(before, after).into_iter().filter(|field| !QUIET.contains(&field.name.as_str()));
    let told = known.filter_map(|field| {
        let column = screen.resource.column(&field.name)?;
        let is_word = !matches!(column.kind, Kind::Ref(_) | Kind::Target | Kind::Object(_));
        let values = is_word.then(|| (teller.word(&field.name, &field.before), teller.word(&field.name, &field.after)));
        Some((label(formats.w, screen, &field.name), values))
    });
    told.collect()
}

impl Meanwhile {
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn changes(&self) -> &[(String, Option<(String, String)>)] {
        &self.changes
    }
}
