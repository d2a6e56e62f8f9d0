//! Reports in the database: a company's own, made and changed by its people.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDateTime;
use chrono_tz::Tz;
use serde_json::json;

use super::rows::{COLUMNS, read, recipient, state, values};
use super::{Contents, MOST_REPORTS, Recipient, Report, ReportError, mails};
use crate::app::App;
use crate::audit::Actor;
use crate::db::{Arg, Error, Mode, TenantDb, TenantSql, TenantTx};
use crate::events::{self, Event, Thing, Verb};
use crate::tenant::TenantScope;

const RECIPIENTS: TenantSql = TenantSql::new(
    "SELECT report_id, user_id, language, unsubscribed_at IS NOT NULL FROM rollcall_report_recipients \
     WHERE company_id = :company ORDER BY report_id, user_id",
);
const RECIPIENTS_OF: TenantSql = TenantSql::new(
    "SELECT report_id, user_id, language, unsubscribed_at IS NOT NULL FROM rollcall_report_recipients \
     WHERE company_id = :company AND report_id = ? ORDER BY user_id",
);
const COUNT: TenantSql = TenantSql::new("SELECT COUNT(*) FROM rollcall_reports WHERE company_id = :company");
const CHANGE: TenantSql = TenantSql::new(
    "UPDATE rollcall_reports SET name = ?, cadence = ?, weekday = ?, month_day = ?, minute = ?, period = ?, \
     branch_id = ?, widgets = ?, attachment = ?, next_at = ?, updated_at = ? WHERE company_id = :company AND id = ?",
);
const SET_NEXT: TenantSql =
    TenantSql::new("UPDATE rollcall_reports SET next_at = ?, updated_at = ? WHERE company_id = :company AND id = ?");
const DELETE: TenantSql = TenantSql::new("DELETE FROM rollcall_reports WHERE company_id = :company AND id = ?");
const DELETE_RECIPIENTS: TenantSql =
    TenantSql::new("DELETE FROM rollcall_report_recipients WHERE company_id = :company AND report_id = ?");
const DELETE_RECIPIENT: TenantSql = TenantSql::new(
    "DELETE FROM rollcall_report_recipients WHERE company_id = :company AND report_id = ? AND user_id = ?",
);
const DELETE_MAILS: TenantSql =
    TenantSql::new("DELETE FROM rollcall_report_mails WHERE company_id = :company AND report_id = ?");
const SET_LANGUAGE: TenantSql = TenantSql::new(
    "UPDATE rollcall_report_recipients SET language = ? WHERE company_id = :company AND report_id = ? AND user_id = ?",
);
const ADD_RECIPIENT: TenantSql = TenantSql::new(
    "INSERT INTO rollcall_report_recipients (company_id, report_id, user_id, language) VALUES (:company, ?, ?, ?)",
);

const ACTIVE: TenantSql = TenantSql::new(
    "SELECT p.deactivated_at IS NULL FROM users u \
     LEFT JOIN rollcall_people p ON p.user_id = u.id AND p.company_id = :company \
     WHERE u.company_id = :company AND u.id = ?",
);
const BRANCH: TenantSql = TenantSql::new("SELECT id FROM branches WHERE company_id = :company AND id = ?");

/// The company's reports, by their names.
///
/// # Errors
/// Where the database fails.
pub async fn list(db: &TenantDb) -> Result<Vec<Report>, Error> {
    let sql =
        composed(&format!("SELECT {COLUMNS} FROM rollcall_reports WHERE company_id = :company ORDER BY name, id"))?;
    let mut reports: Vec<_> = db.rows(&sql, vec![]).await?.iter().map(read).collect::<Result<_, _>>()?;
    let mut all: BTreeMap<i64, Vec<Recipient>> = BTreeMap::new();
    for row in db.rows(&RECIPIENTS, vec![]).await? {
        all.entry(row.int(0)?).or_default().push(recipient(&row)?);
    }
    for report in &mut reports {
        report.contents.recipients = all.remove(&report.id).unwrap_or_default();
    }
    Ok(reports)
}

/// A report of the company.
///
/// # Errors
/// Where the database fails.
pub async fn find(db: &TenantDb, id: i64) -> Result<Option<Report>, Error> {
    let rows = db.rows(&by_id("")?, vec![id.into()]).await?;
    let Some(mut report) = rows.first().map(read).transpose()? else { return Ok(None) };
    let rows = db.rows(&RECIPIENTS_OF, vec![id.into()]).await?;
    report.contents.recipients = rows.iter().map(recipient).collect::<Result<_, _>>()?;
    Ok(Some(report))
}

