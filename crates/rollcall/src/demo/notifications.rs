//! Notifications: what a company has configured, what it sent, and what went wrong.

use chrono::{Datelike, NaiveDateTime, TimeDelta};
use serde_json::{Value, json};

use super::Plan;
use super::company::Company;
use super::dice::Dice;
use super::people;
use super::store::{Kind, Store};
use super::words;

const EVENTS: [(&str, &str, &str); 5] = [
    ("appointment_booked", "Termin bestätigt", "Appointment booked"),
    ("appointment_cancelled", "Termin abgesagt", "Appointment cancelled"),
    ("appointment_rescheduled", "Termin verschoben", "Appointment moved"),
    ("appointment_reminder", "Erinnerung an Ihren Termin", "Reminder of your appointment"),
    ("policy_violation", "Hinweis zu unseren Regeln", "A note on our policy"),
];

const CHANNELS: [&str; 4] = ["email", "sms", "whatsapp", "push"];

/// Adds a company's notification configurations; answers the enabled ones as (event, channel, id).
pub(super) fn configure(
    store: &mut Store,
    company: &Company,
    since: NaiveDateTime,
    chance: &mut Dice,
) -> Vec<(&'static str, &'static str, i64)> {
    let mut enabled = Vec::new();
    let mut add = |on: (&str, i64), event: &'static str, channel: &'static str, on_air: bool| {
        let values =
            [on.0.into(), on.1.into(), event.into(), channel.into(), on_air.into(), since.into(), since.into()];
        let id = store.add(Kind::NotifyConfig, values);
        if on_air {
            enabled.push((event, channel, id));
        }
    };
    // The largest company uses every channel; the others e-mail and some of the rest.
    for channel in CHANNELS {
        if channel != "email" && company.id != 1 && chance.per_mille(400) {
            continue;
        }
        for (number, (event, ..)) in EVENTS.iter().enumerate() {
            let kind = if number == 2 { "App\\Models\\Company" } else { "company" };
            add((kind, company.id), event, channel, channel == "email" || chance.per_mille(850));
        }
    }
    for branch in &company.branches {
        add(("branch", *branch), "appointment_reminder", "sms", true);
    }
    add(("App\\Models\\Service", company.services[0].id), "appointment_booked", "email", true);
    add(("service", company.services[1].id), "appointment_reminder", "whatsapp", false);
    add(("staff", company.staff[0].id), "appointment_cancelled", "push", true);
    enabled
}

/// Sends a company's notifications.
pub(super) struct Sender<'a> {
    company: &'a Company,
    now: NaiveDateTime,
    seed: u64,
    /// Of a thousand occasions, so many lead to a notification.
    share: u64,
    chance: Dice,
}

/// What became of a notification.
#[derive(Default)]
struct Outcome {
    status: &'static str,
    retries: i32,
    error: Option<String>,
    provider_id: Option<String>,
    sent: Option<NaiveDateTime>,
    delivered: Option<NaiveDateTime>,
    failed: Option<NaiveDateTime>,
    updated: Option<NaiveDateTime>,
}

impl<'a> Sender<'a> {
    pub(super) fn new(plan: &Plan, company: &'a Company) -> Self {
        // There are about two occasions to every appointment.
        let share = u64::from(plan.notifications_per_100) * 5;
        let stream = (1 << 32) + company.id.unsigned_abs();
        let chance = Dice::new(plan.seed, stream);
        Self { company, now: plan.now.naive_utc(), seed: plan.seed, share, chance }
    }

    /// Perhaps notifies a customer of `event` at the instant `at`; never in the future.
    pub(super) fn send(&mut self, store: &mut Store, event: &'static str, at: NaiveDateTime, customer: i64) {
        if at > self.now || !self.chance.per_mille(self.share) {
            return;
        }
        let channel = CHANNELS[self.chance.weighted(&[50, 25, 18, 7])];
        let configured = |channel: &str| self.company.notify.iter().find(|(on, by, _)| *on == event && *by == channel);
        let Some(&(_, channel, config)) = configured(channel).or_else(|| configured("email")) else { return };
        let (kind, id, recipient) = self.recipient(channel, customer);
        let Some(recipient) = recipient else { return };
        let outcome = self.outcome(channel, &recipient, at);
        self.write(store, (config, channel), (kind, id, recipient), self.payload(event), outcome, at);
    }

