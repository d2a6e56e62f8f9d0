//! A row of an answer, read alike from all three databases.
//!
//! Foreign applications write what a database takes: `infinity`, zero dates, text in SQLite's number columns. One such
//! value must not keep a company's summaries from everything else, so it reads as the nothing that it means.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, TimeDelta};
use rust_decimal::{Decimal, RoundingStrategy};
use sea_orm::sqlx::Row as _;
use sea_orm::{DbErr, QueryResult, TryGetable};

use super::dialect::Dialect;

/// One row. Columns are read by position.
#[derive(Debug)]
pub struct Row {
    inner: QueryResult,
    dialect: Dialect,
}

impl Row {
    pub(super) fn new(inner: QueryResult, dialect: Dialect) -> Self {
        Self { inner, dialect }
    }

    fn get<T: TryGetable>(&self, column: usize) -> Result<T, DbErr> {
        self.inner.try_get_by_index(column)
    }

    /// A whole number of any width, signed or not; ids too.
    ///
    /// # Errors
    /// Where the column is NULL or not a whole number that fits 64 signed bits.
    pub fn int(&self, column: usize) -> Result<i64, DbErr> {
        self.opt_int(column)?.ok_or_else(|| DbErr::Type(format!("column {column} is NULL")))
    }

    /// A whole number that the contract holds in an INT. SQLite keeps larger ones: they count as the largest INT, so that
    /// no sum of them overflows.
    ///
    /// # Errors
    /// As [`Row::int`].
    pub fn small(&self, column: usize) -> Result<i64, DbErr> {
        self.int(column).map(|number| number.clamp(i32::MIN.into(), i32::MAX.into()))
    }

    /// SQLite keeps any value in a number's column; what is no number counts as 0 there, as in SQLite's own sums.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "saturates, which is the best that can be said of such a number"
    )]
    fn whole_part(&self, column: usize) -> i64 {
        self.get::<f64>(column).map_or(0, |number| number as i64)
    }

    /// As [`Row::int`], none for NULL.
    ///
    /// # Errors
    /// Where the column is not a whole number that fits 64 signed bits.
    pub fn opt_int(&self, column: usize) -> Result<Option<i64>, DbErr> {
        let wide = self.get::<Option<i64>>(column);
        match (wide, self.dialect) {
            (Err(_), Dialect::MySql) => {
                let unsigned = self.get::<Option<u64>>(column)?;
                unsigned.map(i64::try_from).transpose().map_err(|error| DbErr::Type(error.to_string()))
            }
            (Err(_), Dialect::Postgres) => Ok(self.get::<Option<i32>>(column)?.map(i64::from)),
            (Err(_), Dialect::Sqlite) => Ok(Some(self.whole_part(column))),
            (wide, _) => wide,
        }
    }

    /// A truth value: BOOLEAN, TINYINT(1), or the result of a comparison.
    ///
    /// # Errors
    /// Where the column is NULL or neither a truth value nor a number.
    pub fn flag(&self, column: usize) -> Result<bool, DbErr> {
        match self.get::<bool>(column) {
            Ok(flag) => Ok(flag),
            Err(_) => Ok(self.int(column)? != 0),
        }
    }

    /// Text.
    ///
    /// # Errors
    /// Where the column is NULL or not text.
    pub fn text(&self, column: usize) -> Result<String, DbErr> {
        self.opt_text(column)?.ok_or_else(|| DbErr::Type(format!("column {column} is NULL")))
    }

    /// Text, none for NULL. What SQLite keeps as text and is none reads with replacement characters.
    ///
    /// # Errors
    /// Where the column is not text.
    pub fn opt_text(&self, column: usize) -> Result<Option<String>, DbErr> {
        match (self.get::<Option<String>>(column), self.dialect) {
            (Err(_), Dialect::Sqlite) => {
                let bytes = self.get::<Option<Vec<u8>>>(column)?;
                Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
            }
            (text, _) => text,
        }
    }

    /// An instant, UTC.
    ///
    /// # Errors
    /// Where the column holds none.
    pub fn instant(&self, column: usize) -> Result<NaiveDateTime, DbErr> {
        self.opt_instant(column)?.ok_or_else(|| DbErr::Type(format!("column {column} holds no instant")))
    }

    /// An instant of the years 1 to 9999, UTC; none for NULL and for everything else that a foreign writer can leave in
    /// such a column: `infinity`, a zero date, text in SQLite that is no instant (see [`instant_of`]).
    ///
    /// # Errors
    /// Where the column has another type.
    pub fn opt_instant(&self, column: usize) -> Result<Option<NaiveDateTime>, DbErr> {
        let instant = match self.dialect {
            Dialect::Sqlite => self.opt_text(column).ok().flatten().and_then(|text| instant_of(&text)),
            // The driver takes a zero date for an error.
            Dialect::MySql => self.get::<Option<NaiveDateTime>>(column).unwrap_or_default(),
            Dialect::Postgres => self.raw::<i64>(column)?.and_then(|micros| {
                let epoch = DateTime::from_timestamp(POSTGRES_EPOCH, 0)?.naive_utc();
                epoch.checked_add_signed(TimeDelta::microseconds(micros))
            }),
        };
        Ok(instant.filter(|instant| is_in_calendar(instant.date())))
    }

    /// A calendar day of the years 1 to 9999; none as for [`Row::opt_instant`].
    ///
    /// # Errors
    /// Where the column has another type.
    pub fn opt_day(&self, column: usize) -> Result<Option<NaiveDate>, DbErr> {
        let day = match self.dialect {
            Dialect::Sqlite => {
                self.opt_text(column).ok().flatten().and_then(|text| text.get(..10)?.parse::<NaiveDate>().ok())
            }
            Dialect::MySql => self.get::<Option<NaiveDate>>(column).unwrap_or_default(),
            Dialect::Postgres => self.raw::<i32>(column)?.and_then(|days| {
                let epoch = DateTime::from_timestamp(POSTGRES_EPOCH, 0)?.date_naive();
                epoch.checked_add_signed(TimeDelta::days(days.into()))
            }),
        };
        Ok(day.filter(|day| is_in_calendar(*day)))
    }

    /// What PostgreSQL sent, as it stands there: the driver's own reading of `infinity` ends in a panic.
    fn raw<'r, T>(&'r self, column: usize) -> Result<Option<T>, DbErr>
    where
        T: sea_orm::sqlx::Decode<'r, sea_orm::sqlx::Postgres> + sea_orm::sqlx::Type<sea_orm::sqlx::Postgres>,
    {
        let row = self.inner.try_as_pg_row().ok_or_else(|| DbErr::Type("not a row of PostgreSQL".to_owned()))?;
        row.try_get_unchecked(column).map_err(|error| DbErr::Type(error.to_string()))
    }

    /// An amount of money, two decimals; 0 for what is no amount (`NaN` in PostgreSQL, text in SQLite).
    ///
    /// # Errors
    /// Where the column is NULL.
    pub fn money(&self, column: usize) -> Result<Decimal, DbErr> {
        let amount = match self.dialect {
            // SQLite keeps DECIMAL(10,2) as an integer or a double; ten digits survive either.
            Dialect::Sqlite => match self.get::<f64>(column) {
                Ok(amount) => Decimal::try_from(amount).unwrap_or_default(),
                Err(_) => Decimal::from(self.int(column)?),
            },
            Dialect::MySql => self.get(column)?,
            Dialect::Postgres => self.get::<Option<Decimal>>(column).unwrap_or_default().unwrap_or_default(),
        };
        let in_bounds = if amount.abs() < Decimal::from(MONEY_BOUND) { amount } else { Decimal::ZERO };
        Ok(in_bounds.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero))
    }

    /// As [`Row::money`], none for NULL.
    ///
    /// # Errors
    /// Where the column has another type.
    pub fn opt_money(&self, column: usize) -> Result<Option<Decimal>, DbErr> {
        let absent = match self.dialect {
            Dialect::Sqlite => matches!(self.get::<Option<f64>>(column), Ok(None)),
            Dialect::MySql | Dialect::Postgres => matches!(self.get::<Option<Decimal>>(column), Ok(None)),
        };
        if absent { Ok(None) } else { self.money(column).map(Some) }
    }
}

