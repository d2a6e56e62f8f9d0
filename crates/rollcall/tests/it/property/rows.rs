//! Random rows of the contract's tables, ordinary and hostile.

use jiff::Timestamp;
use rand::RngExt;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use crate::oracle::calendar::{self, datetime};
use crate::oracle::literal;
use crate::support::Backend;

/// A column and its value as a literal.
pub type Cell = (&'static str, String);

/// Where random values come from.
pub struct Values {
    pub rng: ChaCha8Rng,
    pub backend: Backend,
    /// The first instants of all days in all zones.
    midnights: Vec<Timestamp>,
    /// Addresses given out so far: no two users have the same.
    addresses: i64,
}

impl Values {
    pub fn new(rng: ChaCha8Rng, backend: Backend) -> Self {
        let starts = |name: &&str| {
            let zone = calendar::zone(name);
            calendar::days().into_iter().map(move |day| calendar::start(&zone, day)).collect::<Vec<_>>()
        };
        Self { rng, backend, midnights: calendar::ZONES.iter().flat_map(starts).collect(), addresses: 0 }
    }

    pub fn id(&mut self, most: i64) -> String {
        self.rng.random_range(1..=most).to_string()
    }

    pub fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of.choose(&mut self.rng).copied().unwrap()
    }

    fn text(&mut self, of: &[&str]) -> String {
        literal(self.backend, self.one(of))
    }

    fn sometimes(&mut self, chance: f64, value: String) -> String {
        if self.rng.random_bool(chance) { value } else { "NULL".to_owned() }
    }

    fn flag(&mut self) -> String {
        if self.rng.random_bool(0.7) { "TRUE" } else { "FALSE" }.to_owned()
    }

    fn cents(&mut self, most: i64) -> String {
        let cents = self.rng.random_range(0..most);
        format!("{}.{:02}", cents / 100, cents % 100)
    }

    /// An instant, often near a midnight or a change of the clocks.
    fn moment(&mut self) -> Timestamp {
        let midnight = *self.midnights.choose(&mut self.rng).unwrap();
        let near = [-7200, -3600, -1800, -1, 0, 0, 1, 59, 1800, 3599, 3600, 5400, 7199, 7200];
        let seconds = if self.rng.random_bool(0.6) {
            *near.choose(&mut self.rng).unwrap()
        } else {
            self.rng.random_range(0..86_400)
        };
        midnight.checked_add(jiff::Span::new().seconds(seconds)).unwrap()
    }

    pub fn instant(&mut self) -> String {
        format!("'{}'", datetime(self.moment()))
    }

    /// As PostgreSQL and SQLite may keep it.
    fn fraction(&mut self) -> String {
        let instant = datetime(self.moment());
        let fraction = if self.backend != Backend::MariaDb && self.rng.random_bool(0.05) { ".999" } else { "" };
        format!("'{instant}{fraction}'")
    }

    fn instant_or_null(&mut self) -> String {
        let instant = self.instant();
        self.sometimes(0.93, instant)
    }

    pub fn status(&mut self) -> String {
        self.text(&[
            "scheduled",
            "confirmed",
            "completed",
            "completed",
            "cancelled",
            "no_show",
            "Completed",
            "cancelled ",
            "limbo",
            "",
        ])
    }

    pub fn deleted_at(&mut self, chance: f64) -> String {
        let instant = self.instant();
        self.sometimes(chance, instant)
    }

    pub fn appointment(&mut self) -> Vec<Cell> {
        let (staff, branch, service) = (self.id(26), self.id(11), self.id(11));
        vec![
            ("company_id", self.id(4)),
            ("branch_id", self.sometimes(0.8, branch)),
            ("service_id", self.sometimes(0.8, service)),
            ("staff_id", self.sometimes(0.8, staff)),
            ("customer_id", self.id(42)),
            ("starts_at", self.fraction()),
            ("ends_at", self.instant()),
            ("status", self.status()),
            ("price", self.cents(20_000)),
            ("created_at", self.instant_or_null()),
            ("deleted_at", self.deleted_at(0.1)),
        ]
    }

    pub fn modification(&mut self) -> Vec<Cell> {
        vec![
            ("company_id", self.id(4)),
            ("appointment_id", self.id(600)),
            ("customer_id", self.id(42)),
            ("modification_type", self.text(&["cancel", "reschedule", "Cancel", "undo"])),
            ("within_policy", self.flag()),
            ("fee_charged", self.cents(999_999_999)),
            ("created_at", self.instant_or_null()),
        ]
    }

    fn metadata(&mut self) -> String {
        let valid = [
            r#"{"policy_id": 7, "policy_type": "cancellation"}"#,
            r#"{"policy_type":"no_show","policy_id":7}"#,
            r#"{"policy_type": "reschedule"}"#,
            r#"{"policy_type": "payment", "more": {"policy_type": "no_show"}}"#,
            r#"{"policy_type": "late_arrival"}"#,
            r#"{"policy_type": "recurring"}"#,
            r#"{"policy_type": "No_Show"}"#,
            r#"{"policy_type": "no_show "}"#,
            r#"{"policy_type": "refund"}"#,
            r#"{"policy_type": 3}"#,
            r#"{"policy_type": null}"#,
            r#"{"policy_type": ["no_show"]}"#,
            r#"{"more": {"policy_type": "no_show"}}"#,
            r#"[{"policy_type": "no_show"}]"#,
            r#""no_show""#,
            "null",
            "{}",
        ];
        let broken = ["{", "", "no_show", r#"{"policy_type": "no_show""#];
        let kind = self.rng.random_range(0..10);
        match (kind, self.backend) {
            (0, _) => "NULL".to_owned(),
            (1, Backend::Sqlite) => self.text(&broken),
            _ => self.text(&valid),
        }
    }

    pub fn stat(&mut self) -> Vec<Cell> {
        let kinds = ["violation", "violation", "violation", "cancellation", "reschedule", "Violation", "no_show"];
        vec![
            ("company_id", self.id(4)),
            ("customer_id", self.id(42)),
            ("stat_type", self.text(&kinds)),
            ("count", self.rng.random_range(0..6).to_string()),
            ("period_start", "'2026-11-01'".to_owned()),
            ("period_end", "'2026-11-30'".to_owned()),
            ("metadata", self.metadata()),
            ("created_at", self.instant_or_null()),
        ]
    }

    pub fn configurable(&mut self) -> String {
        self.text(&[
            "company",
            "branch",
            "service",
            "staff",
            "staff",
            "branch",
            r"App\Models\Company",
            r"App\Models\Branch",
            r"App\Models\Service",
            r"App\Models\Staff",
            "Company",
            "branch ",
            "customer",
            r"App\Models\staff",
            r"\App\Models\Staff",
            "",
        ])
    }

    pub fn policy(&mut self) -> Vec<Cell> {
        let kinds = ["cancellation", "reschedule", "no_show", "late_arrival", "payment", "recurring", "No_Show", "odd"];
        vec![
            ("company_id", self.id(4)),
            ("configurable_type", self.configurable()),
            ("configurable_id", self.id(12)),
            ("policy_type", self.text(&kinds)),
            ("config", "'{}'".to_owned()),
            ("is_active", self.flag()),
            ("deleted_at", self.deleted_at(0.2)),
        ]
    }

    pub fn notification_configuration(&mut self) -> Vec<Cell> {
        vec![
            ("company_id", self.id(4)),
            ("configurable_type", self.configurable()),
            ("configurable_id", self.id(12)),
            ("event_type", "'appointment_booked'".to_owned()),
            ("channel", "'email'".to_owned()),
            ("is_enabled", self.flag()),
        ]
    }

    pub fn notifiable(&mut self) -> String {
        let kind = self.text(&[
            "customer",
            "customer",
            "staff",
            "user",
            r"App\Models\Customer",
            r"App\Models\Staff",
            r"App\Models\User",
            "Customer",
            "customer ",
            "company",
            r"App\Models\customer",
            r"App\\Models\\User",
            "' OR 1=1 --",
            "",
        ]);
        self.sometimes(0.95, kind)
    }

    pub fn notification(&mut self) -> Vec<Cell> {
        let message = format!("Timeout after {} seconds", self.rng.random_range(1..90));
        let address = format!("Mailbox c{}@example.test is full", self.id(40));
        let message = self.text(&["Connection refused", &message, &address]);
        let (target, sent_at) = (self.id(30), self.instant_or_null());
        vec![
            ("company_id", self.id(4)),
            ("notifiable_type", self.notifiable()),
            ("notifiable_id", self.sometimes(0.95, target)),
            ("channel", self.text(&["email", "sms", "whatsapp", "push", "Email", "sms ", "fax"])),
            ("recipient", self.text(&["a@example.test", "+49 170 1234567"])),
            ("status", self.text(&["pending", "sent", "delivered", "failed", "failed", "failed", "Failed", "odd"])),
            ("retry_count", self.id(5)),
            ("error_message", self.sometimes(0.9, message)),
            ("sent_at", sent_at),
            ("created_at", self.instant_or_null()),
        ]
    }

    pub fn customer(&mut self, id: i64) -> Vec<Cell> {
        let journeys = ["lead", "prospect", "customer", "regular", "vip", "at_risk", "churned", "Lead", "VIP", "lost"];
        vec![
            ("company_id", self.id(4)),
            ("name", format!("'Customer {id}'")),
            ("email", self.sometimes(0.9, format!("'c{id}@example.test'"))),
            ("journey_status", self.text(&journeys)),
        ]
    }

    /// An address that another user may have.
    pub fn taken_address(&mut self) -> String {
        let back = self.rng.random_range(0..30);
        format!("'u{}@example.test'", (self.addresses - back).max(1))
    }

    pub fn staff(&mut self, id: i64) -> Vec<Cell> {
        vec![("company_id", self.id(4)), ("name", format!("'Staff {id}'")), ("is_active", self.flag())]
    }

    pub fn user(&mut self, id: i64) -> Vec<Cell> {
        let company = self.id(4);
        self.addresses += 1;
        vec![
            ("company_id", self.sometimes(0.9, company)),
            ("name", format!("'User {id}'")),
            ("email", format!("'u{}@example.test'", self.addresses)),
            ("password", "'x'".to_owned()),
        ]
    }

    pub fn named(&mut self, id: i64) -> Vec<Cell> {
        vec![("company_id", self.id(4)), ("name", format!("'Name {id}'"))]
    }
}
