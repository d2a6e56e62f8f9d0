//! When the cache is warmed: at the top of each hour from 6 to 20 in the company's zone, and in full at 6.
//!
//! Zones lie quarters of an hour apart, so the world's ticks come by the quarter: a [`Slot`] is the quarter of an hour that ends
//! at an instant, and each tick of each zone falls into exactly one.

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use chrono_tz::Tz;

/// The length of a slot, in seconds.
const QUARTER: i64 = 900;
/// So many slots back lies the tick of an hour that is still going on.
const OF_AN_HOUR: i64 = 4;
/// The hours at whose top there is a tick.
const HOURS: std::ops::RangeInclusive<u32> = 6..=20;
/// The hour of the full one.
const FULL: u32 = 6;

/// A quarter of an hour, by its last second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(i64);

/// A company is to be warmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tick {
    /// The top of an hour there.
    pub at: DateTime<Utc>,
    /// Whether everything is, not the dashboards alone.
    pub full: bool,
}

impl Slot {
    /// The slots whose ticks are due at `now`, the oldest first. What is older has been overtaken by the next hour's.
    pub fn due(now: DateTime<Utc>) -> impl Iterator<Item = Self> {
        let last = now.timestamp().div_euclid(QUARTER);
        (last - OF_AN_HOUR + 1..=last).map(|slot| Self(slot * QUARTER))
    }

    /// Its end, in seconds since 1970: what the run is filed under.
    #[must_use]
    pub fn end(self) -> i64 {
        self.0
    }

    /// The tick of a company in `zone` that falls into this slot.
    #[must_use]
    pub fn tick(self, zone: Tz) -> Option<Tick> {
        let end = DateTime::from_timestamp(self.0, 0)?;
        let local = end.with_timezone(&zone);
        let since_the_hour = i64::from(local.minute() * 60 + local.second());
        let at = end - TimeDelta::seconds(since_the_hour);
        let top = at.with_timezone(&zone);
        // Where clocks were put by half an hour in between, it was no top of an hour.
        let is_tick = since_the_hour < QUARTER && (top.minute(), top.second()) == (0, 0) && HOURS.contains(&top.hour());
        is_tick.then_some(Tick { at, full: top.hour() == FULL })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn ticks(zone: Tz, from: DateTime<Utc>, until: DateTime<Utc>) -> Vec<Tick> {
        let slots = (from.timestamp() / QUARTER + 1..=until.timestamp() / QUARTER).map(|slot| Slot(slot * QUARTER));
        slots.filter_map(|slot| slot.tick(zone)).collect()
    }

    #[test]
    fn an_ordinary_day_has_fifteen_ticks_and_the_first_is_full() {
        for zone in [Tz::Europe__Berlin, Tz::Asia__Kathmandu, Tz::Australia__Eucla, Tz::America__St_Johns] {
            let day = ticks(zone, at("2026-11-21T00:00:00Z"), at("2026-11-22T00:00:00Z"));
            assert_eq!((day.len(), day.iter().filter(|tick| tick.full).count()), (15, 1), "{zone}");
        }
        let day = ticks(Tz::Asia__Kathmandu, at("2026-11-21T12:00:00Z"), at("2026-11-22T12:00:00Z"));
        assert_eq!(day.iter().find(|tick| tick.full).unwrap().at, at("2026-11-22T00:15:00Z"), "6:00 at +5:45");
    }

    #[test]
    fn the_hour_that_is_going_on_is_due_and_the_one_before_is_not() {
        let due: Vec<_> = Slot::due(at("2026-11-22T08:59:59Z")).filter_map(|slot| slot.tick(Tz::UTC)).collect();
        assert_eq!(due, [Tick { at: at("2026-11-22T08:00:00Z"), full: false }]);
        let due: Vec<_> = Slot::due(at("2026-11-22T09:00:00Z")).filter_map(|slot| slot.tick(Tz::UTC)).collect();
        assert_eq!(due, [Tick { at: at("2026-11-22T09:00:00Z"), full: false }]);
        for night in ["2026-11-22T21:00:00Z", "2026-11-22T05:59:59Z"] {
            assert_eq!(Slot::due(at(night)).filter_map(|slot| slot.tick(Tz::UTC)).count(), 0, "{night}");
        }
    }

    proptest! {
        /// Every minute of three days is asked for its local time; days on which clocks change are among them.
        #[test]
        fn every_top_of_an_hour_from_6_to_20_is_one_tick(
            zone in prop::sample::select(chrono_tz::TZ_VARIANTS.to_vec()),
            day in prop::sample::select(vec!["2026-03-28", "2026-10-24", "2026-04-04", "2026-10-03", "2026-11-22"])
                .prop_union(prop::sample::select(vec!["2024-02-28", "2030-03-30", "2031-10-25", "2028-12-31", "2026-07-01"])),
        ) {
            let from = at(&format!("{day}T00:00:00Z"));
            let until = from + TimeDelta::days(3);
            let minutes = (1..=3 * 1440).map(|minute| from + TimeDelta::minutes(minute));
            let expected: BTreeSet<Tick> = minutes.filter_map(|at| {
                let local = at.with_timezone(&zone);
                let top = local.minute() == 0 && HOURS.contains(&local.hour());
                top.then_some(Tick { at, full: local.hour() == FULL })
            }).collect();
            let found = ticks(zone, from, until);
            prop_assert_eq!(found.len(), expected.len(), "each once");
            prop_assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected);
        }
    }
}
