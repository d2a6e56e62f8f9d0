//! Policies of every type on every kind of configurable, and what they charge.

use chrono::{NaiveDateTime, TimeDelta};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::company::Company;
use super::dice::Dice;
use super::store::{Kind, Store};

/// The contract's policy types.
pub(super) const TYPES: [&str; 6] = ["cancellation", "reschedule", "no_show", "late_arrival", "payment", "recurring"];

/// What a company's own policies say, as far as events need it.
#[derive(Debug, Default)]
pub(super) struct Policies {
    /// The company's policy of each of [`TYPES`], where it has one.
    ids: [Option<i64>; 6],
    /// Notice wanted, in hours.
    pub(super) notice: i64,
    fee: Fee,
}

#[derive(Clone, Copy, Debug, Default)]
enum Fee {
    #[default]
    Tiers,
    Fixed,
    Percentage,
}

impl Policies {
    /// The company's policy of this type.
    pub(super) fn of(&self, policy_type: &str) -> Option<i64> {
        TYPES.iter().position(|known| *known == policy_type).and_then(|index| self.ids[index])
    }

    /// What a change with so many hours' notice costs.
    pub(super) fn fee(&self, hours: i64, price: Decimal) -> Decimal {
        match self.fee {
            Fee::Fixed => Decimal::new(8_50, 2),
            Fee::Percentage => (price * Decimal::new(25, 2)).round_dp(2),
            Fee::Tiers => match hours {
                48.. => Decimal::ZERO,
                24..48 => Decimal::from(10),
                _ => Decimal::from(15),
            },
        }
    }

    fn cancellation(&self) -> Value {
        let hours = self.notice;
        match self.fee {
            Fee::Fixed => json!({"hours_before": hours, "fee": 8.5}),
            Fee::Percentage => json!({"hours_before": hours, "fee_percentage": 25, "max_cancellations_per_month": 3}),
            Fee::Tiers => json!({"hours_before": hours, "fee_tiers": [
                {"min_hours": 48, "fee": 0}, {"min_hours": 24, "fee": 10}, {"min_hours": 0, "fee": 15}]}),
        }
    }
}

/// A policy row but for what all of them share.
struct Row {
    on: (&'static str, i64),
    policy_type: &'static str,
    config: Value,
    active: bool,
    overrides: Option<i64>,
    deleted: Option<NaiveDateTime>,
}

impl Row {
    fn new(on: (&'static str, i64), policy_type: &'static str, config: Value) -> Self {
        Self { on, policy_type, config, active: true, overrides: None, deleted: None }
    }

    fn add(self, store: &mut Store, since: NaiveDateTime) -> i64 {
        let values = [
            self.on.0.into(),
            self.on.1.into(),
            self.policy_type.into(),
            self.config.into(),
            self.active.into(),
            self.overrides.is_some().into(),
            self.overrides.into(),
            since.into(),
            self.deleted.unwrap_or(since).into(),
            self.deleted.into(),
        ];
        store.add(Kind::Policy, values)
    }
}

/// Adds a company's policies.
pub(super) fn add(store: &mut Store, company: &Company, since: NaiveDateTime, chance: &mut Dice) -> Policies {
    let mut policies = Policies {
        ids: [None; 6],
        notice: chance.pick(&[12, 24, 24, 48]),
        fee: chance.pick(&[Fee::Tiers, Fee::Tiers, Fee::Fixed, Fee::Percentage]),
    };
    let configs = [
        policies.cancellation(),
        json!({"hours_before": policies.notice / 2, "max_reschedules_per_appointment": 3}),
        json!({"fee": 25}),
        json!({"hours_before": 0, "fee": 5}),
        json!({"hours_before": 72, "fee_percentage": 50}),
        json!({"hours_before": 48}),
    ];
    // The largest company has all six types; of the others, some lack the rarer ones.
    for (index, (policy_type, config)) in TYPES.into_iter().zip(configs).enumerate() {
        if index < 3 || company.id == 1 || chance.per_mille(550) {
            policies.ids[index] = Some(Row::new(("company", company.id), policy_type, config).add(store, since));
        }
    }
    exceptions(store, company, &policies, since, chance);
    policies
}

/// Policies on branches, services and staff, overrides, and those that are switched off or deleted; some were written by
/// a Laravel application and name its classes.
fn exceptions(store: &mut Store, company: &Company, policies: &Policies, since: NaiveDateTime, chance: &mut Dice) {
    let later = since + TimeDelta::days(30);
    let [cancellation, reschedule] = ["cancellation", "reschedule"].map(|policy_type| policies.of(policy_type));
    for (number, branch) in company.branches.iter().enumerate() {
        let kind = if number % 2 == 0 { "branch" } else { "App\\Models\\Branch" };
        let row = Row::new((kind, *branch), "cancellation", json!({"hours_before": policies.notice * 2}));
        Row { overrides: cancellation, ..row }.add(store, later);
    }
    for (number, service) in company.services.iter().enumerate().take(4) {
        let kind = if number == 3 { "App\\Models\\Service" } else { "service" };
        let policy_type = TYPES[number + 2];
        Row::new((kind, service.id), policy_type, json!({"fee_percentage": 10 * (number + 1)})).add(store, later);
    }
    for (number, member) in company.staff.iter().enumerate().take(3) {
        let kind = if number == 1 { "App\\Models\\Staff" } else { "staff" };
        let row = Row::new((kind, member.id), "reschedule", json!({"max_reschedules_per_appointment": number + 1}));
        Row { overrides: reschedule, active: number != 2, ..row }.add(store, later);
    }
    let on = ("App\\Models\\Company", company.id);
    Row { active: false, ..Row::new(on, "payment", json!({"fee": 99})) }.add(store, later);
    if chance.per_mille(500) {
        Row::new(on, "recurring", json!({"hours_before": 96})).add(store, later);
    }
    let deleted = Some(later + TimeDelta::days(90));
    Row { deleted, ..Row::new(("company", company.id), "no_show", json!({"fee": 40})) }.add(store, later);
}
