//! What a column may hold: read from a row, taken from a body, said in the description.

use chrono::{DateTime, Datelike, NaiveDateTime, Timelike, Utc};
use rust_decimal::Decimal;
use secrecy::SecretString;
use serde_json::{Value as Json, json};

use super::Wrong;
use crate::accounts;
use crate::db::{Arg, Dialect, Error, Row};
use crate::export::Field;
use crate::password;

/// A kind of value.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// A line of text, up to so many characters.
    Text(u32),
    /// An address for e-mail.
    Email,
    /// A password that is to be: taken, and never shown.
    Password,
    /// Text of several lines that only the program writes.
    Long,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// What a row hangs on: the short name of a type, each with the names that are stored.
    Type(&'static [[&'static str; 2]]),
    /// A whole number.
    Int(i64, i64),
    /// An amount of money, two decimals, as text.
    Money,
    /// A truth value.
    Flag,
    /// An instant, UTC, in whole seconds.
    Instant,
    /// The id of a row of that table.
    Ref(&'static str),
    /// The id of a row of the table that a [`Kind::Type`] beside it names.
    Target,
    /// A JSON object of that schema.
    Object(fn() -> Json),
}

/// The bounds of an instant: what every database takes, and no typing mistake.
const YEARS: std::ops::RangeInclusive<i32> = 1970..=2199;
const INSTANT: &str = "^(19[7-9][0-9]|20[0-9]{2}|21[0-9]{2})-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])T\
                       ([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](Z|[+-](0[0-9]|1[0-3]):[0-5][0-9])$";
const MONEY: &str = "^[0-9]{1,8}([.][0-9]{1,2})?$";
const LINE: &str = r"^[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$";
/// The largest id that any of the databases and JavaScript agree on.
const LARGEST: i64 = 9_007_199_254_740_991;

/// An instant as the API writes it.
pub(crate) fn written(at: NaiveDateTime) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The instant that somebody wrote.
pub(crate) fn instant(text: &str) -> Result<NaiveDateTime, Wrong> {
    let at = DateTime::parse_from_rfc3339(text).ok().map(|at| at.with_timezone(&Utc).naive_utc());
    let at = at.and_then(|at| at.with_nanosecond(0)).filter(|at| YEARS.contains(&at.year()));
    at.ok_or(Wrong::Instant)
}

/// The amount that somebody wrote.
pub(crate) fn money(text: &str) -> Result<Decimal, Wrong> {
    let fits = |text: &str| {
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |text: &str, most: usize| {
            (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        digits(whole, 8) && digits(part, 2)
    };
    let amount = if fits(text) { text.parse().ok() } else { None };
    amount.ok_or(Wrong::Money)
}

/// A whole number; `7.0` is one too.
pub(crate) fn whole(value: &Json) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "it has no fraction and is within the bounds of exact numbers")]
    let of_float = |number: f64| (number.fract() == 0.0 && number.abs() < LARGEST as f64).then_some(number as i64);
    value.as_i64().or_else(|| value.as_f64().and_then(of_float))
}

/// A whole number in the address, without a sign.
pub(crate) fn integer(text: &str) -> Option<i64> {
    let text = text.strip_suffix(".0").unwrap_or(text);
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| plain)
}

impl Kind {
    /// A value that was taken, in the one way of writing it: who looks at `7.0` later finds a 7.
    pub(crate) fn plain(self, value: Json) -> Json {
        match self {
            Self::Int(..) | Self::Ref(_) | Self::Target => whole(&value).map_or(value, Json::from),
            _ => value,
        }
    }

    /// The column as it is selected from `t`.
    pub(crate) fn select(self, sql: String, dialect: Dialect) -> String {
        match self {
            Self::Object(_) => dialect.text(&sql),
            _ => sql,
        }
    }

    /// The value of a column of a row.
    pub(crate) fn read(self, row: &Row, column: usize) -> Result<Json, Error> {
        let text = || row.opt_text(column).map(|text| text.map_or(Json::Null, Json::String));
        Ok(match self {
            Self::Text(_) | Self::Email | Self::Long | Self::OneOf(_) => text()?,
            Self::Password => Json::Null,
            Self::Type(names) => {
                let stored = row.opt_text(column)?.unwrap_or_default();
                names.iter().find(|known| known.contains(&stored.as_str())).map_or(Json::Null, |known| json!(known[0]))
            }
            Self::Int(..) | Self::Ref(_) | Self::Target => row.opt_int(column)?.map_or(Json::Null, Json::from),
            Self::Money => row.opt_money(column)?.map_or(Json::Null, |amount| json!(format!("{amount:.2}"))),
            Self::Flag => Json::Bool(row.flag(column)?),
            Self::Instant => row.opt_instant(column)?.map_or(Json::Null, |at| json!(written(at))),
            Self::Object(_) => row.opt_text(column)?.map_or(Json::Null, |text| {
                serde_json::from_str(&text).ok().filter(Json::is_object).unwrap_or_else(|| json!({}))
            }),
        })
    }

