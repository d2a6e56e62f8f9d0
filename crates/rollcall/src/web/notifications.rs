//! `POST /admin/notifications/{id}/retry`: a failed notification is to be sent again.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use tiercache::seeded;

use super::error::Failure;
use super::view::PageQuery;
use super::visitor::InCompany;
use super::{local_path, see_other};
use crate::app::App;
use crate::changes;
use crate::db::{Mode, TenantSql};
use crate::events::{self, Event, Thing, Verb};
use crate::resource::forget;
use crate::security::{self, Attempt};
use crate::summaries;

/// The form.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Retry {
    #[serde(default)]
    return_to: String,
}

/// Has a failed notification sent again.
pub(super) const RETRY: TenantSql = TenantSql::new(
    "UPDATE notification_queues SET status = 'pending', retry_count = retry_count + 1, failed_at = NULL, \
     error_message = NULL, updated_at = ? WHERE company_id = :company AND id = ? AND status = 'failed'",
);

pub(super) async fn retry(
    State(app): State<App>,
    at: InCompany,
    Path(id): Path<String>,
    Form(form): Form<Retry>,
) -> Result<Response, Failure> {
    let id: i64 = id.parse().map_err(|_| Failure::NotFound)?;
    let db = at.scope.db(&app.db);
    if !summaries::has_notification(&db, id).await? {
        if security::is_foreign(&app, "notification_queues", at.scope.company_id(), id).await? {
            let subject = format!("user {} notification {id}", at.visitor.user.id);
            let target = &at.visitor.context.target;
            security::record(
                &app,
                &at.visitor.actor(),
                Attempt::ForeignRow,
                Some(at.scope.company_id()),
                &subject,
                target,
            )
            .await;
        }
        return Err(Failure::NotFound);
    }
    if !at.scope.role().may_write() {
        return Err(Failure::Forbidden);
    }
    let (now, tx) = (app.clock.now_utc(), db.begin(Mode::Write).await?);
    let changed = tx.execute(&RETRY, vec![now.into(), id.into()]).await?;
    if changed > 0 {
        forget(&tx, &[id]).await?;
        let event = Event::new(Thing::Notification, Verb::Retried, id);
        let event = event.before(json!({ "status": "failed" })).after(json!({ "status": "pending" }));
        events::announce(&tx, &at.visitor.actor(), &[event], now).await?;
    }
    tx.commit().await?;
    // Whoever reads after this answer sees the change.
    if !seeded::on("not-settled") {
        changes::settle(&app.db, &at.scope, &app.clock).await?;
    }
    let notice = if changed > 0 { "retried" } else { "nothing_to_retry" };
    let back = local_path(&form.return_to).filter(|path| path.starts_with("/admin")).unwrap_or("/admin");
    let path = back.split(['?', '#']).next().unwrap_or("/admin");
    Ok(see_other(&PageQuery::of(back).url(path, &[("notice".to_owned(), notice.to_owned())])))
}
