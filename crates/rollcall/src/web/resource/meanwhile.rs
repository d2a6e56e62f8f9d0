//! Who changed a row between somebody's look at it and their try to save, delete or cancel it.

use serde_json::Value as Json;

use super::record::LINES;
use crate::app::App;
use crate::audit::{self, Filter, Line};
use crate::resource::{History, Mentioned, Screen, etag};
use crate::web::error::Failure;
use crate::web::view::{Chrome, Meanwhile};
use crate::web::visitor::InCompany;

/// The tag that a form had in it of a row in that state.
pub(in crate::web) fn tag_of(state: &Json) -> String {
    etag(&state.to_string())
}

/// Who was faster than somebody who saw the row of that id in the state of `seen`; `tag_of` is how the page makes tags. None
/// where the audit log does not say: another application wrote, or the lines are too old.
pub(in crate::web) async fn told(
    (app, screen): (&App, &'static Screen),
    at: &InCompany,
    chrome: &Chrome,
    (id, seen): (i64, &str),
    tag_of: fn(&Json) -> String,
) -> Result<Option<Meanwhile>, Failure> {
    if screen.history != History::OfRow || !at.scope.role().may_write() {
        return Ok(None);
    }
    let subject_kind = Some(screen.resource.thing.as_str().to_owned());
    let filter = Filter { subject_kind, subject_id: Some(id), ..Filter::default() };
    let db = at.scope.db(&app.db);
    let lines = audit::lines(&db, &filter, LINES).await?;
    let since = since(&lines, seen, tag_of);
    let ends = since.first().zip(since.last());
    let change = ends.map(|(newest, oldest)| (oldest.before.as_ref(), newest.after.as_ref()));
    let mentioned = Mentioned::read(&db, screen.resource, change.into_iter(), None).await?;
    let told = (since, &mentioned);
    Ok(Meanwhile::of(chrome, at.zone, app.clock.now(), screen, told, at.visitor.user.id))
}

/// The lines, the newest first, since the row was in the state of that tag.
fn since<'a>(lines: &'a [Line], seen: &str, tag_of: fn(&Json) -> String) -> &'a [Line] {
    let saw = |line: &Line| line.before.as_ref().is_some_and(|state| tag_of(state) == seen);
    // A row that came back to an earlier state was changed since the later time.
    lines.iter().position(saw).map_or(&[], |first| &lines[..=first])
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use serde_json::json;

    use super::*;

    fn line(id: i64, before: Option<Json>) -> Line {
        Line {
            id,
            actor_kind: "user".to_owned(),
            actor_id: Some(3),
            actor_name: "Ada".to_owned(),
            address: None,
            action: "branch.updated".to_owned(),
            subject_kind: "branch".to_owned(),
            subject_id: Some(10),
            before,
            after: None,
            at: DateTime::UNIX_EPOCH.naive_utc(),
        }
    }

    #[test]
    fn what_came_after_the_state_that_was_seen_is_found() {
        let state = |name: &str| json!({"id": 10, "name": name});
        let lines = [line(9, Some(state("C"))), line(7, Some(state("B"))), line(5, Some(state("A"))), line(3, None)];
        let found = |seen: &Json| since(&lines, &tag_of(seen), tag_of).iter().map(|line| line.id).collect::<Vec<_>>();
        assert_eq!(found(&state("B")), [9, 7]);
        assert_eq!(found(&state("A")), [9, 7, 5]);
        assert_eq!(found(&state("D")), [0; 0], "nobody is named for what somebody else did");
    }
}
