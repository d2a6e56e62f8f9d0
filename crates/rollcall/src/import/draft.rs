//! From a row's cells to what is to be written, or to the reason why it cannot be.

use chrono::{NaiveDateTime, TimeDelta};
use rust_decimal::Decimal;

use super::clean::{amount, integer, short};
use super::dates::Reading;
use super::mapping::{BookedAfterStart, Choice, Instant, Mapping, Reminder};
use super::template::Template;
use super::terms::{Channel, Delivery, Journey, Status};
use crate::db::Arg;

/// What a row says.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) key: String,
    pub(super) customer: Entity,
    pub(super) branch: Option<Entity>,
    pub(super) staff: Option<Entity>,
    pub(super) service: Option<Entity>,
    pub(super) starts_at: NaiveDateTime,
    pub(super) ends_at: NaiveDateTime,
    pub(super) booked_at: Option<NaiveDateTime>,
    pub(super) status: Status,
    pub(super) price: Option<Decimal>,
    pub(super) notices: Vec<Notice>,
}

/// A customer, branch, service or member of staff: the file's key for it, its name, and its other columns.
#[derive(Clone, Debug)]
pub(super) struct Entity {
    pub(super) key: String,
    pub(super) name: String,
    pub(super) rest: Vec<Arg>,
}

/// A reminder that went out, or should have.
#[derive(Clone, Debug)]
pub(super) struct Notice {
    pub(super) channel: Channel,
    pub(super) status: Delivery,
    pub(super) recipient: String,
    pub(super) created_at: NaiveDateTime,
    pub(super) sent_at: Option<NaiveDateTime>,
}

/// Why a row is rejected.
type Reason = String;

/// A row and the mapping it is read by.
pub(super) struct Row<'a> {
    pub(super) mapping: &'a Mapping,
    pub(super) cells: &'a [String],
}

