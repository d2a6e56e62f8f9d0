//! `POST /admin/notifications/{id}/retry`: a failed notification is to be sent again.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use tiercache::seeded;

use super::error::Failure;
use super::visitor::InCompany;
use super::{local_path, see_other};
use crate::app::App;
use crate::changes;
use crate::db::TenantSql;
use crate::security::{self, Attempt};
use crate::summaries;

/// The form.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Retry {
    #[serde(default)]
    return_to: String,
}

const RETRY: TenantSql = TenantSql::new(
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
            security::record(&app, Attempt::ForeignRow, Some(at.scope.company_id()), &subject, target).await;
        }
        return Err(Failure::NotFound);
    }
    if !at.scope.role().may_write() {
        return Err(Failure::Forbidden);
    }
    let changed = db.execute(&RETRY, vec![app.clock.now_utc().into(), id.into()]).await?;
    // Whoever reads after this answer sees the change.
    if !seeded::on("not-settled") {
        changes::settle(&app.db, &at.scope, &app.clock).await?;
    }
    tracing::info!(target: "audit", user_id = at.visitor.user.id, company_id = at.scope.company_id(),
        notification = id, changed, "a failed notification is sent again");
    let notice = if changed > 0 { "retried" } else { "nothing_to_retry" };
    let page = super::view::PageQuery::of(local_path(&form.return_to).unwrap_or("/admin"));
    Ok(see_other(&page.url("/admin", &[("notice".to_owned(), notice.to_owned())])))
}
