//! Rates, trends, averages, and what they mean.

use std::cmp::Ordering;

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::Serialize;

/// The four meanings of a figure. Never shown by colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// As it should be.
    Good,
    /// Worth a look.
    Warning,
    /// Needs doing.
    Bad,
    /// Says nothing either way.
    Neutral,
}

/// What a rate over nothing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OverNothing {
    /// 0 %: utilisation, completion.
    Zero,
    /// 100 %: compliance, delivery.
    Hundred,
}

/// `part` of `whole` in percent, with one decimal, rounded half away from zero, kept within 0 and 100.
#[must_use]
pub fn rate(part: i64, whole: i64, over_nothing: OverNothing) -> Decimal {
    let tenths = match over_nothing {
        _ if whole > 0 => rounded_quotient(i128::from(part) * 1000, i128::from(whole)).clamp(0, 1000),
        OverNothing::Zero => 0,
        OverNothing::Hundred => 1000,
    };
    Decimal::from_i128_with_scale(tenths, 1)
}

/// The change from `previous` to `this` in percent, with one decimal, rounded half away from zero; none over a
/// previous zero.
#[must_use]
pub fn trend(this: i64, previous: i64) -> Option<f64> {
    let change = i128::from(this) - i128::from(previous);
    let sign = i128::from(previous.signum());
    (previous != 0).then(|| rounded_quotient(change * sign * 1000, i128::from(previous).abs()) as f64 / 10.0)
}

/// `sum` over `count`, with one decimal, rounded half away from zero; none over nothing.
#[must_use]
pub fn average(sum: i64, count: i64) -> Option<Decimal> {
    (count > 0).then(|| Decimal::from_i128_with_scale(rounded_quotient(i128::from(sum) * 10, i128::from(count)), 1))
}

/// An amount of money with its two decimals.
#[must_use]
pub fn money(amount: Decimal) -> Decimal {
    let mut rounded = amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    rounded.rescale(2);
    rounded
}

/// What a compliance rate or a utilisation means.
#[must_use]
pub fn compliance_status(percent: Decimal) -> Status {
    status(percent, 90, 70)
}

/// What the cache's hit rate means.
#[must_use]
pub fn cache_status(percent: Decimal) -> Status {
    status(percent, 85, 70)
}

/// What a delivery rate means.
#[must_use]
pub fn delivery_status(percent: Decimal) -> Status {
    status(percent, 95, 85)
}

/// What an average delivery time means.
#[must_use]
pub fn delivery_time_status(seconds: Decimal) -> Status {
    if seconds < Decimal::from(300) { Status::Good } else { Status::Warning }
}

/// What one wants of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// More of it: compliance, completed appointments.
    More,
    /// Less of it: violations, failures, time.
    Less,
    /// Neither: how much of it there is says nothing.
    Either,
}

/// What a change means that went like that; over nothing it means nothing.
#[must_use]
pub fn trend_status(change: Ordering, over_nothing: bool, wanted: Wanted) -> Status {
    match (change, wanted) {
        (Ordering::Equal, _) | (_, Wanted::Either) => Status::Neutral,
        _ if over_nothing => Status::Neutral,
        (Ordering::Greater, Wanted::More) | (Ordering::Less, Wanted::Less) => Status::Good,
        (Ordering::Greater, Wanted::Less) | (Ordering::Less, Wanted::More) => Status::Bad,
    }
}

/// [`trend`] of figures that have a decimal.
#[must_use]
pub fn rate_trend(this: Decimal, previous: Decimal) -> Option<f64> {
    let tenths = |figure: Decimal| (figure * Decimal::TEN).round().to_i64();
    trend(tenths(this)?, tenths(previous)?)
}

fn status(percent: Decimal, good: i64, warning: i64) -> Status {
    if percent >= Decimal::from(good) {
        Status::Good
    } else if percent >= Decimal::from(warning) {
        Status::Warning
    } else {
        Status::Bad
    }
}

