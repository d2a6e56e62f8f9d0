//! Lines of the audit log about a row, in words.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::Value as Json;

use super::cell::{amount, number, object};
use super::message::message;
use super::words::{flag, label, term};
use crate::audit::{self, ActorKind, Line};
use crate::i18n::t_with;
use crate::resource::{Column, Kind, Mentioned, Screen, instant, named_by, told_as};
use crate::web::view::audit::action_word;
use crate::web::view::chrome::Chrome;
use crate::web::view::format::{Formats, MISSING};
use crate::web::view::words::Words;

/// Fields whose change says nothing.
const QUIET: [&str; 6] = ["updated_at", "id", "created_at", "user_id", "company_id", "company"];

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
    /// The names of rows, and what amounts are in.
    pub(super) mentioned: &'a Mentioned,
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
        let fields = audit::changes(before, after).into_iter().filter(|field| !QUIET.contains(&field.name));
        let change = |field: audit::Field<'_>| {
            let (was, is) = (self.word(field.name, field.before, before), self.word(field.name, field.after, after));
            (self.label_or(field.name), was, is)
        };
        fields.map(change).filter(|(_, before, after)| before != after).collect()
    }

    fn w(&self) -> Words {
        self.formats.w
    }

    /// A value of the audit log, in words where they are known; `state` is what it is part of.
    fn word(&self, name: &str, value: &Json, state: Option<&Json>) -> String {
        let w = self.w();
        let column = told_as(self.screen.resource, name);
        if let Some((table, id)) = column.and_then(|it| named_by(self.screen.resource, it, state, value)) {
            return self.row(table, id);
        }
        match (column, value) {
            (_, Json::Null) => MISSING.to_owned(),
            (_, Json::Bool(on)) => flag(w, name, *on),
            (_, Json::String(text)) if text.trim().is_empty() => MISSING.to_owned(),
            (Some(column), value) => self.of_column(column, value).unwrap_or_else(|| plain(value)),
            (None, Json::String(text)) => self.alone(name, text),
            (None, value) => plain(value),
        }
    }

    /// A value of a column, as pages write it; none where it is no such value.
    fn of_column(&self, column: &Column, value: &Json) -> Option<String> {
        let (w, text) = (self.w(), value.as_str());
        Some(match column.kind {
            Kind::OneOf(_) => term(w, column, text?),
            Kind::Type(types) => {
                let word = types.iter().find(|names| names.contains(&text.unwrap_or_default()))?;
                term(w, column, word[0])
            }
            Kind::Money => self.formats.money(amount(value)?, self.mentioned.currency()),
            Kind::Int(..) => number(self.formats, column.name, value.as_i64()?),
            // What is kept of a row may leave out that it is UTC.
            Kind::Instant => self
                .formats
                .instant(instant(text?).or_else(|_| instant(&format!("{}Z", text.unwrap_or_default()))).ok()?),
            Kind::Object(_) if column.name == "payload" => message(self.formats, value),
            Kind::Object(_) if value.is_object() => object(self.formats, value, self.mentioned.currency()),
            _ => return None,
        })
    }

    /// A row by its name; by its number where it is gone, is another company's, or has none.
    fn row(&self, table: &'static str, id: i64) -> String {
        let named = self.mentioned.name(table, id).map(str::to_owned);
        named.unwrap_or_else(|| {
            let kind = Screen::of_table(table).map_or(table, |screen| screen.resource.thing.as_str());
            format!("{} {id}", self.w().t(&format!("term.thing.{kind}")))
        })
    }

    /// Text that stands in no column: how somebody likes the panel, say.
    fn alone(&self, name: &str, text: &str) -> String {
        let w = self.w();
        let widget = |key: &str| {
            let title = |key: &str| w.maybe(&format!("widget.{key}.title")).unwrap_or_else(|| key.to_owned());
            key.strip_prefix('-').map_or_else(|| title(key), |key| w.with("ui.record.hidden", "what", title(key)))
        };
        if name == "dashboard" {
            return text.split(',').map(widget).collect::<Vec<_>>().join(", ");
        }
        w.maybe(&format!("term.{name}.{}", text.replace(' ', "_"))).unwrap_or_else(|| text.to_owned())
    }

    fn label_or(&self, name: &str) -> String {
        let own = self.w().maybe(&format!("ui.field.{}.{name}", self.screen.name));
        own.or_else(|| self.w().maybe(&format!("ui.field.{name}"))).unwrap_or_else(|| name.to_owned())
    }
}

/// A value for which there are no words.
fn plain(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Array(values) => values.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
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
        (lines, mentioned): (&[Line], &Mentioned),
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
        let teller = Teller { formats: &formats, screen, mentioned };
        Some(Self { text, changes: differing(&teller, oldest.before.as_ref(), newest.after.as_ref()) })
    }
}

/// Somebody without a name, within a sentence.
fn who(w: Words, line: &Line) -> String {
    w.maybe(&format!("ui.meanwhile.by.{}", line.actor_kind)).unwrap_or_else(|| kind_word(w, line))
}

/// What differs between two states of a row, of the fields that people know. Of rules it is said that they differ.
fn differing(
    teller: &Teller<'_>,
    before: Option<&Json>,
    after: Option<&Json>,
) -> Vec<(String, Option<(String, String)>)> {
    let both = before.is_some_and(Json::is_object) && after.is_some_and(Json::is_object);
    if !both {
        return Vec::new();
    }
    let known = audit::changes(before, after).into_iter().filter(|field| !QUIET.contains(&field.name));
    let told = known.filter_map(|field| {
        let column = teller.screen.resource.column(field.name)?;
        let is_word = !matches!(column.kind, Kind::Object(_));
        let word = |value: &Json, state| teller.word(field.name, value, state);
        let values = is_word.then(|| (word(field.before, before), word(field.after, after)));
        Some((label(teller.w(), teller.screen, field.name), values))
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
