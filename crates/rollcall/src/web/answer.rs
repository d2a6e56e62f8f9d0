//! Answers that are kept: encoded once, with a tag that says whether a browser has the same.

use std::future::Future;
use std::time::Duration;

use axum::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use tiercache::{Bytes, Load, Patience, seeded};

use super::error::Failure;
use super::headers;
use crate::app::App;
use crate::cache::{Encoding, Kind, Name};

/// The browser may keep an answer, and asks each time whether it still holds.
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("private, no-cache");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const DEPENDS_ON: HeaderValue =
    HeaderValue::from_static("accept, accept-encoding, accept-language, cookie, hx-request");
/// Letters of a tag.
const TAG: usize = 24;

/// What an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Media {
    Html,
    Json,
    Csv,
    Svg,
}

/// An answer's text, before it is encoded.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) text: String,
    /// Whether it holds for the next who asks: a failure does not.
    pub(super) keep: bool,
}

impl Body {
    pub(super) fn kept(text: String) -> Self {
        Self { text, keep: true }
    }
}

/// The answer made of the value of that name, kept beside it for each encoding.
///
/// # Errors
/// Where it cannot be made.
pub(super) async fn kept<M, F>(
    app: &App,
    of: &Name,
    version: u64,
    media: Media,
    headers: &HeaderMap,
    make: M,
) -> Result<Response, Failure>
where
    M: FnOnce() -> F + Send + 'static,
    F: Future<Output = Result<Body, Failure>> + Send + 'static,
{
    let name = of.answered(Encoding::accepted(headers));
    kept_as(app, &name, version, media, headers, make).await
}

/// The answer of that name, which says how it is encoded.
///
/// # Errors
/// Where it cannot be made.
pub(super) async fn kept_as<M, F>(
    app: &App,
    name: &Name,
    version: u64,
    media: Media,
    headers: &HeaderMap,
    make: M,
) -> Result<Response, Failure>
where
    M: FnOnce() -> F + Send + 'static,
    F: Future<Output = Result<Body, Failure>> + Send + 'static,
{
    debug_assert_eq!(name.kind(), Kind::Answer);
    let encoding = Encoding::accepted(headers);
    // It stays in memory: there is nobody to be patient with.
    let patience = Patience::new(Duration::ZERO);
    let entry = app.cache.get_or_load(&patience, name, version, move || async move {
        let body = make().await.map_err(Box::<dyn std::error::Error + Send + Sync>::from)?;
        let keep = body.keep;
        let sealed = seal(body, encoding)?;
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>(if keep { Load::Keep(sealed) } else { Load::Pass(sealed) })
    });
    Ok(respond(&entry.await?.bytes, media, encoding, headers))
}

/// An answer that is nobody else's.
///
/// # Errors
/// Where it cannot be encoded.
pub(super) fn passing(body: Body, media: Media, headers: &HeaderMap) -> Result<Response, Failure> {
    let encoding = Encoding::accepted(headers);
    let sealed = seal(body, encoding).map_err(|error| {
        tracing::error!(%error, "an answer could not be encoded");
        Failure::Internal
    })?;
    Ok(respond(&sealed, media, encoding, headers))
}

/// A tag and the encoded body; no tag where it is not to be kept.
fn seal(body: Body, encoding: Encoding) -> std::io::Result<Bytes> {
    let mut sealed = Vec::new();
    if body.keep {
        let text = if seeded::on("tag-not-of-content") { "" } else { &body.text };
        let hash = headers::fixed().fold(Sha256::new(), Digest::chain_update);
        let hash = hash.chain_update(encoding.as_str()).chain_update(text).finalize();
        sealed.extend(hash.iter().take(TAG / 2).flat_map(|byte| format!("{byte:02x}").into_bytes()));
    } else {
        sealed.resize(TAG, b'-');
    }
    sealed.append(&mut encoding.encode(body.text.into_bytes())?);
    Ok(sealed.into())
}

/// The tag of a sealed answer.
pub(super) fn tag(sealed: &Bytes) -> Bytes {
    sealed.slice(..TAG.min(sealed.len()))
}

