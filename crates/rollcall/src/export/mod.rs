//! Tables as files: CSV, JSON, lines of JSON and XLSX, written while their rows are read.
//!
//! A [`Book`] takes rows and gives bytes back as soon as there are any, so that a million rows take no more memory than a
//! thousand. Nothing here knows HTTP, databases or resources.

mod csv;
mod json;
mod xlsx;

use std::io;

use chrono::{DateTime, NaiveDateTime, SecondsFormat, TimeZone, Utc};
use chrono_tz::Tz;
use rust_decimal::Decimal;
use serde_json::Value as Json;

use self::csv::Csv;
pub(crate) use self::csv::{is_formula, records};
use self::json::{Array, Lines};
use self::xlsx::Xlsx;

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// RFC 4180, with nothing in it that a spreadsheet runs.
    Csv,
    /// An object a line.
    Lines,
    /// One array of objects.
    Array,
    /// A workbook (ECMA-376), as many sheets as it takes.
    Xlsx,
}

impl Format {
    /// The end of the file's name.
    pub(crate) fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Lines => "ndjson",
            Self::Array => "json",
            Self::Xlsx => "xlsx",
        }
    }

    /// Its media type.
    pub(crate) fn media(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Lines => "application/x-ndjson",
            Self::Array => "application/json",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    /// A book of tables; instants are told in `zone`, UTC where there is none.
    pub(crate) fn book(self, zone: Option<Tz>) -> Book {
        match self {
            Self::Csv => Book::Csv(Box::new(Csv::new(zone))),
            Self::Lines => Book::Lines(Lines::new(zone)),
            Self::Array => Book::Array(Array::new(zone)),
            Self::Xlsx => Book::Xlsx(Box::new(Xlsx::new(zone))),
        }
    }
}

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Field {
    /// Nothing.
    Nothing,
    /// Text of anybody's.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// An amount of money, two decimals.
    Amount(Decimal),
    /// A truth value.
    Flag(bool),
    /// An instant, UTC.
    Instant(NaiveDateTime),
    /// Whatever else JSON can say.
    Json(Json),
}

impl From<Option<String>> for Field {
    fn from(text: Option<String>) -> Self {
        text.map_or(Self::Nothing, Self::Text)
    }
}

impl From<&str> for Field {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// What tables are written to.
pub(crate) enum Book {
    Csv(Box<Csv>),
    Lines(Lines),
    Array(Array),
    Xlsx(Box<Xlsx>),
}

impl Book {
    /// Begins a table of those columns; what came before it is at its end.
    ///
    /// # Errors
    /// Where nothing can be written, which is a fault of the program.
    pub(crate) fn table(&mut self, name: &str, columns: &[String]) -> io::Result<()> {
        match self {
            Self::Csv(book) => book.table(columns),
            Self::Lines(book) => book.table(columns),
            Self::Array(book) => book.table(columns),
            Self::Xlsx(book) => book.table(name, columns),
        }
    }

    /// Writes rows of the table.
    ///
    /// # Errors
    /// As for [`Book::table`].
    pub(crate) fn rows(&mut self, rows: &[Vec<Field>]) -> io::Result<()> {
        match self {
            Self::Csv(book) => book.rows(rows),
            Self::Lines(book) => book.rows(rows),
            Self::Array(book) => book.rows(rows),
            Self::Xlsx(book) => book.rows(rows),
        }
    }

    /// There are no more.
    ///
    /// # Errors
    /// As for [`Book::table`].
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        match self {
            Self::Csv(_) | Self::Lines(_) => Ok(()),
            Self::Array(book) => book.finish(),
            Self::Xlsx(book) => book.finish(),
        }
    }

    /// What was written since this was last called.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        match self {
            Self::Csv(book) => book.take(),
            Self::Lines(book) => book.take(),
            Self::Array(book) => book.take(),
            Self::Xlsx(book) => book.take(),
        }
    }
}

/// An instant as text: RFC 3339, whole seconds, in the zone.
fn told(at: NaiveDateTime, zone: Option<Tz>) -> String {
    match zone {
        Some(zone) => zone.from_utc_datetime(&at).to_rfc3339_opts(SecondsFormat::Secs, false),
        None => DateTime::<Utc>::from_naive_utc_and_offset(at, Utc).to_rfc3339_opts(SecondsFormat::Secs, true),
    }
}
