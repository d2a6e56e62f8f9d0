//! Instants as files write them: several patterns, a time zone, and days without a time.

use std::fmt;

use chrono::format::{Item, StrftimeItems};
use chrono::{DateTime, Datelike, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeZone};
use chrono_tz::Tz;
use serde::Deserialize;

/// A pattern in chrono's notation, such as `%d.%m.%Y %H:%M`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Pattern(String);

impl TryFrom<String> for Pattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if StrftimeItems::new(&text).any(|item| item == Item::Error) {
            return Err(format!("`{text}` is not a date pattern: see `%Y-%m-%d %H:%M:%S`"));
        }
        Ok(Self(text))
    }
}

/// A time zone by its IANA name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Zone(pub(super) Tz);

impl TryFrom<String> for Zone {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let zone = name.parse().map_err(|_| format!("`{name}` is not a time zone: use an IANA name or UTC"))?;
        Ok(Self(zone))
    }
}

/// A time of day, `08:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct TimeOfDay(pub(super) NaiveTime);

impl TryFrom<String> for TimeOfDay {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let time = NaiveTime::parse_from_str(&text, "%H:%M").or_else(|_| NaiveTime::parse_from_str(&text, "%H:%M:%S"));
        time.map(Self).map_err(|_| format!("`{text}` is not a time of day: use HH:MM"))
    }
}

/// How to read the instants of one column.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading<'a> {
    pub(super) patterns: &'a [Pattern],
    pub(super) zone: Tz,
    /// The time of days that have none.
    pub(super) time: Option<NaiveTime>,
}

/// Why a text is no instant.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NoInstant {
    /// No pattern fits.
    Pattern,
    /// It is a day, and no time of day is given.
    Time,
    /// The clocks skip it.
    Gap(Tz),
    /// It lies outside the years 1900 to 2200.
    Year,
}

impl fmt::Display for NoInstant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pattern => f.write_str("fits none of the date patterns"),
            Self::Time => f.write_str("is a day without a time, and the mapping gives no `time`"),
            Self::Gap(zone) => write!(f, "does not exist in {zone}: the clocks skip it"),
            Self::Year => f.write_str("lies outside the years 1900 to 2200"),
        }
    }
}

impl Reading<'_> {
    /// The instant, UTC, in whole seconds. A local time that the clocks repeat is the earlier of the two.
    ///
    /// # Errors
    /// [`NoInstant`].
    pub(super) fn instant(&self, text: &str) -> Result<NaiveDateTime, NoInstant> {
        let mut why = NoInstant::Pattern;
        for Pattern(pattern) in self.patterns {
            if let Ok(at) = DateTime::parse_from_str(text, pattern) {
                return sound(at.naive_utc());
            }
            let local = match NaiveDateTime::parse_from_str(text, pattern) {
                Ok(local) => local,
                Err(_) => match (NaiveDate::parse_from_str(text, pattern), self.time) {
                    (Ok(day), Some(time)) => day.and_time(time),
                    (Ok(_), None) => {
                        why = NoInstant::Time;
                        continue;
                    }
                    (Err(_), _) => continue,
                },
            };
            return sound(self.utc(sound(local)?)?);
        }
        Err(why)
    }

    fn utc(&self, local: NaiveDateTime) -> Result<NaiveDateTime, NoInstant> {
        match self.zone.from_local_datetime(&local) {
            LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => Ok(at.naive_utc()),
            LocalResult::None => Err(NoInstant::Gap(self.zone)),
        }
    }
}

/// Checks the year, which a typing error makes 0216 or 20216, and drops fractions of a second.
fn sound(at: NaiveDateTime) -> Result<NaiveDateTime, NoInstant> {
    let whole = at.and_utc().timestamp();
    match DateTime::from_timestamp(whole, 0) {
        Some(whole) if (1900..=2200).contains(&at.year()) => Ok(whole.naive_utc()),
        _ => Err(NoInstant::Year),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, time: Option<&str>, zone: Tz) -> Result<String, NoInstant> {
        let patterns =
            ["%Y-%m-%dT%H:%M:%S%:z", "%Y-%m-%dT00:00:00Z", "%d.%m.%Y %H:%M", "%Y-%m-%d", "%Y-%m-%d %H:%M:%S%.f"]
                .map(|pattern| Pattern::try_from(pattern.to_owned()).unwrap());
        let time = time.map(|time| TimeOfDay::try_from(time.to_owned()).unwrap().0);
        Reading { patterns: &patterns, zone, time }.instant(text).map(|at| at.to_string())
    }

    #[test]
    fn patterns_are_tried_in_turn() {
        let zone = chrono_tz::America::Sao_Paulo;
        let at = |text: &str| read(text, Some("08:00"), zone).unwrap();
        assert_eq!(at("2016-04-29T00:00:00Z"), "2016-04-29 11:00:00", "a day at midnight is a day");
        assert_eq!(at("29.04.2016 09:30"), "2016-04-29 12:30:00");
        assert_eq!(at("2016-04-29T09:30:00+02:00"), "2016-04-29 07:30:00", "an offset of its own is believed");
        assert_eq!(at("2016-04-29 09:30:00.75"), "2016-04-29 12:30:00");
    }

    #[test]
    fn what_is_no_instant_says_why() {
        let zone = chrono_tz::Europe::Berlin;
        assert_eq!(read("2016-02-30", Some("08:00"), zone), Err(NoInstant::Pattern));
        assert_eq!(read("2016-04-29", None, zone), Err(NoInstant::Time));
        assert_eq!(read("27.03.2016 02:30", None, zone), Err(NoInstant::Gap(zone)));
        assert_eq!(read("30.10.2016 02:30", None, zone).as_deref(), Ok("2016-10-30 00:30:00"), "the earlier of two");
        assert_eq!(read("01.01.0216 10:00", None, zone), Err(NoInstant::Year));
        assert_eq!(read("", None, zone), Err(NoInstant::Pattern));
    }

    #[test]
    fn mistakes_in_a_mapping_are_named() {
        assert!(Pattern::try_from("%Y-%Q".to_owned()).unwrap_err().contains("%Y-%Q"));
        assert!(Zone::try_from("Europe/Berln".to_owned()).unwrap_err().contains("Europe/Berln"));
        assert!(TimeOfDay::try_from("8 am".to_owned()).unwrap_err().contains("HH:MM"));
    }
}
