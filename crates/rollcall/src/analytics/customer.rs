//! Customers: where they stand, and how they keep to policies.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::policy::{OTHER, compliance_rate};
use crate::summaries::snapshot::TopCustomer;

/// The journey's statuses, in its order.
pub const JOURNEY: [&str; 7] = ["lead", "prospect", "customer", "regular", "vip", "at_risk", "churned"];

/// Customers by status, in the journey's order, then [`OTHER`] for all unknown statuses; without those that nobody has.
#[must_use]
pub fn by_journey(counts: &BTreeMap<String, i64>) -> Vec<(&'static str, i64)> {
    let known = JOURNEY.map(|status| (status, counts.get(status).copied().unwrap_or_default()));
    let other = counts.iter().filter(|(status, _)| !JOURNEY.contains(&status.as_str())).map(|(_, count)| count).sum();
    known.into_iter().chain([(OTHER, other)]).filter(|(_, count)| *count != 0).collect()
}

/// The share of a customer's appointments without a violation, in percent; 100 where there are none.
#[must_use]
pub fn compliance(customer: &TopCustomer) -> Decimal {
    compliance_rate(customer.appointments, customer.violations)
}

/// What a list of customers can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortBy {
    /// The address, whatever its case; those without one come last in either direction.
    Email,
    /// The status, alphabetically by its key.
    Journey,
    /// Violations.
    Violations,
    /// Cancellations.
    Cancellations,
    /// Appointments.
    Appointments,
    /// The compliance rate as it is shown.
    Compliance,
}

impl SortBy {
    /// What a column of that name is sorted by.
    #[must_use]
    pub fn parse(column: &str) -> Option<Self> {
        Some(match column {
            "email" => Self::Email,
            "journey" => Self::Journey,
            "violations" => Self::Violations,
            "cancellations" => Self::Cancellations,
            "appointments" => Self::Appointments,
            "compliance" => Self::Compliance,
            _ => return None,
        })
    }
}

/// The customers, sorted; of equals, in either direction, the one with the lower id comes first.
#[must_use]
pub fn sorted(customers: &[TopCustomer], by: SortBy, descending: bool) -> Vec<&TopCustomer> {
    let mut sorted: Vec<_> = customers.iter().collect();
    sorted.sort_by(|a, b| {
        let order = compare(a, b, by);
        let order = if descending { order.reverse() } else { order };
        missing_last(a, b, by).then(order).then(a.id.cmp(&b.id))
    });
    sorted
}

fn compare(a: &TopCustomer, b: &TopCustomer, by: SortBy) -> Ordering {
    match by {
        SortBy::Email => a.email.as_deref().map(str::to_lowercase).cmp(&b.email.as_deref().map(str::to_lowercase)),
        SortBy::Journey => a.journey_status.cmp(&b.journey_status),
        SortBy::Violations => a.violations.cmp(&b.violations),
        SortBy::Cancellations => a.cancellations.cmp(&b.cancellations),
        SortBy::Appointments => a.appointments.cmp(&b.appointments),
        SortBy::Compliance => compliance(a).cmp(&compliance(b)),
    }
}

fn missing_last(a: &TopCustomer, b: &TopCustomer, by: SortBy) -> Ordering {
    if by == SortBy::Email { a.email.is_none().cmp(&b.email.is_none()) } else { Ordering::Equal }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn customer(id: i64, email: Option<&str>, journey: &str, figures: [i64; 3]) -> TopCustomer {
        let [violations, cancellations, appointments] = figures;
        let (email, journey_status) = (email.map(str::to_owned), journey.to_owned());
        TopCustomer { id, email, journey_status, violations, cancellations, appointments }
    }

    fn some() -> Vec<TopCustomer> {
        vec![
            customer(4, Some("Bert@example.org"), "vip", [5, 0, 10]),
            customer(2, Some("anna@example.org"), "lead", [3, 7, 6]),
            customer(9, None, "lead", [3, 1, 6]),
            customer(1, Some("carl@example.org"), "churned", [0, 7, 0]),
        ]
    }

    #[track_caller]
    fn assert_order(by: SortBy, descending: bool, ids: [i64; 4]) {
        let customers = some();
        let sorted = sorted(&customers, by, descending).into_iter().map(|customer| customer.id).collect::<Vec<_>>();
        assert_eq!(sorted, ids, "{by:?} {descending}");
    }

    #[test]
    fn customers_are_sorted_by_any_column_with_ties_by_lower_id() {
        assert_order(SortBy::Violations, true, [4, 2, 9, 1]);
        assert_order(SortBy::Violations, false, [1, 2, 9, 4]);
        assert_order(SortBy::Email, false, [2, 4, 1, 9]);
        assert_order(SortBy::Email, true, [1, 4, 2, 9]);
        assert_order(SortBy::Journey, false, [1, 2, 9, 4]);
        assert_order(SortBy::Journey, true, [4, 2, 9, 1]);
        assert_order(SortBy::Cancellations, true, [1, 2, 9, 4]);
        assert_order(SortBy::Appointments, false, [1, 2, 9, 4]);
        assert_order(SortBy::Compliance, false, [2, 4, 9, 1]);
        assert_order(SortBy::Compliance, true, [1, 2, 4, 9]);
    }

    #[test]
    fn every_column_has_its_order() {
        for (column, by) in [("email", SortBy::Email), ("journey", SortBy::Journey), ("compliance", SortBy::Compliance)]
        {
            assert_eq!(SortBy::parse(column), Some(by));
        }
        assert_eq!(SortBy::parse("id"), None);
    }

    #[test]
    fn compliance_over_no_appointment_is_100() {
        let rates = some().iter().map(|customer| compliance(customer).to_string()).collect::<Vec<_>>();
        assert_eq!(rates, ["50.0", "50.0", "50.0", "100.0"]);
    }

    #[test]
    fn the_journey_has_an_order_and_the_unknown_come_last() {
        let counts = [("churned", 1), ("lead", 4), ("foo", 2), ("", 3), ("vip", 0)].map(|(key, n)| (key.to_owned(), n));
        assert_eq!(by_journey(&counts.into()), [("lead", 4), ("churned", 1), ("other", 5)]);
        assert_eq!(by_journey(&BTreeMap::new()), []);
    }
}
