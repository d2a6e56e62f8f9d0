//! A company's calendar: which local day an instant falls on, and which instants a local day may hold.

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone};
use chrono_tz::Tz;

/// The zone of that IANA name; UTC where nobody knows it (`rollcall doctor` names the company then).
#[must_use]
pub fn zone(name: &str) -> Tz {
    name.parse().unwrap_or_else(|_| {
        tracing::warn!(zone = name, "unknown time zone: its company's days are taken in UTC");
        Tz::UTC
    })
}

/// The local day of an instant.
#[must_use]
pub fn local_day(zone: Tz, instant: NaiveDateTime) -> NaiveDate {
    zone.from_utc_datetime(&instant).date_naive()
}

/// The local day and hour of an instant.
#[must_use]
pub fn local_hour(zone: Tz, instant: NaiveDateTime) -> (NaiveDate, u8) {
    use chrono::Timelike;
    let local = zone.from_utc_datetime(&instant);
    (local.date_naive(), u8::try_from(local.hour()).unwrap_or(0))
}

/// From and until (excluded), UTC: a span that holds every instant of the local days `first` to `last`.
///
/// On the days around a change of the clocks it may hold a little more, in zones that leave out or repeat parts of a
/// day in odd ways even a day more; who counts still has to ask for each instant's [`local_day`].
#[must_use]
pub fn span(zone: Tz, first: NaiveDate, last: NaiveDate) -> (NaiveDateTime, NaiveDateTime) {
    let (start, end) = (midnight(first), midnight(last.checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX)));
    let from = offsets(zone, start).max().unwrap_or_default();
    let until = offsets(zone, end).min().unwrap_or_default();
    let bounded = |local: NaiveDateTime, offset| {
        let instant = local.checked_sub_signed(TimeDelta::seconds(offset)).unwrap_or(local);
        instant.clamp(FIRST_INSTANT, LAST_INSTANT)
    };
    (bounded(start, from), bounded(end, until))
}

/// The first second after `now` that falls on another local day.
#[must_use]
pub fn next_day(zone: Tz, now: NaiveDateTime) -> NaiveDateTime {
    let today = local_day(zone, now);
    let (mut same, mut other) = (0, (span(zone, today, today).1 - now).num_seconds().max(1));
    while other - same > 1 {
        let middle = i64::midpoint(same, other);
        if local_day(zone, now + TimeDelta::seconds(middle)) == today {
            same = middle;
        } else {
            other = middle;
        }
    }
    now + TimeDelta::seconds(other)
}

/// The first and the last day of the month, local, in which `at` falls.
#[must_use]
pub fn month(zone: Tz, at: NaiveDateTime) -> (NaiveDate, NaiveDate) {
    let day = local_day(zone, at);
    let first = day.with_day(1).unwrap_or(day);
    let last = first.checked_add_months(chrono::Months::new(1)).and_then(|next| next.pred_opt()).unwrap_or(day);
    (first, last)
}

/// The first instant that all databases know.
const FIRST_INSTANT: NaiveDateTime = match NaiveDate::from_ymd_opt(1, 1, 1) {
    Some(day) => day.and_time(NaiveTime::MIN),
    None => NaiveDateTime::MIN,
};
/// Just after the last whole second that all databases know: there is no year 10000 in a DATETIME.
pub(crate) const LAST_INSTANT: NaiveDateTime =
    match (NaiveDate::from_ymd_opt(9999, 12, 31), NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999)) {
        (Some(day), Some(time)) => day.and_time(time),
        _ => NaiveDateTime::MAX,
    };

/// The offsets from UTC, in seconds, that are in force around a local time, from a day and a half before to a day and
/// a half after: no zone is further than that from UTC, and none has ever changed twice within that time.
fn offsets(zone: Tz, around: NaiveDateTime) -> impl Iterator<Item = i64> {
    [-36, -12, 0, 12, 36].into_iter().filter_map(move |hours| {
        let instant = around.checked_add_signed(TimeDelta::hours(hours))?;
        Some(i64::from(zone.offset_from_utc_datetime(&instant).fix().local_minus_utc()))
    })
}

fn midnight(day: NaiveDate) -> NaiveDateTime {
    day.and_time(NaiveTime::MIN)
}

/// A day as a number that sorts and reads, `20261122`; 0 is kept for rows without a date.
#[must_use]
pub fn day_number(day: NaiveDate) -> i64 {
    i64::from(day.year()) * 10_000 + i64::from(day.month()) * 100 + i64::from(day.day())
}

/// The day of such a number.
#[must_use]
pub fn day_of_number(number: i64) -> Option<NaiveDate> {
    let year = i32::try_from(number / 10_000).ok()?;
    let month = u32::try_from(number / 100 % 100).ok()?;
    NaiveDate::from_ymd_opt(year, month, u32::try_from(number % 100).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_days_come_back() {
        let day = NaiveDate::from_ymd_opt(2026, 3, 9).unwrap();
        assert_eq!(day_number(day), 20_260_309);
        assert_eq!(day_of_number(20_260_309), Some(day));
        assert_eq!(day_of_number(0), None);
    }

    #[test]
    fn the_span_of_a_day_holds_all_its_instants_in_every_zone() {
        // Days around clock changes, and two that a zone left out altogether.
        let days = ["2026-03-29", "2026-10-25", "2026-11-01", "2011-12-30", "2011-12-29", "2007-12-09", "1993-08-21"];
        for zone in chrono_tz::TZ_VARIANTS {
            for day in days {
                let day: NaiveDate = day.parse().unwrap();
                let (from, until) = span(zone, day, day);
                let mut instant = midnight(day) - TimeDelta::hours(40);
                while instant < midnight(day) + TimeDelta::hours(64) {
                    if local_day(zone, instant) == day {
                        assert!(from <= instant && instant < until, "{zone} {day}: {instant} outside {from}..{until}");
                    }
                    instant += TimeDelta::minutes(15);
                }
            }
        }
    }

    #[test]
    fn the_next_day_begins_where_the_clock_says_so() {
        let next = |zone, now: &str| next_day(zone, now.parse().unwrap()).to_string();
        assert_eq!(next(Tz::Europe__Berlin, "2026-11-22T12:00:00"), "2026-11-22 23:00:00");
        assert_eq!(next(Tz::Europe__Berlin, "2026-11-22T22:59:59"), "2026-11-22 23:00:00");
        assert_eq!(next(Tz::Europe__Berlin, "2026-11-22T23:00:00"), "2026-11-23 23:00:00");
        assert_eq!(next(Tz::Europe__Berlin, "2026-03-29T00:30:00"), "2026-03-29 22:00:00", "a day of 23 hours");
        assert_eq!(next(Tz::Europe__Berlin, "2026-10-25T00:30:00"), "2026-10-25 23:00:00", "a day of 25 hours");
        assert_eq!(next(Tz::Pacific__Apia, "2011-12-30T09:00:00"), "2011-12-30 10:00:00", "before a day left out");
    }

    #[test]
    fn an_ordinary_day_has_an_exact_span() {
        let day = NaiveDate::from_ymd_opt(2026, 7, 1).unwrap();
        let (from, until) = span(Tz::Asia__Kathmandu, day, day);
        assert_eq!((from.to_string(), until.to_string()), ("2026-06-30 18:15:00".into(), "2026-07-01 18:15:00".into()));
    }
}
