//! Pure functions over summaries: what the widgets count. No I/O.

pub mod advice;
pub mod currency;
pub mod customer;
pub mod error_class;
pub mod notification;
pub mod policy;
pub(crate) mod policy_report;
pub mod polymorphic;
pub mod rate;
pub mod staff;
pub mod time;

use std::collections::BTreeMap;

/// The counts that are not zero, largest first; ties alphabetical.
#[must_use]
pub fn largest_first(counts: &BTreeMap<String, i64>) -> Vec<(&str, i64)> {
    let mut ranked: Vec<_> =
        counts.iter().map(|(key, count)| (key.as_str(), *count)).filter(|(_, count)| *count != 0).collect();
    ranked.sort_by(|(a, of_a), (b, of_b)| of_b.cmp(of_a).then(a.cmp(b)));
    ranked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_comes_first_and_ties_are_alphabetical() {
        let counts = [("b", 2), ("c", 5), ("a", 2), ("d", 0)].map(|(key, count)| (key.to_owned(), count));
        assert_eq!(largest_first(&counts.into()), [("c", 5), ("a", 2), ("b", 2)]);
    }
}
