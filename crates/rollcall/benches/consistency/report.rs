//! What was checked, and what was wrong.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What an answer is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Check {
    /// It shows what was acknowledged before it was asked for, and nothing that has not been begun.
    Stale,
    /// It shows nothing of another company.
    Foreign,
    /// It is of the node's present day.
    Day,
    /// It speaks the language that was asked for.
    Language,
    /// It offers what whoever asks may do.
    Role,
    /// It is of whoever asks.
    Person,
    /// Whoever signed out, or was shut out, gets nothing.
    Access,
    /// It is an answer at all, and has in it what it must.
    Failed,
}

impl Check {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Stale => "stale",
            Self::Foreign => "foreign",
            Self::Day => "day",
            Self::Language => "language",
            Self::Role => "role",
            Self::Person => "person",
            Self::Access => "access",
            Self::Failed => "failed",
        }
    }
}

/// An answer that was wrong.
#[derive(Clone, Debug)]
pub(crate) struct Violation {
    pub(crate) check: Check,
    pub(crate) what: String,
}

/// Counts of a run.
#[derive(Debug, Default)]
pub(crate) struct Report {
    counts: Mutex<Counts>,
    /// Whether what is wrong is expected, and not printed.
    quiet: bool,
}

#[derive(Debug, Default)]
struct Counts {
    kinds: BTreeMap<&'static str, u64>,
    faults: BTreeMap<&'static str, Under>,
    violations: BTreeMap<Check, u64>,
    first: Option<(u64, Violation)>,
}

/// What happened under one fault.
#[derive(Debug, Default)]
struct Under {
    times: u64,
    answers: u64,
    /// Answers that differed from what the same browser was shown before.
    changed: u64,
    /// Requests to a node that was away.
    excused: u64,
}

/// At most so many violations are printed.
const PRINTED: u64 = 10;

impl Report {
    /// One that prints nothing that is wrong.
    pub(crate) fn quiet() -> Self {
        Self { quiet: true, ..Self::default() }
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An answer was checked.
    pub(crate) fn checked(&self, kind: &'static str, fault: &'static str, changed: bool) {
        let mut counts = self.counts();
        *counts.kinds.entry(kind).or_default() += 1;
        let under = counts.faults.entry(fault).or_default();
        under.answers += 1;
        under.changed += u64::from(changed);
    }

    /// A node was away.
    pub(crate) fn excused(&self, fault: &'static str) {
        self.counts().faults.entry(fault).or_default().excused += 1;
    }

    /// A fault began.
    pub(crate) fn began(&self, fault: &'static str) {
        self.counts().faults.entry(fault).or_default().times += 1;
    }

    /// An answer was wrong; `context` says which, and under what.
    pub(crate) fn wrong(&self, violation: Violation, context: &str) {
        let mut counts = self.counts();
        let all: u64 = counts.violations.values().sum();
        if all < PRINTED && !self.quiet {
            println!("VIOLATION {}: {}\n  {context}", violation.check.name(), violation.what);
        }
        *counts.violations.entry(violation.check).or_default() += 1;
        let checked = counts.kinds.values().sum();
        counts.first.get_or_insert((checked, violation));
    }

    /// How many answers were checked.
    pub(crate) fn answers(&self) -> u64 {
        self.counts().kinds.values().sum()
    }

    /// After how many answers the first was wrong, and how.
    pub(crate) fn first(&self) -> Option<(u64, Violation)> {
        self.counts().first.clone()
    }

    /// How many answers were wrong.
    pub(crate) fn violations(&self) -> u64 {
        self.counts().violations.values().sum()
    }

    /// Prints all of it.
    pub(crate) fn print(&self) {
        let counts = self.counts();
        println!("\nchecked answers, by kind");
        for (kind, number) in &counts.kinds {
            println!("  {kind:<28} {number:>9}");
        }
        println!("\n{:<30} {:>5} {:>9} {:>9} {:>9}", "under fault", "times", "answers", "changed", "excused");
        for (fault, Under { times, answers, changed, excused }) in &counts.faults {
            println!("  {fault:<28} {times:>5} {answers:>9} {changed:>9} {excused:>9}");
        }
        println!();
        for (check, number) in &counts.violations {
            println!("violations, {}: {number}", check.name());
        }
    }
}
