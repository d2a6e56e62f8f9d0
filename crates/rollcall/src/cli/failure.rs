//! How a command ends where it cannot do what it should.

use std::io::Write;
use std::process::ExitCode;

use rollcall::accounts::AccountError;
use rollcall::config::SettingsError;

/// Why a command ends early.
pub(super) enum Failure {
    /// Exit code 2: the settings.
    Settings(SettingsError),
    /// Exit code 2: the arguments.
    Usage(String),
    /// Exit code 1.
    Failed(anyhow::Error),
}

impl Failure {
    /// Says on stderr what went wrong, and what the exit code is.
    pub(super) fn report(self) -> ExitCode {
        let (code, message) = match self {
            Self::Settings(error) => (2, format!("error in the settings\n{error}")),
            Self::Usage(message) => (2, format!("error: {message}")),
            // Whoever read the output, `head` for one, has seen enough.
            Self::Failed(error) if is_broken_pipe(&error) => return ExitCode::SUCCESS,
            Self::Failed(error) => (1, format!("error: {}", chain(&error))),
        };
        // Where stderr is gone, nobody is left to be told.
        let _gone = writeln!(std::io::stderr().lock(), "{message}");
        ExitCode::from(code)
    }
}

/// All causes on one line. Drivers' errors often repeat their cause, which then is shown once.
fn chain(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        let cause = cause.to_string();
        if text.is_empty() {
            text = cause;
        } else if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let kind = error.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
    kind == Some(std::io::ErrorKind::BrokenPipe)
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        Self::Settings(error)
    }
}

impl From<AccountError> for Failure {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Invalid(_) | AccountError::Role(_) => Self::Usage(error.to_string()),
            other => Self::Failed(other.into()),
        }
    }
}

macro_rules! failed {
    ($($error:ty),+) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::Failed(error.into())
            }
        })+
    };
}
failed!(
    anyhow::Error,
    std::io::Error,
    serde_json::Error,
    rollcall::adopt::AdoptError,
    rollcall::db::Error,
    rollcall::db::ConnectError,
    rollcall::demo::Error,
    rollcall::password::HashError
);

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[test]
    fn a_repeated_cause_is_shown_once() {
        let cause = || Err::<(), _>(std::io::Error::other("refused"));
        assert_eq!(chain(&cause().context("cannot connect: refused").unwrap_err()), "cannot connect: refused");
        assert_eq!(chain(&cause().context("cannot connect").unwrap_err()), "cannot connect: refused");
    }
}
