//! When things happen: by day of the week and by hour.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};

/// The hours that are shown, 8 to 20, both included.
pub const HOURS: std::ops::RangeInclusive<u8> = 8..=20;

/// The sums of daily counts by day of the week, Monday first.
pub fn by_weekday(days: impl IntoIterator<Item = (NaiveDate, i64)>) -> [i64; 7] {
    let mut sums = [0; 7];
    for (day, count) in days {
        sums[day.weekday().num_days_from_monday() as usize] += count;
    }
    sums
}

/// The counts of [`HOURS`]; zero where an hour has none.
#[must_use]
pub fn by_hour(hours: &BTreeMap<u8, i64>) -> Vec<(u8, i64)> {
    HOURS.map(|hour| (hour, hours.get(&hour).copied().unwrap_or_default())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_begin_on_monday() {
        let day = |day| NaiveDate::from_ymd_opt(2026, 11, day).unwrap();
        let monday_twice_and_sunday = [(day(16), 3), (day(22), 5), (day(23), 4)];
        assert_eq!(by_weekday(monday_twice_and_sunday), [7, 0, 0, 0, 0, 0, 5]);
        assert_eq!(by_weekday([]), [0; 7]);
    }

    #[test]
    fn hours_from_8_to_20_are_shown() {
        let hours = BTreeMap::from([(7, 1), (8, 2), (20, 3), (21, 4)]);
        let shown = by_hour(&hours);
        assert_eq!((shown.len(), shown[0], shown[1], shown[12]), (13, (8, 2), (9, 0), (20, 3)));
    }
}
