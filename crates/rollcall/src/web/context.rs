//! What every request carries: its id, its languages, its look, what it wants back, where it comes from.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, ACCEPT_LANGUAGE, COOKIE};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;

use super::error;
use super::view::Theme;
use crate::app::App;
use crate::i18n::{Hours, Lang};

/// The cookie that keeps a chosen language.
pub(super) const LANGUAGE_COOKIE: &str = "rollcall_language";
/// The cookie that keeps a chosen theme.
pub(super) const THEME_COOKIE: &str = "rollcall_theme";
/// The cookie that keeps how somebody is told times of day.
pub(super) const HOURS_COOKIE: &str = "rollcall_hours";
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The address at the other end of the connection; put into a request by the server.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

/// What a request wants back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wants {
    Page,
    /// A part of a page, fetched by htmx.
    Fragment,
    Json,
}

/// What every request carries.
#[derive(Clone, Debug)]
pub(super) struct Context {
    pub(super) request_id: String,
    pub(super) lang: Lang,
    pub(super) hours: Hours,
    pub(super) theme: Theme,
    pub(super) wants: Wants,
    /// Path and query of the page: for a fragment, of the page that it belongs to.
    pub(super) page: String,
    /// Path and query of the request itself.
    pub(super) target: String,
    /// Whether the browser brought a session, be it one that has ended.
    pub(super) had_session: bool,
    /// Whether it would have changed something.
    pub(super) changes: bool,
    /// Where the request comes from; none in a test without a connection.
    pub(super) address: Option<IpAddr>,
}

impl Context {
    fn of(app: &App, request: &Request) -> Self {
        let headers = request.headers();
        let target = request.uri().path_and_query().map_or_else(String::new, ToString::to_string);
        // Whatever else it says, who asks the API is a program.
        let program = request.uri().path().starts_with("/api/v1");
        let wants = if program { Wants::Json } else { wants(headers) };
        let page = match wants {
            Wants::Fragment => current_page(headers).unwrap_or_else(|| target.clone()),
            Wants::Page | Wants::Json => target.clone(),
        };
        Self {
            request_id: request_id(app),
            lang: language(headers),
            hours: hours(headers),
            theme: theme(headers),
            had_session: cookie(headers, super::SESSION_COOKIE).is_some(),
            wants,
            page,
            target,
            changes: !request.method().is_safe(),
            address: address(app, request),
        }
    }
}

