//! `sign_in.*`: how many wrong passwords are too many.

use std::time::Duration;

use super::{Reader, value};

/// `sign_in.*`
#[derive(Clone, Debug)]
pub struct SignInSettings {
    /// `sign_in.max_failures`
    pub max_failures: u32,
    /// `sign_in.lockout`
    pub lockout: Duration,
    /// `sign_in.max_failures_per_address`
    pub max_failures_per_address: u32,
}

impl SignInSettings {
    pub(super) fn read(from: &mut Reader<'_>) -> Option<Self> {
        let max_failures = from.get("sign_in.max_failures", |raw| value::count(raw, 1, 1_000_000));
        let lockout = from.get("sign_in.lockout", value::duration);
        let per_address = from.get("sign_in.max_failures_per_address", |raw| value::count(raw, 1, 1_000_000));
        Some(Self { max_failures: max_failures?, lockout: lockout?, max_failures_per_address: per_address? })
    }
}
