//! Advice: what the figures of the last 30 days suggest somebody do. Each rule is a pure function that says nothing where there
//! is too little to go by; `docs/dashboard.md` names the thresholds.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::largest_first;
use super::policy::{POLICY_TYPES, by_type, compliance_rate};
use super::rate::{OverNothing, rate};
use crate::summaries::day::{Deliveries, Outcomes};
use crate::summaries::snapshot::TopCustomer;
use crate::summaries::{CompanySummary, DaySummary};

/// So many violations of a type make it worth a look.
pub const VIOLATIONS: i64 = 10;
/// A compliance rate from this on needs no other policy, in percent.
pub const COMPLIANT: i64 = 90;
/// A customer at risk with so many violations is called.
pub const BROKEN: i64 = 3;
/// So many customers are named at most.
const CALLED: usize = 3;
/// Somebody with fewer appointments is not compared with others.
pub const APPOINTMENTS: i64 = 20;
/// The rate of missed appointments that is unusual: so many times that of all, and so many points above it.
pub const TIMES: i64 = 2;
/// The points.
pub const POINTS: i64 = 10;
/// Fewer failures say nothing of their reason.
pub const FAILURES: i64 = 10;
/// The share of failures that have one reason, in percent.
pub const ONE_REASON: i64 = 80;

/// Something to do, with the figures that say so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Advice {
    /// The policies of a type are broken so often that they may ask too much.
    ChangePolicy {
        /// The type.
        policy_type: &'static str,
        /// Its violations, and those of all types.
        violations: i64,
        /// Of all types.
        of: i64,
        /// The company's compliance rate, in percent.
        compliance: Decimal,
    },
    /// A customer at risk who broke policies again and again.
    Call {
        /// The customer.
        customer: i64,
        /// Their address, where they have one.
        email: Option<String>,
        /// Their violations, over all time.
        violations: i64,
    },
    /// Somebody's appointments are missed far more often than others'.
    LookAtStaff {
        /// The member of staff.
        staff: i64,
        /// Their name.
        name: String,
        /// Missed appointments.
        missed: i64,
        /// All of theirs.
        of: i64,
        /// The rate of all staff, in percent.
        usual: Decimal,
    },
    /// A branch's appointments are missed far more often than others'.
    LookAtBranch {
        /// The branch.
        branch: i64,
        /// Its name.
        name: String,
        /// Missed appointments.
        missed: i64,
        /// All of its.
        of: i64,
        /// The rate of the company, in percent.
        usual: Decimal,
    },
    /// Nearly all that failed has one reason.
    MendChannel {
        /// The channel, where nearly all of it failed on one.
        channel: Option<String>,
        /// The reason, as a class of errors.
        reason: String,
        /// How many failed for it.
        failures: i64,
        /// How many failed.
        of: i64,
    },
}

/// All that there is to say: of a company, its customers with most violations, and the sum of the last 30 days.
#[must_use]
pub fn all(company: &CompanySummary, top: &[TopCustomer], month: &DaySummary) -> Vec<Advice> {
    let mut all: Vec<Advice> = channel(month).into_iter().chain(policy(month)).collect();
    all.extend(calls(top));
    all.extend(branch(&company.branches, month).into_iter().chain(staff(&company.staff, month)));
    all
}

/// The policy type with most violations, where it has at least half of all and the company does not keep to its policies.
#[must_use]
pub fn policy(month: &DaySummary) -> Option<Advice> {
    let of = month.violations_total();
    let compliance = compliance_rate(month.created, of);
    let (policy_type, violations) =
        by_type(&month.violations).into_iter().find(|(name, _)| POLICY_TYPES.contains(name))?;
    let worth = violations >= VIOLATIONS && violations * 2 >= of && compliance < Decimal::from(COMPLIANT);
    worth.then_some(Advice::ChangePolicy { policy_type, violations, of, compliance })
}

