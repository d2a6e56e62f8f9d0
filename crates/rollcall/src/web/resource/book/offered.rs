//! What the form for booking offers, and what is in the way.

use chrono::{NaiveDateTime, TimeDelta};

use crate::db::{Error, Row, TenantDb, TenantSql};
use crate::resource::{Joins, Listing, Screen, one, page, search};
use crate::web::error::Failure;
use crate::web::view::{BookDraft, Busy, Person, Thing};

/// So many customers are offered for a word.
const OFFERED: i64 = 20;

/// The services in use, and the one that was chosen already.
pub(super) async fn services(db: &TenantDb, chosen: Option<i64>) -> Result<Vec<Thing>, Error> {
    let read = |row: &Row| Ok(Thing { minutes: Some(row.small(2)?), price: row.opt_money(3)?, ..thing(row)? });
    in_use(db, "SELECT t.id, t.name, t.duration_minutes, t.price FROM services t", chosen)
        .await?
        .iter()
        .map(read)
        .collect()
}

/// The staff, each with the branch where they work, as far as that is the company's and in use.
pub(super) async fn staff(db: &TenantDb, chosen: Option<i64>) -> Result<Vec<Thing>, Error> {
    let read = |row: &Row| Ok(Thing { branch: row.opt_int(2)?.zip(row.opt_text(3)?), ..thing(row)? });
    let select = "SELECT t.id, t.name, b.id, b.name FROM staff t \
         LEFT JOIN branches b ON b.id = t.branch_id AND b.company_id = :company AND b.is_active";
    in_use(db, select, chosen).await?.iter().map(read).collect()
}

/// The branches.
pub(super) async fn branches(db: &TenantDb, chosen: Option<i64>) -> Result<Vec<Thing>, Error> {
    in_use(db, "SELECT t.id, t.name FROM branches t", chosen).await?.iter().map(thing).collect()
}

async fn in_use(db: &TenantDb, select: &str, chosen: Option<i64>) -> Result<Vec<Row>, Error> {
    let sql = composed(format!(
        "{select} WHERE t.company_id = :company AND (t.is_active OR t.id = ?) ORDER BY t.name, t.id LIMIT 500"
    ))?;
    db.rows(&sql, vec![chosen.unwrap_or_default().into()]).await
}

fn thing(row: &Row) -> Result<Thing, Error> {
    Ok(Thing { id: row.int(0)?, name: row.text(1)?, minutes: None, price: None, branch: None })
}

/// The customers in whose names and addresses the word occurs, and the one that was chosen already.
pub(super) async fn customers(db: &TenantDb, draft: &BookDraft) -> Result<Vec<Person>, Failure> {
    let screen = Screen::named("customers").ok_or(Failure::Internal)?;
    let person = |row: &serde_json::Map<String, serde_json::Value>| {
        let text = |name: &str| row.get(name).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
        let id = row.get("id").and_then(serde_json::Value::as_i64).unwrap_or_default();
        let reached = [text("email"), text("phone")].into_iter().find(|it| !it.is_empty());
        Person { id, name: text("name"), reached: reached.unwrap_or_default() }
    };
    let mut found = Vec::new();
    if !draft.word.trim().is_empty() {
        let mut listing = Listing::of(screen.resource, db.company_id(), "name", OFFERED).ok_or(Failure::Internal)?;
        search((Some(db), db.dialect()), &mut listing, screen, draft.word.trim()).await?;
        found.extend(page(db, screen.resource, &listing, &Joins::default()).await?.rows.iter().map(person));
    }
    if let Some(id) = draft.customer.filter(|id| found.iter().all(|it| it.id != *id))
        && let Some((row, _)) = one(db, screen.resource, id, &Joins::default()).await?
    {
        found.insert(0, person(&row));
    }
    Ok(found)
}

/// The appointments that the member of staff, or the customer, has in that time.
pub(in crate::web::resource) async fn busy(
    db: &TenantDb,
    draft: &BookDraft,
    (start, end): (NaiveDateTime, NaiveDateTime),
) -> Result<Vec<Busy>, Error> {
    let mut found = Vec::new();
    for (column, id) in [("staff_id", draft.staff), ("customer_id", draft.customer)] {
        let Some(id) = id else { continue };
        // No appointment is longer than 31 days.
        let sql = composed(format!(
            "SELECT t.id, t.starts_at, t.ends_at FROM appointments t WHERE t.company_id = :company AND t.{column} = ? \
             AND t.starts_at < ? AND t.starts_at >= ? AND t.ends_at > ? AND t.status IN ('scheduled', 'confirmed') \
             AND t.deleted_at IS NULL ORDER BY t.starts_at LIMIT 5"
        ))?;
        let args = vec![id.into(), end.into(), (start - TimeDelta::days(31)).into(), start.into()];
        for row in db.rows(&sql, args).await? {
            if let (Some(from), Some(until)) = (row.opt_instant(1)?, row.opt_instant(2)?) {
                found.push(Busy { id: row.int(0)?, from, until, of_staff: column == "staff_id" });
            }
        }
    }
    Ok(found)
}

fn composed(text: String) -> Result<TenantSql, Error> {
    Ok(TenantSql::composed(text)?)
}
