//! What users see when something goes wrong: a page in their language, or RFC 9457 problem details. Never internals.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde_json::json;
use tower_http::csrf::ProtectionError;

use super::api::Problem;
use super::context::{Context, Wants};
use super::view::{ErrorPage, choice_words};
use crate::i18n::Lang;
use crate::widget::InvalidChoice;

/// Why a request was not answered as asked. [`render`] gives it words.
#[derive(Clone, Debug)]
pub(super) enum Failure {
    /// Nobody is signed in.
    SignIn,
    /// Nobody is signed in yet: a password was right, and the second step is to come, on that page.
    SecondStep(&'static str),
    /// The request chooses what there is not.
    Bad(InvalidChoice),
    /// Whoever asks may not do that.
    Forbidden,
    /// There is no such thing, or it is another company's: the answer is the same.
    NotFound,
    /// A password was wrong too often; so many seconds to wait.
    TooMany(u64),
    /// An operator has to name a company first.
    ChooseCompany,
    /// A fault of ours; what it was is in the log.
    Internal,
    /// The database does not answer.
    Unavailable,
}

impl Failure {
    fn status(&self) -> StatusCode {
        match self {
            Self::SignIn | Self::SecondStep(_) => StatusCode::UNAUTHORIZED,
            Self::Bad(_) => StatusCode::BAD_REQUEST,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::ChooseCompany => StatusCode::SEE_OTHER,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Programs get the names of their parameters, people the words of their screen.
    fn detail(&self, wants: Wants, lang: Lang) -> Option<String> {
        match (self, wants) {
            (Self::Bad(choice), Wants::Json) => Some(choice.to_string()),
            (Self::Bad(choice), Wants::Page | Wants::Fragment) => Some(choice_words(choice, lang)),
            _ => None,
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        if let Self::TooMany(seconds) = &self {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(*seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl From<crate::db::Error> for Failure {
    fn from(error: crate::db::Error) -> Self {
        tracing::error!(%error, "the database failed");
        Self::Unavailable
    }
}

impl From<tower_sessions::session::Error> for Failure {
    fn from(error: tower_sessions::session::Error) -> Self {
        tracing::error!(%error, "the session could not be read or kept");
        Self::Unavailable
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(to, "{self:?}")
    }
}

impl std::error::Error for Failure {}

impl From<tiercache::Error> for Failure {
    fn from(error: tiercache::Error) -> Self {
        tracing::error!(%error, "an answer could not be made");
        Self::Unavailable
    }
}

impl From<askama::Error> for Failure {
    fn from(error: askama::Error) -> Self {
        tracing::error!(%error, "a page could not be written");
        Self::Internal
    }
}

/// An answer that machines read, and that gets no words.
#[derive(Clone, Copy, Debug)]
pub(super) struct AsIs;

/// Words for whatever failed: our own failures, and the bare statuses of the router and its layers.
pub(super) fn render(context: &Context, response: Response) -> Response {
    let failure = response.extensions().get::<Failure>().cloned();
    let status = response.status();
    let bare = response.headers().get(CONTENT_TYPE).is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    if response.extensions().get::<AsIs>().is_some() {
        return response;
    }
    if let Some(problem) = response.extensions().get::<Problem>() {
        let mut answer = problem.answer(&context.request_id);
        for (name, value) in response.headers() {
            answer.headers_mut().entry(name).or_insert_with(|| value.clone());
        }
        return answer;
    }
    match failure {
        Some(Failure::SignIn) if context.wants != Wants::Json => sign_in(context),
        // What was sent is not done by the second step either, and the form for the password says so.
        Some(Failure::SecondStep(_)) if context.wants != Wants::Json && context.changes => sign_in(context),
        Some(Failure::SecondStep(page)) if context.wants != Wants::Json => lead(context, page),
        Some(Failure::ChooseCompany) if context.wants != Wants::Json => {
            Redirect::to("/admin/companies").into_response()
        }
        Some(failure) => worded(context, &response, failure.detail(context.wants, context.lang)),
        None if bare && (status.is_client_error() || status.is_server_error()) => worded(context, &response, None),
        None => response,
    }
}

/// To the form, and back to the page afterwards.
fn sign_in(context: &Context) -> Response {
    let return_to = urlencoding::encode(&context.page).into_owned();
    let ended = match (context.had_session, context.changes) {
        (true, true) => "&ended=unsaved",
        (true, false) => "&ended=1",
        (false, _) => "",
    };
    lead(context, &format!("/login?return_to={return_to}{ended}"))
}

/// To a page where one comes in. htmx follows a redirect of its own kind.
fn lead(context: &Context, page: &str) -> Response {
    if context.wants == Wants::Fragment {
        return (StatusCode::UNAUTHORIZED, [("hx-redirect", page)]).into_response();
    }
    Redirect::to(page).into_response()
}

fn worded(context: &Context, response: &Response, detail: Option<String>) -> Response {
    let status = match response.status() {
        StatusCode::SEE_OTHER => StatusCode::BAD_REQUEST,
        status => status,
    };
    let cross_site = response.extensions().get::<ProtectionError>().is_some();
    let mut answer = match context.wants {
        Wants::Json => problem(context, status, detail),
        Wants::Page | Wants::Fragment => page(context, status, detail, cross_site),
    };
    for name in [RETRY_AFTER, axum::http::header::ALLOW] {
        if let Some(value) = response.headers().get(&name) {
            answer.headers_mut().insert(name, value.clone());
        }
    }
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

fn problem(context: &Context, status: StatusCode, detail: Option<String>) -> Response {
    let mut body = json!({
        "type": "about:blank",
        "title": status.canonical_reason().unwrap_or("Error"),
        "status": status.as_u16(),
        "request_id": context.request_id,
    });
    if let Some(detail) = detail {
        body["detail"] = detail.into();
    }
    (status, [(CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response()
}

fn page(context: &Context, status: StatusCode, detail: Option<String>, cross_site: bool) -> Response {
    let page = ErrorPage::new(context.lang, context.theme, status.as_u16(), detail, &context.request_id);
    match page.cross_site(cross_site).of(&context.target).html() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "the error page could not be written");
            let words = match context.lang {
                Lang::De => "Das hat nicht geklappt. Bitte versuchen Sie es noch einmal.",
                Lang::En => "That did not work. Please try again.",
            };
            (status, words).into_response()
        }
    }
}
