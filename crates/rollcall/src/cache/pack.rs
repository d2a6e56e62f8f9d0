//! How values are kept: as JSON, compressed by Zstandard.

use std::cell::RefCell;
use std::io;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tiercache::Bytes;
use zstd::bulk::{Compressor, Decompressor};

/// Level 3, the library's own choice: a page becomes a tenth of its size in a third of a millisecond.
const LEVEL: i32 = 3;
/// Longer than any value; an entry that claims more is none of ours.
const LIMIT: usize = 32 << 20;

/// Packs a value.
///
/// # Errors
/// Where it cannot be written as JSON.
pub fn pack(value: &impl Serialize) -> io::Result<Bytes> {
    compress(&serde_json::to_vec(value)?).map(Bytes::from)
}

/// Unpacks what [`pack`] made.
///
/// # Errors
/// Where it did not.
pub fn unpack<T: DeserializeOwned>(packed: &[u8]) -> io::Result<T> {
    Ok(serde_json::from_slice(&decompress(packed)?)?)
}

/// Packs a text and a small value beside it. The text stays as it is: JSON would escape each quote of a page, and back.
///
/// # Errors
/// Where the value cannot be written as JSON.
pub fn pack_text(value: &impl Serialize, text: &str) -> io::Result<Bytes> {
    let value = serde_json::to_vec(value)?;
    let length = u32::try_from(value.len()).map_err(io::Error::other)?;
    compress(&[&length.to_le_bytes(), value.as_slice(), text.as_bytes()].concat()).map(Bytes::from)
}

/// Unpacks what [`pack_text`] made.
///
/// # Errors
/// Where it did not.
pub fn unpack_text<T: DeserializeOwned>(packed: &[u8]) -> io::Result<(T, String)> {
    let none = || io::Error::new(io::ErrorKind::InvalidData, "no packed text");
    let mut plain = decompress(packed)?;
    let length = plain.first_chunk().map(|length| u32::from_le_bytes(*length)).ok_or_else(none)?;
    let end = usize::try_from(length).ok().and_then(|length| length.checked_add(4)).ok_or_else(none)?;
    let value = serde_json::from_slice(plain.get(4..end).ok_or_else(none)?)?;
    plain.drain(..end);
    Ok((value, String::from_utf8(plain).map_err(io::Error::other)?))
}

/// Zstandard, as browsers take it.
///
/// # Errors
/// Where the library fails.
pub fn compress(plain: &[u8]) -> io::Result<Vec<u8>> {
    PACKER.with_borrow_mut(|packer| match packer {
        Some(packer) => packer.compress(plain),
        None => packer.insert(Compressor::new(LEVEL)?).compress(plain),
    })
}

fn decompress(packed: &[u8]) -> io::Result<Vec<u8>> {
    let length = Decompressor::upper_bound(packed).filter(|length| *length <= LIMIT);
    let length = length.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "no packed value"))?;
    UNPACKER.with_borrow_mut(|unpacker| match unpacker {
        Some(unpacker) => unpacker.decompress(packed, length),
        None => unpacker.insert(Decompressor::new()?).decompress(packed, length),
    })
}

thread_local! {
    // Making one takes longer than packing a card.
    static PACKER: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static UNPACKER: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_unpacks_and_anything_else_is_an_error() {
        let value = vec!["a".repeat(10_000), "b".to_owned()];
        let packed = pack(&value).unwrap();
        assert!(packed.len() < 200);
        assert_eq!(unpack::<Vec<String>>(&packed).unwrap(), value);
        assert!(unpack::<Vec<String>>(b"rubbish").is_err() && unpack::<u8>(&packed).is_err());
    }
}
