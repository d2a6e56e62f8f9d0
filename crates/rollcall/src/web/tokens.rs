//! `/admin/tokens`: a person's tokens of the API; an admin sees those of the whole company.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Response};
use chrono::TimeDelta;
use secrecy::ExposeSecret;

use super::error::Failure;
use super::view::{Notice, PageQuery, TokenDraft, TokenProblem, TokensPage};
use super::visitor::Visitor;
use super::{people, see_other};
use crate::app::App;
use crate::security::{self, Attempt};
use crate::tenant::Role;
use crate::tokens::{self, Abilities, NewToken, TokenError, Whose};

/// Where the page is.
const PAGE: &str = "/admin/tokens";
/// The lengths of life that are offered, in days; 0 is none.
pub(super) const DAYS: [u32; 4] = [30, 90, 365, 0];

/// `GET /admin/tokens`
pub(super) async fn list(State(app): State<App>, visitor: Visitor) -> Result<Response, Failure> {
    let page = page(&app, &visitor).await?;
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
    let page = page(&app, &visitor).await?;
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
        if !tokens::list(&app.db, Whose::One(id)).await?.is_empty() {
            let subject = format!("user {} token {id}", visitor.user.id);
            let company = visitor.user.company_id;
            let (actor, target) = (visitor.actor(), &visitor.context.target);
            security::record(&app, &actor, Attempt::ForeignRow, company, &subject, target).await;
        }
        return Err(Failure::NotFound);
    }
    Ok(see_other(&format!("{PAGE}?notice=revoked")))
}

/// Whose tokens somebody may see and revoke.
fn whose(visitor: &Visitor) -> Whose {
    match (visitor.user.role, visitor.user.company_id) {
        (Role::Admin, Some(company)) => Whose::Company(company),
        _ => Whose::User(visitor.user.id),
    }
}

async fn page(app: &App, visitor: &Visitor) -> Result<TokensPage, Failure> {
    let found = tokens::list(&app.db, whose(visitor)).await?;
    let mut chrome = people::chrome(app, visitor).await?;
    if PageQuery::of(&visitor.context.target).get("notice") == Some("revoked") {
        chrome.notice = Some(Notice::TokenRevoked);
    }
    Ok(TokensPage::new(chrome, app.clock.now(), visitor.user.id, found))
}

fn draft_of(form: &[(String, String)]) -> TokenDraft {
    let value = |name: &str| form.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
    let chosen = form.iter().filter(|(key, _)| key == "ability").map(|(_, value)| value.clone());
    TokenDraft { name: value("name").to_owned(), days: value("days").to_owned(), abilities: chosen.collect() }
}
