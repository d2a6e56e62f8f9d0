//! Writes: the work, its line in the audit log and the answer that its key gets again are one transaction, and whoever asks
//! after the answer sees what was done.
//!
//! An `Idempotency-Key` is a row that is inserted before anything else is done. Others who come with the same key wait for
//! that row until the transaction ends: then they find the answer, or, where the first one failed or died, nothing, and are
//! the first themselves.

use async_trait::async_trait;
use axum::http::header::{CONTENT_TYPE, ETAG, LOCATION};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use sha2::{Digest, Sha256};

use super::caller::At;
use super::problem::{Fault, Missing, Problem};
use super::resource;
use crate::app::App;
use crate::changes;
use crate::db::{Arg, Dialect, Error, Mode, PlatformSql, PlatformTx, Row, TenantSql, TenantTx};

/// How often work that lost to another one is tried again.
const ATTEMPTS: usize = 8;
/// For how long an answer is kept, in seconds.
const KEPT: i64 = 24 * 3_600;
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
pub(super) const KEY: &str = "idempotency-key";

/// What is to be done within one transaction; it may be begun again from the start.
#[async_trait]
pub(super) trait Work: Send + Sync {
    /// Does it.
    async fn run(&self, tx: &TenantTx, at: &At, app: &App) -> Result<Reply, Problem>;
}

/// The answer of work that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reply {
    status: StatusCode,
    head: Head,
    body: String,
    /// Rows that were named and that there are not.
    missing: Vec<Missing>,
    /// Whether anything was done: else the key's row is rolled back too, and nobody fills the disk with answers to nothing.
    effect: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    #[serde(skip_serializing_if = "Option::is_none")]
    media: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    etag: Option<String>,
}

impl Reply {
    fn of(status: StatusCode, head: Head, body: String) -> Self {
        Self { status, head, body, missing: Vec::new(), effect: true }
    }

    /// A row, with its tag.
    pub(super) fn row(status: StatusCode, row: Map<String, Json>) -> Self {
        let body = resource::written_row(row);
        let head =
            Head { media: Some("application/json".to_owned()), etag: Some(resource::etag(&body)), location: None };
        Self::of(status, head, body)
    }

    /// Something else.
    pub(super) fn body(media: &str, body: String) -> Self {
        Self::of(StatusCode::OK, Head { media: Some(media.to_owned()), ..Head::default() }, body)
    }

    /// That it is done.
    pub(super) fn nothing() -> Self {
        Self::of(StatusCode::NO_CONTENT, Head::default(), String::new())
    }

    /// Whether it says that anything was done.
    pub(super) fn effect(self, effect: bool) -> Self {
        Self { effect, ..self }
    }

    /// With rows that were named and that there are not.
    pub(super) fn missing(self, missing: Vec<Missing>) -> Self {
        Self { missing, ..self }
    }

    /// With the address of what was made.
    pub(super) fn at(mut self, location: String) -> Self {
        self.head.location = Some(location);
        self
    }

    /// The answer; `replayed`: it was given before.
    pub(super) fn answer_again(self, replayed: bool) -> Response {
        let mut response = (self.status, self.body).into_response();
        let headers = response.headers_mut();
        headers.remove(CONTENT_TYPE);
        let fields = [(CONTENT_TYPE, self.head.media), (LOCATION, self.head.location), (ETAG, self.head.etag)];
        for (name, value) in fields {
            if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
                headers.insert(name, value);
            }
        }
        if replayed {
            headers.insert(REPLAYED, HeaderValue::from_static("true"));
        }
        response
    }
}

/// The key of a request, and what was asked under it.
#[derive(Clone, Debug)]
pub(super) struct Key {
    name: String,
    fingerprint: String,
}

