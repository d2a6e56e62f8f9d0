//! The rejects file: each bad row as it was, after its line and the reason, so that it can be mended and imported. Nothing in it is
//! a formula to a spreadsheet; [`as_meant`] reads such cells back.

use std::borrow::Cow;
use std::fs::File;
use std::path::{Path, PathBuf};

use super::clean::encode;
use super::mapping::Encoding;
use super::records::{Broken, Record};
use crate::export::is_formula;
use crate::i18n::Lang;
use crate::web::import_reason;

/// Why the rows that follow are not written down.
const FULL: &str = "more rows were left out than fit in this file";

/// How the rows that are left out are told of.
#[derive(Clone, Copy, Debug, Default)]
pub struct Telling {
    /// The language of the reasons; none: the import's own words.
    pub lang: Option<Lang>,
    /// So many bytes the file may have, about; none: as many as it takes.
    pub at_most: Option<u64>,
}

/// Writes rejected rows; the file is made with the first of them.
pub(super) struct Rejects {
    path: PathBuf,
    delimiter: u8,
    /// The file's, in which the rows are written down again; so the reasons are, too.
    encoding: Encoding,
    header: Vec<Vec<u8>>,
    writer: Option<csv::Writer<File>>,
    telling: Telling,
    /// How many bytes were written, about.
    length: u64,
    full: bool,
}

impl Rejects {
    /// A rejects file at `path`, in place of one that an earlier run left there.
    ///
    /// # Errors
    /// Where that one cannot be removed.
    pub(super) fn new(
        path: &Path,
        (delimiter, encoding): (u8, Encoding),
        header: Vec<Vec<u8>>,
        telling: Telling,
    ) -> std::io::Result<Self> {
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let path = path.to_owned();
        Ok(Self { path, delimiter, encoding, header, writer: None, telling, length: 0, full: false })
    }

    /// Writes a row down with the reason why it was rejected, as long as there is room.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub(super) fn add(&mut self, record: &Record, reason: &str) -> Result<(), csv::Error> {
        if self.full {
            return Ok(());
        }
        let fields: Vec<&[u8]> = match &record.fields {
            Ok(fields) => fields.iter().map(Vec::as_slice).collect(),
            Err(Broken { raw, .. }) => vec![raw.as_slice()],
        };
        let length = fields.iter().map(|field| field.len() as u64 + 1).sum::<u64>() + reason.len() as u64;
        self.full = self.telling.at_most.is_some_and(|most| self.length + length > most);
        self.length += length;
        match self.full {
            true => self.write(record.line, FULL, &[]),
            false => self.write(record.line, reason, &fields),
        }
    }

    fn write(&mut self, line: u64, reason: &str, fields: &[&[u8]]) -> Result<(), csv::Error> {
        let line = line.to_string();
        let told = self.telling.lang.map_or_else(|| reason.to_owned(), |lang| import_reason(lang, reason));
        let told = encode(&told, self.encoding);
        let writer = match &mut self.writer {
            Some(writer) => writer,
            None => {
                let file = File::create(&self.path)?;
                let mut writer = csv::WriterBuilder::new().flexible(true).delimiter(self.delimiter).from_writer(file);
                let names = [b"line".as_slice(), b"reason"].into_iter();
                writer.write_record(names.chain(self.header.iter().map(Vec::as_slice)).map(defused))?;
                self.writer.insert(writer)
            }
        };
        let all = [line.as_bytes(), told.as_slice()].into_iter().chain(fields.iter().copied());
        writer.write_record(all.map(defused))
    }

    /// Makes sure that what was rejected so far is on disk; answers where, if there is anything.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub(super) fn flush(&mut self) -> std::io::Result<Option<&Path>> {
        match &mut self.writer {
            Some(writer) => writer.flush().map(|()| Some(self.path.as_path())),
            None => Ok(None),
        }
    }
}

fn defused(cell: &[u8]) -> Cow<'_, [u8]> {
    if is_formula(cell) { [b"'", cell].concat().into() } else { cell.into() }
}

/// A cell without the apostrophe that keeps it from being a formula.
pub(super) fn as_meant(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| is_formula(rest.as_bytes())).unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(line: u64, cells: &[&str]) -> Record {
        Record { line, fields: Ok(cells.iter().map(|cell| cell.as_bytes().to_vec()).collect()) }
    }

    fn written(telling: Telling, records: &[Record]) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rejects.csv");
        let header = vec![b"=name".to_vec(), b"phone".to_vec()];
        let mut rejects = Rejects::new(&path, (b';', Encoding::Utf8), header, telling).unwrap();
        for record in records {
            rejects.add(record, "nothing says how long it takes").unwrap();
        }
        rejects.flush().unwrap();
        std::fs::read_to_string(&path).unwrap()
    }

    #[test]
    fn no_cell_is_a_formula_and_each_is_read_as_it_was() {
        let cells = ["=cmd|' /C calc'!A0", "+49 170", "-5", "@x", "'=so", "plain"];
        let text = written(Telling::default(), &[record(2, &cells)]);
        assert!(text.starts_with("line;reason;'=name;phone\n2;nothing says how long it takes;"), "{text}");
        let mut reader = csv::ReaderBuilder::new().delimiter(b';').flexible(true).from_reader(text.as_bytes());
        let read = reader.records().next().unwrap().unwrap();
        for (cell, written) in cells.iter().zip(read.iter().skip(2)) {
            assert!(!is_formula(written.as_bytes()), "{written}");
            assert_eq!(as_meant(written), cell.strip_prefix("'").unwrap_or(cell));
        }
    }

    #[test]
    fn reasons_are_in_the_readers_language_and_the_file_ends_where_there_is_no_room() {
        let telling = Telling { lang: Some(Lang::De), at_most: Some(100) };
        let records: Vec<_> = (2..9).map(|line| record(line, &["Zoë", "1"])).collect();
        let text = written(telling, &records);
        assert!(!text.contains("nothing says") && text.lines().count() == 4, "{text}");
        let last = text.lines().last().unwrap();
        assert!(last.starts_with("4;") && !last.contains("more rows"), "{text}");
    }
}
