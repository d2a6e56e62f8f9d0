//! `/admin/policies/preview`: what a policy would have done in the last thirty days. Nothing is written.

use axum::http::HeaderMap;
use axum::response::{Html, IntoResponse, Response};
use chrono::Days;
use serde_json::{Map, Value as Json};

use super::asked::start_of;
use super::form::{Of, There};
use super::list::{report, report_type};
use super::standing::standing;
use super::{chrome, id_of};
use crate::booking::{active_policies, past};
use crate::db::Mode;
use crate::policy::{Row, compare};
use crate::resource::{Fault, Form, Refusal, Taken, Wrong, body, checked, engine_row, no_type, references, take};
use crate::summaries::zone::local_day;
use crate::web::answer::{self, Body, Media};
use crate::web::context::Wants;
use crate::web::error::Failure;
use crate::web::see_other;
use crate::web::view::{FormDraft, FormProblem, PreviewPanel, Previewed, preview_problem};

/// Takes the notice away that something would not do when it was to be saved: what stands there now will.
const NOTICE_GONE: &str = "<div id=\"refused\" hx-swap-oob=\"true\"></div>";
/// The days that are looked at, today included.
const DAYS: u64 = 30;

/// Leads whoever comes back to the page by its address to the form that it belongs to.
pub(super) async fn form(of: Of<'_>, id: Option<&str>) -> Result<Response, Failure> {
    of.allow()?;
    let path = of.screen.path();
    let path = match id.map(id_of).transpose()? {
        Some(id) => of.there(id).await.map(|_| format!("{path}/{id}/edit"))?,
        None => format!("{path}/new"),
    };
    Ok(see_other(&format!("{path}?{}", of.at.and_company().trim_start_matches('&'))))
}

/// What the policy of a form would have done; `id` is that of the one that there is.
pub(super) async fn preview(
    of: Of<'_>,
    id: Option<&str>,
    form: Form,
    headers: &HeaderMap,
) -> Result<Response, Failure> {
    of.allow()?;
    let id = id.map(id_of).transpose()?;
    let before = match id {
        Some(id) => Some(of.there(id).await?),
        None => None,
    };
    let fragment = of.at.visitor.context.wants == Wants::Fragment;
    let there = before.as_ref();
    let previewed = match described(of, there.map(|there| &there.row), &form).await {
        Ok(row) => previewed(of, id, &row).await?,
        Err(Refusal::Invalid(faults)) => {
            if let Some(given) = no_type(&faults) {
                report_type(of.app, of.at, given).await;
            }
            return problem(of, there, FormDraft { form, faults, problem: Some(FormProblem::Invalid) }, headers).await;
        }
        Err(Refusal::NoTarget { field, table, id }) => {
            report(of.app, of.at, table, id).await;
            let faults = vec![Fault::field(&field, Wrong::NoRow(id))];
            return problem(of, there, FormDraft { form, faults, problem: Some(FormProblem::Invalid) }, headers).await;
        }
        Err(Refusal::Database(error)) => return Err(error.into()),
        Err(_) => return Err(Failure::Internal),
    };
    let chrome = chrome(of.app, of.at).await;
    let panel = PreviewPanel::new(&chrome, of.at.zone, of.app.clock.now(), &previewed).html()?;
    if fragment {
        return Ok(Html(format!("{panel}{NOTICE_GONE}")).into_response());
    }
    let page = of.form(there, &FormDraft::of(form)).await?.preview(Some(panel));
    answer::passing(Body { text: page.html()?, keep: false }, Media::Html, headers)
}

/// The row that the form describes, as it would be saved.
async fn described(of: Of<'_>, before: Option<&Map<String, Json>>, form: &Form) -> Result<Map<String, Json>, Refusal> {
    let resource = of.screen.resource;
    let taken = take(resource, &body(of.screen, form, before), before.is_none()).map_err(Refusal::Invalid)?;
    let after = match before {
        None => checked(resource, taken).map_err(Refusal::Invalid)?.row,
        Some(before) => {
            let Taken { row, .. } = taken;
            let after: Map<_, _> = before.clone().into_iter().chain(row).collect();
            let faults = (resource.check)(&after, Some(before));
            if !faults.is_empty() {
                return Err(Refusal::Invalid(faults));
            }
            after
        }
    };
    let tx = of.at.scope.db(&of.app.db).begin(Mode::Snapshot).await?;
    let is_new = |name: &str| before.is_none_or(|before| before.get(name) != after.get(name));
    references(&tx, resource, &after, |column| is_new(column.name)).await?;
    tx.commit().await?;
    Ok(after)
}

async fn previewed(of: Of<'_>, id: Option<i64>, row: &Map<String, Json>) -> Result<Previewed, Failure> {
    // Of several on the same place the newest counts: a policy that is not there yet will be that.
    let policy = engine_row(id.unwrap_or(i64::MAX), row).ok_or(Failure::Internal)?;
    let active = row.get("is_active").and_then(Json::as_bool).unwrap_or_default();
    let today = local_day(of.at.zone, of.app.clock.now_utc());
    let first = today - Days::new(DAYS - 1);
    let [since, until] = [first, today + Days::new(1)].map(|day| start_of(of.at.zone, day));
    let tx = of.at.scope.db(&of.app.db).begin(Mode::Snapshot).await?;
    let now = active_policies(&tx).await?;
    let then: Vec<Row> =
        now.iter().filter(|row| row.id != policy.id).cloned().chain(active.then(|| policy.clone())).collect();
    let changes = past(&tx, policy.policy_type, (since, until)).await?;
    let standing = standing(&tx, of.at, &then, &policy, active).await?;
    tx.commit().await?;
    let comparison = compare(policy.policy_type, policy.id, &now, &then, &changes.past);
    Ok(Previewed::new(&comparison, &changes, standing, (first, today)))
}

/// Nothing can be said of what will not do: which fields, as the form says it when it is saved.
async fn problem(
    of: Of<'_>,
    there: Option<&There>,
    draft: FormDraft,
    headers: &HeaderMap,
) -> Result<Response, Failure> {
    let page = of.form(there, &draft).await?;
    if of.at.visitor.context.wants == Wants::Fragment {
        // A fragment that is swapped in has to be one that went well.
        return Ok(Html(preview_problem(of.at.visitor.context.lang, page.wrong())?).into_response());
    }
    let mut response = answer::passing(Body { text: page.html()?, keep: false }, Media::Html, headers)?;
    *response.status_mut() = axum::http::StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}
