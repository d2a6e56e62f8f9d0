//! What a policy says of a change.

use chrono::NaiveDateTime;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::amount::{MONEY_BOUND, cents};
use super::{Config, Limit, Policy, PolicyType};

/// What a decision depends on, beside policy and instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// When the appointment starts, UTC.
    pub starts_at: NaiveDateTime,
    /// Its price; none where it has none.
    pub price: Option<Decimal>,
    /// For a cancellation, the customer's over the last thirty days; for a reschedule, the appointment's so far.
    pub changes_so_far: u64,
}

/// Why a change is denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The notice is shorter than `hours_before`.
    NoticeTooShort,
    /// The customer has cancelled too often.
    TooManyCancellations,
    /// The appointment has been given another time too often.
    TooManyReschedules,
    /// The policy has a limit that nobody can read.
    UnreadablePolicy,
}

/// What a policy says of a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Whether it is allowed.
    pub allowed: bool,
    /// Why not.
    pub reason: Option<Reason>,
    /// What it costs, or would cost if it were forced; never negative, in cents.
    #[serde(with = "rust_decimal::serde::str")]
    pub fee: Decimal,
    /// The policy that says so; none where none applies.
    pub policy_id: Option<i64>,
    /// From the instant to the start of the appointment, in hours, negative once it has begun.
    #[serde(with = "rust_decimal::serde::str")]
    pub notice_hours: Decimal,
}

/// Whether an appointment may be cancelled at `now`, and what that costs.
#[must_use]
pub fn may_cancel(policy: Option<&Policy>, facts: &Facts, now: NaiveDateTime) -> Decision {
    let quota = |config: &Config| (config.max_cancellations_per_month, Reason::TooManyCancellations);
    decide(policy, facts, now, quota)
}

/// Whether an appointment may be given another start or end at `now`, and what that costs. The notice is that of the start
/// that it has. `changes`: whether anything becomes another than it is; to leave all of it as it is costs nothing.
#[must_use]
pub fn may_reschedule(policy: Option<&Policy>, facts: &Facts, changes: bool, now: NaiveDateTime) -> Decision {
    let quota = |config: &Config| (config.max_reschedules_per_appointment, Reason::TooManyReschedules);
    decide(policy.filter(|_| changes), facts, now, quota)
}

/// What it costs not to come: by the rule of every fee, with no notice at all; none where no policy of that type applies.
#[must_use]
pub fn no_show(policy: Option<&Policy>, price: Option<Decimal>) -> Option<Decimal> {
    let policy = policy.filter(|policy| policy.policy_type == PolicyType::NoShow)?;
    Some(fee(&policy.config, 0, price))
}

fn decide(
    policy: Option<&Policy>,
    facts: &Facts,
    now: NaiveDateTime,
    quota: impl Fn(&Config) -> (Limit<u32>, Reason),
) -> Decision {
    let notice = (facts.starts_at - now).num_seconds();
    let notice_hours = cents(Decimal::from(notice) / HOUR);
    let Some(policy) = policy else {
        return Decision { allowed: true, reason: None, fee: cents(Decimal::ZERO), policy_id: None, notice_hours };
    };
    let reason = against(&policy.config, notice, facts.changes_so_far, quota(&policy.config));
    let fee = fee(&policy.config, notice, facts.price);
    Decision { allowed: reason.is_none(), reason, fee, policy_id: Some(policy.id), notice_hours }
}

const HOUR: Decimal = Decimal::from_parts(3_600, 0, 0, false, 0);

fn against(config: &Config, notice: i64, so_far: u64, (quota, too_many): (Limit<u32>, Reason)) -> Option<Reason> {
    match config.hours_before {
        _ if config.unreadable => return Some(Reason::UnreadablePolicy),
        Limit::Unreadable => return Some(Reason::UnreadablePolicy),
        // Nought too is a notice: an appointment that has begun has less.
        Limit::Is(hours) if !reaches(notice, hours) => return Some(Reason::NoticeTooShort),
        Limit::Is(_) | Limit::None => {}
    }
    match quota {
        Limit::Unreadable => Some(Reason::UnreadablePolicy),
        Limit::Is(most) => (so_far >= u64::from(most)).then_some(too_many),
        Limit::None => None,
    }
}

/// Whether a notice in seconds reaches so many hours.
fn reaches(notice: i64, hours: Decimal) -> bool {
    hours.checked_mul(HOUR).is_some_and(|wanted| Decimal::from(notice) >= wanted)
}

