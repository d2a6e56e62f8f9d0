//! What somebody typed into the form of a company, and whether it will do.

use std::ops::RangeInclusive;

use crate::accounts;
use crate::analytics::currency::Currency;

/// How many appointments in thirty days a member of staff may be said to take.
pub(crate) const CAPACITIES: RangeInclusive<i64> = 1..=10_000;

/// What can be changed of a company, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) name: String,
    /// The IANA zone in which its days begin.
    pub(crate) timezone: String,
    /// The language in which it writes to customers.
    pub(crate) locale: String,
    /// What its amounts are in: a code of ISO 4217.
    pub(crate) currency: String,
    /// How many appointments a member of staff can take in thirty days.
    pub(crate) staff_capacity: i64,
}

/// The same as it was typed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Draft {
    pub(crate) name: String,
    pub(crate) timezone: String,
    pub(crate) locale: String,
    pub(crate) currency: String,
    pub(crate) staff_capacity: String,
}

/// Why a field will not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    Missing,
    Name,
    /// There is no such zone.
    Zone,
    /// The panel does not speak it.
    Locale,
    /// There is no such currency.
    Currency,
    /// It is not within [`CAPACITIES`].
    Capacity,
}

impl Draft {
    /// What a form shows of a company.
    pub(crate) fn of(settings: &Settings) -> Self {
        let Settings { name, timezone, locale, currency, staff_capacity } = settings.clone();
        Self { name, timezone, locale, currency, staff_capacity: staff_capacity.to_string() }
    }

    /// What is to be kept.
    ///
    /// # Errors
    /// Every field that will not do, with the reason.
    pub(crate) fn check(&self) -> Result<Settings, Vec<(&'static str, Wrong)>> {
        let mut faults = Vec::new();
        let mut take = |field, typed: &str, taken: Option<String>, wrong| {
            let wrong = if typed.trim().is_empty() { Wrong::Missing } else { wrong };
            taken.unwrap_or_else(|| {
                faults.push((field, wrong));
                String::new()
            })
        };
        let zone = accounts::time_zone(self.timezone.trim()).ok().map(|zone| zone.name().to_owned());
        let locale = accounts::locale(self.locale.trim()).ok().map(str::to_owned);
        let currency = Currency::assigned(&self.currency).map(|currency| currency.code().to_owned());
        let name = take("name", &self.name, accounts::name(&self.name).ok(), Wrong::Name);
        let timezone = take("timezone", &self.timezone, zone, Wrong::Zone);
        let locale = take("locale", &self.locale, locale, Wrong::Locale);
        let currency = take("currency", &self.currency, currency, Wrong::Currency);
        let capacity = self.staff_capacity.trim();
        let number = capacity.parse::<i64>().ok().filter(|number| CAPACITIES.contains(number));
        take("staff_capacity", capacity, number.map(|_| String::new()), Wrong::Capacity);
        match number {
            Some(staff_capacity) if faults.is_empty() => {
                Ok(Settings { name, timezone, locale, currency, staff_capacity })
            }
            _ => Err(faults),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> Draft {
        let text = str::to_owned;
        Draft {
            name: text(" Salon Ada "),
            timezone: text("Europe/Vienna"),
            locale: text("de"),
            currency: text("chf"),
            staff_capacity: text(" 30 "),
        }
    }

    #[test]
    fn what_will_do_is_taken_in_the_one_way_of_writing_it() {
        let taken = draft().check().unwrap();
        assert_eq!((taken.name.as_str(), taken.currency.as_str(), taken.staff_capacity), ("Salon Ada", "CHF", 30));
        assert_eq!(Draft::of(&taken).check(), Ok(taken));
    }

    #[test]
    fn every_field_says_why_it_will_not_do() {
        let wrong = |change: fn(&mut Draft)| {
            let mut changed = draft();
            change(&mut changed);
            changed.check().unwrap_err()
        };
        assert_eq!(wrong(|it| it.name = " ".into()), [("name", Wrong::Missing)]);
        assert_eq!(wrong(|it| it.name = "a".repeat(256)), [("name", Wrong::Name)]);
        assert_eq!(wrong(|it| it.timezone = "Berlin".into()), [("timezone", Wrong::Zone)]);
        assert_eq!(wrong(|it| it.locale = "fr".into()), [("locale", Wrong::Locale)]);
        for none in ["Euro", "€", "ABC", "XXX"] {
            assert_eq!(
                Draft { currency: none.into(), ..draft() }.check().unwrap_err(),
                [("currency", Wrong::Currency)],
                "{none}"
            );
        }
        for none in ["0", "-1", "10001", "4.5", "many", "99999999999999999999"] {
            let wrong = Draft { staff_capacity: none.into(), ..draft() }.check().unwrap_err();
            assert_eq!(wrong, [("staff_capacity", Wrong::Capacity)], "{none}");
        }
        assert_eq!(Draft::default().check().unwrap_err().len(), 5);
    }
}
