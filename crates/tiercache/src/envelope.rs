//! How a value lies in Redis: what it is, whose it is, and a checksum over all of it.
//!
//! Little-endian: magic 4, format 1, encoding 1, owner 8, version 8, made_at 8 (ms), ttl 8 (ms), load time 8 (µs), length of
//! the key 4, of the body 4, of the value 4; then key, body, CRC-32 4. Redis is never believed: whatever does not open, for
//! whatever reason, is a miss.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;

use crate::compress;
use crate::entry::{Entry, Level, Meta};
use crate::key::Key;
use crate::seeded;

const MAGIC: &[u8; 4] = b"TIER";
const FORMAT: u8 = 1;
/// The length of what stands before the key.
pub(crate) const HEAD: usize = 58;
const SUM: usize = 4;

/// Why what came back is not what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Cut short, damaged, or of another format.
    Corrupt,
    /// Another key's value: the reply was somebody else's.
    Astray,
    /// The right key, but another owner's value.
    Foreign,
    /// The right key and owner, but this other version.
    Outdated(u64),
}

/// What the first bytes of an envelope say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) owner: i64,
    pub(crate) meta: Meta,
    zipped: bool,
    key_length: usize,
    body_length: usize,
    pub(crate) value_length: usize,
}

/// Puts `entry` into an envelope; compressed if it is at least `compress_from` bytes long and that pays.
/// `None` if it is too large to be described.
pub(crate) fn seal(key: &Key, entry: &Entry, compress_from: usize) -> Option<Vec<u8>> {
    let (zipped, body) = match compress::shrink(&entry.bytes, compress_from) {
        Some(small) => (true, Cow::Owned(small)),
        None => (false, Cow::Borrowed(&entry.bytes[..])),
    };
    let text = key.text().as_bytes();
    let mut sealed = Vec::with_capacity(HEAD + text.len() + body.len() + SUM);
    sealed.extend_from_slice(MAGIC);
    sealed.extend_from_slice(&[FORMAT, u8::from(zipped)]);
    sealed.extend_from_slice(&key.owner().to_le_bytes());
    sealed.extend_from_slice(&entry.meta.version.to_le_bytes());
    sealed.extend_from_slice(&entry.meta.made_at_ms.to_le_bytes());
    sealed.extend_from_slice(&whole(entry.meta.ttl.as_millis()).to_le_bytes());
    sealed.extend_from_slice(&whole(entry.meta.load_time.as_micros()).to_le_bytes());
    for length in [text.len(), body.len(), entry.bytes.len()] {
        sealed.extend_from_slice(&u32::try_from(length).ok()?.to_le_bytes());
    }
    sealed.extend_from_slice(text);
    sealed.extend_from_slice(&body);
    let sum = crc32fast::hash(&sealed);
    sealed.extend_from_slice(&sum.to_le_bytes());
    Some(sealed)
}

/// Takes the value out of an envelope, if it is the one that was asked for.
///
/// # Errors
/// What is wrong with it, the first of: corrupt, another key's, another owner's, another version.
pub(crate) fn open(sealed: Vec<u8>, key: &Key, version: u64, value_limit: usize) -> Result<Entry, Refusal> {
    let head = Head::read(&sealed).ok_or(Refusal::Corrupt)?;
    let end =
        HEAD.checked_add(head.key_length).and_then(|n| n.checked_add(head.body_length)).ok_or(Refusal::Corrupt)?;
    if sealed.len() != end + SUM || sealed[end..] != crc32fast::hash(&sealed[..end]).to_le_bytes() {
        return Err(Refusal::Corrupt);
    }
    let body = HEAD + head.key_length..end;
    if &sealed[HEAD..body.start] != key.text().as_bytes() && !seeded::on("key-not-compared") {
        return Err(Refusal::Astray);
    }
    if head.owner != key.owner() && !seeded::on("owner-not-compared") {
        return Err(Refusal::Foreign);
    }
    if head.meta.version != version && !seeded::on("version-in-redis-not-compared") {
        return Err(Refusal::Outdated(head.meta.version));
    }
    let bytes = if head.zipped {
        // The length is checked first, so that a lie cannot make us reserve more than a value may have.
        if head.value_length > value_limit {
            return Err(Refusal::Corrupt);
        }
        Bytes::from(compress::restore(&sealed[body], head.value_length).ok_or(Refusal::Corrupt)?)
    } else if head.body_length == head.value_length {
        Bytes::from(sealed).slice(body)
    } else {
        return Err(Refusal::Corrupt);
    };
    Ok(Entry { bytes, meta: head.meta })
}