/// The same, locked until the transaction ends.
pub(super) async fn locked(tx: &TenantTx, id: i64) -> Result<Option<Report>, Error> {
    let rows = tx.rows(&by_id(tx.dialect().pick("", " FOR UPDATE", " FOR UPDATE"))?, vec![id.into()]).await?;
    let Some(mut report) = rows.first().map(read).transpose()? else { return Ok(None) };
    let rows = tx.rows(&RECIPIENTS_OF, vec![id.into()]).await?;
    report.contents.recipients = rows.iter().map(recipient).collect::<Result<_, _>>()?;
    Ok(Some(report))
}

fn by_id(lock: &str) -> Result<TenantSql, Error> {
    composed(&format!("SELECT {COLUMNS} FROM rollcall_reports WHERE company_id = :company AND id = ?{lock}"))
}

fn composed(text: &str) -> Result<TenantSql, Error> {
    Ok(TenantSql::composed(text.to_owned())?)
}

/// Makes a report; answers its id.
///
/// # Errors
/// [`ReportError`]; nothing has changed then.
pub async fn create(
    app: &App,
    scope: &TenantScope,
    actor: &Actor,
    zone: Tz,
    contents: &Contents,
) -> Result<i64, ReportError> {
    let (tx, now) = (scope.db(&app.db).begin(Mode::Write).await?, app.clock.now());
    check(&tx, contents, None).await?;
    let count = tx.rows(&COUNT, vec![]).await?.first().map_or(Ok(0), |row| row.int(0))?;
    if usize::try_from(count).unwrap_or(usize::MAX) >= MOST_REPORTS {
        return Err(ReportError::TooMany);
    }
    let columns = [
        "name",
        "cadence",
        "weekday",
        "month_day",
        "minute",
        "period",
        "branch_id",
        "widgets",
        "attachment",
        "next_at",
        "created_at",
        "updated_at",
    ];
    let next = contents.schedule.next(zone, now).timestamp();
    let at = now.naive_utc();
    let args = values(contents).into_iter().chain([Some(next).into(), at.into(), at.into()]).collect();
    let ids = tx.insert_new("rollcall_reports", &columns, vec![args]).await?;
    let id = ids.first().copied().ok_or_else(|| Error::Custom("a report was given no id".to_owned()))?;
    set_recipients(&tx, id, contents, &[]).await?;
    let event = Event::new(Thing::Report, Verb::Created, id).after(state(contents));
    events::announce(&tx, actor, &[event], at).await?;
    tx.commit().await?;
    Ok(id)
}

/// Changes a report that still says what it said when it was read, as `tag` tells. Who unsubscribed stays so while they are among its
/// recipients.
///
/// # Errors
/// [`ReportError`]; nothing has changed then.
pub async fn change(
    app: &App,
    scope: &TenantScope,
    actor: &Actor,
    zone: Tz,
    (id, tag, contents): (i64, &str, &Contents),
) -> Result<(), ReportError> {
    let (tx, now) = (scope.db(&app.db).begin(Mode::Write).await?, app.clock.now());
    let before = locked(&tx, id).await?.ok_or(ReportError::NotFound(id))?;
    if before.tag() != tag {
        return Err(ReportError::Stale);
    }
    check(&tx, contents, Some(&before.contents)).await?;
    let at = now.naive_utc();
    let next = before.next_at.map(|due| match before.contents.schedule == contents.schedule {
        true => due,
        false => contents.schedule.next(zone, now).timestamp(),
    });
    let args = values(contents).into_iter().chain([next.into(), at.into(), id.into()]).collect();
    tx.execute(&CHANGE, args).await?;
    set_recipients(&tx, id, contents, &before.contents.recipients).await?;
    let event = Event::new(Thing::Report, Verb::Updated, id).before(state(&before.contents)).after(state(contents));
    events::announce(&tx, actor, &[event], at).await?;
    tx.commit().await?;
    Ok(())
}

/// Stops a report until it is resumed; mails that wait still go out.
///
/// # Errors
/// [`ReportError`]; nothing has changed then.
pub async fn pause(app: &App, scope: &TenantScope, actor: &Actor, id: i64) -> Result<(), ReportError> {
    switch(app, scope, actor, id, None).await
}

/// Lets a report go out again, from its next time on.
///
/// # Errors
/// [`ReportError`]; nothing has changed then.
pub async fn resume(app: &App, scope: &TenantScope, actor: &Actor, zone: Tz, id: i64) -> Result<(), ReportError> {
    switch(app, scope, actor, id, Some(zone)).await
}

async fn switch(app: &App, scope: &TenantScope, actor: &Actor, id: i64, on: Option<Tz>) -> Result<(), ReportError> {
    let (tx, now) = (scope.db(&app.db).begin(Mode::Write).await?, app.clock.now());
    let before = locked(&tx, id).await?.ok_or(ReportError::NotFound(id))?;
    if before.next_at.is_some() == on.is_some() {
        return Ok(());
    }
    let next = on.map(|zone| before.contents.schedule.next(zone, now).timestamp());
    tx.execute(&SET_NEXT, vec![next.into(), now.naive_utc().into(), id.into()]).await?;
    let verb = if on.is_some() { Verb::Activated } else { Verb::Deactivated };
    events::announce(&tx, actor, &[Event::new(Thing::Report, verb, id)], now.naive_utc()).await?;
    tx.commit().await?;
    Ok(())
}

