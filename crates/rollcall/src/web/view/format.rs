//! Numbers, dates and values as people of a language write them.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, TimeDelta, Timelike, Utc};
use chrono_tz::Tz;
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

use super::words::Words;
use crate::analytics::currency::Currency;
use crate::i18n::{Hours, Lang};
use crate::widget::panel::{Unit, Value};

/// What is shown where there is nothing to show.
pub const MISSING: &str = "–";

/// How a page writes its values: language, the company's zone, and the instant it is made for.
#[derive(Clone, Copy, Debug)]
pub struct Formats {
    /// The words.
    pub w: Words,
    /// The company's zone.
    pub zone: Tz,
    /// The instant that relative times count from.
    pub now: DateTime<Utc>,
}

impl Formats {
    /// A whole number with its thousands set apart.
    #[must_use]
    pub fn count(&self, n: i64) -> String {
        let grouped = group(&n.unsigned_abs().to_string(), self.thousands());
        if n < 0 { format!("−{grouped}") } else { grouped }
    }

    /// A number with exactly so many decimals, rounded half away from zero.
    #[must_use]
    pub fn decimal(&self, n: Decimal, places: u32) -> String {
        let rounded = n.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero);
        let sign = if rounded.is_sign_negative() && !rounded.is_zero() { "−" } else { "" };
        let digits = format!("{:.*}", places as usize, rounded.abs());
        let (whole, rest) = digits.split_once('.').unwrap_or((&digits, ""));
        let whole = group(whole, self.thousands());
        if rest.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}{}{rest}", self.point()) }
    }

    /// A percentage with one decimal.
    #[must_use]
    pub fn percent(&self, n: Decimal) -> String {
        format!("{} %", self.decimal(n, 1))
    }

    /// A duration: seconds with one decimal below a minute, two units above.
    #[must_use]
    pub fn seconds(&self, n: Decimal) -> String {
        let whole = n.round().to_i64().unwrap_or_default();
        match whole {
            ..60 => format!("{} s", self.decimal(n, 1)),
            60..3600 => format!("{} min {} s", whole / 60, whole % 60),
            _ => format!("{} h {} min", self.count(whole / 3600), whole % 3600 / 60),
        }
    }

    /// An amount of money, with the sign that people of the language know, else with the currency's code.
    #[must_use]
    pub fn money(&self, n: Decimal, currency: Currency) -> String {
        let amount = self.decimal(n, currency.decimals());
        match (self.w.0, currency.sign()) {
            (Lang::De, sign) => format!("{amount}\u{a0}{}", sign.unwrap_or(currency.code())),
            (Lang::En, Some(sign)) => match amount.strip_prefix('−') {
                Some(amount) => format!("−{sign}{amount}"),
                None => format!("{sign}{amount}"),
            },
            (Lang::En, None) => format!("{}\u{a0}{amount}", currency.code()),
        }
    }

    /// A calendar day.
    #[must_use]
    pub fn day(&self, day: NaiveDate) -> String {
        match self.w.0 {
            Lang::En => format!("{} {} {}", day.day(), self.month(day), day.year()),
            Lang::De => day.format("%d.%m.%Y").to_string(),
        }
    }

    /// A calendar day without its year, for an axis.
    #[must_use]
    pub fn short_day(&self, day: NaiveDate) -> String {
        match self.w.0 {
            Lang::En => format!("{} {}", day.day(), self.month(day)),
            Lang::De => day.format("%d.%m.").to_string(),
        }
    }

    /// A day of the week with its date.
    #[must_use]
    pub fn named_day(&self, day: NaiveDate) -> String {
        let weekday = self.weekday(day.weekday().num_days_from_monday(), true);
        format!("{weekday}, {}", self.day(day))
    }

    /// Bytes, in the unit that leaves at most four digits.
    #[must_use]
    pub fn bytes(&self, n: Decimal) -> String {
        let (mut size, mut unit) = (n, "B");
        for larger in ["KiB", "MiB", "GiB", "TiB"] {
            if size < Decimal::from(1024) {
                break;
            }
            (size, unit) = (size / Decimal::from(1024), larger);
        }
        let places = u32::from(unit != "B" && size < Decimal::from(100));
        format!("{}\u{a0}{unit}", self.decimal(size, places))
    }

    /// A day of the week, 0 is Monday.
    #[must_use]
    pub fn weekday(&self, day: u32, short: bool) -> String {
        let name = WEEKDAYS[day as usize % 7];
        self.w.t(&format!("ui.weekday.{}{name}", if short { "short." } else { "" }))
    }

    /// A time of day.
    #[must_use]
    pub fn time(&self, hour: u32, minute: u32) -> String {
        match self.w.1 {
            Hours::TwentyFour => format!("{hour:02}:{minute:02}"),
            Hours::Twelve => {
                let half = if hour % 24 < 12 { "am" } else { "pm" };
                format!("{}:{minute:02}\u{a0}{half}", (hour + 11) % 12 + 1)
            }
        }
    }

    /// The local time of day, as a foot says it.
    #[must_use]
    pub fn clock_time(&self, at: DateTime<Utc>) -> String {
        let local = at.with_timezone(&self.zone);
        self.time(local.hour(), local.minute())
    }

    /// An instant, in the company's zone.
    #[must_use]
    pub fn instant(&self, at: NaiveDateTime) -> String {
        let local = at.and_utc().with_timezone(&self.zone);
        format!("{}, {}", self.day(local.date_naive()), self.time(local.hour(), local.minute()))
    }

    /// An instant with its zone: what stands behind a relative time.
    #[must_use]
    pub fn exact(&self, at: NaiveDateTime) -> String {
        format!("{} ({})", self.instant(at), self.zone.name())
    }

    /// How long ago an instant was; its date where that is more than 30 days, or in the future.
    #[must_use]
    pub fn ago(&self, at: NaiveDateTime) -> String {
        let age = self.now.naive_utc() - at;
        let (key, n) = match age {
            age if age < TimeDelta::seconds(-60) || age >= TimeDelta::days(31) => return self.instant(at),
            age if age < TimeDelta::minutes(1) => return self.w.t("ui.ago.now"),
            age if age < TimeDelta::hours(1) => ("ui.ago.minutes", age.num_minutes()),
            age if age < TimeDelta::days(1) => ("ui.ago.hours", age.num_hours()),
            age => ("ui.ago.days", age.num_days()),
        };
        self.w.count(key, n, n)
    }

    /// How long before it begins something is, in days and hours; in hours and minutes where it is today or tomorrow.
    #[must_use]
    pub fn notice(&self, hours: Decimal) -> String {
        let minutes = (hours * Decimal::from(60)).round().to_i64().unwrap_or_default();
        if minutes <= 0 {
            return self.w.t("ui.check.notice_over");
        }
        let (days, hours, minutes) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
        let part = |n: i64, words: &dyn Fn() -> String| (n > 0).then(words);
        let parts = [
            part(days, &|| self.w.count("ui.lasting.days", days, self.count(days))),
            part(hours, &|| self.w.with("ui.lasting.hours", "n", hours)),
            part(minutes, &|| self.w.with("ui.lasting.minutes", "n", minutes)).filter(|_| days == 0),
        ];
        let lasting: Vec<_> = parts.into_iter().flatten().collect();
        self.w.with("ui.check.notice", "n", lasting.join(" "))
    }

    /// Any value in its unit.
    #[must_use]
    pub fn value(&self, value: &Value, unit: Unit) -> String {
        match value {
            Value::None => MISSING.to_owned(),
            Value::Int(n) if unit == Unit::Count => self.count(*n),
            Value::Int(n) => self.number(Decimal::from(*n), unit, 0),
            Value::Decimal(n) => self.number(*n, unit, n.normalize().scale().min(2)),
            Value::Text(text) => text.clone(),
            Value::Term(kind, key) => self.w.maybe(&format!("term.{kind}.{key}")).unwrap_or_else(|| key.clone()),
            Value::Day(day) => self.day(*day),
            Value::Days(from, until) if from == until => self.day(*from),
            Value::Days(from, until) => format!("{} – {}", self.day(*from), self.day(*until)),
            Value::Instant(at) => self.instant(*at),
            Value::Minute(at) => self.clock_time(at.and_utc()),
            Value::Hour(hour) => self.time(u32::from(*hour), 0),
            Value::Weekday(day) => self.weekday(u32::from(*day), false),
        }
    }

    /// A value where there is little room: on an axis, under a sparkline.
    #[must_use]
    pub fn short(&self, value: &Value, unit: Unit) -> String {
        match value {
            Value::Day(day) => self.short_day(*day),
            Value::Weekday(day) => self.weekday(u32::from(*day), true),
            other => self.value(other, unit),
        }
    }

    fn number(&self, n: Decimal, unit: Unit, places: u32) -> String {
        match unit {
            Unit::Percent => self.percent(n),
            Unit::Seconds => self.seconds(n),
            Unit::Bytes => self.bytes(n),
            Unit::Money(currency) => self.money(n, currency),
            Unit::Average => self.decimal(n, places.max(1)),
            Unit::Count | Unit::Text => self.decimal(n, places),
        }
    }

    fn month(&self, day: NaiveDate) -> String {
        self.w.t(&format!("ui.month.short.{}", MONTHS[day.month0() as usize % 12]))
    }

    fn thousands(&self) -> char {
        if self.w.0 == Lang::De { '.' } else { ',' }
    }

    fn point(&self) -> char {
        if self.w.0 == Lang::De { ',' } else { '.' }
    }
}

