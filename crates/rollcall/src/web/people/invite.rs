//! An admin invites people, and sees to the invitations that nobody took up yet.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::header::HOST;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use secrecy::SecretString;
use serde::Deserialize;

use crate::app::App;
use crate::people::invitation::{self, InvitationError, Invited, Pending};
use crate::people::{LinkKind, letter};
use crate::tenant::Role;
use crate::web::error::Failure;
use crate::web::resource::list::report;
use crate::web::resource::{chrome, id_of};
use crate::web::see_other;
use crate::web::view::{InvitePage, InviteProblem};
use crate::web::visitor::InCompany;

/// The form.
#[derive(Default, Deserialize)]
pub(super) struct Draft {
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    role: String,
}

/// `GET /admin/users/new`
pub(super) async fn form(State(app): State<App>, at: InCompany) -> Result<Response, Failure> {
    allow(&at)?;
    let page = InvitePage::new(chrome(&app, &at).await, crate::deliver::reaches_people(&app.config));
    Ok(Html(page.html()?).into_response())
}

/// `POST /admin/users/new`: sends the invitation, or shows its link this once where there is no mail.
pub(super) async fn invite(
    State(app): State<App>,
    at: InCompany,
    headers: HeaderMap,
    Form(draft): Form<Draft>,
) -> Result<Response, Failure> {
    allow(&at)?;
    let invited = Invited { email: draft.email, name: draft.name, role: draft.role };
    let problem = match invitation::invite(&app, &at.scope, &at.visitor.actor(), &invited).await {
        Ok((pending, secret)) => return hand_on(&app, &at, &headers, &pending, &secret).await,
        Err(InvitationError::Email(_)) => InviteProblem::Email,
        Err(InvitationError::Name(_)) => InviteProblem::Name,
        Err(InvitationError::Taken) => InviteProblem::Taken,
        Err(InvitationError::Role) => return Err(Failure::NotFound),
        Err(InvitationError::Database(error)) => return Err(error.into()),
        Err(_) => return Err(Failure::Internal),
    };
    let page = InvitePage::new(chrome(&app, &at).await, crate::deliver::reaches_people(&app.config));
    let page = page.failed(invited, problem).html()?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page)).into_response())
}

/// `POST /admin/users/invitations/{id}/resend`: another link, which holds for the full time again.
pub(super) async fn resend(
    State(app): State<App>,
    at: InCompany,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    allow(&at)?;
    let id = id_of(&id)?;
    match invitation::renew(&app, &at.scope, &at.visitor.actor(), id).await? {
        Some((pending, secret)) => hand_on(&app, &at, &headers, &pending, &secret).await,
        None => Err(nobody(&app, &at, id).await),
    }
}

/// `POST /admin/users/invitations/{id}/withdraw`
pub(super) async fn withdraw(
    State(app): State<App>,
    at: InCompany,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    allow(&at)?;
    let id = id_of(&id)?;
    if !invitation::withdraw(&app, &at.scope, &at.visitor.actor(), id).await? {
        return Err(nobody(&app, &at, id).await);
    }
    Ok(see_other(&format!("/admin/users?notice=withdrawn{}", at.and_company())))
}

/// An invitation that the company does not have: where it is another one's, that is told to the operators.
async fn nobody(app: &App, at: &InCompany, id: i64) -> Failure {
    report(app, at, "rollcall_links", id).await;
    Failure::NotFound
}

fn allow(at: &InCompany) -> Result<(), Failure> {
    if at.scope.role() >= Role::Admin { Ok(()) } else { Err(Failure::Forbidden) }
}

async fn hand_on(
    app: &App,
    at: &InCompany,
    headers: &HeaderMap,
    pending: &Pending,
    secret: &SecretString,
) -> Result<Response, Failure> {
    let lang = at.visitor.context.lang;
    if letter::invitation(app, &at.company.name, pending, secret, lang).await {
        return Ok(see_other(&format!("/admin/users?notice=invited{}", at.and_company())));
    }
    let url = letter::url(app, LinkKind::Invitation, secret);
    let url = url.unwrap_or_else(|| format!("{}{}", origin(app, headers), LinkKind::Invitation.path(secret)));
    let page = InvitePage::new(chrome(app, at).await, crate::deliver::reaches_people(&app.config));
    Ok(Html(page.made(pending, url).html()?).into_response())
}

/// How the admin's own browser reaches the panel, where no setting says so: for their eyes alone, never for a mail.
pub(in crate::web) fn origin(app: &App, headers: &HeaderMap) -> String {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let host = host.chars().all(|sign| sign.is_ascii_alphanumeric() || ".-:[]".contains(sign)).then_some(host);
    let scheme = if app.config.secure_cookies() { "https" } else { "http" };
    host.filter(|host| !host.is_empty()).map_or_else(String::new, |host| format!("{scheme}://{host}"))
}
