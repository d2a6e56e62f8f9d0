//! Making, changing and deleting rows.

use async_trait::async_trait;
use axum::http::StatusCode;
use chrono::NaiveDateTime;
use serde_json::{Map, Value as Json};

use super::admins::Admins;
use super::check::references;
use super::row::{etag, read, written_row};
use super::{Resource, Write};
use crate::app::App;
use crate::db::{Arg, Error, TenantSql, TenantTx};
use crate::events::{self, Event, Verb};
use crate::web::api::caller::At;
use crate::web::api::problem::{Fault, Problem};
use crate::web::api::work::{Reply, Work};

/// What a body says of a row: the columns, as they are stored and as they are shown.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    pub(crate) columns: Vec<&'static str>,
    pub(crate) args: Vec<Arg>,
    pub(crate) row: Map<String, Json>,
}

/// Takes a row from a body that somebody sent.
///
/// # Errors
/// Every fault in it.
pub(crate) fn take(resource: &Resource, body: &Map<String, Json>, making: bool) -> Result<Taken, Vec<Fault>> {
    let (mut taken, mut faults) = (Taken::default(), Vec::new());
    for name in body.keys() {
        match resource.column(name) {
            Some(column) if column.write == Write::Ever || (making && column.write == Write::Once) => {}
            Some(_) => faults.push(Fault::field(name, "cannot be set here")),
            None => faults.push(Fault::field(name, "is no field of this resource")),
        }
    }
    for column in resource.columns.iter().filter(|column| column.write != Write::Never) {
        let value = match body.get(column.name) {
            Some(value) => value.clone(),
            None if !making => continue,
            None => match column.default() {
                Some(default) => default,
                None => {
                    faults.push(Fault::field(column.name, "is missing"));
                    continue;
                }
            },
        };
        let arg = match (&value, column.nullable) {
            // Every nullable column that can be written is text, a number, an instant or an amount.
            (Json::Null, true) => Ok(super::kind::null(column.kind)),
            (value, _) => column.kind.take(value),
        };
        match arg {
            Ok(arg) => {
                taken.columns.push(column.name);
                taken.args.push(arg);
                taken.row.insert(column.name.to_owned(), column.kind.plain(value));
            }
            Err(wrong) => faults.push(Fault::field(column.name, wrong)),
        }
    }
    if faults.is_empty() { Ok(taken) } else { Err(faults) }
}

/// Makes a row.
pub(crate) struct Making {
    pub(crate) resource: &'static Resource,
    pub(crate) verb: Verb,
    pub(crate) taken: Taken,
}

#[async_trait]
impl Work for Making {
    async fn run(&self, tx: &TenantTx, at: &At, app: &App) -> Result<Reply, Problem> {
        let now = app.clock.now_utc();
        references(tx, self.resource, &self.taken.row, |_| true).await?;
        let columns: Vec<_> = self.taken.columns.iter().copied().chain(["created_at", "updated_at"]).collect();
        let args = self.taken.args.iter().cloned().chain([now.into(), now.into()]).collect();
        let ids = tx.insert_new(self.resource.table, &columns, vec![args]).await?;
        let id = ids.first().copied().ok_or_else(Problem::internal)?;
        let row = read(tx, self.resource, id, false).await?.ok_or_else(Problem::internal)?;
        let event = Event::new(self.resource.thing, self.verb, id).after(Json::Object(row.clone()));
        events::announce(tx, &at.caller.actor(), &[event], now).await?;
        Ok(Reply::row(StatusCode::CREATED, row).at(format!("{}/{id}", self.resource.path())))
    }
}

/// Changes a row.
pub(super) struct Changing {
    pub(super) resource: &'static Resource,
    pub(super) id: i64,
    pub(super) tag: String,
    pub(super) taken: Taken,
}

#[async_trait]
impl Work for Changing {
    async fn run(&self, tx: &TenantTx, at: &At, app: &App) -> Result<Reply, Problem> {
        let now = app.clock.now_utc();
        let admins = Admins::locked(tx, self.resource).await?;
        let before = locked(tx, self.resource, self.id, &self.tag).await?;
        let mut after = before.clone();
        after.extend(self.taken.row.clone());
        if after.get("role") != before.get("role") {
            admins.without(self.id)?;
        }
        let faults = (self.resource.check)(&after);
        if !faults.is_empty() {
            return Err(Problem::invalid(faults));
        }
        references(tx, self.resource, &after, |column| self.taken.columns.contains(&column.name)).await?;
        set(tx, self.resource, self.id, &self.taken, now).await?;
        let row = read(tx, self.resource, self.id, false).await?.ok_or_else(Problem::internal)?;
        let event = Event::new(self.resource.thing, Verb::Updated, self.id);
        let event = event.before(Json::Object(before)).after(Json::Object(row.clone()));
        events::announce(tx, &at.caller.actor(), &[event], now).await?;
        Ok(Reply::row(StatusCode::OK, row))
    }
}