/// Rounds half away from zero; `by` is positive.
fn rounded_quotient(n: i128, by: i128) -> i128 {
    (2 * n.abs() + by) / (2 * by) * n.signum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::OverNothing::{Hundred, Zero};
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn a_rate_has_one_decimal() {
        assert_eq!(rate(1, 3, Zero).to_string(), "33.3");
        assert_eq!(rate(2, 3, Zero).to_string(), "66.7");
        assert_eq!(rate(1, 1, Zero).to_string(), "100.0");
    }

    #[test]
    fn halves_are_rounded_away_from_zero() {
        assert_eq!(rate(1, 2000, Zero), decimal("0.1"), "0.05 %");
        assert_eq!(rate(49, 100_000, Zero), decimal("0"), "0.049 %");
        assert_eq!(rate(5, 16, Zero), decimal("31.3"), "31.25 %, which rounding to even would make 31.2");
        assert_eq!(trend(2001, 2000), Some(0.1), "0.05 %");
        assert_eq!(trend(1999, 2000), Some(-0.1), "-0.05 %");
        assert_eq!(average(1, 4), Some(decimal("0.3")), "0.25");
        assert_eq!(average(-1, 4), Some(decimal("-0.3")), "-0.25");
        assert_eq!(money(decimal("1.005")).to_string(), "1.01");
        assert_eq!(money(decimal("-1.005")).to_string(), "-1.01");
    }

    #[test]
    fn a_rate_is_kept_within_0_and_100() {
        assert_eq!(rate(-5, 10, Hundred), decimal("0"));
        assert_eq!(rate(15, 10, Zero), decimal("100"));
        assert_eq!(rate(i64::MIN, i64::MAX, Zero), decimal("0"));
        assert_eq!(rate(i64::MAX, 1, Zero), decimal("100"));
    }

    #[test]
    fn over_nothing() {
        assert_eq!(rate(0, 0, Hundred), decimal("100"));
        assert_eq!(rate(-3, 0, Hundred), decimal("100"));
        assert_eq!(rate(0, 0, Zero), decimal("0"));
        assert_eq!(rate(3, 0, Zero), decimal("0"));
        assert_eq!(average(3, 0), None);
        assert_eq!(trend(3, 0), None);
        assert_eq!(trend(0, 0), None);
    }

    #[test]
    fn a_trend_is_not_bounded() {
        assert_eq!(trend(30, 10), Some(200.0));
        assert_eq!(trend(0, 10), Some(-100.0));
        assert_eq!(trend(10, 10), Some(0.0));
        assert_eq!(trend(2, 3), Some(-33.3));
        assert_eq!(trend(1, -2), Some(-150.0), "(1 - -2) / -2");
    }

    #[test]
    fn money_has_two_decimals() {
        assert_eq!(money(Decimal::ZERO).to_string(), "0.00");
        assert_eq!(money(decimal("10")).to_string(), "10.00");
    }

    #[test]
    fn a_status_begins_at_its_threshold() {
        let compliance = ["100", "90", "89.9", "70", "69.9", "0"].map(|percent| compliance_status(decimal(percent)));
        assert_eq!(
            compliance,
            [Status::Good, Status::Good, Status::Warning, Status::Warning, Status::Bad, Status::Bad]
        );
        let delivery = ["95", "94.9", "85", "84.9"].map(|percent| delivery_status(decimal(percent)));
        assert_eq!(delivery, [Status::Good, Status::Warning, Status::Warning, Status::Bad]);
        let time = ["0", "299.9", "300"].map(|seconds| delivery_time_status(decimal(seconds)));
        assert_eq!(time, [Status::Good, Status::Good, Status::Warning]);
    }

    #[test]
    fn more_of_the_unwanted_is_bad() {
        let status = |this: i64, before: i64, wanted| trend_status(this.cmp(&before), before == 0, wanted);
        assert_eq!(status(2, 1, Wanted::Less), Status::Bad);
        assert_eq!(status(1, 2, Wanted::Less), Status::Good);
        assert_eq!(status(2, 1, Wanted::More), Status::Good);
        assert_eq!(status(1, 2, Wanted::More), Status::Bad);
        assert_eq!(status(1, 2, Wanted::Either), Status::Neutral);
        assert_eq!(status(2, 2, Wanted::Less), Status::Neutral);
        assert_eq!(status(2, 0, Wanted::Less), Status::Neutral, "there is no trend");
        assert_eq!(rate_trend(decimal("81.0"), decimal("90.0")), Some(-10.0));
        assert_eq!(rate_trend(decimal("81.0"), decimal("0.0")), None);
    }

    proptest! {
        #[test]
        fn rates_are_within_0_and_100_with_one_decimal(part: i64, whole: i64, hundred: bool) {
            let rate = rate(part, whole, if hundred { Hundred } else { Zero });
            prop_assert!((Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(&rate));
            prop_assert_eq!(rate.scale(), 1);
        }

        #[test]
        fn a_part_and_its_rest_make_a_whole(part in 0i64..1_000_000, rest in 0i64..1_000_000) {
            prop_assume!(part + rest > 0);
            let sum = rate(part, part + rest, Zero) + rate(rest, part + rest, Zero);
            prop_assert!((sum - Decimal::ONE_HUNDRED).abs() <= decimal("0.1"), "{}", sum);
        }

        #[test]
        fn more_is_never_a_lower_rate(part in 0i64..10_000, whole in 1i64..10_000) {
            prop_assert!(rate(part, whole, Zero) <= rate(part + 1, whole, Zero));
        }

        #[test]
        fn trend_and_average_take_any_number(this: i64, previous: i64) {
            prop_assert!(trend(this, previous).is_none_or(f64::is_finite));
            prop_assert_eq!(average(this, previous).is_some(), previous > 0);
        }
    }
}
