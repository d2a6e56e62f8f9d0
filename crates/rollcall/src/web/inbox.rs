//! `/admin/inbox`: what is new for whoever looks, and how much of it, for the bell on every page.

use axum::Form;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{get, post};
use chrono::{DateTime, NaiveDateTime, SubsecRound};
use serde::Deserialize;

use super::answer::{self, Body, Media};
use super::error::Failure;
use super::listed::Routes;
use super::resource::chrome;
use super::see_other;
use super::view::{Bell, Chrome, InboxPage};
use super::visitor::{InCompany, Visitor};
use crate::app::App;
use crate::cache::Level;
use crate::inbox::{self, News};
use crate::tenant::OperatorScope;

/// Where the page is.
const PAGE: &str = "/admin/inbox";

pub(super) fn routes() -> Routes {
    Routes::new()
        .route("/admin/inbox", get(page))
        .route("/admin/inbox/new", get(count))
        .route("/admin/inbox/seen", post(seen))
}

/// Of whom somebody is told: their company, or one that an operator names; else an operator of the platform.
enum Of {
    Company(Box<InCompany>),
    Platform(OperatorScope),
}

impl Of {
    fn of(visitor: &Visitor, at: Result<InCompany, Failure>) -> Result<Self, Failure> {
        match (at, OperatorScope::of(&visitor.user)) {
            (Ok(at), _) => Ok(Self::Company(Box::new(at))),
            (Err(Failure::ChooseCompany), Some(operator)) => Ok(Self::Platform(operator)),
            (Err(failure), _) => Err(failure),
        }
    }

    /// What there is to be told; `all`: what was seen lately, too.
    async fn news(&self, app: &App, user: i64, all: bool) -> Result<Vec<News>, Failure> {
        Ok(match self {
            Self::Company(at) => {
                let db = at.scope.db(&app.db);
                let seen = inbox::seen(&db, user).await?;
                inbox::read(&db, at.scope.role(), seen, app.clock.now_utc(), all).await?
            }
            Self::Platform(operator) => {
                let seen = inbox::platform_seen(app, operator, user).await?;
                inbox::platform(app, operator, seen, all).await?
            }
        })
    }
}

/// `GET /admin/inbox`
async fn page(
    State(app): State<App>,
    visitor: Visitor,
    at: Result<InCompany, Failure>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let now = app.clock.now();
    let of = Of::of(&visitor, at)?;
    let news = of.news(&app, visitor.user.id, true).await?;
    let (chrome, zone, redis): (Chrome, _, _) = match &of {
        Of::Company(at) => (chrome(&app, at).await, at.zone, None),
        Of::Platform(_) => {
            let redis = app.cache.level(Level::Shared).stats().await.redis;
            (visitor.chrome(), visitor.zone(), redis.map(|redis| redis.breaker.as_str()))
        }
    };
    let page = InboxPage::new(chrome, zone, now, &news).redis(redis);
    answer::passing(Body { text: page.html()?, keep: false }, Media::Html, &headers)
}

/// `GET /admin/inbox/new`: what the bell says.
async fn count(
    State(app): State<App>,
    visitor: Visitor,
    at: Result<InCompany, Failure>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let news = Of::of(&visitor, at)?.news(&app, visitor.user.id, false).await?;
    let new = news.iter().filter(|news| news.is_new).fold(0_i64, |sum, news| sum.saturating_add(news.count));
    answer::passing(Body { text: Bell::new(visitor.context.lang, new).html()?, keep: false }, Media::Html, &headers)
}

/// Until when somebody has seen all, in seconds since 1970: as the page said that they looked at.
#[derive(Debug, Deserialize)]
struct Until {
    #[serde(default)]
    until: i64,
}

/// `POST /admin/inbox/seen`
async fn seen(
    State(app): State<App>,
    visitor: Visitor,
    at: Result<InCompany, Failure>,
    Form(form): Form<Until>,
) -> Result<Response, Failure> {
    let until = instant(form.until, app.clock.now_utc());
    let user = visitor.user.id;
    match Of::of(&visitor, at)? {
        Of::Company(at) => {
            inbox::mark(&at.scope.db(&app.db), user, until).await?;
            let company = at.and_company();
            Ok(see_other(&format!("{PAGE}{}", company.replacen('&', "?", 1))))
        }
        Of::Platform(operator) => {
            inbox::mark_platform(&app, &operator, user, until).await?;
            Ok(see_other(PAGE))
        }
    }
}

/// What is still to come nobody has seen.
fn instant(seconds: i64, now: NaiveDateTime) -> NaiveDateTime {
    let said = DateTime::from_timestamp(seconds, 0).map_or(now, |at| at.naive_utc());
    said.min(now).trunc_subsecs(0)
}
