//! `/admin/data`: the ways by which a company's data come in.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use chrono::TimeDelta;
use secrecy::ExposeSecret;

use super::allow;
use crate::app::App;
use crate::audit::{self, ActorKind, Filter};
use crate::import::screen;
use crate::people::letter;
use crate::tenant::Role;
use crate::tokens::{self, Abilities, NewToken, Whose};
use crate::web::context::Wants;
use crate::web::error::Failure;
use crate::web::people::origin;
use crate::web::resource::chrome;
use crate::web::view::{DataPage, DataProblem, PageQuery, Received};
use crate::web::visitor::InCompany;

/// How long a token holds that is made here, in days.
const TOKEN_DAYS: i64 = 90;

/// `GET /admin/data`
pub(super) async fn page(State(app): State<App>, at: InCompany) -> Result<Response, Failure> {
    allow(&at)?;
    show(&app, &at, None).await
}

/// The page, with what was wrong with a file.
pub(super) async fn show(app: &App, at: &InCompany, problem: Option<DataProblem>) -> Result<Response, Failure> {
    let status = problem.map_or(StatusCode::OK, |problem| match problem {
        DataProblem::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        DataProblem::TooMany | DataProblem::NoRoom => StatusCode::CONFLICT,
        DataProblem::Busy => StatusCode::TOO_MANY_REQUESTS,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    });
    Ok((status, Html(data_page(app, at).await?.failed(problem).html()?)).into_response())
}

async fn data_page(app: &App, at: &InCompany) -> Result<DataPage, Failure> {
    let imports = screen::recent(&at.scope.db(&app.db)).await?;
    let page = DataPage::new(chrome(app, at).await, (at.zone, app.clock.now()), app.config.import.max_file, &imports);
    Ok(page.beside(app.db.is_adopted().await?))
}

/// `POST /admin/data/token`: makes a token and a command that works with it, and waits for the first row.
pub(super) async fn token(State(app): State<App>, at: InCompany, headers: HeaderMap) -> Result<Response, Failure> {
    allow(&at)?;
    let user = &at.visitor.user;
    let abilities: Abilities = "read,write".parse().map_err(|_| Failure::Internal)?;
    let new = NewToken {
        user_id: user.id,
        company_id: user.company_id,
        name: format!("API {}", app.clock.now().format("%Y-%m-%d %H:%M")),
        abilities,
        expires_at: Some(app.clock.now_utc() + TimeDelta::days(TOKEN_DAYS)),
    };
    let made = tokens::create(&app.db, &app.clock, &app.chance, &at.visitor.actor(), new).await;
    let (token, secret) = made.map_err(|error| match error {
        tokens::TokenError::Database(error) => Failure::from(error),
        _ => Failure::Internal,
    })?;
    let origin = letter::origin(&app).unwrap_or_else(|| origin(&app, &headers));
    let company = (at.scope.role() == Role::SuperAdmin).then(|| at.company.slug.clone());
    let page = data_page(&app, &at).await?.made(token.id, secret.expose_secret(), &origin, company.as_deref());
    Ok(Html(page.html()?).into_response())
}

/// `GET /admin/data/received`: whether something came by that token.
pub(super) async fn received(State(app): State<App>, at: InCompany) -> Result<Response, Failure> {
    allow(&at)?;
    let query = PageQuery::of(&at.visitor.context.target);
    let token: i64 = query.get("token").and_then(|token| token.parse().ok()).unwrap_or_default();
    // Their own alone: what came by another's is in the audit log, for who may read that.
    let own = tokens::list(&app.db, Whose::User(at.visitor.user.id)).await?;
    let lines = match own.iter().any(|own| own.id == token) {
        true => {
            let filter = Filter { actor_kind: Some(ActorKind::Token), actor_id: Some(token), ..Filter::default() };
            audit::lines(&at.scope.db(&app.db), &filter, 5).await?
        }
        false => Vec::new(),
    };
    // That an operator's token entered the company is no row.
    let line = lines.into_iter().find(|line| !line.action.ends_with(".entered"));
    let page = Received::new(chrome(&app, &at).await, token, line.as_ref());
    let html = match at.visitor.context.wants {
        Wants::Fragment => page.fragment()?,
        Wants::Page | Wants::Json => page.html()?,
    };
    Ok(Html(html).into_response())
}
