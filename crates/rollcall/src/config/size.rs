//! Numbers of bytes, written with their unit.

use super::source::Raw;
use super::value::{Parsed, parts, text};

/// A number of bytes.
pub(super) fn size(raw: &Raw) -> Parsed<usize> {
    bytes(raw, 1 << 30, "1024MiB, such as 512KiB, 1MiB or 2MB")
}

/// A number of bytes on disk.
pub(super) fn space(raw: &Raw) -> Parsed<usize> {
    bytes(raw, 1 << 40, "1024GiB, such as 500MiB or 2GiB")
}

/// So many bytes at most; `examples` begins with that.
fn bytes(raw: &Raw, most: usize, examples: &str) -> Parsed<usize> {
    let written = match raw {
        Raw::Integer(Some(number)) => return Err(format!("is {number} without a unit; write \"{number}B\"")),
        other => text(other)?,
    };
    let bytes = match parts(written).as_deref() {
        Some([(number, unit)]) => {
            let unit = match unit.to_ascii_lowercase().as_str() {
                "b" => Some(1),
                "kb" => Some(1_000),
                "mb" => Some(1_000_000),
                "gb" => Some(1_000_000_000),
                "kib" => Some(1 << 10),
                "mib" => Some(1 << 20),
                "gib" => Some(1 << 30),
                _ => None,
            };
            unit.and_then(|unit: u64| number.checked_mul(unit))
        }
        _ => None,
    };
    let within = |bytes: &usize| (1_024..=most).contains(bytes);
    bytes
        .and_then(|bytes| usize::try_from(bytes).ok())
        .filter(within)
        .ok_or_else(|| format!("is `{written}`, but must be a size from 1KiB to {examples}"))
}
