//! How many changes and attempts this process has written down: counters for `/metrics`.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Counters by name, since the start of the process. They belong to the database, as what they count stands there; what
/// was written in a transaction that is taken back counts all the same.
#[derive(Debug, Default)]
pub struct Tally {
    actions: Mutex<BTreeMap<String, u64>>,
    attempts: Mutex<BTreeMap<&'static str, u64>>,
}

impl Tally {
    pub(crate) fn action(&self, action: &str) {
        let mut actions = self.actions.lock().unwrap_or_else(PoisonError::into_inner);
        match actions.get_mut(action) {
            Some(count) => *count += 1,
            None => _ = actions.insert(action.to_owned(), 1),
        }
    }

    pub(crate) fn attempt(&self, kind: &'static str) {
        *self.attempts.lock().unwrap_or_else(PoisonError::into_inner).entry(kind).or_default() += 1;
    }

    /// Lines of the audit log, by action.
    #[must_use]
    pub fn actions(&self) -> BTreeMap<String, u64> {
        self.actions.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Security events, by kind.
    #[must_use]
    pub fn attempts(&self) -> BTreeMap<&'static str, u64> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
