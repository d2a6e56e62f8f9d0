//! Who asks: a token, whose it is, and for which company; read anew for each request, by one statement.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chrono::TimeDelta;
use chrono_tz::Tz;

use super::problem::Problem;
use crate::app::App;
use crate::audit::Actor;
use crate::db::{Error, PlatformSql, Row};
use crate::security::{self, Attempt};
use crate::summaries::zone::zone;
use crate::tenant::{OperatorScope, Role, TenantScope};
use crate::tokens::{self, Abilities, Access, Area};
use crate::versions::Versions;
use crate::web::context::Context;
use crate::web::presence::{self, Presence, Visit};
use crate::web::view::PageQuery;
use crate::web::visitor::{InCompany, Visitor};

/// The header by which an operator names a company, by slug or id.
pub(super) const COMPANY: &str = "rollcall-company";
/// The use of a token is written down at most so often, in seconds.
const NOTED_EVERY: i64 = 60;

const PRESENTED: PlatformSql = PlatformSql::new(
    "who asks is read by the token's hash, with their company and its versions",
    "SELECT t.id, t.name, t.abilities, t.company_id, t.expires_at, t.revoked_at, t.last_used_at, u.id, u.company_id, \
     u.name, u.email, u.role, c.id, c.name, c.slug, c.timezone, c.is_active, v.version, v.topics \
     FROM api_tokens t JOIN users u ON u.id = t.user_id LEFT JOIN companies c ON c.id = u.company_id \
     LEFT JOIN company_versions v ON v.company_id = c.id LEFT JOIN rollcall_people p ON p.user_id = u.id \
     WHERE t.hash = ? AND p.deactivated_at IS NULL",
);
const USED: PlatformSql = PlatformSql::new(
    "the use of a token is noted, once a minute",
    "UPDATE api_tokens SET last_used_at = ? WHERE id = ? AND (last_used_at IS NULL OR last_used_at < ?)",
);

/// A token that holds, and whose it is.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub(super) token: i64,
    name: String,
    abilities: Abilities,
    pub(super) visitor: Visitor,
}

/// A caller at work in one company.
#[derive(Clone, Debug)]
pub(super) struct At {
    pub(super) caller: Caller,
    pub(super) company: InCompany,
}

/// Lets nobody through without a token that holds, nor one that asks too often.
pub(super) async fn layer(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let Some(context) = request.extensions().get::<Context>().cloned() else {
        return Problem::internal().into_response();
    };
    let caller = match identify(&app, request.headers(), context).await {
        Ok(caller) => caller,
        Err(problem) => return problem.into_response(),
    };
    let settings = &app.config.api;
    let (token, most) = (caller.token, settings.requests_per_minute);
    let mut standing = app.limits.request(token, app.clock.now().timestamp(), most);
    let mut response = if standing.is_over() {
        Problem::too_many("this token has asked too often", standing.reset).into_response()
    } else {
        request.extensions_mut().insert(caller);
        let response = next.run(request).await;
        // A batch counts for more than one.
        standing = app.limits.requests(token, app.clock.now().timestamp(), 0, most);
        response
    };
    standing.tell(response.headers_mut());
    response
}

async fn identify(app: &App, headers: &HeaderMap, context: Context) -> Result<Caller, Problem> {
    let Some(given) = headers.get(AUTHORIZATION) else {
        return Err(Problem::unknown("send a token: Authorization: Bearer rc_…", false));
    };
    let (address, now) = (context.address, app.clock.now().timestamp());
    let secret = given.to_str().ok().and_then(|text| text.split_once(' '));
    let secret = secret.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, secret)| secret.trim());
    let found = match secret.filter(|secret| secret.starts_with(tokens::PREFIX)) {
        Some(secret) => read(app, secret, context).await?,
        None => None,
    };
    if let Some(caller) = found {
        return Ok(caller);
    }
    // Afterwards: whoever guesses behind the same address must not lock out those whose tokens hold.
    if let Some(standing) = app.limits.suspected(address, now, app.config.api.wrong_tokens_per_minute) {
        return Err(Problem::too_many("too many wrong tokens from this address", standing.reset));
    }
    app.limits.wrong(address, now);
    let actor = Actor::nobody(address);
    let address = address.map_or_else(|| "unknown".to_owned(), |address| address.to_string());
    let subject = format!("token {}", &app.keyed_hash("address", &address)[..16]);
    security::record(app, &actor, Attempt::WrongToken, None, &subject, "").await;
    Err(Problem::unknown("this token does not hold", true))
}

