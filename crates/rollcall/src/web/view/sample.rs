//! Sample data for the templates' tests: every widget on a busy company's page, on an empty one's, and failed.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use chrono_tz::Europe::Berlin;

use super::{Badges, Card, CardFailure, Chrome, CompanyName, Present, Theme, Viewer};
use crate::analytics::currency::Currency;
use crate::i18n::Lang;
use crate::summaries::day::{Deliveries, Modifications, Outcomes};
use crate::summaries::snapshot::{LatestFailure, LatestViolation, Snapshot, TopCustomer};
use crate::summaries::{CompanySummary, DaySummary};
use crate::tenant::Role;
use crate::widget::{ALL, Choices};

/// A name that tries to break out of every place it could stand in.
pub(super) const HOSTILE: &str = "</script><img src=x onerror=alert(1)>\"' &amp; =1+1";

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 22).unwrap()
}

pub(super) fn now() -> DateTime<Utc> {
    "2026-11-22T12:05:00Z".parse().unwrap()
}

/// Something between 0 and `height` that looks like chance and is none.
fn wave(seed: u64, height: i64) -> i64 {
    let mixed = (seed + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    ((mixed >> 33) % (height as u64 + 1)) as i64
}

fn counts<const N: usize>(of: [(&str, i64); N]) -> std::collections::BTreeMap<String, i64> {
    of.into_iter().map(|(name, n)| (name.to_owned(), n)).collect()
}

fn day(ago: u64) -> DaySummary {
    let quiet = (today() - Days::new(ago)).format("%u").to_string() == "7";
    let size = if quiet { 6 } else { 58 + wave(ago, 24) };
    let outcomes = Outcomes::from([size, size * 8 / 10, size / 9]);
    let half = Outcomes::from([size / 2, size * 4 / 10, size / 18]);
    let deliveries = |n: i64, failed: i64| Deliveries::from([n, n - failed, failed, n - failed, n * 41]);
    let mut day = DaySummary { created: size + 4, appointments: outcomes, ..DaySummary::default() };
    day.hours = (8..20).map(|hour| (hour, wave(ago * 31 + u64::from(hour), size / 6))).collect();
    day.staff = [(1, half), (2, half)].into();
    day.violations = counts([
        ("cancellation", wave(ago, 4)),
        ("reschedule", wave(ago + 50, 2)),
        ("no_show", wave(ago + 90, 3)),
        ("late_arrival", wave(ago + 130, 1)),
        ("other", i64::from(ago == 9)),
    ]);
    (day.cancellations, day.reschedules) = (wave(ago + 7, 8), wave(ago + 13, 5));
    day.cancel_modifications = Modifications { total: 9, within: 7, fees: "31.50".parse().unwrap() };
    day.reschedule_modifications = Modifications { total: 5, within: 5 - wave(ago, 1), fees: "12".parse().unwrap() };
    day.channels = [("email", deliveries(48, 1)), ("sms", deliveries(30, 6)), ("whatsapp", deliveries(12, 0))]
        .map(|(channel, it)| (channel.to_owned(), it))
        .into();
    day.errors =
        counts([("Connection timed out after # ms", 2), ("Mailbox @ full", 1), (HOSTILE, i64::from(ago == 3))]);
    day
}

fn snapshot() -> Snapshot {
    let mut snapshot = Snapshot::empty(today(), Berlin);
    snapshot.days = (0..100).map(|ago| (today() - Days::new(ago), day(ago))).collect();
    snapshot.company = CompanySummary {
        active_policies: 12,
        policies: 14,
        policy_types: ["cancellation", "reschedule", "no_show", "late_arrival", "payment"].map(str::to_owned).into(),
        notification_configurations: 22,
        enabled_notification_configurations: 19,
        staff: [(1, HOSTILE.to_owned()), (2, "Bert Brandt".to_owned())].into(),
        staff_branches: [(1, 5)].into(),
        branches: [(5, HOSTILE.to_owned())].into(),
        staff_capacity: 1300,
        currency: Currency::EUR,
        journey: counts([
            ("lead", 220),
            ("prospect", 310),
            ("customer", 840),
            ("regular", 1460),
            ("vip", 95),
            ("at_risk", 130),
            ("churned", 210),
        ]),
    };
    snapshot.failed_notifications = 1312;
    snapshot.top_customers = (1..=20).map(customer).collect();
    snapshot.latest_violations = Ok((0..10).map(violation).collect());
    snapshot.latest_failures = Ok((0..10).map(failure).collect());
    snapshot
}

fn pick(of: &[&str], n: i64) -> String {
    of.iter().cycle().nth(usize::try_from(n).unwrap()).unwrap().to_string()
}

fn customer(id: i64) -> TopCustomer {
    TopCustomer {
        id,
        email: (id != 4).then(|| format!("erika.mustermann{id}@example.test")),
        journey_status: pick(&["regular", "vip", "at_risk"], id),
        violations: 31 - id,
        cancellations: id % 4,
        appointments: 40 + id * 40,
    }
}

fn violation(n: u64) -> LatestViolation {
    LatestViolation {
        customer_id: Some(7),
        customer: (n != 2).then(|| if n == 0 { HOSTILE.to_owned() } else { format!("Erika Mustermann {n}") }),
        policy_type: pick(&["cancellation", "no_show"], n as i64),
        count: 1 + n as i64 % 3,
        period: Some((today() - Days::new(30 + n), today() - Days::new(n))),
        at: now().naive_utc() - TimeDelta::minutes(n as i64 * n as i64 * 97),
    }
}

fn failure(n: i64) -> LatestFailure {
    LatestFailure {
        id: 100 + n,
        channel: pick(&["sms", "email"], n),
        recipient: if n % 2 == 0 { format!("+49 151 000000{n}") } else { format!("kunde{n}@example.test") },
        error: (n != 2)
            .then(|| if n == 1 { HOSTILE.to_owned() } else { "Connection timed out after 30000 ms".to_owned() }),
        retries: n % 4,
        at: now().naive_utc() - TimeDelta::minutes(n * n * 43),
    }
}

fn cards(snapshot: &Snapshot) -> Vec<Card> {
    let card = |spec: &&'static crate::widget::Spec| Card {
        spec,
        choices: Choices::default(),
        outcome: Ok((spec.render)(snapshot, &Choices::default()).unwrap().into()),
        zone: Berlin,
        now: now(),
        today: today(),
        tag: "7.20261122".into(),
    };
    ALL.iter().map(card).collect()
}