async fn set(tx: &TenantTx, resource: &Resource, id: i64, taken: &Taken, now: NaiveDateTime) -> Result<(), Error> {
    let assignments: String = taken.columns.iter().map(|column| format!("{column} = ?, ")).collect();
    let text =
        format!("UPDATE {} SET {assignments}updated_at = ? WHERE company_id = :company AND id = ?", resource.table);
    let sql = TenantSql::composed(text).map_err(|error| Error::Custom(error.to_string()))?;
    let args = taken.args.iter().cloned().chain([now.into(), id.into()]).collect();
    tx.execute(&sql, args).await.map(|_| ())
}

/// Deletes a row.
pub(super) struct Deleting {
    pub(super) resource: &'static Resource,
    pub(super) id: i64,
    pub(super) tag: String,
}

#[async_trait]
impl Work for Deleting {
    async fn run(&self, tx: &TenantTx, at: &At, app: &App) -> Result<Reply, Problem> {
        let now = app.clock.now_utc();
        let admins = Admins::locked(tx, self.resource).await?;
        let before = locked(tx, self.resource, self.id, &self.tag).await?;
        admins.without(self.id)?;
        for (table, column) in self.resource.in_use {
            let text = format!("SELECT id FROM {table} WHERE company_id = :company AND {column} = ? LIMIT 1");
            let sql = TenantSql::composed(text).map_err(|error| Error::Custom(error.to_string()))?;
            if !tx.rows(&sql, vec![self.id.into()]).await?.is_empty() {
                return Err(Problem::conflict("in-use", format!("there are {table} of it")));
            }
        }
        let table = self.resource.table;
        let (text, args) = match self.resource.soft {
            true => (
                format!("UPDATE {table} SET deleted_at = ?, updated_at = ? WHERE company_id = :company AND id = ?"),
                vec![now.into(), now.into(), self.id.into()],
            ),
            false => (format!("DELETE FROM {table} WHERE company_id = :company AND id = ?"), vec![self.id.into()]),
        };
        let sql = TenantSql::composed(text).map_err(|error| Error::Custom(error.to_string()))?;
        tx.execute(&sql, args).await?;
        let event = Event::new(self.resource.thing, Verb::Deleted, self.id).before(Json::Object(before));
        events::announce(tx, &at.caller.actor(), &[event], now).await?;
        Ok(Reply::nothing())
    }
}

/// The row, locked, in the state that the tag names.
///
/// # Errors
/// A problem where there is no such row, or it is in another state.
pub(crate) async fn locked(
    tx: &TenantTx,
    resource: &Resource,
    id: i64,
    tag: &str,
) -> Result<Map<String, Json>, Problem> {
    let row = read(tx, resource, id, true).await?.ok_or_else(|| Problem::no_row(resource.table, id))?;
    if matches(tag, &etag(&written_row(row.clone()))) { Ok(row) } else { Err(Problem::stale()) }
}

/// Whether `If-Match` names the tag; weak ones never match (RFC 9110, section 13.1.1).
pub(crate) fn matches(given: &str, tag: &str) -> bool {
    given.split(',').map(str::trim).any(|one| one == "*" || one == tag)
}

/// What is wrong with a row that is to be made, as a whole.
pub(super) fn checked(resource: &Resource, taken: Taken) -> Result<Taken, Problem> {
    let faults = (resource.check)(&taken.row);
    if faults.is_empty() { Ok(taken) } else { Err(Problem::invalid(faults)) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_tag_matches_to_the_letter() {
        assert!(matches("\"a\"", "\"a\"") && matches("\"b\", \"a\"", "\"a\"") && matches("*", "\"a\""));
        assert!(!matches("W/\"a\"", "\"a\"") && !matches("a", "\"a\"") && !matches("", "\"a\""));
        assert_ne!(etag(&json!({"a": 1}).to_string()), etag(&json!({"a": 2}).to_string()));
    }
}