impl Key {
    /// The key that a request brings, if any.
    pub(super) fn of(headers: &HeaderMap, method: &Method, target: &str, body: &[u8]) -> Result<Option<Self>, Problem> {
        let Some(given) = headers.get(KEY) else { return Ok(None) };
        let text = given
            .to_str()
            .ok()
            .filter(|text| (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()));
        let wrong = || Problem::bad(vec![Fault::header("Idempotency-Key", "must be 1 to 255 visible characters")]);
        let text = text.ok_or_else(wrong)?;
        let hash = |parts: &[&[u8]]| {
            let hash = parts.iter().fold(Sha256::new(), |hash, part| hash.chain_update(part).chain_update([0]));
            hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect::<String>()
        };
        let fingerprint = hash(&[method.as_str().as_bytes(), target.as_bytes(), body]);
        Ok(Some(Self { name: hash(&[text.as_bytes()]), fingerprint }))
    }
}

/// Does the work, or answers what was answered under its key; settles the company before the answer.
pub(super) async fn perform(app: &App, at: &At, key: Option<Key>, work: &dyn Work) -> Result<Response, Problem> {
    let mut attempt = 1;
    let done = loop {
        match once(app, at, key.as_ref(), work).await {
            Err(problem) if problem.passing && attempt < ATTEMPTS => attempt += 1,
            result => break result,
        }
    };
    let (reply, replayed) = at.told(app, done).await?;
    for missing in &reply.missing {
        at.report(app, &Problem::no_row(missing.table, missing.id)).await;
    }
    changes::settle(&app.db, at.scope(), &app.clock).await?;
    Ok(reply.answer_again(replayed))
}

async fn once(app: &App, at: &At, key: Option<&Key>, work: &dyn Work) -> Result<(Reply, bool), Problem> {
    let tx = at.scope().db(&app.db).begin(Mode::Write).await?;
    if let Some(key) = key
        && let Some(reply) = claim(Tx::Tenant(&tx), at.caller.token, key, app.clock.now().timestamp()).await?
    {
        return Ok((reply, true));
    }
    let reply = work.run(&tx, at, app).await?;
    if reply.effect {
        if let Some(key) = key {
            keep(Tx::Tenant(&tx), at.caller.token, key, &reply).await?;
        }
        tx.commit().await?;
    }
    Ok((reply, false))
}

const PRUNE: PlatformSql = PlatformSql::new(
    "answers that were kept under their keys for a day are deleted",
    "DELETE FROM idempotency_keys WHERE created_at <= ?",
);

/// Forgets what is kept long enough.
///
/// # Errors
/// Where the database fails.
pub(in crate::web) async fn prune(app: &App) -> Result<u64, Error> {
    app.db.platform().execute(&PRUNE, vec![(app.clock.now().timestamp() - KEPT).into()]).await
}

const FORGET: &str =
    "DELETE FROM idempotency_keys WHERE company_id = :company AND token_id = ? AND name = ? AND created_at <= ?";
const FOUND: &str = "SELECT fingerprint, status, head, body, created_at FROM idempotency_keys \
                     WHERE company_id = :company AND token_id = ? AND name = ?";
const KEEP: &str = "UPDATE idempotency_keys SET status = ?, head = ?, body = ? \
                    WHERE company_id = :company AND token_id = ? AND name = ?";

/// A transaction of a company, or one above them: the keys of that belong to the company 0, which is none.
#[derive(Clone, Copy)]
pub(super) enum Tx<'a> {
    Tenant(&'a TenantTx),
    Platform(&'a PlatformTx),
}

impl Tx<'_> {
    fn above(text: &str) -> PlatformSql {
        let purpose = "the answer to an operator's request is kept under its key";
        PlatformSql::composed(purpose, text.replace(":company", "0"))
    }

    fn within(text: &str) -> Result<TenantSql, Error> {
        Ok(TenantSql::composed(text.to_owned())?)
    }

    async fn execute(self, text: &str, args: Vec<Arg>) -> Result<u64, Error> {
        match self {
            Self::Tenant(tx) => tx.execute(&Self::within(text)?, args).await,
            Self::Platform(tx) => tx.execute(&Self::above(text), args).await,
        }
    }

    async fn row(self, text: &str, args: Vec<Arg>) -> Result<Option<Row>, Error> {
        match self {
            Self::Tenant(tx) => Ok(tx.rows(&Self::within(text)?, args).await?.into_iter().next()),
            Self::Platform(tx) => tx.row(&Self::above(text), args).await,
        }
    }

    fn dialect(self) -> Dialect {
        match self {
            Self::Tenant(tx) => tx.dialect(),
            Self::Platform(tx) => tx.dialect(),
        }
    }
}

