//! `/setup/{secret}`: whoever reads the program's terminal becomes the first operator. Without the secret there is no such page.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::header::REFERRER_POLICY;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tower_sessions::Session;

use super::COMPANY;
use crate::app::App;
use crate::i18n::Lang;
use crate::people::setup::{self, Founder, SetupError};
use crate::web::context::Context;
use crate::web::error::Failure;
use crate::web::people::second_step;
use crate::web::see_other;
use crate::web::sign_in::{self, Beginning};
use crate::web::view::{FounderDraft, FounderPage as Page, FounderProblem};

/// The form.
#[derive(Default, Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    again: String,
    #[serde(default)]
    language: String,
}

/// `GET /setup/{secret}`
pub(super) async fn form(
    State(app): State<App>,
    context: Context,
    Path(secret): Path<String>,
) -> Result<Response, Failure> {
    if !setup::holds(&app, &secret).await? {
        return Err(Failure::NotFound);
    }
    page(&context, FounderDraft::default(), None)
}

/// `POST /setup/{secret}`: makes the operator, signs them in, and leads on to the first company.
pub(super) async fn found(
    State(app): State<App>,
    context: Context,
    session: Session,
    Path(secret): Path<String>,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Result<Response, Failure> {
    if !setup::holds(&app, &secret).await? {
        return Err(Failure::NotFound);
    }
    let language: Lang = typed.language.parse().unwrap_or(context.lang);
    let draft = FounderDraft { name: typed.name.clone(), email: typed.email.clone(), language: Some(language) };
    let (password, again) = (SecretString::from(typed.password), SecretString::from(typed.again));
    if password.expose_secret() != again.expose_secret() {
        return page(&context, draft, Some(FounderProblem::Differ));
    }
    let founder = Founder { name: typed.name, email: typed.email, password, language };
    let who = match setup::found(&app, &secret, founder, context.address).await {
        Ok(who) => who,
        Err(SetupError::Gone) => return Err(Failure::NotFound),
        Err(SetupError::Database(error)) => return Err(error.into()),
        Err(SetupError::Hash(error)) => {
            tracing::error!(%error, "a new password could not be hashed");
            return Err(Failure::Internal);
        }
        Err(SetupError::Name(_)) => return page(&context, draft, Some(FounderProblem::Name)),
        Err(SetupError::Email(_)) => return page(&context, draft, Some(FounderProblem::Email)),
        Err(SetupError::Taken) => return page(&context, draft, Some(FounderProblem::Taken)),
        Err(SetupError::Password(weak)) => return page(&context, draft, Some(FounderProblem::Weak(weak))),
    };
    if let Some(next) = second_step::asked(&app, &session, &who, COMPANY).await? {
        return Ok(next);
    }
    let of = Beginning { app: &app, context: &context, session: &session, headers: &headers };
    sign_in::begin(of, &who, see_other(COMPANY)).await
}

fn page(context: &Context, draft: FounderDraft, problem: Option<FounderProblem>) -> Result<Response, Failure> {
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = Page::new(context.lang, context.theme, draft, problem);
    let mut response = (status, Html(page.html()?)).into_response();
    // The address is the secret.
    response.headers_mut().insert(REFERRER_POLICY, HeaderValue::from_static("strict-origin"));
    Ok(response)
}
