//! Whether a column that somebody else made can stand for one of the contract's.

use crate::db::Dialect;
use crate::db::migrate::kind::Family;

use super::catalog::Column;

/// How a column's type fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// It reads and writes as the contract's.
    Well,
    /// It does, with a consequence that somebody should know.
    But(&'static str),
    /// It does not.
    Not,
}

pub(super) fn fit(dialect: Dialect, family: Family, column: &Column) -> Fit {
    if dialect == Dialect::Sqlite {
        return sqlite(family, &column.kind);
    }
    if !types(dialect, family).contains(&column.kind.as_str()) {
        return Fit::Not;
    }
    match (family, column.scale) {
        (Family::Decimal, Some(scale)) if scale > 2 => {
            Fit::But("amounts are rounded to two decimals where they are read")
        }
        _ => Fit::Well,
    }
}

/// SQLite keeps any value in any column; instants as numbers alone are read as none.
fn sqlite(family: Family, kind: &str) -> Fit {
    let number = ["int", "real", "floa", "doub"].iter().any(|part| kind.contains(part));
    match family {
        Family::Instant | Family::Day | Family::Text | Family::Json if number || kind == "blob" => Fit::Not,
        _ => Fit::Well,
    }
}

fn types(dialect: Dialect, family: Family) -> &'static [&'static str] {
    const MYSQL_WHOLE: &[&str] = &["tinyint", "smallint", "mediumint", "int", "bigint"];
    const MYSQL_TEXT: &[&str] = &["char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum"];
    match (dialect, family) {
        (Dialect::Postgres, Family::Whole) => &["integer", "bigint"],
        (Dialect::Postgres, Family::Text) => &["character varying", "character", "text", "citext"],
        (Dialect::Postgres, Family::Decimal) => &["numeric"],
        (Dialect::Postgres, Family::Flag) => &["boolean"],
        (Dialect::Postgres, Family::Instant) => &["timestamp without time zone", "timestamp with time zone"],
        (Dialect::Postgres, Family::Json) => &["json", "jsonb", "text", "character varying"],
        (_, Family::Whole | Family::Flag) => MYSQL_WHOLE,
        (_, Family::Text) => MYSQL_TEXT,
        (_, Family::Decimal) => &["decimal"],
        (_, Family::Instant) => &["datetime", "timestamp"],
        (_, Family::Day) => &["date"],
        (_, Family::Json) => &["json", "text", "mediumtext", "longtext", "varchar"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(kind: &str, scale: Option<i64>) -> Column {
        Column { kind: kind.to_owned(), nullable: false, filled: false, scale }
    }

    #[test]
    fn what_laravel_makes_fits() {
        for (dialect, family, kind) in [
            (Dialect::MySql, Family::Whole, "int"),
            (Dialect::MySql, Family::Flag, "tinyint"),
            (Dialect::MySql, Family::Instant, "timestamp"),
            (Dialect::MySql, Family::Json, "longtext"),
            (Dialect::MySql, Family::Text, "enum"),
            (Dialect::Postgres, Family::Json, "jsonb"),
            (Dialect::Postgres, Family::Instant, "timestamp with time zone"),
            (Dialect::Sqlite, Family::Flag, "tinyint"),
            (Dialect::Sqlite, Family::Decimal, "numeric"),
        ] {
            assert_eq!(fit(dialect, family, &column(kind, None)), Fit::Well, "{kind}");
        }
    }

    #[test]
    fn what_would_be_read_wrongly_does_not() {
        for (dialect, family, kind) in [
            (Dialect::MySql, Family::Instant, "date"),
            (Dialect::MySql, Family::Decimal, "double"),
            (Dialect::MySql, Family::Instant, "bigint"),
            (Dialect::Postgres, Family::Flag, "smallint"),
            (Dialect::Postgres, Family::Day, "timestamp without time zone"),
            (Dialect::Sqlite, Family::Instant, "integer"),
        ] {
            assert_eq!(fit(dialect, family, &column(kind, None)), Fit::Not, "{kind}");
        }
        assert!(matches!(fit(Dialect::MySql, Family::Decimal, &column("decimal", Some(4))), Fit::But(_)));
        assert_eq!(fit(Dialect::MySql, Family::Decimal, &column("decimal", Some(2))), Fit::Well);
    }
}
