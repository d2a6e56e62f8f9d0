//! Lines of the audit log, in words.

use std::collections::BTreeSet;

use serde_json::Value;

use super::format::MISSING;
use super::words::Words;

/// A field that a change touched.
pub(super) struct Field {
    pub(super) name: String,
    pub(super) before: String,
    pub(super) after: String,
}

/// What was done, in words: `appointment.cancelled` is about an appointment, which is said beside it.
pub(super) fn action_word(w: Words, action: &str) -> String {
    let Some((thing, verb)) = action.split_once('.') else { return action.to_owned() };
    if thing == "security" {
        return security_word(w, verb);
    }
    w.maybe(&format!("term.verb.{verb}")).unwrap_or_else(|| action.to_owned())
}

/// What was tried, in words.
pub(super) fn security_word(w: Words, kind: &str) -> String {
    w.maybe(&format!("term.security.{kind}")).unwrap_or_else(|| kind.to_owned())
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
    use crate::audit::ActorKind;
    use crate::events::{Thing, Verb};
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
