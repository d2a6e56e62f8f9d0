//! What a notification says, from its row.

use serde_json::Value;

use crate::i18n::{Lang, t_with};

/// So many letters a subject may have; what is beyond is cut off.
const SUBJECT: usize = 250;
/// So many bytes a body may have.
const BODY: usize = 256 << 10;

/// A notification as a provider gets it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Letter {
    /// What the program, its providers and receipts know it by. The same at every try.
    pub(super) reference: String,
    pub(super) recipient: String,
    /// The company's name.
    pub(super) company: String,
    pub(super) lang: Lang,
    pub(super) subject: String,
    pub(super) body: String,
    /// All of the payload, for providers that want more of it.
    pub(super) payload: Value,
    /// The number of this try, from 1.
    pub(super) attempt: i64,
}

/// The texts of a payload: subject, body and language. The company's language counts where the payload names none.
///
/// # Errors
/// Why it cannot be sent as it is.
pub(super) fn texts(payload: &Value, company: &str, locale: &str) -> Result<(String, String, Lang), &'static str> {
    let Value::Object(fields) = payload else { return Err("its payload is no JSON object") };
    let text = |key: &str| fields.get(key).and_then(Value::as_str);
    let named = ["locale", "language", "lang"].iter().find_map(|key| text(key)?.parse().ok());
    let lang: Lang = named.or_else(|| locale.parse().ok()).unwrap_or_default();
    let body =
        text("body").map(str::trim_end).filter(|body| !body.trim().is_empty()).ok_or("its payload has no body")?;
    if body.len() > BODY {
        return Err("its body is too long");
    }
    let subject = one_line(text("subject").unwrap_or_default());
    let subject = if subject.is_empty() { t_with(lang, "deliver.subject", &[("company", company)]) } else { subject };
    Ok((one_line(&subject), body.to_owned(), lang))
}

/// Text that cannot end a header and begin another.
pub(super) fn one_line(text: &str) -> String {
    let line: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    line.trim().chars().take(SUBJECT).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_payloads_language_counts_before_the_companys() {
        let of = |payload: Value, locale| texts(&payload, "Salon Ada", locale).unwrap();
        assert_eq!(
            of(json!({"subject": "Hallo", "body": "Text\n", "locale": "de_AT"}), "en"),
            ("Hallo".to_owned(), "Text".to_owned(), Lang::De)
        );
        assert_eq!(of(json!({"subject": "a", "body": "b", "lang": "xx"}), "en").2, Lang::En);
        assert_eq!(of(json!({"body": "b"}), "en").0, "Notification from Salon Ada");
        assert_eq!(of(json!({"subject": " ", "body": "b"}), "de").0, "Benachrichtigung von Salon Ada");
        assert_eq!(of(json!({"subject": 7, "body": "b"}), "??").0, "Benachrichtigung von Salon Ada");
    }

    #[test]
    fn a_payload_without_a_body_cannot_be_sent() {
        for payload in [json!(null), json!([]), json!("text"), json!({}), json!({"body": " \n"}), json!({"body": 1})] {
            assert!(texts(&payload, "A", "de").is_err(), "{payload}");
        }
        assert!(texts(&json!({"body": "x".repeat(BODY + 1)}), "A", "de").is_err());
    }

    #[test]
    fn a_subject_is_one_line() {
        let payload = json!({"subject": "a\r\nBcc: everybody@example.test\u{85}\0", "body": "b"});
        assert_eq!(texts(&payload, "A", "de").unwrap().0, "a  Bcc: everybody@example.test");
    }
}
