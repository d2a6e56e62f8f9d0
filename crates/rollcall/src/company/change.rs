//! A company's row and its settings, read and changed under the tags of both.

use chrono::NaiveDateTime;
use serde_json::{Map, Value as Json, json};

use super::draft::Settings;
use crate::analytics::currency::Currency;
use crate::audit::Actor;
use crate::db::{Arg, Dialect, Error, Row, TenantDb, TenantSql, TenantTx};
use crate::events::{self, Event, Thing, Verb};
use crate::resource::{COMPANIES, Refusal, etag, matches, selection, values, written_row};
use crate::summaries::people::DEFAULT_CAPACITY;

/// The column that says whether a company is in use.
const ACTIVE: &str = "is_active";

/// A company, as it stands.
#[derive(Clone, Debug)]
pub(crate) struct Company {
    /// Its own row, as the API shows it.
    pub(crate) row: Map<String, Json>,
    /// What its settings say; where there are none, what counts then.
    staff_capacity: i64,
    currency: String,
}

impl Company {
    fn of(row: Option<&Row>, settings: Option<&Row>) -> Result<Option<Self>, Error> {
        let Some(row) = row else { return Ok(None) };
        let (staff_capacity, currency) = match settings {
            Some(row) => (row.small(0)?, row.text(1)?.trim().to_owned()),
            None => (DEFAULT_CAPACITY, Currency::EUR.code().to_owned()),
        };
        Ok(Some(Self { row: values(row, COMPANIES.columns)?, staff_capacity, currency }))
    }

    /// What stands in one of its columns of text.
    pub(crate) fn text(&self, column: &str) -> &str {
        self.row.get(column).and_then(Json::as_str).unwrap_or_default()
    }

    /// Whether it is in use.
    pub(crate) fn is_active(&self) -> bool {
        self.row.get(ACTIVE).and_then(Json::as_bool).unwrap_or_default()
    }

    /// What can be changed of it.
    pub(crate) fn settings(&self) -> Settings {
        let text = |column| self.text(column).to_owned();
        Settings {
            name: text("name"),
            timezone: text("timezone"),
            locale: text("locale"),
            currency: self.currency.clone(),
            staff_capacity: self.staff_capacity,
        }
    }

    /// Of the row, as the API has it, and of the settings: whoever saves has seen both.
    pub(crate) fn tag(&self) -> String {
        let settings = written(self.staff_capacity, &self.currency).to_string();
        format!("{} {}", etag(&written_row(self.row.clone())), etag(&settings))
    }
}

/// Settings as the audit log has them.
fn written(staff_capacity: i64, currency: &str) -> Json {
    json!({ "staff_capacity": staff_capacity, "currency": currency })
}

fn own(dialect: Dialect, lock: &str) -> Result<TenantSql, Error> {
    let text = format!("SELECT {} FROM companies t WHERE t.id = :company{lock}", selection(COMPANIES.columns, dialect));
    Ok(TenantSql::composed(text)?)
}

fn settings(lock: &str) -> Result<TenantSql, Error> {
    let text = format!("SELECT staff_capacity, currency FROM company_settings WHERE company_id = :company{lock}");
    Ok(TenantSql::composed(text)?)
}

/// The company as it stands; none where it is gone.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn read(db: &TenantDb) -> Result<Option<Company>, Error> {
    let row = db.rows(&own(db.dialect(), "")?, vec![]).await?;
    let settings = db.rows(&settings("")?, vec![]).await?;
    Company::of(row.first(), settings.first())
}

/// The same, kept from other writers until the transaction's end: the row first, so that nobody waits for who waits for them.
async fn locked(tx: &TenantTx) -> Result<Company, Refusal> {
    let lock = tx.dialect().pick("", " FOR UPDATE", " FOR UPDATE");
    let row = tx.rows(&own(tx.dialect(), lock)?, vec![]).await?;
    let settings = tx.rows(&settings(lock)?, vec![]).await?;
    let found = Company::of(row.first(), settings.first())?;
    found.ok_or(Refusal::NoRow { table: COMPANIES.table, id: tx.company_id() })
}

