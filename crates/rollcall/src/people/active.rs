//! Whether somebody may use the panel and the API.

use chrono::NaiveDateTime;
use serde_json::json;

use super::sessions::END_ALL;
use crate::accounts::{self, Account, AccountError};
use crate::app::App;
use crate::audit::Actor;
use crate::changes;
use crate::db::{Arg, Error, Mode, PlatformSql, PlatformTx, TenantTx};
use crate::events::{self, Event, Thing, Verb};
use crate::resource::{self, Refusal, USERS};
use crate::tenant::OperatorScope;

const FORGET: PlatformSql =
    PlatformSql::new("what is kept of a user is forgotten with them", "DELETE FROM rollcall_people WHERE user_id = ?");
const FORGET_CODES: PlatformSql = PlatformSql::new(
    "a user's recovery codes are forgotten with them",
    "DELETE FROM rollcall_recovery_codes WHERE user_id = ?",
);
const FORGET_REPORTS: PlatformSql = PlatformSql::new(
    "a person who is gone gets no reports",
    "DELETE FROM rollcall_report_recipients WHERE user_id = ?",
);
const FORGET_LINKS: PlatformSql = PlatformSql::new(
    "links that were sent to a user are forgotten with them",
    "DELETE FROM rollcall_links WHERE user_id = ?",
);

/// Notes that a user may use the panel, or from now on may not: then their sessions end too. Whether the company can do
/// without them was asked before.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn set_active(tx: &TenantTx, user: i64, active: bool, now: NaiveDateTime) -> Result<(), Error> {
    let since = (!active).then_some(now);
    let end = tx.dialect().on_conflict_update(&["user_id"], &["company_id", "deactivated_at"]);
    let row = vec![user.into(), since.into()];
    tx.insert("rollcall_people", &["user_id", "deactivated_at"], vec![row], &end).await?;
    if !active {
        tx.execute_above(&END_ALL, vec![user.into()]).await?;
    }
    Ok(())
}

/// Forgets what is kept of a user who is gone: another one may get their id.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn forget(tx: &TenantTx, user: i64) -> Result<(), Error> {
    for sql in [&FORGET, &FORGET_CODES, &FORGET_LINKS, &FORGET_REPORTS, &END_ALL] {
        tx.execute_above(sql, vec![user.into()]).await?;
    }
    Ok(())
}

/// The same within a transaction above tenants.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn forget_above(tx: &PlatformTx, user: i64) -> Result<(), Error> {
    for sql in [&FORGET, &FORGET_CODES, &FORGET_LINKS, &FORGET_REPORTS, &END_ALL] {
        tx.execute(sql, vec![user.into()]).await?;
    }
    Ok(())
}

/// How often a transaction that lost to another one is begun again.
const ATTEMPTS: usize = 5;

/// Lets the person of that address in again, or keeps them out from now on: whoever runs the binary on the host says so.
///
/// # Errors
/// [`AccountError`]: that there is nobody, or nobody else who could do what they do.
pub async fn switch(app: &App, actor: &Actor, email: &str, active: bool) -> Result<Account, AccountError> {
    let account = accounts::require_user(&app.db, email).await?;
    let Some(company) = account.company_id else {
        switch_operator(app, actor, &account, active).await?;
        return Ok(account);
    };
    let scope = OperatorScope::of_program("user").enter(&app.db, company).await?;
    let scope = scope.ok_or_else(|| AccountError::NoUser(email.to_owned()))?;
    let mut body = serde_json::Map::new();
    body.insert("is_active".to_owned(), json!(active));
    let broken = |why: &dyn std::fmt::Debug| AccountError::Database(Error::Custom(format!("{why:?}")));
    let taken = resource::take(&USERS, &body, false).map_err(|faults| broken(&faults))?;
    let mut attempt = 1;
    loop {
        let tx = scope.db(&app.db).begin(Mode::Write).await?;
        // In whatever state the row is: nothing else of it changes.
        let by = (actor, app.clock.now_utc());
        match resource::change(&tx, &USERS, (account.id, "*"), &taken, by).await {
            Ok(_) => tx.commit().await?,
            Err(Refusal::Database(error)) if changes::is_conflict(&error) && attempt < ATTEMPTS => {
                attempt += 1;
                continue;
            }
            Err(Refusal::LastAdmin) => return Err(AccountError::LastOne),
            Err(Refusal::Database(error)) => return Err(error.into()),
            Err(other) => return Err(broken(&other)),
        }
        changes::settle(&app.db, &scope, &app.clock).await?;
        return Ok(account);
    }
}

async fn switch_operator(app: &App, actor: &Actor, account: &Account, active: bool) -> Result<(), AccountError> {
    let now = app.clock.now_utc();
    let tx = app.db.platform().begin().await?;
    // Locked first: of two who are taken out at the same moment, the second one finds that they are the last.
    let lock = tx.dialect().pick("", " FOR UPDATE", " FOR UPDATE");
    let text = format!("SELECT id FROM users WHERE company_id IS NULL AND role = 'super_admin' ORDER BY id{lock}");
    let all = tx.rows(&PlatformSql::composed("the operators are locked, so that one stays", text), vec![]).await?;
    let out = tx.rows(&OUT, vec![]).await?;
    let out = out.iter().map(|row| row.int(0)).collect::<Result<Vec<_>, _>>()?;
    let all = all.iter().map(|row| row.int(0)).collect::<Result<Vec<_>, _>>()?;
    if !active && !all.iter().any(|id| *id != account.id && !out.contains(id)) {
        return Err(AccountError::LastOne);
    }
    let since: Arg = (!active).then_some(now).into();
    let end = tx.dialect().on_conflict_update(&["user_id"], &["deactivated_at"]);
    let text = format!("INSERT INTO rollcall_people (user_id, deactivated_at) VALUES (?, ?) {end}");
    let sql = PlatformSql::composed("whether an operator may use the panel is noted", text);
    tx.execute(&sql, vec![account.id.into(), since]).await?;
    if !active {
        tx.execute(&END_ALL, vec![account.id.into()]).await?;
    }
    let verb = if active { Verb::Activated } else { Verb::Deactivated };
    let event = Event::new(Thing::User, verb, account.id).after(json!({ "email": account.email }));
    events::announce_above(&tx, actor, None, &event, now).await?;
    tx.commit().await?;
    Ok(())
}

const OUT: PlatformSql = PlatformSql::new(
    "which operators may not use the panel is read",
    "SELECT user_id FROM rollcall_people WHERE company_id IS NULL AND deactivated_at IS NOT NULL",
);
