//! Tokens of the API: how one is made, and revoked. Their list is `resource::tokens`.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Response};
use chrono::TimeDelta;
use secrecy::ExposeSecret;

use super::error::Failure;
use super::view::{NewTokenPage, TokenDraft, TokenProblem};
use super::visitor::Visitor;
use super::{people, see_other};
use crate::app::App;
use crate::security::{self, Attempt};
use crate::tenant::Role;
use crate::tokens::{self, Abilities, NewToken, TokenError, Whose};

/// The lengths of life that are offered, in days; 0 is none.
pub(super) const DAYS: [u32; 4] = [30, 90, 365, 0];

/// `GET /admin/tokens/new`
pub(super) async fn form(State(app): State<App>, visitor: Visitor) -> Result<Response, Failure> {
    let page = NewTokenPage::new(people::chrome(&app, &visitor).await?);
    Ok(Html(page.html()?).into_response())
}

/// `POST /admin/tokens`: makes one, and shows it this once.
pub(super) async fn create(
    State(app): State<App>,
    visitor: Visitor,
    Form(form): Form<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let draft = draft_of(&form);
    let user = &visitor.user;
    let days = draft.days.parse().ok().filter(|days| DAYS.contains(days));
    let abilities: Option<Abilities> = draft.abilities.join(",").parse().ok();
    let (Some(days), Some(abilities)) = (days, abilities) else { return Err(Failure::NotFound) };
    let new = NewToken {
        user_id: user.id,
        company_id: user.company_id,
        name: draft.name.clone(),
        abilities,
        expires_at: (days > 0).then(|| app.clock.now_utc() + TimeDelta::days(days.into())),
    };
    let made = tokens::create(&app.db, &app.clock, &app.chance, &visitor.actor(), new).await;
    let page = NewTokenPage::new(people::chrome(&app, &visitor).await?);
    let page = match made {
        Ok((token, secret)) => page.made(&token, secret.expose_secret()),
        Err(TokenError::Name(_)) => page.failed(draft, TokenProblem::Name),
        Err(TokenError::Useless) => page.failed(draft, TokenProblem::Useless),
        Err(TokenError::Expired) => return Err(Failure::Internal),
        Err(TokenError::Database(error)) => return Err(error.into()),
    };
    Ok(Html(page.html()?).into_response())
}

/// `POST /admin/tokens/{id}/revoke`
pub(super) async fn revoke(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let id: i64 = id.parse().map_err(|_| Failure::NotFound)?;
    if tokens::revoke(&app.db, &app.clock, &visitor.actor(), whose(&visitor), id).await?.is_none() {
        not_theirs(&app, &visitor, id).await?;
        return Err(Failure::NotFound);
    }
    Ok(see_other("/admin/tokens?notice=revoked"))
}

/// Reports that somebody reached for a token that is not theirs to see, where there is one.
pub(super) async fn not_theirs(app: &App, visitor: &Visitor, id: i64) -> Result<(), Failure> {
    if !tokens::list(&app.db, Whose::One(id)).await?.is_empty() {
        let subject = format!("user {} token {id}", visitor.user.id);
        let (actor, company) = (visitor.actor(), visitor.user.company_id);
        security::record(app, &actor, Attempt::ForeignRow, company, &subject, &visitor.context.target).await;
    }
    Ok(())
}

/// Whose tokens somebody may see and revoke.
pub(super) fn whose(visitor: &Visitor) -> Whose {
    match (visitor.user.role, visitor.user.company_id) {
        (Role::Admin, Some(company)) => Whose::Company(company),
        _ => Whose::User(visitor.user.id),
    }
}

fn draft_of(form: &[(String, String)]) -> TokenDraft {
    let value = |name: &str| form.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
    let chosen = form.iter().filter(|(key, _)| key == "ability").map(|(_, value)| value.clone());
    TokenDraft { name: value("name").to_owned(), days: value("days").to_owned(), abilities: chosen.collect() }
}
