//! Appointments and what becomes of them: kept, cancelled, moved, missed.

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::Plan;
use super::calendar;
use super::company::{Company, Member, Service};
use super::dice::Dice;
use super::notifications::Sender;
use super::store::{Kind, Store};
use super::words::REASONS;

/// Makes one company's appointments, a day at a time.
pub(super) struct Maker<'a> {
    company: &'a Company,
    now: NaiveDateTime,
    today: NaiveDate,
    chance: Dice,
    sender: Sender<'a>,
    /// Of a thousand past appointments, so many were cancelled, so many missed.
    shares: (u64, u64),
}

/// An appointment while its consequences are worked out.
struct Appointment {
    id: i64,
    customer: i64,
    start: NaiveDateTime,
    end: NaiveDateTime,
    created: NaiveDateTime,
    price: Decimal,
}

impl<'a> Maker<'a> {
    pub(super) fn new(plan: &'a Plan, company: &'a Company, mut chance: Dice) -> Self {
        let shares = (70 + chance.below(80), 25 + chance.below(45));
        Self {
            company,
            now: plan.now.naive_utc(),
            today: plan.now.with_timezone(&company.profile.zone).date_naive(),
            chance,
            sender: Sender::new(plan, company),
            shares,
        }
    }

    /// Adds an appointment on the local day `date`, and what follows from it.
    pub(super) fn add(&mut self, store: &mut Store, date: NaiveDate) {
        let days_ago = (self.today - date).num_days();
        let service = self.chance.pick(&self.company.services);
        let start = calendar::instant(self.company.profile.zone, date.and_time(calendar::slot(&mut self.chance)));
        let end = start + TimeDelta::minutes(i64::from(service.minutes));
        let customer = self.company.customers.visitor(days_ago, &mut self.chance);
        let appointment = Appointment {
            id: store.next_id(Kind::Appointment),
            customer,
            start,
            end,
            created: self.booked(start),
            price: service.price,
        };
        let staff = self.staff(days_ago);
        let status = self.status(end);
        let deleted = self.chance.per_mille(3).then(|| self.chance.instant(appointment.created, self.now));
        self.write(store, &appointment, service, staff, status, deleted);
        if deleted.is_none() {
            self.consequences(store, &appointment, status);
        }
    }

    /// When an appointment was booked: hours, days or weeks ahead, and not in the future.
    fn booked(&mut self, start: NaiveDateTime) -> NaiveDateTime {
        let minutes = match self.chance.below(10) {
            0 => self.chance.between(30, 8 * 60),
            1..6 => self.chance.between(24 * 60, 7 * 24 * 60),
            _ => self.chance.between(7 * 24 * 60, 30 * 24 * 60),
        };
        let booked = start - TimeDelta::seconds(minutes * 60 + self.chance.between(0, 59));
        let latest = self.now - TimeDelta::seconds(self.chance.between(60, 3 * 24 * 3600));
        if booked > self.now { latest } else { booked }
    }

    /// Who does the work; hardly ever nobody, and whoever has left only long ago.
    fn staff(&mut self, days_ago: i64) -> Option<Member> {
        if self.chance.per_mille(5) {
            return None;
        }
        let staff = &self.company.staff;
        for _ in 0..4 {
            let first = self.chance.index(staff.len());
            let member = if self.chance.per_mille(400) {
                staff[first.min(self.chance.index(staff.len()))]
            } else {
                staff[first]
            };
            if member.active || days_ago > 45 {
                return Some(member);
            }
        }
        staff.first().copied()
    }

