//! Numbers of a `config`, as decimals.

use rust_decimal::Decimal;
use serde_json::Value;

/// What a DECIMAL(10,2) stays below.
pub(super) const MONEY_BOUND: i64 = 100_000_000;
/// A hundred years and more, in hours.
pub(super) const HOURS_BOUND: i64 = 1_000_000;

/// A number, or one written as text, as PHP applications do.
pub(super) fn number(value: &Value) -> Option<Decimal> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) if text.len() <= 40 => text.trim().to_owned(),
        _ => return None,
    };
    text.parse().ok().or_else(|| Decimal::from_scientific(&text).ok())
}

/// An amount of money that a column can hold: not negative.
pub(super) fn money(value: &Value) -> Option<Decimal> {
    number(value).filter(|amount| !amount.is_sign_negative() || amount.is_zero()).and_then(|amount| {
        let amount = cents(amount);
        (amount < Decimal::from(MONEY_BOUND)).then_some(amount)
    })
}

/// Hours, not negative; parts of one too.
pub(super) fn hours(value: &Value) -> Option<Decimal> {
    number(value).filter(|hours| (Decimal::ZERO..=Decimal::from(HOURS_BOUND)).contains(hours))
}

/// A whole number, not negative.
pub(super) fn count(value: &Value) -> Option<u32> {
    let number = number(value).filter(Decimal::is_integer)?;
    u32::try_from(number).ok()
}

/// From 0 to 100.
pub(super) fn percentage(value: &Value) -> Option<Decimal> {
    number(value).filter(|percentage| (Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(percentage))
}

/// Rounded to cents, half away from zero; written with two decimals.
pub(crate) fn cents(amount: Decimal) -> Decimal {
    let mut rounded = amount.round_dp_with_strategy(2, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
    rounded.rescale(2);
    rounded
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_read_as_they_are_written() {
        assert_eq!(money(&json!(8.5)), Some(Decimal::new(850, 2)));
        assert_eq!(money(&json!("8,5")), None);
        assert_eq!(money(&json!(" 8.505 ")), Some(Decimal::new(851, 2)));
        assert_eq!(money(&json!(1e2)), Some(Decimal::ONE_HUNDRED));
        assert_eq!(money(&json!(0.1)), Some(Decimal::new(1, 1)), "no float has been at it");
        for hostile in
            [json!(-0.01), json!(1e8), json!(1e300), json!("NaN"), json!("inf"), json!(""), json!([1]), json!(true)]
        {
            assert_eq!(money(&hostile), None, "{hostile}");
        }
        assert_eq!((hours(&json!(0.5)), hours(&json!(-1)), hours(&json!(1e7))), (Some(Decimal::new(5, 1)), None, None));
        assert_eq!(
            (count(&json!(3)), count(&json!("3")), count(&json!(3.5)), count(&json!(-1))),
            (Some(3), Some(3), None, None)
        );
        assert_eq!((percentage(&json!(100)), percentage(&json!(100.1))), (Some(Decimal::ONE_HUNDRED), None));
    }
}