    /// The value of a column of a row, as the cell of a table.
    pub(crate) fn field(self, row: &Row, column: usize) -> Result<Field, Error> {
        Ok(match self {
            Self::Text(_) | Self::Email | Self::Long | Self::OneOf(_) => row.opt_text(column)?.into(),
            Self::Int(..) | Self::Ref(_) | Self::Target => row.opt_int(column)?.map_or(Field::Nothing, Field::Whole),
            Self::Money => row.opt_money(column)?.map_or(Field::Nothing, Field::Amount),
            Self::Flag => Field::Flag(row.flag(column)?),
            Self::Instant => row.opt_instant(column)?.map_or(Field::Nothing, Field::Instant),
            Self::Password | Self::Type(_) | Self::Object(_) => match self.read(row, column)? {
                Json::Null => Field::Nothing,
                Json::String(text) => Field::Text(text),
                json => Field::Json(json),
            },
        })
    }

    /// The value that somebody sends, as it is stored.
    pub(crate) fn take(self, value: &Json) -> Result<Arg, Wrong> {
        let text = || value.as_str().ok_or(Wrong::Text);
        match self {
            Self::Text(most) => line(text()?, most).map(|()| value.as_str().into()),
            Self::Email => {
                line(text()?, 255)?;
                accounts::email(text()?).map(Arg::from).map_err(|error| Wrong::Email(error.to_string()))
            }
            Self::Password => {
                let wrong = password::check(&SecretString::from(text()?)).err();
                wrong.map_or_else(|| text().map(Arg::from), |wrong| Err(wrong.to_string().into()))
            }
            Self::Long => text().map(Arg::from),
            Self::OneOf(words) => one_of(text()?, words.iter().copied()).map(Arg::from),
            Self::Type(names) => type_of(text()?, names).map(Arg::from),
            Self::Int(least, most) => match whole(value).filter(|number| (least..=most).contains(number)) {
                Some(number) => Ok(number.into()),
                None => Err(Wrong::Whole(least, most)),
            },
            Self::Money => money(text()?).map(Arg::from),
            Self::Flag => value.as_bool().map(Arg::from).ok_or(Wrong::Flag),
            Self::Instant => instant(text()?).map(Arg::from),
            Self::Ref(_) | Self::Target => id(value).map(Arg::from),
            Self::Object(_) if value.is_object() => Ok(value.clone().into()),
            Self::Object(_) => Err(Wrong::Object),
        }
    }

    /// The value that a parameter of the address names.
    pub(crate) fn parse(self, text: &str) -> Result<Arg, Wrong> {
        match self {
            Self::Int(..) | Self::Ref(_) | Self::Target => {
                let number = integer(text);
                self.take(&number.map_or(Json::Null, Json::from))
            }
            Self::Flag => self.take(&match text {
                "true" => Json::Bool(true),
                "false" => Json::Bool(false),
                _ => Json::Null,
            }),
            Self::Email => line(text, 255).map(|()| text.to_lowercase().into()),
            _ => self.take(&Json::from(text)),
        }
    }

    /// Where a row stands in an order, from the text that its cursor has.
    pub(crate) fn key(self, text: &str) -> Arg {
        self.parse(text).unwrap_or_else(|_| text.into())
    }

