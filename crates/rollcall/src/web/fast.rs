//! The way of nearly every request: a dashboard that was kept, for somebody who is remembered, goes out before routes and
//! layers are asked.

use std::sync::Arc;

use axum::body::Body;
use axum::http::header::IF_NONE_MATCH;
use axum::http::{HeaderMap, HeaderValue, Method, Request, Uri};
use axum::response::Response;
use chrono::DateTime;
use tiercache::Bytes;
use tower_sessions::session::Id;

use super::answer::{self, Media};
use super::context::{self, Wants};
use super::page::{self, Look};
use super::presence::{Presence, Visit};
use super::view::Present;
use super::{headers, presence};
use crate::app::App;
use crate::cache::{Again, Encoding, Name};
use crate::summaries::zone::local_day;

/// A dashboard as a browser asks for it.
pub(super) struct Asked {
    pub(super) session: Id,
    look: Look,
    pub(super) encoding: Encoding,
    /// What the browser has, under `If-None-Match`.
    pub(super) seen: HeaderMap,
}

/// What somebody's page is called on a day.
pub(super) struct PageOf {
    visit: Arc<Visit>,
    /// The second in which this was looked at last, since 1970: within it, it is the same day.
    second: i64,
    name: Name,
    again: Again,
}

impl Asked {
    /// What a request asks for; none where it is another page, or anything about it is out of the ordinary.
    pub(super) fn of(method: &Method, uri: &Uri, asked: &HeaderMap) -> Option<Self> {
        if method != Method::GET || uri.path() != "/admin" || uri.query().is_some() {
            return None;
        }
        if context::wants(asked) != Wants::Page {
            return None;
        }
        let session = presence::session_id(asked)?;
        let look = Look { lang: context::language(asked), hours: context::hours(asked), theme: context::theme(asked) };
        let seen = asked.get_all(IF_NONE_MATCH).iter().map(|seen| (IF_NONE_MATCH, seen.clone())).collect();
        Some(Self { session, look, encoding: Encoding::accepted(asked), seen })
    }

    /// The kept answer for whoever that is, sealed; none where there is none. `page` remembers what it is called.
    pub(super) fn kept(&self, app: &App, presence: &Presence, now_ms: i64, page: &mut Option<PageOf>) -> Option<Bytes> {
        let visit = &presence.visit;
        let (Some(company), Some(versions), None) = (&visit.company, presence.versions, presence.stale_since) else {
            return None;
        };
        let second = now_ms.div_euclid(1_000);
        let page = match page {
            Some(page) if page.second == second && Arc::ptr_eq(&page.visit, visit) => page,
            _ => {
                let now = DateTime::from_timestamp(second, 0)?;
                let today = local_day(visit.zone, now.naive_utc());
                let present = Present { now, zone: visit.zone, today, pinned: app.clock.is_pinned() };
                let name = page::page_name(company.id, &self.look.variant(visit, present), self.encoding);
                page.insert(PageOf { visit: Arc::clone(visit), second, name, again: Again::default() })
            }
        };
        Some(app.cache.fresh_again(&mut page.again, &page.name, versions.company(), now_ms)?.bytes)
    }
}

/// The kept answer; none where there is none, or where anything about the request is out of the ordinary. Who asks is then
/// known already, and not read again.
pub(super) async fn answer(app: &App, request: &mut Request<Body>) -> Option<Response> {
    let asked = Asked::of(request.method(), request.uri(), request.headers())?;
    let presence = presence::present(app, &asked.session).await.ok()??;
    let Some(kept) = asked.kept(app, &presence, app.clock.now_ms(), &mut None) else {
        request.extensions_mut().insert(presence);
        return None;
    };
    let mut response = answer::respond(&kept, Media::Html, asked.encoding, &asked.seen);
    headers::add(app, &mut response);
    if let Ok(id) = HeaderValue::try_from(context::request_id(app)) {
        response.headers_mut().insert(context::REQUEST_ID, id);
    }
    Some(response)
}
