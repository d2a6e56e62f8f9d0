//! Whether it pays to compress, and doing it.

/// zstd's quickest of the usual levels: what is saved is transfer and Redis's memory, what it costs is on the way of a miss.
const LEVEL: i32 = 1;
/// How much of a long value is tried first: what is already compressed shows it in its first pages.
const SAMPLE: usize = 4096;

/// `bytes` compressed, if they are at least `from` long and at least a tenth of them is saved.
pub(crate) fn shrink(bytes: &[u8], from: usize) -> Option<Vec<u8>> {
    if bytes.len() < from {
        return None;
    }
    if bytes.len() > 2 * SAMPLE {
        squeeze(&bytes[..SAMPLE])?;
    }
    squeeze(bytes)
}

fn squeeze(bytes: &[u8]) -> Option<Vec<u8>> {
    let small = zstd::bulk::compress(bytes, LEVEL).ok()?;
    (small.len() <= bytes.len() - bytes.len() / 10).then_some(small)
}

/// The `length` bytes that `small` stands for; `None` if it is damaged or stands for another number of them.
pub(crate) fn restore(small: &[u8], length: usize) -> Option<Vec<u8>> {
    zstd::bulk::decompress(small, length).ok().filter(|bytes| bytes.len() == length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::{Chance, SplitMix};

    #[test]
    fn text_pays_and_noise_does_not() {
        let text = "<td>a row like the others</td>".repeat(1000).into_bytes();
        let small = shrink(&text, 1024).unwrap();
        assert!(small.len() * 10 < text.len());
        assert_eq!(restore(&small, text.len()).as_deref(), Some(&text[..]));
        assert_eq!(restore(&small, text.len() - 1), None);
        assert_eq!(restore(&small, text.len() + 1), None);

        let chance = SplitMix::seeded(1);
        let noise: Vec<u8> = (0..4000).flat_map(|_| chance.next_u64().to_le_bytes()).collect();
        assert_eq!(shrink(&noise, 1024), None);
        assert_eq!(shrink(&noise[..2000], 1024), None);
        assert_eq!(shrink(&text[..1023], 1024), None, "too short to be tried");
        assert_eq!(shrink(b"", 0).map(|small| small.len()), None);
    }
}