async fn read(app: &App, secret: &str, context: Context) -> Result<Option<Caller>, Error> {
    let row = app.db.platform().row(&PRESENTED, vec![tokens::hash(secret).into()]).await?;
    let Some(row) = row else { return Ok(None) };
    let now = app.clock.now_utc();
    let over = row.opt_instant(4)?.is_some_and(|end| end <= now) || row.opt_instant(5)?.is_some();
    // Who has gone over to another company has left their tokens behind.
    if over || row.opt_int(3)? != row.opt_int(8)? {
        return Ok(None);
    }
    let Some((user, company)) = presence::user_of(&row, 7)? else { return Ok(None) };
    let (token, abilities) = (row.int(0)?, row.text(2)?.parse().unwrap_or_default());
    let before = now - TimeDelta::seconds(NOTED_EVERY);
    if row.opt_instant(6)?.is_none_or(|used| used < before) {
        app.db.platform().execute(&USED, vec![now.into(), token.into(), before.into()]).await?;
    }
    let versions = company.as_ref().map(|company| versions(app, company.id, &row)).transpose()?;
    let zone = company.as_ref().map_or(Tz::UTC, |company| zone(&company.timezone));
    let presence =
        Presence { visit: Arc::new(Visit { user, company, zone, arranged: None }), versions, stale_since: None };
    Ok(Some(Caller { token, name: row.text(1)?, abilities, visitor: Visitor::of(presence, context) }))
}

fn versions(app: &App, company: i64, row: &Row) -> Result<Versions, Error> {
    let read = Versions::read(row.opt_int(17)?.unwrap_or(0), &row.opt_text(18)?.unwrap_or_default());
    Ok(app.db.versions().tell(company, read))
}

impl Caller {
    /// Whether the token and its user may do that.
    pub(super) fn allow(&self, area: Area, access: Access) -> Result<(), Problem> {
        if !self.abilities.allow(area, access) {
            let ability = format!("{}:{}", area.as_str(), access.as_str());
            return Err(Problem::forbidden(format!("this token may not do that: it lacks the ability {ability}")));
        }
        if area == Area::Users && self.visitor.user.role < Role::Admin {
            return Err(Problem::forbidden("a company's users are its admins' affair"));
        }
        if access == Access::Write && !self.visitor.user.role.may_write() {
            return Err(Problem::forbidden(format!("the role {} may read alone", self.visitor.user.role)));
        }
        Ok(())
    }

    /// The proof that an operator asks.
    pub(super) fn operator(&self) -> Result<OperatorScope, Problem> {
        OperatorScope::of(&self.visitor.user).ok_or_else(|| Problem::forbidden("that is for platform operators"))
    }

    /// Who changes what is changed.
    pub(super) fn actor(&self) -> Actor {
        Actor::token(self.token, &self.name, &self.visitor.user, self.visitor.context.address)
    }
}

impl At {
    /// The company's scope.
    pub(super) fn scope(&self) -> &TenantScope {
        &self.company.scope
    }

    /// Reports that a row which there is not in the company is somebody else's, where it is, and a type that is none.
    pub(super) async fn report(&self, app: &App, problem: &Problem) {
        if let Some(given) = problem.no_type() {
            let path = self.caller.visitor.context.target.split('?').next().unwrap_or_default();
            security::hostile_type(app, &self.caller.actor(), self.scope().company_id(), given, path).await;
        }
        let Some(missing) = problem.missing else { return };
        let company = self.scope().company_id();
        match security::is_foreign(app, missing.table, company, missing.id).await {
            Ok(false) => {}
            Ok(true) => {
                let subject = format!("token {} {} {}", self.caller.token, missing.table, missing.id);
                let path = self.caller.visitor.context.target.split('?').next().unwrap_or_default();
                let actor = self.caller.actor();
                security::record(app, &actor, Attempt::ForeignRow, Some(company), &subject, path).await;
            }
            Err(error) => tracing::error!(%error, "whether a row is another company's could not be looked up"),
        }
    }

    /// The result, after its problem was looked at.
    pub(super) async fn told<T>(&self, app: &App, result: Result<T, Problem>) -> Result<T, Problem> {
        if let Err(problem) = &result {
            self.report(app, problem).await;
        }
        result
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(Problem::internal)
    }
}

impl FromRequestParts<App> for At {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, app).await?;
        let header = parts.headers.get(COMPANY).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        let parameter = PageQuery::of(&caller.visitor.context.target).get("company").map(str::to_owned);
        let asked = header.or(parameter).filter(|asked| !asked.is_empty());
        let company = InCompany::come_as(app, caller.visitor.clone(), &caller.actor(), asked).await?;
        Ok(Self { caller, company })
    }
}
