//! Signing in and out.

use std::net::IpAddr;

use axum::Form;
use axum::extract::{Query, State};
use axum::http::header::USER_AGENT;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;
use tower_sessions::Session;

use super::context::{Context, Wants};
use super::error::Failure;
use super::people::second_step;
use super::session::{ADDRESS, AGENT, SINCE, USER};
use super::throttle::{self, Throttle};
use super::view::{BeginPage, LoginPage, LoginProblem, Theme};
use super::{local_path, preferences, presence, see_other, visitor};
use crate::app::App;
use crate::audit::Actor;
use crate::db::{Error, PlatformSql};
use crate::deliver::reaches_people;
use crate::events::{self, Event, Thing, Verb};
use crate::password::Verdict;
use crate::people::{Agent, profile, setup};
use crate::security::{self, Attempt};
use crate::tenant::User;

/// The query of the form's page.
#[derive(Debug, Default, Deserialize)]
pub(super) struct FormQuery {
    #[serde(default)]
    return_to: String,
    /// There where a session has ended; `unsaved` where something was sent that was not done therefore.
    ended: Option<String>,
    /// What was done a moment ago, by a link: `joined` or `reset`.
    done: Option<String>,
}

/// The form.
#[derive(Deserialize)]
pub(super) struct Credentials {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    return_to: String,
}

/// `GET /login`: the form; who is signed in already goes on.
pub(super) async fn form(
    State(app): State<App>,
    context: Context,
    headers: HeaderMap,
    Query(query): Query<FormQuery>,
) -> Result<Response, Failure> {
    let return_to = local_path(&query.return_to).unwrap_or("/admin");
    if let Some(id) = presence::session_id(&headers)
        && presence::present(&app, &id).await?.is_some()
    {
        return Ok(see_other(return_to));
    }
    if setup::is_empty(&app.db).await? {
        return Ok(Html(BeginPage::new(context.lang, context.theme).html()?).into_response());
    }
    let problem = match (query.ended.as_deref(), query.done.as_deref()) {
        (_, Some("joined")) => Some(LoginProblem::Joined),
        (_, Some("reset")) => Some(LoginProblem::Reset),
        (_, Some("late")) => Some(LoginProblem::TooLate),
        (Some("unsaved"), _) => Some(LoginProblem::Unsaved),
        (ended, _) => ended.map(|_| LoginProblem::Ended),
    };
    let page = LoginPage::new(context.lang, context.theme, "", problem, return_to);
    Ok(Html(page.forgets(reaches_people(&app.config)).html()?).into_response())
}

/// `POST /login`: checks address and password. The answer does not tell which was wrong, nor does the time it takes.
pub(super) async fn sign_in(
    State(app): State<App>,
    context: Context,
    session: Session,
    headers: HeaderMap,
    Form(credentials): Form<Credentials>,
) -> Result<Response, Failure> {
    let email = credentials.email.trim().to_owned();
    let again = |status, problem| refuse(&app, &context, &email, &credentials.return_to, status, problem);
    // No address has control characters in it, and PostgreSQL cannot even look for a zero.
    if email.is_empty() || email.chars().any(char::is_control) || credentials.password.is_empty() {
        return again(StatusCode::UNPROCESSABLE_ENTITY, LoginProblem::Incomplete);
    }
    let throttle = Throttle::of(&app, &email, context.address);
    if let throttle::Outcome::Locked(seconds) = throttle.attempt(&app).await? {
        return again(StatusCode::TOO_MANY_REQUESTS, LoginProblem::TooMany { seconds });
    }
    let found = find(&app, &email).await?;
    let password = SecretString::from(credentials.password);
    let verdict = match &found {
        Some((_, hash)) => app.passwords.verify(password.clone(), hash).await,
        None => app.passwords.verify_nobody(password.clone()).await,
    };
    let Some((user, _)) = found.filter(|_| verdict != Verdict::Wrong) else {
        if let throttle::Outcome::Locked(seconds) = throttle.failed(&app).await? {
            let subject = throttle.subject();
            security::record(&app, &Actor::nobody(context.address), Attempt::LockOut, None, &subject, "sign-in").await;
            return again(StatusCode::TOO_MANY_REQUESTS, LoginProblem::TooMany { seconds });
        }
        return again(StatusCode::UNAUTHORIZED, LoginProblem::Wrong);
    };
    throttle.succeeded(&app).await?;
    let Some(who) = visitor::find(&app, user).await? else {
        return again(StatusCode::FORBIDDEN, LoginProblem::Closed);
    };
    if verdict == Verdict::OkButRehash {
        rehash(&app, &who, context.address, password).await?;
    }
    let return_to = local_path(&credentials.return_to).unwrap_or("/admin");
    if let Some(next) = second_step::asked(&app, &session, &who, return_to).await? {
        return Ok(next);
    }
    let response = see_other(return_to);
    begin(Beginning { app: &app, context: &context, session: &session, headers: &headers }, &who, response).await
}

