//! A row of an answer, read alike from all three databases.

use chrono::{NaiveDate, NaiveDateTime};
use rust_decimal::{Decimal, RoundingStrategy};
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
        self.get(column)
    }

    /// Text, none for NULL.
    ///
    /// # Errors
    /// Where the column is not text.
    pub fn opt_text(&self, column: usize) -> Result<Option<String>, DbErr> {
        self.get(column)
    }

    /// An instant, UTC.
    ///
    /// # Errors
    /// Where the column is NULL or not an instant.
    pub fn instant(&self, column: usize) -> Result<NaiveDateTime, DbErr> {
        self.opt_instant(column)?.ok_or_else(|| DbErr::Type(format!("column {column} is NULL")))
    }

    /// An instant, UTC; none for NULL, and for text in a SQLite column that is no instant.
    ///
    /// # Errors
    /// Where the column has another type.
    pub fn opt_instant(&self, column: usize) -> Result<Option<NaiveDateTime>, DbErr> {
        match (self.get::<Option<NaiveDateTime>>(column), self.dialect) {
            (Err(_), Dialect::Sqlite) => Ok(None),
            (instant, _) => instant,
        }
    }

    /// A calendar day.
    ///
    /// # Errors
    /// Where the column is NULL or not a day.
    pub fn day(&self, column: usize) -> Result<NaiveDate, DbErr> {
        self.get(column)
    }

    /// An amount of money, two decimals.
    ///
    /// # Errors
    /// Where the column is NULL or not a number.
    pub fn money(&self, column: usize) -> Result<Decimal, DbErr> {
        let amount = match self.dialect {
            // SQLite keeps DECIMAL(10,2) as an integer or a double; ten digits survive either.
            Dialect::Sqlite => match self.get::<f64>(column) {
                Ok(amount) => Decimal::try_from(amount).map_err(|error| DbErr::Type(error.to_string()))?,
                Err(_) => Decimal::from(self.int(column)?),
            },
            Dialect::MySql | Dialect::Postgres => self.get(column)?,
        };
        Ok(amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero))
    }
}
