//! What holds for every policy, whoever wrote it.

use chrono::{DateTime, NaiveDateTime, TimeDelta, TimeZone};
use chrono_tz::Tz;
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::*;
use crate::analytics::polymorphic::Configurable;

/// What may stand in a JSON column: numbers, texts and structures of every kind, under known keys and others.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (-100_i64..100).prop_map(Value::from),
        (0_u32..20_000).prop_map(|cents| json!(f64::from(cents) / 100.0)),
        "[0-9.eE+ -]{0,30}".prop_map(Value::from),
        ".{0,10}".prop_map(Value::from),
    ];
    let key = prop_oneof![
        prop::sample::select(vec![
            "hours_before",
            "max_cancellations_per_month",
            "max_reschedules_per_appointment",
            "fee",
            "fee_tiers",
            "fee_percentage",
            "min_hours",
        ])
        .prop_map(str::to_owned),
        ".{0,6}",
    ];
    leaf.prop_recursive(3, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..8)
                .prop_map(|keys| Value::Object(keys.into_iter().collect())),
        ]
    })
}

fn instant() -> impl Strategy<Value = NaiveDateTime> {
    // The years 1 to 9999.
    (-62_135_596_800_i64..253_402_300_799).prop_map(|at| DateTime::from_timestamp(at, 0).unwrap().naive_utc())
}

fn policy_type() -> impl Strategy<Value = PolicyType> {
    prop::sample::select(PolicyType::ALL.to_vec())
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let row = (1_i64..12, prop::sample::select(Configurable::ALL.to_vec()), 1_i64..4, policy_type(), anything())
        .prop_flat_map(|(id, on, on_id, policy_type, config)| {
            prop::option::of(1_i64..12).prop_map(move |overrides| Row {
                id,
                on,
                on_id,
                policy_type,
                config: config.clone(),
                overrides,
            })
        });
    prop::collection::vec(row, 0..12)
}

fn place() -> impl Strategy<Value = Place> {
    let some = || prop::option::of(1_i64..4);
    (1_i64..4, some(), some(), some()).prop_map(|(company, branch, service, staff)| Place {
        company,
        branch,
        service,
        staff,
    })
}

fn policy(config: &Value) -> Policy {
    Policy { id: 1, policy_type: PolicyType::NoShow, on: Configurable::Company, config: Config::read(config, &[]) }
}

