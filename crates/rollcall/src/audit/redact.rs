//! What never stands in the audit log: secrets, and what would fill it.

use serde_json::{Map, Value, json};

/// The longest text of a state, in bytes.
const LONGEST: usize = 16 * 1024;
/// Where a state is longer: so many characters of each text are kept,
const LETTERS: usize = 200;
/// and so many values of each list.
const VALUES: usize = 20;
/// Whose values are left out, wherever the name has one of these in it.
const SECRET: [&str; 5] = ["password", "secret", "token", "hash", "authorization"];

/// A state as it is written down.
pub(super) fn text(state: &Value) -> String {
    let state = redacted(state);
    let text = state.to_string();
    if text.len() <= LONGEST {
        return text;
    }
    let short = shortened(&state).to_string();
    // Thousands of fields, which no table of ours has.
    if short.len() <= LONGEST { short } else { json!({ "left_out_bytes": text.len() }).to_string() }
}

/// The same with what is long cut off, and how much of it there was.
fn shortened(state: &Value) -> Value {
    match state {
        Value::String(text) => match text.char_indices().nth(LETTERS) {
            Some((end, _)) => format!("{}… ({} bytes)", &text[..end], text.len()).into(),
            None => state.clone(),
        },
        Value::Array(values) => {
            let more = values.len().saturating_sub(VALUES);
            let kept = values.iter().take(VALUES).map(shortened);
            kept.chain((more > 0).then(|| format!("… ({more} more)").into())).collect()
        }
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), shortened(value))).collect(),
        other => other.clone(),
    }
}

fn redacted(state: &Value) -> Value {
    match state {
        Value::Object(fields) => Value::Object(fields.iter().map(field).collect::<Map<_, _>>()),
        Value::Array(values) => values.iter().map(redacted).collect(),
        other => other.clone(),
    }
}

fn field((name, value): (&String, &Value)) -> (String, Value) {
    let lower = name.to_lowercase();
    let secret = SECRET.iter().any(|word| lower.contains(word)) && !value.is_null();
    (name.clone(), if secret { json!("…") } else { redacted(value) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_left_out_wherever_they_stand() {
        let state = json!({"name": "Ada", "password": "$argon2id$x", "list": [{"API_Token": "t", "remember_token": null}],
            "deep": {"webhook_secret": {"key": "k"}, "keyhash": 7}});
        let text = text(&state);
        for secret in ["argon2id", "\"t\"", "\"k\"", "7"] {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
        assert!(text.contains("Ada") && text.contains("\"remember_token\":null"), "{text}");
    }

    #[test]
    fn of_what_is_too_long_the_beginning_is_kept_and_what_is_short_is_whole() {
        let cut = |state: &Value| serde_json::from_str::<Value>(&text(state)).unwrap();
        let tiers: Vec<_> = (0..4_000).collect();
        let state = json!({"name": "Ada", "notes": "ä".repeat(20_000), "config": {"tiers": tiers, "password": "x"}});
        let expected = json!({"name": "Ada", "notes": format!("{}… (40000 bytes)", "ä".repeat(200)),
            "config": {"tiers": (0..20).map(Value::from).chain([json!("… (3980 more)")]).collect::<Vec<_>>(), "password": "…"}});
        assert_eq!(cut(&state), expected);
        let long = "y".repeat(2_000);
        assert_eq!(cut(&json!({"notes": long})), json!({"notes": long}), "only where all of it is too long");
        let fields: Map<_, _> = (0..4_000).map(|n| (format!("field {n}"), json!(n))).collect();
        assert!(cut(&Value::Object(fields))["left_out_bytes"].as_u64().unwrap() > 16 * 1024);
    }
}
