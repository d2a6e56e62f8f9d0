//! A policy's `config` and its form: what was typed over what stood there, and what stands there as a form shows it.

use serde_json::{Map, Value as Json, json};

use super::body::{Form, local, plain, value};
use crate::i18n::Lang;

/// The ways to say what a fee is. The first of them that there is decides.
const FEES: [&str; 3] = ["fee", "fee_tiers", "fee_percentage"];
/// As if nobody had said what the fee is, whatever the policy that is overridden says.
const STANDARD: &str = "standard";
/// As in the policy that is overridden.
const AS_THERE: &str = "";

/// The limits that the form of a policy of that type has fields for.
pub(crate) fn limits(policy_type: &str) -> &'static [&'static str] {
    match policy_type {
        "no_show" => &[],
        "cancellation" => &["hours_before", "max_cancellations_per_month"],
        "reschedule" => &["hours_before", "max_reschedules_per_appointment"],
        _ => &["hours_before"],
    }
}

/// Whether the form of a policy of that type has a field for a key.
pub(super) fn is_shown(policy_type: &str, key: &str) -> bool {
    FEES.contains(&key) || limits(policy_type).contains(&key)
}

/// The type of a policy.
pub(super) fn type_of(row: &Map<String, Json>) -> &str {
    row.get("policy_type").and_then(Json::as_str).unwrap_or_default()
}

/// How the fee of a policy is worked out, as its form says it. What is null takes away what the overridden policy says.
fn kind_of(row: &Map<String, Json>) -> &'static str {
    let config = row.get("config").unwrap_or(&Json::Null);
    let overrides = row.get("overrides_id").is_some_and(|id| !id.is_null());
    let said = FEES.into_iter().find(|key| config.get(key).is_some_and(|value| !value.is_null()));
    let nothing = FEES.iter().all(|key| config.get(key).is_some_and(Json::is_null));
    said.unwrap_or(if overrides && !nothing { AS_THERE } else { STANDARD })
}

/// The `config` that a form describes. Of the one that there was, whatever the form has no field for stays: somebody else
/// gave it a meaning.
pub(super) fn config(form: &Form, before: Option<&Map<String, Json>>) -> Json {
    let policy_type = before.map_or_else(|| value(form, "policy_type"), type_of);
    let stored = before.and_then(|row| row.get("config")?.as_object());
    let mut config = stored.cloned().unwrap_or_default();
    config.retain(|key, _| !is_shown(policy_type, key));
    let overrides = !value(form, "overrides_id").is_empty();
    // The form has no words for a null that takes a single key away: it stays where nothing is said instead.
    let is_taken_away = |key: &str| overrides && stored.and_then(|stored| stored.get(key)).is_some_and(Json::is_null);
    let limit = |name: &&str| match value(form, name) {
        "" => is_taken_away(name).then_some(Json::Null),
        typed => Some(amount(typed)),
    };
    let limits = limits(policy_type).iter().filter_map(|name| Some(((*name).to_owned(), limit(name)?)));
    config.extend(limits);
    let (kind, was) = (value(form, "fee_kind"), before.map(kind_of));
    let fee = |key: &str| match kind {
        _ if kind == key => Some(fee(form, key)),
        AS_THERE => (was == Some(AS_THERE) && is_taken_away(key)).then_some(Json::Null),
        // Were the others only left out, those of the policy that is overridden would count besides.
        _ => overrides.then_some(Json::Null),
    };
    config.extend(FEES.into_iter().filter_map(|key| Some((key.to_owned(), fee(key)?))));
    config.into()
}

fn fee(form: &Form, kind: &str) -> Json {
    if kind != "fee_tiers" {
        return amount(value(form, kind));
    }
    let all = |name: &'static str| form.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.trim());
    let tiers = all("tier_hours").zip(all("tier_fee")).filter(|(hours, fee)| !(hours.is_empty() && fee.is_empty()));
    tiers.map(|(hours, fee)| json!({ "min_hours": amount(hours), "fee": amount(fee) })).collect()
}

/// An amount in the one way of writing it.
fn amount(text: &str) -> Json {
    let plain = text.replace(',', ".");
    plain.parse::<i64>().map_or_else(|_| plain.into(), Json::from)
}

/// What a form shows of the `config` of a policy that there is.
pub(super) fn config_typed(row: &Map<String, Json>, lang: Lang, form: &mut Form) {
    let config = row.get("config").unwrap_or(&Json::Null);
    let has = |name: &str| config.get(name).is_some_and(|value| !value.is_null());
    let limits = ["hours_before", "max_cancellations_per_month", "max_reschedules_per_appointment"];
    for name in limits.into_iter().chain(["fee", "fee_percentage"]).filter(|name| has(name)) {
        form.push((name.to_owned(), local(&plain(&config[name]), lang)));
    }
    form.push(("fee_kind".to_owned(), kind_of(row).to_owned()));
    for tier in config.get("fee_tiers").and_then(Json::as_array).into_iter().flatten() {
        form.push(("tier_hours".to_owned(), local(&plain(&tier["min_hours"]), lang)));
        form.push(("tier_fee".to_owned(), local(&plain(&tier["fee"]), lang)));
    }
}
