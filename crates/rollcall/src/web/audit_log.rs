//! `GET /admin/audit`: who changed what in the company, for its admins.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::json;

use super::answer::{self, Body, Media};
use super::context::Wants;
use super::drawing::Drawing;
use super::error::Failure;
use super::resource::printable;
use super::view::{AuditPage, PageQuery};
use super::visitor::InCompany;
use crate::app::App;
use crate::audit::{self, ActorKind, Filter};
use crate::events::Thing;
use crate::tenant::Role;
use crate::widget::InvalidChoice;

/// So many lines are on a page.
const ON_A_PAGE: u32 = 50;

pub(super) async fn list(State(app): State<App>, at: InCompany, headers: HeaderMap) -> Result<Response, Failure> {
    if at.scope.role() < Role::Admin {
        return Err(Failure::Forbidden);
    }
    let query = PageQuery::of(&at.visitor.context.target);
    let filter = filter(&query)?;
    let mut lines = audit::lines(&at.scope.db(&app.db), &filter, ON_A_PAGE + 1).await?;
    let more = lines.len() > ON_A_PAGE as usize;
    lines.truncate(ON_A_PAGE as usize);
    let next = lines.last().filter(|_| more).map(|last| last.id);
    let (text, media) = match at.visitor.context.wants {
        Wants::Json => (json!({ "lines": lines, "next": next }).to_string(), Media::Json),
        Wants::Page | Wants::Fragment => {
            let badges = Drawing::new(&app, &at, &PageQuery::default(), &[]).badges().await.unwrap_or_default();
            let page = AuditPage::new(at.chrome(badges), at.zone, app.clock.now(), &filter).lines(&lines, next);
            (page.html()?, Media::Html)
        }
    };
    answer::passing(Body { text, keep: false }, media, &headers)
}

/// What the URL asks for; a field that was left empty in the form asks for nothing.
fn filter(query: &PageQuery) -> Result<Filter, Failure> {
    let given = |name: &'static str| query.get(name).map(str::trim).filter(|value| !value.is_empty());
    let number =
        |name: &'static str| given(name).map(|value| value.parse().map_err(|_| bad(name, value, "1, 2, 3, …")));
    let things = || ["security"].into_iter().chain(Thing::ALL.map(Thing::as_str));
    let subject_kind = given("subject").map(|value| {
        let known = things().any(|thing| thing == value);
        if known { Ok(value.to_owned()) } else { Err(bad("subject", value, &things().collect::<Vec<_>>().join(", "))) }
    });
    let actor_kind = given("actor").map(|value| {
        let kinds = || ActorKind::ALL.map(ActorKind::as_str).join(", ");
        ActorKind::parse(value).ok_or_else(|| bad("actor", value, &kinds()))
    });
    let action = given("action").map(|action| printable("action", action)).transpose()?;
    Ok(Filter {
        action: action.map(|action| action.chars().take(64).collect()),
        subject_kind: subject_kind.transpose()?,
        subject_id: number("subject_id").transpose()?,
        actor_kind: actor_kind.transpose()?,
        actor_id: number("actor_id").transpose()?,
        before: number("before").transpose()?,
    })
}

fn bad(name: &str, value: &str, allowed: &str) -> Failure {
    let value = value.chars().take(80).collect();
    Failure::Bad(InvalidChoice { name: name.to_owned(), value, allowed: allowed.to_owned() })
}
