//! Why the API did not do what was asked: RFC 9457 problem details that name what is wrong.

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use sea_orm::SqlErr;
use serde_json::{Value as Json, json};

use crate::changes;
pub(in crate::web) use crate::resource::Fault;
use crate::resource::{Refusal, Wrong, no_type};
use crate::web::error::Failure;

/// A row that there is not in the company: whether it is somebody else's is looked up when nothing is locked any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::web) struct Missing {
    pub(super) table: &'static str,
    pub(super) id: i64,
}

/// A problem.
#[derive(Clone, Debug)]
pub(in crate::web) struct Problem {
    pub(super) status: StatusCode,
    name: &'static str,
    detail: String,
    faults: Vec<Fault>,
    header: Option<Box<(HeaderName, String)>>,
    /// A member of its own kind.
    more: Option<Box<(&'static str, Json)>>,
    pub(super) missing: Option<Missing>,
    /// Whether the database took the work back for another's sake, so that it may be tried again.
    pub(super) passing: bool,
}

impl Problem {
    fn new(status: StatusCode, name: &'static str, detail: impl Into<String>) -> Self {
        let (faults, header) = (Vec::new(), None);
        Self { status, name, detail: detail.into(), faults, header, more: None, missing: None, passing: false }
    }

    /// The request cannot be read.
    pub(super) fn unreadable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "unreadable", detail)
    }

    /// Parameters or headers will not do.
    pub(super) fn bad(faults: Vec<Fault>) -> Self {
        let problem = Self::new(StatusCode::BAD_REQUEST, "parameters", "parameters of the request will not do");
        Self { faults, ..problem }
    }

    /// Fields of the body will not do.
    pub(super) fn invalid(faults: Vec<Fault>) -> Self {
        let problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "fields of the body will not do");
        Self { faults, ..problem }
    }

    /// A cursor that is none of the list.
    pub(super) fn no_page() -> Self {
        let problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "cursor", "there is no such page of this list");
        Self { faults: vec![Fault::parameter("cursor", "is none of this list")], ..problem }
    }

    /// No token, or none that holds.
    pub(super) fn unknown(detail: &str, given: bool) -> Self {
        let challenge =
            if given { "Bearer realm=\"rollcall\", error=\"invalid_token\"" } else { "Bearer realm=\"rollcall\"" };
        let problem = Self::new(StatusCode::UNAUTHORIZED, "token", detail);
        Self { header: Some(Box::new((WWW_AUTHENTICATE, challenge.to_owned()))), ..problem }
    }

    /// The token or its user may not do that.
    pub(super) fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", detail)
    }

    /// There is no such thing.
    pub(super) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "there is no such thing")
    }

    /// There is no row of that id.
    pub(super) fn no_row(table: &'static str, id: i64) -> Self {
        Self { missing: Some(Missing { table, id }), ..Self::not_found() }
    }

    /// The row that a field names is not there.
    pub(super) fn no_target(field: &str, table: &'static str, id: i64) -> Self {
        Self { faults: vec![Fault::field(field, Wrong::NoRow(id))], ..Self::no_row(table, id) }
    }

    /// What is asked for does not go with what there is.
    pub(super) fn conflict(name: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, name, detail)
    }

    /// What is to be changed is not what it was.
    pub(super) fn stale() -> Self {
        Self::new(StatusCode::PRECONDITION_FAILED, "stale", "it was changed since; read it again")
    }

    /// `If-Match` is wanted.
    pub(super) fn unconditional() -> Self {
        let detail = "say by If-Match which state is to be changed: the ETag that it was read with";
        let problem = Self::new(StatusCode::PRECONDITION_REQUIRED, "if-match", detail);
        Self { faults: vec![Fault::header("If-Match", "is missing")], ..problem }
    }

    /// The body is of another kind.
    pub(super) fn media(wanted: &str) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type", format!("send a body of the type {wanted}"))
    }

    /// The body is too large.
    pub(super) fn too_large(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", detail)
    }

    /// Too many requests: so many seconds to wait.
    pub(super) fn too_many(detail: &str, seconds: i64) -> Self {
        let problem = Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many", detail);
        Self { header: Some(Box::new((RETRY_AFTER, seconds.to_string()))), ..problem }
    }

    /// The key of an earlier request, with another body.
    pub(super) fn key_reused() -> Self {
        let detail = "the key was used for another request; take a new one";
        let problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "key-reused", detail);
        Self { faults: vec![Fault::header("Idempotency-Key", detail)], ..problem }
    }

    /// A fault of ours; what it was is in the log.
    pub(super) fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "that is a fault of ours")
    }

    /// The type that is none, if a part of the request names one.
    pub(super) fn no_type(&self) -> Option<&str> {
        no_type(&self.faults)
    }

    /// With a member of its own kind.
    pub(super) fn with(self, name: &'static str, value: Json) -> Self {
        Self { more: Some(Box::new((name, value))), ..self }
    }

    /// The problem as it is sent.
    pub(in crate::web) fn json(&self) -> Json {
        let mut body = json!({
            "type": format!("/api/docs#problem-{}", self.name),
            "title": self.status.canonical_reason().unwrap_or("Error"),
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        if !self.faults.is_empty() {
            body["errors"] = self.faults.iter().map(fault).collect();
        }
        if let Some(more) = &self.more {
            body[more.0] = more.1.clone();
        }
        body
    }

    /// What is new to whoever knows its type: for answers that are kept, so at most a few hundred bytes, whatever was sent.
    pub(super) fn short(&self) -> Json {
        let mut body = json!({ "type": format!("/api/docs#problem-{}", self.name) });
        if self.faults.is_empty() {
            body["detail"] = cut(&self.detail).into();
        } else {
            let faults = self.faults.iter().take(SHOWN);
            body["errors"] =
                faults.map(|it| json!({ it.place: cut(&it.name), "detail": cut(&it.wrong.to_string()) })).collect();
        }
        body
    }

    /// The answer of the request of that id.
    pub(in crate::web) fn answer(&self, request_id: &str) -> Response {
        let mut body = self.json();
        body["request_id"] = request_id.into();
        let kind = [(CONTENT_TYPE, "application/problem+json")];
        let mut response = (self.status, kind, body.to_string()).into_response();
        if let Some(header) = &self.header
            && let Ok(value) = HeaderValue::from_str(&header.1)
        {
            response.headers_mut().insert(header.0.clone(), value);
        }
        response
    }
}

/// So many faults, and so many characters of each text, stand in a short problem.
const SHOWN: usize = 3;
const CHARACTERS: usize = 60;

fn cut(text: &str) -> String {
    match text.char_indices().nth(CHARACTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn fault(fault: &Fault) -> Json {
    json!({ fault.place: fault.name, "detail": fault.wrong.to_string() })
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NoRow { table, id } => Self::no_row(table, id),
            Refusal::NoTarget { field, table, id } => Self::no_target(&field, table, id),
            Refusal::Stale => Self::stale(),
            Refusal::InUse(table) => Self::conflict("in-use", format!("there are {table} of it")),
            Refusal::Open => Self::conflict("open", "the appointment is still to come: cancel it first"),
            Refusal::LastAdmin => Self::conflict("last-admin", "nobody else is an admin of this company"),
            Refusal::Invalid(faults) => Self::invalid(faults),
            Refusal::Internal => Self::internal(),
            Refusal::Database(error) => error.into(),
        }
    }
}

/// [`error::render`](crate::web::error::render) gives it its request's id.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<crate::db::Error> for Problem {
    fn from(error: crate::db::Error) -> Self {
        if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) {
            return Self::conflict("taken", "there is one of that name or address already");
        }
        let passing = changes::is_conflict(&error);
        if !passing {
            tracing::error!(%error, "the database failed");
        }
        let detail = "the database does not answer; please try again";
        Self { passing, ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail) }
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Bad(choice) => {
                Self::bad(vec![Fault::parameter(&choice.name, format!("is not one of {}", choice.allowed))])
            }
            Failure::NotFound => Self::not_found(),
            Failure::ChooseCompany => Self::bad(vec![Fault::header(
                super::caller::COMPANY,
                "an operator names a company, by this header or by the parameter `company`",
            )]),
            Failure::Unavailable => {
                let detail = "the database does not answer; please try again";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail)
            }
            _ => Self::internal(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_problem_is_short_whatever_was_sent() {
        let faults: Vec<_> = (0..400).map(|n| Fault::field(&format!("{n}ü").repeat(100), "is no field")).collect();
        let short = Problem::invalid(faults).short();
        assert_eq!(
            (short["type"].as_str(), short["errors"][0]["detail"].as_str()),
            (Some("/api/docs#problem-invalid"), Some("is no field"))
        );
        assert!(short.to_string().len() < 600, "{short}");
        assert!(Problem::unreadable("ä".repeat(5_000)).short().to_string().len() < 300);
        assert_eq!(Problem::unreadable("the line is no JSON").short()["detail"], "the line is no JSON");
    }
}
