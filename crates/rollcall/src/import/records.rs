//! Records of a CSV file, one at a time, in bounded memory, and never losing a good one to a bad one.
//!
//! RFC 4180 with any one-byte delimiter. Where a quote is not closed in time, or text follows a closing quote, only the
//! line on which that record began is given up: reading goes on at the line after it.

use std::collections::VecDeque;
use std::io::{self, BufRead, Read};

/// A record takes at most so many bytes.
const RECORD_LIMIT: usize = 256 * 1024;

/// A record takes at most so many lines: a quote that is open any longer was never meant to be.
const LINES_LIMIT: usize = 200;

/// What stands in a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// The number of its first line, from 1.
    pub(super) line: u64,
    /// Its fields, or the line as it stands and what is wrong with it.
    pub(super) fields: Result<Vec<Vec<u8>>, Broken>,
}

/// A line that is no record.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Broken {
    pub(super) reason: &'static str,
    pub(super) raw: Vec<u8>,
}

/// Reads records. Empty lines are passed over.
pub(super) struct Records<R> {
    input: R,
    delimiter: u8,
    /// The number of the next line.
    line: u64,
    /// Lines that were read on behalf of a record that then was none.
    again: VecDeque<Vec<u8>>,
    /// Why nothing more can be read; told once all that was read before is out.
    failed: Option<io::Error>,
}

/// How far a record has come at the end of a line.
enum Progress {
    Complete(Vec<Vec<u8>>),
    Open,
    Broken(&'static str),
}

impl<R: BufRead> Records<R> {
    pub(super) fn new(input: R, delimiter: u8) -> Self {
        Self { input, delimiter, line: 1, again: VecDeque::new(), failed: None }
    }

    /// The number of the last line that was read, from 1.
    pub(super) fn last_line(&self) -> u64 {
        self.line - 1
    }

    /// The next record; none at the end.
    ///
    /// # Errors
    /// Where the file cannot be read any further. A line that breaks off is no record: nobody knows what it lacks.
    pub(super) fn next(&mut self) -> io::Result<Option<Record>> {
        loop {
            let number = self.line;
            let Some(first) = self.next_line() else { return self.failed.take().map_or(Ok(None), Err) };
            if without_end(&first).is_empty() {
                continue;
            }
            return Ok(Some(self.record(number, first)));
        }
    }

    fn record(&mut self, line: u64, first: Vec<u8>) -> Record {
        let mut raw = first;
        let mut more: Vec<Vec<u8>> = Vec::new();
        let reason = loop {
            if raw.len() > RECORD_LIMIT {
                break "the record is longer than 256 KiB";
            }
            match split(without_end(&raw), self.delimiter) {
                Progress::Complete(fields) => return Record { line, fields: Ok(fields) },
                Progress::Broken(reason) => break reason,
                Progress::Open if more.len() == LINES_LIMIT => break "a quote is not closed within 200 lines",
                Progress::Open => {}
            }
            let Some(next) = self.next_line() else { break "a quote is never closed" };
            raw.extend_from_slice(&next);
            more.push(next);
        };
        let taken: usize = more.iter().map(Vec::len).sum();
        raw.truncate(raw.len() - taken);
        raw.truncate(without_end(&raw).len());
        self.line -= more.len() as u64;
        more.into_iter().rev().for_each(|line| self.again.push_front(line));
        Record { line, fields: Err(Broken { reason, raw }) }
    }

    /// The next line with its end; none where nothing more can be read.
    fn next_line(&mut self) -> Option<Vec<u8>> {
        let line = match self.again.pop_front() {
            Some(line) => line,
            None if self.failed.is_some() => return None,
            None => self.read_line().unwrap_or_else(|error| {
                self.failed = Some(error);
                None
            })?,
        };
        self.line += 1;
        Some(line)
    }

    /// Of a line beyond all measure only the beginning, but all of it is passed over.
    fn read_line(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        self.input.by_ref().take(RECORD_LIMIT as u64 + 1).read_until(b'\n', &mut line)?;
        if line.len() > RECORD_LIMIT && !line.ends_with(b"\n") {
            self.skip_line()?;
        }
        Ok((!line.is_empty()).then_some(line))
    }

