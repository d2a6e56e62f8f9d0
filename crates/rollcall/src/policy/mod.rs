//! The policy engine: which policy applies, whether it allows a change, and what the change costs. Pure: no database, no
//! clock, no zone.
//!
//! - [`choose`] finds the policy of a type for an appointment: the most specific wins, an override is merged over what it
//!   overrides, and what is not valid is not there.
//! - [`may_cancel`], [`may_reschedule`] and [`no_show`] answer for an appointment and an instant.
//! - [`compare`] asks them again about what was done already, under the policies that there are and under others.
//!
//! Money is decimal, and notice is the absolute time between two instants: neither rounds, neither knows a zone, and no
//! change of clocks makes an hour longer or shorter.
//!
//! **What nobody can read.** Foreign applications write `config`. A key that is not known, or whose value is null, is as
//! if it were not there. A *limit* (`hours_before`, a quota) that cannot be read, or a whole `config` that is no object,
//! denies: a limit that nobody can read is never taken for passed, and a manager can force the change. An amount that
//! cannot be read is as if it were not there: a customer pays nothing by mistake. Whoever *writes* a policy through
//! Rollcall is told each key that will not do ([`check`]).

mod amount;
mod check;
mod choose;
mod config;
mod decide;
mod preview;

#[cfg(test)]
mod properties;

use serde::{Deserialize, Serialize};

pub(crate) use amount::cents;
pub use check::{Problem, check};
pub use choose::{Place, Policy, Row, beneath, chain, choose};
pub use config::{Config, Limit, Tier};
pub use decide::{Decision, Facts, Reason, may_cancel, may_reschedule, no_show};
pub use preview::{Changed, Comparison, Hit, Origin, Past, Side, compare, origins, replay};

/// What a policy is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyType {
    /// Cancelling.
    Cancellation,
    /// Giving another time.
    Reschedule,
    /// Not coming.
    NoShow,
    /// Coming late.
    LateArrival,
    /// Paying.
    Payment,
    /// Series of appointments.
    Recurring,
}

impl PolicyType {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Cancellation, Self::Reschedule, Self::NoShow, Self::LateArrival, Self::Payment, Self::Recurring];

    /// Its name in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cancellation => "cancellation",
            Self::Reschedule => "reschedule",
            Self::NoShow => "no_show",
            Self::LateArrival => "late_arrival",
            Self::Payment => "payment",
            Self::Recurring => "recurring",
        }
    }

    /// The type of that name, to the letter.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}
