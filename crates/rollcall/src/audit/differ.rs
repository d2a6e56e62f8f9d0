//! What differs between the two states of a line.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// A field that a change touched: what stood there, and what stands there now; null where that is nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Field<'a> {
    pub(crate) name: &'a str,
    pub(crate) before: &'a Value,
    pub(crate) after: &'a Value,
}

/// The fields that differ; of states that are no objects, the whole, without a name. What is written differently and means the same does
/// not differ: a number may be text.
pub(crate) fn changes<'a>(before: Option<&'a Value>, after: Option<&'a Value>) -> Vec<Field<'a>> {
    let (before, after) = (before.unwrap_or(&Value::Null), after.unwrap_or(&Value::Null));
    if !before.is_object() && !after.is_object() {
        let whole = Field { name: "", before, after };
        return Some(whole).filter(differs).into_iter().collect();
    }
    let names = [before, after].into_iter().filter_map(Value::as_object).flat_map(Map::keys);
    let names: BTreeSet<&String> = names.collect();
    let of = |state: &'a Value, name: &str| state.get(name).unwrap_or(&Value::Null);
    names
        .into_iter()
        .map(|name| Field { name, before: of(before, name), after: of(after, name) })
        .filter(differs)
        .collect()
}

fn differs(field: &Field<'_>) -> bool {
    plain(field.before) != plain(field.after)
}

/// A value as text; null as none.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_differs_is_told_and_no_more() {
        let (before, after) =
            (json!({"a": 1, "b": "x", "c": null, "e": 7}), json!({"a": 1, "b": "y", "d": [2], "e": "7"}));
        let fields = changes(Some(&before), Some(&after));
        let shown: Vec<_> = fields.iter().map(|it| format!("{}:{}>{}", it.name, it.before, it.after)).collect();
        assert_eq!(shown, ["b:\"x\">\"y\"", "d:null>[2]"]);
        assert_eq!(changes(None, None).len(), 0);
        assert_eq!(changes(Some(&json!("x")), None).len(), 1);
    }
}
