//! Making and changing rows, each within a transaction of whoever proved that they may.

use chrono::NaiveDateTime;
use serde_json::{Map, Value as Json};

use super::admins::Admins;
use super::check::{circles, references};
use super::row::{etag, read, written_row};
use super::{Column, Fault, Refusal, Resource, Write, Wrong};
use crate::audit::Actor;
use crate::db::{Arg, Error, TenantSql, TenantTx};
use crate::events::{self, Event, Verb};
use crate::people;

/// The column that says whether somebody may use the panel.
const ACTIVE: &str = "is_active";

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
                    faults.push(Fault::field(column.name, Wrong::Missing));
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

/// Makes a row; answers it.
///
/// # Errors
/// Why there is none.
pub(crate) async fn make(
    tx: &TenantTx,
    resource: &Resource,
    verb: Verb,
    taken: &Taken,
    (actor, now): (&Actor, NaiveDateTime),
) -> Result<Map<String, Json>, Refusal> {
    references(tx, resource, &taken.row, |_| true).await?;
    let columns: Vec<_> = taken.columns.iter().copied().chain(["created_at", "updated_at"]).collect();
    let args = taken.args.iter().cloned().chain([now.into(), now.into()]).collect();
    let ids = tx.insert_new(resource.table, &columns, vec![args]).await?;
    let id = ids.first().copied().ok_or(Refusal::Internal)?;
    if resource.keeps_an_admin {
        // SQLite may give away the id of somebody who is gone.
        people::forget(tx, id).await?;
    }
    let row = read(tx, resource, id, false).await?.ok_or(Refusal::Internal)?;
    let event = Event::new(resource.thing, verb, id).after(Json::Object(row.clone()));
    events::announce(tx, actor, &[event], now).await?;
    Ok(row)
}

/// Changes a row that is in the state of that tag; answers it.
///
/// # Errors
/// Why it is as it was.
pub(crate) async fn change(
    tx: &TenantTx,
    resource: &Resource,
    (id, tag): (i64, &str),
    taken: &Taken,
    (actor, now): (&Actor, NaiveDateTime),
) -> Result<Map<String, Json>, Refusal> {
    let admins = Admins::locked(tx, resource).await?;
    let before = locked(tx, resource, id, tag).await?;
    let mut after = before.clone();
    after.extend(taken.row.clone());
    let active = after.get(ACTIVE).and_then(Json::as_bool);
    let switched = active.filter(|_| resource.keeps_an_admin && after.get(ACTIVE) != before.get(ACTIVE));
    if after.get("role") != before.get("role") || switched == Some(false) {
        admins.without(id)?;
    }
    let faults = (resource.check)(&after, Some(&before));
    if !faults.is_empty() {
        return Err(Refusal::Invalid(faults));
    }
    // What hung in the air before is not the fault of whoever changes something else.
    let changed = |column: &Column| after.get(column.name) != before.get(column.name);
    references(tx, resource, &after, changed).await?;
    circles(tx, resource, (id, &after), changed).await?;
    set(tx, resource, id, taken, now).await?;
    if let Some(active) = switched {
        people::set_active(tx, id, active, now).await?;
    }
    let row = read(tx, resource, id, false).await?.ok_or(Refusal::Internal)?;
    let verb = match switched {
        Some(true) => Verb::Activated,
        Some(false) => Verb::Deactivated,
        None => Verb::Updated,
    };
    let event = Event::new(resource.thing, verb, id);
    let event = event.before(Json::Object(before)).after(Json::Object(row.clone()));
    events::announce(tx, actor, &[event], now).await?;
    Ok(row)
}

async fn set(tx: &TenantTx, resource: &Resource, id: i64, taken: &Taken, now: NaiveDateTime) -> Result<(), Error> {
    let stored = |name: &str| resource.column(name).is_none_or(|column| column.beside.is_none());
    let stored: Vec<_> = taken.columns.iter().zip(&taken.args).filter(|(name, _)| stored(name)).collect();
    let assignments: String = stored.iter().map(|(column, _)| format!("{column} = ?, ")).collect();
    let text =
        format!("UPDATE {} SET {assignments}updated_at = ? WHERE company_id = :company AND id = ?", resource.table);
    let sql = TenantSql::composed(text)?;
    let args = stored.into_iter().map(|(_, arg)| arg.clone()).chain([now.into(), id.into()]).collect();
    tx.execute(&sql, args).await.map(|_| ())
}

/// The row, locked, in the state that the tag names.
///
/// # Errors
/// Where there is no such row, or it is in another state.
pub(crate) async fn locked(
    tx: &TenantTx,
    resource: &Resource,
    id: i64,
    tag: &str,
) -> Result<Map<String, Json>, Refusal> {
    let row = read(tx, resource, id, true).await?.ok_or(Refusal::NoRow { table: resource.table, id })?;
    if matches(tag, &etag(&written_row(row.clone()))) { Ok(row) } else { Err(Refusal::Stale) }
}

/// Whether `If-Match` names the tag; weak ones never match (RFC 9110, section 13.1.1).
pub(crate) fn matches(given: &str, tag: &str) -> bool {
    given.split(',').map(str::trim).any(|one| one == "*" || one == tag)
}

/// What is wrong with a row that is to be made, as a whole.
pub(crate) fn checked(resource: &Resource, taken: Taken) -> Result<Taken, Vec<Fault>> {
    let faults = (resource.check)(&taken.row, None);
    if faults.is_empty() { Ok(taken) } else { Err(faults) }
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
