//! Policies and their violations.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::largest_first;
use super::rate::{OverNothing, rate};
use crate::summaries::day::Modifications;

/// The policy types that there are, in alphabetical order.
pub const POLICY_TYPES: [&str; 6] = ["cancellation", "late_arrival", "no_show", "payment", "recurring", "reschedule"];

/// What a type that is none of [`POLICY_TYPES`] counts as.
pub const OTHER: &str = "other";

/// The policy type that `name` is, exactly; [`OTHER`] for anything else, and where there is none.
#[must_use]
pub fn known_policy_type(name: Option<&str>) -> &'static str {
    POLICY_TYPES.into_iter().find(|known| Some(*known) == name).unwrap_or(OTHER)
}

/// The share of `appointments` without a violation, in percent; 100 where there are none.
#[must_use]
pub fn compliance_rate(appointments: i64, violations: i64) -> Decimal {
    rate(appointments.saturating_sub(violations), appointments, OverNothing::Hundred)
}

/// The share of modifications within policy, in percent; 100 where there are none.
#[must_use]
pub fn within_rate(modifications: &Modifications) -> Decimal {
    rate(modifications.within, modifications.total, OverNothing::Hundred)
}

/// Violations per policy type, largest first (ties alphabetical); unknown types are counted as [`OTHER`].
#[must_use]
pub fn by_type(violations: &BTreeMap<String, i64>) -> Vec<(&'static str, i64)> {
    let mut known: BTreeMap<String, i64> = BTreeMap::new();
    for (name, count) in violations {
        *known.entry(known_policy_type(Some(name)).to_owned()).or_default() += count;
    }
    largest_first(&known).into_iter().map(|(name, count)| (known_policy_type(Some(name)), count)).collect()
}

/// The configured types in alphabetical order, each once; unknown ones are [`OTHER`].
#[must_use]
pub fn configured_types(types: &BTreeSet<String>) -> BTreeSet<&'static str> {
    types.iter().map(|name| known_policy_type(Some(name))).collect()
}

/// The violations of one type, where `name` is one of [`POLICY_TYPES`] or [`OTHER`].
#[must_use]
pub fn of_type(violations: &BTreeMap<String, i64>, name: &str) -> i64 {
    violations.iter().filter(|(key, _)| known_policy_type(Some(key)) == name).map(|(_, count)| count).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn counts(of: &[(&str, i64)]) -> BTreeMap<String, i64> {
        of.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
    }

    #[test]
    fn only_the_six_types_are_known() {
        for known in ["cancellation", "reschedule", "no_show", "late_arrival", "payment", "recurring"] {
            assert_eq!(known_policy_type(Some(known)), known);
        }
        for unknown in ["", "other", "Cancellation", "cancellation ", "no-show", "refund"] {
            assert_eq!(known_policy_type(Some(unknown)), "other", "{unknown:?}");
        }
        assert_eq!(known_policy_type(None), "other");
    }

    #[test]
    fn the_types_stand_in_alphabetical_order() {
        assert!(POLICY_TYPES.is_sorted());
    }

    #[test]
    fn compliance_is_what_is_not_a_violation() {
        assert_eq!(compliance_rate(3, 1).to_string(), "66.7");
        assert_eq!(compliance_rate(3, 4).to_string(), "0.0", "more violations than appointments");
        assert_eq!(compliance_rate(0, 4).to_string(), "100.0", "over nothing");
        assert_eq!(compliance_rate(3, -1).to_string(), "100.0");
        assert_eq!(compliance_rate(i64::MAX, i64::MIN).to_string(), "100.0");
    }

    #[test]
    fn the_share_within_policy() {
        let modifications = |total, within| Modifications { total, within, fees: Decimal::ZERO };
        assert_eq!(within_rate(&modifications(8, 5)).to_string(), "62.5");
        assert_eq!(within_rate(&modifications(0, 0)).to_string(), "100.0");
    }

    #[test]
    fn types_are_ranked_with_ties_alphabetical_and_the_unknown_together() {
        let violations = counts(&[("no_show", 3), ("cancellation", 3), ("refund", 2), ("late", 2), ("payment", 0)]);
        assert_eq!(by_type(&violations), [("other", 4), ("cancellation", 3), ("no_show", 3)]);
        assert_eq!(by_type(&BTreeMap::new()), []);
        assert_eq!(of_type(&violations, "other"), 4);
        assert_eq!(of_type(&violations, "no_show"), 3);
        assert_eq!(of_type(&violations, "recurring"), 0);
    }

    #[test]
    fn configured_types_are_each_named_once() {
        let types = ["reschedule", "refund", "cancellation", "bogus"].map(str::to_owned).into();
        assert_eq!(Vec::from_iter(configured_types(&types)), ["cancellation", "other", "reschedule"]);
    }

    proptest! {
        #[test]
        fn compliance_is_within_0_and_100(appointments: i64, violations: i64) {
            let rate = compliance_rate(appointments, violations);
            prop_assert!((Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(&rate));
        }

        #[test]
        fn ranking_loses_nothing(
            violations in prop::collection::btree_map("[a-z_]{1,8}|no_show|payment", 0i64..1000, 0..9),
        ) {
            let ranked = by_type(&violations);
            prop_assert_eq!(ranked.iter().map(|(_, count)| count).sum::<i64>(), violations.values().sum::<i64>());
            prop_assert!(ranked.is_sorted_by(|(a, of_a), (b, of_b)| of_a > of_b || (of_a == of_b && a < b)));
        }
    }
}
