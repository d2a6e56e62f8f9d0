//! What a value is called, and whose it is.

use std::fmt;
use std::sync::Arc;

/// The name of a value and the stamp of its owner. Cheap to clone.
///
/// The text should name everything that the value depends on, except the version: filters, language, role, day. The owner
/// is compared on every read, besides the text, so that a mistake in composing the text shows nobody another's data.
/// Two owners that use the same text are kept apart, but only one of them is kept.
///
/// Texts that end in `#lease:<owner>:<version>` are taken: that is what leases are called.
///
/// ```
/// let key = tiercache::Key::new(42, "rollcall:company_42:widget:policy_trend:30d.de:v1");
/// assert_eq!(key.owner(), 42);
/// assert_eq!(key.to_string(), "rollcall:company_42:widget:policy_trend:30d.de:v1");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    owner: i64,
    text: Arc<str>,
}

impl Key {
    /// The value of `owner` that is called `text`.
    #[must_use]
    pub fn new(owner: i64, text: impl Into<Arc<str>>) -> Self {
        Self { owner, text: text.into() }
    }

    /// Whose value it is.
    #[must_use]
    pub fn owner(&self) -> i64 {
        self.owner
    }

    /// What it is called, in memory and in Redis.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn shared(&self) -> &Arc<str> {
        &self.text
    }

    pub(crate) fn shared_text(&self) -> Arc<str> {
        Arc::clone(&self.text)
    }

    /// What the lease on loading this key's `version` is called: each version has its own, as a load of an older one is of no use
    /// to whoever asks for a newer.
    pub(crate) fn lease_name(&self, version: u64) -> String {
        format!("{}{LEASE_MARK}{}:{version}", self.text, self.owner)
    }
}

/// What sets the name of a lease apart from that of a value.
pub(crate) const LEASE_MARK: &str = "#lease:";

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owners_are_part_of_what_a_key_is() {
        assert_ne!(Key::new(1, "a"), Key::new(2, "a"));
        assert_eq!(Key::new(-1, "a").lease_name(7), "a#lease:-1:7");
    }
}
