//! All statements that the suite runs: counted here, and written down for the statement test.

use std::collections::{BTreeSet, HashSet};
use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use rollcall::db::{Arg, Observed, Observer};

/// Counts statements and rows; writes each new statement to the folder `ROLLCALL_SQL_LOG`, where it is set.
#[derive(Debug, Default)]
pub struct Recorder {
    statements: AtomicU64,
    rows: AtomicU64,
    seen: Mutex<HashSet<String>>,
    since: Mutex<Vec<String>>,
    templates: Mutex<BTreeSet<String>>,
    bound: Mutex<Vec<(String, Vec<Arg>)>>,
}

impl Recorder {
    /// Statements and rows since the last call.
    pub fn take(&self) -> (u64, u64) {
        self.since.lock().unwrap().clear();
        self.templates.lock().unwrap().clear();
        self.bound.lock().unwrap().clear();
        (self.statements.swap(0, Ordering::SeqCst), self.rows.swap(0, Ordering::SeqCst))
    }

    /// Statements since the last [`Recorder::take`].
    pub fn count(&self) -> u64 {
        self.statements.load(Ordering::SeqCst)
    }

    /// The statements since the last [`Recorder::take`], as the database saw them.
    pub fn recent(&self) -> Vec<String> {
        self.since.lock().unwrap().clone()
    }

    /// The distinct statements since the last [`Recorder::take`], as they are written.
    pub fn templates(&self) -> BTreeSet<String> {
        self.templates.lock().unwrap().clone()
    }

    /// The distinct statements since the last [`Recorder::take`], each with the values of its first run.
    pub fn bound(&self) -> Vec<(String, Vec<Arg>)> {
        self.bound.lock().unwrap().clone()
    }

    /// Every distinct statement so far, as a line of the log: purpose, a tab, the statement.
    pub fn lines(&self) -> Vec<String> {
        self.seen.lock().unwrap().iter().cloned().collect()
    }
}

impl Observer for Recorder {
    fn statement(&self, statement: &Observed<'_>) {
        self.statements.fetch_add(1, Ordering::SeqCst);
        self.rows.fetch_add(statement.rows, Ordering::SeqCst);
        self.since.lock().unwrap().push(statement.sql.to_owned());
        self.templates.lock().unwrap().insert(statement.template.to_owned());
        let mut bound = self.bound.lock().unwrap();
        if !bound.iter().any(|(sql, _)| sql == statement.sql) {
            bound.push((statement.sql.to_owned(), statement.args.to_vec()));
        }
        drop(bound);
        let line = format!("{}\t{}", statement.purpose.unwrap_or(""), statement.template.replace(['\n', '\t'], " "));
        if self.seen.lock().unwrap().insert(line.clone())
            && let Ok(folder) = std::env::var("ROLLCALL_SQL_LOG")
        {
            let path = std::path::Path::new(&folder).join(format!("{}.tsv", std::process::id()));
            let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
            writeln!(file, "{line}").unwrap();
        }
    }
}
