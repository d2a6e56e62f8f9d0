//! Notifications: what became of them, by channel and by error.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

pub use super::error_class::{UNKNOWN, error_class};
use super::largest_first;
use super::rate::{OverNothing, average, rate};
use crate::summaries::day::Deliveries;

/// The channels that there are, in the order in which they are shown.
pub const CHANNELS: [&str; 4] = ["email", "sms", "whatsapp", "push"];

/// The share of notifications that were sent, in percent; 100 where there are none.
#[must_use]
pub fn delivery_rate(deliveries: &Deliveries) -> Decimal {
    rate(deliveries.sent, deliveries.total, OverNothing::Hundred)
}

/// Seconds from creation to dispatch, on average over those of which both are known; none where there are none.
#[must_use]
pub fn average_delivery_time(deliveries: &Deliveries) -> Option<Decimal> {
    average(deliveries.seconds, deliveries.timed)
}

/// The channel with most notifications, with their number; ties alphabetical. None where there are none.
#[must_use]
pub fn most_used_channel(channels: &BTreeMap<String, Deliveries>) -> Option<(&str, i64)> {
    let used = channels.iter().filter(|(_, deliveries)| deliveries.total > 0);
    // Of equal maxima, `max_by_key` takes the last: reversed, the first of the alphabet.
    used.rev()
        .max_by_key(|(_, deliveries)| deliveries.total)
        .map(|(name, deliveries)| (name.as_str(), deliveries.total))
}

/// The channels that have any notification: [`CHANNELS`] in their order, then all others alphabetically.
#[must_use]
pub fn channels_in_use(channels: &BTreeMap<String, Deliveries>) -> Vec<&str> {
    let mut names: Vec<_> =
        channels.iter().filter(|(_, deliveries)| deliveries.total > 0).map(|(name, _)| name.as_str()).collect();
    names.sort_by_key(|name| CHANNELS.iter().position(|known| known == name).unwrap_or(CHANNELS.len()));
    names
}

/// What failures are counted as whose class is not told apart.
pub const OTHER: &str = "other";

/// The error classes with most failures, largest first (ties alphabetical), and the sum of all others where there are
/// any ([`OTHER`] itself is among them): together never more than `at_most` figures.
#[must_use]
pub fn top_errors(errors: &BTreeMap<String, i64>, at_most: usize) -> (Vec<(&str, i64)>, Option<i64>) {
    let mut top = largest_first(errors);
    let other = errors.get(OTHER).copied().unwrap_or_default();
    top.retain(|(class, _)| *class != OTHER);
    if top.len() + usize::from(other != 0) <= at_most {
        return (top, Some(other).filter(|count| *count != 0));
    }
    let rest = top.split_off(at_most.saturating_sub(1));
    (top, Some(other + rest.into_iter().map(|(_, count)| count).sum::<i64>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn total(total: i64) -> Deliveries {
        Deliveries { total, ..Deliveries::default() }
    }

    fn channels(of: &[(&str, i64)]) -> BTreeMap<String, Deliveries> {
        of.iter().map(|(name, n)| ((*name).to_owned(), total(*n))).collect()
    }

    #[test]
    fn delivery_is_sent_of_all() {
        assert_eq!(delivery_rate(&Deliveries { sent: 7, ..total(8) }).to_string(), "87.5");
        assert_eq!(delivery_rate(&total(8)).to_string(), "0.0");
        assert_eq!(delivery_rate(&total(0)).to_string(), "100.0", "over nothing");
    }

    #[test]
    fn delivery_time_is_an_average_of_those_that_were_timed() {
        let timed = Deliveries { sent: 9, timed: 4, seconds: 45, ..total(10) };
        assert_eq!(average_delivery_time(&timed).unwrap().to_string(), "11.3", "11.25 rounded away from zero");
        assert_eq!(average_delivery_time(&Deliveries { sent: 9, ..total(10) }), None);
    }

    #[test]
    fn the_most_used_channel_with_ties_alphabetical() {
        assert_eq!(most_used_channel(&channels(&[("sms", 5), ("push", 5), ("email", 4)])), Some(("push", 5)));
        assert_eq!(most_used_channel(&channels(&[("sms", 6), ("push", 5)])), Some(("sms", 6)));
        assert_eq!(most_used_channel(&channels(&[("sms", 0)])), None);
        assert_eq!(most_used_channel(&BTreeMap::new()), None);
    }

    #[test]
    fn known_channels_come_first_in_their_order() {
        let used = channels(&[("push", 1), ("fax", 9), ("email", 1), ("whatsapp", 1), ("carrier", 9), ("sms", 0)]);
        assert_eq!(channels_in_use(&used), ["email", "whatsapp", "push", "carrier", "fax"]);
    }

    #[test]
    fn errors_beyond_the_limit_are_summed() {
        let errors = |n: i64| (0..n).map(|at| (format!("class {at:02}"), n - at)).collect::<BTreeMap<_, _>>();
        let (ten, rest) = (errors(10), None);
        assert_eq!(top_errors(&ten, 10), (largest_first(&ten), rest));
        let eleven = errors(11);
        let (top, rest) = top_errors(&eleven, 10);
        assert_eq!((top.len(), top[8], rest), (9, ("class 08", 3), Some(2 + 1)));
        assert_eq!(top_errors(&BTreeMap::new(), 10), (vec![], None));
    }

    #[test]
    fn what_was_not_told_apart_stays_with_the_rest() {
        let mut errors = BTreeMap::from([("a".to_owned(), 1), ("other".to_owned(), 50), ("b".to_owned(), 2)]);
        assert_eq!(top_errors(&errors, 3), (vec![("b", 2), ("a", 1)], Some(50)));
        assert_eq!(top_errors(&errors, 2), (vec![("b", 2)], Some(51)));
        errors.remove("other");
        assert_eq!(top_errors(&errors, 2), (vec![("b", 2), ("a", 1)], None));
    }
}
