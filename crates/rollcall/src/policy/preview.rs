//! What policies would have said of what was done already: the engine, asked again.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use rust_decimal::Decimal;
use serde_json::Value;

use super::config::KEYS;
use super::{
    Decision, Facts, Place, PolicyType, Reason, Row, cents, chain, choose, may_cancel, may_reschedule, no_show,
};

/// Something that was done with an appointment, and what the engine is asked about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    /// The row that says so: of a modification, or of an appointment that was missed.
    pub id: i64,
    /// The appointment.
    pub appointment_id: i64,
    /// Its customer.
    pub customer_id: i64,
    /// What the customer is called.
    pub customer: String,
    /// Where the appointment is.
    pub place: Place,
    /// When it was done, UTC.
    pub at: NaiveDateTime,
    /// As they were at that moment.
    pub facts: Facts,
}

/// What the policies `rows` say of something that was done. A no-show is never denied; its fee is what it costs.
#[must_use]
pub fn replay(rows: &[Row], policy_type: PolicyType, past: &Past) -> Decision {
    let policy = choose(rows, &past.place, policy_type);
    match policy_type {
        PolicyType::Cancellation => may_cancel(policy.as_ref(), &past.facts, past.at),
        PolicyType::Reschedule => may_reschedule(policy.as_ref(), &past.facts, true, past.at),
        _ => {
            let fee = no_show(policy.as_ref(), past.facts.price).unwrap_or_default();
            let policy_id = policy.map(|policy| policy.id);
            Decision { allowed: true, reason: None, fee: cents(fee), policy_id, notice_hours: cents(Decimal::ZERO) }
        }
    }
}

/// What all answers of one set of policies come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Side {
    /// How many are allowed.
    pub allowed: i64,
    /// How many are denied for their notice.
    pub too_short: i64,
    /// How many are denied because there were too many before.
    pub too_many: i64,
    /// How many are denied by a policy that nobody can read.
    pub unreadable: i64,
    /// The fees of those that are allowed.
    pub fees: Decimal,
    /// The fees of those that are denied, if all of them were forced.
    pub forced: Decimal,
}

impl Side {
    /// How many are denied.
    #[must_use]
    pub fn denied(&self) -> i64 {
        self.too_short + self.too_many + self.unreadable
    }

    fn add(&mut self, decision: &Decision) {
        let count = match decision.reason {
            None => &mut self.allowed,
            Some(Reason::NoticeTooShort) => &mut self.too_short,
            Some(Reason::TooManyCancellations | Reason::TooManyReschedules) => &mut self.too_many,
            Some(Reason::UnreadablePolicy) => &mut self.unreadable,
        };
        *count += 1;
        let sum = if decision.allowed { &mut self.fees } else { &mut self.forced };
        *sum = sum.saturating_add(decision.fee);
    }
}

/// A customer for whom it becomes worse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Their id.
    pub id: i64,
    /// What they are called.
    pub name: String,
    /// How many changes of theirs would have been denied that are allowed now.
    pub denials: i64,
    /// What their changes would cost more, all carried out.
    pub fee: Decimal,
}

/// Something of which the two sets of policies say different things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed<'a> {
    /// What was done.
    pub past: &'a Past,
    /// What the policies say that there are.
    pub now: Decision,
    /// What the others say.
    pub then: Decision,
}

impl Changed<'_> {
    /// Whether it is allowed by one and denied by the other.
    #[must_use]
    pub fn turns(&self) -> bool {
        self.now.allowed != self.then.allowed
    }
}

/// What one policy makes of what was done, before and after a change of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison<'a> {
    /// How many the policy governs, before its change or after: those where it applies, or what applies overrides it.
    pub governed: usize,
    /// The policies that there are.
    pub now: Side,
    /// With the change.
    pub then: Side,
    /// The customers for whom it becomes worse, the worst first.
    pub hits: Vec<Hit>,
    /// Where the answer is another one: those first that are allowed by one and denied by the other, then the newest.
    pub changed: Vec<Changed<'a>>,
}

