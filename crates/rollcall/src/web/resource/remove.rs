//! Deleting a row: a page that says what goes with it, the deletion, and taking it back.

use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Map, Value as Json};

use super::list::report;
use super::meanwhile::{self, tag_of};
use super::record::LINES;
use super::{chrome, id_of};
use crate::app::App;
use crate::audit::{self, Filter};
use crate::changes;
use crate::db::Mode;
use crate::events::Verb;
use crate::resource::{
    Form, Joins, Refusal, Screen, delete as delete_row, deleted_one, etag, hanging, is_kept, one,
    restore as restore_row, value, written_row,
};
use crate::web::answer::{self, Body, Media};
use crate::web::error::Failure;
use crate::web::see_other;
use crate::web::view::{Badges, DeletePage, DeleteProblem, Meanwhile, Undo, title};
use crate::web::visitor::InCompany;

/// How often a transaction that lost to another one is begun again.
const ATTEMPTS: usize = 5;

/// Whose rows, and who asks.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) app: &'a App,
    pub(super) screen: &'static Screen,
    pub(super) at: &'a InCompany,
}

/// Says what deleting a row would do.
pub(super) async fn ask(of: Asked<'_>, id: &str, headers: &HeaderMap) -> Result<Response, Failure> {
    let id = of.allowed(id)?;
    of.answer(of.page(id).await?, None, headers)
}

/// Deletes a row.
pub(super) async fn delete(of: Asked<'_>, id: &str, form: &Form, headers: &HeaderMap) -> Result<Response, Failure> {
    let id = of.allowed(id)?;
    // Whoever presses twice has deleted it.
    if of.is_deleted(id).await? {
        return Ok(of.deleted(id));
    }
    let page = of.page(id).await?;
    if !page.is_confirmed_by(value(form, "confirm")) {
        return of.answer(page, Some(DeleteProblem::Name), headers);
    }
    let problem = match of.write(Some(value(form, "tag")), id).await {
        Ok(()) => {
            changes::settle(&of.app.db, &of.at.scope, &of.app.clock).await?;
            return Ok(of.deleted(id));
        }
        Err(Refusal::Stale) => DeleteProblem::Stale,
        Err(Refusal::InUse(_) | Refusal::Open) => DeleteProblem::InUse,
        Err(Refusal::NoRow { table, id }) => return of.missing(table, id).await,
        Err(Refusal::Database(error)) => return Err(error.into()),
        Err(_) => return Err(Failure::Internal),
    };
    // As it stands by now.
    let page = match problem {
        DeleteProblem::Stale => of.page(id).await?.meanwhile(of.meanwhile(id, value(form, "tag")).await?),
        _ => of.page(id).await?,
    };
    of.answer(page, Some(problem), headers)
}

/// Gives a row back that was deleted.
pub(super) async fn restore(of: Asked<'_>, id: &str) -> Result<Response, Failure> {
    let id = of.allowed(id)?;
    let screen = of.screen;
    let back = |said: &str| Ok(see_other(&format!("{}/{id}?notice={said}{}", screen.path(), of.at.and_company())));
    let restored = if screen.is_booked() { "appointment_restored" } else { "restored" };
    match of.write(None, id).await {
        Ok(()) => {
            changes::settle(&of.app.db, &of.at.scope, &of.app.clock).await?;
            back(restored)
        }
        Err(Refusal::Stale) => Ok(see_other(&format!("{}?notice=not_restored{}", screen.path(), of.at.and_company()))),
        // Whoever presses twice has it back; what was not deleted is not there again.
        Err(Refusal::NoRow { .. }) if of.row(id).await?.is_some() => {
            back(if of.came_back(id).await? { restored } else { "not_deleted" })
        }
        Err(Refusal::NoRow { table, id }) => of.missing(table, id).await,
        Err(Refusal::Database(error)) => Err(error.into()),
        Err(_) => Err(Failure::Internal),
    }
}

/// What was deleted a moment ago, by the address of the list, and how to take that back.
pub(super) async fn undo(of: Asked<'_>, id: &str) -> Result<Option<Undo>, Failure> {
    let (resource, at) = (of.screen.resource, of.at);
    let Ok(id) = id_of(id) else { return Ok(None) };
    if !resource.soft || at.scope.role() < of.screen.writes || !of.is_deleted(id).await? {
        return Ok(None);
    }
    let db = at.scope.db(&of.app.db);
    let naming = of.screen.columns.first().and_then(|first| of.screen.column(first));
    let joins = Joins::of(db.dialect(), resource.columns, naming.into_iter());
    let found = deleted_one(&db, resource, id, &joins).await?;
    let chrome = at.chrome(Badges::default());
    let named = found.map(|(row, beside)| title(&chrome, of.screen, at.zone, of.app.clock.now(), (&row, &beside)));
    Ok(named.map(|name| Undo::of(&chrome, of.screen, id, &name)))
}