    fn status(&mut self, end: NaiveDateTime) -> &'static str {
        let (cancelled, missed) = self.shares;
        match (end <= self.now, self.chance.below(1_000)) {
            (true, roll) if roll < cancelled => "cancelled",
            (true, roll) if roll < cancelled + missed => "no_show",
            (true, _) => "completed",
            (false, 0..600) => "confirmed",
            (false, _) => "scheduled",
        }
    }

    fn write(
        &mut self,
        store: &mut Store,
        appointment: &Appointment,
        service: Service,
        staff: Option<Member>,
        status: &'static str,
        deleted: Option<NaiveDateTime>,
    ) {
        let branch = staff.map_or(self.company.branches[0], |member| member.branch);
        let updated =
            deleted.unwrap_or(if appointment.end <= self.now { appointment.end } else { appointment.created });
        let price = (!self.chance.per_mille(10)).then_some(appointment.price);
        let values = [
            branch.into(),
            service.id.into(),
            staff.map(|member| member.id).into(),
            appointment.customer.into(),
            appointment.start.into(),
            appointment.end.into(),
            status.into(),
            price.into(),
            appointment.created.into(),
            updated.into(),
            deleted.into(),
        ];
        store.add(Kind::Appointment, values);
    }

    fn consequences(&mut self, store: &mut Store, appointment: &Appointment, status: &'static str) {
        let Appointment { customer, start, created, .. } = *appointment;
        self.sender.send(store, "appointment_booked", created + TimeDelta::seconds(2), customer);
        self.sender.send(store, "appointment_reminder", (start - TimeDelta::hours(24)).max(created), customer);
        if self.chance.per_mille(60) {
            let at = self.chance.instant(created, start.min(self.now));
            self.change(store, appointment, "reschedule", at);
        }
        match status {
            "cancelled" => {
                let at = self.cancelled_at(appointment);
                self.change(store, appointment, "cancellation", at);
            }
            "no_show" => self.violation(store, customer, "no_show", start + TimeDelta::minutes(30)),
            "completed" => {
                for (policy_type, share) in [("late_arrival", 12), ("payment", 5), ("recurring", 4)] {
                    if self.chance.per_mille(share) {
                        self.violation(store, customer, policy_type, start + TimeDelta::minutes(10));
                    }
                }
            }
            _ => {}
        }
    }

    /// Most cancel in time; some cannot, because they booked too late.
    fn cancelled_at(&mut self, appointment: &Appointment) -> NaiveDateTime {
        let lead = (appointment.start - appointment.created).num_minutes();
        let wanted = self.company.policies.notice * 60;
        let notice = if self.chance.per_mille(780) && lead > wanted {
            self.chance.between(wanted, lead)
        } else {
            self.chance.between(10.min(lead), lead.min(wanted))
        };
        appointment.start - TimeDelta::minutes(notice)
    }

    /// A cancellation or reschedule that was carried out, within policy or forced.
    fn change(&mut self, store: &mut Store, appointment: &Appointment, kind: &'static str, at: NaiveDateTime) {
        let hours = (appointment.start - at).num_hours();
        let (modification, wanted, event) = match kind {
            "cancellation" => ("cancel", self.company.policies.notice, "appointment_cancelled"),
            _ => ("reschedule", self.company.policies.notice / 2, "appointment_rescheduled"),
        };
        let over_quota = self.chance.per_mille(20);
        let within = hours >= wanted && !over_quota;
        let charged = kind == "cancellation" || !within;
        let fee = if charged { self.company.policies.fee(hours, appointment.price) } else { Decimal::ZERO };
        let (by, by_id) = self.author(appointment.customer);
        let values = [
            appointment.id.into(),
            appointment.customer.into(),
            modification.into(),
            within.into(),
            fee.into(),
            self.chance.pick(REASONS).map(str::to_owned).into(),
            by.into(),
            by_id.into(),
            json!({"notice_hours": hours, "forced": !within}).into(),
            at.into(),
            at.into(),
        ];
        store.add(Kind::Modification, values);
        self.stat(store, appointment.customer, kind, None, at);
        self.sender.send(store, event, at, appointment.customer);
        if !within {
            self.violation(store, appointment.customer, kind, at);
        }
    }

    fn author(&mut self, customer: i64) -> (&'static str, Option<i64>) {
        match self.chance.below(20) {
            0 => ("system", None),
            1..4 => ("user", Some(self.chance.pick(&self.company.users))),
            4..6 => ("staff", Some(self.chance.pick(&self.company.staff).id)),
            _ => ("customer", Some(customer)),
        }
    }

    /// A violation, where a policy of that type applies; a few were written by an older application.
    fn violation(&mut self, store: &mut Store, customer: i64, policy_type: &'static str, at: NaiveDateTime) {
        let Some(policy) = self.company.policies.of(policy_type) else { return };
        let metadata = match self.chance.below(1_000) {
            0..3 => None,
            3..9 => Some(json!({"policy_type": "deposit"})),
            _ => Some(json!({"policy_id": policy, "policy_type": policy_type})),
        };
        self.stat(store, customer, "violation", metadata, at);
        if self.chance.per_mille(300) {
            self.sender.send(store, "policy_violation", at + TimeDelta::minutes(1), customer);
        }
    }

    fn stat(
        &mut self,
        store: &mut Store,
        customer: i64,
        kind: &'static str,
        metadata: Option<Value>,
        at: NaiveDateTime,
    ) {
        let at = at.min(self.now);
        let count = if self.chance.per_mille(30) { self.chance.pick(&[2, 2, 3]) } else { 1 };
        let (first, last) = calendar::month(self.company.profile.zone, at);
        let values = [
            customer.into(),
            kind.into(),
            count.into(),
            first.into(),
            last.into(),
            metadata.into(),
            at.into(),
            at.into(),
        ];
        store.add(Kind::Stat, values);
    }
}