/// Deletes a report, its recipients and its history.
///
/// # Errors
/// [`ReportError`]; nothing has changed then.
pub async fn delete(app: &App, scope: &TenantScope, actor: &Actor, id: i64) -> Result<(), ReportError> {
    let (tx, now) = (scope.db(&app.db).begin(Mode::Write).await?, app.clock.now_utc());
    let before = locked(&tx, id).await?.ok_or(ReportError::NotFound(id))?;
    for sql in [&DELETE_MAILS, &DELETE_RECIPIENTS, &DELETE] {
        tx.execute(sql, vec![id.into()]).await?;
    }
    let event = Event::new(Thing::Report, Verb::Deleted, id).before(state(&before.contents));
    events::announce(&tx, actor, &[event], now).await?;
    tx.commit().await?;
    Ok(())
}

/// Sends a report at once, to all who want it; its times stay. While mails that somebody asked for wait, no others are made.
///
/// # Errors
/// [`ReportError`]; nothing has changed then.
pub async fn send_now(app: &App, scope: &TenantScope, actor: &Actor, id: i64) -> Result<usize, ReportError> {
    let (tx, now) = (scope.db(&app.db).begin(Mode::Write).await?, app.clock.now());
    let report = locked(&tx, id).await?.ok_or(ReportError::NotFound(id))?;
    let made = mails::make(&tx, &report, now.timestamp(), mails::BY_HAND, now).await?;
    if made > 0 {
        let event = Event::new(Thing::Report, Verb::Queued, id).after(json!({ "mails": made }));
        events::announce(&tx, actor, &[event], now.naive_utc()).await?;
    }
    tx.commit().await?;
    Ok(made)
}

/// Looks up what a report names that it did not name before: what is gone since is not the fault of whoever changes the rest.
async fn check(tx: &TenantTx, contents: &Contents, before: Option<&Contents>) -> Result<(), ReportError> {
    let known: BTreeSet<_> = before.iter().flat_map(|it| &it.recipients).map(|it| it.user).collect();
    for user in contents.recipients.iter().map(|it| it.user).filter(|user| !known.contains(user)) {
        let rows = tx.rows(&ACTIVE, vec![user.into()]).await?;
        let row = rows.first().ok_or(ReportError::NoRow { table: "users", id: user })?;
        if !row.flag(0)? {
            return Err(ReportError::Inactive(user));
        }
    }
    let branch = contents.branch.filter(|_| before.is_none_or(|before| before.branch != contents.branch));
    if let Some(id) = branch
        && tx.rows(&BRANCH, vec![id.into()]).await?.is_empty()
    {
        return Err(ReportError::NoRow { table: "branches", id });
    }
    Ok(())
}

async fn set_recipients(tx: &TenantTx, id: i64, contents: &Contents, before: &[Recipient]) -> Result<(), Error> {
    let language = |it: &Recipient| Arg::from(it.language.map_or("", crate::i18n::Lang::as_str));
    for gone in before.iter().filter(|it| contents.recipients.iter().all(|other| other.user != it.user)) {
        tx.execute(&DELETE_RECIPIENT, vec![id.into(), gone.user.into()]).await?;
    }
    for it in &contents.recipients {
        match before.iter().find(|other| other.user == it.user) {
            Some(_) => tx.execute(&SET_LANGUAGE, vec![language(it), id.into(), it.user.into()]).await?,
            None => tx.execute(&ADD_RECIPIENT, vec![id.into(), it.user.into(), language(it)]).await?,
        };
    }
    Ok(())
}

/// Notes that somebody wants no more of a report; false where they wanted none already, or never got it.
pub(super) async fn unsubscribe(
    tx: &TenantTx,
    (report, user): (i64, i64),
    actor: &Actor,
    now: NaiveDateTime,
) -> Result<bool, Error> {
    const SQL: TenantSql = TenantSql::new(
        "UPDATE rollcall_report_recipients SET unsubscribed_at = ? \
         WHERE company_id = :company AND report_id = ? AND user_id = ? AND unsubscribed_at IS NULL",
    );
    let done = tx.execute(&SQL, vec![now.into(), report.into(), user.into()]).await? == 1;
    if done {
        let event = Event::new(Thing::Report, Verb::Withdrawn, report).after(json!({ "user_id": user }));
        events::announce(tx, actor, &[event], now).await?;
    }
    Ok(done)
}
