//! A company's own: branches, services, staff, users, settings.

use chrono::{NaiveDateTime, TimeDelta};
use rust_decimal::Decimal;

use super::Plan;
use super::dice::Dice;
use super::people::Customers;
use super::policies::Policies;
use super::profiles::{PROFILES, Profile};
use super::store::{Kind, Store};
use super::words;

/// A service as appointments need it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Service {
    pub(super) id: i64,
    pub(super) minutes: i32,
    pub(super) price: Decimal,
}

/// A member of staff as appointments need it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    pub(super) id: i64,
    pub(super) branch: i64,
    pub(super) active: bool,
}

/// A company while its rows are made.
#[derive(Debug)]
pub(super) struct Company {
    pub(super) id: i64,
    pub(super) profile: Profile,
    /// Appointments to make.
    pub(super) appointments: u64,
    pub(super) branches: Vec<i64>,
    pub(super) services: Vec<Service>,
    pub(super) staff: Vec<Member>,
    pub(super) users: Vec<i64>,
    pub(super) customers: Customers,
    pub(super) policies: Policies,
    /// Enabled notification configurations: event, channel, id.
    pub(super) notify: Vec<(&'static str, &'static str, i64)>,
}

/// What a company gets of the whole.
#[derive(Clone, Copy, Debug)]
pub(super) struct Share {
    pub(super) appointments: u64,
    pub(super) staff: u64,
    pub(super) customers: u64,
}

/// The profile of the company at `rank`, and its name and slug: beyond the list they carry a number.
pub(super) fn identity(rank: u64) -> (Profile, String, String) {
    let known = PROFILES.len() as u64;
    let profile = PROFILES[usize::try_from(rank % known).unwrap_or(0)];
    match rank / known {
        0 => (profile, profile.name.to_owned(), profile.slug.to_owned()),
        round => (profile, format!("{} {}", profile.name, round + 1), format!("{}-{}", profile.slug, round + 1)),
    }
}

/// Adds what the company at `rank` has before its first appointment; its customers' ids are reserved, not yet taken.
pub(super) fn found(store: &mut Store, plan: &Plan, rank: u64, share: Share, chance: &mut Dice) -> Company {
    let (profile, _, _) = identity(rank);
    let since = plan.now.naive_utc() - TimeDelta::days(i64::from(plan.days) + 400);
    let branches = branches(store, profile, since);
    let mut company = Company {
        id: i64::try_from(rank + 1).unwrap_or(i64::MAX),
        profile,
        appointments: share.appointments,
        services: services(store, profile, since),
        staff: staff(store, &branches, share.staff.max(3), since, chance),
        branches,
        users: users(store, plan, rank + 1, since),
        customers: Customers { first: store.next_id(Kind::Customer), count: share.customers.max(20) },
        policies: Policies::default(),
        notify: Vec::new(),
    };
    company.policies = super::policies::add(store, &company, since, chance);
    company.notify = super::notifications::configure(store, &company, since, chance);
    company
}

fn branches(store: &mut Store, profile: Profile, since: NaiveDateTime) -> Vec<i64> {
    let add = |city: &&str| {
        let name = format!("{} {city}", profile.name);
        store.add(Kind::Branch, [name.into(), (*city).into(), true.into(), since.into(), since.into()])
    };
    profile.cities.iter().map(add).collect()
}

fn services(store: &mut Store, profile: Profile, since: NaiveDateTime) -> Vec<Service> {
    let offers = words::offers(profile.trade);
    let add = |(german, english, minutes, cents): &words::Offer| {
        let name = if profile.locale == "de" { *german } else { *english };
        let price = Decimal::new(*cents, 2);
        let values = [name.into(), (*minutes).into(), price.into(), true.into(), since.into(), since.into()];
        Service { id: store.add(Kind::Service, values), minutes: *minutes, price }
    };
    offers.iter().map(add).collect()
}

/// About one in eight has left; the first never.
fn staff(store: &mut Store, branches: &[i64], count: u64, since: NaiveDateTime, chance: &mut Dice) -> Vec<Member> {
    let mut add = |number: u64| {
        let name = words::person(chance);
        let email = format!("{}.s{}@example.test", words::mailbox(&name), store.next_id(Kind::Staff));
        let branch = chance.pick(branches);
        let active = number == 0 || !chance.per_mille(125);
        let values = [branch.into(), name.into(), email.into(), active.into(), since.into(), since.into()];
        Member { id: store.add(Kind::Staff, values), branch, active }
    };
    (0..count).map(&mut add).collect()
}

fn users(store: &mut Store, plan: &Plan, number: u64, since: NaiveDateTime) -> Vec<i64> {
    let add = |role: &str| {
        let email = format!("{role}{number}@example.test");
        let name = format!("{}{} {number}", role[..1].to_uppercase(), &role[1..]);
        let password = plan.password_hash.as_str();
        let values = [name.into(), email.into(), password.into(), role.into(), since.into(), since.into()];
        store.add(Kind::User, values)
    };
    ["admin", "manager", "viewer"].map(add).to_vec()
}

impl Company {
    /// A branch, service and member of staff of another company, going by the order in which ids are given.
    pub(super) fn strangers(&self) -> [(&'static str, i64); 3] {
        let stranger = |own: Option<i64>, count: usize| {
            let after = i64::try_from(count).unwrap_or(0) + 1;
            own.map_or(1, |first| if first == 1 { after } else { 1 })
        };
        [
            ("branch", stranger(self.branches.first().copied(), self.branches.len())),
            ("service", stranger(self.services.first().map(|service| service.id), self.services.len())),
            ("staff", stranger(self.staff.first().map(|member| member.id), self.staff.len())),
        ]
    }
}
