//! The way of nearly every request: a dashboard that was kept, for somebody who is remembered, goes out before routes and
//! layers are asked.

use axum::body::Body;
use axum::http::{HeaderValue, Method, Request};
use axum::response::Response;

use super::answer::{self, Media};
use super::context::{self, Wants};
use super::page::{self, Look};
use super::view::Present;
use super::{headers, presence};
use crate::app::App;
use crate::cache::Encoding;
use crate::summaries::zone::local_day;

/// The kept answer; none where there is none, or where anything about the request is out of the ordinary. Who asks is then
/// known already, and not read again.
pub(super) async fn answer(app: &App, request: &mut Request<Body>) -> Option<Response> {
    let uri = request.uri();
    if request.method() != Method::GET || uri.path() != "/admin" || uri.query().is_some() {
        return None;
    }
    let asked = request.headers();
    if context::wants(asked) != Wants::Page {
        return None;
    }
    let id = presence::session_id(asked)?;
    let presence = presence::present(app, &id).await.ok()??;
    let visit = &presence.visit;
    let kept = match (&visit.company, presence.versions, presence.stale_since) {
        (Some(company), Some(versions), None) => {
            let now = app.clock.now();
            let today = local_day(visit.zone, now.naive_utc());
            let present = Present { now, zone: visit.zone, today, pinned: app.clock.is_pinned() };
            let look = Look { lang: context::language(asked), theme: context::theme(asked) };
            let encoding = Encoding::accepted(asked);
            let name = page::page_name(company.id, &look.variant(&visit.user, present), encoding);
            let entry = app.cache.fresh(&name, versions.company(), app.clock.now_ms()).await;
            entry.map(|entry| answer::respond(&entry.bytes, Media::Html, encoding, asked))
        }
        _ => None,
    };
    let Some(mut response) = kept else {
        request.extensions_mut().insert(presence);
        return None;
    };
    headers::add(app, response.headers_mut());
    if let Ok(id) = HeaderValue::try_from(context::request_id(app)) {
        response.headers_mut().insert(context::REQUEST_ID, id);
    }
    Some(response)
}