impl Row<'_> {
    /// Reads the row.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub(super) fn draft(&self) -> Result<Draft, Reason> {
        let mapping = &self.mapping.appointment;
        let service = self.service()?;
        let starts_at =
            self.instant("appointment.starts_at", &mapping.starts_at)?.ok_or("appointment.starts_at is empty")?;
        let ends_at = self.ends_at(starts_at, service.as_ref().map(|(_, minutes)| *minutes))?;
        let booked_at = match &mapping.booked_at {
            Some(booked) => self.instant("appointment.booked_at", booked)?,
            None => None,
        };
        if mapping.booked_after_start == BookedAfterStart::Reject && booked_at.is_some_and(|booked| booked > starts_at)
        {
            return Err("it was booked after it began".to_owned());
        }
        let price = match self.amount("appointment.price", mapping.price.as_ref())? {
            None => self.amount("service.price", self.mapping.service.as_ref().and_then(|it| it.price.as_ref()))?,
            price => price,
        };
        Ok(Draft {
            key: self.required("appointment.key", &mapping.key, 255)?,
            customer: self.customer()?,
            branch: self.branch()?,
            staff: self.staff()?,
            service: service.map(|(service, _)| service),
            starts_at,
            ends_at,
            booked_at,
            status: self.choice("appointment.status", &mapping.status)?,
            price,
            notices: self.notices(starts_at, booked_at)?,
        })
    }

    fn customer(&self) -> Result<Entity, Reason> {
        let customer = &self.mapping.customer;
        let journey = match &customer.journey_status {
            Some(choice) => self.choice("customer.journey_status", choice)?,
            None => Journey::Customer,
        };
        Ok(Entity {
            key: self.required("customer.key", &customer.key, 255)?,
            name: self.required("customer.name", &customer.name, 255)?,
            rest: vec![
                self.optional("customer.email", customer.email.as_ref(), 255)?.into(),
                self.optional("customer.phone", customer.phone.as_ref(), 64)?.into(),
                journey.as_str().into(),
            ],
        })
    }

    fn branch(&self) -> Result<Option<Entity>, Reason> {
        let Some(branch) = &self.mapping.branch else { return Ok(None) };
        let Some(key) = self.optional("branch.key", Some(&branch.key), 255)? else { return Ok(None) };
        let city = self.optional("branch.city", branch.city.as_ref(), 255)?;
        Ok(Some(Entity { key, name: self.required("branch.name", &branch.name, 255)?, rest: vec![city.into()] }))
    }

    fn staff(&self) -> Result<Option<Entity>, Reason> {
        let Some(staff) = &self.mapping.staff else { return Ok(None) };
        let Some(key) = self.optional("staff.key", Some(&staff.key), 255)? else { return Ok(None) };
        let email = self.optional("staff.email", staff.email.as_ref(), 255)?;
        Ok(Some(Entity { key, name: self.required("staff.name", &staff.name, 255)?, rest: vec![email.into()] }))
    }

    /// The service, and how many minutes it takes.
    fn service(&self) -> Result<Option<(Entity, i32)>, Reason> {
        let Some(service) = &self.mapping.service else { return Ok(None) };
        let Some(key) = self.optional("service.key", Some(&service.key), 255)? else { return Ok(None) };
        let minutes = self.minutes("service.duration_minutes", &service.duration_minutes)?.unwrap_or(30);
        let price = self.amount("service.price", service.price.as_ref())?.unwrap_or_default();
        let rest = vec![minutes.into(), price.into()];
        Ok(Some((Entity { key, name: self.required("service.name", &service.name, 255)?, rest }, minutes)))
    }

    fn ends_at(&self, starts_at: NaiveDateTime, service: Option<i32>) -> Result<NaiveDateTime, Reason> {
        let mapping = &self.mapping.appointment;
        if let Some(ends_at) = &mapping.ends_at
            && let Some(ends_at) = self.instant("appointment.ends_at", ends_at)?
        {
            return if ends_at < starts_at { Err("it ends before it begins".to_owned()) } else { Ok(ends_at) };
        }
        let own = match &mapping.duration_minutes {
            Some(minutes) => self.minutes("appointment.duration_minutes", minutes)?,
            None => None,
        };
        let minutes = own.or(service).ok_or("nothing says how long it takes")?;
        Ok(starts_at + TimeDelta::minutes(i64::from(minutes)))
    }

    fn notices(&self, starts_at: NaiveDateTime, booked_at: Option<NaiveDateTime>) -> Result<Vec<Notice>, Reason> {
        let mut notices = Vec::new();
        for reminder in &self.mapping.reminders {
            let due = reminder.when.as_ref().is_none_or(|when| {
                let value = when.value.fill(self.cells).unwrap_or_default();
                when.any_of.contains(&value)
            });
            if due {
                notices.push(self.notice(reminder, starts_at, booked_at)?);
            }
        }
        Ok(notices)
    }

    /// When it went out is known only where the file says so; a reminder is made some hours ahead, but not before the
    /// booking.
    fn notice(
        &self,
        reminder: &Reminder,
        starts_at: NaiveDateTime,
        booked_at: Option<NaiveDateTime>,
    ) -> Result<Notice, Reason> {
        let sent_at = match &reminder.sent_at {
            Some(sent_at) => self.instant("reminder.sent_at", sent_at)?,
            None => None,
        };
        let ahead = starts_at - TimeDelta::hours(i64::from(reminder.hours_before));
        let booked = booked_at.filter(|booked| *booked <= starts_at);
        Ok(Notice {
            channel: self.choice("reminder.channel", &reminder.channel)?,
            status: match &reminder.status {
                Some(status) => self.choice("reminder.status", status)?,
                None => Delivery::Sent,
            },
            recipient: self.required("reminder.recipient", &reminder.recipient, 255)?,
            created_at: sent_at.unwrap_or_else(|| booked.map_or(ahead, |booked| booked.max(ahead))),
            sent_at,
        })
    }

    fn required(&self, key: &str, template: &Template, limit: usize) -> Result<String, Reason> {
        self.optional(key, Some(template), limit)?.ok_or_else(|| format!("{key} is empty"))
    }

    fn optional(&self, key: &str, template: Option<&Template>, limit: usize) -> Result<Option<String>, Reason> {
        let text = template.and_then(|template| template.fill(self.cells));
        match &text {
            Some(long) if long.chars().count() > limit => Err(format!("{key} is longer than {limit} characters")),
            _ => Ok(text),
        }
    }

    fn instant(&self, key: &str, instant: &Instant) -> Result<Option<NaiveDateTime>, Reason> {
        let Some(text) = instant.value.fill(self.cells) else { return Ok(None) };
        let file = &self.mapping.file;
        let reading = Reading {
            patterns: instant.dates.as_ref().unwrap_or(&file.dates),
            zone: instant.timezone.unwrap_or(file.timezone).0,
            time: instant.time.or(file.time).map(|time| time.0),
        };
        reading.instant(&text).map(Some).map_err(|why| format!("{key}: `{}` {why}", short(&text)))
    }

    fn choice<T: Copy>(&self, key: &str, choice: &Choice<T>) -> Result<T, Reason> {
        match choice {
            Choice::Always(term) => Ok(*term),
            Choice::By(by) => {
                let value = by.value.fill(self.cells).unwrap_or_default();
                let known = by.map.get(&value).copied().or(by.default);
                known.ok_or_else(|| format!("{key}: the mapping says nothing about the value `{}`", short(&value)))
            }
        }
    }

    fn amount(&self, key: &str, template: Option<&Template>) -> Result<Option<Decimal>, Reason> {
        let Some(text) = template.and_then(|template| template.fill(self.cells)) else { return Ok(None) };
        let read = amount(&text, self.mapping.file.decimal_comma);
        read.map(Some).map_err(|why| format!("{key}: `{}` {why}", short(&text)))
    }

    fn minutes(&self, key: &str, template: &Template) -> Result<Option<i32>, Reason> {
        let Some(text) = template.fill(self.cells) else { return Ok(None) };
        let whole = integer(&text, self.mapping.file.decimal_comma).and_then(|whole| whole.parse().ok());
        match whole {
            Some(minutes @ 1..=44_640) => Ok(Some(minutes)),
            _ => Err(format!("{key}: `{}` is not a number of minutes from 1 to 44640", short(&text))),
        }
    }
}
