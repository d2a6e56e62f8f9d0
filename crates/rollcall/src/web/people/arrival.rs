//! Pages for somebody who comes by a link that was sent to them, or asks for one. They work signed out; the link's secret is part
//! of their address, so that they hand it to nobody: see [`context::logged`](crate::web::context) too.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::header::REFERRER_POLICY;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::app::App;
use crate::deliver::reaches_people;
use crate::password::TooWeak;
use crate::people::invitation::{self, InvitationError};
use crate::people::reset::{self, ResetError};
use crate::people::{Link, LinkKind, find_link};
use crate::web::context::Context;
use crate::web::error::Failure;
use crate::web::see_other;
use crate::web::throttle::{self, Throttle};
use crate::web::view::{ArrivalPage, ArrivalProblem, ForgotPage};

/// A new password, typed twice.
#[derive(Deserialize)]
pub(super) struct Chosen {
    #[serde(default)]
    password: String,
    #[serde(default)]
    again: String,
}

/// Whose password was forgotten.
#[derive(Deserialize)]
pub(super) struct Forgotten {
    #[serde(default)]
    email: String,
}

/// `GET /invitation/{secret}`
pub(super) async fn invitation(
    State(app): State<App>,
    context: Context,
    Path(secret): Path<String>,
) -> Result<Response, Failure> {
    let link = find_link(&app, LinkKind::Invitation, &secret).await?;
    page(&context, LinkKind::Invitation, link.as_ref(), None)
}

/// `GET /reset/{secret}`
pub(super) async fn reset(
    State(app): State<App>,
    context: Context,
    Path(secret): Path<String>,
) -> Result<Response, Failure> {
    let link = find_link(&app, LinkKind::Reset, &secret).await?;
    page(&context, LinkKind::Reset, link.as_ref(), None)
}

/// `POST /invitation/{secret}`: makes the person a user, with the password that they chose.
pub(super) async fn accept(
    State(app): State<App>,
    context: Context,
    Path(secret): Path<String>,
    Form(chosen): Form<Chosen>,
) -> Result<Response, Failure> {
    let kind = LinkKind::Invitation;
    let Some(link) = find_link(&app, kind, &secret).await? else { return page(&context, kind, None, None) };
    let Some(password) = chosen.password() else { return page(&context, kind, Some(&link), Some(DIFFER)) };
    match invitation::accept(&app, &link, password, context.address).await {
        Ok(()) => Ok(see_other("/login?done=joined")),
        Err(InvitationError::Password(weak)) => page(&context, kind, Some(&link), Some(ArrivalProblem::Weak(weak))),
        Err(InvitationError::Taken) => page(&context, kind, Some(&link), Some(ArrivalProblem::Taken)),
        Err(InvitationError::Database(error)) => Err(error.into()),
        Err(InvitationError::Hash(error)) => Err(unhashed(&error)),
        Err(_) => page(&context, kind, None, None),
    }
}

/// `POST /reset/{secret}`: sets the password that they chose.
pub(super) async fn set(
    State(app): State<App>,
    context: Context,
    Path(secret): Path<String>,
    Form(chosen): Form<Chosen>,
) -> Result<Response, Failure> {
    let kind = LinkKind::Reset;
    let Some(link) = find_link(&app, kind, &secret).await? else { return page(&context, kind, None, None) };
    let Some(password) = chosen.password() else { return page(&context, kind, Some(&link), Some(DIFFER)) };
    match reset::set(&app, &link, password, context.address).await {
        Ok(_) => Ok(see_other("/login?done=reset")),
        Err(ResetError::Password(weak)) => page(&context, kind, Some(&link), Some(ArrivalProblem::Weak(weak))),
        Err(ResetError::Gone) => page(&context, kind, None, None),
        Err(ResetError::Database(error)) => Err(error.into()),
        Err(ResetError::Hash(error)) => Err(unhashed(&error)),
    }
}

/// `GET /forgot`
pub(super) async fn forgot(State(app): State<App>, context: Context) -> Result<Response, Failure> {
    if !reaches_people(&app.config) {
        return Err(Failure::NotFound);
    }
    Ok(Html(ForgotPage::new(context.lang, context.theme, false, None).html()?).into_response())
}

/// `POST /forgot`: the same answer, as fast, whether or not anybody signs in with the address.
pub(super) async fn ask(
    State(app): State<App>,
    context: Context,
    Form(form): Form<Forgotten>,
) -> Result<Response, Failure> {
    if !reaches_people(&app.config) {
        return Err(Failure::NotFound);
    }
    let email = form.email.trim().to_owned();
    let show = |status: StatusCode, sent, wait| {
        Ok((status, Html(ForgotPage::new(context.lang, context.theme, sent, wait).html()?)).into_response())
    };
    if email.is_empty() || email.len() > 254 || email.chars().any(char::is_control) {
        return show(StatusCode::UNPROCESSABLE_ENTITY, false, None);
    }
    // Counted apart from wrong passwords: who asks for help must not lock anybody out.
    let throttle = Throttle::of(&app, &format!("forgot {email}"), context.address);
    if let throttle::Outcome::Locked(seconds) = throttle.attempt(&app).await? {
        let mut response: Response = show(StatusCode::TOO_MANY_REQUESTS, false, Some(seconds))?;
        response.headers_mut().insert(axum::http::header::RETRY_AFTER, seconds.into());
        return Ok(response);
    }
    tokio::spawn(reset::ask(app, email, context.lang, context.address));
    show(StatusCode::OK, true, None)
}

const DIFFER: ArrivalProblem = ArrivalProblem::Differ;

impl Chosen {
    /// What was typed, where it was typed twice.
    fn password(self) -> Option<SecretString> {
        let (once, again) = (SecretString::from(self.password), SecretString::from(self.again));
        (once.expose_secret() == again.expose_secret()).then_some(once)
    }
}

/// The page of a link; none: one that holds no longer.
fn page(
    context: &Context,
    kind: LinkKind,
    link: Option<&Link>,
    problem: Option<ArrivalProblem>,
) -> Result<Response, Failure> {
    let status = match (link, problem) {
        (None, _) => StatusCode::GONE,
        (_, Some(ArrivalProblem::Taken)) => StatusCode::CONFLICT,
        (_, Some(_)) => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::OK,
    };
    let page = ArrivalPage::new(context.lang, context.theme, kind, link, problem);
    let mut response = (status, Html(page.html()?)).into_response();
    response.headers_mut().insert(REFERRER_POLICY, HeaderValue::from_static("strict-origin"));
    Ok(response)
}

fn unhashed(error: &crate::password::HashError) -> Failure {
    tracing::error!(%error, "a new password could not be hashed");
    Failure::Internal
}

/// Why a password is not strong enough, by the name of its words.
pub(crate) fn weakness(weak: TooWeak) -> &'static str {
    match weak {
        TooWeak::Short => "short",
        TooWeak::Long => "long",
        TooWeak::Common => "common",
        TooWeak::Monotonous => "monotonous",
    }
}
