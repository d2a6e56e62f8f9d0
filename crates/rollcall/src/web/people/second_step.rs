//! The second step of signing in. Who passed the first one alone is nobody yet: their session names no user, and opens nothing but
//! the pages here.

use axum::Form;
use axum::extract::State;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;
use tower_sessions::session::Id;
use tower_sessions::{Session, SessionStore};

use crate::app::App;
use crate::audit::Actor;
use crate::people::factor::{self, Checked};
use crate::security::{self, Attempt};
use crate::tenant::User;
use crate::web::context::Context;
use crate::web::error::Failure;
use crate::web::session::{self, PENDING, PENDING_SINCE, RETURN_TO};
use crate::web::sign_in::{self, Beginning};
use crate::web::throttle::{self, Throttle};
use crate::web::view::{CodePage, CodeProblem, CodesPage, SetupPage};
use crate::web::{see_other, visitor};

/// How long the second step may take, in seconds.
const PATIENCE: i64 = 600;

/// The form.
#[derive(Deserialize)]
pub(in crate::web) struct Typed {
    #[serde(default)]
    pub(super) code: String,
}

/// Where the browser goes on that names the session of that id, if its second step is to come; none where nobody's password was
/// right in it a moment ago. The session is read and left alone: were it handed to the layer, one that has ended would be
/// taken from the browser, and with it what tells that it has ended.
///
/// # Errors
/// Where the database fails.
pub(in crate::web) async fn next(app: &App, id: &Id) -> Result<Option<&'static str>, Failure> {
    let record = session::store(app).load(id).await.map_err(tower_sessions::session::Error::from)?;
    let Some(record) = record else { return Ok(None) };
    let number = |name: &str| record.data.get(name).and_then(serde_json::Value::as_i64);
    let Some(user) = number(PENDING) else { return Ok(None) };
    let Some(who) = waiting(app, user, number(PENDING_SINCE).unwrap_or_default()).await? else { return Ok(None) };
    let is_on = factor::of(app, who.id).await?.is_on();
    Ok(match is_on {
        true => Some("/login/code"),
        false => app.config.sign_in.totp.is_for(who.role).then_some("/login/setup"),
    })
}

/// Asks for the second step of whoever uses one, or has to; none where the password is enough.
pub(in crate::web) async fn asked(
    app: &App,
    session: &Session,
    who: &User,
    return_to: &str,
) -> Result<Option<Response>, Failure> {
    let is_on = factor::of(app, who.id).await?.is_on();
    if !is_on && !app.config.sign_in.totp.is_for(who.role) {
        return Ok(None);
    }
    // Whoever was signed in here is not any more, and nobody who knew the session's id has any part in it.
    session.clear().await;
    session.cycle_id().await?;
    session.insert(PENDING, who.id).await?;
    session.insert(PENDING_SINCE, app.clock.now().timestamp()).await?;
    session.insert(RETURN_TO, return_to).await?;
    Ok(Some(see_other(if is_on { "/login/code" } else { "/login/setup" })))
}

/// `GET /login/code`
pub(in crate::web) async fn form(
    State(app): State<App>,
    context: Context,
    session: Session,
) -> Result<Response, Failure> {
    match pending(&app, &session).await? {
        Some((who, _)) if factor::of(&app, who.id).await?.is_on() => page(&context, StatusCode::OK, None),
        _ => Ok(see_other("/login?done=late")),
    }
}

