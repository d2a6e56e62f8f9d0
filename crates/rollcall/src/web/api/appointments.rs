//! What can be done with an appointment: all of it by [`booking`], within the transaction of the request.

use async_trait::async_trait;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use serde_json::{Map, Value as Json, json};

use super::caller::At;
use super::problem::{Fault, Problem};
use super::query::Parameters;
use super::resource::{
    self, APPOINTMENTS, BOOKING, CANCELLATION, RESCHEDULING, answered, body_of, id_of, instant, money,
};
use super::work::{Key, Reply, Work, perform};
use crate::app::App;
use crate::booking::{self, By, Cancel, Close, NewAppointment, Reschedule, Status};
use crate::db::TenantTx;
use crate::events::Thing;
use crate::tokens::{Access, Area};

/// Something that is done with an appointment.
#[derive(Debug)]
enum Action {
    Create(NewAppointment),
    Cancel(Cancel),
    Reschedule(Reschedule),
    Close(i64, Status),
    Reopen(i64),
}

/// The action, and the state that it is meant for, where the client says so.
struct Doing {
    action: Action,
    tag: Option<String>,
}

#[async_trait]
impl Work for Doing {
    async fn run(&self, tx: &TenantTx, at: &At, app: &App) -> Result<Reply, Problem> {
        let (actor, now) = (at.caller.actor(), app.clock.now_utc());
        if let Some(tag) = &self.tag {
            resource::locked(tx, &APPOINTMENTS, self.action.id(), tag).await?;
        }
        let (id, outcome) = match &self.action {
            Action::Create(new) => {
                let made = booking::create_within(tx, &actor, std::slice::from_ref(new), now).await.map_err(refused)?;
                let made = made.into_iter().next().ok_or_else(Problem::internal)?.map_err(refused)?;
                let row = shown(tx, made.id).await?;
                let path = format!("{}/{}", APPOINTMENTS.path(), made.id);
                return Ok(Reply::row(StatusCode::CREATED, row).at(path));
            }
            Action::Cancel(request) => {
                let changed = booking::cancel_within(tx, &actor, request, now).await.map_err(refused)?;
                (request.id, json!(changed))
            }
            Action::Reschedule(request) => {
                let changed = booking::reschedule_within(tx, &actor, request, now).await.map_err(refused)?;
                (request.id, json!(changed))
            }
            Action::Close(id, status) => {
                let request = Close { id: *id, tag: None };
                let closed = booking::close_within(tx, &actor, &request, *status, now).await.map_err(refused)?;
                (*id, json!(closed))
            }
            Action::Reopen(id) => {
                let request = Close { id: *id, tag: None };
                let reopened = booking::reopen_within(tx, &actor, &request, now).await.map_err(refused)?;
                (*id, json!(reopened))
            }
        };
        let mut outcome = outcome;
        outcome["appointment"] = Json::Object(shown(tx, id).await?);
        Ok(Reply::body("application/json", outcome.to_string()))
    }
}

impl Action {
    fn id(&self) -> i64 {
        match self {
            Self::Create(_) => 0,
            Self::Cancel(request) => request.id,
            Self::Reschedule(request) => request.id,
            Self::Close(id, _) | Self::Reopen(id) => *id,
        }
    }
}

async fn shown(tx: &TenantTx, id: i64) -> Result<Map<String, Json>, Problem> {
    resource::read(tx, &APPOINTMENTS, id, false).await?.ok_or_else(Problem::internal)
}

/// `POST /api/v1/appointments`
pub(super) async fn create(
    State(app): State<App>,
    at: At,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    at.caller.allow(Area::Appointments, Access::Write)?;
    let new = new_appointment(&body_of(&headers, &body)?)?;
    run(&app, &at, &headers, &body, Action::Create(new)).await
}

/// `POST /api/v1/appointments/{id}/cancel`
pub(super) async fn cancel(
    State(app): State<App>,
    at: At,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    at.caller.allow(Area::Appointments, Access::Write)?;
    let id = id_of(&id)?;
    let row = resource::take(&CANCELLATION, &body_of(&headers, &body)?, true).map_err(Problem::invalid)?.row;
    let (reason, force, by) = change_of(&row)?;
    run(&app, &at, &headers, &body, Action::Cancel(Cancel { id, reason, force, by, tag: None })).await
}

/// `POST /api/v1/appointments/{id}/reschedule`
pub(super) async fn reschedule(
    State(app): State<App>,
    at: At,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    at.caller.allow(Area::Appointments, Access::Write)?;
    let id = id_of(&id)?;
    let row = resource::take(&RESCHEDULING, &body_of(&headers, &body)?, true).map_err(Problem::invalid)?.row;
    let (reason, force, by) = change_of(&row)?;
    let starts_at = instant_of(&row, "starts_at").ok_or_else(Problem::internal)?;
    let ends_at = instant_of(&row, "ends_at");
    let request = Reschedule { id, starts_at, ends_at, reason, force, by, tag: None };
    run(&app, &at, &headers, &body, Action::Reschedule(request)).await
}

/// Complete an appointment
///
/// It took place.
#[utoipa::path(post, path = "/api/v1/appointments/{id}/complete", tag = "appointments",
    operation_id = "complete_appointment", params(("id" = i64, Path, minimum = 1)),
    responses((status = 200, description = "As it is now.", body = serde_json::Value)))]
pub(super) async fn complete(
    State(app): State<App>,
    at: At,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    bodiless(&app, &at, &id, &headers, &body, |id| Action::Close(id, Status::Completed)).await
}

