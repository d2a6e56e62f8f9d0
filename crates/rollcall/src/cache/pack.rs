//! How values are kept: as JSON, compressed by Zstandard.

use std::cell::RefCell;
use std::io;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tiercache::Bytes;
use zstd::bulk::{Compressor, Decompressor};

/// What travels to browsers is packed once and sent often: the library's own choice.
const SENT: i32 = 3;
/// What is kept is packed more often than it is unpacked: twice as fast as the above, and little longer.
const KEPT: i32 = 1;
/// Longer than any value; an entry that claims more is none of ours.
const LIMIT: usize = 32 << 20;
/// What a thread keeps for its next packing; a longer value's room is given back.
const ROOM: usize = 1 << 20;

/// Packs a value.
///
/// # Errors
/// Where it cannot be written as JSON.
pub fn pack(value: &impl Serialize) -> io::Result<Bytes> {
    let mut packed = Vec::new();
    add(&mut packed, &serde_json::to_vec(value)?)?;
    Ok(exact(packed))
}

/// Unpacks what [`pack`] made.
///
/// # Errors
/// Where it did not.
pub fn unpack<T: DeserializeOwned>(packed: &[u8]) -> io::Result<T> {
    Ok(serde_json::from_slice(&decompress(packed)?)?)
}

/// Packs a text and a small value beside it: the value's length, the value as JSON, and the text in Zstandard's frames. The text
/// stays as it is: JSON would escape each quote of a page, and back.
///
/// # Errors
/// Where the value cannot be written as JSON.
pub fn pack_text(value: &impl Serialize, text: &str) -> io::Result<Bytes> {
    pack_between(value, &[text], &[])
}

/// Packs, like [`pack_text`], the text that consists of `texts` and, between each of them and the next, the text of one of
/// `packed`, which was packed so before: its frames are taken as they are.
///
/// # Errors
/// Where the value cannot be written as JSON, or one of `packed` is none.
pub fn pack_between(value: &impl Serialize, texts: &[impl AsRef<str>], packed: &[Bytes]) -> io::Result<Bytes> {
    let value = serde_json::to_vec(value)?;
    let length = u32::try_from(value.len()).map_err(io::Error::other)?;
    let mut all = [&length.to_le_bytes(), value.as_slice()].concat();
    let mut packed = packed.iter();
    for text in texts {
        add(&mut all, text.as_ref().as_bytes())?;
        if let Some(between) = packed.next() {
            all.extend_from_slice(split(between)?.1);
        }
    }
    Ok(exact(all))
}

/// Unpacks the value beside a text that [`pack_text`] packed.
///
/// # Errors
/// Where it did not.
pub fn unpack_beside<T: DeserializeOwned>(packed: &[u8]) -> io::Result<T> {
    Ok(serde_json::from_slice(split(packed)?.0)?)
}

/// Unpacks what [`pack_text`] made.
///
/// # Errors
/// Where it did not.
pub fn unpack_text<T: DeserializeOwned>(packed: &[u8]) -> io::Result<(T, String)> {
    let (value, frames) = split(packed)?;
    let text = String::from_utf8(decompress(frames)?).map_err(io::Error::other)?;
    Ok((serde_json::from_slice(value)?, text))
}

/// The value and the frames of a packed text.
fn split(packed: &[u8]) -> io::Result<(&[u8], &[u8])> {
    let none = || io::Error::new(io::ErrorKind::InvalidData, "no packed text");
    let (length, rest) = packed.split_first_chunk().ok_or_else(none)?;
    let length = usize::try_from(u32::from_le_bytes(*length)).map_err(io::Error::other)?;
    rest.split_at_checked(length).ok_or_else(none)
}

/// Zstandard, as browsers take it.
///
/// # Errors
/// Where the library fails.
pub fn compress(plain: &[u8]) -> io::Result<Vec<u8>> {
    let mut packed = Vec::new();
    SENDER.with_borrow_mut(|packer| packer.add(&mut packed, plain))?;
    packed.shrink_to_fit();
    Ok(packed)
}

/// Adds a frame.
fn add(to: &mut Vec<u8>, plain: &[u8]) -> io::Result<()> {
    KEEPER.with_borrow_mut(|packer| packer.add(to, plain))
}

/// What is kept is counted by its length, and must not hold more than that.
fn exact(packed: Vec<u8>) -> Bytes {
    Bytes::from(packed.into_boxed_slice())
}

/// A compressor and the room that it packs into. Making one takes longer than packing a card, and the room that the library
/// asks for is as long as what is packed, not as what comes of it.
struct Packer {
    level: i32,
    compressor: Option<Compressor<'static>>,
    room: Vec<u8>,
}

impl Packer {
    const fn of_level(level: i32) -> Self {
        Self { level, compressor: None, room: Vec::new() }
    }

    fn add(&mut self, to: &mut Vec<u8>, plain: &[u8]) -> io::Result<()> {
        let compressor = match &mut self.compressor {
            Some(compressor) => compressor,
            none => none.insert(Compressor::new(self.level)?),
        };
        self.room.clear();
        self.room.reserve(zstd::zstd_safe::compress_bound(plain.len()));
        compressor.compress_to_buffer(plain, &mut self.room)?;
        to.extend_from_slice(&self.room);
        if self.room.capacity() > ROOM {
            self.room = Vec::new();
        }
        Ok(())
    }
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
    static SENDER: RefCell<Packer> = const { RefCell::new(Packer::of_level(SENT)) };
    static KEEPER: RefCell<Packer> = const { RefCell::new(Packer::of_level(KEPT)) };
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

    #[test]
    fn a_text_goes_round_between_texts_that_were_packed_before() {
        let cards = ["<p>one</p>".repeat(500), String::new(), "ü".repeat(70_000)];
        let packed: Vec<Bytes> = cards.iter().map(|card| pack_text(&"beside", card).unwrap()).collect();
        let page = pack_between(&7, &["<main>", ",", "", "</main>"], &packed).unwrap();
        let text = format!("<main>{},{}{}</main>", cards[0], cards[1], cards[2]);
        assert_eq!(unpack_text::<u8>(&page).unwrap(), (7, text));
        assert_eq!(unpack_beside::<String>(&packed[2]).unwrap(), "beside");
        for end in [0, 3, 4, page.len() - 1] {
            assert!(unpack_text::<u8>(&page[..end]).is_err(), "cut off at {end}");
        }
    }

    #[test]
    fn what_is_kept_takes_no_more_room_than_it_says() {
        let packed = pack_text(&0, &"many alike ".repeat(10_000)).unwrap();
        let length = packed.len();
        assert!(length < 500 && Vec::from(packed).capacity() == length);
    }
}
