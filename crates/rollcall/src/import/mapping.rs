//! Mappings: which column becomes what. A TOML file; every mistake in it is told with its line.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, Visitor};

use super::dates::{Pattern, TimeOfDay, Zone};
use super::template::Template;
use super::terms::{Channel, Delivery, Journey, Status};

/// What the columns of a file mean. See `examples/no-show-appointments.toml`, which is documented line by line.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// Names where the file comes from: keys are told apart by it, so that a second run finds what the first one made.
    pub(super) source: Source,
    pub(super) file: Format,
    #[serde(default)]
    pub(super) columns: BTreeMap<String, ColumnRule>,
    pub(super) customer: Customer,
    pub(super) branch: Option<Branch>,
    pub(super) staff: Option<Staff>,
    pub(super) service: Option<Service>,
    pub(super) appointment: Appointment,
    #[serde(default, rename = "reminder")]
    pub(super) reminders: Vec<Reminder>,
    /// The file that it was read from, so that a mistake found later can name its line.
    #[serde(skip)]
    pub(super) text: String,
}

/// A name of at most 64 characters.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Source(pub(super) String);

impl TryFrom<String> for Source {
    type Error = &'static str;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        let fits = (1..=64).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic());
        if fits { Ok(Self(name)) } else { Err("a source is named by 1 to 64 ASCII characters without spaces") }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Format {
    #[serde(default)]
    pub(super) delimiter: Delimiter,
    #[serde(default)]
    pub(super) encoding: Encoding,
    pub(super) timezone: Zone,
    pub(super) dates: Vec<Pattern>,
    pub(super) time: Option<TimeOfDay>,
    #[serde(default)]
    pub(super) decimal_comma: bool,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "char")]
pub(super) struct Delimiter(pub(super) u8);

impl Default for Delimiter {
    fn default() -> Self {
        Self(b',')
    }
}

impl TryFrom<char> for Delimiter {
    type Error = &'static str;

    fn try_from(letter: char) -> Result<Self, Self::Error> {
        match u8::try_from(letter) {
            Ok(byte) if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r' | b' ') => Ok(Self(byte)),
            _ => Err("a delimiter is one ASCII character: a comma, semicolon, tab or the like"),
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub(super) enum Encoding {
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    #[serde(rename = "windows-1252")]
    Windows1252,
}

/// How a column is cleaned, wherever it is used.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ColumnRule {
    pub(super) normalise: Option<Normalise>,
    /// Values that mean nothing at all, such as `NULL`.
    #[serde(default)]
    pub(super) empty: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Normalise {
    /// A whole number, however a spreadsheet wrote it: `2.98725E+13`, `85234586887761.0`.
    Integer,
    Lower,
    Upper,
    /// The digits alone, and a leading `+`.
    Digits,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Customer {
    pub(super) key: Template,
    pub(super) name: Template,
    pub(super) email: Option<Template>,
    pub(super) phone: Option<Template>,
    #[serde(default, deserialize_with = "maybe_text_or_table")]
    pub(super) journey_status: Option<Choice<Journey>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Branch {
    pub(super) key: Template,
    pub(super) name: Template,
    pub(super) city: Option<Template>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Staff {
    pub(super) key: Template,
    pub(super) name: Template,
    pub(super) email: Option<Template>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Service {
    pub(super) key: Template,
    pub(super) name: Template,
    pub(super) duration_minutes: Template,
    pub(super) price: Option<Template>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Appointment {
    pub(super) key: Template,
    #[serde(deserialize_with = "text_or_table")]
    pub(super) starts_at: Instant,
    #[serde(default, deserialize_with = "maybe_text_or_table")]
    pub(super) ends_at: Option<Instant>,
    pub(super) duration_minutes: Option<Template>,
    #[serde(default, deserialize_with = "maybe_text_or_table")]
    pub(super) booked_at: Option<Instant>,
    #[serde(default)]
    pub(super) booked_after_start: BookedAfterStart,
    #[serde(deserialize_with = "text_or_table")]
    pub(super) status: Choice<Status>,
    pub(super) price: Option<Template>,
}

/// What becomes of an appointment that was booked after it began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum BookedAfterStart {
    #[default]
    Keep,
    Reject,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reminder {
    pub(super) when: Option<When>,
    #[serde(deserialize_with = "text_or_table")]
    pub(super) channel: Choice<Channel>,
    #[serde(default, deserialize_with = "maybe_text_or_table")]
    pub(super) status: Option<Choice<Delivery>>,
    pub(super) recipient: Template,
    #[serde(default, deserialize_with = "maybe_text_or_table")]
    pub(super) sent_at: Option<Instant>,
    #[serde(default = "a_day")]
    pub(super) hours_before: u16,
}

fn a_day() -> u16 {
    24
}

/// A value that has to be one of several.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct When {
    pub(super) value: Template,
    #[serde(rename = "in")]
    pub(super) any_of: Vec<String>,
}

/// An instant: a template alone, or a table that says how this one is written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Instant {
    pub(super) value: Template,
    pub(super) dates: Option<Vec<Pattern>>,
    pub(super) timezone: Option<Zone>,
    pub(super) time: Option<TimeOfDay>,
}

impl FromStr for Instant {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(Self { value: Template::parse(text)?, dates: None, timezone: None, time: None })
    }
}

/// One of a closed list of terms: always the same one, or by a value of the row.
#[derive(Clone, Debug)]
pub(super) enum Choice<T> {
    Always(T),
    By(ByValue<T>),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ByValue<T> {
    pub(super) value: Template,
    pub(super) map: BTreeMap<String, T>,
    /// For values that `map` does not have; without it such a row is rejected.
    pub(super) default: Option<T>,
}

impl<T: FromStr<Err = String>> FromStr for Choice<T> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse().map(Self::Always)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Choice<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        ByValue::deserialize(deserializer).map(Self::By)
    }
}

/// Reads text by `FromStr` and a table as the type itself; unlike an untagged enum it says what is wrong, and where.
fn text_or_table<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + FromStr<Err = String>,
{
    struct Either<T>(PhantomData<T>);
    impl<'de, T: Deserialize<'de> + FromStr<Err = String>> Visitor<'de> for Either<T> {
        type Value = T;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("text or a table with `value`")
        }
        fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
            text.parse().map_err(E::custom)
        }
        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
            T::deserialize(MapAccessDeserializer::new(map))
        }
    }
    deserializer.deserialize_any(Either(PhantomData))
}

fn maybe_text_or_table<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + FromStr<Err = String>,
{
    text_or_table(deserializer).map(Some)
}