pub(super) fn present() -> Present {
    Present { now: now(), zone: Berlin, today: today(), pinned: false }
}

/// The dashboard of a busy company.
pub(super) fn full() -> Vec<Card> {
    cards(&snapshot())
}

/// The dashboard of a company where nothing has happened.
pub(super) fn empty() -> Vec<Card> {
    cards(&Snapshot::empty(today(), Berlin))
}

/// A busy company's dashboard with two widgets that failed.
pub(super) fn failed() -> Vec<Card> {
    let failure = || Err(CardFailure { request_id: "7f3c9a1e-0b2d".into() });
    let fails = |card: &Card| matches!(card.spec.key, "policy_trend" | "violations_by_type");
    full().into_iter().map(|card| if fails(&card) { Card { outcome: failure(), ..card } } else { card }).collect()
}

pub(super) fn companies() -> Vec<CompanyName> {
    let company = |id: i64| CompanyName {
        id,
        name: if id == 2 { HOSTILE.into() } else { format!("Praxis am Ring {id}") },
        slug: format!("praxis-{id}"),
        timezone: "Europe/Berlin".into(),
    };
    (1..=12).map(company).collect()
}

pub(super) fn chrome(lang: Lang, theme: Theme, role: Role) -> Chrome {
    let operator = role == Role::SuperAdmin;
    let page = if operator { "/admin?company=1&policy_trend.days=30" } else { "/admin" };
    Chrome {
        branches: vec![(5, HOSTILE.to_owned())],
        viewer: Viewer { lang, hours: crate::i18n::Hours::default(), role, page: page.into() },
        theme,
        user_name: "Ada Lovelace".into(),
        user_email: "admin1@example.test".into(),
        company: companies().into_iter().next(),
        companies: if operator { companies() } else { Vec::new() },
        badges: Badges { policies: 14, failed_notifications: 1312 },
        request_id: "7f3c9a1e-0b2d".into(),
        stale_since: None,
        notice: None,
    }
}