/// Keeps what somebody made of the company that they saw in the state of `tag`: a line of the audit log for its row and one for its
/// settings, where they are others than before.
///
/// # Errors
/// Why it is as it was.
pub(crate) async fn save(
    tx: &TenantTx,
    tag: &str,
    new: &Settings,
    (actor, now): (&Actor, NaiveDateTime),
) -> Result<(), Refusal> {
    let before = locked(tx).await?;
    if !matches(tag, &before.tag()) {
        return Err(Refusal::Stale);
    }
    let was = before.settings();
    let columns = [
        ("name", &was.name, &new.name),
        ("timezone", &was.timezone, &new.timezone),
        ("locale", &was.locale, &new.locale),
    ];
    let changed: Vec<_> = columns.into_iter().filter(|(_, was, is)| was != is).collect();
    if !changed.is_empty() {
        let columns: Vec<_> = changed.iter().map(|(column, ..)| *column).collect();
        let args = changed.iter().map(|(.., is)| Arg::from(is.as_str())).collect();
        change(tx, before.row, (columns.as_slice(), args), (actor, now)).await?;
    }
    if (was.staff_capacity, &was.currency) != (new.staff_capacity, &new.currency) {
        let end = tx.dialect().on_conflict_update(&["company_id"], &["staff_capacity", "currency"]);
        let row = vec![new.staff_capacity.into(), new.currency.as_str().into()];
        tx.insert("company_settings", &["staff_capacity", "currency"], vec![row], &end).await?;
        let event = Event::new(Thing::Settings, Verb::Updated, tx.company_id());
        let event = event.before(written(was.staff_capacity, &was.currency));
        let event = event.after(written(new.staff_capacity, &new.currency));
        events::announce(tx, actor, &[event], now).await?;
    }
    Ok(())
}

/// Closes the company, or opens it again, in whatever state the rest of it is.
///
/// # Errors
/// Why it is as it was.
pub(crate) async fn switch(tx: &TenantTx, active: bool, by: (&Actor, NaiveDateTime)) -> Result<(), Refusal> {
    let before = locked(tx).await?;
    if before.is_active() != active {
        change(tx, before.row, ([ACTIVE].as_slice(), vec![active.into()]), by).await?;
    }
    Ok(())
}

/// Writes columns of the company's own row, which was locked and read as `before`; answers what it is now.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn change(
    tx: &TenantTx,
    before: Map<String, Json>,
    (columns, args): (&[&'static str], Vec<Arg>),
    (actor, now): (&Actor, NaiveDateTime),
) -> Result<Map<String, Json>, Error> {
    let assignments: String = columns.iter().map(|column| format!("{column} = ?, ")).collect();
    let text = format!("UPDATE companies SET {assignments}updated_at = ? WHERE id = :company");
    tx.execute(&TenantSql::composed(text)?, args.into_iter().chain([now.into()]).collect()).await?;
    let rows = tx.rows(&own(tx.dialect(), "")?, vec![]).await?;
    let gone = || Error::RecordNotFound("the company that was changed".to_owned());
    let after = values(rows.first().ok_or_else(gone)?, COMPANIES.columns)?;
    let verb = match (before.get(ACTIVE) == after.get(ACTIVE), after.get(ACTIVE).and_then(Json::as_bool)) {
        (false, Some(true)) => Verb::Activated,
        (false, _) => Verb::Deactivated,
        (true, _) => Verb::Updated,
    };
    let event = Event::new(Thing::Company, verb, tx.company_id());
    let event = event.before(Json::Object(before)).after(Json::Object(after.clone()));
    events::announce(tx, actor, &[event], now).await?;
    Ok(after)
}
