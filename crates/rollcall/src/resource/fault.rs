//! What is wrong with what somebody sent: a place, and a reason that each reader is told in their own words.

use std::fmt;

use crate::db::Error;

/// Why a value will not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// It is no line of at most so many characters.
    Line(u32),
    /// It is no address for e-mail; why, in English.
    Email(String),
    /// It is none of these words.
    OneOf(Vec<&'static str>),
    /// It names none of the types that a row may hang on, in any spelling: nobody of good will sends that.
    NoType {
        /// What it names.
        given: String,
        /// The types that there are.
        known: Vec<&'static str>,
    },
    /// It is no whole number between the two.
    Whole(i64, i64),
    /// It is no amount of money.
    Money,
    /// It is no truth value.
    Flag,
    /// It is no instant.
    Instant,
    /// It is no id.
    Id,
    /// It is no text.
    Text,
    /// It is no object.
    Object,
    /// Nothing stands there, and something must.
    Missing,
    /// There is no row of that id.
    NoRow(i64),
    /// What is named there names the row itself, at last.
    Circle,
    /// What only the API's callers can get wrong, in English.
    Other(String),
}

impl fmt::Display for Wrong {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(most) => {
                write!(to, "must be a line of 1 to {most} characters that begins with no blank")
            }
            Self::Email(why) | Self::Other(why) => to.write_str(why),
            Self::OneOf(words) | Self::NoType { known: words, .. } => write!(to, "must be one of {}", words.join(", ")),
            Self::Whole(least, most) => write!(to, "must be a whole number from {least} to {most}"),
            Self::Money => {
                to.write_str("must be an amount such as \"12.50\", with up to eight digits and two decimals")
            }
            Self::Flag => to.write_str("must be true or false"),
            Self::Instant => to.write_str("must be an instant with its offset, such as 2026-11-22T12:00:00Z"),
            Self::Id => to.write_str("must be the id of a row, a whole number from 1 on"),
            Self::Text => to.write_str("must be text"),
            Self::Object => to.write_str("must be an object"),
            Self::Missing => to.write_str("is missing"),
            Self::Circle => to.write_str("must not lead back to the row itself"),
            Self::NoRow(id) => write!(to, "there is none of the id {id}"),
        }
    }
}

impl From<String> for Wrong {
    fn from(why: String) -> Self {
        Self::Other(why)
    }
}

impl From<&str> for Wrong {
    fn from(why: &str) -> Self {
        Self::Other(why.to_owned())
    }
}

/// A part of a request that is at fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// `pointer` (RFC 6901, into the body), `parameter` or `header`.
    pub(crate) place: &'static str,
    pub(crate) name: String,
    pub(crate) wrong: Wrong,
}

impl Fault {
    /// A field of the body.
    pub(crate) fn field(name: &str, wrong: impl Into<Wrong>) -> Self {
        Self { place: "pointer", name: format!("/{name}"), wrong: wrong.into() }
    }

    /// A parameter of the address.
    pub(crate) fn parameter(name: &str, wrong: impl Into<Wrong>) -> Self {
        Self { place: "parameter", name: name.to_owned(), wrong: wrong.into() }
    }

    /// A header.
    pub(crate) fn header(name: &str, wrong: impl Into<Wrong>) -> Self {
        Self { place: "header", name: name.to_owned(), wrong: wrong.into() }
    }

    /// The field that it is about.
    pub(crate) fn about(&self) -> &str {
        self.name.trim_start_matches('/')
    }
}

/// The type that is none, if a part names one.
pub(crate) fn no_type(faults: &[Fault]) -> Option<&str> {
    faults.iter().find_map(|fault| match &fault.wrong {
        Wrong::NoType { given, .. } => Some(given.as_str()),
        _ => None,
    })
}

/// Why a row was not written. Nothing has changed then.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// There is no such row in the company.
    NoRow { table: &'static str, id: i64 },
    /// A field names a row that there is not in the company.
    NoTarget { field: String, table: &'static str, id: i64 },
    /// It is no longer what whoever asks has seen.
    Stale,
    /// Rows of that table hang on it.
    InUse(&'static str),
    /// It is an appointment that is still to come.
    Open,
    /// Nobody else is an admin of the company.
    LastAdmin,
    /// Fields will not do.
    Invalid(Vec<Fault>),
    /// A fault of ours.
    Internal,
    /// The database failed.
    Database(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}
