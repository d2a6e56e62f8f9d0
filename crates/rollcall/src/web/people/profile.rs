//! `/admin/profile`: everybody sees to themselves.

use axum::Form;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::chrome;
use super::second_step::Typed;
use crate::accounts::AccountError;
use crate::app::App;
use crate::events::Verb;
use crate::password::{self, Verdict};
use crate::people::{factor, profile, sessions};
use crate::security::{self, Attempt};
use crate::web::error::Failure;
use crate::web::throttle::{self, Throttle};
use crate::web::view::{CodesPage, ProfilePage, ProfileProblem, SetupPage};
use crate::web::visitor::Visitor;
use crate::web::{presence, see_other, session};

/// Where the page is.
const PAGE: &str = "/admin/profile";

/// A name.
#[derive(Deserialize)]
pub(super) struct Named {
    #[serde(default)]
    name: String,
}

/// The password that is, and the one that is to be, typed twice.
#[derive(Deserialize)]
pub(super) struct Passwords {
    #[serde(default)]
    present: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    again: String,
}

/// The password that is.
#[derive(Deserialize)]
pub(super) struct Present {
    #[serde(default)]
    present: String,
}

/// A session, by what it is known by in the table.
#[derive(Deserialize)]
pub(super) struct Which {
    #[serde(default)]
    session: String,
}

/// `GET /admin/profile`
pub(super) async fn page(State(app): State<App>, visitor: Visitor, headers: HeaderMap) -> Result<Response, Failure> {
    show(&app, &visitor, &headers, None).await
}

/// `POST /admin/profile/name`
pub(super) async fn rename(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    Form(form): Form<Named>,
) -> Result<Response, Failure> {
    match profile::rename(&app, &visitor.user, &visitor.actor(), &form.name).await {
        Ok(()) => Ok(done("saved")),
        Err(AccountError::Invalid(_)) => show(&app, &visitor, &headers, Some(ProfileProblem::Name)).await,
        Err(AccountError::Database(error)) => Err(error.into()),
        Err(_) => Err(Failure::Internal),
    }
}

/// `POST /admin/profile/password`: ends the person's other sessions.
pub(super) async fn set_password(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    Form(form): Form<Passwords>,
) -> Result<Response, Failure> {
    let (new, again) = (SecretString::from(form.password), SecretString::from(form.again));
    let problem = if new.expose_secret() == again.expose_secret() {
        password::check(&new).err().map(ProfileProblem::Weak)
    } else {
        Some(ProfileProblem::Differ)
    };
    if problem.is_some() {
        return show(&app, &visitor, &headers, problem).await;
    }
    if let Some(problem) = wrong_password(&app, &visitor, form.present, ProfileProblem::Password).await? {
        return show(&app, &visitor, &headers, Some(problem)).await;
    }
    let hash = app.passwords.hash(new).await.map_err(|error| {
        tracing::error!(%error, "a new password could not be hashed");
        Failure::Internal
    })?;
    let key = own_key(&app, &headers)?;
    profile::set_password(&app, &visitor.user, &visitor.actor(), hash, &key).await?;
    ended(&app, &visitor, &headers);
    Ok(done("password_changed"))
}

/// `POST /admin/profile/totp/begin`
pub(super) async fn begin(State(app): State<App>, visitor: Visitor) -> Result<Response, Failure> {
    if !factor::of(&app, visitor.user.id).await?.is_on() {
        factor::begin(&app, &visitor.user).await?;
    }
    Ok(see_other("/admin/profile/totp"))
}

/// `GET /admin/profile/totp`: the secret that waits for its first code.
pub(super) async fn setup(State(app): State<App>, visitor: Visitor) -> Result<Response, Failure> {
    setup_page(&app, &visitor, false).await
}

/// `POST /admin/profile/totp`: turns the second step on, and shows the recovery codes this once.
pub(super) async fn confirm(
    State(app): State<App>,
    visitor: Visitor,
    Form(typed): Form<Typed>,
) -> Result<Response, Failure> {
    match factor::confirm(&app, &visitor.user, &visitor.actor(), &typed.code).await? {
        Some(codes) => codes_page(&app, &visitor, codes).await,
        None => setup_page(&app, &visitor, true).await,
    }
}

/// `POST /admin/profile/totp/codes`: other recovery codes.
pub(super) async fn codes(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    Form(form): Form<Present>,
) -> Result<Response, Failure> {
    if let Some(problem) = wrong_password(&app, &visitor, form.present, ProfileProblem::Factor).await? {
        return show(&app, &visitor, &headers, Some(problem)).await;
    }
    match factor::recovery_codes(&app, &visitor.user, &visitor.actor()).await? {
        Some(codes) => codes_page(&app, &visitor, codes).await,
        None => Ok(see_other(PAGE)),
    }
}