/// Puts the context into the request, its id into log and answer, and words to failures.
pub(super) async fn layer(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let context = Context::of(&app, &request);
    let span = tracing::info_span!("request", id = %context.request_id, method = %request.method(),
        path = %logged(request.uri().path()));
    request.extensions_mut().insert(context.clone());
    let response = next.run(request).instrument(span).await;
    let mut response = error::render(&context, response);
    if let Ok(id) = HeaderValue::from_str(&context.request_id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// A path as the log may have it: what stands in a link that was sent to somebody is a secret.
fn logged(path: &str) -> &str {
    let secrets = ["/invitation/", "/reset/", "/setup/", "/unsubscribe/"];
    let secret = secrets.into_iter().find(|link| path.starts_with(link));
    secret.map_or(path, |link| link.trim_end_matches('/'))
}

/// A request's id: enough to find it in the log.
pub(super) fn request_id(app: &App) -> String {
    app.chance.id().iter().copied().map(char::from).collect()
}

pub(super) fn theme(headers: &HeaderMap) -> Theme {
    cookie(headers, THEME_COOKIE).and_then(|name| Theme::named(&name)).unwrap_or_default()
}

pub(super) fn hours(headers: &HeaderMap) -> Hours {
    cookie(headers, HOURS_COOKIE).and_then(|name| Hours::named(&name)).unwrap_or_default()
}

pub(super) fn wants(headers: &HeaderMap) -> Wants {
    if headers.contains_key("hx-request") {
        return Wants::Fragment;
    }
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    // Whoever listens reads no page, either.
    let programs = ["application/json", "text/event-stream"];
    let json = accept.split(',').any(|kind| kind.trim().split(';').next().is_some_and(|kind| programs.contains(&kind)));
    let html = accept.contains("text/html");
    if json && !html { Wants::Json } else { Wants::Page }
}

/// Path and query of the page that a fragment belongs to, as htmx says; of this site by construction.
fn current_page(headers: &HeaderMap) -> Option<String> {
    let url = url::Url::parse(headers.get("hx-current-url")?.to_str().ok()?).ok()?;
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    Some(format!("{}{query}", url.path()))
}

pub(super) fn language(headers: &HeaderMap) -> Lang {
    if let Some(lang) = cookie(headers, LANGUAGE_COOKIE).and_then(|name| name.parse().ok()) {
        return lang;
    }
    let accepted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut wishes: Vec<(f32, Lang)> = accepted
        .split(',')
        .filter_map(|wish| {
            let mut parts = wish.split(';');
            let lang = parts.next()?.trim().get(..2)?.to_lowercase().parse().ok()?;
            let weight = parts.find_map(|part| part.trim().strip_prefix("q=")?.parse().ok()).unwrap_or(1.0);
            Some((weight, lang))
        })
        .collect();
    wishes.retain(|(weight, _)| *weight > 0.0);
    wishes.sort_by(|a, b| b.0.total_cmp(&a.0));
    wishes.first().map_or(Lang::En, |(_, lang)| *lang)
}

/// The value of a cookie.
pub(super) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then(|| value.to_owned()))
}

/// The address at the other end; behind trusted proxies, the last one that none of them is.
fn address(app: &App, request: &Request) -> Option<IpAddr> {
    let peer = request.extensions().get::<Peer>()?.0;
    let trusted = &app.config.trusted_proxies;
    if !trusted.contains(&peer) {
        return Some(peer);
    }
    let forwarded = request.headers().get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<IpAddr> =
        forwarded.flat_map(|value| value.split(',')).filter_map(|hop| hop.trim().parse().ok()).collect();
    hops.into_iter().rev().find(|hop| !trusted.contains(hop)).or(Some(peer))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    #[test]
    fn the_cookie_beats_the_browser_and_weights_count() {
        assert_eq!(language(&headers(&[("accept-language", "fr, de;q=0.8, en;q=0.9")])), Lang::En);
        assert_eq!(language(&headers(&[("accept-language", "de-AT,de;q=0.8")])), Lang::De);
        let both = headers(&[("accept-language", "en"), ("cookie", "a=b; rollcall_language=de")]);
        assert_eq!(language(&both), Lang::De);
        assert_eq!(language(&headers(&[("accept-language", "é")])), Lang::En);
    }

    #[test]
    fn a_browser_wants_a_page_and_a_program_json() {
        assert_eq!(wants(&headers(&[("accept", "text/html,application/json;q=0.9")])), Wants::Page);
        assert_eq!(wants(&headers(&[("accept", "application/json")])), Wants::Json);
        assert_eq!(wants(&headers(&[("accept", "*/*")])), Wants::Page);
        assert_eq!(wants(&headers(&[("hx-request", "true")])), Wants::Fragment);
    }

    #[test]
    fn no_secret_of_a_link_stands_in_the_log() {
        assert_eq!(logged("/invitation/abc"), "/invitation");
        assert_eq!(logged("/reset/abc/more"), "/reset");
        assert_eq!(logged("/setup/abc"), "/setup");
        assert_eq!(logged("/admin/users"), "/admin/users");
    }

    #[test]
    fn the_page_of_a_fragment_is_a_path_alone() {
        let page = current_page(&headers(&[("hx-current-url", "https://evil.example/admin?company=3#x")]));
        assert_eq!(page.as_deref(), Some("/admin?company=3"));
    }
}