    /// The schema of a value that is sent.
    pub(crate) fn schema(self) -> Json {
        match self {
            Self::Text(most) => json!({ "type": "string", "minLength": 1, "maxLength": most, "pattern": LINE }),
            Self::Email => json!({ "type": "string", "format": "email", "maxLength": 255 }),
            Self::Password => json!({ "type": "string", "format": "password", "writeOnly": true,
                "minLength": password::LEAST, "maxLength": password::MOST }),
            Self::Long => json!({ "type": "string" }),
            Self::OneOf(words) => json!({ "type": "string", "enum": words }),
            Self::Type(names) => {
                json!({ "type": "string", "enum": names.iter().map(|known| known[0]).collect::<Vec<_>>() })
            }
            Self::Int(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
            Self::Money => json!({ "type": "string", "pattern": MONEY, "examples": ["12.50"] }),
            Self::Flag => json!({ "type": "boolean" }),
            Self::Instant => json!({ "type": "string", "pattern": INSTANT, "examples": ["2026-11-22T12:00:00Z"] }),
            Self::Ref(_) | Self::Target => json!({ "type": "integer", "minimum": 1, "maximum": LARGEST }),
            Self::Object(schema) => schema(),
        }
    }

    /// The schema of a value that is answered: another application may have written what nobody could send.
    pub(crate) fn shown(self, nullable: bool) -> Json {
        let kind = match self {
            Self::Int(..) | Self::Ref(_) | Self::Target => "integer",
            Self::Flag => "boolean",
            Self::Object(_) => "object",
            _ => "string",
        };
        let mut schema = match self {
            Self::Instant => json!({ "format": "date-time" }),
            Self::OneOf(words) => json!({ "examples": words }),
            Self::Money => json!({ "pattern": "^-?[0-9]+[.][0-9]{2}$" }),
            _ => json!({}),
        };
        // Zero dates, and whatever else is no instant, read as nothing.
        let nullable = nullable || matches!(self, Self::Instant | Self::Type(_));
        schema["type"] = if nullable { json!([kind, "null"]) } else { json!(kind) };
        schema
    }
}

fn line(text: &str, most: u32) -> Result<(), Wrong> {
    let length = text.chars().count();
    let begins = text.chars().next().is_some_and(|first| !first.is_whitespace());
    if begins && length <= usize::try_from(most).unwrap_or(usize::MAX) && !text.chars().any(char::is_control) {
        return Ok(());
    }
    Err(Wrong::Line(most))
}

fn one_of(text: &str, mut words: impl Iterator<Item = &'static str> + Clone) -> Result<&'static str, Wrong> {
    let all = words.clone();
    words.find(|word| *word == text).ok_or_else(|| Wrong::OneOf(all.collect()))
}

/// The stored spellings of a type are no fault that anybody means ill by, but are not what is sent.
fn type_of(text: &str, names: &[[&'static str; 2]]) -> Result<&'static str, Wrong> {
    one_of(text, names.iter().map(|known| known[0])).map_err(|wrong| match wrong {
        Wrong::OneOf(known) if !names.iter().any(|spellings| spellings.contains(&text)) => {
            Wrong::NoType { given: text.to_owned(), known }
        }
        wrong => wrong,
    })
}

/// No value of a kind, as it is stored.
pub(crate) fn null(kind: Kind) -> Arg {
    match kind {
        Kind::Int(..) | Kind::Ref(_) | Kind::Target => Arg::BigInt(None),
        Kind::Money => Arg::Decimal(None),
        Kind::Flag => Arg::Bool(None),
        Kind::Instant => Arg::ChronoDateTime(None),
        Kind::Object(_) => Arg::Json(None),
        _ => Arg::String(None),
    }
}

/// An id that somebody sends.
pub(crate) fn id(value: &Json) -> Result<i64, Wrong> {
    let id = whole(value).filter(|id| (1..=LARGEST).contains(id));
    id.ok_or(Wrong::Id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_text_and_never_floats() {
        for (text, amount) in [("12.50", "12.50"), ("0", "0"), ("99999999.99", "99999999.99"), ("1.5", "1.5")] {
            assert_eq!(money(text).unwrap(), amount.parse::<Decimal>().unwrap());
        }
        for text in ["", ".5", "1.", "1.234", "-1", "+1", "1e3", "123456789", "NaN", "1,5", " 1", "١"] {
            assert!(money(text).is_err(), "{text}");
        }
        assert!(Kind::Money.take(&json!(12.5)).is_err());
    }

    #[test]
    fn instants_have_an_offset_and_are_whole_seconds() {
        assert_eq!(written(instant("2026-11-22T13:00:00.750+01:00").unwrap()), "2026-11-22T12:00:00Z");
        for text in ["2026-11-22T12:00:00", "2026-11-22", "1969-12-31T23:59:59Z", "2200-01-01T00:00:00Z", "soon"] {
            assert!(instant(text).is_err(), "{text}");
        }
    }

    #[test]
    fn lines_ids_and_words_are_held_to_what_the_schema_says() {
        for text in ["", " a", "a\nb", "\u{85}", "a\0"] {
            assert!(Kind::Text(5).take(&json!(text)).is_err(), "{text:?}");
        }
        assert!(Kind::Text(5).take(&json!("äöüßé")).is_ok(), "characters, not bytes");
        assert!(Kind::Text(5).take(&json!("äöüßéa")).is_err());
        for value in [json!(0), json!(-1), json!(1.5), json!("1"), json!(true), json!(9_007_199_254_740_992_i64)] {
            assert!(id(&value).is_err(), "{value}");
        }
        assert_eq!(id(&json!(7.0)), Ok(7));
        assert!(Kind::Ref("staff").parse("+7").is_err() && Kind::Ref("staff").parse("7").is_ok());
        assert_eq!((integer("7.0"), integer(""), integer("7.5"), integer("-7")), (Some(7), None, None, None));
        assert_eq!(Kind::Target.plain(json!(7.0)), json!(7));
        assert!(Kind::OneOf(&["a", "b"]).take(&json!("A")).is_err());
    }
}
