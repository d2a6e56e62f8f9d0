//! Finding customers and staff by the beginnings of words: an index of our own, `search_words`, kept like a summary.
//!
//! [`words`] folds names, addresses and numbers, and what is typed, to the same words. [`index`] recomputes whose words
//! changed; `changes` calls it where it recomputes customers. [`find`] asks, by ranges of the index alone.

mod find;
mod index;
mod words;

pub(crate) use find::{Found, Person, condition, people, subjects};
pub(crate) use index::{Differs, differences, refresh, refresh_staff, subjects_between};
pub(crate) use words::{asked, begins, fold};

/// What can be found by its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Customer,
    Staff,
}

impl Kind {
    pub(crate) const ALL: [Self; 2] = [Self::Customer, Self::Staff];

    /// As the index names it.
    const fn number(self) -> i64 {
        match self {
            Self::Customer => 1,
            Self::Staff => 2,
        }
    }

    const fn table(self) -> &'static str {
        match self {
            Self::Customer => "customers",
            Self::Staff => "staff",
        }
    }

    /// The kind of that table's rows.
    pub(crate) fn of_table(table: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.table() == table)
    }
}
