//! Policies and their violations.

/// The policy types that there are, in alphabetical order.
pub const POLICY_TYPES: [&str; 6] = ["cancellation", "late_arrival", "no_show", "payment", "recurring", "reschedule"];

/// What a type that is none of [`POLICY_TYPES`] counts as.
pub const OTHER: &str = "other";

/// The policy type that `name` is, exactly; [`OTHER`] for anything else, and where there is none.
#[must_use]
pub fn known_policy_type(name: Option<&str>) -> &'static str {
    POLICY_TYPES.into_iter().find(|known| Some(*known) == name).unwrap_or(OTHER)
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
