//! Periods: the days that a page is narrowed to, and as many days before them.

use chrono::{Datelike, Days, Months, NaiveDate};

/// A period that somebody chose for all widgets of a page; without one each has its usual one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Period {
    /// Today and the 6 days before it.
    Days7,
    /// Today and the 29 days before it.
    Days30,
    /// Today and the 89 days before it.
    Days90,
    /// From the first of the month to today.
    ThisMonth,
    /// The month before this one, as a whole.
    LastMonth,
}

impl Period {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 5] = [Self::Days7, Self::Days30, Self::Days90, Self::ThisMonth, Self::LastMonth];

    /// Its name in addresses; its words are the translation of `period.<name>`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Days7 => "7d",
            Self::Days30 => "30d",
            Self::Days90 => "90d",
            Self::ThisMonth => "this_month",
            Self::LastMonth => "last_month",
        }
    }

    /// The period of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|period| period.name() == name)
    }

    /// How many days back from today, today included, it and the period before it may reach.
    #[must_use]
    pub const fn reach(self) -> u32 {
        match self {
            Self::Days7 => 14,
            Self::Days30 => 60,
            Self::Days90 => 180,
            // 31 days and as many before.
            Self::ThisMonth => 62,
            // Up to 31 days of this month lie between.
            Self::LastMonth => 93,
        }
    }

    /// Its days, where today is that day.
    #[must_use]
    pub fn span(self, today: NaiveDate) -> Span {
        let first = today.with_day(1).unwrap_or(today);
        match self {
            Self::Days7 => Span::window(today, 7),
            Self::Days30 => Span::window(today, 30),
            Self::Days90 => Span::window(today, 90),
            Self::ThisMonth => Span { first, last: today },
            Self::LastMonth => Span {
                first: first.checked_sub_months(Months::new(1)).unwrap_or(first),
                last: first.pred_opt().unwrap_or(first),
            },
        }
    }
}

/// Days in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first of them.
    pub first: NaiveDate,
    /// The last of them.
    pub last: NaiveDate,
}

impl Span {
    /// Window(N): today and the days before it.
    #[must_use]
    pub fn window(today: NaiveDate, days: u32) -> Self {
        let first = today.checked_sub_days(Days::new(u64::from(days.saturating_sub(1)))).unwrap_or(NaiveDate::MIN);
        Self { first, last: today }
    }

    /// How many they are.
    #[must_use]
    pub fn length(self) -> i64 {
        (self.last - self.first).num_days() + 1
    }

    /// As many days, which end the day before these begin.
    #[must_use]
    pub fn before(self) -> Self {
        let length = Days::new(self.length().unsigned_abs());
        let back = |day: NaiveDate| day.checked_sub_days(length).unwrap_or(NaiveDate::MIN);
        Self { first: back(self.first), last: back(self.last) }
    }

    /// The days themselves, oldest first.
    pub fn days(self) -> impl Iterator<Item = NaiveDate> {
        self.first.iter_days().take_while(move |day| *day <= self.last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(period: Period, today: &str) -> [String; 4] {
        let span = period.span(today.parse().unwrap());
        [span.first, span.last, span.before().first, span.before().last].map(|day| day.to_string())
    }

    #[test]
    fn a_period_ends_today_or_with_last_month_and_as_many_days_lie_before() {
        assert_eq!(span(Period::Days7, "2026-11-22"), ["2026-11-16", "2026-11-22", "2026-11-09", "2026-11-15"]);
        assert_eq!(span(Period::ThisMonth, "2026-11-22"), ["2026-11-01", "2026-11-22", "2026-10-10", "2026-10-31"]);
        assert_eq!(span(Period::ThisMonth, "2026-11-01"), ["2026-11-01", "2026-11-01", "2026-10-31", "2026-10-31"]);
        assert_eq!(span(Period::LastMonth, "2026-03-31"), ["2026-02-01", "2026-02-28", "2026-01-04", "2026-01-31"]);
    }

    #[test]
    fn no_period_reaches_further_back_than_it_says() {
        let mut today: NaiveDate = "2024-01-01".parse().unwrap();
        while today.year() < 2029 {
            for period in Period::ALL {
                let earliest = period.span(today).before().first;
                let reach = (today - earliest).num_days() + 1;
                assert!(reach <= i64::from(period.reach()), "{period:?} on {today}: {reach}");
            }
            today = today.succ_opt().unwrap();
        }
    }

    #[test]
    fn names_come_back() {
        assert!(Period::ALL.into_iter().all(|period| Period::named(period.name()) == Some(period)));
        assert_eq!(Period::named("30"), None);
    }
}
