//! Import of real data: any CSV file of appointments, by a mapping that says what its columns mean.
//!
//! Good rows are kept and bad ones set aside with line and reason. Each batch is one transaction that also remembers the
//! file's own keys, so that a second run, or one after an interruption, adds nothing twice. Memory does not grow with the
//! file.

mod attempts;
mod batch;
mod bind;
mod clean;
mod dates;
mod draft;
mod input;
mod keys;
mod mapping;
mod records;
mod rehearsal;
mod rejects;
mod template;
mod terms;

use std::io::{BufRead, Read};
use std::path::PathBuf;

pub use bind::MappingError;
pub use mapping::Mapping;

use crate::changes;
use crate::clock::Clock;
use crate::db::{Database, Error as DbError};
use crate::tenant::TenantScope;
use batch::{Added, Writer};
use draft::{Draft, Row};
use mapping::ColumnRule;
use records::{Record, Records, holds_foreign_ends};
use rehearsal::Rehearsal;
use rejects::Rejects;

/// What is wrong with a file that seems to be one line.
const FOREIGN_ENDS: &str =
    "its line ends are not understood; save it with lines that end in LF or CR LF, not in CR alone";

/// Rows in one transaction.
const BATCH: usize = 1_000;
/// Summaries are brought up to date after so many batches, and at the end.
const SETTLE_EVERY: u64 = 20;

/// How to import.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whether to find out only, and write nothing to the database. It takes some 16 bytes of memory for each row.
    pub dry_run: bool,
    /// Where rejected rows go. A file of that name is replaced; where no row is rejected there is none afterwards.
    pub rejects: PathBuf,
}

/// What an import did, or in a dry run would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Rows read, without the header and empty lines.
    pub rows: u64,
    /// Appointments added.
    pub imported: u64,
    /// Rows whose appointment had been imported before, by an earlier run or an earlier row.
    pub already_there: u64,
    /// Rows rejected.
    pub rejected: u64,
    /// Customers added.
    pub customers: u64,
    /// Branches added.
    pub branches: u64,
    /// Staff added.
    pub staff: u64,
    /// Services added.
    pub services: u64,
    /// Reminders added to the notifications.
    pub reminders: u64,
    /// Where the rejected rows are; none where no row was rejected.
    pub rejects: Option<PathBuf>,
}

/// Why an import stopped. What it had imported by then stays, and running it again goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file has no first line with the names of its columns.
    #[error("the file does not begin with the names of its columns: {0}")]
    Header(String),
    /// The mapping does not fit the file.
    #[error(transparent)]
    Mapping(#[from] MappingError),
    /// The file cannot be read.
    #[error("cannot read the file after {rows} rows: {source}")]
    Read {
        /// Rows read by then.
        rows: u64,
        /// What the system said.
        source: std::io::Error,
    },
    /// The rejects file cannot be written.
    #[error("cannot write the rejects to {path}: {problem}")]
    Rejects {
        /// The rejects file.
        path: String,
        /// What the system said.
        problem: String,
    },
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbError),
}

/// Imports the appointments that `reader` holds, plain or packed by gzip, into the company of `scope`. `progress` hears
/// of every thousand rows.
///
/// # Errors
/// [`Error`]. A bad row is none: it goes to the rejects.
pub async fn run(
    db: &Database,
    scope: &TenantScope,
    clock: &Clock,
    mapping: &Mapping,
    reader: impl Read + Send,
    options: &Options,
    progress: &mut (dyn FnMut(&Report) + Send),
) -> Result<Report, Error> {
    let input = input::open(reader).map_err(|source| Error::Read { rows: 0, source })?;
    let mut file = Importer::open(mapping, input, options)?;
    let mut target = if options.dry_run {
        Target::Rehearsal(Rehearsal::new(scope.db(db), &mapping.source.0))
    } else {
        Target::Database(Writer::new(scope.db(db), &mapping.source.0, clock.now_utc()))
    };
    let mut batches = 0;
    loop {
        let drafts = file.batch()?;
        if drafts.is_empty() {
            break;
        }
        let added = match &mut target {
            Target::Database(writer) => writer.write(&drafts).await?,
            Target::Rehearsal(rehearsal) => rehearsal.write(&drafts).await?,
        };
        file.report.add(added);
        progress(&file.report);
        batches += 1;
        if !options.dry_run && batches % SETTLE_EVERY == 0 {
            changes::settle(db, scope, clock).await?;
        }
    }
    if !options.dry_run {
        changes::settle(db, scope, clock).await?;
    }
    progress(&file.report);
    Ok(file.report)
}

