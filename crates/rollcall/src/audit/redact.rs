//! What never stands in the audit log: secrets, and what would fill it.

use serde_json::{Map, Value, json};

/// The longest text of a state, in bytes.
const LONGEST: usize = 16 * 1024;
/// Whose values are left out, wherever the name has one of these in it.
const SECRET: [&str; 5] = ["password", "secret", "token", "hash", "authorization"];

/// A state as it is written down.
pub(super) fn text(state: &Value) -> String {
    let text = redacted(state).to_string();
    if text.len() <= LONGEST { text } else { json!({ "left_out_bytes": text.len() }).to_string() }
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
    fn what_is_too_long_is_told_by_its_length() {
        let text = text(&json!({"config": "x".repeat(20_000)}));
        assert_eq!(text, json!({"left_out_bytes": 20_013}).to_string());
    }
}
