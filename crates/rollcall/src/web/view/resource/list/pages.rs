//! The pages of a list: where those beside this one are, and how many rows there are on all of them.

use super::ListPage;
use crate::resource::Matching;

/// Where the pages beside this one begin, as the address has it.
#[derive(Debug, Default)]
pub(crate) struct Cursors {
    /// Behind which row.
    pub(crate) next: Option<String>,
    /// Before which.
    pub(crate) previous: Option<String>,
}

/// Where the links between pages lead.
#[derive(Debug, Default)]
pub(super) struct Pages {
    pub(super) first: Option<String>,
    pub(super) previous: Option<String>,
    pub(super) next: Option<String>,
}

impl Pages {
    pub(super) fn is_any(&self) -> bool {
        self.previous.is_some() || self.next.is_some()
    }
}

impl ListPage {
    /// With the ways to the pages beside it.
    #[must_use]
    pub(crate) fn turned(mut self, cursors: &Cursors) -> Self {
        let path = self.chosen.screen.path();
        let link = |name: &str, cursor: &Option<String>| {
            let cursor = cursor.clone()?;
            Some(self.query.url(&path, &[(name.to_owned(), cursor)]))
        };
        self.pages = Pages {
            first: cursors.previous.as_ref().map(|_| self.query.url(&path, &[])),
            previous: link("before", &cursors.previous),
            next: link("after", &cursors.next),
        };
        self
    }

    /// With how many rows match, where that is known.
    #[must_use]
    pub(crate) fn counted(self, matching: Option<Matching>) -> Self {
        Self { matching, ..self }
    }

    /// How many rows match, in words; nothing where there are none, which is said in their place.
    pub(super) fn count(&self) -> Option<String> {
        Some(match self.matching.filter(|_| !self.rows.is_empty())? {
            Matching::Exactly(rows) => self.w.count("ui.list.rows", rows, self.formats.count(rows)),
            Matching::MoreThan(rows) => self.w.with("ui.list.more_rows", "n", self.formats.count(rows)),
        })
    }
}
