//! Import of real data: any CSV file of appointments, by a mapping that says what its columns mean.
//!
//! Good rows are kept and bad ones set aside with line and reason. Each batch is one transaction that also remembers the
//! file's own keys, so that a second run, or one after an interruption, adds nothing twice. Memory does not grow with the
//! file.

mod again;
mod attempts;
mod batch;
mod bind;
mod clean;
mod dates;
mod draft;
mod drafts;
mod input;
mod keys;
mod mapping;
mod records;
mod rehearsal;
mod rejects;
pub mod screen;
mod template;
mod terms;

use std::io::{BufRead, Read};
use std::path::PathBuf;

pub use bind::MappingError;
pub use mapping::Mapping;
pub use rejects::Telling;
use serde_json::json;

use crate::audit::Actor;
use crate::changes;
use crate::clock::Clock;
use crate::db::{Database, Error as DbError, Mode, TenantDb};
use crate::events::{self, Event, Thing, Verb};
use crate::tenant::TenantScope;
use batch::{Added, Writer};
use drafts::Drafts;
use rehearsal::Rehearsal;

/// Summaries are brought up to date after so many batches, and at the end.
const SETTLE_EVERY: u64 = 20;

/// How to import.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Whether to find out only, and write nothing to the database. It takes some 16 bytes of memory for each row.
    pub dry_run: bool,
    /// Whether to import again what was imported and has been deleted since. Otherwise it stays deleted.
    pub again: bool,
    /// Where rejected rows go. A file of that name is replaced; where no row is rejected there is none afterwards.
    pub rejects: PathBuf,
    /// So many bytes it may be at most once it is unpacked; none: as many as it has.
    pub at_most: Option<u64>,
    /// How rejected rows are told of.
    pub telling: Telling,
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
    /// How many of those were deleted since, and stay so.
    pub deleted: u64,
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

/// An import that stopped. What it had imported by then stays and counts; running it again goes on from there.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct Stopped {
    /// Why it stopped.
    #[source]
    pub error: Error,
    /// What it had done by then.
    pub report: Box<Report>,
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self { error, report: Box::default() }
    }
}

/// Why an import stopped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file has no first line with the names of its columns.
    #[error("the file does not begin with the names of its columns: {0}")]
    Header(String),
    /// The mapping does not fit the file.
    #[error(transparent)]
    Mapping(#[from] MappingError),
    /// The file cannot be read at all.
    #[error("cannot read the file: {0}")]
    Open(#[source] std::io::Error),
    /// The file cannot be read to its end.
    #[error("cannot read the file beyond line {line}, after {rows} rows: {source}")]
    Read {
        /// The last line that could be read, from 1.
        line: u64,
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
/// [`Stopped`], with what was done by then: all rows that could be read are written. A bad row is no error: it goes to
/// the rejects.
pub async fn run(
    db: &Database,
    scope: &TenantScope,
    clock: &Clock,
    mapping: &Mapping,
    reader: impl Read + Send,
    options: &Options,
    progress: &mut (dyn FnMut(&Report) + Send),
) -> Result<Report, Stopped> {
    let input = input::open(reader, options.at_most).map_err(Error::Open)?;
    let mut file = Drafts::open(mapping, input, options)?;
    let mut target = if options.dry_run {
        Target::Rehearsal(Rehearsal::new(scope.db(db), &mapping.source.0, options.again))
    } else {
        Target::Database(Writer::new(scope.db(db), &mapping.source.0, clock.now_utc(), options.again))
    };
    let settle = async || match options.dry_run {
        true => Ok(()),
        false => changes::settle(db, scope, clock).await.map(|_| ()),
    };
    if !options.dry_run {
        tell_audit(&scope.db(db), clock, mapping, Verb::Begun, None).await?;
    }
    let written = write(&mut file, &mut target, &settle, progress).await;
    // Whatever ended it: what was written counts.
    let settled = settle().await.map_err(Error::from);
    if !options.dry_run {
        tell_audit(&scope.db(db), clock, mapping, Verb::Ended, Some(&file.report)).await?;
    }
    progress(&file.report);
    match written.and(settled) {
        Ok(()) => Ok(file.report),
        Err(error) => Err(Stopped { error, report: Box::new(file.report) }),
    }
}

/// Beside those of its rows, two lines of the audit log tell of a run: one before its first row, so that one that is killed
/// has left its word, and one with what it did.
async fn tell_audit(
    db: &TenantDb,
    clock: &Clock,
    mapping: &Mapping,
    verb: Verb,
    report: Option<&Report>,
) -> Result<(), Error> {
    let event = Event::new(Thing::Import, verb, None);
    let event = match report {
        Some(report) => event.after(json!({
            "rows": report.rows, "imported": report.imported, "already_there": report.already_there,
            "rejected": report.rejected, "customers": report.customers, "branches": report.branches,
            "staff": report.staff, "services": report.services, "reminders": report.reminders,
        })),
        None => event,
    };
    let tx = db.begin(Mode::Write).await?;
    events::announce(&tx, &Actor::import(&mapping.source.0), &[event], clock.now_utc()).await?;
    Ok(tx.commit().await?)
}

/// Writes the file to its end, or to where it breaks.
async fn write(
    file: &mut Drafts<impl BufRead>,
    target: &mut Target<'_>,
    settle: &impl AsyncFn() -> Result<(), DbError>,
    progress: &mut (dyn FnMut(&Report) + Send),
) -> Result<(), Error> {
    for batches in 1_u64.. {
        let (drafts, read) = file.batch();
        if !drafts.is_empty() {
            let added = match target {
                Target::Database(writer) => writer.write(&drafts).await?,
                Target::Rehearsal(rehearsal) => rehearsal.write(&drafts).await?,
            };
            file.report.add(added);
            progress(&file.report);
        }
        read?;
        if drafts.is_empty() {
            break;
        }
        if batches.is_multiple_of(SETTLE_EVERY) {
            settle().await?;
        }
    }
    Ok(())
}

enum Target<'a> {
    Database(Writer<'a>),
    Rehearsal(Rehearsal<'a>),
}

impl Report {
    fn add(&mut self, added: Added) {
        self.imported += added.appointments;
        self.already_there += added.already_there;
        self.deleted += added.deleted;
        self.customers += added.customers;
        self.branches += added.branches;
        self.staff += added.staff;
        self.services += added.services;
        self.reminders += added.reminders;
    }
}
