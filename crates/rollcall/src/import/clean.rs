//! From a field's bytes to a value: encodings, whole numbers as spreadsheets leave them, amounts of money.

use rust_decimal::Decimal;

use super::mapping::{ColumnRule, Encoding, Normalise};

/// A field as text; an error where it is not text in this encoding, or cannot be stored.
pub(super) fn decode(field: &[u8], encoding: Encoding) -> Result<String, &'static str> {
    let text = match encoding {
        Encoding::Utf8 => std::str::from_utf8(field).map_err(|_| "is not UTF-8")?.to_owned(),
        Encoding::Windows1252 => field.iter().map(|byte| windows_1252(*byte)).collect(),
    };
    if text.contains('\0') { Err("holds a NUL byte") } else { Ok(text) }
}

/// Text in an encoding, for files; a question mark for what it has no letter for.
pub(super) fn encode(text: &str, encoding: Encoding) -> Vec<u8> {
    let byte = |letter: char| (0..=u8::MAX).find(|byte| windows_1252(*byte) == letter).unwrap_or(b'?');
    match encoding {
        Encoding::Utf8 => text.as_bytes().to_vec(),
        Encoding::Windows1252 => text.chars().map(byte).collect(),
    }
}

fn windows_1252(byte: u8) -> char {
    const FROM_80: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘',
        '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9f => FROM_80[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}

/// A field as its column's rule wants it.
pub(super) fn clean(text: &str, rule: Option<&ColumnRule>, decimal_comma: bool) -> Result<String, String> {
    let text = text.trim();
    let Some(rule) = rule else { return Ok(text.to_owned()) };
    if text.is_empty() || rule.empty.iter().any(|empty| empty == text) {
        return Ok(String::new());
    }
    match rule.normalise {
        None => Ok(text.to_owned()),
        Some(Normalise::Lower) => Ok(text.to_lowercase()),
        Some(Normalise::Upper) => Ok(text.to_uppercase()),
        Some(Normalise::Digits) => Ok(digits(text)),
        Some(Normalise::Integer) => {
            integer(text, decimal_comma).ok_or_else(|| format!("`{}` is not a whole number", short(text)))
        }
    }
}

fn digits(text: &str) -> String {
    let plus = text.starts_with('+').then_some('+');
    plus.into_iter().chain(text.chars().filter(char::is_ascii_digit)).collect()
}

/// A whole number without exponent, point or leading zeros; computed in decimal, so that no digit is lost.
pub(super) fn integer(text: &str, decimal_comma: bool) -> Option<String> {
    let text = if decimal_comma { text.replace(',', ".") } else { text.to_owned() };
    let number = if text.contains(['e', 'E']) {
        Decimal::from_scientific(&text).ok()?
    } else {
        Decimal::from_str_exact(&text).ok()?
    };
    number.fract().is_zero().then(|| number.trunc().normalize().to_string())
}

/// An amount of money that DECIMAL(10,2) holds. Groups of thousands are understood where they are what they seem.
pub(super) fn amount(text: &str, decimal_comma: bool) -> Result<Decimal, &'static str> {
    const NO_AMOUNT: &str = "is not an amount such as 12.50 (or 12,50 with `decimal_comma = true`)";
    let (point, group) = if decimal_comma { (',', '.') } else { ('.', ',') };
    let (whole, cents) = text.split_once(point).unwrap_or((text, ""));
    let mut groups = whole.split(group);
    let first = groups.next().unwrap_or_default();
    let numeric = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let grouped = whole.contains(group);
    let sound = numeric(first) && !first.is_empty() && (!grouped || first.len() <= 3);
    if !sound || !groups.all(|part| part.len() == 3 && numeric(part)) || !numeric(cents) {
        return Err(NO_AMOUNT);
    }
    if cents.trim_end_matches('0').len() > 2 {
        return Err("has more than two decimals");
    }
    let plain = format!("{}.{cents:0<2}", whole.replace(group, ""));
    let amount: Decimal = plain.parse().map_err(|_| NO_AMOUNT)?;
    if amount < Decimal::from(100_000_000) { Ok(amount.round_dp(2)) } else { Err("is more than 99,999,999.99") }
}

/// At most 60 characters of a text, for messages.
pub(super) fn short(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_as_spreadsheets_leave_them() {
        let plain = |text| integer(text, false);
        assert_eq!(plain("2.98725E+13").as_deref(), Some("29872500000000"));
        assert_eq!(plain("85234586887761.0").as_deref(), Some("85234586887761"));
        assert_eq!(plain("99948393975").as_deref(), Some("99948393975"));
        assert_eq!(plain("12345678901234567.0").as_deref(), Some("12345678901234567"), "more digits than a double has");
        assert_eq!(plain("0042").as_deref(), Some("42"));
        assert_eq!(integer("2,98725E+13", true).as_deref(), Some("29872500000000"));
        for text in ["", "abc", "1.5", "2.5E+0", "1e99", "--1"] {
            assert_eq!(plain(text), None, "{text}");
        }
    }

    #[test]
    fn amounts_are_what_they_seem_or_nothing() {
        let shown = |text, comma| amount(text, comma).map(|amount| amount.to_string());
        for (text, comma, expected) in [
            ("12.5", false, "12.50"),
            ("1,234.50", false, "1234.50"),
            ("1.234,50", true, "1234.50"),
            ("0", true, "0.00"),
            ("7.500", false, "7.50"),
            ("99999999.99", false, "99999999.99"),
        ] {
            assert_eq!(shown(text, comma).as_deref(), Ok(expected), "{text}");
        }
        for (text, comma) in [
            ("12,5", false),
            ("12.50", true),
            ("-1", false),
            ("", false),
            ("€5", false),
            ("1.234", false),
            ("100000000", false),
        ] {
            assert!(amount(text, comma).is_err(), "{text}");
        }
    }

    #[test]
    fn encodings() {
        assert_eq!(decode("ITARARÉ".as_bytes(), Encoding::Utf8).as_deref(), Ok("ITARARÉ"));
        assert_eq!(decode(b"ITARAR\xc9 \x80", Encoding::Windows1252).as_deref(), Ok("ITARARÉ €"));
        assert_eq!(decode(b"ITARAR\xc9", Encoding::Utf8), Err("is not UTF-8"));
        assert_eq!(decode(b"a\0b", Encoding::Utf8), Err("holds a NUL byte"));
        for (text, bytes) in [("É €", b"\xc9 \x80".as_slice()), ("“ł”", b"\x93?\x94")] {
            assert_eq!(encode(text, Encoding::Windows1252), bytes);
            assert_eq!(encode(text, Encoding::Utf8), text.as_bytes());
        }
    }

    #[test]
    fn a_columns_rule() {
        let rule = |normalise| ColumnRule { normalise, empty: vec!["NULL".to_owned()] };
        let cleaned = |text, normalise| clean(text, Some(&rule(normalise)), false);
        assert_eq!(cleaned(" +49 (30) 12-3 ", Some(Normalise::Digits)).as_deref(), Ok("+4930123"));
        assert_eq!(cleaned("NULL", Some(Normalise::Integer)).as_deref(), Ok(""));
        assert_eq!(cleaned("ÄB", Some(Normalise::Lower)).as_deref(), Ok("äb"));
        assert_eq!(cleaned("x", Some(Normalise::Integer)).unwrap_err(), "`x` is not a whole number");
    }
}
