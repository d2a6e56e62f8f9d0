//! Deleting rows, and having back what was only marked as deleted.
//!
//! A row whose table has `deleted_at` stays. Which rows were deleted, by whom and in which state, is noted in a table of
//! Rollcall's own, so that the application's tables need no index for it; for [`KEPT`] days they can be had back.

use chrono::{NaiveDateTime, TimeDelta};
use serde_json::Value as Json;

use super::admins::Admins;
use super::appointments::occasion;
use super::row::{etag, read, read_deleted, written_row};
use super::write::locked;
use super::{Listing, Refusal, Resource};
use crate::app::App;
use crate::audit::Actor;
use crate::db::{Arg, Dialect, Error, PlatformSql, TenantDb, TenantSql, TenantTx};
use crate::events::{self, Event, Verb};
use crate::people;

/// For so many days what was deleted can be had back.
pub(crate) const KEPT: i64 = 30;

/// Deletes a row that is in the state of that tag.
///
/// # Errors
/// Why it is there still.
pub(crate) async fn delete(
    tx: &TenantTx,
    resource: &Resource,
    (id, tag): (i64, &str),
    (actor, now): (&Actor, NaiveDateTime),
) -> Result<(), Refusal> {
    let admins = Admins::locked(tx, resource).await?;
    let before = locked(tx, resource, id, tag).await?;
    admins.without(id)?;
    let about = occasion(resource, &before, (tx.company_id(), now))?;
    if let Some(table) = user(tx, resource, id).await? {
        return Err(Refusal::InUse(table));
    }
    let table = resource.table;
    let (text, args) = match resource.soft {
        true => (
            format!("UPDATE {table} SET deleted_at = ?, updated_at = ? WHERE company_id = :company AND id = ?"),
            vec![now.into(), now.into(), id.into()],
        ),
        false => (format!("DELETE FROM {table} WHERE company_id = :company AND id = ?"), vec![id.into()]),
    };
    let sql = TenantSql::composed(text).map_err(Error::from)?;
    tx.execute(&sql, args).await?;
    if resource.keeps_an_admin {
        people::forget(tx, id).await?;
    }
    if resource.soft {
        note(tx, resource, id, (actor, now)).await?;
    }
    let event = Event { about, ..Event::new(resource.thing, Verb::Deleted, id) }.before(Json::Object(before));
    events::announce(tx, actor, &[event], now).await?;
    Ok(())
}

/// A table with a row that names the one of that id, if there is one.
async fn user(tx: &TenantTx, resource: &Resource, id: i64) -> Result<Option<&'static str>, Error> {
    for (table, condition, args) in users(tx.dialect(), resource, id) {
        let text = format!("SELECT id FROM {table} WHERE company_id = :company AND {condition} LIMIT 1");
        let sql = TenantSql::composed(text)?;
        if !tx.rows(&sql, args).await?.is_empty() {
            return Ok(Some(table));
        }
    }
    Ok(None)
}

/// The tables whose rows may name the one of that id, each with the condition that they do.
fn users(dialect: Dialect, resource: &Resource, id: i64) -> Vec<(&'static str, String, Vec<Arg>)> {
    let naming = resource.in_use.iter().map(|(table, column)| (*table, format!("{column} = ?"), vec![id.into()]));
    let hanging = resource.configured.into_iter().flat_map(|kind| {
        let is = format!("{} IN (?, ?) AND configurable_id = ?", dialect.exact("configurable_type"));
        let args = || kind.names().map(Arg::from).into_iter().chain([id.into()]).collect::<Vec<_>>();
        // A policy that was deleted hangs on nothing any more.
        let policies = ("policy_configurations", format!("{is} AND deleted_at IS NULL"), args());
        [policies, ("notification_configurations", is, args())]
    });
    naming.chain(hanging).collect()
}

const NOTED: TenantSql = TenantSql::new(
    "SELECT tag, deleted_at, by_name FROM rollcall_deleted WHERE company_id = :company AND kind = ? AND row_id = ?",
);
const FORGET: TenantSql =
    TenantSql::new("DELETE FROM rollcall_deleted WHERE company_id = :company AND kind = ? AND row_id = ?");

/// Notes who deleted a row, and in which state it is now.
async fn note(tx: &TenantTx, resource: &Resource, id: i64, (actor, now): (&Actor, NaiveDateTime)) -> Result<(), Error> {
    // Somebody else may have given the row back since it was deleted last.
    tx.execute(&FORGET, vec![resource.table.into(), id.into()]).await?;
    // What hung on nothing any more when it was deleted cannot be had back.
    let Some(row) = read_deleted(tx, resource, id).await? else { return Ok(()) };
    let by: String = actor.name.chars().take(255).collect();
    let values: Vec<Arg> =
        vec![resource.table.into(), id.into(), etag(&written_row(row)).into(), by.into(), now.into()];
    tx.insert("rollcall_deleted", &["kind", "row_id", "tag", "by_name", "deleted_at"], vec![values], "").await
}

