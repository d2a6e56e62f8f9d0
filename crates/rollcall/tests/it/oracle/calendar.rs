//! The days on which the property test takes place, their boundaries by `jiff`, and the instants around them.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::support::TestDb;

/// Zones with half and quarter hours, clocks that change at midnight, by half an hour or by two, a day that never was.
pub const ZONES: [&str; 12] = [
    "Europe/Berlin",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Africa/Cairo",
    "America/Sao_Paulo",
    "Pacific/Apia",
    "Atlantic/Azores",
    "Asia/Beirut",
    "Antarctica/Troll",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
];

/// Spans of days around clock changes in one of the zones, and the present of the tests.
const SPANS: [(&str, &str); 12] = [
    ("2011-12-28", "2012-01-01"),
    ("2018-11-02", "2018-11-05"),
    ("2025-03-08", "2025-03-10"),
    ("2025-03-29", "2025-04-07"),
    ("2025-04-24", "2025-04-26"),
    ("2025-10-04", "2025-10-06"),
    ("2025-10-25", "2025-11-03"),
    ("2026-02-14", "2026-02-16"),
    ("2026-03-07", "2026-03-09"),
    ("2026-03-21", "2026-03-23"),
    ("2026-03-28", "2026-03-30"),
    ("2026-11-16", "2026-11-22"),
];

pub fn zone(name: &str) -> TimeZone {
    TimeZoneDatabase::bundled().get(name).unwrap_or_else(|error| panic!("{error}"))
}

/// The first instant of a local day.
pub fn start(zone: &TimeZone, day: Date) -> Timestamp {
    zone.to_zoned(day.at(0, 0, 0, 0)).unwrap().timestamp()
}

/// The days that instants may be on.
pub fn days() -> Vec<Date> {
    padded(0)
}

fn padded(by: i32) -> Vec<Date> {
    let day = |text: &str| text.parse::<Date>().unwrap();
    let mut days = Vec::new();
    for (first, last) in SPANS {
        let (mut at, last) = (before(day(first), by), before(day(last), -by));
        while at <= last {
            days.push(at);
            at = at.tomorrow().unwrap();
        }
    }
    days
}

fn before(day: Date, days: i32) -> Date {
    day.checked_sub(jiff::Span::new().days(days)).unwrap()
}

/// An instant as a DATETIME.
pub fn datetime(instant: Timestamp) -> String {
    instant.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// A day as `day_summaries` numbers it.
pub fn number(day: Date) -> String {
    day.strftime("%Y%m%d").to_string()
}

/// The local hour and day of a DATETIME.
pub fn local(zone: &TimeZone, datetime: &str) -> (String, i8) {
    let utc = datetime.parse::<jiff::civil::DateTime>().unwrap_or_else(|error| panic!("{error}: {datetime}"));
    let local = utc.to_zoned(TimeZone::UTC).unwrap().with_time_zone(zone.clone());
    (number(local.date()), local.hour())
}

/// Writes the boundaries of all days in all zones into a table of the tests' own, `oracle_days`.
pub async fn write(test: &TestDb) {
    test.sql("CREATE TABLE oracle_days (zone VARCHAR(64), day INT, from_at VARCHAR(19), until_at VARCHAR(19))").await;
    if test.backend != crate::support::Backend::Sqlite {
        let kind = if test.backend == crate::support::Backend::MariaDb { "DATETIME" } else { "TIMESTAMP" };
        test.sql("DROP TABLE oracle_days").await;
        test.sql(&format!("CREATE TABLE oracle_days (zone VARCHAR(64), day INT, from_at {kind}, until_at {kind})"))
            .await;
    }
    for name in ZONES {
        let zone = zone(name);
        let row = |day: &Date| {
            let until = datetime(start(&zone, day.tomorrow().unwrap()));
            format!("('{name}', {}, '{}', '{until}')", number(*day), datetime(start(&zone, *day)))
        };
        let rows: Vec<_> = padded(2).iter().map(row).collect();
        test.sql(&format!("INSERT INTO oracle_days VALUES {}", rows.join(", "))).await;
    }
}
