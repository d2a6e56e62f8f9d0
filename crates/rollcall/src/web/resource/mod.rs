//! `/admin/{resource}`: the panel's lists, and a page for each of their rows: one mechanism for all of [`SCREENS`].

pub(super) mod above;
mod action;
mod aside;
mod asked;
mod book;
mod bulk;
mod choices;
mod failed;
pub(super) mod form;
pub(super) mod list;
pub(super) mod meanwhile;
mod preview;
mod rebook;
mod record;
mod remove;
mod standing;
pub(super) mod tokens;
mod turned;

use axum::Form;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::routing::{get, post};

pub(super) use self::asked::{printable, start_of};
use self::form::Of;
pub(super) use self::list::report;
use self::remove::Asked;
use super::drawing::Drawing;
use super::error::Failure;
use super::listed::Routes;
use super::view::{Badges, Chrome, Deed, Notice, PageQuery};
use super::visitor::InCompany;
use crate::app::App;
use crate::bulk::Act;
use crate::resource::{Form as Typed, SCREENS, Screen, id, integer};

/// The routes of every screen.
pub(super) fn routes() -> Routes {
    SCREENS.into_iter().fold(Routes::new(), |routes, screen| {
        let all = get(move |State(app): State<App>, at: InCompany, headers: HeaderMap| async move {
            list::list(screen, &app, &at, &headers).await
        });
        let one =
            get(move |State(app): State<App>, at: InCompany, Path(id): Path<String>, headers: HeaderMap| async move {
                record::record(screen, &app, &at, &id, &headers).await
            });
        let export = get(move |State(app): State<App>, at: InCompany, headers: HeaderMap| async move {
            list::export(screen, app, &at, &headers).await
        });
        let path = screen.path();
        routes.route(&path, all).route(&format!("{path}/export"), export).route(&format!("{path}/{{id}}"), one)
    })
}

/// The routes of the forms that make and change rows.
pub(super) fn forms() -> Routes {
    SCREENS.into_iter().filter(|screen| screen.edits()).fold(Routes::new(), |routes, screen| {
        let new = move |State(app): State<App>, at: InCompany, headers: HeaderMap| async move {
            form::new(Of { app: &app, screen, at: &at }, &headers).await
        };
        let make = move |State(app): State<App>, at: InCompany, headers: HeaderMap, Form(form): Form<Typed>| async move {
            form::save(Of { app: &app, screen, at: &at }, None, form, &headers).await
        };
        let edit = move |State(app): State<App>, at: InCompany, Path(id): Path<String>, headers: HeaderMap| async move {
            form::edit(Of { app: &app, screen, at: &at }, &id, &headers).await
        };
        let change = move |State(app): State<App>,
                           at: InCompany,
                           Path(id): Path<String>,
                           headers: HeaderMap,
                           Form(form): Form<Typed>| async move {
            form::save(Of { app: &app, screen, at: &at }, Some(&id), form, &headers).await
        };
        let path = screen.path();
        let routes = routes.route(&format!("{path}/{{id}}/edit"), get(edit).post(change));
        if screen.has_form() { routes.route(&format!("{path}/new"), get(new).post(make)) } else { routes }
    })
}

/// The routes by which rows are deleted, and had back.
pub(super) fn removals() -> Routes {
    SCREENS.into_iter().filter(|screen| screen.deletes()).fold(Routes::new(), |routes, screen| {
        let ask = move |State(app): State<App>, at: InCompany, Path(id): Path<String>, headers: HeaderMap| async move {
            remove::ask(Asked { app: &app, screen, at: &at }, &id, &headers).await
        };
        let delete = move |State(app): State<App>,
                           at: InCompany,
                           Path(id): Path<String>,
                           headers: HeaderMap,
                           Form(form): Form<Typed>| async move {
            remove::delete(Asked { app: &app, screen, at: &at }, &id, &form, &headers).await
        };
        let restore = move |State(app): State<App>, at: InCompany, Path(id): Path<String>| async move {
            remove::restore(Asked { app: &app, screen, at: &at }, &id).await
        };
        let path = screen.path();
        let routes = routes.route(&format!("{path}/{{id}}/delete"), get(ask).post(delete));
        if screen.resource.soft { routes.route(&format!("{path}/{{id}}/restore"), post(restore)) } else { routes }
    })
}