    fn skip_line(&mut self) -> io::Result<()> {
        loop {
            let buffer = self.input.fill_buf()?;
            if buffer.is_empty() {
                return Ok(());
            }
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let used = end.map_or(buffer.len(), |at| at + 1);
            self.input.consume(used);
            if end.is_some() {
                return Ok(());
            }
        }
    }
}

/// Whether a line holds line ends of a kind that are none here: CR alone.
pub(super) fn holds_foreign_ends(text: &[u8]) -> bool {
    let alone = |pair: &[u8]| pair[0] == b'\r' && !matches!(pair[1], b'\r' | b'\n');
    text.trim_ascii().windows(2).any(alone)
}

fn without_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Splits a record into its fields, the quotes taken off.
fn split(record: &[u8], delimiter: u8) -> Progress {
    let mut fields = Vec::new();
    let mut rest = record;
    loop {
        let (field, after) = if let Some(quoted) = rest.strip_prefix(b"\"") {
            match unquote(quoted) {
                Some(taken) => taken,
                None => return Progress::Open,
            }
        } else {
            let end = rest.iter().position(|byte| *byte == delimiter).unwrap_or(rest.len());
            (rest[..end].to_vec(), &rest[end..])
        };
        fields.push(field);
        match after.split_first() {
            None => return Progress::Complete(fields),
            Some((byte, tail)) if *byte == delimiter => rest = tail,
            Some(_) => return Progress::Broken("text follows a closing quote"),
        }
    }
}

/// A quoted field after its first quote, and what comes after its last; none where that is missing.
fn unquote(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut field = Vec::new();
    let mut rest = text;
    loop {
        let quote = rest.iter().position(|byte| *byte == b'"')?;
        field.extend_from_slice(&rest[..quote]);
        rest = &rest[quote + 1..];
        match rest.strip_prefix(b"\"") {
            Some(after) => {
                field.push(b'"');
                rest = after;
            }
            None => {
                let spaces = rest.iter().take_while(|byte| **byte == b' ').count();
                return Some((field, &rest[spaces..]));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Line = (u64, Result<Vec<String>, String>);

    fn read(text: &[u8]) -> Vec<Line> {
        let mut records = Records::new(text, b',');
        let mut all = Vec::new();
        while let Some(record) = records.next().unwrap() {
            let shown = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).into_owned();
            let fields = record.fields.map(|fields| fields.iter().map(shown).collect());
            all.push((record.line, fields.map_err(|broken| broken.reason.to_owned())));
        }
        all
    }

    fn fields(line: u64, fields: &[&str]) -> Line {
        (line, Ok(fields.iter().map(|field| (*field).to_owned()).collect()))
    }

    #[test]
    fn quotes_line_ends_and_empty_lines() {
        let text = b"a,b\r\n\"x, \"\"y\"\"\nz\",2\r\n\n5\" pipe,\n\"q\" ,r";
        let expected = [
            fields(1, &["a", "b"]),
            fields(2, &["x, \"y\"\nz", "2"]),
            fields(5, &["5\" pipe", ""]),
            fields(6, &["q", "r"]),
        ];
        assert_eq!(read(text), expected);
    }

    #[test]
    fn a_quote_that_is_never_closed_costs_its_own_line_alone() {
        let broken = (2, Err("a quote is never closed".to_owned()));
        assert_eq!(
            read(b"a,b\n\"x,1\ny,2\nz,3\n"),
            [fields(1, &["a", "b"]), broken, fields(3, &["y", "2"]), fields(4, &["z", "3"])]
        );
        let broken = (1, Err("text follows a closing quote".to_owned()));
        assert_eq!(read(b"\"x,1\n\"y\",2\n"), [broken, fields(2, &["y", "2"])]);
        let many = format!("\"x\n{}", "y,1\n".repeat(300));
        assert_eq!(read(many.as_bytes()).len(), 301, "each line after it is read");
    }

    #[test]
    fn a_line_beyond_all_measure_is_passed_over() {
        let text = format!("a,b\n{},1\nc,d\n", "x".repeat(3 * RECORD_LIMIT));
        let broken = (2, Err("the record is longer than 256 KiB".to_owned()));
        assert_eq!(read(text.as_bytes()), [fields(1, &["a", "b"]), broken, fields(3, &["c", "d"])]);
    }

    #[test]
    fn what_was_read_before_a_file_breaks_comes_out_first() {
        struct Torn<'a>(&'a [u8]);
        impl Read for Torn<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                if self.0.is_empty() { Err(io::Error::other("torn")) } else { self.0.read(buffer) }
            }
        }
        let text = b"a,b\n\"open,1\nc,2\nd,3\nhal";
        let mut records = Records::new(io::BufReader::new(Torn(text)), b',');
        for (line, sound) in [(1, true), (2, false), (3, true), (4, true)] {
            let record = records.next().unwrap().unwrap();
            assert_eq!((record.line, record.fields.is_ok()), (line, sound));
        }
        assert_eq!(records.next().unwrap_err().to_string(), "torn");
        assert_eq!(records.last_line(), 4, "nobody knows what the half line would have become");
    }

    proptest! {
        #[test]
        fn what_was_written_by_the_book_is_read_as_it_was(
            rows in prop::collection::vec(prop::collection::vec("[a-z\", \n;äß]{0,6}", 2..4), 1..8)
        ) {
            let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
            rows.iter().for_each(|row| writer.write_record(row).unwrap());
            let text = writer.into_inner().unwrap();
            let read: Vec<_> = read(&text).into_iter().map(|(_, fields)| fields.unwrap()).collect();
            prop_assert_eq!(read, rows);
        }

        #[test]
        fn no_bytes_at_all_stop_it(text in prop::collection::vec(prop::sample::select(b"a,\"\n\r \xff".to_vec()), 0..60)) {
            let lines = text.split(|byte| *byte == b'\n').count() as u64;
            for (line, _) in read(&text) {
                prop_assert!(line <= lines);
            }
        }
    }
}