/// `POST /login/code`: the code of the moment, or a recovery code.
pub(in crate::web) async fn check(
    State(app): State<App>,
    context: Context,
    session: Session,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Result<Response, Failure> {
    let Some((who, return_to)) = pending(&app, &session).await? else { return Ok(see_other("/login?done=late")) };
    let throttle = Throttle::of(&app, &format!("code {}", who.id), context.address);
    if let throttle::Outcome::Locked(seconds) = throttle.attempt(&app).await? {
        return page(&context, StatusCode::TOO_MANY_REQUESTS, Some(CodeProblem::TooMany { seconds }));
    }
    if factor::check(&app, &who, &typed.code, context.address).await? == Checked::Wrong {
        return wrong(&app, &context, &throttle, &who).await;
    }
    throttle.succeeded(&app).await?;
    let of = Beginning { app: &app, context: &context, session: &session, headers: &headers };
    sign_in::begin(of, &who, see_other(&return_to)).await
}

/// A wrong code: told to the operators, and counted.
pub(super) async fn wrong(app: &App, context: &Context, throttle: &Throttle, who: &User) -> Result<Response, Failure> {
    let (actor, subject) = (Actor::nobody(context.address), format!("user {}", who.id));
    security::record(app, &actor, Attempt::WrongCode, who.company_id, &subject, "second step").await;
    if let throttle::Outcome::Locked(seconds) = throttle.failed(app).await? {
        security::record(app, &actor, Attempt::LockOut, who.company_id, &subject, "second step").await;
        return page(context, StatusCode::TOO_MANY_REQUESTS, Some(CodeProblem::TooMany { seconds }));
    }
    page(context, StatusCode::UNAUTHORIZED, Some(CodeProblem::Wrong))
}

/// `GET /login/setup`: whoever has to have a second step, and has none, sets it up before anything else.
pub(in crate::web) async fn setup(
    State(app): State<App>,
    context: Context,
    session: Session,
) -> Result<Response, Failure> {
    let Some((who, _)) = to_set_up(&app, &session).await? else { return Ok(see_other("/login?done=late")) };
    if factor::setup(&app, &who).await?.is_none() {
        factor::begin(&app, &who).await?;
    }
    setup_page(&app, &context, &who, false).await
}

/// `POST /login/setup`
pub(in crate::web) async fn confirm(
    State(app): State<App>,
    context: Context,
    session: Session,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Result<Response, Failure> {
    let Some((who, return_to)) = to_set_up(&app, &session).await? else { return Ok(see_other("/login?done=late")) };
    let actor = Actor::user(&who, context.address);
    let Some(codes) = factor::confirm(&app, &who, &actor, &typed.code).await? else {
        return setup_page(&app, &context, &who, true).await;
    };
    let response = Html(CodesPage::bare(context.lang, context.theme, codes, &return_to).html()?).into_response();
    let of = Beginning { app: &app, context: &context, session: &session, headers: &headers };
    sign_in::begin(of, &who, response).await
}

async fn setup_page(app: &App, context: &Context, who: &User, wrong: bool) -> Result<Response, Failure> {
    let setup = factor::setup(app, who).await?.ok_or(Failure::Internal)?;
    let page = SetupPage::bare(context.lang, context.theme, &setup, wrong).ok_or(Failure::Internal)?;
    let status = if wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, Html(page.html()?)).into_response())
}

/// Whose password was right in this session a moment ago, and where they are to go; none where that is over, or they may not
/// come in any more.
async fn pending(app: &App, session: &Session) -> Result<Option<(User, String)>, Failure> {
    let Some(user) = session.get::<i64>(PENDING).await? else { return Ok(None) };
    let since = session.get::<i64>(PENDING_SINCE).await?.unwrap_or_default();
    let Some(who) = waiting(app, user, since).await? else { return Ok(None) };
    let return_to = session.get::<String>(RETURN_TO).await?.unwrap_or_else(|| "/admin".to_owned());
    Ok(Some((who, return_to)))
}

/// The user of that id, whose password was right at that second; none where that is over, or they may not come in any more.
async fn waiting(app: &App, user: i64, since: i64) -> Result<Option<User>, Failure> {
    if app.clock.now().timestamp() - since >= PATIENCE {
        return Ok(None);
    }
    Ok(visitor::find(app, user).await?)
}

/// The same for those who have to set up a second step, and have none.
async fn to_set_up(app: &App, session: &Session) -> Result<Option<(User, String)>, Failure> {
    let Some((who, return_to)) = pending(app, session).await? else { return Ok(None) };
    let is_on = factor::of(app, who.id).await?.is_on();
    Ok((!is_on && app.config.sign_in.totp.is_for(who.role)).then_some((who, return_to)))
}

fn page(context: &Context, status: StatusCode, problem: Option<CodeProblem>) -> Result<Response, Failure> {
    let page = CodePage::new(context.lang, context.theme, problem).html()?;
    let mut response = (status, Html(page)).into_response();
    if let Some(CodeProblem::TooMany { seconds }) = problem {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    Ok(response)
}
