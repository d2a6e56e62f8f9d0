//! `POST /api/v1/receipts`: a provider says what became of a message that it took. `docs/notifications.md` is its manual.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value as Json, json};

use super::context::Context;
use super::error::AsIs;
use crate::app::App;
use crate::audit::Actor;
use crate::deliver::receipt::{self, Effect, Receipt};
use crate::deliver::sign;
use crate::security::{self, Attempt};

/// So long a receipt's own id may be.
const ID: usize = 255;

/// Takes a receipt. Whether there is such a notification, and whose it is, the answer does not tell.
pub(super) async fn receive(
    State(app): State<App>,
    Extension(context): Extension<Context>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    // Where nobody can sign, there is no such page.
    let Some(secret) = &app.config.webhook.secret else { return StatusCode::NOT_FOUND.into_response() };
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let now = app.clock.now().timestamp();
    if let Err(refusal) = sign::verify(secret, header(sign::TIMESTAMP), header(sign::SIGNATURE), &body, now) {
        return forged(&app, &context, now, refusal.as_str()).await;
    }
    let receipt: Receipt = match serde_json::from_slice::<Receipt>(&body) {
        Ok(receipt) if receipt.receipt.is_empty() || receipt.receipt.chars().count() > ID => {
            return problem(&context, StatusCode::BAD_REQUEST, "`receipt` must have 1 to 255 characters");
        }
        Ok(receipt) => receipt,
        Err(error) => return problem(&context, StatusCode::BAD_REQUEST, &error.to_string()),
    };
    match receipt::take(&app, &receipt, context.address).await {
        Ok(effect) => {
            app.deliveries.receipt(true);
            if effect == Effect::Unknown {
                tracing::warn!(id = receipt.id, "a receipt speaks of a notification that there is not");
            }
            StatusCode::NO_CONTENT.into_response()
        }
        Err(error) => {
            tracing::error!(%error, "a receipt could not be noted");
            problem(&context, StatusCode::SERVICE_UNAVAILABLE, "send it again")
        }
    }
}

/// Refuses a receipt whose signature does not hold. Writing that down takes a transaction, and whoever forges needs none:
/// an address that forges again and again is answered from memory. One whose signature holds never comes here.
async fn forged(app: &App, context: &Context, now: i64, why: &str) -> Response {
    app.deliveries.receipt(false);
    if let Some(standing) = app.limits.suspected(context.address, now, app.config.api.wrong_tokens_per_minute) {
        let detail = "too many wrong signatures or tokens from this address";
        let mut response = problem(context, StatusCode::TOO_MANY_REQUESTS, detail);
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(standing.reset));
        return response;
    }
    app.limits.wrong(context.address, now);
    let from = context.address.map_or_else(|| "nowhere".to_owned(), |address| address.to_string());
    let (actor, subject) = (Actor::nobody(context.address), format!("receipt from {from}"));
    security::record(app, &actor, Attempt::WrongSignature, None, &subject, why).await;
    problem(context, StatusCode::UNAUTHORIZED, "the signature does not hold for this body and this time")
}

/// The description of the route: it is not the API's, brings no token, and proves itself by its signature.
pub(super) fn describe() -> Json {
    let header = |name: &str, pattern: &str, what: &str| {
        json!({ "name": name, "in": "header", "required": true, "description": what,
            "schema": { "type": "string", "pattern": pattern } })
    };
    let mut responses = json!({ "204": { "description": "Taken. Whether there is such a notification it does not tell, nor whether \
        the receipt was taken before." } });
    for (status, what) in [
        ("400", "The body is no receipt."),
        ("401", "The signature does not hold for this body and this time."),
        ("404", "No `webhook.secret` is set: nobody can sign."),
        ("429", "Too many wrong signatures from this address in a minute."),
        ("503", "It could not be noted: send it again."),
        ("default", "What went wrong."),
    ] {
        responses[status] = json!({ "description": what, "content": { "application/problem+json": {
            "schema": { "$ref": "#/components/schemas/Problem" } } } });
    }
    json!({
        "tags": ["notifications"],
        "operationId": "take_receipt",
        "summary": "Say what became of a message that a webhook carried",
        "description": "For providers, not for tokens: signed as webhooks are, see `docs/notifications.md`.",
        "security": [],
        "parameters": [
            header("Rollcall-Timestamp", "^[0-9]{1,12}$", "When it was signed, in seconds since 1970; at most 300 off."),
            header("Rollcall-Signature", "^v1=[0-9A-Fa-f]{64}$", "HMAC-SHA-256 of the timestamp, a dot and the body, under `webhook.secret`."),
        ],
        "requestBody": { "required": true, "content": { "application/json": { "schema": {
            "type": "object",
            "required": ["receipt", "id", "status"],
            "properties": {
                "receipt": { "type": "string", "minLength": 1, "maxLength": ID, "description": "The receipt's own name: it counts once." },
                "id": { "type": "string", "description": "The `id` under which the webhook named the notification." },
                "status": { "type": "string", "enum": ["delivered", "failed"] },
                "error": { "type": ["string", "null"], "description": "Why it failed." },
            },
        } } } },
        "responses": responses,
    })
}

fn problem(context: &Context, status: StatusCode, detail: &str) -> Response {
    let body = json!({
        "type": "about:blank",
        "title": status.canonical_reason().unwrap_or("Error"),
        "status": status.as_u16(),
        "detail": detail,
        "request_id": context.request_id,
    });
    (status, [(CONTENT_TYPE, "application/problem+json")], Extension(AsIs), body.to_string()).into_response()
}