/// Customers at risk with several violations, those with most first.
#[must_use]
pub fn calls(top: &[TopCustomer]) -> Vec<Advice> {
    let at_risk = top.iter().filter(|it| it.journey_status == "at_risk" && it.violations >= BROKEN);
    let call = |it: &TopCustomer| Advice::Call { customer: it.id, email: it.email.clone(), violations: it.violations };
    at_risk.take(CALLED).map(call).collect()
}

/// Missed appointments of all, and whose rate stands out of them: the worst of `each` (names, missed ones and all).
fn outlier(
    names: &BTreeMap<i64, String>,
    each: impl Fn(i64) -> Outcomes,
    all: Outcomes,
) -> Option<(i64, &str, Outcomes, Decimal)> {
    let usual = rate(all.missed, all.total, OverNothing::Zero);
    let unusual = |it: &Outcomes| {
        let own = rate(it.missed, it.total, OverNothing::Zero);
        it.total >= APPOINTMENTS && own >= usual * Decimal::from(TIMES) && own >= usual + Decimal::from(POINTS)
    };
    let found = names.iter().map(|(id, name)| (*id, name.as_str(), each(*id))).filter(|(.., it)| unusual(it));
    let worst = found.max_by(|(a_id, _, a), (b_id, _, b)| {
        let share = |a: &Outcomes, b: &Outcomes| i128::from(a.missed) * i128::from(b.total);
        share(a, b).cmp(&share(b, a)).then(b_id.cmp(a_id))
    });
    worst.map(|(id, name, it)| (id, name, it, usual))
}

/// The active member of staff whose appointments are missed far more often than all are.
#[must_use]
pub fn staff(names: &BTreeMap<i64, String>, month: &DaySummary) -> Option<Advice> {
    let each = |id| month.staff.get(&id).copied().unwrap_or_default();
    let (staff, name, it, usual) = outlier(names, each, month.appointments)?;
    Some(Advice::LookAtStaff { staff, name: name.to_owned(), missed: it.missed, of: it.total, usual })
}

/// The branch whose appointments are missed far more often than all are.
#[must_use]
pub fn branch(names: &BTreeMap<i64, String>, month: &DaySummary) -> Option<Advice> {
    let each = |id| month.places.get(&id).copied().unwrap_or_default();
    let (branch, name, it, usual) = outlier(names, each, month.appointments)?;
    Some(Advice::LookAtBranch { branch, name: name.to_owned(), missed: it.missed, of: it.total, usual })
}