impl Asked<'_> {
    fn allowed(self, id: &str) -> Result<i64, Failure> {
        if self.at.scope.role() >= self.screen.writes { id_of(id) } else { Err(Failure::Forbidden) }
    }

    async fn is_deleted(self, id: i64) -> Result<bool, Failure> {
        let db = self.at.scope.db(&self.app.db);
        let soft = self.screen.resource.soft;
        Ok(soft && is_kept(&db, self.screen.resource, id, self.app.clock.now_utc()).await?)
    }

    async fn row(self, id: i64) -> Result<Option<Map<String, Json>>, Failure> {
        let db = self.at.scope.db(&self.app.db);
        Ok(one(&db, self.screen.resource, id, &Joins::default()).await?.map(|(row, _)| row))
    }

    /// Whether a row was given back, and nothing happened to it since.
    async fn came_back(self, id: i64) -> Result<bool, Failure> {
        let subject_kind = Some(self.screen.resource.thing.as_str().to_owned());
        let filter = Filter { subject_kind, subject_id: Some(id), ..Filter::default() };
        let lines = audit::lines(&self.at.scope.db(&self.app.db), &filter, LINES).await?;
        let verb = lines.first().and_then(|line| line.action.split('.').nth(1));
        Ok(verb == Some(Verb::Restored.as_str()))
    }

    /// Who was faster than somebody who saw the row in the state of `tag`.
    async fn meanwhile(self, id: i64, tag: &str) -> Result<Option<Meanwhile>, Failure> {
        let chrome = self.at.chrome(Badges::default());
        meanwhile::told((self.app, self.screen), self.at, &chrome, (id, tag), tag_of).await
    }

    fn deleted(self, id: i64) -> Response {
        let gone = if self.screen.resource.soft { format!("&gone={id}") } else { String::new() };
        see_other(&format!("{}?notice=deleted{gone}{}", self.screen.path(), self.at.and_company()))
    }

    async fn missing<T>(self, table: &'static str, id: i64) -> Result<T, Failure> {
        report(self.app, self.at, table, id).await;
        Err(Failure::NotFound)
    }

    async fn page(self, id: i64) -> Result<DeletePage, Failure> {
        let db = self.at.scope.db(&self.app.db);
        let resource = self.screen.resource;
        let joins = Joins::of(db.dialect(), resource.columns, resource.columns.iter());
        let Some((row, beside)) = one(&db, resource, id, &joins).await? else {
            return self.missing(resource.table, id).await;
        };
        let hanging = hanging(&db, resource, id).await?;
        let tag = etag(&written_row(row.clone()));
        let chrome = chrome(self.app, self.at).await;
        let (zone, now) = (self.at.zone, self.app.clock.now());
        Ok(DeletePage::new(chrome, zone, now, self.screen, (id, &row, &beside)).hanging(&hanging).seen(tag))
    }

    fn answer(
        self,
        page: DeletePage,
        problem: Option<DeleteProblem>,
        headers: &HeaderMap,
    ) -> Result<Response, Failure> {
        let text = page.refused(problem).html()?;
        let mut response = answer::passing(Body { text, keep: false }, Media::Html, headers)?;
        match problem {
            None => {}
            Some(DeleteProblem::Name) => *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY,
            Some(_) => *response.status_mut() = StatusCode::CONFLICT,
        }
        Ok(response)
    }

    /// Deletes the row that is in the state of `tag`; without one, gives it back.
    async fn write(self, tag: Option<&str>, id: i64) -> Result<(), Refusal> {
        let mut attempt = 1;
        loop {
            match self.write_once(tag, id).await {
                Err(Refusal::Database(error)) if changes::is_conflict(&error) && attempt < ATTEMPTS => attempt += 1,
                result => return result,
            }
        }
    }

    async fn write_once(self, tag: Option<&str>, id: i64) -> Result<(), Refusal> {
        let tx = self.at.scope.db(&self.app.db).begin(Mode::Write).await?;
        let by = (&self.at.visitor.actor(), self.app.clock.now_utc());
        match tag {
            Some(tag) => delete_row(&tx, self.screen.resource, (id, tag), by).await?,
            None => restore_row(&tx, self.screen.resource, id, by).await?,
        }
        Ok(tx.commit().await?)
    }
}
