//! Customers: who they are can be told from their number, so that none has to be remembered.

use chrono::{NaiveDateTime, TimeDelta};

use super::company::Company;
use super::dice::Dice;
use super::store::{Kind, Store};
use super::words;

/// Streams of chance from here on belong to customers, one each.
const STREAM: u64 = 1 << 40;

/// The customers of a company: ids in a row, the most loyal ones first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Customers {
    pub(super) first: i64,
    pub(super) count: u64,
}

impl Customers {
    /// Who comes `days_ago`: regulars more often, those who left only long ago, leads never.
    pub(super) fn visitor(self, days_ago: i64, chance: &mut Dice) -> i64 {
        let share = if days_ago > 60 { 80 } else { 70 };
        let visiting = (self.count * share / 100).max(1);
        let rank = chance.below(visiting) * chance.below(visiting) / visiting;
        self.first.saturating_add_unsigned(rank)
    }
}

/// How a customer is reached.
pub(super) struct Contact {
    pub(super) name: String,
    pub(super) email: Option<String>,
    pub(super) phone: Option<String>,
}

/// The customer with this id.
pub(super) fn contact(seed: u64, id: i64) -> Contact {
    let mut chance = Dice::new(seed, STREAM + id.unsigned_abs());
    let name = words::person(&mut chance);
    let email = (!chance.per_mille(60)).then(|| format!("{}.{id}@example.test", words::mailbox(&name)));
    let phone = (!chance.per_mille(40)).then(|| format!("+49 30 {:07}", chance.below(10_000_000)));
    Contact { name, email, phone }
}

/// The journey status of the customer at `rank` of `count`.
fn journey(rank: u64, count: u64) -> &'static str {
    match rank * 100 / count.max(1) {
        0..5 => "vip",
        5..20 => "regular",
        20..62 => "customer",
        62..70 => "at_risk",
        70..80 => "churned",
        80..90 => "prospect",
        _ => "lead",
    }
}

/// Adds the customers ranked `ranks` of a company.
pub(super) fn add(
    store: &mut Store,
    company: &Company,
    ranks: std::ops::Range<u64>,
    now: NaiveDateTime,
    days: u32,
    seed: u64,
) {
    for rank in ranks {
        let id = store.next_id(Kind::Customer);
        let Contact { name, email, phone } = contact(seed, id);
        let status = journey(rank, company.customers.count);
        let mut chance = Dice::new(seed ^ 1, STREAM + id.unsigned_abs());
        let since = now - TimeDelta::days(if matches!(status, "lead" | "prospect") { 0 } else { i64::from(days) + 45 });
        let created = chance.instant(since - TimeDelta::days(40), since);
        let values = [name.into(), email.into(), phone.into(), status.into(), created.into(), created.into()];
        store.add(Kind::Customer, values);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_customer_is_told_by_number() {
        let (one, again, other) = (contact(1, 5), contact(1, 5), contact(2, 5));
        assert_eq!((&one.name, &one.email, &one.phone), (&again.name, &again.email, &again.phone));
        assert_ne!(one.phone, other.phone);
    }

    #[test]
    fn leads_never_come_and_those_who_left_came_long_ago() {
        let customers = Customers { first: 101, count: 100 };
        let mut chance = Dice::new(3, 3);
        let mut latest = |days_ago| (0..5_000).map(|_| customers.visitor(days_ago, &mut chance)).max().unwrap();
        assert!((171..=180).contains(&latest(90)), "churned ones come up to the 80th in a hundred");
        assert!(latest(10) <= 170);
        assert_eq!((journey(69, 100), journey(70, 100), journey(99, 100)), ("at_risk", "churned", "lead"));
    }
}