/// What a change costs after a notice of so many seconds.
fn fee(config: &Config, notice: i64, price: Option<Decimal>) -> Decimal {
    if let Some(fee) = config.fee {
        return fee;
    }
    if let Some(tiers) = &config.fee_tiers {
        let reached = tiers.iter().find(|tier| reaches(notice, tier.min_hours));
        return reached.or(tiers.last()).map_or(cents(Decimal::ZERO), |tier| tier.fee);
    }
    if let Some(percentage) = config.fee_percentage {
        // A percentage of no price is nothing.
        let price = price.unwrap_or_default().clamp(Decimal::ZERO, Decimal::from(MONEY_BOUND));
        return cents(price * percentage / Decimal::ONE_HUNDRED);
    }
    let [long, medium] = [48, 24].map(|hours| reaches(notice, Decimal::from(hours)));
    cents(if long { Decimal::ZERO } else { Decimal::from(if medium { 10 } else { 15 }) })
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};
    use serde_json::json;

    use super::*;
    use crate::analytics::polymorphic::Configurable;

    fn policy(config: &serde_json::Value) -> Policy {
        let on = Configurable::Company;
        Policy { id: 7, policy_type: PolicyType::Cancellation, on, config: Config::read(config, &[]) }
    }

    fn start() -> NaiveDateTime {
        DateTime::from_timestamp(1_764_000_000, 0).unwrap().naive_utc()
    }

    /// Cancels with so many minutes' notice, for 80.00, after so many cancellations.
    fn cancel(config: &serde_json::Value, minutes: i64, so_far: u64) -> (Option<Reason>, String) {
        let facts = Facts { starts_at: start(), price: Some(Decimal::from(80)), changes_so_far: so_far };
        let decision = may_cancel(Some(&policy(config)), &facts, start() - TimeDelta::minutes(minutes));
        assert_eq!(decision.allowed, decision.reason.is_none());
        assert_eq!(decision.policy_id, Some(7));
        (decision.reason, decision.fee.normalize().to_string())
    }

    #[test]
    fn without_a_policy_everything_is_allowed_and_free() {
        let facts = Facts { starts_at: start(), price: None, changes_so_far: 99 };
        let decision = may_cancel(None, &facts, start() + TimeDelta::minutes(90));
        assert!(decision.allowed && decision.fee.is_zero() && decision.policy_id.is_none());
        assert_eq!(decision.notice_hours.to_string(), "-1.50");
    }

    #[test]
    fn notice_and_quota_deny_and_tell_the_fee_of_forcing() {
        let config = json!({"hours_before": 24, "max_cancellations_per_month": 2, "fee": 8.5});
        assert_eq!(cancel(&config, 24 * 60, 1), (None, "8.5".into()), "exactly the notice is enough");
        assert_eq!(cancel(&config, 24 * 60 - 1, 1), (Some(Reason::NoticeTooShort), "8.5".into()));
        assert_eq!(cancel(&config, 24 * 60, 2), (Some(Reason::TooManyCancellations), "8.5".into()));
        assert_eq!(
            cancel(&json!({"max_cancellations_per_month": 0, "fee": 1}), 9_999, 0).0,
            Some(Reason::TooManyCancellations)
        );
        assert_eq!(cancel(&json!({"hours_before": "soon", "fee": 1}), 9_999_999, 0).0, Some(Reason::UnreadablePolicy));
        assert_eq!(cancel(&json!("x"), 9_999_999, 0).0, Some(Reason::UnreadablePolicy));
        let none_wanted = json!({"hours_before": 0, "fee": 1});
        assert_eq!(cancel(&none_wanted, 0, 0).0, None);
        assert_eq!(cancel(&none_wanted, -5, 0).0, Some(Reason::NoticeTooShort), "it has begun");
        assert_eq!(cancel(&json!({"fee": 1}), -5, 0).0, None, "nobody wants any notice");
        assert_eq!(cancel(&json!({"max_reschedules_per_appointment": "x", "fee": 1}), 5, 0).0, None, "not its quota");
    }

    #[test]
    fn a_fee_is_fixed_else_by_tier_else_by_percentage_else_by_the_default_tiers() {
        let tiers = json!([{"min_hours": 48, "fee": 1}, {"min_hours": 12, "fee": 2}]);
        let fee = |config: serde_json::Value, minutes| cancel(&config, minutes, 0).1;
        assert_eq!(fee(json!({"fee": 3, "fee_tiers": tiers, "fee_percentage": 50}), 0), "3");
        let by_tier = json!({"fee_tiers": tiers, "fee_percentage": 50});
        assert_eq!(
            [2_880, 2_879, 720, 719, -60].map(|minutes| fee(by_tier.clone(), minutes)),
            ["1", "2", "2", "2", "2"]
        );
        assert_eq!(fee(json!({"fee_percentage": 12.5}), 0), "10");
        assert_eq!(
            [2_880, 2_879, 1_440, 1_439, 0, -60].map(|minutes| fee(json!({}), minutes)),
            ["0", "10", "10", "15", "15", "15"]
        );
    }

    #[test]
    fn a_reschedule_has_its_own_quota_and_none_where_nothing_changes() {
        let config = json!({"hours_before": 24, "max_reschedules_per_appointment": 1, "max_cancellations_per_month": 0, "fee": 4});
        let policy = policy(&config);
        let facts = Facts { starts_at: start(), price: None, changes_so_far: 0 };
        let now = start() - TimeDelta::hours(30);
        assert_eq!(may_reschedule(Some(&policy), &facts, true, now).fee, Decimal::from(4));
        let again = Facts { changes_so_far: 1, ..facts };
        assert_eq!(may_reschedule(Some(&policy), &again, true, now).reason, Some(Reason::TooManyReschedules));
        let same = may_reschedule(Some(&policy), &again, false, now);
        assert!(same.allowed && same.fee.is_zero());
    }

    #[test]
    fn a_no_show_costs_what_its_own_policy_says() {
        let cancellation = policy(&json!({"fee": 3}));
        assert_eq!(no_show(Some(&cancellation), None), None);
        assert_eq!(no_show(None, None), None);
        let policy = |config: serde_json::Value| Policy { policy_type: PolicyType::NoShow, ..policy(&config) };
        assert_eq!(no_show(Some(&policy(json!({"fee": 25}))), None), Some(Decimal::from(25)));
        assert_eq!(
            no_show(Some(&policy(json!({"fee_percentage": 50}))), Some(Decimal::from(30))),
            Some(Decimal::from(15))
        );
        assert_eq!(no_show(Some(&policy(json!({}))), None), Some(Decimal::from(15)));
    }
}
