//! The message of a notification, in a line.

use serde_json::Value as Json;

use crate::web::view::format::{Formats, MISSING};
use crate::web::view::words::Words;

/// What is read first.
const FIRST: [&str; 2] = ["subject", "body"];

/// What a message says, part by part, each with what it is called; of what is no message its text.
pub(super) fn message(f: &Formats, value: &Json) -> String {
    let Some(parts) = value.as_object() else { return value.to_string() };
    let first = FIRST.into_iter().filter_map(|name| parts.get_key_value(name));
    let others = parts.iter().filter(|(name, _)| !FIRST.contains(&name.as_str()));
    let said = first.chain(others).filter(|(_, value)| !value.is_null());
    let said: Vec<_> =
        said.map(|(name, value)| format!("{}: {}", label(f.w, name), said_by(f.w, name, value))).collect();
    if said.is_empty() { MISSING.to_owned() } else { said.join(" · ") }
}

fn label(w: Words, name: &str) -> String {
    w.maybe(&format!("ui.payload.{name}")).unwrap_or_else(|| name.to_owned())
}

fn said_by(w: Words, name: &str, value: &Json) -> String {
    let word = |vocabulary: &str, word: &str| w.maybe(&format!("term.{vocabulary}.{word}"));
    match (name, value) {
        ("event", Json::String(event)) => word("event_type", event).unwrap_or_else(|| event.clone()),
        ("locale", Json::String(locale)) => word("locale", locale).unwrap_or_else(|| locale.clone()),
        (_, Json::String(text)) => text.clone(),
        (_, other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use serde_json::json;

    use super::*;
    use crate::i18n::Lang;

    #[test]
    fn a_message_is_told_with_its_subject_first_in_either_language() {
        let of = |lang, value: &Json| {
            message(&Formats { w: Words::of(lang), zone: chrono_tz::UTC, now: DateTime::UNIX_EPOCH }, value)
        };
        let whole = json!({"body": "Bis bald", "subject": "Ihr Termin", "event": "appointment_booked",
            "appointment_id": 7, "locale": "de", "odd": [1], "nothing": null});
        assert_eq!(
            of(Lang::De, &whole),
            "Betreff: Ihr Termin · Text: Bis bald · Termin: 7 · Ereignis: Termin gebucht · Sprache: Deutsch · odd: [1]"
        );
        let english = of(Lang::En, &whole);
        assert!(english.starts_with("Subject: Ihr Termin · Text: Bis bald · "), "{english}");
        assert_eq!(of(Lang::En, &json!({})), "–");
        assert_eq!(of(Lang::En, &json!("x")), "\"x\"");
    }
}