/// Report a no-show
///
/// The customer did not come; not before the start of the appointment.
#[utoipa::path(post, path = "/api/v1/appointments/{id}/no-show", tag = "appointments",
    operation_id = "no_show_appointment", params(("id" = i64, Path, minimum = 1)),
    responses((status = 200, description = "As it is now.", body = serde_json::Value)))]
pub(super) async fn no_show(
    State(app): State<App>,
    at: At,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    bodiless(&app, &at, &id, &headers, &body, |id| Action::Close(id, Status::NoShow)).await
}

/// Take its end back
///
/// It becomes what it was before it was completed or reported missed; the violation that a no-show was counted as, and its
/// fee, are taken back with it. What was sent stays sent.
#[utoipa::path(post, path = "/api/v1/appointments/{id}/reopen", tag = "appointments",
    operation_id = "reopen_appointment", params(("id" = i64, Path, minimum = 1)),
    responses((status = 200, description = "As it is now.", body = serde_json::Value)))]
pub(super) async fn reopen(
    State(app): State<App>,
    at: At,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    bodiless(&app, &at, &id, &headers, &body, Action::Reopen).await
}

/// Ask what policies say
///
/// What would happen if the appointment were cancelled, given another time, or missed at this moment.
#[utoipa::path(get, path = "/api/v1/appointments/{id}/policy-check", tag = "appointments",
    operation_id = "check_appointment", params(("id" = i64, Path, minimum = 1)),
    responses((status = 200, description = "What would happen.", body = serde_json::Value)))]
pub(super) async fn check(
    State(app): State<App>,
    at: At,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    at.caller.allow(Area::Appointments, Access::Read)?;
    let id = id_of(&id)?;
    Parameters::of(query.as_deref())?.end(Vec::new())?;
    let checked = booking::check(&app, at.scope(), id, None).await.map_err(refused);
    Ok(answered(json!(at.told(&app, checked).await?).to_string()))
}

/// An action about which there is nothing more to say.
async fn bodiless(
    app: &App,
    at: &At,
    id: &str,
    headers: &HeaderMap,
    body: &Bytes,
    action: impl FnOnce(i64) -> Action,
) -> Result<Response, Problem> {
    at.caller.allow(Area::Appointments, Access::Write)?;
    let id = id_of(id)?;
    if !body.is_empty() && !body_of(headers, body)?.is_empty() {
        return Err(Problem::unreadable("there is nothing to say in the body"));
    }
    run(app, at, headers, body, action(id)).await
}

async fn run(app: &App, at: &At, headers: &HeaderMap, body: &[u8], action: Action) -> Result<Response, Problem> {
    let key = Key::of(headers, &Method::POST, &at.caller.visitor.context.target, body)?;
    let tag = resource::tag(headers).ok();
    perform(app, at, key, &Doing { action, tag }).await
}

/// The appointment that a body describes.
pub(super) fn new_appointment(body: &Map<String, Json>) -> Result<NewAppointment, Problem> {
    let row = resource::take(&BOOKING, body, true).map_err(Problem::invalid)?.row;
    let id = |name: &str| row.get(name).and_then(Json::as_i64);
    let text = |name: &str| row.get(name).and_then(Json::as_str);
    Ok(NewAppointment {
        customer_id: id("customer_id").ok_or_else(Problem::internal)?,
        branch_id: id("branch_id"),
        service_id: id("service_id"),
        staff_id: id("staff_id"),
        starts_at: instant_of(&row, "starts_at").ok_or_else(Problem::internal)?,
        ends_at: instant_of(&row, "ends_at"),
        status: text("status").and_then(Status::parse),
        price: text("price").and_then(|amount| money(amount).ok()),
    })
}

fn instant_of(row: &Map<String, Json>, name: &str) -> Option<chrono::NaiveDateTime> {
    instant(row.get(name)?.as_str()?).ok()
}

/// Why, whether it is to be forced, and on whose behalf.
fn change_of(row: &Map<String, Json>) -> Result<(Option<String>, bool, Option<By>), Problem> {
    let flag = |name: &str| row.get(name).and_then(Json::as_bool).unwrap_or(false);
    let staff = row.get("by_staff_id").and_then(Json::as_i64);
    let by = match (flag("by_customer"), staff) {
        (true, Some(_)) => {
            return Err(Problem::invalid(vec![Fault::field("by_staff_id", "it is the customer's wish")]));
        }
        (true, None) => Some(By::Customer),
        (false, staff) => staff.map(By::Staff),
    };
    Ok((row.get("reason").and_then(Json::as_str).map(str::to_owned), flag("force"), by))
}

/// Why a change was not made, as a problem.
pub(super) fn refused(error: booking::Error) -> Problem {
    match error {
        booking::Error::NotFound { field: "id", id, .. } => Problem::no_row(APPOINTMENTS.table, id),
        booking::Error::NotFound { field, thing, id } => {
            let field = if field == "by" { "by_staff_id" } else { field };
            Problem::no_target(field, table(thing), id)
        }
        booking::Error::Conflict { state, problem } => {
            Problem::conflict("state", format!("an appointment that is {state} cannot be changed like this: {problem}"))
        }
        booking::Error::Stale => Problem::stale(),
        booking::Error::Denied(decision) => {
            Problem::conflict("denied", "a policy denies it").with("decision", json!(decision))
        }
        booking::Error::Forbidden => Problem::forbidden("whoever asks may read alone"),
        booking::Error::Invalid { field, problem } => Problem::invalid(vec![Fault::field(field, problem)]),
        booking::Error::Database(error) => error.into(),
    }
}

fn table(thing: Thing) -> &'static str {
    match thing {
        Thing::Branch => "branches",
        Thing::Service => "services",
        Thing::Staff => "staff",
        Thing::Customer => "customers",
        _ => "appointments",
    }
}