/// Claims a key; answers what was answered under it, where somebody was first.
pub(super) async fn claim(tx: Tx<'_>, token: i64, key: &Key, now: i64) -> Result<Option<Reply>, Problem> {
    let name = || Arg::from(key.name.clone());
    let dialect = tx.dialect();
    let insert = format!(
        "{} INTO idempotency_keys (company_id, token_id, name, fingerprint, head, body, created_at) \
         VALUES (:company, ?, ?, ?, '', '', ?) {}",
        dialect.insert_or_ignore(),
        dialect.or_ignore_end()
    );
    let values = || vec![token.into(), name(), key.fingerprint.clone().into(), now.into()];
    if tx.execute(&insert, values()).await? > 0 {
        return Ok(None);
    }
    // The first one failed in this moment.
    let Some(row) = tx.row(FOUND, vec![token.into(), name()]).await? else { return Err(again()) };
    // One that is over does not count, and is this request's from now on. Looked at before it is deleted: those who wait for
    // the row all share its lock, and could not each have it alone.
    if row.int(4)? <= now - KEPT {
        tx.execute(FORGET, vec![token.into(), name(), (now - KEPT).into()]).await?;
        return match tx.execute(&insert, values()).await? {
            0 => Err(again()),
            _ => Ok(None),
        };
    }
    if row.text(0)? != key.fingerprint {
        return Err(Problem::key_reused());
    }
    let status = u16::try_from(row.int(1)?).ok().and_then(|status| StatusCode::from_u16(status).ok());
    let head = serde_json::from_str(&row.text(2)?).ok();
    let (Some(status), Some(head)) = (status, head) else { return Err(Problem::internal()) };
    Ok(Some(Reply::of(status, head, row.text(3)?)))
}

fn again() -> Problem {
    let mut problem = Problem::from(Error::Custom("the key's row is gone".to_owned()));
    problem.passing = true;
    problem
}

pub(super) async fn keep(tx: Tx<'_>, token: i64, key: &Key, reply: &Reply) -> Result<(), Problem> {
    let head = serde_json::to_string(&reply.head).map_err(|_| Problem::internal())?;
    let status = i32::from(reply.status.as_u16());
    let args = vec![status.into(), head.into(), reply.body.clone().into(), token.into(), key.name.clone().into()];
    Ok(tx.execute(KEEP, args).await.map(|_| ())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_tells_what_was_asked_under_it() {
        let key = |key: &str, target: &str, body: &str| -> Result<Key, Box<Problem>> {
            let headers = HeaderMap::from_iter([(HeaderName::from_static(KEY), key.parse().unwrap())]);
            Ok(Key::of(&headers, &Method::POST, target, body.as_bytes()).map_err(Box::new)?.unwrap())
        };
        let first = key("a", "/x", "{}").unwrap();
        assert_eq!(first.name, key("a", "/y", "[]").unwrap().name);
        for other in [key("a", "/x", "[]"), key("a", "/x{}", ""), key("a", "/y", "{}")] {
            assert_ne!(first.fingerprint, other.unwrap().fingerprint);
        }
        assert!(key("", "/x", "").is_err() && key(&"a".repeat(256), "/x", "").is_err());
        assert!(Key::of(&HeaderMap::new(), &Method::POST, "/x", b"").unwrap().is_none());
    }
}
