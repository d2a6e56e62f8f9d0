//! The rejects file: each bad row as it was, after its line and the reason, so that it can be mended and imported.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::clean::encode;
use super::mapping::Encoding;
use super::records::{Broken, Record};

/// Writes rejected rows; the file is made with the first of them.
pub(super) struct Rejects {
    path: PathBuf,
    delimiter: u8,
    /// The file's, in which the rows are written down again; so the reasons are, too.
    encoding: Encoding,
    header: Vec<Vec<u8>>,
    writer: Option<csv::Writer<File>>,
}

impl Rejects {
    /// A rejects file at `path`, in place of one that an earlier run left there.
    ///
    /// # Errors
    /// Where that one cannot be removed.
    pub(super) fn new(path: &Path, delimiter: u8, encoding: Encoding, header: Vec<Vec<u8>>) -> std::io::Result<Self> {
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        Ok(Self { path: path.to_owned(), delimiter, encoding, header, writer: None })
    }

    /// Writes a row down with the reason why it was rejected.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub(super) fn add(&mut self, record: &Record, reason: &str) -> Result<(), csv::Error> {
        let line = record.line.to_string();
        let reason = encode(reason, self.encoding);
        let fields: Vec<&[u8]> = match &record.fields {
            Ok(fields) => fields.iter().map(Vec::as_slice).collect(),
            Err(Broken { raw, .. }) => vec![raw.as_slice()],
        };
        let writer = match &mut self.writer {
            Some(writer) => writer,
            None => {
                let file = File::create(&self.path)?;
                let mut writer = csv::WriterBuilder::new().flexible(true).delimiter(self.delimiter).from_writer(file);
                let names = [b"line".as_slice(), b"reason"].into_iter();
                writer.write_record(names.chain(self.header.iter().map(Vec::as_slice)))?;
                self.writer.insert(writer)
            }
        };
        writer.write_record([line.as_bytes(), reason.as_slice()].into_iter().chain(fields))
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
