//! What is done with an appointment: a page that says what would happen, and the change itself by [`booking`].

use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use chrono::{NaiveDateTime, TimeZone};
use chrono_tz::Tz;

use super::list::report;
use super::{chrome, id_of, meanwhile};
use crate::app::App;
use crate::booking::{self, By, Cancel, Check, Close, Error, Reopening, Reschedule};
use crate::resource::{Form, Joins, Screen, one, value};
use crate::web::answer::{self, Body, Media};
use crate::web::error::Failure;
use crate::web::see_other;
use crate::web::view::{ActionDraft, ActionPage, ActionProblem, Deed};
use crate::web::visitor::InCompany;

/// Asks before an appointment is changed.
pub(super) async fn ask(
    (app, screen): (&App, &'static Screen),
    at: &InCompany,
    (id, deed): (&str, Deed),
    headers: &HeaderMap,
) -> Result<Response, Failure> {
    let id = allowed(screen, at, id)?;
    page((app, screen), at, (id, deed), (ActionDraft::default(), None), headers).await
}

/// Changes an appointment.
pub(super) async fn act(
    (app, screen): (&App, &'static Screen),
    at: &InCompany,
    (id, deed): (&str, Deed),
    form: &Form,
    headers: &HeaderMap,
) -> Result<Response, Failure> {
    let id = allowed(screen, at, id)?;
    let draft = draft_of(form);
    let problem = match run(app, at, (id, deed), &draft).await {
        Ok(()) => {
            let notice = format!("{}/{id}?notice={}{}", screen.path(), deed.done(), at.and_company());
            return Ok(see_other(&notice));
        }
        Err(problem) => problem,
    };
    let problem = match problem {
        Refused::Time => ActionProblem::Time,
        Refused::By(Error::NotFound { .. }) => {
            report(app, at, screen.resource.table, id).await;
            return Err(Failure::NotFound);
        }
        Refused::By(Error::Stale) => ActionProblem::Stale,
        Refused::By(Error::Denied(_)) => ActionProblem::Denied,
        Refused::By(Error::Conflict { .. }) => ActionProblem::State,
        Refused::By(Error::Invalid { field: "reason", .. }) => ActionProblem::Reason,
        Refused::By(Error::Invalid { .. }) => ActionProblem::Time,
        Refused::By(Error::Forbidden) => return Err(Failure::Forbidden),
        Refused::By(Error::Database(error)) => return Err(error.into()),
    };
    page((app, screen), at, (id, deed), (draft, Some(problem)), headers).await
}

/// Why nothing was done.
enum Refused {
    /// There is no such local time.
    Time,
    By(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::By(error)
    }
}

async fn run(app: &App, at: &InCompany, (id, deed): (i64, Deed), draft: &ActionDraft) -> Result<(), Refused> {
    let (scope, actor) = (&at.scope, at.visitor.actor());
    let reason = Some(draft.reason.clone()).filter(|reason| !reason.is_empty());
    let (force, by) = (draft.force, draft.by_customer.then_some(By::Customer));
    // Without a tag somebody would change what they have not seen.
    let tag = Some(draft.tag.clone());
    match deed {
        Deed::Cancel => {
            booking::cancel(app, scope, &actor, &Cancel { id, reason, force, by, tag }).await?;
        }
        Deed::Reschedule => {
            let starts_at = instant(at.zone, &draft.starts_at).ok_or(Refused::Time)?;
            let request = Reschedule { id, starts_at, ends_at: None, reason, force, by, tag };
            booking::reschedule(app, scope, &actor, &request).await?;
        }
        Deed::Complete => {
            booking::complete(app, scope, &actor, &Close { id, tag }).await?;
        }
        Deed::NoShow => {
            booking::no_show(app, scope, &actor, &Close { id, tag }).await?;
        }
        Deed::Reopen => {
            booking::reopen(app, scope, &actor, &Close { id, tag }).await?;
        }
    }
    Ok(())
}

/// The instant of a local time; of one that comes twice the first, of one that is left out none.
fn instant(zone: Tz, text: &str) -> Option<NaiveDateTime> {
    let formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"];
    let local = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())?;
    zone.from_local_datetime(&local).earliest().map(|at| at.naive_utc())
}

fn allowed(screen: &Screen, at: &InCompany, id: &str) -> Result<i64, Failure> {
    if at.scope.role() >= screen.writes { id_of(id) } else { Err(Failure::Forbidden) }
}

fn draft_of(form: &Form) -> ActionDraft {
    let value = |name: &str| value(form, name);
    ActionDraft {
        tag: value("tag").to_owned(),
        // A browser sends a line's end as two characters.
        reason: value("reason").replace("\r\n", "\n"),
        force: value("force") == "yes",
        by_customer: value("by") == "customer",
        starts_at: value("starts_at").to_owned(),
    }
}

async fn page(
    (app, screen): (&App, &'static Screen),
    at: &InCompany,
    (id, deed): (i64, Deed),
    (draft, problem): (ActionDraft, Option<ActionProblem>),
    headers: &HeaderMap,
) -> Result<Response, Failure> {
    let db = at.scope.db(&app.db);
    let columns = screen.resource.columns;
    let joins = Joins::of(db.dialect(), columns, columns.iter());
    let found = one(&db, screen.resource, id, &joins).await?;
    let check = match booking::check(app, &at.scope, id, None).await {
        Ok(check) => Some(check),
        Err(Error::Database(error)) => return Err(error.into()),
        Err(_) => None,
    };
    let Some(((row, beside), check)): Option<(_, Check)> = found.zip(check) else {
        report(app, at, screen.resource.table, id).await;
        return Err(Failure::NotFound);
    };
    let chrome = chrome(app, at).await;
    let meanwhile = match problem {
        Some(ActionProblem::Stale) => {
            meanwhile::told((app, screen), at, &chrome, (id, &draft.tag), booking::tag_of).await?
        }
        _ => None,
    };
    let page = ActionPage::new(chrome, at.zone, app.clock.now(), (screen, deed), (&row, &beside));
    let page = page.asked(&check, draft, problem).meanwhile(meanwhile);
    let page = match deed {
        Deed::Reopen => page.reopening(reopening(app, at, id).await?.as_ref()),
        _ => page,
    };
    let text = page.html()?;
    let mut response = answer::passing(Body { text, keep: false }, Media::Html, headers)?;
    match problem {
        None => {}
        Some(ActionProblem::Time | ActionProblem::Reason) => *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY,
        Some(_) => *response.status_mut() = StatusCode::CONFLICT,
    }
    Ok(response)
}

/// What taking an appointment's end back would do.
async fn reopening(app: &App, at: &InCompany, id: i64) -> Result<Option<Reopening>, Failure> {
    match booking::reopening(app, &at.scope, id).await {
        Ok(reopening) => Ok(reopening),
        Err(Error::Database(error)) => Err(error.into()),
        Err(_) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_local_time_is_an_instant_if_there_is_one() {
        let at = |text: &str| instant(Tz::Europe__Berlin, text).map(|at| at.to_string());
        assert_eq!(at("2026-11-30T10:00").as_deref(), Some("2026-11-30 09:00:00"));
        assert_eq!(at("2026-10-25T02:30").as_deref(), Some("2026-10-25 00:30:00"), "the first of two");
        assert_eq!(at("2026-03-29T02:30"), None, "left out");
        for odd in ["", "soon", "2026-11-30", "2026-11-30 10:00"] {
            assert_eq!(at(odd), None, "{odd}");
        }
    }
}
