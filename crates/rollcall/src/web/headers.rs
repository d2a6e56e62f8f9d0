//! Headers that every answer carries (OWASP's secure headers; ASVS 5, chapter V3).

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

use crate::app::App;

/// Nothing from elsewhere, nothing inline, and nobody may frame the panel.
const POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
                      connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const FIXED: [(HeaderName, &str); 6] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
];

pub(super) async fn layer(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    add(&app, &mut response);
    response
}

/// What an answer's tag stands for besides its content.
pub(super) fn fixed() -> impl Iterator<Item = &'static str> {
    FIXED.into_iter().map(|(_, value)| value)
}

/// Adds the headers; what the answer itself says of being kept stands. Whoever is told that what they have still holds keeps
/// those that came with it (RFC 9111, section 3.2).
pub(super) fn add(app: &App, response: &mut Response) {
    if response.status() != StatusCode::NOT_MODIFIED {
        for (name, value) in FIXED {
            // A page whose address is a secret says more of it.
            if name != REFERRER_POLICY || !response.headers().contains_key(REFERRER_POLICY) {
                response.headers_mut().insert(name, HeaderValue::from_static(value));
            }
        }
    }
    let headers = response.headers_mut();
    if app.config.secure_cookies() {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000; includeSubDomains"));
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}
