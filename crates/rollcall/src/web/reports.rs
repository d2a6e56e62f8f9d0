//! `/admin/reports`: reports that go out by mail; `/unsubscribe/…`: the link in each that ends them.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};

use super::context::Context;
use super::error::Failure;
use super::listed::Routes;
use super::resource::list::report as report_foreign;
use super::resource::{chrome, id_of};
use super::see_other;
use super::view::{ReportDraft, ReportForm, ReportsPage, UnsubscribePage};
use super::visitor::InCompany;
use crate::app::App;
use crate::audit::Actor;
use crate::deliver::reaches_people;
use crate::reports::unsubscribe::Subscription;
use crate::reports::{self, ReportError};
use crate::tenant::Role;

/// Where the page is.
const PAGE: &str = "/admin/reports";

type Fields = Vec<(String, String)>;

/// The routes of the panel.
pub(super) fn routes() -> Routes {
    Routes::new()
        .route(PAGE, get(list))
        .route("/admin/reports/new", get(new).post(create))
        .route("/admin/reports/{id}/edit", get(edit).post(change))
        .route("/admin/reports/{id}/pause", post(pause))
        .route("/admin/reports/{id}/resume", post(resume))
        .route("/admin/reports/{id}/send", post(send))
        .route("/admin/reports/{id}/delete", post(delete))
}

/// The route of the link in a mail: whoever comes by it has no session.
pub(super) fn unsubscribing() -> Routes {
    Routes::new().route("/unsubscribe/{word}", get(ask).post(unsubscribe))
}

async fn list(State(app): State<App>, at: InCompany) -> Result<Response, Failure> {
    allow(&at)?;
    let db = at.scope.db(&app.db);
    let all = reports::list(&db).await?;
    let mails = reports::history(&db).await?;
    let names: BTreeMap<_, _> = reports::named(&db, "users").await?.into_iter().collect();
    let now = (at.zone, app.clock.now());
    let page = ReportsPage::new(chrome(&app, &at).await, now, &all, &mails, &names, reaches_people(&app.config));
    Ok(Html(page.html()?).into_response())
}

async fn new(State(app): State<App>, at: InCompany) -> Result<Response, Failure> {
    allow(&at)?;
    Ok(Html(form(&app, &at, None, ReportDraft::blank()).await?.html()?).into_response())
}

async fn edit(State(app): State<App>, at: InCompany, Path(id): Path<String>) -> Result<Response, Failure> {
    allow(&at)?;
    let id = id_of(&id)?;
    let found = reports::find(&at.scope.db(&app.db), id).await?;
    let Some(report) = found else { return Err(missing(&app, &at, id).await) };
    let draft = ReportDraft::of(&report.contents);
    Ok(Html(form(&app, &at, Some(report), draft).await?.html()?).into_response())
}

async fn create(State(app): State<App>, at: InCompany, Form(fields): Form<Fields>) -> Result<Response, Failure> {
    allow(&at)?;
    save(&app, &at, None, fields).await
}

async fn change(
    State(app): State<App>,
    at: InCompany,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, Failure> {
    allow(&at)?;
    save(&app, &at, Some(id_of(&id)?), fields).await
}

async fn save(app: &App, at: &InCompany, id: Option<i64>, fields: Fields) -> Result<Response, Failure> {
    let draft = ReportDraft::sent(fields);
    let contents = match draft.contents() {
        Ok(contents) => contents,
        Err(wrong) => return refused(app, at, id, draft, wrong).await,
    };
    let actor = at.visitor.actor();
    let done = match id {
        None => reports::create(app, &at.scope, &actor, at.zone, &contents).await.map(|_| "created"),
        Some(id) => {
            reports::change(app, &at.scope, &actor, at.zone, (id, draft.tag(), &contents)).await.map(|()| "saved")
        }
    };
    match done {
        Ok(done) => Ok(see_other(&format!("{PAGE}?notice={done}{}", at.and_company()))),
        Err(ReportError::TooMany) => refused(app, at, id, draft, vec!["total"]).await,
        Err(ReportError::Inactive(_)) => refused(app, at, id, draft, vec!["inactive"]).await,
        Err(ReportError::Stale) => overtaken(app, at, id, draft).await,
        Err(error) => Err(failed(app, at, error).await),
    }
}

async fn refused(
    app: &App,
    at: &InCompany,
    id: Option<i64>,
    draft: ReportDraft,
    wrong: Vec<&'static str>,
) -> Result<Response, Failure> {
    let report = changed(app, at, id).await?;
    let page = form(app, at, report, draft).await?.failed(wrong);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.html()?)).into_response())
}

