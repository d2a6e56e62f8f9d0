//! A day as people type it.

use chrono::{Datelike, Days, NaiveDate};

use crate::search::fold;

/// The years that a day may be of.
const YEARS: std::ops::RangeInclusive<i32> = 1970..=2199;
/// How the months begin, in both languages.
const MONTHS: [&[&str]; 12] = [
    &["jan", "jaen"],
    &["feb"],
    &["mar", "maer"],
    &["apr"],
    &["may", "mai"],
    &["jun"],
    &["jul"],
    &["aug"],
    &["sep"],
    &["oct", "okt"],
    &["nov"],
    &["dec", "dez"],
];

/// The day that a text names: `2026-12-24`, `24.12.2026`, `24.12.`, `24 Dec`, `24. Dezember 2026`, `today`, `morgen`.
pub(super) fn day_of(text: &str, today: NaiveDate) -> Option<NaiveDate> {
    let text = fold(text.trim());
    let day = match text.as_str() {
        "today" | "heute" => Some(today),
        "tomorrow" | "morgen" => today.checked_add_days(Days::new(1)),
        "yesterday" | "gestern" => today.checked_sub_days(Days::new(1)),
        text => text.parse().ok().or_else(|| in_numbers(text, today)).or_else(|| in_words(text, today)),
    };
    day.filter(|day| YEARS.contains(&day.year()))
}

fn in_numbers(text: &str, today: NaiveDate) -> Option<NaiveDate> {
    let mut parts = text.split('.').map(str::trim);
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    NaiveDate::from_ymd_opt(year_of(year, today)?, number(month)?, number(day)?)
}

fn in_words(text: &str, today: NaiveDate) -> Option<NaiveDate> {
    let mut parts = text.split_whitespace();
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next().unwrap_or_default());
    if parts.next().is_some() {
        return None;
    }
    let at = MONTHS.iter().position(|names| names.iter().any(|name| month.starts_with(name)))?;
    let month = u32::try_from(at).ok()? + 1;
    NaiveDate::from_ymd_opt(year_of(year, today)?, month, number(day.trim_end_matches('.'))?)
}

/// A year of four digits or of two; this year where none is said.
fn year_of(text: &str, today: NaiveDate) -> Option<i32> {
    match text.len() {
        0 => Some(today.year()),
        2 => Some(2000 + i32::try_from(number(text)?).ok()?),
        4 => i32::try_from(number(text)?).ok(),
        _ => None,
    }
}

fn number(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_as_people_write_it() {
        let today = "2026-11-22".parse().unwrap();
        for (text, day) in [
            ("2026-12-24", "2026-12-24"),
            ("24.12.2026", "2026-12-24"),
            ("24.12.26", "2026-12-24"),
            (" 4. 2. ", "2026-02-04"),
            ("24 Dec", "2026-12-24"),
            ("24 December 2025", "2025-12-24"),
            ("3. März 2027", "2027-03-03"),
            ("Heute", "2026-11-22"),
            ("tomorrow", "2026-11-23"),
            ("gestern", "2026-11-21"),
        ] {
            assert_eq!(day_of(text, today), day.parse().ok(), "{text}");
        }
        for text in
            ["", "24", "24.12", "31.2.2026", "1.1.0001", "2026-02-30", "anna dec", "24 müller", "1.2.3.4", "0170 12"]
        {
            assert_eq!(day_of(text, today), None, "{text}");
        }
    }
}