/// Since when what was deleted can be had back at `now`.
pub(crate) fn kept_since(now: NaiveDateTime) -> NaiveDateTime {
    now.checked_sub_signed(TimeDelta::days(KEPT)).unwrap_or_default()
}

/// Gives a row back that was deleted, as it was.
///
/// # Errors
/// Why it is deleted still: somebody changed it since, its time is over, or it was never deleted here.
pub(crate) async fn restore(
    tx: &TenantTx,
    resource: &Resource,
    id: i64,
    (actor, now): (&Actor, NaiveDateTime),
) -> Result<(), Refusal> {
    let gone = || Refusal::NoRow { table: resource.table, id };
    if !resource.soft {
        return Err(gone());
    }
    let before = read_deleted(tx, resource, id).await?.ok_or_else(gone)?;
    let noted = tx.rows(&NOTED, vec![resource.table.into(), id.into()]).await?;
    let noted = noted.first().ok_or_else(gone)?;
    let is_as_it_was = noted.text(0)? == etag(&written_row(before.clone()));
    if !is_as_it_was || noted.instant(1)? < kept_since(now) {
        return Err(Refusal::Stale);
    }
    let text = format!(
        "UPDATE {} SET deleted_at = NULL, updated_at = ? WHERE company_id = :company AND id = ?",
        resource.table
    );
    let sql = TenantSql::composed(text).map_err(Error::from)?;
    tx.execute(&sql, vec![now.into(), id.into()]).await?;
    tx.execute(&FORGET, vec![resource.table.into(), id.into()]).await?;
    let after = read(tx, resource, id, false).await?.ok_or(Refusal::Internal)?;
    let event = Event::new(resource.thing, Verb::Restored, id).after(Json::Object(after));
    events::announce(tx, actor, &[event], now).await?;
    Ok(())
}

/// Leaves those rows in a list of deleted ones that can be had back.
pub(crate) fn only_deleted(listing: &mut Listing, resource: &Resource, now: NaiveDateTime) {
    listing.deleted = true;
    let noted = "t.id IN (SELECT r.row_id FROM rollcall_deleted r \
                 WHERE r.company_id = :company AND r.kind = ? AND r.deleted_at >= ?)";
    listing.when(noted, [resource.table.into(), kept_since(now).into()]);
}

/// Whether a row was deleted and can be had back.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn is_kept(db: &TenantDb, resource: &Resource, id: i64, now: NaiveDateTime) -> Result<bool, Error> {
    let rows = db.rows(&NOTED, vec![resource.table.into(), id.into()]).await?;
    rows.first().map_or(Ok(false), |row| Ok(row.instant(1)? >= kept_since(now)))
}

/// So many rows are counted of what hangs on a row.
pub(crate) const COUNTED: i64 = 1_000;

/// How many rows hang on a row, by their tables: of more than [`COUNTED`] one more, and none where there are some that are not counted.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn hanging(
    db: &TenantDb,
    resource: &Resource,
    id: i64,
) -> Result<Vec<(&'static str, Option<i64>)>, Error> {
    let mut found = Vec::new();
    for (table, condition, args) in users(db.dialect(), resource, id) {
        // No index leads from a service to its appointments: whether there is one is all that is asked.
        let counted = !condition.starts_with("service_id");
        let most = if counted { COUNTED + 1 } else { 1 };
        let text = format!(
            "SELECT COUNT(*) FROM (SELECT id FROM {table} WHERE company_id = :company AND {condition} LIMIT {most}) counted"
        );
        let sql = TenantSql::composed(text)?;
        let count = db.rows(&sql, args).await?.first().map_or(Ok(0), |row| row.int(0))?;
        if count > 0 {
            found.push((table, counted.then_some(count)));
        }
    }
    Ok(found)
}

const PRUNE: PlatformSql = PlatformSql::new(
    "notes of what was deleted so long ago that nobody can have it back are forgotten",
    "DELETE FROM rollcall_deleted WHERE deleted_at < ?",
);

/// Forgets what nobody can have back any more; the rows themselves stay as they are.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn prune(app: &App) -> Result<u64, Error> {
    app.db.platform().execute(&PRUNE, vec![kept_since(app.clock.now_utc()).into()]).await
}
