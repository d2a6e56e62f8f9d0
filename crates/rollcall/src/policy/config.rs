//! A policy's `config`, as a reader takes it: whatever stands there, it never fails.

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::amount::{count, hours, money, percentage};

/// A limit that may be set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Limit<T> {
    /// There is none.
    #[default]
    None,
    /// It is this.
    Is(T),
    /// There is one, and nobody can read it.
    Unreadable,
}

/// A step of a fee that depends on the notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tier {
    /// The notice from which it counts, in hours.
    pub min_hours: Decimal,
    /// The fee.
    pub fee: Decimal,
}

/// What a policy says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// The notice wanted, in hours.
    pub hours_before: Limit<Decimal>,
    /// So many cancellations a customer has in thirty days.
    pub max_cancellations_per_month: Limit<u32>,
    /// So many times an appointment is given another time.
    pub max_reschedules_per_appointment: Limit<u32>,
    /// A fixed fee.
    pub fee: Option<Decimal>,
    /// Fees by notice, the longest first; never empty where there are any.
    pub fee_tiers: Option<Vec<Tier>>,
    /// A fee in per cent of the price.
    pub fee_percentage: Option<Decimal>,
    /// The whole of it is no object.
    pub unreadable: bool,
}

/// Every key there is.
pub(super) const KEYS: [&str; 6] = [
    "hours_before",
    "max_cancellations_per_month",
    "max_reschedules_per_appointment",
    "fee",
    "fee_tiers",
    "fee_percentage",
];

impl Config {
    /// Reads `config`, merged over those of `overridden`, the next one first. A key that is null takes away what stood
    /// there. An empty list is PHP's empty object.
    #[must_use]
    pub fn read(config: &Value, overridden: &[&Value]) -> Self {
        let mut merged = Map::new();
        let mut unreadable = false;
        for layer in overridden.iter().rev().copied().chain(std::iter::once(config)) {
            match layer {
                Value::Object(keys) => merged.extend(keys.iter().map(|(key, value)| (key.clone(), value.clone()))),
                Value::Array(list) if list.is_empty() => {}
                _ => unreadable = true,
            }
        }
        merged.retain(|_, value| !value.is_null());
        Self { unreadable, ..Self::of(&merged) }
    }

    fn of(keys: &Map<String, Value>) -> Self {
        Self {
            hours_before: limit(keys.get("hours_before"), hours),
            max_cancellations_per_month: limit(keys.get("max_cancellations_per_month"), count),
            max_reschedules_per_appointment: limit(keys.get("max_reschedules_per_appointment"), count),
            fee: keys.get("fee").and_then(money),
            fee_tiers: keys.get("fee_tiers").and_then(tiers),
            fee_percentage: keys.get("fee_percentage").and_then(percentage),
            unreadable: false,
        }
    }
}

fn limit<T>(value: Option<&Value>, read: impl Fn(&Value) -> Option<T>) -> Limit<T> {
    value.map_or(Limit::None, |value| read(value).map_or(Limit::Unreadable, Limit::Is))
}

/// The tiers that can be read. Of two for the same notice the lower fee counts.
fn tiers(value: &Value) -> Option<Vec<Tier>> {
    let tier =
        |value: &Value| Some(Tier { min_hours: hours(value.get("min_hours")?)?, fee: money(value.get("fee")?)? });
    let mut tiers: Vec<_> = value.as_array()?.iter().filter_map(tier).collect();
    tiers.sort_by(|a, b| b.min_hours.cmp(&a.min_hours).then(a.fee.cmp(&b.fee)));
    tiers.dedup_by_key(|tier| tier.min_hours);
    (!tiers.is_empty()).then_some(tiers)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_override_is_merged_over_what_it_overrides() {
        let base = json!({"hours_before": 24, "fee": 5, "max_cancellations_per_month": 3});
        let config = Config::read(&json!({"hours_before": "48.5", "fee": null}), &[&base]);
        assert_eq!(config.hours_before, Limit::Is(Decimal::new(485, 1)));
        assert_eq!((config.fee, config.max_cancellations_per_month), (None, Limit::Is(3)));
        let deep = json!({"hours_before": 1, "fee_percentage": 10});
        let config = Config::read(&json!([]), &[&base, &deep]);
        assert_eq!(
            (config.hours_before, config.fee_percentage),
            (Limit::Is(24.into()), Some(10.into())),
            "the next one first"
        );
    }

    #[test]
    fn what_nobody_can_read_denies_where_it_is_a_limit_and_is_nothing_where_it_is_money() {
        for hostile in
            [json!("soon"), json!(-1), json!({}), json!([24]), json!(true), json!(1e300), json!("9".repeat(60))]
        {
            let config = Config::read(
                &json!({"hours_before": hostile, "max_cancellations_per_month": hostile, "fee": hostile,
                "fee_tiers": hostile, "fee_percentage": hostile}),
                &[],
            );
            assert_eq!(config.hours_before, Limit::Unreadable, "{hostile}");
            assert_eq!(config.max_cancellations_per_month, Limit::Unreadable, "{hostile}");
            assert_eq!((config.fee, config.fee_tiers, config.fee_percentage), (None, None, None), "{hostile}");
        }
        for whole in [json!("x"), json!(3), json!([1]), json!(null), json!(false)] {
            assert!(Config::read(&whole, &[]).unreadable, "{whole}");
        }
        assert_eq!(Config::read(&json!({"hours": 3, "FEE": 9}), &[]), Config::default(), "unknown keys are not there");
    }

    #[test]
    fn tiers_are_put_in_order_and_broken_ones_left_out() {
        let config = Config::read(
            &json!({"fee_tiers": [{"min_hours": 0, "fee": 15}, 7, {"min_hours": 48, "fee": 0}, {"fee": 3},
                {"min_hours": 24, "fee": -10}, {"min_hours": 48, "fee": "2"}]}),
            &[],
        );
        let tier = |hours: i64, fee: i64| Tier { min_hours: hours.into(), fee: fee.into() };
        assert_eq!(config.fee_tiers, Some(vec![tier(48, 0), tier(0, 15)]));
        assert_eq!(Config::read(&json!({"fee_tiers": [{"min_hours": "x"}]}), &[]).fee_tiers, None);
    }
}
