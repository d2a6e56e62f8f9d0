//! An appointment that is corrected: by whom it is to be may have others at that time.

use serde_json::{Map, Value as Json};

use super::book::busy;
use super::form::Of;
use crate::booking::Status;
use crate::resource::{Form, instant, value};
use crate::web::error::Failure;
use crate::web::view::{BookDraft, Busy};

/// The appointments that another member of staff, whom the form names, has at the time of the one in `row`; none where it is over, or
/// stays with whom it was. Rows that are no appointments have none.
pub(super) async fn in_the_way(of: Of<'_>, row: &Map<String, Json>, form: &Form) -> Result<Vec<Busy>, Failure> {
    if !of.screen.is_booked() {
        return Ok(Vec::new());
    }
    let text = |name: &str| row.get(name).and_then(Json::as_str).unwrap_or_default();
    let open = Status::parse(text("status")).is_some_and(Status::is_open);
    let was = row.get("staff_id").and_then(Json::as_i64);
    let staff = value(form, "staff_id").parse::<i64>().ok().filter(|id| open && Some(*id) != was);
    let span = instant(text("starts_at")).ok().zip(instant(text("ends_at")).ok());
    let Some((staff, span)) = staff.zip(span) else { return Ok(Vec::new()) };
    let draft = BookDraft { staff: Some(staff), ..BookDraft::default() };
    Ok(busy(&of.at.scope.db(&of.app.db), &draft, span).await?)
}
