//! `/admin/notifications/failed`: failed notifications by their reason, and all of one reason sent again or set aside.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use chrono::NaiveDateTime;

use super::{chrome, require};
use crate::analytics::error_class::error_class;
use crate::app::App;
use crate::audit::Actor;
use crate::changes;
use crate::db::{Arg, Error, Mode, TenantDb, TenantSql};
use crate::resource::{LOOKED_AT, NOTIFICATIONS, OPEN, READ, Screen, condition, retry as send_again, set_aside, value};
use crate::web::answer::{self, Body, Media};
use crate::web::error::Failure;
use crate::web::see_other;
use crate::web::view::{FailedOne, FailedPage, FailedReason, Notice, PageQuery};
use crate::web::visitor::InCompany;

/// So many are changed in a transaction, which locks each of them.
const AT_ONCE: usize = 500;
/// So many of a reason are shown.
const SHOWN: usize = 10;
/// How often a transaction that lost to another one is begun again.
const ATTEMPTS: usize = 5;
/// Where the page is.
const PAGE: &str = "/admin/notifications/failed";

/// A failed notification.
struct Failed {
    id: i64,
    reason: String,
    at: Option<NaiveDateTime>,
}

/// `GET`: the reasons; with `?reason=` the newest of that one, and what can be done with all of them.
pub(super) async fn reasons(State(app): State<App>, at: InCompany, headers: HeaderMap) -> Result<Response, Failure> {
    require(screen()?, &at)?;
    let failed = failed(&at.scope.db(&app.db)).await?;
    let is_all = failed.len() < LOOKED_AT;
    let mut reasons: BTreeMap<&str, FailedReason> = BTreeMap::new();
    for it in &failed {
        let reason = reasons.entry(&it.reason).or_insert_with(|| FailedReason::new(&it.reason));
        reason.count += 1;
        reason.newest = reason.newest.max(it.at);
    }
    let mut reasons: Vec<_> = reasons.into_values().collect();
    reasons.sort_by(|a, b| (b.count, &a.reason).cmp(&(a.count, &b.reason)));
    let query = PageQuery::of(&at.visitor.context.target);
    // Where somebody was faster there is nothing of it any more.
    let asked = query.get("reason").and_then(|asked| reasons.iter().find(|it| it.reason == asked)).cloned();
    let newest = match &asked {
        Some(asked) => newest(&at.scope.db(&app.db), &failed, &asked.reason).await?,
        None => Vec::new(),
    };
    let mut chrome = chrome(&app, &at).await;
    let count = query.get("n").and_then(|n| n.parse().ok());
    chrome.notice = match (query.get("notice"), count) {
        (Some("retried"), Some(count)) => Some(Notice::RetriedMany(count)),
        (Some("set_aside"), Some(count)) => Some(Notice::SetAsideMany(count)),
        _ => None,
    };
    let page = FailedPage::new(chrome, at.zone, app.clock.now(), reasons, asked, is_all).newest_of_it(newest);
    answer::passing(Body { text: page.html()?, keep: false }, Media::Html, &headers)
}

/// `POST`: all of a reason are to be sent again, or set aside.
pub(super) async fn retry(
    State(app): State<App>,
    at: InCompany,
    Form(form): Form<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    if at.scope.role() < screen()?.writes {
        return Err(Failure::Forbidden);
    }
    let reason = form.iter().find(|(name, _)| name == "reason").map(|(_, value)| value.as_str());
    let reason = reason.ok_or(Failure::NotFound)?;
    let aside = (value(&form, "do") == "aside").then(|| value(&form, "why"));
    let db = at.scope.db(&app.db);
    let ids: Vec<i64> = failed(&db).await?.into_iter().filter(|it| it.reason == reason).map(|it| it.id).collect();
    let mut done = 0;
    for ids in ids.chunks(AT_ONCE) {
        done += change_some(&db, ids, aside, (&at.visitor.actor(), app.clock.now_utc())).await?;
        // Each time: what is committed counts, whatever becomes of the rest.
        changes::settle(&app.db, &at.scope, &app.clock).await?;
    }
    let notice = if aside.is_some() { "set_aside" } else { "retried" };
    Ok(see_other(&format!("{PAGE}?notice={notice}&n={done}{}", at.and_company())))
}

fn screen() -> Result<&'static Screen, Failure> {
    Screen::named("notifications").ok_or(Failure::Internal)
}

async fn failed(db: &TenantDb) -> Result<Vec<Failed>, Error> {
    let (condition, args) = condition(&NOTIFICATIONS, db.dialect());
    let text = format!(
        "SELECT t.id, SUBSTR(t.error_message, 1, {READ}), t.created_at FROM notification_queues t \
         WHERE {condition} AND {OPEN} ORDER BY t.created_at DESC LIMIT {LOOKED_AT}"
    );
    let rows = db.rows(&composed(text)?, args).await?;
    let read = |row: &crate::db::Row| {
        let reason = error_class(row.opt_text(1)?.as_deref().unwrap_or_default());
        Ok(Failed { id: row.int(0)?, reason, at: row.opt_instant(2)? })
    };
    rows.iter().map(read).collect()
}

/// The newest that failed for that reason, as their messages stand there.
async fn newest(db: &TenantDb, failed: &[Failed], reason: &str) -> Result<Vec<FailedOne>, Error> {
    let ids: Vec<Arg> = failed.iter().filter(|it| it.reason == reason).take(SHOWN).map(|it| it.id.into()).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let marks = vec!["?"; ids.len()].join(", ");
    let (condition, mut args) = condition(&NOTIFICATIONS, db.dialect());
    args.extend(ids);
    let text = format!(
        "SELECT t.id, t.recipient, SUBSTR(t.error_message, 1, {READ}), t.created_at FROM notification_queues t \
         WHERE {condition} AND t.id IN ({marks}) ORDER BY t.created_at DESC, t.id DESC"
    );
    let read = |row: &crate::db::Row| {
        let recipient = row.opt_text(1)?.unwrap_or_default();
        let message = row.opt_text(2)?.unwrap_or_default();
        Ok(FailedOne { id: row.int(0)?, recipient, message, at: row.opt_instant(3)? })
    };
    db.rows(&composed(text)?, args).await?.iter().map(read).collect()
}

/// Has those of the notifications sent again that have failed still, or sets them aside, in one transaction; answers how many.
async fn change_some(
    db: &TenantDb,
    ids: &[i64],
    aside: Option<&str>,
    by: (&Actor, NaiveDateTime),
) -> Result<usize, Error> {
    let mut attempt = 1;
    loop {
        match change_once(db, ids, aside, by).await {
            Err(error) if changes::is_conflict(&error) && attempt < ATTEMPTS => attempt += 1,
            result => return result,
        }
    }
}

async fn change_once(
    db: &TenantDb,
    ids: &[i64],
    aside: Option<&str>,
    by: (&Actor, NaiveDateTime),
) -> Result<usize, Error> {
    let tx = db.begin(Mode::Write).await?;
    let done = match aside {
        Some(reason) => set_aside(&tx, ids, reason, by).await?,
        None => send_again(&tx, ids, by).await?,
    };
    tx.commit().await?;
    Ok(done)
}

fn composed(text: String) -> Result<TenantSql, Error> {
    Ok(TenantSql::composed(text)?)
}
