//! Many rows at once: what would happen to how many, the job that does it, how far it came, and the ways to stop it and to take it
//! back. The address of the question says everything, so that a form without a script can ask it.

use std::collections::BTreeSet;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::asked::{asked, bad};
use super::list::report;
use super::{chrome, id_of, require};
use crate::app::App;
use crate::bulk::{self, Act, Job, MOST, NewJob};
use crate::resource::{Form as Typed, Listing, Screen, ids, only_deleted, value};
use crate::security::{self, Attempt};
use crate::web::answer::{self, Body, Media};
use crate::web::error::Failure;
use crate::web::see_other;
use crate::web::view::{BulkDraft, BulkPage, BulkProblem, JobPage, PageQuery};
use crate::web::visitor::InCompany;

/// So many rows can be named one by one.
const NAMED: usize = 500;
/// What a job's name begins with: it is chance's, as other secrets of that kind are.
const KEY: &str = "rc_";

/// Whose rows are meant, and what is to be done with them.
struct Meant {
    act: Act,
    ids: Vec<i64>,
    /// Rows that were named and that there are not.
    missing: Vec<i64>,
    /// Whether there are more than are done at once.
    more: bool,
    /// Whether all were meant that match, or those alone that were named.
    all: bool,
}

/// `GET /admin/{resource}/bulk`: what would happen.
pub(super) async fn ask(
    screen: &'static Screen,
    app: &App,
    at: &InCompany,
    headers: &HeaderMap,
) -> Result<Response, Failure> {
    let meant = meant(screen, app, at).await?;
    page((screen, app, at), &meant, (BulkDraft::default(), None), headers).await
}

/// `POST`: it is to happen.
pub(super) async fn start(
    screen: &'static Screen,
    app: &App,
    at: &InCompany,
    form: &Typed,
    headers: &HeaderMap,
) -> Result<Response, Failure> {
    let meant = meant(screen, app, at).await?;
    let draft = BulkDraft {
        reason: value(form, "reason").replace("\r\n", "\n"),
        force: value(form, "force") == "yes",
        key: value(form, "key").to_owned(),
    };
    let seen: usize = value(form, "n").parse().unwrap_or_default();
    let count = meant.ids.len();
    let is_confirmed = BulkPage::is_confirmed(screen, meant.act, count, value(form, "confirm"));
    let is_line = draft.reason.chars().count() <= 255 && !draft.reason.chars().any(char::is_control);
    let problem = if count == 0 {
        Some(BulkProblem::None)
    } else if count > seen {
        // Whoever agreed to so many did not agree to more.
        Some(BulkProblem::More)
    } else if !is_confirmed {
        Some(BulkProblem::Number)
    } else {
        (!is_line).then_some(BulkProblem::Reason)
    };
    if problem.is_some() {
        return page((screen, app, at), &meant, (draft, problem), headers).await;
    }
    for id in &meant.missing {
        report(app, at, screen.resource.table, *id).await;
    }
    let name = named(&draft.key).ok_or(Failure::NotFound)?.to_owned();
    let new = NewJob {
        name,
        screen,
        act: meant.act,
        reason: draft.reason,
        forced: draft.force && meant.act.may_force(),
        ids: meant.ids,
        missing: meant.missing.len(),
    };
    begin(app, at, &new).await
}

/// Makes the job, once, and leads to it.
async fn begin(app: &App, at: &InCompany, new: &NewJob) -> Result<Response, Failure> {
    let by = (&at.visitor.actor(), at.visitor.user.id);
    bulk::submit(&app.db, &at.scope, &app.clock, by, new).await?;
    app.bulk.notify_one();
    Ok(to_job(at, &new.name))
}

fn to_job(at: &InCompany, name: &str) -> Response {
    let company = at.and_company().replacen('&', "?", 1);
    see_other(&format!("/admin/bulk/{name}{company}"))
}

/// `GET /admin/bulk/{name}`: how far a job came.
pub(super) async fn job(
    State(app): State<App>,
    at: InCompany,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let page = job_page(&app, &at, &name).await?;
    answer::passing(Body { text: page.html()?, keep: false }, Media::Html, &headers)
}

/// `GET /admin/bulk/{name}/progress`: the part of it that changes.
pub(super) async fn progress(
    State(app): State<App>,
    at: InCompany,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let page = job_page(&app, &at, &name).await?;
    answer::passing(Body { text: page.fragment()?, keep: false }, Media::Html, &headers)
}

/// `POST /admin/bulk/{name}/cancel`: the rest is not to happen.
pub(super) async fn cancel(
    State(app): State<App>,
    at: InCompany,
    Path(name): Path<String>,
) -> Result<Response, Failure> {
    let job = found(&app, &at, &name).await?;
    bulk::cancel(&app, &at.scope, &at.visitor.actor(), &job).await?;
    Ok(to_job(&at, &name))
}

