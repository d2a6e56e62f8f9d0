//! Who asks, and for which company: the extractors that every page of the panel starts with.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use chrono_tz::Tz;
use tower_sessions::Session;

use super::context::Context;
use super::error::Failure;
use super::session::USER;
use super::view::{Badges, Chrome, CompanyName, PageQuery, Viewer};
use crate::app::App;
use crate::db::{Error, PlatformSql, Row};
use crate::security::{self, Attempt};
use crate::summaries::zone::zone;
use crate::tenant::{OperatorScope, Role, TenantScope, User};

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub(super) struct Visitor {
    pub(super) user: User,
    /// The user's own company; none for an operator.
    company: Option<CompanyName>,
    pub(super) context: Context,
}

/// Somebody at work in one company.
#[derive(Clone, Debug)]
pub(super) struct InCompany {
    pub(super) visitor: Visitor,
    pub(super) scope: TenantScope,
    pub(super) company: CompanyName,
    pub(super) zone: Tz,
    /// The companies that an operator may switch to.
    companies: Vec<CompanyName>,
}

const SIGNED_IN: PlatformSql = PlatformSql::new(
    "who signed in is read anew for every request",
    "SELECT u.id, u.company_id, u.name, u.email, u.role, c.id, c.name, c.slug, c.timezone, c.is_active \
     FROM users u LEFT JOIN companies c ON c.id = u.company_id WHERE u.id = ?",
);
const COMPANIES: PlatformSql = PlatformSql::new(
    "an operator chooses among all companies",
    "SELECT id, name, slug, timezone FROM companies ORDER BY name, id",
);

impl<S: Send + Sync> FromRequestParts<S> for Context {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        parts.extensions.get::<Self>().cloned().ok_or(Failure::Internal)
    }
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let context = Context::from_request_parts(parts, app).await?;
        let session = Session::from_request_parts(parts, app).await.map_err(|_| Failure::Internal)?;
        let id = session.get::<i64>(USER).await?.ok_or(Failure::SignIn)?;
        let (user, company) = find(app, id).await?.ok_or(Failure::SignIn)?;
        Ok(Self { user, company, context })
    }
}

/// The user of that id and their company; none where nobody of that id may use the panel.
pub(super) async fn find(app: &App, id: i64) -> Result<Option<(User, Option<CompanyName>)>, Error> {
    match app.db.platform().row(&SIGNED_IN, vec![id.into()]).await? {
        Some(row) => user_of(&row),
        None => Ok(None),
    }
}

/// The user and their company; none for a role that nobody knows, a company that is gone or closed.
fn user_of(row: &Row) -> Result<Option<(User, Option<CompanyName>)>, Error> {
    let company_id = row.opt_int(1)?;
    let Some(role) = Role::parse(&row.text(4)?) else { return Ok(None) };
    let user = User { id: row.int(0)?, company_id, name: row.text(2)?, email: row.text(3)?, role };
    match (company_id, row.opt_int(5)?) {
        (None, _) => Ok((role == Role::SuperAdmin).then_some((user, None))),
        (Some(_), Some(id)) if row.flag(9)? && role != Role::SuperAdmin => {
            let company = CompanyName { id, name: row.text(6)?, slug: row.text(7)?, timezone: row.text(8)? };
            Ok(Some((user, Some(company))))
        }
        (Some(_), _) => Ok(None),
    }
}

impl FromRequestParts<App> for InCompany {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let visitor = Visitor::from_request_parts(parts, app).await?;
        let target = PageQuery::of(&visitor.context.target);
        let asked = target.get("company").map(str::to_owned);
        match OperatorScope::of(&visitor.user) {
            Some(operator) => {
                let asked = asked.or_else(|| PageQuery::of(&visitor.context.page).get("company").map(str::to_owned));
                enter(app, &operator, visitor, asked).await
            }
            None => own(app, visitor, asked).await,
        }
    }
}

async fn enter(
    app: &App,
    operator: &OperatorScope,
    visitor: Visitor,
    asked: Option<String>,
) -> Result<InCompany, Failure> {
    let asked = asked.ok_or(Failure::ChooseCompany)?;
    let companies = companies(app, operator).await?;
    let company = companies.iter().find(|it| is_named(it, &asked)).cloned().ok_or(Failure::NotFound)?;
    tracing::info!(target: "audit", user_id = visitor.user.id, company_id = company.id, "an operator enters a company");
    let scope = operator.enter_known(company.id);
    Ok(InCompany { zone: zone(&company.timezone), visitor, scope, company, companies })
}

/// The user's own company; another one that they ask for does not exist, and asking is a security event.
async fn own(app: &App, visitor: Visitor, asked: Option<String>) -> Result<InCompany, Failure> {
    let scope = TenantScope::of(&visitor.user).ok_or(Failure::SignIn)?;
    let company = visitor.company.clone().ok_or(Failure::SignIn)?;
    if asked.is_some_and(|asked| !asked.is_empty() && !is_named(&company, &asked)) {
        // What was asked for stands in the detail: as a part of the subject it would make a row for whatever is typed.
        let subject = format!("user {}", visitor.user.id);
        security::record(app, Attempt::ForeignCompany, Some(company.id), &subject, &visitor.context.target).await;
        return Err(Failure::NotFound);
    }
    Ok(InCompany { zone: zone(&company.timezone), visitor, scope, company, companies: Vec::new() })
}

fn is_named(company: &CompanyName, asked: &str) -> bool {
    asked.eq_ignore_ascii_case(&company.slug) || asked.parse() == Ok(company.id)
}

/// All companies, for the operator who chooses one.
pub(super) async fn companies(app: &App, _proof: &OperatorScope) -> Result<Vec<CompanyName>, Error> {
    let rows = app.db.platform().rows(&COMPANIES, vec![]).await?;
    rows.iter()
        .map(|row| Ok(CompanyName { id: row.int(0)?, name: row.text(1)?, slug: row.text(2)?, timezone: row.text(3)? }))
        .collect()
}

impl Visitor {
    /// What stands around a page without a company.
    pub(super) fn chrome(&self) -> Chrome {
        Chrome {
            viewer: Viewer { lang: self.context.lang, role: self.user.role, page: self.context.page.clone() },
            theme: self.context.theme,
            user_name: self.user.name.clone(),
            user_email: self.user.email.clone(),
            company: None,
            companies: Vec::new(),
            badges: Badges::default(),
            request_id: self.context.request_id.clone(),
            stale_since: None,
            notice: None,
        }
    }
}

impl InCompany {
    /// What stands around a page of the company.
    pub(super) fn chrome(&self, badges: Badges) -> Chrome {
        Chrome {
            company: Some(self.company.clone()),
            companies: self.companies.clone(),
            badges,
            ..self.visitor.chrome()
        }
    }
}