/// Compares what the policies `now` say of what was done with what those of `then` say, as far as the policy `id` has a
/// say in either.
#[must_use]
pub fn compare<'a>(policy_type: PolicyType, id: i64, now: &[Row], then: &[Row], past: &'a [Past]) -> Comparison<'a> {
    let mut all =
        Comparison { governed: 0, now: Side::default(), then: Side::default(), hits: Vec::new(), changed: Vec::new() };
    let [now, then] = [now, then].map(|rows| of_type(rows, policy_type));
    let mut hits = BTreeMap::new();
    for past in past {
        let has_a_say = |rows: &[Row]| chain(rows, &past.place, policy_type).iter().any(|row| row.id == id);
        if !has_a_say(&now) && !has_a_say(&then) {
            continue;
        }
        let [before, after] = [&now, &then].map(|rows| replay(rows, policy_type, past));
        all.governed += 1;
        all.now.add(&before);
        all.then.add(&after);
        if (before.allowed, before.fee) == (after.allowed, after.fee) {
            continue;
        }
        let hit = hits.entry(past.customer_id).or_insert_with(|| Hit {
            id: past.customer_id,
            name: past.customer.clone(),
            denials: 0,
            fee: Decimal::ZERO,
        });
        hit.denials += i64::from(before.allowed && !after.allowed);
        hit.fee = hit.fee.saturating_add(after.fee - before.fee);
        all.changed.push(Changed { past, now: before, then: after });
    }
    all.hits = hits.into_values().filter(|hit| hit.denials > 0 || hit.fee > Decimal::ZERO).collect();
    all.hits.sort_by(|a, b| (b.denials, b.fee).cmp(&(a.denials, a.fee)).then(a.id.cmp(&b.id)));
    all.changed.sort_by_key(|it| (!it.turns(), std::cmp::Reverse((it.past.at, it.past.id))));
    all
}

fn of_type(rows: &[Row], policy_type: PolicyType) -> Vec<Row> {
    rows.iter().filter(|row| row.policy_type == policy_type).cloned().collect()
}

/// What a key says in the end, and which policy says so.
#[derive(Clone, Debug, PartialEq)]
pub struct Origin<'a> {
    /// The key.
    pub key: &'static str,
    /// Its value; none where a policy takes away what the one beneath it says.
    pub value: Option<&'a Value>,
    /// The policy.
    pub id: i64,
}

