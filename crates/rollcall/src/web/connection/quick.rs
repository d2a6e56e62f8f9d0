//! Answers that need neither hyper nor a task: a dashboard that is kept, for somebody who is remembered.
//!
//! A browser asks for its dashboard in the same words each time. What those mean, and what the answer's head is, is
//! remembered with the connection; whose session it is, what the company's version is and what is kept under it is
//! asked anew for every request, by what all others call too ([`Asked`]).

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use axum::http::header::CONNECTION;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use httparse::Request;
use tiercache::Bytes;

use super::wire::Out;
use crate::chance::Ids;
use crate::web::answer::{self, Media};
use crate::web::fast::{Asked, PageOf};
use crate::web::presence::Acquainted;
use crate::web::routes::Panel;
use crate::web::{context, headers, presence};

/// What a connection remembers.
pub(super) struct Quick {
    panel: Arc<Panel>,
    known: Option<Known>,
    date: Date,
    ids: Ids,
}

/// A request's words, and what they mean.
struct Known {
    head: Vec<u8>,
    asked: Asked,
    acquainted: Option<Acquainted>,
    page: Option<PageOf>,
    answer: Option<Written>,
}

/// The lines of an answer that are the same as long as what is kept is.
struct Written {
    kept: Bytes,
    lines: Vec<u8>,
    has_body: bool,
}

/// The date of answers, written once a second.
#[derive(Default)]
struct Date {
    second: i64,
    text: String,
}

impl Quick {
    pub(super) fn new(panel: Arc<Panel>) -> Self {
        Self { panel, known: None, date: Date::default(), ids: Ids::default() }
    }

    /// How long the head is that `read` begins with, if it is the one that is remembered.
    pub(super) fn knows(&self, read: &[u8]) -> Option<usize> {
        let head = &self.known.as_ref()?.head;
        read.starts_with(head).then_some(head.len())
    }

    /// Remembers a request, if it asks for what may be kept.
    pub(super) fn learn(&mut self, request: &Request<'_, '_>, head: &[u8]) -> bool {
        let Some(asked) = asked(request) else { return false };
        self.known = Some(Known { head: head.to_vec(), asked, acquainted: None, page: None, answer: None });
        true
    }

    /// Writes the answer to the request that is remembered, if it is at hand.
    pub(super) fn answer(&mut self, out: &mut Out) -> bool {
        let Some(known) = &mut self.known else { return false };
        let app = self.panel.app();
        let now_ms = app.clock.now_ms();
        let presence = presence::remembered(app, &known.asked.session, now_ms, &mut known.acquainted);
        let Some(presence) = presence else { return false };
        let Some(kept) = known.asked.kept(app, &presence, now_ms, &mut known.page) else { return false };
        let written = match known.answer.take() {
            // The very same bytes: they are held here, so that nothing else can stand in their place.
            Some(written) if std::ptr::eq(&*written.kept, &*kept) => written,
            _ => match Written::of(&self.panel, &known.asked, &kept) {
                Some(written) => written,
                None => return false,
            },
        };
        let body = if written.has_body { answer::body(&kept) } else { Bytes::new() };
        let id = self.ids.next(&app.chance);
        // A clock that is pinned says nothing of when an answer was made; the system's was just read.
        let made_ms = if app.clock.is_pinned() { crate::cache::system_ms() } else { now_ms };
        let parts: [&[u8]; 5] = [&written.lines, &id, b"\r\ndate: ", self.date.at(made_ms).as_bytes(), b"\r\n\r\n"];
        out.put(&parts, body);
        known.answer = Some(written);
        true
    }
}

impl Written {
    /// What any other way of answering says, in the same words.
    fn of(panel: &Panel, asked: &Asked, kept: &Bytes) -> Option<Self> {
        let mut response = answer::respond(kept, Media::Html, asked.encoding, &asked.seen);
        headers::add(panel.app(), &mut response);
        let status = response.status();
        let mut lines = format!("HTTP/1.1 {} {}\r\n", status.as_u16(), status.canonical_reason()?).into_bytes();
        for (name, value) in response.headers() {
            for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
                lines.extend_from_slice(part);
            }
        }
        lines.extend_from_slice(context::REQUEST_ID.as_str().as_bytes());
        lines.extend_from_slice(b": ");
        Some(Self { kept: kept.clone(), lines, has_body: status.is_success() })
    }
}

impl Date {
    fn at(&mut self, now_ms: i64) -> &str {
        let second = now_ms.div_euclid(1_000);
        if second != self.second || self.text.is_empty() {
            let since = Duration::from_secs(u64::try_from(second).unwrap_or_default());
            self.second = second;
            self.text.clear();
            // Writing to a string does not fail.
            let _ = write!(self.text, "{}", httpdate::HttpDate::from(UNIX_EPOCH + since));
        }
        &self.text
    }
}

/// What a request asks for that hyper would hand on as it is; none where anything about it is out of the ordinary.
fn asked(request: &Request<'_, '_>) -> Option<Asked> {
    let method = Method::from_bytes(request.method?.as_bytes()).ok()?;
    let uri: Uri = request.path?.parse().ok()?;
    let mut headers = HeaderMap::with_capacity(request.headers.len());
    for header in &*request.headers {
        let name: HeaderName = header.name.parse().ok()?;
        headers.append(name, HeaderValue::from_bytes(header.value).ok()?);
    }
    let stays = headers.get_all(CONNECTION).iter().all(|value| value.as_bytes().eq_ignore_ascii_case(b"keep-alive"));
    stays.then(|| Asked::of(&method, &uri, &headers)).flatten()
}
