//! `database.*`, `session.*` and `sign_in.*`.

use std::time::Duration;

use super::{DatabaseUrl, Migrate, Reader, value};
use crate::tenant::Role;

/// `database.*`
#[derive(Clone, Debug)]
pub struct DatabaseSettings {
    /// `database.url`
    pub url: DatabaseUrl,
    /// `database.max_connections`
    pub max_connections: u32,
    /// `database.migrate_on_start`
    pub migrate_on_start: Migrate,
}

/// `session.*`
#[derive(Clone, Debug)]
pub struct SessionSettings {
    /// `session.idle_timeout`
    pub idle_timeout: Duration,
    /// `session.lifetime`
    pub lifetime: Duration,
}

/// `sign_in.*`
#[derive(Clone, Debug)]
pub struct SignInSettings {
    /// `sign_in.max_failures`
    pub max_failures: u32,
    /// `sign_in.lockout`
    pub lockout: Duration,
    /// `sign_in.max_failures_per_address`
    pub max_failures_per_address: u32,
    /// `sign_in.totp`
    pub totp: TotpFor,
}

/// Who has to use a code beside the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TotpFor {
    /// Whoever wants to.
    Volunteers,
    /// Operators.
    Operators,
    /// Everybody.
    Everybody,
}

impl TotpFor {
    /// Whether somebody of that role has to.
    #[must_use]
    pub fn is_for(self, role: Role) -> bool {
        match self {
            Self::Volunteers => false,
            Self::Operators => role == Role::SuperAdmin,
            Self::Everybody => true,
        }
    }
}

impl DatabaseSettings {
    pub(super) fn read(from: &mut Reader<'_>) -> Option<Self> {
        let url = from.get("database.url", value::database_url);
        let max_connections = from.get("database.max_connections", |raw| value::count(raw, 1, 1000));
        let migrate_on_start = from.get("database.migrate_on_start", value::migrate);
        Some(Self { url: url?, max_connections: max_connections?, migrate_on_start: migrate_on_start? })
    }
}

impl SessionSettings {
    pub(super) fn read(from: &mut Reader<'_>) -> Option<Self> {
        let idle_timeout = from.get("session.idle_timeout", value::duration);
        let lifetime = from.get("session.lifetime", value::duration);
        let (idle_timeout, lifetime) = (idle_timeout?, lifetime?);
        if idle_timeout > lifetime {
            from.complain("session.idle_timeout", "is longer than `session.lifetime`; make it shorter, or that longer");
        }
        Some(Self { idle_timeout, lifetime })
    }
}

impl SignInSettings {
    pub(super) fn read(from: &mut Reader<'_>) -> Option<Self> {
        let max_failures = from.get("sign_in.max_failures", |raw| value::count(raw, 1, 1_000_000));
        let lockout = from.get("sign_in.lockout", value::duration);
        let per_address = from.get("sign_in.max_failures_per_address", |raw| value::count(raw, 1, 1_000_000));
        let words = [("optional", TotpFor::Volunteers), ("operators", TotpFor::Operators), ("all", TotpFor::Everybody)];
        let totp = from.get("sign_in.totp", |raw| value::choice(raw, &words));
        Some(Self {
            max_failures: max_failures?,
            lockout: lockout?,
            max_failures_per_address: per_address?,
            totp: totp?,
        })
    }
}