impl Head {
    /// Reads what stands before the key; `None` if it is too short or of another format.
    pub(crate) fn read(sealed: &[u8]) -> Option<Self> {
        let mut rest = sealed.strip_prefix(MAGIC)?.strip_prefix(&[FORMAT])?;
        let [encoding] = take(&mut rest)?;
        let owner = i64::from_le_bytes(take(&mut rest)?);
        let version = u64::from_le_bytes(take(&mut rest)?);
        let made_at_ms = i64::from_le_bytes(take(&mut rest)?);
        let ttl = Duration::from_millis(u64::from_le_bytes(take(&mut rest)?));
        let load_time = Duration::from_micros(u64::from_le_bytes(take(&mut rest)?));
        let mut length = || usize::try_from(u32::from_le_bytes(take(&mut rest)?)).ok();
        let (key_length, body_length, value_length) = (length()?, length()?, length()?);
        let meta = Meta { made_at_ms, ttl, version, level: Level::Redis, load_time };
        (encoding <= 1).then_some(Self { owner, meta, zipped: encoding == 1, key_length, body_length, value_length })
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, left) = rest.split_first_chunk::<N>()?;
    *rest = left;
    Some(*taken)
}

fn whole(number: u128) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entry(bytes: Vec<u8>) -> Entry {
        let meta = Meta {
            made_at_ms: 1_795_348_800_000,
            ttl: Duration::from_millis(1500),
            version: 7,
            level: Level::Redis,
            load_time: Duration::from_micros(42),
        };
        Entry { bytes: bytes.into(), meta }
    }

    fn sealed() -> (Key, Vec<u8>) {
        let key = Key::new(42, "a:b");
        let sealed = seal(&key, &entry(b"hello".to_vec()), 1024).unwrap();
        (key, sealed)
    }

    #[test]
    fn every_way_of_being_the_wrong_one_has_its_name() {
        let (key, sealed) = sealed();
        let open = |key: &Key, version| open(sealed.clone(), key, version, 1 << 20);
        assert_eq!(open(&key, 7), Ok(entry(b"hello".to_vec())));
        assert_eq!(open(&key, 8), Err(Refusal::Outdated(7)));
        assert_eq!(open(&Key::new(43, "a:b"), 7), Err(Refusal::Foreign));
        assert_eq!(open(&Key::new(42, "a:c"), 7), Err(Refusal::Astray));
        assert_eq!(open(&Key::new(43, "a:c"), 8), Err(Refusal::Astray));
    }

    #[test]
    fn no_flipped_bit_and_no_missing_end_is_let_through() {
        let (key, sealed) = sealed();
        for bit in 0..sealed.len() * 8 {
            let mut damaged = sealed.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(open(damaged, &key, 7, 1 << 20), Err(Refusal::Corrupt), "bit {bit}");
        }
        for length in 0..sealed.len() {
            assert_eq!(open(sealed[..length].to_vec(), &key, 7, 1 << 20), Err(Refusal::Corrupt), "length {length}");
        }
        let longer = [sealed, vec![0]].concat();
        assert_eq!(open(longer, &key, 7, 1 << 20), Err(Refusal::Corrupt));
    }

    #[test]
    fn a_compressed_value_longer_than_the_limit_is_not_unpacked() {
        let key = Key::new(1, "k");
        let sealed = seal(&key, &entry(vec![b'x'; 10_000]), 16).unwrap();
        assert!(sealed.len() < 1000, "compressed");
        assert!(open(sealed.clone(), &key, 7, 10_000).is_ok());
        assert_eq!(open(sealed, &key, 7, 9_999), Err(Refusal::Corrupt));
    }

    proptest! {
        #[test]
        fn what_is_sealed_opens(bytes in prop::collection::vec(any::<u8>(), 0..5000), text in ".{0,40}", owner: i64) {
            let key = Key::new(owner, text);
            let sealed = seal(&key, &entry(bytes.clone()), 64).unwrap();
            prop_assert_eq!(open(sealed, &key, 7, 1 << 20), Ok(entry(bytes)));
        }

        #[test]
        fn rubbish_is_refused(rubbish in prop::collection::vec(any::<u8>(), 0..300)) {
            prop_assert_eq!(open(rubbish, &Key::new(1, "k"), 7, 1 << 20), Err(Refusal::Corrupt));
        }
    }
}