/// Its body, encoded.
pub(super) fn body(sealed: &Bytes) -> Bytes {
    sealed.slice(TAG.min(sealed.len())..)
}

/// The answer, or that the browser has it.
pub(super) fn respond(sealed: &Bytes, media: Media, encoding: Encoding, headers: &HeaderMap) -> Response {
    let tag = &*tag(sealed);
    let known = !tag.starts_with(b"-") && headers.get_all(IF_NONE_MATCH).iter().any(|seen| names(seen.as_bytes(), tag));
    let mut response = match known {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => Response::new(axum::body::Body::from(body(sealed))),
    };
    let to = response.headers_mut();
    to.reserve(24);
    to.insert(VARY, DEPENDS_ON);
    if tag.starts_with(b"-") {
        to.insert(CACHE_CONTROL, NO_STORE);
    } else {
        to.insert(CACHE_CONTROL, ASK_AGAIN);
        let quoted = [b"\"", tag, b"\""].concat();
        if let Ok(tag) = HeaderValue::from_maybe_shared(Bytes::from(quoted)) {
            to.insert(ETAG, tag);
        }
    }
    if !known {
        to.insert(CONTENT_TYPE, media.content_type());
        to.insert(CONTENT_LENGTH, HeaderValue::from(sealed.len().saturating_sub(TAG)));
        if encoding != Encoding::Identity {
            to.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding.as_str()));
        }
    }
    response
}

/// Whether `If-None-Match` names the tag; a weak one is as good (RFC 9110, section 13.1.2).
fn names(seen: &[u8], tag: &[u8]) -> bool {
    seen.split(|byte| *byte == b',').any(|one| {
        let one = one.trim_ascii();
        let one = one.strip_prefix(b"W/").unwrap_or(one);
        one == b"*" || one.strip_prefix(b"\"").and_then(|one| one.strip_suffix(b"\"")) == Some(tag)
    })
}

impl Media {
    fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Html => "text/html; charset=utf-8",
            Self::Json => "application/json",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Svg => "image/svg+xml",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(with: &str) -> HeaderMap {
        HeaderMap::from_iter([(IF_NONE_MATCH, with.parse().unwrap())])
    }

    #[test]
    fn a_browser_that_has_it_is_told_so_and_one_that_has_another_gets_it() {
        let sealed = seal(Body::kept("<p>hello</p>".into()), Encoding::Identity).unwrap();
        let first = respond(&sealed, Media::Html, Encoding::Identity, &HeaderMap::new());
        assert_eq!((first.status(), &first.headers()[CONTENT_LENGTH]), (StatusCode::OK, &HeaderValue::from(12)));
        let tag = first.headers()[ETAG].to_str().unwrap();
        for seen in [tag.to_owned(), format!("\"x\", W/{tag}"), "*".to_owned()] {
            let again = respond(&sealed, Media::Html, Encoding::Identity, &asked(&seen));
            assert_eq!((again.status(), &again.headers()[ETAG]), (StatusCode::NOT_MODIFIED, &first.headers()[ETAG]));
        }
        let other = respond(&sealed, Media::Html, Encoding::Identity, &asked("\"x\""));
        assert_eq!(other.status(), StatusCode::OK);
    }

    #[test]
    fn another_encoding_is_another_answer() {
        let tag = |encoding| seal(Body::kept("hello".into()), encoding).unwrap().slice(..TAG);
        assert_ne!(tag(Encoding::Gzip), tag(Encoding::Zstd));
    }

    #[test]
    fn what_is_not_for_keeping_has_no_tag() {
        let sealed = seal(Body { text: "failed".into(), keep: false }, Encoding::Identity).unwrap();
        let answer = respond(&sealed, Media::Html, Encoding::Identity, &asked("*"));
        assert_eq!(answer.status(), StatusCode::OK);
        assert!(answer.headers().get(ETAG).is_none() && answer.headers()[CACHE_CONTROL] == "no-store");
    }
}
