//! Does each company see its own rows, and nothing else? A report that an auditor can read; nothing is written.
//!
//! `docs/isolation.md` explains it.

mod figures;
mod references;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::accounts::Company;
use crate::chance::Chance;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Database, Error};

/// So many findings of a check are told one by one.
const TOLD: usize = 20;

/// What was checked, and what was found.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// When, UTC.
    pub at: DateTime<Utc>,
    /// The companies, by id and slug.
    pub companies: Vec<(i64, String)>,
    /// What was looked at, in order.
    pub checks: Vec<Check>,
}

/// Something that was looked at.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    /// Its area: `references`, `types`, `owners`, `figures`, `kept`.
    pub area: &'static str,
    /// What was asked.
    pub question: String,
    /// How many rows, figures or entries that question was put to.
    pub looked_at: u64,
    /// How many of them did not pass.
    pub found: u64,
    /// The first of them.
    pub examples: Vec<String>,
    /// What the reader has to know of it, such as that it could not be asked.
    pub remark: Option<String>,
}

impl Report {
    /// How many findings there are.
    #[must_use]
    pub fn found(&self) -> u64 {
        self.checks.iter().map(|check| check.found).sum()
    }
}

impl Check {
    fn new(area: &'static str, question: impl Into<String>) -> Self {
        Self { area, question: question.into(), looked_at: 0, found: 0, examples: Vec::new(), remark: None }
    }

    /// Something did not pass.
    fn finds(&mut self, what: String) {
        self.found += 1;
        if self.examples.len() < TOLD {
            self.examples.push(what);
        }
    }
}

/// Looks at these companies, or at all there are where `all` says that they are those.
///
/// # Errors
/// Where the database fails.
pub async fn examine(
    db: &Database,
    config: &Config,
    (clock, chance): (&Clock, &Chance),
    companies: &[Company],
    all: bool,
) -> Result<Report, Error> {
    let of = companies.first().filter(|_| !all).map(|company| company.id);
    let mut checks = references::references(db, of).await?;
    checks.extend(references::types(db, of).await?);
    if all {
        checks.extend(references::owners(db).await?);
    }
    checks.extend(figures::check(db, config, (clock, chance), companies).await?);
    let companies = companies.iter().map(|company| (company.id, company.slug.clone())).collect();
    Ok(Report { at: clock.now(), companies, checks })
}
