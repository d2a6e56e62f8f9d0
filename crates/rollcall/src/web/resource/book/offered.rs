//! What the form for booking offers, and what is in the way.

use chrono::{NaiveDateTime, TimeDelta};

use crate::db::{Error, TenantDb, TenantSql};
use crate::resource::{Joins, Listing, Screen, one, page, search};
use crate::web::error::Failure;
use crate::web::view::{BookDraft, Busy, Person, Thing};

/// So many customers are offered for a word.
const OFFERED: i64 = 20;

/// What of a table is in use, and the one that was chosen already.
pub(super) async fn things(db: &TenantDb, select: &str, chosen: Option<i64>) -> Result<Vec<Thing>, Error> {
    let sql = composed(format!(
        "{select} WHERE company_id = :company AND (is_active OR id = ?) ORDER BY name, id LIMIT 500"
    ))?;
    let rows = db.rows(&sql, vec![chosen.unwrap_or_default().into()]).await?;
    let is_service = select.contains("price");
    let read = |row: &crate::db::Row| {
        let (mut minutes, mut price) = (None, None);
        if is_service {
            minutes = Some(row.small(2)?);
            price = row.opt_money(3)?;
        }
        Ok(Thing { id: row.int(0)?, name: row.text(1)?, minutes, price })
    };
    rows.iter().map(read).collect()
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
pub(super) async fn busy(
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
