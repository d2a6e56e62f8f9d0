//! Who asks, and for which company: the extractors that every page of the panel starts with.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::context::Context;
use super::entry;
use super::error::Failure;
use super::people::second_step;
use super::presence::{self, Presence, Visit};
use super::view::{Badges, Chrome, CompanyName, PageQuery, Viewer};
use crate::app::App;
use crate::audit::Actor;
use crate::config::Trust;
use crate::db::{Error, PlatformSql, Row, TenantSql};
use crate::security::{self, Attempt};
use crate::summaries::zone::zone;
use crate::tenant::{OperatorScope, Role, TenantScope, User};
use crate::versions::Versions;

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub(super) struct Visitor {
    pub(super) user: User,
    /// Where they are at home, and what is known of it.
    presence: Presence,
    pub(super) context: Context,
}

/// Somebody at work in one company.
#[derive(Clone, Debug)]
pub(super) struct InCompany {
    pub(super) visitor: Visitor,
    pub(super) scope: TenantScope,
    pub(super) company: CompanyName,
    pub(super) zone: Tz,
    /// The company's versions, read before anything else.
    pub(super) versions: Versions,
    /// Since when nobody could ask the database.
    pub(super) stale_since: Option<DateTime<Utc>>,
    /// The companies that an operator may switch to.
    companies: Vec<CompanyName>,
}

const SIGNED_IN: PlatformSql = PlatformSql::new(
    "who signs in is read by their id",
    "SELECT u.id, u.company_id, u.name, u.email, u.role, c.id, c.name, c.slug, c.timezone, c.is_active \
     FROM users u LEFT JOIN companies c ON c.id = u.company_id LEFT JOIN rollcall_people p ON p.user_id = u.id \
     WHERE u.id = ? AND p.deactivated_at IS NULL",
);
const VERSIONS: TenantSql = TenantSql::new("SELECT version, topics FROM company_versions WHERE company_id = :company");
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
        let presence = match parts.extensions.get::<Presence>() {
            Some(presence) => presence.clone(),
            None => {
                let id = presence::session_id(&parts.headers).ok_or(Failure::SignIn)?;
                let Some(presence) = presence::present(app, &id).await? else {
                    // Whose password was right a moment ago has come half of the way: nothing of theirs has ended.
                    return Err(second_step::next(app, &id).await?.map_or(Failure::SignIn, Failure::SecondStep));
                };
                // Who asks for more of the same request is not read again.
                parts.extensions.insert(presence.clone());
                presence
            }
        };
        Ok(Self { user: presence.visit.user.clone(), presence, context })
    }
}

/// The user of that id and their company; none where nobody of that id may use the panel.
pub(crate) async fn find(app: &App, id: i64) -> Result<Option<User>, Error> {
    match app.db.platform().row(&SIGNED_IN, vec![id.into()]).await? {
        Some(row) => Ok(presence::user_of(&row, 0)?.map(|(user, _)| user)),
        None => Ok(None),
    }
}

