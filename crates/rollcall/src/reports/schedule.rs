//! When a report goes out: by the clock on the company's wall.

use chrono::{DateTime, Datelike, Days, MappedLocalTime, NaiveDate, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// How often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cadence {
    /// Every day.
    Daily,
    /// On one day of the week.
    Weekly,
    /// On one day of the month, on its last one where it has no such day.
    Monthly,
}

impl Cadence {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Daily, Self::Weekly, Self::Monthly];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
        }
    }

    /// The one of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == name)
    }
}

/// When a report goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// How often.
    pub cadence: Cadence,
    /// The day of the week, from Monday as 0; counts where it is weekly.
    pub weekday: u32,
    /// The day of the month, from 1 to 31; counts where it is monthly.
    pub month_day: u32,
    /// The minute of the local day, from 0 to 1439.
    pub minute: u32,
}

/// Longer than any pause between two days of a schedule.
const LOOK_AHEAD: u64 = 70;

impl Schedule {
    /// The first time after `after` at which it is due. A time that the clocks leave out is the first one after the gap; of a
    /// time that comes twice the first one counts.
    #[must_use]
    pub fn next(&self, zone: Tz, after: DateTime<Utc>) -> DateTime<Utc> {
        let today = after.with_timezone(&zone).date_naive();
        // A day before: where clocks jump over midnight, a day's time may come on the next one.
        let first = today.checked_sub_days(Days::new(1)).unwrap_or(today);
        let days = first.iter_days().take(usize::try_from(LOOK_AHEAD).unwrap_or(usize::MAX));
        let times = days.filter(|day| self.is_on(*day)).filter_map(|day| self.at(zone, day));
        times.into_iter().find(|at| *at > after).unwrap_or(after + TimeDelta::days(1))
    }

    fn is_on(&self, day: NaiveDate) -> bool {
        match self.cadence {
            Cadence::Daily => true,
            Cadence::Weekly => day.weekday().num_days_from_monday() == self.weekday,
            Cadence::Monthly => day.day() == self.month_day.min(u32::from(day.num_days_in_month())),
        }
    }

    fn at(&self, zone: Tz, day: NaiveDate) -> Option<DateTime<Utc>> {
        let wanted = day.and_hms_opt(self.minute / 60, self.minute % 60, 0)?;
        // No zone has ever left out more than a day.
        (0..=24 * 60).find_map(|later| match zone.from_local_datetime(&(wanted + TimeDelta::minutes(later))) {
            MappedLocalTime::Single(at) | MappedLocalTime::Ambiguous(at, _) => Some(at.with_timezone(&Utc)),
            MappedLocalTime::None => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use chrono::Timelike;
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn schedule(cadence: Cadence, minute: u32) -> Schedule {
        Schedule { cadence, weekday: 0, month_day: 31, minute }
    }

    fn times(schedule: Schedule, zone: Tz, from: &str, count: usize) -> Vec<String> {
        let next = |at: &DateTime<Utc>| Some(schedule.next(zone, *at));
        let all = std::iter::successors(Some(at(from)), next).skip(1).take(count);
        all.map(|at| at.with_timezone(&zone).format("%m-%d %H:%M %z").to_string()).collect()
    }

    #[test]
    fn a_day_on_which_the_clocks_change_has_one_time_too() {
        let half_past_two = schedule(Cadence::Daily, 150);
        assert_eq!(
            times(half_past_two, Tz::Europe__Berlin, "2026-03-27T12:00:00Z", 3),
            ["03-28 02:30 +0100", "03-29 03:00 +0200", "03-30 02:30 +0200"],
            "after the gap"
        );
        assert_eq!(
            times(half_past_two, Tz::Europe__Berlin, "2026-10-24T12:00:00Z", 2),
            ["10-25 02:30 +0200", "10-26 02:30 +0100"],
            "the first of both"
        );
        let eight = schedule(Cadence::Daily, 480);
        assert_eq!(
            times(eight, Tz::Europe__Berlin, "2026-10-24T12:00:00Z", 2),
            ["10-25 08:00 +0100", "10-26 08:00 +0100"],
            "by the clock on the wall"
        );
        let midnight = schedule(Cadence::Daily, 0);
        assert_eq!(
            times(midnight, Tz::Africa__Cairo, "2026-04-23T12:00:00Z", 2),
            ["04-24 01:00 +0300", "04-25 00:00 +0300"],
            "whose midnight is left out"
        );
    }

    #[test]
    fn a_month_without_that_day_has_its_last_one() {
        let monthly = schedule(Cadence::Monthly, 480);
        assert_eq!(
            times(monthly, Tz::UTC, "2028-01-15T00:00:00Z", 5),
            ["01-31", "02-29", "03-31", "04-30", "05-31"].map(|day| format!("{day} 08:00 +0000"))
        );
        let tenth = Schedule { month_day: 10, ..monthly };
        assert_eq!(times(tenth, Tz::UTC, "2026-02-10T08:00:00Z", 1), ["03-10 08:00 +0000"], "after, not at");
        assert_eq!(
            times(schedule(Cadence::Weekly, 0), Tz::UTC, "2026-11-22T12:00:00Z", 2),
            ["11-23 00:00 +0000", "11-30 00:00 +0000"]
        );
    }

    proptest! {
        #[test]
        fn every_zone_has_one_time_for_each_of_its_days(
            zone in prop::sample::select(chrono_tz::TZ_VARIANTS.to_vec()),
            // Before 1972 clocks differed by seconds, too.
            from in 1_700_000_000_i64..4_000_000_000,
            minute in 0_u32..1440,
            cadence in prop::sample::select(Cadence::ALL.to_vec()),
        ) {
            let after = DateTime::from_timestamp(from, 0).unwrap();
            let it = Schedule { cadence, weekday: 3, month_day: 30, minute };
            let next = it.next(zone, after);
            prop_assert!(next > after && next.second() == 0);
            let most = match cadence { Cadence::Daily => 3, Cadence::Weekly => 9, Cadence::Monthly => 33 };
            prop_assert!(next - after <= TimeDelta::days(most), "{next}");
            let second = it.next(zone, next);
            prop_assert!(second - next >= TimeDelta::hours(20), "{next} {second}");
        }
    }
}
