//! Statements as they run, for counters and tests.

/// Told of every statement of a [`Database`](super::Database) after it ran.
pub trait Observer: Send + Sync {
    /// One statement ran.
    fn statement(&self, statement: &Observed<'_>);
}

/// A statement that ran.
#[derive(Debug)]
pub struct Observed<'a> {
    /// As the database saw it.
    pub sql: &'a str,
    /// The values bound to it.
    pub args: &'a [super::Arg],
    /// As it was written, with `:company`.
    pub template: &'a str,
    /// Why it stands above tenants; none for a tenant's statement.
    pub purpose: Option<&'static str>,
    /// Rows answered or changed.
    pub rows: u64,
}