/// The routes of what is done with many rows at once.
pub(super) fn of_many() -> Routes {
    let jobs = Routes::new()
        .route("/admin/bulk/{name}", get(bulk::job))
        .route("/admin/bulk/{name}/progress", get(bulk::progress))
        .route("/admin/bulk/{name}/cancel", post(bulk::cancel))
        .route("/admin/bulk/{name}/undo", post(bulk::undo));
    SCREENS.into_iter().filter(|screen| !Act::of(screen, false).is_empty()).fold(jobs, |routes, screen| {
        let ask = move |State(app): State<App>, at: InCompany, headers: HeaderMap| async move {
            bulk::ask(screen, &app, &at, &headers).await
        };
        let start = move |State(app): State<App>, at: InCompany, headers: HeaderMap, Form(form): Form<Typed>| async move {
            bulk::start(screen, &app, &at, &form, &headers).await
        };
        routes.route(&format!("{}/bulk", screen.path()), get(ask).post(start))
    })
}

/// The routes of what a policy would have done.
pub(super) fn previews() -> Routes {
    let screen = Screen::named("policies").unwrap_or(SCREENS[0]);
    let path = screen.path();
    let blank = move |State(app): State<App>, at: InCompany| async move {
        preview::form(Of { app: &app, screen, at: &at }, None).await
    };
    let new = move |State(app): State<App>, at: InCompany, headers: HeaderMap, Form(form): Form<Typed>| async move {
        preview::preview(Of { app: &app, screen, at: &at }, None, form, &headers).await
    };
    let edit = move |State(app): State<App>, at: InCompany, Path(id): Path<String>| async move {
        preview::form(Of { app: &app, screen, at: &at }, Some(&id)).await
    };
    let changed = move |State(app): State<App>,
                        at: InCompany,
                        Path(id): Path<String>,
                        headers: HeaderMap,
                        Form(form): Form<Typed>| async move {
        preview::preview(Of { app: &app, screen, at: &at }, Some(&id), form, &headers).await
    };
    Routes::new()
        .route(&format!("{path}/preview"), get(blank).post(new))
        .route(&format!("{path}/{{id}}/preview"), get(edit).post(changed))
}

/// The routes of what is done with failed notifications and with appointments.
pub(super) fn actions() -> Routes {
    let failed = Routes::new()
        .route("/admin/notifications/failed", get(failed::reasons).post(failed::retry))
        .route("/admin/appointments/new", get(book::form).post(book::book))
        .route("/admin/notifications/{id}/set-aside", post(aside::set))
        .route("/admin/notifications/{id}/take-back", post(aside::back));
    let screen = Screen::named("appointments").unwrap_or(SCREENS[0]);
    Deed::ALL.into_iter().fold(failed, |routes, deed| {
        let path = format!("{}/{{id}}/{}", screen.path(), deed.as_str());
        let ask = move |State(app): State<App>, at: InCompany, Path(id): Path<String>, headers: HeaderMap| async move {
            action::ask((&app, screen), &at, (&id, deed), &headers).await
        };
        let act = move |State(app): State<App>,
                        at: InCompany,
                        Path(id): Path<String>,
                        headers: HeaderMap,
                        Form(form): Form<Typed>| async move {
            action::act((&app, screen), &at, (&id, deed), &form, &headers).await
        };
        routes.route(&path, get(ask).post(act))
    })
}

/// Lets nobody through who may not see the screen.
fn require(screen: &Screen, at: &InCompany) -> Result<(), Failure> {
    if at.scope.role() >= screen.sees { Ok(()) } else { Err(Failure::Forbidden) }
}

/// The id in an address; whatever else stands there is no row.
pub(super) fn id_of(text: &str) -> Result<i64, Failure> {
    let number = integer(text).and_then(|number| id(&number.into()).ok());
    number.filter(|number| number.to_string() == text).ok_or(Failure::NotFound)
}

/// What stands around a page of the company, with the figures of the navigation.
pub(super) async fn chrome(app: &App, at: &InCompany) -> Chrome {
    let badges = Drawing::new(app, at, &PageQuery::default(), &[]).badges().await;
    let notice = PageQuery::of(&at.visitor.context.target).get("notice").and_then(Notice::named);
    Chrome { notice, ..at.chrome(badges.unwrap_or_else(|_| Badges::default())) }
}
