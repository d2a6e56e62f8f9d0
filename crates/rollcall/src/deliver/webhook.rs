//! SMS, WhatsApp and push messages: to a provider's URL, signed.
//!
//! The URL comes from the settings alone, and no answer leads anywhere else.

use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use secrecy::SecretString;
use serde_json::{Value, json};
use url::Url;

use super::letter::Letter;
use super::outcome::{Outcome, causes};
use super::{Channel, SetupError, sign};
use crate::clock::Clock;
use crate::config::Config;

/// So many bytes of an answer are read.
const ANSWER: usize = 64 << 10;
/// So many letters an id may have that a provider gives.
const ID: usize = 255;

/// A provider of one channel.
#[derive(Debug)]
pub(super) struct Webhook {
    channel: Channel,
    url: Url,
    secret: SecretString,
    client: Client,
    clock: Clock,
}

/// What all providers are asked by.
///
/// # Errors
/// Where TLS cannot be set up.
pub(super) fn client(config: &Config) -> Result<Client, SetupError> {
    // The host's one choice of arithmetic; another part of the program may have made the same one before.
    let _made_before = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .timeout(config.deliver.timeout)
        .user_agent(concat!("rollcall/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(SetupError::Http)
}

impl Webhook {
    /// The provider of `channel`; none where the settings name none.
    pub(super) fn new(config: &Config, channel: Channel, client: &Client, clock: &Clock) -> Option<Self> {
        let (url, secret) = (config.webhook.url(channel)?.clone(), config.webhook.secret.clone()?);
        Some(Self { channel, url, secret, client: client.clone(), clock: clock.clone() })
    }

    /// Sends a letter.
    pub(super) async fn send(&self, letter: &Letter) -> Outcome {
        let body = json!({
            "id": letter.reference,
            "channel": self.channel.as_str(),
            "to": letter.recipient,
            "from": letter.company,
            "subject": letter.subject,
            "body": letter.body,
            "language": letter.lang.as_str(),
            "attempt": letter.attempt,
            "data": letter.payload,
        })
        .to_string();
        let now = self.clock.now().timestamp();
        let request = self
            .client
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header("idempotency-key", &letter.reference)
            .header(sign::TIMESTAMP, now.to_string())
            .header(sign::SIGNATURE, sign::signature(&self.secret, now, body.as_bytes()))
            .body(body);
        match request.send().await {
            Ok(answer) => judge(answer).await,
            // What went wrong may name the URL, which may hold a token.
            Err(error) => Outcome::trouble(causes(&error.without_url())),
        }
    }
}

async fn judge(mut answer: Response) -> Outcome {
    let status = answer.status();
    let wait = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse::<i64>().ok());
    let body = match read(&mut answer).await {
        Ok(body) => body,
        Err(error) => return Outcome::trouble(format!("its answer broke off: {}", causes(&error.without_url()))),
    };
    if status.is_success() {
        return taken(&body);
    }
    let said = String::from_utf8_lossy(body.get(..200).unwrap_or(&body)).trim().to_owned();
    let why = if said.is_empty() { format!("HTTP {status}") } else { format!("HTTP {status}: {said}") };
    match status {
        StatusCode::TOO_MANY_REQUESTS => Outcome::Later { why, wait, trouble: true },
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY => Outcome::later(why),
        // The program's own right to ask, or the URL: that concerns every notification, and none of them is at fault.
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND | StatusCode::GONE => {
            Outcome::Later { why, wait, trouble: true }
        }
        status if status.is_client_error() => Outcome::never(why),
        status if status.is_redirection() => Outcome::trouble(format!("{why} (redirections are not followed)")),
        _ => Outcome::Later { why, wait, trouble: true },
    }
}

async fn read(answer: &mut Response) -> Result<Vec<u8>, reqwest::Error> {
    let mut body = Vec::new();
    while body.len() < ANSWER
        && let Some(chunk) = answer.chunk().await?
    {
        body.extend_from_slice(&chunk);
    }
    body.truncate(ANSWER);
    Ok(body)
}

/// What the provider calls it. A body that is neither empty nor an object is none of a provider: whoever answers every
/// request with a page of its own has taken nothing.
fn taken(body: &[u8]) -> Outcome {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Outcome::Sent { id: None };
    }
    let Ok(Value::Object(fields)) = serde_json::from_slice(body) else {
        return Outcome::trouble("it answers something else than a JSON object");
    };
    let id = ["id", "message_id"].iter().find_map(|key| match fields.get(*key)? {
        Value::String(id) => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    });
    let fits = |id: &String| !id.is_empty() && id.chars().count() <= ID && !id.chars().any(char::is_control);
    Outcome::Sent { id: id.filter(fits) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_may_say_what_it_calls_a_message() {
        let id = |body: &str| taken(body.as_bytes());
        assert_eq!(id(r#"{"id": "m-1"}"#), Outcome::Sent { id: Some("m-1".to_owned()) });
        assert_eq!(id(r#"{"message_id": 17}"#), Outcome::Sent { id: Some("17".to_owned()) });
        for nothing in ["", " \n", "{}", r#"{"id": ""}"#, r#"{"id": ["a"]}"#, r#"{"id": "a\nb"}"#] {
            assert_eq!(id(nothing), Outcome::Sent { id: None }, "{nothing}");
        }
        assert_eq!(id(&format!(r#"{{"id": "{}"}}"#, "x".repeat(256))), Outcome::Sent { id: None });
    }

    #[test]
    fn an_answer_that_is_no_providers_is_no_success() {
        for nonsense in ["<html>Welcome</html>", "ok", "[]", "17", "{", "\u{0}"] {
            assert_eq!(taken(nonsense.as_bytes()).is_trouble(), Some(true), "{nonsense}");
        }
    }
}
