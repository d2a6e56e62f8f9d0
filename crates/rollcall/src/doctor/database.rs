//! The database itself: its version, its clock, the zone of its sessions.

use chrono::NaiveDateTime;

use super::catalog::cell;
use super::{Finding, Level};
use crate::clock::Clock;
use crate::db::{Database, Dialect, Error, PlatformSql};

/// Beyond this, in seconds, what is written and what is read no longer agree on the minute.
const TOLERATED_DRIFT: u64 = 60;
/// Beyond this, in seconds, somebody should look.
const NOTABLE_DRIFT: u64 = 2;

const VERSION: (&str, &str, &str) = ("SELECT sqlite_version()", "SELECT VERSION()", "SHOW server_version");
const NOW: (&str, &str, &str) = (
    "SELECT strftime('%Y-%m-%d %H:%M:%S', 'now')",
    "SELECT CAST(DATE_FORMAT(UTC_TIMESTAMP(), '%Y-%m-%d %H:%i:%s') AS CHAR)",
    "SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')",
);
const SESSION_ZONE: (&str, &str, &str) = (
    "SELECT 'UTC'",
    "SELECT CAST(TIMEDIFF(NOW(), UTC_TIMESTAMP()) AS CHAR)",
    "SELECT to_char(EXTRACT(TIMEZONE FROM now()), 'FM999990')",
);

pub(super) async fn version(db: &Database) -> Result<Vec<Finding>, Error> {
    let version = cell(db, "the doctor asks for the version", VERSION).await?;
    Ok(vec![judge_version(db.dialect(), &version)])
}

fn judge_version(dialect: Dialect, version: &str) -> Finding {
    let maria = version.contains("MariaDB");
    let (name, least) = match (dialect, maria) {
        (Dialect::Sqlite, _) => ("SQLite", (3, 35)),
        (Dialect::MySql, true) => ("MariaDB", (10, 6)),
        (Dialect::MySql, false) => ("MySQL", (8, 0)),
        (Dialect::Postgres, _) => ("PostgreSQL", (14, 0)),
    };
    // Old clients are told "5.5.5-10.11.6-MariaDB", so that they do not take MariaDB for an old MySQL.
    let number = if maria { version.trim_start_matches("5.5.5-") } else { version };
    let mut parts = number.split(|c: char| !c.is_ascii_digit()).map(|part| part.parse::<u32>().unwrap_or(0));
    let found = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    let what = format!("{name} {number} answers");
    if found >= least {
        Finding::ok("database", what)
    } else {
        let least = format!("{}.{}", least.0, least.1);
        Finding::error("database", what, format!("Rollcall needs {name} {least} or later: upgrade the server"))
    }
}

const WRITE: PlatformSql = PlatformSql::new(
    "the doctor tries to write, and takes it back",
    "UPDATE company_versions SET version = version + 1 WHERE company_id = 0",
);

/// Whether the database can be written to; what is written is taken back.
pub(super) async fn writable(db: &Database) -> Finding {
    let written = async { db.platform().begin().await?.execute(&WRITE, vec![]).await };
    match written.await {
        Ok(_) => Finding::ok("database", "the database can be written to"),
        Err(error) => Finding::error(
            "database",
            format!("the database cannot be written to: {error}"),
            "give the database user, or on SQLite the program's user, the right to write; take mode=ro out of the URL",
        ),
    }
}

pub(super) async fn clock(db: &Database, clock: &Clock) -> Result<Vec<Finding>, Error> {
    if clock.is_pinned() {
        let what = format!("the program's clock is pinned to {} by --at", clock.now());
        return Ok(vec![Finding::warning("clock", what, "leave --at out, except for demos and comparisons")]);
    }
    let now = cell(db, "the doctor compares the clocks", NOW).await?;
    let theirs = NaiveDateTime::parse_from_str(&now, "%Y-%m-%d %H:%M:%S")
        .map_err(|_| Error::Type(format!("`{now}` is no instant")))?;
    Ok(vec![judge_drift((theirs - clock.now_utc()).num_seconds())])
}

fn judge_drift(seconds: i64) -> Finding {
    let what = match seconds {
        0 => "the clocks of program and database agree".to_owned(),
        1.. => format!("the database's clock is {seconds} s ahead of the program's"),
        _ => format!("the database's clock is {} s behind the program's", -seconds),
    };
    let level = match seconds.unsigned_abs() {
        0..=NOTABLE_DRIFT => return Finding::ok("clock", what),
        drift if drift <= TOLERATED_DRIFT => Level::Warning,
        _ => Level::Error,
    };
    let advice = "let both hosts take their time from NTP".to_owned();
    Finding { area: "clock", level, what, advice: Some(advice) }
}

pub(super) async fn session_zone(db: &Database) -> Result<Vec<Finding>, Error> {
    if db.dialect() == Dialect::Sqlite {
        return Ok(vec![]);
    }
    let offset = cell(db, "the doctor asks for the session's time zone", SESSION_ZONE).await?;
    let is_utc = offset.chars().all(|c| matches!(c, '0' | ':' | '.' | '-'));
    Ok(vec![if is_utc {
        Finding::ok("time zones", "the database session is in UTC")
    } else {
        let what = format!("the database session is not in UTC, but at an offset of {offset}");
        Finding::error(
            "time zones",
            what,
            "remove the time zone from database.url and from the database user's defaults",
        )
    }])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_held_against_the_oldest_that_will_do() {
        let level = |dialect, version| judge_version(dialect, version).level;
        assert_eq!(level(Dialect::Sqlite, "3.50.2"), Level::Ok);
        assert_eq!(level(Dialect::Sqlite, "3.34.1"), Level::Error);
        assert_eq!(level(Dialect::MySql, "10.11.6-MariaDB-0+deb12u1"), Level::Ok);
        assert_eq!(level(Dialect::MySql, "5.5.5-10.5.8-MariaDB"), Level::Error);
        assert_eq!(level(Dialect::MySql, "8.0.36"), Level::Ok);
        assert_eq!(level(Dialect::MySql, "5.7.44"), Level::Error);
        assert_eq!(level(Dialect::Postgres, "15.5 (Debian 15.5-0+deb12u1)"), Level::Ok);
        assert_eq!(level(Dialect::Postgres, "13.9"), Level::Error);
        assert_eq!(level(Dialect::Postgres, "no version"), Level::Error);
    }

    #[test]
    fn drift_is_a_warning_before_it_is_an_error() {
        assert_eq!(judge_drift(-2).level, Level::Ok);
        assert_eq!(judge_drift(3).level, Level::Warning);
        assert_eq!(judge_drift(-61).level, Level::Error);
        assert!(judge_drift(-61).what.contains("61 s behind"));
    }
}
