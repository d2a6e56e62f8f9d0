//! `/admin/operations/cache` and the widget `cache_monitor`: for operators. For everybody else there is no such page.

use axum::Form;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;

use super::answer::{self, Body, Media};
use super::context::Wants;
use super::error::Failure;
use super::see_other;
use super::view::{Card, Fragment, KeptCompany, Notice, OperationsPage, PageQuery, panel_json};
use super::visitor::Visitor;
use crate::app::App;
use crate::cache::{Level, Name};
use crate::changes;
use crate::db::{Error, PlatformSql};
use crate::security::{self, Attempt};
use crate::tenant::OperatorScope;
use crate::versions::Topics;
use crate::widget::cache_monitor::{self, Figures};
use crate::widget::{Choices, Panel};

/// Where the page is.
const PAGE: &str = "/admin/operations/cache";
/// So many companies are listed.
const COMPANIES: usize = 20;

/// `GET /admin/operations/cache`
pub(super) async fn cache(State(app): State<App>, visitor: Visitor) -> Result<Response, Failure> {
    let operator = operator(&app, &visitor).await?;
    let panel = panel(&app).await;
    let mut chrome = visitor.chrome();
    let card = Fragment::of(&chrome.viewer, &card(&app, panel)).map_err(|error| drawn(&error))?.html;
    let now_ms = app.clock.now_ms();
    let inventory = app.cache.inventory(now_ms).await;
    let companies = companies(&app, &operator, &inventory.largest(COMPANIES)).await?;
    if PageQuery::of(&visitor.context.target).get("notice") == Some("cleared") {
        chrome.notice = Some(Notice::CacheCleared);
    }
    let redis = app.cache.level(Level::Shared).stats().await.redis;
    let page = OperationsPage::new(chrome, app.clock.now(), card)
        .day(&cache_monitor::history(&app.cache.history().day(), 900_000))
        .served(&app.cache.tally().read())
        .companies(companies, inventory.complete)
        .redis(redis)
        .pushed_out(app.cache.sample(now_ms).await.evictions);
    Ok(Html(page.html()?).into_response())
}

/// `GET /admin/widgets/cache_monitor`
pub(super) async fn monitor(State(app): State<App>, visitor: Visitor, headers: HeaderMap) -> Result<Response, Failure> {
    operator(&app, &visitor).await?;
    let panel = panel(&app).await;
    let lang = visitor.context.lang;
    let (text, media) = match visitor.context.wants {
        Wants::Json => (panel_json(&panel, &cache_monitor::SPEC, lang).to_string(), Media::Json),
        Wants::Page | Wants::Fragment => {
            let viewer = visitor.chrome().viewer;
            (Fragment::of(&viewer, &card(&app, panel)).map_err(|error| drawn(&error))?.html, Media::Html)
        }
    };
    answer::passing(Body { text, keep: false }, media, &headers)
}

/// What is to be cleared.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Clear {
    #[serde(default)]
    company: String,
}

/// `POST /admin/operations/cache/clear`: nothing that is kept of a company holds any longer, on any node.
pub(super) async fn clear(
    State(app): State<App>,
    visitor: Visitor,
    Form(form): Form<Clear>,
) -> Result<Response, Failure> {
    let operator = operator(&app, &visitor).await?;
    let id: i64 = form.company.parse().map_err(|_| Failure::NotFound)?;
    let scope = operator.enter(&app.db, id).await?.ok_or(Failure::NotFound)?;
    // First the version: what is taken out afterwards cannot come back under it.
    changes::raise(&app.db, &scope, &visitor.actor(), Topics::ALL, &app.clock).await?;
    let cleared = app.cache.clear(&Name::prefix(id)).await;
    tracing::info!(user_id = visitor.user.id, company_id = id, ?cleared, "an operator clears a cache");
    Ok(see_other(&format!("{PAGE}?notice=cleared")))
}

/// The proof that it is an operator who asks; to anybody else asking there is no such page, and asking is a security event.
pub(super) async fn operator(app: &App, visitor: &Visitor) -> Result<OperatorScope, Failure> {
    if let Some(operator) = OperatorScope::of(&visitor.user) {
        return Ok(operator);
    }
    let subject = format!("user {} operations", visitor.user.id);
    let path = visitor.context.target.split('?').next().unwrap_or_default();
    security::record(app, &visitor.actor(), Attempt::ForeignCompany, visitor.user.company_id, &subject, path).await;
    Err(Failure::NotFound)
}

async fn panel(app: &App) -> Panel {
    let now_ms = app.clock.now_ms();
    let redis = app.cache.level(Level::Shared).stats().await.redis;
    cache_monitor::panel(&Figures {
        now: app.cache.sample(now_ms).await,
        hour: &app.cache.history().hour(),
        memory: app.cache.memory(),
        inventory: &*app.cache.inventory(now_ms).await,
        redis: redis.map(|redis| redis.breaker.as_str()),
    })
}

fn card(app: &App, panel: Panel) -> Card {
    let now = app.clock.now();
    Card {
        spec: &cache_monitor::SPEC,
        choices: Choices::default(),
        outcome: Ok(panel.into()),
        zone: chrono_tz::UTC,
        now,
        today: now.date_naive(),
        tag: String::new(),
    }
}

/// Names, versions and last changes of the companies of which most is kept.
async fn companies(
    app: &App,
    _proof: &OperatorScope,
    kept: &[(i64, crate::cache::OfCompany)],
) -> Result<Vec<KeptCompany>, Error> {
    if kept.is_empty() {
        return Ok(Vec::new());
    }
    let marks = vec!["?"; kept.len()].join(", ");
    let text = format!(
        "SELECT c.id, c.name, v.version, v.changed_at FROM companies c \
         JOIN company_versions v ON v.company_id = c.id WHERE c.id IN ({marks})"
    );
    let sql = PlatformSql::composed("an operator sees of which companies most is kept", text);
    let rows = app.db.platform().rows(&sql, kept.iter().map(|(id, _)| (*id).into()).collect()).await?;
    let mut found = Vec::new();
    for (id, kept) in kept {
        for row in &rows {
            if row.int(0)? == *id {
                let (name, version, changed_at) = (row.text(1)?, row.int(2)?, row.opt_instant(3)?);
                found.push(KeptCompany { id: *id, name, version, changed_at, kept: *kept });
            }
        }
    }
    Ok(found)
}

fn drawn(error: &askama::Error) -> Failure {
    tracing::error!(%error, "a card could not be drawn");
    Failure::Internal
}