/// A value as a spreadsheet or a chart takes it: plain, in no language.
#[must_use]
pub fn raw(value: &Value) -> String {
    match value {
        Value::Int(n) => n.to_string(),
        Value::Decimal(n) => n.normalize().to_string(),
        Value::Instant(at) | Value::Minute(at) => at.and_utc().format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        Value::Day(day) => day.to_string(),
        Value::Hour(hour) => hour.to_string(),
        _ => String::new(),
    }
}

/// A number as a chart takes it: its sign, digits and point.
#[must_use]
pub fn number(value: &Value) -> Option<Decimal> {
    match value {
        Value::Int(n) => Some(Decimal::from(*n)),
        Value::Decimal(n) => Some(*n),
        _ => None,
    }
}

const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

fn group(digits: &str, separator: char) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            out.push(separator);
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formats(lang: Lang) -> Formats {
        Formats { w: Words::of(lang), zone: chrono_tz::Europe::Berlin, now: "2026-11-22T12:05:00Z".parse().unwrap() }
    }

    fn dec(n: &str) -> Decimal {
        n.parse().unwrap()
    }

    #[test]
    fn numbers_follow_the_language() {
        let (en, de) = (formats(Lang::En), formats(Lang::De));
        assert_eq!(en.percent(dec("1234.5")), "1,234.5 %");
        assert_eq!(de.percent(dec("1234.5")), "1.234,5 %");
        assert_eq!(de.percent(dec("100")), "100,0 %");
        assert_eq!(en.count(1_234_567), "1,234,567");
        assert_eq!(de.count(-1_000), "−1.000");
        assert_eq!(en.count(999), "999");
        assert_eq!(en.count(i64::MIN), "−9,223,372,036,854,775,808");
        assert_eq!(en.decimal(dec("0.05"), 1), "0.1", "half away from zero");
        assert_eq!(en.decimal(dec("-0.04"), 1), "0.0", "no minus zero");
        assert_eq!(en.decimal(dec("2.5"), 0), "3");
    }

    #[test]
    fn money_has_its_companys_currency() {
        let (en, de) = (formats(Lang::En), formats(Lang::De));
        let (euros, francs, yen) = (Currency::EUR, Currency::of("CHF"), Currency::of("JPY"));
        assert_eq!(en.money(dec("1234.5"), euros), "€1,234.50");
        assert_eq!(de.money(dec("1234.5"), euros), "1.234,50\u{a0}€");
        assert_eq!(en.money(dec("1234.5"), francs), "CHF\u{a0}1,234.50");
        assert_eq!(de.money(dec("1234.5"), francs), "1.234,50\u{a0}CHF");
        assert_eq!(en.money(dec("1234.5"), yen), "¥1,235");
        assert_eq!(en.money(dec("-2"), euros), "−€2.00");
        assert_eq!(en.money(dec("2"), Currency::of("?")), "¤2.00");
    }

    #[test]
    fn durations_have_two_units_at_most() {
        let de = formats(Lang::De);
        assert_eq!(de.seconds(dec("42.25")), "42,3 s");
        assert_eq!(de.seconds(dec("330")), "5 min 30 s");
        assert_eq!(de.seconds(dec("59.9")), "1 min 0 s");
        assert_eq!(de.seconds(dec("3900")), "1 h 5 min");
    }

    #[test]
    fn a_notice_is_told_in_days_and_hours() {
        let told = |hours: &str| Lang::ALL.map(|lang| formats(lang).notice(dec(hours)));
        assert_eq!(told("325.9"), ["Vorlauf: 13 Tage 13 Std.", "Notice: 13 days 13 h"]);
        assert_eq!(told("24"), ["Vorlauf: 1 Tag", "Notice: 1 day"]);
        assert_eq!(told("5.25"), ["Vorlauf: 5 Std. 15 Min.", "Notice: 5 h 15 min"]);
        assert_eq!(told("-3"), ["Vorlauf: keiner, er hat begonnen", "Notice: none, it has begun"]);
    }

    #[test]
    fn dates_follow_the_language_and_the_companys_zone() {
        let (en, de) = (formats(Lang::En), formats(Lang::De));
        let at = "2026-11-22T12:05:00".parse().unwrap();
        assert_eq!(en.instant(at), "22 Nov 2026, 13:05");
        assert_eq!(de.instant(at), "22.11.2026, 13:05");
        assert_eq!(de.exact(at), "22.11.2026, 13:05 (Europe/Berlin)");
        let day = "2026-11-02".parse().unwrap();
        assert_eq!(en.named_day(day), "Mon, 2 Nov 2026");
        assert_eq!(de.named_day(day), "Mo, 02.11.2026");
        assert_eq!((en.short_day(day), de.short_day(day)), ("2 Nov".to_owned(), "02.11.".to_owned()));
    }

    #[test]
    fn a_time_of_day_is_told_as_somebody_reads_it() {
        let half = Formats { w: Words(Lang::En, Hours::Twelve), ..formats(Lang::En) };
        let times = [0, 1, 11, 12, 13, 23].map(|hour| half.time(hour, 5).replace('\u{a0}', " "));
        assert_eq!(times, ["12:05 am", "1:05 am", "11:05 am", "12:05 pm", "1:05 pm", "11:05 pm"]);
        assert_eq!(half.instant("2026-11-22T12:05:00".parse().unwrap()), "22 Nov 2026, 1:05\u{a0}pm");
        assert_eq!(
            (half.value(&Value::Hour(14), Unit::Text), formats(Lang::De).time(9, 5)),
            ("2:00\u{a0}pm".into(), "09:05".into())
        );
    }

    #[test]
    fn relative_times_have_plurals_and_end_after_a_month() {
        let (en, de) = (formats(Lang::En), formats(Lang::De));
        let ago = |f: &Formats, at: &str| f.ago(at.parse().unwrap());
        assert_eq!(ago(&en, "2026-11-22T12:04:30"), "just now");
        assert_eq!(ago(&en, "2026-11-22T12:04:00"), "1 minute ago");
        assert_eq!(ago(&de, "2026-11-22T12:04:00"), "vor 1 Minute");
        assert_eq!(ago(&de, "2026-11-22T10:05:00"), "vor 2 Stunden");
        assert_eq!(ago(&de, "2026-11-20T10:05:00"), "vor 2 Tagen");
        assert_eq!(ago(&de, "2026-10-20T10:05:00"), "20.10.2026, 12:05", "summer time, and more than a month");
        assert_eq!(ago(&en, "2026-11-22T13:05:00"), "22 Nov 2026, 14:05", "the future has no ago");
    }

    #[test]
    fn a_missing_value_is_a_dash_and_an_unknown_term_is_its_key() {
        let en = formats(Lang::En);
        assert_eq!(en.value(&Value::None, Unit::Percent), "–");
        assert_eq!(en.value(&Value::Term("policy_type", "brand_new".into()), Unit::Text), "brand_new");
        assert_eq!(en.value(&Value::Int(97), Unit::Percent), "97.0 %");
        assert_eq!(en.value(&Value::Decimal(dec("1.50")), Unit::Average), "1.5");
    }
}
