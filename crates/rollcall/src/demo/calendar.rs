//! When appointments are: weekdays, seasons, opening hours, and the clock changes of every zone.

use chrono::{DateTime, Datelike, Days, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use super::dice::{Dice, share_out};
use super::profiles::Trade;

/// How many days ahead of today there are appointments.
const AHEAD: u64 = 14;

/// Each local day from `days - 1` days ago to two weeks ahead, with its number of appointments: `total` in all.
pub(super) fn spread(
    total: u64,
    days: u32,
    now: DateTime<Utc>,
    zone: Tz,
    trade: Trade,
    chance: &mut Dice,
) -> Vec<(NaiveDate, u64)> {
    let today = now.with_timezone(&zone).date_naive();
    let back = u64::from(days.max(1)) - 1;
    let first = today.checked_sub_days(Days::new(back)).unwrap_or(today);
    let dates: Vec<_> = first.iter_days().take(usize::try_from(back + 1 + AHEAD).unwrap_or(usize::MAX)).collect();
    let mut weight = |date: &NaiveDate| {
        let ahead = u64::try_from((*date - today).num_days()).unwrap_or(0);
        let booked = if ahead == 0 { 100 } else { (AHEAD + 1).saturating_sub(ahead) * 5 };
        weekday(trade, *date) * season(*date) * booked * chance.below(31).saturating_add(85)
    };
    let weights: Vec<_> = dates.iter().map(&mut weight).collect();
    dates.into_iter().zip(share_out(total, &weights)).collect()
}

/// How busy a trade is on a weekday. Never 0: somebody always has an emergency.
fn weekday(trade: Trade, date: NaiveDate) -> u64 {
    let from_monday: [u64; 7] = match trade {
        Trade::Salon => [20, 80, 90, 100, 130, 140, 1],
        Trade::Clinic => [130, 110, 70, 110, 80, 10, 2],
        Trade::Workshop => [110, 100, 95, 100, 105, 50, 1],
    };
    from_monday[usize::try_from(date.weekday().num_days_from_monday()).unwrap_or(0)]
}

/// How busy a time of year is; hardly anybody works over Christmas.
fn season(date: NaiveDate) -> u64 {
    const MONTHS: [u64; 12] = [88, 92, 104, 108, 110, 102, 84, 80, 104, 108, 102, 114];
    match (date.month(), date.day()) {
        (12, 24..=26) | (1, 1) => 4,
        (month, _) => MONTHS[usize::try_from(month).unwrap_or(1) - 1],
    }
}

/// A time of day: in opening hours on a quarter of an hour, but for a few early birds and late shifts.
pub(super) fn slot(chance: &mut Dice) -> NaiveTime {
    const FROM_FIVE: [u32; 18] = [1, 1, 3, 60, 100, 120, 115, 60, 45, 90, 105, 110, 95, 70, 30, 3, 2, 1];
    let hour = 5 + u32::try_from(chance.weighted(&FROM_FIVE)).unwrap_or(0);
    let minute = chance.pick(&[0, 0, 15, 30, 30, 45]);
    NaiveTime::from_hms_opt(hour, minute, 0).unwrap_or_default()
}

/// The instant of a local time: the earlier of two, and an hour later where the clocks jump over it.
pub(super) fn instant(zone: Tz, local: NaiveDateTime) -> NaiveDateTime {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => at.naive_utc(),
        LocalResult::None => {
            zone.from_local_datetime(&(local + TimeDelta::hours(1))).earliest().map_or(local, |at| at.naive_utc())
        }
    }
}

pub(super) use crate::summaries::zone::month;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn appointments_are_spread_over_the_window_and_two_weeks_ahead() {
        let now = "2026-11-22T20:00:00Z".parse().unwrap();
        let zone = chrono_tz::Asia::Kathmandu;
        let spread = spread(10_000, 180, now, zone, Trade::Clinic, &mut Dice::new(1, 1));
        assert_eq!(spread.iter().map(|(_, count)| count).sum::<u64>(), 10_000);
        assert_eq!(spread.len(), 194);
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!(spread[179].0, day("2026-11-23"), "today is the company's own");
        let on = |date: &str| spread.iter().find(|(at, _)| *at == day(date)).unwrap().1;
        assert!(on("2026-11-16") > 5 * on("2026-11-15"), "a Monday is busier than a Sunday");
        assert!(on("2026-11-23") > on("2026-11-30"), "fewer are booked ahead");
    }

    #[test]
    fn a_local_time_that_the_clocks_skip_or_repeat_has_one_instant() {
        let zone = chrono_tz::Europe::Berlin;
        let at = |text: &str| instant(zone, text.parse().unwrap()).to_string();
        assert_eq!(at("2026-03-29T02:30:00"), "2026-03-29 01:30:00");
        assert_eq!(at("2026-10-25T02:30:00"), "2026-10-25 00:30:00");
    }

    #[test]
    fn a_month_is_the_companys_own() {
        let (first, last) = month(chrono_tz::Pacific::Chatham, "2026-02-28T12:00:00".parse().unwrap());
        assert_eq!((first.to_string(), last.to_string()), ("2026-03-01".to_owned(), "2026-03-31".to_owned()));
    }
}
