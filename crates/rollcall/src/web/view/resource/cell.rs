//! A value of a row, as a page shows it.

use rust_decimal::Decimal;
use serde_json::{Map, Value as Json};

use super::message::message;
use super::words::{flag, term};
use crate::analytics::currency::Currency;
use crate::audit::ActorKind;
use crate::resource::{Beside, Column, Kind, SCREENS, Screen, has_name, instant};
use crate::web::view::audit::action_word;
use crate::web::view::chrome::Chrome;
use crate::web::view::format::{Formats, MISSING};
use crate::web::view::words::{Icon, status_class, status_icon};
use crate::widget::panel::Status;

/// A value.
#[derive(Debug)]
pub(super) struct Cell {
    pub(super) shown: String,
    pub(super) look: Look,
    /// Where what it names has a page of its own.
    pub(super) href: Option<String>,
}

/// How it is shown.
#[derive(Debug)]
pub(super) enum Look {
    Text,
    /// A sentence, which breaks into lines.
    Long,
    /// An address, which has nowhere to break.
    Address,
    Number,
    /// A word with a sign and a colour.
    Tag {
        class: &'static str,
        icon: Icon,
    },
    /// An instant: for machines, and exactly; `fixed` is one that is not said as how long ago it was.
    Time {
        raw: String,
        exact: String,
        fixed: bool,
    },
}

impl Cell {
    pub(super) fn text(shown: String) -> Self {
        let long = shown.chars().count() > 34;
        let address = shown.contains('@') && !shown.contains(char::is_whitespace);
        let look = if address {
            Look::Address
        } else if long {
            Look::Long
        } else {
            Look::Text
        };
        Self { shown, look, href: None }
    }

    fn missing() -> Self {
        Self { shown: MISSING.to_owned(), look: Look::Text, href: None }
    }

    fn tag(shown: String, status: Status) -> Self {
        let look = Look::Tag { class: status_class(status), icon: status_icon(status) };
        Self { shown, look, href: None }
    }

    fn number(shown: String) -> Self {
        Self { shown, look: Look::Number, href: None }
    }

    /// The class of its place in a table.
    pub(super) fn class(&self) -> &'static str {
        match self.look {
            Look::Number => "number",
            Look::Long => "long",
            Look::Address => "clip",
            _ => "",
        }
    }
}

/// Where rows have their pages, for whoever looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Links<'a>(pub(super) &'a Chrome);

impl Links<'_> {
    /// The page of a row; none where whoever looks may not see it.
    pub(super) fn to(self, screen: &Screen, id: i64) -> Option<String> {
        let allowed = self.0.viewer.role >= screen.sees;
        allowed.then(|| self.0.in_company(&format!("{}/{id}", screen.path())))
    }
}