/// What a DECIMAL(10,2) stays below; SQLite lets anything in, and sums of it must not overflow.
const MONEY_BOUND: i64 = 100_000_000;

/// 2000-01-01, from where PostgreSQL counts.
const POSTGRES_EPOCH: i64 = 946_684_800;

fn is_in_calendar(day: NaiveDate) -> bool {
    (1..=9999).contains(&day.year())
}

/// The instant that a text names, UTC: `2026-11-22 12:00:00` with a `T` for the blank, a fraction, or `Z` or `+00:00`
/// at the end or without. The one reading of such text, so that the change log and SQLite's columns never disagree.
#[must_use]
pub(crate) fn instant_of(text: &str) -> Option<NaiveDateTime> {
    let text = text.strip_suffix('Z').or_else(|| text.strip_suffix("+00:00")).unwrap_or(text);
    if let Some(instant) = usual(text.as_bytes()) {
        return Some(instant);
    }
    if !text.get(..4)?.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let format = if text.get(10..11)? == "T" { "%Y-%m-%dT%H:%M:%S%.f" } else { "%Y-%m-%d %H:%M:%S%.f" };
    NaiveDateTime::parse_from_str(text, format).ok().filter(|_| text.len() >= 19)
}

/// The instant of a text in the one form that nearly all have, `2026-11-22 12:00:00`, without the cost of a format.
fn usual(text: &[u8]) -> Option<NaiveDateTime> {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b' ' | b'T', h1, h2, b':', i1, i2, b':', s1, s2] = text else {
        return None;
    };
    let number = |digits: &[u8]| {
        let all = digits.iter().all(u8::is_ascii_digit);
        all.then(|| digits.iter().fold(0_u32, |sum, digit| sum * 10 + u32::from(digit - b'0')))
    };
    let year = i32::try_from(number(&[y1, y2, y3, y4])?).ok()?;
    let day = NaiveDate::from_ymd_opt(year, number(&[m1, m2])?, number(&[d1, d2])?)?;
    day.and_hms_opt(number(&[h1, h2])?, number(&[i1, i2])?, number(&[s1, s2])?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_read_in_the_forms_that_applications_write() {
        let noon = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap().and_hms_opt(12, 0, 0).unwrap();
        for text in
            ["2026-11-22 12:00:00", "2026-11-22T12:00:00", "2026-11-22T12:00:00.000Z", "2026-11-22T12:00:00+00:00"]
        {
            assert_eq!(instant_of(text), Some(noon), "{text}");
        }
        for text in
            ["", "2026-11-22", "2026-11-22 12:00", "2026-02-30 12:00:00", "10000-01-01 12:00:00", "nonsense at noon"]
        {
            assert_eq!(instant_of(text), None, "{text}");
        }
    }
}
