//! What is wrong with the settings, and where it stands.

use std::fmt;

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The setting as the user wrote it; empty where the place itself is at fault.
    pub key: String,
    /// File and line, variable or option.
    pub place: String,
    /// What is wrong, and what would be right. Never a secret.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.key.is_empty() {
            write!(f, "{}: {}", self.place, self.message)
        } else {
            write!(f, "{}: `{}` {}", self.place, self.key, self.message)
        }
    }
}

/// All mistakes in the settings, one a line.
#[derive(Clone, Debug, thiserror::Error)]
pub struct SettingsError(pub Vec<Problem>);

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            let line_end = if index + 1 == self.0.len() { "" } else { "\n" };
            write!(f, "{problem}{line_end}")?;
        }
        Ok(())
    }
}