/// What a session begins from.
#[derive(Clone, Copy)]
pub(super) struct Beginning<'a> {
    pub(super) app: &'a App,
    pub(super) context: &'a Context,
    pub(super) session: &'a Session,
    pub(super) headers: &'a HeaderMap,
}

/// Begins a session for somebody who proved who they are; `response` tells their browser so, and how they like the panel.
pub(super) async fn begin(of: Beginning<'_>, who: &User, mut response: Response) -> Result<Response, Failure> {
    let Beginning { app, context, session, headers } = of;
    // Before there is a session, which the answer's way out makes: none begins that is not written down.
    write_down(app, who, context.address, Verb::SignedIn).await?;
    // A session id from before the sign-in may be known to somebody else, and so may what stands in it.
    session.clear().await;
    session.cycle_id().await?;
    session.insert(USER, who.id).await?;
    session.insert(SINCE, app.clock.now().timestamp()).await?;
    let agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    session.insert(AGENT, Agent::of(agent).to_kept()).await?;
    session.insert(ADDRESS, context.address.map(|address| address.to_canonical().to_string())).await?;
    tracing::info!(target: "audit", user_id = who.id, "signed in");
    let liked = profile::preferences(app, who.id).await?;
    let theme = liked.theme.as_deref().and_then(Theme::named);
    preferences::keep(app, &mut response, (liked.language, theme, liked.hours))?;
    Ok(response)
}

/// `POST /logout`: ends the session here and in the database.
pub(super) async fn sign_out(State(app): State<App>, context: Context, session: Session) -> Result<Response, Failure> {
    if let Some(user) = session.get::<i64>(USER).await?
        && let Some(who) = visitor::find(&app, user).await?
    {
        write_down(&app, &who, context.address, Verb::SignedOut).await?;
    }
    session.flush().await?;
    // What the browser kept of the panel goes too: whoever sits down here next must not find it with the Back button.
    Ok(([("clear-site-data", "\"cache\"")], Redirect::to("/login")).into_response())
}

fn refuse(
    app: &App,
    context: &Context,
    email: &str,
    return_to: &str,
    status: StatusCode,
    problem: LoginProblem,
) -> Result<Response, Failure> {
    match (context.wants, problem) {
        (Wants::Json, LoginProblem::TooMany { seconds }) => return Err(Failure::TooMany(seconds)),
        // The status alone: what it means is said as for every other request.
        (Wants::Json, _) => return Ok(status.into_response()),
        _ => {}
    }
    let return_to = local_path(return_to).unwrap_or("/admin");
    let page = LoginPage::new(context.lang, context.theme, email, Some(problem), return_to);
    let page = page.forgets(reaches_people(&app.config)).html()?;
    let mut response = (status, Html(page)).into_response();
    if let LoginProblem::TooMany { seconds } = problem {
        response.headers_mut().insert(axum::http::header::RETRY_AFTER, seconds.into());
    }
    Ok(response)
}

const FIND: PlatformSql = PlatformSql::new(
    "who signs in is found by address",
    "SELECT id, password, email FROM users WHERE email IN (?, ?) ORDER BY id",
);
const STORE_HASH: PlatformSql = PlatformSql::new(
    "an older password hash is replaced at sign-in",
    "UPDATE users SET password = ?, updated_at = ? WHERE id = ?",
);

/// The user of that address, as it was typed or in small letters.
async fn find(app: &App, email: &str) -> Result<Option<(i64, String)>, Error> {
    let args = vec![email.into(), email.to_lowercase().into()];
    let row = app.db.platform().row(&FIND, args).await?;
    row.map(|row| Ok((row.int(0)?, row.text(1)?))).transpose()
}

/// The audit log's line of a sign-in or sign-out. Failures are security events, where there are too many of them.
async fn write_down(app: &App, who: &User, address: Option<IpAddr>, verb: Verb) -> Result<(), Error> {
    let tx = app.db.platform().begin().await?;
    let (actor, event) = (Actor::user(who, address), Event::new(Thing::User, verb, who.id));
    events::announce_above(&tx, &actor, who.company_id, &event, app.clock.now_utc()).await?;
    tx.commit().await
}

async fn rehash(app: &App, who: &User, address: Option<IpAddr>, password: SecretString) -> Result<(), Failure> {
    match app.passwords.hash(password).await {
        Ok(hash) => {
            let args = vec![hash.into(), app.clock.now_utc().into(), who.id.into()];
            let tx = app.db.platform().begin().await?;
            tx.execute(&STORE_HASH, args).await?;
            let event =
                Event::new(Thing::User, Verb::Updated, who.id).after(json!({ "changed": "how the password is kept" }));
            let actor = Actor::user(who, address);
            events::announce_above(&tx, &actor, who.company_id, &event, app.clock.now_utc()).await?;
            tx.commit().await?;
        }
        Err(error) => tracing::warn!(%error, user_id = who.id, "an older password hash stays for now"),
    }
    Ok(())
}
