//! `GET /admin/operations/security`: what somebody tried who must not, for operators. For everybody else there is no such
//! page.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::json;

use super::answer::{self, Body, Media};
use super::context::Wants;
use super::error::Failure;
use super::operations::operator;
use super::view::{PageQuery, SecurityPage};
use super::visitor::Visitor;
use crate::app::App;
use crate::security::{self, Cursor};
use crate::widget::InvalidChoice;

/// So many events are on a page.
const ON_A_PAGE: u32 = 50;

pub(super) async fn list(State(app): State<App>, visitor: Visitor, headers: HeaderMap) -> Result<Response, Failure> {
    let operator = operator(&app, &visitor).await?;
    let query = PageQuery::of(&visitor.context.target);
    let after = query.get("after").filter(|after| !after.is_empty()).map(cursor).transpose()?;
    let mut events = security::events(&app.db, &operator, after, ON_A_PAGE + 1).await?;
    let more = events.len() > ON_A_PAGE as usize;
    events.truncate(ON_A_PAGE as usize);
    let next = events.last().filter(|_| more).map(|last| Cursor::of(last).to_string());
    let (text, media) = match visitor.context.wants {
        Wants::Json => (json!({ "events": events, "next": next }).to_string(), Media::Json),
        Wants::Page | Wants::Fragment => {
            let page = SecurityPage::new(visitor.chrome(), app.clock.now(), &events, next.as_deref(), after.is_some());
            (page.html()?, Media::Html)
        }
    };
    answer::passing(Body { text, keep: false }, media, &headers)
}

fn cursor(text: &str) -> Result<Cursor, Failure> {
    Cursor::parse(text).ok_or_else(|| {
        let (name, value) = ("after".to_owned(), text.chars().take(80).collect());
        Failure::Bad(InvalidChoice { name, value, allowed: "next".to_owned() })
    })
}
