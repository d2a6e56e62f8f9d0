//! The dashboard, and each of its widgets by itself.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::VARY;
use axum::response::{Html, IntoResponse, Response};

use super::context::Wants;
use super::error::Failure;
use super::view::{Badges, Card, CardFailure, DashboardPage, Notice, PageQuery, Viewer, panel_json, render_fragment};
use super::visitor::InCompany;
use crate::app::App;
use crate::summaries::{self, Needs, Snapshot};
use crate::widget::{self, Choices, Spec};

/// `GET /admin`: all widgets of the company.
pub(super) async fn dashboard(State(app): State<App>, at: InCompany) -> Result<Response, Failure> {
    let query = PageQuery::of(&at.visitor.context.target);
    let chosen = widget::ALL
        .iter()
        .map(|spec| Ok((*spec, choices(spec, &query, false)?)))
        .collect::<Result<Vec<_>, Failure>>()?;
    let snapshot = read(&app, &at, &chosen).await;
    let badges = snapshot.as_ref().map_or_else(|_| Badges::default(), badges_of);
    let cards = chosen.into_iter().map(|(spec, choices)| card(&app, &at, spec, choices, snapshot.as_ref())).collect();
    let mut chrome = at.chrome(badges);
    chrome.notice = match query.get("notice") {
        Some("retried") => Some(Notice::Retried),
        Some("nothing_to_retry") => Some(Notice::NothingToRetry),
        _ => None,
    };
    Ok(Html(DashboardPage::new(chrome, cards).html()?).into_response())
}

/// `GET /admin/widgets/{key}`: one widget, as a part of the page or as JSON.
pub(super) async fn widget(
    State(app): State<App>,
    at: InCompany,
    Path(key): Path<String>,
) -> Result<Response, Failure> {
    let spec = widget::find(&key).ok_or(Failure::NotFound)?;
    let choices = choices(spec, &PageQuery::of(&at.visitor.context.target), true)?;
    let chosen = [(spec, choices)];
    let snapshot = read(&app, &at, &chosen).await;
    let [(spec, choices)] = chosen;
    let card = card(&app, &at, spec, choices, snapshot.as_ref());
    let context = &at.visitor.context;
    let answer = match (context.wants, &card.outcome) {
        (Wants::Json, Ok(panel)) => Json(panel_json(panel, spec, context.lang)).into_response(),
        (Wants::Json, Err(_)) => return Err(Failure::Unavailable),
        (Wants::Page | Wants::Fragment, _) => {
            let viewer = Viewer { lang: context.lang, role: at.visitor.user.role, page: context.page.clone() };
            Html(render_fragment(&viewer, &card)?).into_response()
        }
    };
    Ok(([(VARY, "accept, accept-language, cookie, hx-request")], answer).into_response())
}

/// What the query chooses for a widget: `policy_trend.days=90`, and `days=90` where only one widget is asked for.
fn choices(spec: &Spec, query: &PageQuery, alone: bool) -> Result<Choices, Failure> {
    let given = |name: &str| {
        let own = query.get(&format!("{}.{name}", spec.key));
        own.or_else(|| alone.then(|| query.get(name)).flatten())
    };
    Choices::of(spec, given).map_err(Failure::Bad)
}

/// Everything that these widgets look at: one statement for the summaries, however many widgets there are.
async fn read(app: &App, at: &InCompany, chosen: &[(&'static Spec, Choices)]) -> Result<Snapshot, ()> {
    let needs = chosen.iter().fold(Needs::default(), |needs, (spec, choices)| needs.and((spec.needs)(choices)));
    summaries::read(&at.scope.db(&app.db), at.zone, app.clock.now(), &needs).await.map_err(|error| {
        tracing::error!(%error, company_id = at.scope.company_id(), "the summaries could not be read");
    })
}

fn card(app: &App, at: &InCompany, spec: &'static Spec, choices: Choices, snapshot: Result<&Snapshot, &()>) -> Card {
    let outcome = snapshot.map_err(|&()| ()).and_then(|snapshot| {
        (spec.render)(snapshot, &choices).map_err(|error| {
            tracing::error!(%error, widget = spec.key, company_id = at.scope.company_id(), "a widget failed");
        })
    });
    let failure = |()| CardFailure { request_id: at.visitor.context.request_id.clone() };
    let now = app.clock.now();
    let today = summaries::zone::local_day(at.zone, now.naive_utc());
    Card { spec, choices, outcome: outcome.map_err(failure), zone: at.zone, now, today }
}

fn badges_of(snapshot: &Snapshot) -> Badges {
    Badges { policies: snapshot.company.policies, failed_notifications: snapshot.failed_notifications }
}
