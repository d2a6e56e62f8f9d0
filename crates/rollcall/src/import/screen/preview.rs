//! What would come of a file's first rows.

use std::fs::File;
use std::path::Path;

use chrono::NaiveDateTime;
use rust_decimal::Decimal;

use super::super::draft::Draft;
use super::super::drafts::Drafts;
use super::super::{Error, Mapping, Options, input};

/// So many rows are looked at.
const ROWS: usize = 500;
/// So many of them are shown, and so many of those that would be left out.
const SHOWN: usize = 8;

/// What would come of a file's first rows.
#[derive(Clone, Debug, Default)]
pub struct Preview {
    /// How many were looked at.
    pub rows: usize,
    /// How many of them would be left out.
    pub faults: usize,
    /// Some that would become appointments.
    pub good: Vec<PreviewRow>,
    /// Some that would be left out: their lines, and why.
    pub bad: Vec<(u64, String)>,
}

/// A row that would become an appointment.
#[derive(Clone, Debug)]
pub struct PreviewRow {
    /// Its line.
    pub line: u64,
    /// The customer's name.
    pub customer: String,
    /// When it begins, UTC.
    pub starts_at: NaiveDateTime,
    /// When it ends, UTC.
    pub ends_at: NaiveDateTime,
    /// What became of it.
    pub status: &'static str,
    /// The service's name.
    pub service: Option<String>,
    /// The name of whoever is there for the customer.
    pub staff: Option<String>,
    /// The branch's name.
    pub branch: Option<String>,
    /// What it costs.
    pub price: Option<Decimal>,
}

/// Reads the first rows of a file by a mapping, of `at_most` unpacked bytes; nothing is written.
///
/// # Errors
/// Where the mapping does not fit the file, or the file cannot be read.
pub fn preview(path: &Path, mapping: &Mapping, at_most: u64) -> Result<Preview, Error> {
    let input = input::open(File::open(path).map_err(Error::Open)?, Some(at_most)).map_err(Error::Open)?;
    // Nothing is rejected here: there is no such file.
    let rejects = path.with_extension("preview.csv");
    let options = Options { dry_run: true, rejects, ..Options::default() };
    let mut drafts = Drafts::open(mapping, input, &options)?;
    let mut it = Preview::default();
    while it.rows < ROWS
        && let Some((line, row)) = drafts.next_one().map_err(Error::Open)?
    {
        it.rows += 1;
        match row {
            Ok(draft) if it.good.len() < SHOWN => it.good.push(shown(line, draft)),
            Ok(_) => {}
            Err(reason) => {
                it.faults += 1;
                if it.bad.len() < SHOWN {
                    it.bad.push((line, reason));
                }
            }
        }
    }
    Ok(it)
}

fn shown(line: u64, draft: Draft) -> PreviewRow {
    let name = |entity: Option<super::super::draft::Entity>| entity.map(|entity| entity.name);
    PreviewRow {
        line,
        customer: draft.customer.name,
        starts_at: draft.starts_at,
        ends_at: draft.ends_at,
        status: draft.status.as_str(),
        service: name(draft.service),
        staff: name(draft.staff),
        branch: name(draft.branch),
        price: draft.price,
    }
}