/// Where what applies comes from, for the rows of a [`chain`]: the limits, and of the ways to say what a fee is the one that
/// counts.
#[must_use]
pub fn origins<'a>(chain: &[&'a Row]) -> Vec<Origin<'a>> {
    let said = |key: &'static str| {
        let said = chain.iter().find_map(|row| Some((row.config.get(key)?, row.id)));
        said.map(|(value, id)| Origin { key, value: Some(value).filter(|value| !value.is_null()), id })
    };
    let (limits, fees) = KEYS.split_at(3);
    let limits = limits.iter().filter_map(|key| said(key));
    let fees: Vec<_> = fees.iter().filter_map(|key| said(key)).collect();
    let fee = fees.iter().find(|origin| origin.value.is_some()).or(fees.first()).cloned();
    limits.chain(fee).collect()
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};
    use serde_json::json;

    use super::*;
    use crate::analytics::polymorphic::Configurable;

    fn row(id: i64, on: Configurable, on_id: i64, config: Value) -> Row {
        Row { id, on, on_id, policy_type: PolicyType::Cancellation, config, overrides: None }
    }

    fn past(id: i64, customer_id: i64, branch: i64, hours: i64) -> Past {
        let at = DateTime::from_timestamp(1_764_000_000 + id, 0).unwrap().naive_utc();
        let facts =
            Facts { starts_at: at + TimeDelta::hours(hours), price: Some(Decimal::from(80)), changes_so_far: 1 };
        let place = Place { branch: Some(branch), ..Place::at(1, Configurable::Company, 1) };
        Past { id, appointment_id: id, customer_id, customer: format!("C{customer_id}"), place, at, facts }
    }

    #[test]
    fn the_unchanged_policy_changes_nothing_and_says_what_the_engine_says() {
        let rows = [
            row(1, Configurable::Company, 1, json!({"hours_before": 24, "fee": 5})),
            row(2, Configurable::Branch, 9, json!({"max_cancellations_per_month": 1})),
        ];
        let past: Vec<_> = (0..40).map(|n| past(n, n % 3, n % 10, n)).collect();
        for id in [1, 2] {
            let all = compare(PolicyType::Cancellation, id, &rows, &rows, &past);
            assert_eq!((all.now, all.changed.len(), all.hits.len()), (all.then, 0, 0));
            assert_eq!(all.governed, if id == 1 { 36 } else { 4 });
        }
        for it in &past {
            let policy = choose(&rows, &it.place, PolicyType::Cancellation);
            assert_eq!(replay(&rows, PolicyType::Cancellation, it), may_cancel(policy.as_ref(), &it.facts, it.at));
        }
    }

    #[test]
    fn only_what_the_policy_governs_counts_and_overrides_of_it_are_governed() {
        let company = row(1, Configurable::Company, 1, json!({"hours_before": 24, "fee": 5}));
        let own = row(2, Configurable::Branch, 8, json!({"fee": 1}));
        let over = Row { overrides: Some(1), ..row(3, Configurable::Branch, 9, json!({"fee": 2})) };
        let now = [company.clone(), own.clone(), over.clone()];
        let then = [Row { config: json!({"hours_before": 48, "fee": 7}), ..company }, own, over];
        let past = [past(1, 7, 1, 30), past(2, 7, 8, 30), past(3, 8, 9, 30), past(4, 9, 1, 60)];
        let all = compare(PolicyType::Cancellation, 1, &now, &then, &past);
        assert_eq!((all.governed, all.now.allowed, all.then.allowed, all.then.too_short), (3, 3, 1, 2));
        assert_eq!((all.now.fees, all.then.fees, all.then.forced), (12.into(), 7.into(), 9.into()));
        let hits: Vec<_> = all.hits.iter().map(|hit| (hit.id, hit.denials, hit.fee)).collect();
        assert_eq!(hits, [(7, 1, 2.into()), (8, 1, 0.into()), (9, 0, 2.into())]);
        let changed: Vec<_> = all.changed.iter().map(|it| (it.past.id, it.turns())).collect();
        assert_eq!(changed, [(3, true), (1, true), (4, false)]);
    }

    #[test]
    fn a_no_show_is_a_matter_of_its_fee() {
        let policy =
            |fee| Row { policy_type: PolicyType::NoShow, ..row(1, Configurable::Company, 1, json!({"fee": fee})) };
        let past = [past(1, 7, 1, 0)];
        let all = compare(PolicyType::NoShow, 1, &[policy(3)], &[policy(9)], &past);
        assert_eq!((all.now.fees, all.then.fees, all.then.denied()), (3.into(), 9.into(), 0));
        let gone = compare(PolicyType::NoShow, 1, &[policy(3)], &[], &past);
        assert_eq!((gone.governed, gone.then.fees), (1, Decimal::ZERO));
    }

    #[test]
    fn each_value_says_whose_it_is() {
        let base =
            row(1, Configurable::Company, 1, json!({"hours_before": 24, "fee": 5, "max_cancellations_per_month": 3}));
        let over = row(2, Configurable::Branch, 9, json!({"hours_before": 48, "fee": null, "fee_percentage": 10}));
        let all = origins(&[&over, &base]);
        let shown: Vec<_> = all.iter().map(|it| (it.key, it.value.cloned(), it.id)).collect();
        assert_eq!(
            shown,
            [
                ("hours_before", Some(json!(48)), 2),
                ("max_cancellations_per_month", Some(json!(3)), 1),
                ("fee_percentage", Some(json!(10)), 2),
            ]
        );
        let none = row(3, Configurable::Branch, 9, json!({"fee": null}));
        assert_eq!(origins(&[&none, &base]).last().map(|it| (it.value, it.id)), Some((None, 3)));
    }
}