proptest! {
    #[test]
    fn no_config_panics_and_no_fee_is_negative(
        config in anything(),
        beneath in prop::collection::vec(anything(), 0..3),
        starts_at in instant(),
        changes in any::<bool>(),
        now in instant(),
        price in prop::option::of((any::<i64>(), 0_u32..6).prop_map(|(n, scale)| Decimal::new(n, scale))),
        changes_so_far in any::<u64>(),
    ) {
        let layers: Vec<_> = beneath.iter().collect();
        let policy = Policy { config: Config::read(&config, &layers), ..policy(&config) };
        let facts = Facts { starts_at, price, changes_so_far };
        let decisions = [may_cancel(Some(&policy), &facts, now), may_reschedule(Some(&policy), &facts, changes, now)];
        let fees = decisions.iter().map(|decision| decision.fee).chain(no_show(Some(&policy), price));
        for fee in fees {
            prop_assert!(fee >= Decimal::ZERO && fee.scale() <= 2 && fee <= Decimal::from(100_000_000), "{fee}");
        }
        for decision in &decisions {
            prop_assert_eq!(decision.allowed, decision.reason.is_none());
            let text = serde_json::to_string(decision).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Decision>(&text).unwrap(), decision);
        }
    }

    /// What passes the check of a writer is read as it was written: nothing of it denies as unreadable.
    #[test]
    fn what_a_writer_may_write_a_reader_reads(config in anything()) {
        if check(&config).is_ok() {
            let read = Config::read(&config, &[]);
            let there = |key: &str| config.get(key).is_some_and(|value| !value.is_null());
            prop_assert!(!read.unreadable);
            prop_assert_eq!(matches!(read.hours_before, Limit::Is(_)), there("hours_before"));
            prop_assert_eq!(matches!(read.max_cancellations_per_month, Limit::Is(_)), there("max_cancellations_per_month"));
            prop_assert_eq!(read.fee.is_some(), there("fee"));
            prop_assert_eq!(read.fee_percentage.is_some(), there("fee_percentage"));
            let tiers = config.get("fee_tiers").and_then(Value::as_array).map(Vec::len);
            prop_assert_eq!(read.fee_tiers.map(|tiers| tiers.len()), tiers);
        }
    }

    #[test]
    fn a_longer_notice_never_costs_more_and_is_never_denied_for_its_length(
        mut hours in prop::collection::vec(0_u32..500, 1..8),
        mut fees in prop::collection::vec(0_u32..10_000, 8),
        form in 0..4,
        wanted in 0_u32..500,
        (short, longer) in (-2_000_000_i64..2_000_000, 0_i64..2_000_000),
    ) {
        // Sorted: the more notice, the lower the fee.
        hours.sort_unstable();
        fees.sort_unstable_by(|a, b| b.cmp(a));
        let tiers: Vec<_> = hours.iter().zip(&fees).map(|(hours, cents)| {
            json!({"min_hours": hours, "fee": format!("{}.{:02}", cents / 100, cents % 100)})
        }).collect();
        let config = match form {
            0 => json!({"hours_before": wanted, "fee_tiers": tiers}),
            1 => json!({"hours_before": wanted, "fee": 5}),
            2 => json!({"hours_before": wanted, "fee_percentage": 30}),
            _ => json!({"hours_before": wanted}),
        };
        let starts_at = DateTime::from_timestamp(1_764_000_000, 0).unwrap().naive_utc();
        let facts = Facts { starts_at, price: Some(Decimal::from(80)), changes_so_far: 0 };
        let decide = |notice: i64| may_cancel(Some(&policy(&config)), &facts, starts_at - TimeDelta::seconds(notice));
        let (before, after) = (decide(short + longer), decide(short));
        prop_assert!(before.fee <= after.fee, "{before:?} {after:?} {config}");
        prop_assert!(before.allowed || !after.allowed, "{before:?} {after:?} {config}");
        prop_assert!(before.notice_hours >= after.notice_hours);
    }

    #[test]
    fn the_most_specific_policy_always_wins(rows in rows(), place in place(), policy_type in policy_type()) {
        let applies = |row: &&Row| row.policy_type == policy_type && match row.on {
            Configurable::Company => row.on_id == place.company,
            Configurable::Branch => Some(row.on_id) == place.branch,
            Configurable::Service => Some(row.on_id) == place.service,
            Configurable::Staff => Some(row.on_id) == place.staff,
        };
        let most_specific = rows.iter().filter(applies).map(|row| row.on).max();
        let chosen = choose(&rows, &place, policy_type);
        prop_assert_eq!(chosen.as_ref().map(|policy| policy.on), most_specific);
        if let Some(chosen) = chosen {
            prop_assert!(rows.iter().filter(applies).any(|row| row.id == chosen.id));
            // Whatever else is added lower down changes nothing of it but what it overrides.
            let mut more = rows.clone();
            more.push(Row { id: 999, on: Configurable::Company, on_id: place.company, policy_type, config: json!({"fee": 1}), overrides: None });
            if chosen.on != Configurable::Company {
                prop_assert_eq!(choose(&more, &place, policy_type), Some(chosen));
            }
        }
    }

    /// The same absolute notice is the same decision, whatever clocks do where the company is in between, and a day's
    /// notice by the clock on the wall is 23 or 25 hours where they are changed.
    #[test]
    fn no_zone_and_no_change_of_clocks_makes_a_difference(
        zone in prop::sample::select(chrono_tz::TZ_VARIANTS.to_vec()),
        start in 0_i64..4_000_000_000,
        notice in 0_i64..200_000,
    ) {
        let config = json!({"hours_before": 24, "fee_tiers": [{"min_hours": 24, "fee": 1}, {"min_hours": 0, "fee": 2}]});
        let starts_at = DateTime::from_timestamp(start, 0).unwrap().naive_utc();
        let local = zone.from_utc_datetime(&starts_at);
        let now = (local - TimeDelta::seconds(notice)).naive_utc();
        let decision = may_cancel(Some(&policy(&config)), &Facts { starts_at, price: None, changes_so_far: 0 }, now);
        prop_assert_eq!(decision.allowed, notice >= 86_400);
        prop_assert_eq!(decision.fee, Decimal::from(if notice >= 86_400 { 1 } else { 2 }));
    }
}

#[test]
fn a_day_on_which_clocks_change_is_not_twenty_four_hours() {
    let berlin = |day: u32, hour: u32, month: u32| {
        Tz::Europe__Berlin.with_ymd_and_hms(2026, month, day, hour, 0, 0).unwrap().naive_utc()
    };
    let config = json!({"hours_before": 24, "fee": 1});
    let allowed = |now, starts_at| {
        may_cancel(Some(&policy(&config)), &Facts { starts_at, price: None, changes_so_far: 0 }, now).allowed
    };
    assert!(allowed(berlin(24, 12, 10), berlin(25, 12, 10)), "25 hours in October");
    assert!(!allowed(berlin(28, 12, 3), berlin(29, 12, 3)), "23 hours in March");
    assert!(allowed(berlin(27, 12, 3), berlin(28, 12, 3)));
}
