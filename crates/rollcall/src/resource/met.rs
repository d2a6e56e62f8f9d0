//! What the rows of a list have to meet, and by what an index could find those that do.

use crate::db::Arg;

/// A condition on rows `t`, with its values.
#[derive(Clone, Debug)]
pub(super) struct Met {
    pub(super) text: String,
    pub(super) args: Vec<Arg>,
    pub(super) by: By,
}

/// How the rows that meet a condition are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// They have one value in that column.
    Value(&'static str),
    /// They are a span of that column.
    Span(&'static str),
    /// By ids, whatever else is asked of them.
    Ids,
    /// By looking at each.
    Reading,
}