/// A company as the user of that id sees it at this moment; none where they may not enter it, or not any more. For work that goes on
/// after they asked for it.
pub(crate) async fn scope_of(app: &App, user: i64, company: i64) -> Result<Option<TenantScope>, Error> {
    let Some(user) = find(app, user).await? else { return Ok(None) };
    match OperatorScope::of(&user) {
        Some(operator) => operator.enter(&app.db, company).await,
        None => Ok(TenantScope::of(&user).filter(|scope| scope.company_id() == company)),
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
    entry::write_down(app, &visitor.actor(), company.id).await?;
    let scope = operator.enter_known(company.id);
    let versions = versions(app, &scope).await?;
    Ok(InCompany { zone: zone(&company.timezone), visitor, scope, company, versions, stale_since: None, companies })
}

/// The versions of a company that an operator enters.
async fn versions(app: &App, scope: &TenantScope) -> Result<Versions, Error> {
    let known = app.db.versions();
    if app.trust == Trust::Memory
        && let Some(versions) = known.get(scope.company_id())
    {
        return Ok(versions);
    }
    let rows = scope.db(&app.db).rows(&VERSIONS, vec![]).await?;
    let read = rows.first().map(|row| Ok::<_, Error>(Versions::read(row.int(0)?, &row.text(1)?))).transpose()?;
    Ok(read.map(|read| known.tell(scope.company_id(), read)).unwrap_or_default())
}

/// The user's own company; another one that they ask for does not exist, and asking is a security event.
async fn own(app: &App, visitor: Visitor, asked: Option<String>) -> Result<InCompany, Failure> {
    let scope = TenantScope::of(&visitor.user).ok_or(Failure::SignIn)?;
    let Presence { visit, versions, stale_since } = visitor.presence.clone();
    let company = visit.company.clone().ok_or(Failure::SignIn)?;
    let versions = versions.ok_or(Failure::SignIn)?;
    if asked.is_some_and(|asked| !asked.is_empty() && !is_named(&company, &asked)) {
        // What was asked for stands in the detail: as a part of the subject it would make a row for whatever is typed.
        let subject = format!("user {}", visitor.user.id);
        security::record(
            app,
            &visitor.actor(),
            Attempt::ForeignCompany,
            Some(company.id),
            &subject,
            &visitor.context.target,
        )
        .await;
        return Err(Failure::NotFound);
    }
    Ok(InCompany { zone: visit.zone, visitor, scope, company, versions, stale_since, companies: Vec::new() })
}

fn is_named(company: &CompanyName, asked: &str) -> bool {
    asked.eq_ignore_ascii_case(&company.slug) || asked.parse() == Ok(company.id)
}

const NAMED: PlatformSql = PlatformSql::new(
    "an operator or their token names a company",
    "SELECT id, name, slug, timezone FROM companies WHERE slug = ? OR id = ?",
);

impl Visitor {
    /// Somebody whose token holds.
    pub(super) fn of(presence: Presence, context: Context) -> Self {
        Self { user: presence.visit.user.clone(), presence, context }
    }
}

impl InCompany {
    /// Somebody who comes as `actor` (themselves, or a token of theirs), in the company that they `asked` for or in their own.
    pub(super) async fn come_as(
        app: &App,
        visitor: Visitor,
        actor: &Actor,
        asked: Option<String>,
    ) -> Result<Self, Failure> {
        let Some(operator) = OperatorScope::of(&visitor.user) else { return own(app, visitor, asked).await };
        let asked = asked.ok_or(Failure::ChooseCompany)?;
        let args = vec![asked.to_lowercase().into(), asked.parse::<i64>().unwrap_or(0).into()];
        let rows = app.db.platform().rows(&NAMED, args).await?;
        let named: Vec<_> = rows.iter().map(company_name).collect::<Result<_, Error>>()?;
        let company = named.into_iter().find(|it| is_named(it, &asked)).ok_or(Failure::NotFound)?;
        entry::write_down(app, actor, company.id).await?;
        let scope = operator.enter_known(company.id);
        let versions = versions(app, &scope).await?;
        let zone = zone(&company.timezone);
        Ok(Self { zone, visitor, scope, company, versions, stale_since: None, companies: Vec::new() })
    }

    /// Somebody in their own company; none for an operator, who is at home nowhere.
    pub(super) async fn at_home(app: &App, visitor: &Visitor) -> Result<Option<Self>, Failure> {
        match visitor.presence.visit.company {
            Some(_) => own(app, visitor.clone(), None).await.map(Some),
            None => Ok(None),
        }
    }
}

/// All companies, for the operator who chooses one.
pub(super) async fn companies(app: &App, _proof: &OperatorScope) -> Result<Vec<CompanyName>, Error> {
    let rows = app.db.platform().rows(&COMPANIES, vec![]).await?;
    rows.iter().map(company_name).collect()
}

fn company_name(row: &Row) -> Result<CompanyName, Error> {
    Ok(CompanyName { id: row.int(0)?, name: row.text(1)?, slug: row.text(2)?, timezone: row.text(3)? })
}

impl Visitor {
    /// Where they are at home, and how they want things there.
    pub(super) fn visit(&self) -> &Visit {
        &self.presence.visit
    }

    /// Who changes what they change.
    pub(super) fn actor(&self) -> Actor {
        Actor::user(&self.user, self.context.address)
    }

    /// The zone in which they read times: their company's, UTC for an operator.
    pub(super) fn zone(&self) -> Tz {
        self.presence.visit.zone
    }

    /// What stands around a page without a company.
    pub(super) fn chrome(&self) -> Chrome {
        Chrome {
            viewer: Viewer {
                lang: self.context.lang,
                hours: self.context.hours,
                role: self.user.role,
                page: self.context.page.clone(),
            },
            theme: self.context.theme,
            user_name: self.user.name.clone(),
            user_email: self.user.email.clone(),
            company: None,
            companies: Vec::new(),
            badges: Badges::default(),
            branches: Vec::new(),
            request_id: self.context.request_id.clone(),
            stale_since: None,
            notice: None,
            undo: None,
        }
    }
}

impl InCompany {
    /// What an operator's addresses name the company by, behind other parameters.
    pub(super) fn and_company(&self) -> String {
        match self.scope.role() {
            Role::SuperAdmin => format!("&company={}", self.company.id),
            _ => String::new(),
        }
    }

    /// What stands around a page of the company.
    pub(super) fn chrome(&self, badges: Badges) -> Chrome {
        Chrome {
            stale_since: self.stale_since,
            company: Some(self.company.clone()),
            companies: self.companies.clone(),
            badges,
            ..self.visitor.chrome()
        }
    }
}