/// `POST /admin/bulk/{name}/undo`: what it did is taken back, by a job of its own. While a node is at its last rows, nobody knows
/// yet what that is.
pub(super) async fn undo(
    State(app): State<App>,
    at: InCompany,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let job = found(&app, &at, &name).await?;
    let act = job.act.undo(job.screen).filter(|_| job.outcome.is_some()).ok_or(Failure::NotFound)?;
    if !job.rests(app.clock.now().timestamp()) {
        let page = job_page(&app, &at, &name).await?;
        let mut response = answer::passing(Body { text: page.html()?, keep: false }, Media::Html, &headers)?;
        *response.status_mut() = StatusCode::CONFLICT;
        return Ok(response);
    }
    let ids = bulk::made_of(&at.scope.db(&app.db), &name).await?;
    let name = undoing(&name);
    let new = NewJob { name, screen: job.screen, act, reason: String::new(), forced: false, ids, missing: 0 };
    begin(&app, &at, &new).await
}

/// The name of the job that takes the one of that name back: however often somebody presses, one does.
fn undoing(name: &str) -> String {
    format!("{}-u", name.chars().take(60).collect::<String>())
}

/// A job's name, as far as it can be one.
fn named(key: &str) -> Option<&str> {
    let plain = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    (plain && (8..=62).contains(&key.len())).then_some(key)
}

/// The job of that name, for those who may do what it does.
async fn found(app: &App, at: &InCompany, name: &str) -> Result<Job, Failure> {
    if !at.scope.role().may_write() {
        return Err(Failure::Forbidden);
    }
    let company = at.scope.company_id();
    if let Some(name) = named(name) {
        if let Some(job) = bulk::find(&at.scope.db(&app.db), name).await? {
            return if at.scope.role() >= job.screen.writes { Ok(job) } else { Err(Failure::Forbidden) };
        }
        if bulk::is_foreign(app, company, name).await? {
            let subject = format!("user {} bulk", at.visitor.user.id);
            let path = at.visitor.context.target.split('?').next().unwrap_or_default();
            security::record(app, &at.visitor.actor(), Attempt::ForeignRow, Some(company), &subject, path).await;
        }
    }
    Err(Failure::NotFound)
}

async fn job_page(app: &App, at: &InCompany, name: &str) -> Result<JobPage, Failure> {
    let job = found(app, at, name).await?;
    let db = at.scope.db(&app.db);
    let came = bulk::progress(&db, name).await?;
    let failed = if came.failed > 0 { bulk::failed(&db, name).await? } else { Vec::new() };
    let undoable = job.outcome.is_some() && job.act.undo(job.screen).is_some();
    let undone = if undoable { bulk::find(&db, &undoing(name)).await? } else { None };
    let chrome = chrome(app, at).await;
    Ok(JobPage::new(chrome, at.zone, app.clock.now(), (&job, undone.as_ref()), came, failed))
}

/// Which rows the address means, of those that there are.
async fn meant(screen: &'static Screen, app: &App, at: &InCompany) -> Result<Meant, Failure> {
    require(screen, at)?;
    if at.scope.role() < screen.writes {
        return Err(Failure::Forbidden);
    }
    let (mut listing, _) = asked(app, screen, at.into()).await?;
    let query = PageQuery::of(&at.visitor.context.target);
    let deleted = listing.is_of_deleted();
    let acts = Act::of(screen, deleted);
    let given = query.get("act").unwrap_or_default();
    let names = || acts.iter().map(|act| act.as_str()).collect::<Vec<_>>().join(", ");
    let act = Act::named(given).filter(|act| acts.contains(act)).ok_or_else(|| bad("act", given, names()))?;
    let all = query.get("all") == Some("yes");
    let mut wanted = BTreeSet::new();
    if !all {
        // What is no id is no row. What the list was narrowed by does not count for those that are named.
        let named = query.without(|name| name != "id").take(NAMED).filter_map(|(_, id)| id_of(id).ok());
        wanted.extend(named);
        let sort = screen.sort;
        listing = Listing::of(screen.resource, at.scope.company_id(), sort, 1).ok_or(Failure::Internal)?;
        if deleted {
            only_deleted(&mut listing, screen.resource, app.clock.now_utc());
        }
        listing.only(&wanted.iter().copied().collect::<Vec<_>>());
    }
    let mut found = match !all && wanted.is_empty() {
        true => Vec::new(),
        false => ids(&at.scope.db(&app.db), screen.resource, &listing, MOST + 1).await?,
    };
    let more = found.len() > MOST;
    found.truncate(MOST);
    let missing = wanted.into_iter().filter(|id| found.binary_search(id).is_err()).collect();
    Ok(Meant { act, ids: found, missing, more, all })
}

async fn page(
    (screen, app, at): (&'static Screen, &App, &InCompany),
    meant: &Meant,
    (draft, problem): (BulkDraft, Option<BulkProblem>),
    headers: &HeaderMap,
) -> Result<Response, Failure> {
    // Another name than what was tried may have taken by now.
    let key = if draft.key.is_empty() { format!("{KEY}{}", app.chance.token()) } else { draft.key.clone() };
    let draft = BulkDraft { key, ..draft };
    let chrome = chrome(app, at).await;
    let page = BulkPage::new(chrome, screen, meant.act, meant.ids.len(), &at.visitor.context.target);
    let page = page.of(meant.missing.len(), meant.more, meant.all).asked(draft, problem);
    let mut response = answer::passing(Body { text: page.html()?, keep: false }, Media::Html, headers)?;
    match problem {
        None => {}
        Some(BulkProblem::More) => *response.status_mut() = StatusCode::CONFLICT,
        Some(_) => *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY,
    }
    Ok(response)
}