/// `POST /admin/profile/totp/off`
pub(super) async fn turn_off(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    Form(form): Form<Present>,
) -> Result<Response, Failure> {
    let user = &visitor.user;
    if app.config.sign_in.totp.is_for(user.role) {
        return Err(Failure::Forbidden);
    }
    if let Some(problem) = wrong_password(&app, &visitor, form.present, ProfileProblem::Factor).await? {
        return show(&app, &visitor, &headers, Some(problem)).await;
    }
    factor::turn_off(&app, &visitor.actor(), (user.id, user.company_id), Verb::SecondFactorOff).await?;
    Ok(done("totp_off"))
}

/// `POST /admin/profile/sessions/end`
pub(super) async fn end_session(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    Form(form): Form<Which>,
) -> Result<Response, Failure> {
    // The one that asks is ended by signing out.
    let own = own_key(&app, &headers)? == form.session;
    if own || !sessions::end(&app, &visitor.user, &visitor.actor(), &form.session).await? {
        return Err(Failure::NotFound);
    }
    app.live.end_those(|id| session::store(&app).key(tower_sessions::session::Id(id)) == form.session);
    Ok(done("session_ended"))
}

/// `POST /admin/profile/sessions/end-others`
pub(super) async fn end_others(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let key = own_key(&app, &headers)?;
    sessions::end_others(&app, &visitor.user, &visitor.actor(), &key).await?;
    ended(&app, &visitor, &headers);
    Ok(done("sessions_ended"))
}

/// Ends the streams of all sessions of the person but this one.
fn ended(app: &App, visitor: &Visitor, headers: &HeaderMap) {
    let own = presence::session_id(headers).map(|id| id.0);
    app.live.end_of(visitor.user.id, own);
}

fn done(what: &str) -> Response {
    see_other(&format!("{PAGE}?notice={what}"))
}

/// What this session is known by in the table.
fn own_key(app: &App, headers: &HeaderMap) -> Result<String, Failure> {
    let id = presence::session_id(headers).ok_or(Failure::SignIn)?;
    Ok(session::store(app).key(id))
}

/// Whether the password is not the person's: whoever sits down at an open session must not guess it here. `place` is where the
/// page says so.
async fn wrong_password(
    app: &App,
    visitor: &Visitor,
    typed: String,
    place: fn(Option<u64>) -> ProfileProblem,
) -> Result<Option<ProfileProblem>, Failure> {
    let user = &visitor.user;
    let throttle = Throttle::of(app, &format!("profile {}", user.id), visitor.context.address);
    if let throttle::Outcome::Locked(seconds) = throttle.attempt(app).await? {
        return Ok(Some(place(Some(seconds))));
    }
    let stored = profile::password_hash(app, user.id).await?.ok_or(Failure::SignIn)?;
    if app.passwords.verify(SecretString::from(typed), &stored).await != Verdict::Wrong {
        throttle.succeeded(app).await?;
        return Ok(None);
    }
    if let throttle::Outcome::Locked(seconds) = throttle.failed(app).await? {
        let subject = format!("user {}", user.id);
        security::record(app, &visitor.actor(), Attempt::LockOut, user.company_id, &subject, "profile").await;
        return Ok(Some(place(Some(seconds))));
    }
    Ok(Some(place(None)))
}

async fn show(
    app: &App,
    visitor: &Visitor,
    headers: &HeaderMap,
    problem: Option<ProfileProblem>,
) -> Result<Response, Failure> {
    let user = &visitor.user;
    let factor = factor::of(app, user.id).await?;
    let open = sessions::open(app, user.id).await?;
    let key = own_key(app, headers)?;
    let required = app.config.sign_in.totp.is_for(user.role);
    let page = ProfilePage::new(chrome(app, visitor).await?, problem).factor(&factor, required).sessions(
        &open,
        &key,
        visitor.zone(),
        app.clock.now(),
    );
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, Html(page.html()?)).into_response())
}

async fn setup_page(app: &App, visitor: &Visitor, wrong: bool) -> Result<Response, Failure> {
    let Some(setup) = factor::setup(app, &visitor.user).await? else { return Ok(see_other(PAGE)) };
    let page = SetupPage::framed(chrome(app, visitor).await?, &setup, wrong).ok_or(Failure::Internal)?;
    let status = if wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, Html(page.html()?)).into_response())
}

async fn codes_page(app: &App, visitor: &Visitor, codes: Vec<String>) -> Result<Response, Failure> {
    let page = CodesPage::framed(chrome(app, visitor).await?, codes);
    Ok(Html(page.html()?).into_response())
}
