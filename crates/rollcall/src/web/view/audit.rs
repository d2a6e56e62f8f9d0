//! `/admin/audit`: who changed what.

use std::collections::BTreeSet;

use askama::Template;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::Value;

use super::attempts::security_word;
use super::chrome::Chrome;
use super::format::{Formats, MISSING};
use super::query::PageQuery;
use super::words::Words;
use crate::audit::{ActorKind, Filter, Line};
use crate::events::Thing;

/// The page.
#[derive(Template)]
#[template(path = "audit.html")]
pub struct AuditPage {
    w: Words,
    chrome: Chrome,
    formats: Formats,
    filter: Filter,
    rows: Vec<Row>,
    older: Option<String>,
    newest: Option<String>,
}

struct Row {
    ago: String,
    exact: String,
    who: String,
    from: String,
    what: String,
    action: String,
    changes: Vec<Field>,
}

/// A field that a change touched.
pub(super) struct Field {
    pub(super) name: String,
    pub(super) before: String,
    pub(super) after: String,
}

/// A choice of a filter.
struct Choice {
    value: &'static str,
    label: String,
    chosen: bool,
}

/// Where the page is.
const PAGE: &str = "/admin/audit";

impl AuditPage {
    /// The page without its lines; `filter` is what was asked for.
    #[must_use]
    pub fn new(chrome: Chrome, zone: Tz, now: DateTime<Utc>, filter: &Filter) -> Self {
        let w = chrome.w();
        let formats = Formats { w, zone, now };
        let filter = filter.clone();
        Self { w, chrome, formats, filter, rows: Vec::new(), older: None, newest: None }
    }

    /// With its lines; older ones begin before the line of number `next`.
    #[must_use]
    pub fn lines(mut self, lines: &[Line], next: Option<i64>) -> Self {
        let query = self.chrome.viewer.query();
        let without: PageQuery = query.without(|name| name == "before").cloned().collect();
        self.older = next.map(|next| without.url(PAGE, &[("before".to_owned(), next.to_string())]));
        self.newest = self.filter.before.map(|_| without.url(PAGE, &[]));
        self.rows = lines.iter().map(|line| self.row(line)).collect();
        self
    }

    /// The page's HTML.
    ///
    /// # Errors
    /// Where a template cannot be written, which is a fault of the program.
    pub fn html(&self) -> Result<String, askama::Error> {
        self.render()
    }

    fn row(&self, line: &Line) -> Row {
        let w = self.w;
        let kind = w.maybe(&format!("term.actor.{}", line.actor_kind)).unwrap_or_else(|| line.actor_kind.clone());
        let number = |id: Option<i64>| id.map_or_else(String::new, |id| format!(" {id}"));
        let name = if line.actor_name.is_empty() { kind.clone() } else { line.actor_name.clone() };
        Row {
            ago: self.formats.ago(line.at),
            exact: self.formats.exact(line.at),
            who: name,
            from: format!(
                "{kind}{}{}",
                number(line.actor_id),
                line.address.as_ref().map_or_else(String::new, |it| format!(" · {it}"))
            ),
            what: format!("{}{}", thing_word(w, &line.subject_kind), number(line.subject_id)),
            action: action_word(w, &line.action),
            changes: changes(line.before.as_ref(), line.after.as_ref()),
        }
    }

    fn things(&self) -> Vec<Choice> {
        let names = Thing::ALL.map(Thing::as_str).into_iter().chain(["security"]);
        let chosen = self.filter.subject_kind.as_deref();
        let choice = |value| Choice { value, label: thing_word(self.w, value), chosen: chosen == Some(value) };
        names.map(choice).collect()
    }

    fn actors(&self) -> Vec<Choice> {
        let choice = |kind: ActorKind| Choice {
            value: kind.as_str(),
            label: self.w.t(&format!("term.actor.{}", kind.as_str())),
            chosen: self.filter.actor_kind == Some(kind),
        };
        ActorKind::ALL.map(choice).into()
    }

    fn typed(&self, name: &str) -> String {
        match name {
            "action" => self.filter.action.clone().unwrap_or_default(),
            "subject_id" => self.filter.subject_id.map_or_else(String::new, |id| id.to_string()),
            _ => self.filter.actor_id.map_or_else(String::new, |id| id.to_string()),
        }
    }

    /// An operator stays with the company that they chose.
    fn company(&self) -> Option<i64> {
        self.chrome.operators_company()
    }
}

fn thing_word(w: Words, thing: &str) -> String {
    w.maybe(&format!("term.thing.{thing}")).unwrap_or_else(|| thing.to_owned())
}

/// What was done, in words: `appointment.cancelled` is about an appointment, which is said beside it.
pub(super) fn action_word(w: Words, action: &str) -> String {
    let Some((thing, verb)) = action.split_once('.') else { return action.to_owned() };
    if thing == "security" {
        return security_word(w, verb);
    }
    w.maybe(&format!("term.verb.{verb}")).unwrap_or_else(|| action.to_owned())
}

/// The fields that differ; of a state that is no object, the whole.
pub(super) fn changes(before: Option<&Value>, after: Option<&Value>) -> Vec<Field> {
    let object = |state: Option<&Value>| state.and_then(Value::as_object).cloned();
    let (was, is) = (object(before), object(after));
    let shown = |value: Option<&Value>| match value {
        None | Some(Value::Null) => MISSING.to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    };
    if was.is_none() && is.is_none() {
        let whole = before.is_some() || after.is_some();
        let field = Field { name: String::new(), before: shown(before), after: shown(after) };
        return whole.then_some(field).into_iter().collect();
    }
    let (was, is) = (was.unwrap_or_default(), is.unwrap_or_default());
    let names: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    let differ = names.into_iter().filter(|name| was.get(*name) != is.get(*name));
    differ
        .map(|name| Field { name: name.clone(), before: shown(was.get(name)), after: shown(is.get(name)) })
        .filter(|field| field.before != field.after)
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::events::Verb;
    use crate::i18n::Lang;

    #[test]
    fn every_thing_verb_and_actor_has_its_word_in_both_languages() {
        for w in Lang::ALL.map(Words::of) {
            for thing in Thing::ALL {
                assert!(w.maybe(&format!("term.thing.{}", thing.as_str())).is_some(), "{thing:?}");
            }
            for verb in Verb::ALL {
                assert!(w.maybe(&format!("term.verb.{}", verb.as_str())).is_some(), "{verb:?}");
            }
            for kind in ActorKind::ALL {
                assert!(w.maybe(&format!("term.actor.{}", kind.as_str())).is_some(), "{kind:?}");
            }
        }
    }

    #[test]
    fn what_differs_is_shown_and_no_more() {
        let fields = changes(Some(&json!({"a": 1, "b": "x", "c": null})), Some(&json!({"a": 1, "b": "y", "d": [2]})));
        let shown: Vec<_> = fields.iter().map(|it| format!("{}:{}>{}", it.name, it.before, it.after)).collect();
        assert_eq!(shown, ["b:x>y", "d:–>[2]"]);
        assert_eq!(changes(None, None).len(), 0);
        assert_eq!(changes(Some(&json!("x")), None).len(), 1);
    }
}