    /// Whom it goes to: nearly always the customer; staff and users now and then.
    fn recipient(&mut self, channel: &str, customer: i64) -> (&'static str, i64, Option<String>) {
        let (kind, id) = match self.chance.below(100) {
            0..4 => ("staff", self.chance.pick(&self.company.staff).id),
            4 => ("user", self.chance.pick(&self.company.users)),
            _ => ("customer", customer),
        };
        let contact = people::contact(self.seed, customer);
        let address = match (channel, kind) {
            ("push", _) => Some(format!("device-{id:08x}")),
            ("email", "customer") => contact.email,
            ("email", _) => Some(format!("{kind}.{id}@example.test")),
            _ => contact.phone,
        };
        (kind, id, address)
    }

    fn payload(&self, event: &str) -> Value {
        let words = EVENTS.iter().find(|(known, ..)| *known == event);
        let german = self.company.profile.locale == "de";
        let subject = words.map_or(event, |(_, de, en)| if german { de } else { en });
        json!({"subject": subject, "body": format!("{subject} – {}", self.company.profile.name)})
    }

    fn outcome(&mut self, channel: &str, recipient: &str, at: NaiveDateTime) -> Outcome {
        let delay = match (channel, self.chance.below(50)) {
            (_, 0) => self.chance.between(300, 1_800),
            ("email", _) => self.chance.between(2, 45),
            ("sms", _) => self.chance.between(3, 25),
            ("whatsapp", _) => self.chance.between(2, 12),
            _ => self.chance.between(1, 4),
        };
        let done = at + TimeDelta::seconds(delay);
        if done > self.now {
            let status = if self.chance.per_mille(300) { "processing" } else { "pending" };
            return Outcome { status, ..Outcome::default() };
        }
        if self.chance.per_mille(self.failure_share(channel, at)) {
            return Outcome {
                status: "failed",
                retries: i32::try_from(self.chance.between(1, 3)).unwrap_or(1),
                error: Some(self.error(channel, recipient)),
                failed: Some(done),
                updated: Some(done),
                ..Outcome::default()
            };
        }
        let confirmed = done + TimeDelta::seconds(self.chance.between(1, 60));
        let delivered = (confirmed <= self.now && self.chance.per_mille(600)).then_some(confirmed);
        Outcome {
            status: if delivered.is_some() { "delivered" } else { "sent" },
            provider_id: Some(format!("{channel}-{:012x}", self.chance.below(1 << 48))),
            sent: Some(done),
            delivered,
            updated: delivered.or(Some(done)),
            ..Outcome::default()
        }
    }

    /// Failures in a thousand: each channel has its own, and every fifth week the mail server has a bad day.
    fn failure_share(&self, channel: &str, at: NaiveDateTime) -> u64 {
        let bad_day = (at.num_days_from_ce() + i32::try_from(self.company.id % 35).unwrap_or(0)) % 35 == 0;
        match channel {
            "email" if bad_day => 400,
            "email" => 30,
            "sms" => 26,
            "whatsapp" => 55,
            _ => 80,
        }
    }

    fn error(&mut self, channel: &str, recipient: &str) -> String {
        let number = self.chance.between(2, 30_000).to_string();
        self.chance.pick(words::failures(channel)).replace("{to}", recipient).replace("{n}", &number)
    }

    fn write(
        &mut self,
        store: &mut Store,
        (config, channel): (i64, &'static str),
        (kind, id, recipient): (&'static str, i64, String),
        payload: Value,
        outcome: Outcome,
        at: NaiveDateTime,
    ) {
        let values = [
            config.into(),
            kind.into(),
            id.into(),
            channel.into(),
            recipient.into(),
            payload.into(),
            outcome.status.into(),
            outcome.retries.into(),
            outcome.error.into(),
            outcome.provider_id.into(),
            at.into(),
            outcome.sent.into(),
            outcome.delivered.into(),
            outcome.failed.into(),
            at.into(),
            outcome.updated.unwrap_or(at).into(),
        ];
        store.add(Kind::Notification, values);
    }
}