/// The one reason for which nearly all failed; and on which channel, where it is nearly one alone.
#[must_use]
pub fn channel(month: &DaySummary) -> Option<Advice> {
    let of = month.deliveries().failed;
    let nearly_all = |part: i64| of >= FAILURES && part * 100 >= of * ONE_REASON;
    let (reason, failures) = largest_first(&month.errors).into_iter().next().filter(|(_, count)| nearly_all(*count))?;
    let failed = |it: &Deliveries| it.failed;
    let channel = month.channels.iter().find(|(_, it)| nearly_all(failed(it))).map(|(name, _)| name.clone());
    Some(Advice::MendChannel { channel, reason: reason.to_owned(), failures, of })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month() -> DaySummary {
        DaySummary::default()
    }

    #[test]
    fn a_policy_is_named_from_ten_violations_on_that_are_half_of_all() {
        let with = |created, of: &[(&str, i64)]| DaySummary {
            created,
            violations: of.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect(),
            ..month()
        };
        let compliance = Decimal::new(800, 1);
        let advice = Advice::ChangePolicy { policy_type: "no_show", violations: 10, of: 20, compliance };
        assert_eq!(policy(&with(100, &[("no_show", 10), ("payment", 9), ("other", 1)])), Some(advice));
        assert_eq!(policy(&with(100, &[("no_show", 9), ("payment", 9)])), None, "too few");
        assert_eq!(policy(&with(100, &[("no_show", 10), ("payment", 9), ("other", 2)])), None, "less than half");
        assert!(policy(&with(100, &[("no_show", 11)])).is_some(), "89 %");
        assert_eq!(policy(&with(100, &[("no_show", 10)])), None, "90 % keep to their policies");
        assert_eq!(policy(&with(0, &[])), None);
    }

    #[test]
    fn customers_at_risk_are_called_from_three_violations_on() {
        let customer = |id, status: &str, violations| TopCustomer {
            id,
            email: None,
            journey_status: status.to_owned(),
            violations,
            cancellations: 0,
            appointments: 0,
        };
        let top = [(1, "at_risk", 9), (2, "vip", 8), (3, "at_risk", 3), (4, "at_risk", 2)];
        let named = calls(&top.map(|(id, status, n)| customer(id, status, n)));
        let ids: Vec<_> =
            named.iter().map(|it| if let Advice::Call { customer, .. } = it { *customer } else { 0 }).collect();
        assert_eq!(ids, [1, 3]);
        let many: Vec<_> = (1..9).map(|id| customer(id, "at_risk", 3)).collect();
        assert_eq!(calls(&many).len(), CALLED);
    }

    fn missed(total: i64, missed: i64) -> Outcomes {
        Outcomes { total, missed, ..Outcomes::default() }
    }

    #[test]
    fn staff_and_branches_stand_out_at_twice_the_rate_and_ten_points() {
        let names: BTreeMap<_, _> = [(1, "Anna".to_owned()), (2, "Bert".to_owned())].into();
        let of = |anna: Outcomes, all: Outcomes| DaySummary {
            staff: [(1, anna), (2, missed(50, 1))].into(),
            places: [(1, anna)].into(),
            appointments: all,
            ..month()
        };
        let at = of(missed(20, 4), missed(100, 10));
        let usual = Decimal::new(100, 1);
        let (name, id) = ("Anna".to_owned(), 1);
        assert_eq!(
            staff(&names, &at),
            Some(Advice::LookAtStaff { staff: id, name: name.clone(), missed: 4, of: 20, usual }),
            "20 % of 20, where 10 % are usual"
        );
        assert_eq!(branch(&names, &at), Some(Advice::LookAtBranch { branch: id, name, missed: 4, of: 20, usual }));
        for (anna, all, why) in [
            (missed(19, 19), missed(100, 10), "too few"),
            (missed(21, 4), missed(100, 10), "less than twice"),
            (missed(100, 9), missed(1000, 10), "less than ten points"),
            (missed(20, 0), missed(100, 0), "none"),
        ] {
            assert_eq!((staff(&names, &of(anna, all)), branch(&names, &of(anna, all))), (None, None), "{why}");
        }
    }

    #[test]
    fn a_channel_is_named_where_eight_of_ten_fail_for_one_reason() {
        let with = |errors: &[(&str, i64)], failed: &[(&str, i64)]| DaySummary {
            errors: errors.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect(),
            channels: failed
                .iter()
                .map(|(name, failed)| ((*name).to_owned(), Deliveries { failed: *failed, ..Deliveries::default() }))
                .collect(),
            ..month()
        };
        let advice = |channel: Option<&str>| {
            let channel = channel.map(str::to_owned);
            Some(Advice::MendChannel { channel, reason: "timeout".to_owned(), failures: 8, of: 10 })
        };
        let errors = [("timeout", 8), ("full", 2)];
        assert_eq!(channel(&with(&errors, &[("sms", 8), ("email", 2)])), advice(Some("sms")));
        assert_eq!(channel(&with(&errors, &[("sms", 7), ("email", 3)])), advice(None));
        assert_eq!(channel(&with(&[("timeout", 7), ("full", 3)], &[("sms", 10)])), None, "seven of ten");
        assert_eq!(channel(&with(&[("timeout", 9)], &[("sms", 9)])), None, "too few");
        assert_eq!(channel(&month()), None);
    }
}
