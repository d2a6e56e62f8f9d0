//! What will not do in a `config` that somebody writes through Rollcall.

use serde::Serialize;
use serde_json::Value;

use super::amount;
use super::config::KEYS;
use crate::nearest::nearest;

/// The most tiers that a policy may have.
const TIERS: usize = 20;

/// What is wrong with a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Where it stands, as `config.fee_tiers[1].fee`.
    pub field: String,
    /// What is wrong, and what would do.
    pub problem: String,
}

/// Whether each key of a `config` will do.
///
/// # Errors
/// Each problem, with the key that has it.
pub fn check(config: &Value) -> Result<(), Vec<Problem>> {
    let Value::Object(keys) = config else {
        return Err(vec![problem("config", "is an object such as {\"hours_before\": 24}")]);
    };
    let mut problems = Vec::new();
    for (key, value) in keys.iter().filter(|(_, value)| !value.is_null()) {
        let field = format!("config.{key}");
        match key.as_str() {
            "hours_before" => expect(&mut problems, &field, amount::hours(value).is_some(), HOURS),
            "max_cancellations_per_month" | "max_reschedules_per_appointment" => {
                expect(&mut problems, &field, value.is_u64() && amount::count(value).is_some(), COUNT);
            }
            "fee" => expect(&mut problems, &field, is_price(value), MONEY),
            "fee_percentage" => expect(&mut problems, &field, amount::percentage(value).is_some(), PERCENTAGE),
            "fee_tiers" => tiers(&mut problems, &field, value),
            _ => problems.push(problem(&field, &unknown(key, &KEYS))),
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

const HOURS: &str = "is a number of hours, 0 to 1000000";
const COUNT: &str = "is a whole number, 0 or more";
const MONEY: &str = "is an amount of money, 0 to 99999999.99, with two decimals at most";
const PERCENTAGE: &str = "is a percentage, 0 to 100";

/// Money to the cent: what is rounded for a reader is told to a writer.
fn is_price(value: &Value) -> bool {
    amount::money(value).is_some() && amount::money(value) == amount::number(value)
}

fn tiers(problems: &mut Vec<Problem>, field: &str, value: &Value) {
    let Some(list) = value.as_array().filter(|list| (1..=TIERS).contains(&list.len())) else {
        problems.push(problem(field, "is a list of 1 to 20 tiers such as {\"min_hours\": 24, \"fee\": 10}"));
        return;
    };
    let mut seen = Vec::new();
    for (index, tier) in list.iter().enumerate() {
        let at = format!("{field}[{index}]");
        let Some(keys) = tier.as_object() else {
            problems.push(problem(&at, "is an object such as {\"min_hours\": 24, \"fee\": 10}"));
            continue;
        };
        let min_hours = keys.get("min_hours").and_then(amount::hours);
        expect(problems, &format!("{at}.min_hours"), min_hours.is_some(), HOURS);
        expect(problems, &format!("{at}.min_hours"), min_hours.is_none_or(|hours| !seen.contains(&hours)), TWICE);
        expect(problems, &format!("{at}.fee"), keys.get("fee").is_some_and(is_price), MONEY);
        seen.extend(min_hours);
        for key in keys.keys().filter(|key| !["min_hours", "fee"].contains(&key.as_str())) {
            problems.push(problem(&format!("{at}.{key}"), &unknown(key, &["min_hours", "fee"])));
        }
    }
}

const TWICE: &str = "stands in another tier already";

fn expect(problems: &mut Vec<Problem>, field: &str, holds: bool, what: &str) {
    if !holds {
        problems.push(problem(field, what));
    }
}

fn problem(field: &str, problem: &str) -> Problem {
    // A key may be of any length, and stands in the answer.
    Problem { field: field.chars().take(80).collect(), problem: problem.to_owned() }
}

fn unknown(key: &str, known: &[&str]) -> String {
    let short = key.len() <= 60;
    match short.then(|| nearest(key, known.iter().copied())).flatten() {
        Some(near) => format!("is not known; did you mean `{near}`?"),
        None => format!("is not known; there are {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_good_config_passes() {
        for config in [
            json!({}),
            json!({"hours_before": 24, "fee": 8.5, "max_cancellations_per_month": 0}),
            json!({"hours_before": 0.5, "fee_percentage": 12.5, "fee": null}),
            json!({"fee_tiers": [{"min_hours": 48, "fee": 0}, {"min_hours": 24, "fee": "10.00"}]}),
        ] {
            assert_eq!(check(&config), Ok(()), "{config}");
        }
    }

    #[test]
    fn each_mistake_is_told_by_its_key() {
        for (config, field, words) in [
            (json!([]), "config", "object"),
            (json!({"hour_before": 3}), "config.hour_before", "did you mean `hours_before`?"),
            (json!({"penalty": 3}), "config.penalty", "there are hours_before"),
            (json!({"hours_before": -1}), "config.hours_before", "hours"),
            (json!({"hours_before": "soon"}), "config.hours_before", "hours"),
            (json!({"fee": -0.01}), "config.fee", "money"),
            (json!({"fee": 1.005}), "config.fee", "two decimals"),
            (json!({"fee": 1e9}), "config.fee", "money"),
            (json!({"fee_percentage": 101}), "config.fee_percentage", "percentage"),
            (json!({"max_cancellations_per_month": 1.5}), "config.max_cancellations_per_month", "whole"),
            (json!({"max_cancellations_per_month": "3"}), "config.max_cancellations_per_month", "whole"),
            (json!({"fee_tiers": []}), "config.fee_tiers", "1 to 20"),
            (json!({"fee_tiers": [7]}), "config.fee_tiers[0]", "object"),
            (json!({"fee_tiers": [{"min_hours": 1, "fee": 1, "fees": 2}]}), "config.fee_tiers[0].fees", "`fee`"),
            (
                json!({"fee_tiers": [{"min_hours": 1, "fee": 1}, {"min_hours": 1.0, "fee": 2}]}),
                "config.fee_tiers[1].min_hours",
                "already",
            ),
            (json!({"fee_tiers": [{"fee": 1}]}), "config.fee_tiers[0].min_hours", "hours"),
        ] {
            let problems = check(&config).unwrap_err();
            assert_eq!(problems.len(), 1, "{config}: {problems:?}");
            assert_eq!(problems[0].field, field, "{config}");
            assert!(problems[0].problem.contains(words), "{config}: {}", problems[0].problem);
        }
        assert_eq!(check(&json!({"fee": "x", "hours_before": []})).unwrap_err().len(), 2, "all at once");
        let long = check(&json!({"x".repeat(100_000): 1})).unwrap_err();
        assert!(long[0].field.len() <= 80);
    }
}