enum Target<'a> {
    Database(Writer<'a>),
    Rehearsal(Rehearsal<'a>),
}

impl Report {
    fn add(&mut self, added: Added) {
        self.imported += added.appointments;
        self.already_there += added.already_there;
        self.customers += added.customers;
        self.branches += added.branches;
        self.staff += added.staff;
        self.services += added.services;
        self.reminders += added.reminders;
    }
}

/// Turns a file into drafts, and what cannot be one into rejects.
struct Importer<R> {
    mapping: Mapping,
    records: Records<R>,
    /// What is to be done to each column, in the order of the file.
    rules: Vec<Option<ColumnRule>>,
    names: Vec<String>,
    rejects: Rejects,
    rejects_path: PathBuf,
    report: Report,
}

impl<R: BufRead> Importer<R> {
    fn open(mapping: &Mapping, input: R, options: &Options) -> Result<Self, Error> {
        let delimiter = mapping.file.delimiter.0;
        let mut records = Records::new(input, delimiter);
        let first = records.next().map_err(|source| Error::Read { rows: 0, source })?;
        let Some(first) = first else { return Err(Error::Header("it is empty".to_owned())) };
        let foreign = match &first.fields {
            Ok(header) => header.iter().any(|name| holds_foreign_ends(name)),
            Err(broken) => holds_foreign_ends(&broken.raw),
        };
        if foreign {
            return Err(Error::Header(FOREIGN_ENDS.to_owned()));
        }
        let header = first.fields.map_err(|broken| Error::Header(broken.reason.to_owned()))?;
        let name = |field: &Vec<u8>| clean::decode(field, mapping.file.encoding).map(|name| name.trim().to_owned());
        let names: Result<Vec<_>, _> = header.iter().map(name).collect();
        let names = names.map_err(|problem| Error::Header(format!("a name {problem}")))?;
        let mapping = mapping.bind(&names)?;
        let rejects = Rejects::new(&options.rejects, delimiter, mapping.file.encoding, header)
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

    /// The next rows that can be written; none at the end. Rejects are on disk by then.
    fn batch(&mut self) -> Result<Vec<Draft>, Error> {
        let mut drafts = Vec::with_capacity(BATCH);
        while drafts.len() < BATCH {
            let rows = self.report.rows;
            let Some(record) = self.records.next().map_err(|source| Error::Read { rows, source })? else { break };
            self.report.rows += 1;
            match self.draft(&record) {
                Ok(draft) => drafts.push(draft),
                Err(reason) => self.reject(&record, &reason)?,
            }
        }
        let path = self.rejects.flush().map_err(|error| unwritten(&self.rejects_path, &error))?;
        self.report.rejects = path.map(ToOwned::to_owned);
        Ok(drafts)
    }

    fn draft(&self, record: &Record) -> Result<Draft, String> {
        let fields = record.fields.as_ref().map_err(|broken| broken.reason.to_owned())?;
        if fields.len() != self.names.len() {
            return Err(format!("it has {} fields, the header has {}", fields.len(), self.names.len()));
        }
        let file = &self.mapping.file;
        let cell = |((field, rule), name): ((&Vec<u8>, &Option<ColumnRule>), &String)| {
            let text = clean::decode(field, file.encoding).map_err(|problem| format!("{name} {problem}"))?;
            clean::clean(&text, rule.as_ref(), file.decimal_comma).map_err(|problem| format!("{name}: {problem}"))
        };
        let cells: Result<Vec<_>, _> = fields.iter().zip(&self.rules).zip(&self.names).map(cell).collect();
        Row { mapping: &self.mapping, cells: &cells? }.draft()
    }

    fn reject(&mut self, record: &Record, reason: &str) -> Result<(), Error> {
        self.report.rejected += 1;
        self.rejects.add(record, reason).map_err(|error| unwritten(&self.rejects_path, &error))
    }
}

fn unwritten(path: &std::path::Path, problem: &dyn std::fmt::Display) -> Error {
    Error::Rejects { path: path.display().to_string(), problem: problem.to_string() }
}