/// The value of a column of a row.
pub(super) fn cell(
    (f, links): (&Formats, Links<'_>),
    column: &Column,
    row: &Map<String, Json>,
    beside: &Beside,
) -> Cell {
    let value = row.get(column.name).unwrap_or(&Json::Null);
    let text = value.as_str();
    match (column.kind, value) {
        (_, Json::Null) | (Kind::Password, _) => none(f, column.name),
        (Kind::Flag, value) => {
            let on = value.as_bool().unwrap_or_default();
            let shown = flag(f.w, column.name, on);
            match column.name {
                "is_override" => Cell::text(shown),
                _ => Cell::tag(shown, if on { Status::Good } else { Status::Neutral }),
            }
        }
        (Kind::OneOf(_), _) => {
            let word = text.unwrap_or_default();
            match status_of(column.name, word) {
                Some(status) => Cell::tag(term(f.w, column, word), status),
                None => Cell::text(term(f.w, column, word)),
            }
        }
        (Kind::Type(_), _) => Cell::text(term(f.w, column, text.unwrap_or_default())),
        (Kind::Int(..), value) => Cell::number(number(f, column.name, value.as_i64().unwrap_or_default())),
        (Kind::Money, _) => {
            let amount = text.and_then(|text| text.parse().ok()).unwrap_or_default();
            Cell::number(f.money(amount, currency(beside)))
        }
        (Kind::Instant, _) => time(f, column.name, text.unwrap_or_default()),
        (Kind::Ref(_) | Kind::Target, value) => named((f, links), column, value, row, beside),
        (Kind::Object(_), value) if column.name == "payload" => Cell::text(message(f, value)),
        (Kind::Object(_), value) => Cell::text(object(f, value, currency(beside))),
        // What Rollcall did by itself has the name of a job, which means nothing to whoever reads it.
        (Kind::Text(_), _) if column.name == "actor_name" && is_job(row) => Cell::text(f.w.t("term.actor.job")),
        (Kind::Text(_), _) if column.name == "action" => Cell::text(action_word(f.w, text.unwrap_or_default())),
        (Kind::Text(_), _) if text == Some("") => Cell::missing(),
        (Kind::Text(_) | Kind::Email | Kind::Long, _) => Cell::text(text.unwrap_or_default().to_owned()),
    }
}

/// What it means where nothing stands in a column.
fn none(f: &Formats, column: &str) -> Cell {
    f.w.maybe(&format!("ui.field.{column}.none")).map_or_else(Cell::missing, Cell::text)
}

fn is_job(row: &Map<String, Json>) -> bool {
    row.get("actor_kind").and_then(Json::as_str) == Some(ActorKind::Job.as_str())
}

/// The name of what a column names, and where it is; its number where it is gone, or has no name.
fn named(
    (f, links): (&Formats, Links<'_>),
    column: &Column,
    id: &Json,
    row: &Map<String, Json>,
    beside: &Beside,
) -> Cell {
    let of = row.get(&column.name.replace("_id", "_type")).and_then(Json::as_str).unwrap_or_default();
    let screen = match column.kind {
        Kind::Ref(table) => Screen::of_table(table),
        _ => SCREENS.into_iter().find(|screen| screen.resource.thing.as_str() == of),
    };
    let kind = screen.map_or(of, |screen| screen.resource.thing.as_str());
    let thing = f.w.maybe(&format!("term.thing.{kind}")).unwrap_or_else(|| kind.to_owned());
    let name = beside.get(column.name).cloned();
    let is_there = name.is_some() || matches!(column.kind, Kind::Ref(table) if !has_name(table));
    let shown = match (name, column.kind) {
        (Some(name), Kind::Target) if column.name != "notifiable_id" => format!("{name} ({thing})"),
        (Some(name), _) => name,
        (None, _) => format!("{thing} {id}"),
    };
    let href = screen.filter(|_| is_there).zip(id.as_i64()).and_then(|(screen, id)| links.to(screen, id));
    Cell { href, ..Cell::text(shown) }
}

pub(super) fn number(f: &Formats, column: &str, n: i64) -> String {
    match column {
        "duration_minutes" => format!("{} min", f.count(n)),
        // A number that counts nothing.
        "actor_id" | "subject_id" => n.to_string(),
        _ => f.count(n),
    }
}

fn time(f: &Formats, column: &str, text: &str) -> Cell {
    let Ok(at) = instant(text) else { return Cell::text(text.to_owned()) };
    let fixed = matches!(column, "starts_at" | "ends_at" | "scheduled_at" | "expires_at");
    let look = Look::Time { raw: text.to_owned(), exact: f.exact(at), fixed };
    Cell { shown: f.instant(at), look, href: None }
}

/// What a row's amounts are counted in.
pub(super) fn currency(beside: &Beside) -> Currency {
    beside.get("currency").map_or(Currency::EUR, |code| Currency::of(code))
}

/// What a word means for who reads it.
fn status_of(column: &str, word: &str) -> Option<Status> {
    if column != "status" {
        return None;
    }
    Some(match word {
        "completed" | "sent" | "delivered" => Status::Good,
        "failed" | "no_show" => Status::Bad,
        _ => Status::Neutral,
    })
}

/// The number that a value is, be it written as text.
pub(super) fn amount(value: &Json) -> Option<Decimal> {
    match value {
        Json::String(text) => text.parse().ok(),
        value => value.to_string().parse().ok(),
    }
}

/// What a policy's `config` says, in a line; of any other object its text.
pub(super) fn object(f: &Formats, value: &Json, currency: Currency) -> String {
    let Some(config) = value.as_object() else { return value.to_string() };
    let plain = |n: Decimal| f.decimal(n, n.normalize().scale().min(2));
    let mut parts = Vec::new();
    for (key, value) in config.iter().filter(|(_, value)| !value.is_null()) {
        let shown = match (key.as_str(), value) {
            ("fee_tiers", Json::Array(tiers)) => {
                let tier = |tier: &Json| {
                    let part = |name: &str| tier.get(name).and_then(amount).unwrap_or_default();
                    let fee = f.money(part("fee"), currency);
                    f.w.with("ui.config.tier", "n", plain(part("min_hours"))).replace("%{fee}", &fee)
                };
                tiers.iter().map(tier).collect::<Vec<_>>().join(", ")
            }
            ("fee", value) => amount(value).map_or_else(|| value.to_string(), |fee| f.money(fee, currency)),
            (_, Json::String(text)) => amount(value).map_or_else(|| text.clone(), plain),
            (_, value) => amount(value).map_or_else(|| value.to_string(), plain),
        };
        let form = if amount(value) == Some(Decimal::ONE) { "one" } else { "other" };
        let sentence = [format!("ui.config.{key}"), format!("ui.config.{key}.{form}")];
        match sentence.iter().find(|sentence| f.w.maybe(sentence).is_some()) {
            Some(sentence) => parts.push(f.w.with(sentence, "n", shown)),
            None => parts.push(format!("{key}: {shown}")),
        }
    }
    if parts.is_empty() { f.w.t("ui.config.default") } else { parts.join(" · ") }
}