/// Somebody else changed it since it was read.
async fn overtaken(app: &App, at: &InCompany, id: Option<i64>, draft: ReportDraft) -> Result<Response, Failure> {
    let report = changed(app, at, id).await?;
    let tag = report.as_ref().map(reports::Report::tag).unwrap_or_default();
    let page = form(app, at, report, draft).await?.stale(tag);
    Ok((StatusCode::CONFLICT, Html(page.html()?)).into_response())
}

/// The report that somebody wants to change; none for a new one.
async fn changed(app: &App, at: &InCompany, id: Option<i64>) -> Result<Option<reports::Report>, Failure> {
    let Some(id) = id else { return Ok(None) };
    match reports::find(&at.scope.db(&app.db), id).await? {
        Some(report) => Ok(Some(report)),
        None => Err(missing(app, at, id).await),
    }
}

async fn pause(State(app): State<App>, at: InCompany, Path(id): Path<String>) -> Result<Response, Failure> {
    allow(&at)?;
    let done = reports::pause(&app, &at.scope, &at.visitor.actor(), id_of(&id)?).await;
    back(&app, &at, done, "report_paused").await
}

async fn resume(State(app): State<App>, at: InCompany, Path(id): Path<String>) -> Result<Response, Failure> {
    allow(&at)?;
    let done = reports::resume(&app, &at.scope, &at.visitor.actor(), at.zone, id_of(&id)?).await;
    back(&app, &at, done, "report_resumed").await
}

async fn send(State(app): State<App>, at: InCompany, Path(id): Path<String>) -> Result<Response, Failure> {
    allow(&at)?;
    let done = reports::send_now(&app, &at.scope, &at.visitor.actor(), id_of(&id)?).await.map(|_| ());
    back(&app, &at, done, "report_queued").await
}

async fn delete(State(app): State<App>, at: InCompany, Path(id): Path<String>) -> Result<Response, Failure> {
    allow(&at)?;
    let done = reports::delete(&app, &at.scope, &at.visitor.actor(), id_of(&id)?).await;
    back(&app, &at, done, "deleted").await
}

async fn back(app: &App, at: &InCompany, done: Result<(), ReportError>, notice: &str) -> Result<Response, Failure> {
    match done {
        Ok(()) => Ok(see_other(&format!("{PAGE}?notice={notice}{}", at.and_company()))),
        Err(error) => Err(failed(app, at, error).await),
    }
}

fn allow(at: &InCompany) -> Result<(), Failure> {
    if at.scope.role() >= Role::Manager { Ok(()) } else { Err(Failure::Forbidden) }
}

async fn form(
    app: &App,
    at: &InCompany,
    report: Option<reports::Report>,
    draft: ReportDraft,
) -> Result<ReportForm, Failure> {
    let db = at.scope.db(&app.db);
    let people = reports::readers(&db).await?;
    let branches = reports::named(&db, "branches").await?;
    let (id, tag) = (report.as_ref().map(|report| report.id), report.as_ref().map(reports::Report::tag));
    let recipients = report.into_iter().flat_map(|report| report.contents.recipients);
    let unsubscribed = recipients.filter(|it| it.unsubscribed).map(|it| it.user).collect();
    let page = ReportForm::new(chrome(app, at).await, id, draft, at.zone).of(tag.unwrap_or_default());
    Ok(page.offering(people, branches, unsubscribed))
}

async fn failed(app: &App, at: &InCompany, error: ReportError) -> Failure {
    match error {
        ReportError::NotFound(id) => missing(app, at, id).await,
        ReportError::NoRow { table, id } => {
            report_foreign(app, at, table, id).await;
            Failure::NotFound
        }
        ReportError::TooMany | ReportError::Inactive(_) | ReportError::Stale => Failure::Internal,
        ReportError::Database(error) => error.into(),
    }
}

/// A report that the company does not have: where it is another one's, that is told to the operators.
async fn missing(app: &App, at: &InCompany, id: i64) -> Failure {
    report_foreign(app, at, "rollcall_reports", id).await;
    Failure::NotFound
}

async fn ask(State(app): State<App>, context: Context, Path(word): Path<String>) -> Result<Response, Failure> {
    let name = match Subscription::read(&app, &word) {
        Some(it) => it.report(&app).await?,
        None => None,
    };
    page(&context, name.ok_or(Failure::NotFound)?, false)
}

/// From the page, or at once from a reader of mail (RFC 8058). Twice does no harm.
async fn unsubscribe(State(app): State<App>, context: Context, Path(word): Path<String>) -> Result<Response, Failure> {
    let subscription = Subscription::read(&app, &word).ok_or(Failure::NotFound)?;
    let name = subscription.report(&app).await?.ok_or(Failure::NotFound)?;
    subscription.end(&app, &Actor::nobody(context.address)).await?;
    page(&context, name, true)
}

fn page(context: &Context, name: String, done: bool) -> Result<Response, Failure> {
    let page = UnsubscribePage::new(context.lang, context.theme, name, done);
    Ok(Html(page.html()?).into_response())
}
