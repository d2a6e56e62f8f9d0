//! Rows as CSV (RFC 4180), with nothing in it that a spreadsheet runs.

use std::borrow::Cow;
use std::io;

use chrono_tz::Tz;
use csv::{Terminator, Writer, WriterBuilder};
use serde_json::Value as Json;

use super::{Field, told};

/// CSV that grows.
pub(crate) struct Csv {
    zone: Option<Tz>,
    writer: Writer<Vec<u8>>,
    tables: usize,
}

impl Csv {
    pub(super) fn new(zone: Option<Tz>) -> Self {
        Self { zone, writer: writer(), tables: 0 }
    }

    pub(super) fn table(&mut self, columns: &[String]) -> io::Result<()> {
        // An empty line lies between tables. A record of no field would be written as a pair of quotes.
        let mut text = self.take();
        if self.tables > 0 {
            text.extend_from_slice(b"\r\n");
        }
        self.tables += 1;
        self.writer = WriterBuilder::new().flexible(true).terminator(Terminator::CRLF).from_writer(text);
        Ok(self.writer.write_record(columns)?)
    }

    pub(super) fn rows(&mut self, rows: &[Vec<Field>]) -> io::Result<()> {
        for row in rows {
            for field in row {
                self.writer.write_field(cell(field, self.zone).as_bytes())?;
            }
            self.writer.write_record(None::<&[u8]>)?;
        }
        Ok(())
    }

    pub(super) fn take(&mut self) -> Vec<u8> {
        let full = std::mem::replace(&mut self.writer, writer());
        // Nothing fails that is written to memory.
        full.into_inner().unwrap_or_default()
    }
}

/// Records as CSV, the headings first.
///
/// # Errors
/// Where nothing can be written, which is a fault of the program.
pub(crate) fn records(records: &[Vec<Json>]) -> io::Result<String> {
    let mut csv = Csv::new(None);
    for record in records {
        let field = |value: &Json| match value {
            Json::Null => Field::Nothing,
            Json::String(text) => Field::Text(text.clone()),
            other => Field::Json(other.clone()),
        };
        csv.rows(&[record.iter().map(field).collect()])?;
    }
    String::from_utf8(csv.take()).map_err(io::Error::other)
}

fn writer() -> Writer<Vec<u8>> {
    WriterBuilder::new().flexible(true).terminator(Terminator::CRLF).from_writer(Vec::new())
}

fn cell(field: &Field, zone: Option<Tz>) -> Cow<'_, str> {
    match field {
        Field::Nothing => "".into(),
        Field::Text(text) => defused(text),
        Field::Whole(number) => number.to_string().into(),
        Field::Amount(amount) => format!("{amount:.2}").into(),
        Field::Flag(flag) => if *flag { "true" } else { "false" }.into(),
        Field::Instant(at) => told(*at, zone).into(),
        Field::Json(json) => json.to_string().into(),
    }
}

/// A cell that begins like a formula is one to a spreadsheet, unless an apostrophe stands before it.
fn defused(text: &str) -> Cow<'_, str> {
    if is_formula(text.as_bytes()) { format!("'{text}").into() } else { text.into() }
}

/// Whether a cell begins as formulas do.
pub(crate) fn is_formula(cell: &[u8]) -> bool {
    matches!(cell.first(), Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_cell_is_no_formula() {
        for (text, written) in
            [("=1+1", "'=1+1"), ("+49", "'+49"), ("-1", "'-1"), ("@a", "'@a"), ("\ta", "'\ta"), ("a=b", "a=b")]
        {
            assert_eq!(cell(&text.into(), None), written);
        }
        assert_eq!(cell(&Field::Whole(-1), None), "-1", "a number is none");
        assert_eq!(cell(&Field::Json(json!({"a": 1})), None), "{\"a\":1}");
    }

    #[test]
    fn tables_lie_apart_and_are_taken_in_pieces() {
        let mut csv = Csv::new(Some(Tz::Europe__Berlin));
        csv.table(&["a".into(), "b, c".into()]).unwrap();
        let at = "2026-11-22T12:00:00".parse().unwrap();
        csv.rows(&[vec![Field::Instant(at), Field::Nothing]]).unwrap();
        let first = String::from_utf8(csv.take()).unwrap();
        csv.rows(&[vec![Field::Flag(true), Field::Amount("7.5".parse().unwrap())]]).unwrap();
        csv.table(&["d".into()]).unwrap();
        let rest = String::from_utf8(csv.take()).unwrap();
        assert_eq!(first, "a,\"b, c\"\r\n2026-11-22T13:00:00+01:00,\r\n");
        assert_eq!(rest, "true,7.50\r\n\r\nd\r\n");
        assert!(csv.take().is_empty());
    }
}
