//! From a file to drafts, and what cannot be one to the rejects.

use std::io::BufRead;
use std::path::{Path, PathBuf};

use super::clean;
use super::draft::{Draft, Row};
use super::mapping::{ColumnRule, Mapping};
use super::records::{Record, Records, holds_foreign_ends};
use super::rejects::{Rejects, as_meant};
use super::{Error, Options, Report};

/// Rows in one transaction.
const BATCH: usize = 1_000;

/// What is wrong with a file that seems to be one line.
const FOREIGN_ENDS: &str =
    "its line ends are not understood; save it with lines that end in LF or CR LF, not in CR alone";

/// Turns a file into drafts, and what cannot be one into rejects.
pub(super) struct Drafts<R> {
    mapping: Mapping,
    records: Records<R>,
    /// What is to be done to each column, in the order of the file.
    rules: Vec<Option<ColumnRule>>,
    names: Vec<String>,
    rejects: Rejects,
    rejects_path: PathBuf,
    /// What came of the rows so far.
    pub(super) report: Report,
}

impl<R: BufRead> Drafts<R> {
    /// Reads the header, and makes sure that the mapping fits it.
    ///
    /// # Errors
    /// Where it does not, or there is none.
    pub(super) fn open(mapping: &Mapping, input: R, options: &Options) -> Result<Self, Error> {
        let delimiter = mapping.file.delimiter.0;
        let mut records = Records::new(input, delimiter);
        let first = records.next().map_err(Error::Open)?;
        let Some(first) = first else { return Err(Error::Header("it is empty".to_owned())) };
        let foreign = match &first.fields {
            Ok(header) => header.iter().any(|name| holds_foreign_ends(name)),
            Err(broken) => holds_foreign_ends(&broken.raw),
        };
        if foreign {
            return Err(Error::Header(FOREIGN_ENDS.to_owned()));
        }
        let header = first.fields.map_err(|broken| Error::Header(broken.reason.to_owned()))?;
        let name =
            |field: &Vec<u8>| clean::decode(field, mapping.file.encoding).map(|name| as_meant(name.trim()).to_owned());
        let names: Result<Vec<_>, _> = header.iter().map(name).collect();
        let names = names.map_err(|problem| Error::Header(format!("a name {problem}")))?;
        let mapping = mapping.bind(&names)?;
        let rejects = Rejects::new(&options.rejects, (delimiter, mapping.file.encoding), header, options.telling)
            .map_err(|error| unwritten(&options.rejects, &error))?;
        Ok(Self {
            records,
            rules: names.iter().map(|name| mapping.columns.get(name).cloned()).collect(),
            mapping,
            names,
            rejects,
            rejects_path: options.rejects.clone(),
            report: Report::default(),
        })
    }

    /// The next rows that can be written, none at the end; and what kept more from being read. Rejects are on disk by
    /// then.
    pub(super) fn batch(&mut self) -> (Vec<Draft>, Result<(), Error>) {
        let mut drafts = Vec::with_capacity(BATCH);
        let read = self.fill(&mut drafts);
        let flushed = self.flush();
        (drafts, read.and(flushed))
    }

    fn fill(&mut self, drafts: &mut Vec<Draft>) -> Result<(), Error> {
        while drafts.len() < BATCH {
            let record = match self.records.next() {
                Ok(Some(record)) => record,
                Ok(None) => break,
                Err(source) => {
                    return Err(Error::Read { line: self.records.last_line(), rows: self.report.rows, source });
                }
            };
            self.report.rows += 1;
            match self.draft(&record) {
                Ok(draft) => drafts.push(draft),
                Err(reason) => self.reject(&record, &reason)?,
            }
        }
        Ok(())
    }

    /// The next row with its line, and what would be written of it, or why nothing; none at the end.
    ///
    /// # Errors
    /// Where the file cannot be read any further.
    pub(super) fn next_one(&mut self) -> std::io::Result<Option<(u64, Result<Draft, String>)>> {
        Ok(self.records.next()?.map(|record| (record.line, self.draft(&record))))
    }

    fn flush(&mut self) -> Result<(), Error> {
        let path = self.rejects.flush().map_err(|error| unwritten(&self.rejects_path, &error))?;
        self.report.rejects = path.map(ToOwned::to_owned);
        Ok(())
    }

    fn draft(&self, record: &Record) -> Result<Draft, String> {
        let fields = record.fields.as_ref().map_err(|broken| broken.reason.to_owned())?;
        if fields.len() != self.names.len() {
            return Err(format!("it has {} fields, the header has {}", fields.len(), self.names.len()));
        }
        let file = &self.mapping.file;
        let cell = |((field, rule), name): ((&Vec<u8>, &Option<ColumnRule>), &String)| {
            let text = clean::decode(field, file.encoding).map_err(|problem| format!("{name} {problem}"))?;
            clean::clean(as_meant(&text), rule.as_ref(), file.decimal_comma)
                .map_err(|problem| format!("{name}: {problem}"))
        };
        let cells: Result<Vec<_>, _> = fields.iter().zip(&self.rules).zip(&self.names).map(cell).collect();
        Row { mapping: &self.mapping, cells: &cells? }.draft()
    }

    fn reject(&mut self, record: &Record, reason: &str) -> Result<(), Error> {
        self.report.rejected += 1;
        self.rejects.add(record, reason).map_err(|error| unwritten(&self.rejects_path, &error))
    }
}

fn unwritten(path: &Path, problem: &dyn std::fmt::Display) -> Error {
    Error::Rejects { path: path.display().to_string(), problem: problem.to_string() }
}
