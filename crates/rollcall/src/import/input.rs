//! Opening a file: packed or plain, told by its first bytes and never by its name.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use flate2::bufread::MultiGzDecoder;

const GZIP: &[u8] = &[0x1f, 0x8b];
const UTF8_MARK: &[u8] = &[0xef, 0xbb, 0xbf];

/// The text of a file, unpacked, without a byte order mark.
///
/// # Errors
/// Where it cannot be read, or is UTF-16; and once more than `at_most` bytes were read: a small file may be packed from any length.
pub(super) fn open<'a>(input: impl Read + Send + 'a, at_most: Option<u64>) -> io::Result<impl BufRead + Send + 'a> {
    let (start, input) = peek(input, 2)?;
    let input = BufReader::new(Cursor::new(start.clone()).chain(input));
    let unpacked: Box<dyn BufRead + Send + 'a> =
        if start == GZIP { Box::new(BufReader::new(MultiGzDecoder::new(input))) } else { Box::new(input) };
    let (start, rest) = peek(Limited { input: unpacked, left: at_most.unwrap_or(u64::MAX) }, 3)?;
    if matches!(start.get(..2), Some([0xff, 0xfe] | [0xfe, 0xff])) {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the file is UTF-16: save it as UTF-8"));
    }
    let start = if start == UTF8_MARK { Vec::new() } else { start };
    Ok(BufReader::with_capacity(64 * 1024, Cursor::new(start).chain(rest)))
}

/// An input that fails where it goes on too long.
struct Limited<R> {
    input: R,
    left: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.input.read(buffer)?;
        let left = self.left.checked_sub(length as u64);
        self.left =
            left.ok_or_else(|| io::Error::new(io::ErrorKind::FileTooLarge, "the unpacked file is too large"))?;
        Ok(length)
    }
}

/// The first bytes, and what follows them.
fn peek<R: Read>(mut input: R, length: u64) -> io::Result<(Vec<u8>, R)> {
    let mut start = Vec::new();
    input.by_ref().take(length).read_to_end(&mut start)?;
    Ok((start, input))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn read(bytes: &[u8]) -> io::Result<String> {
        let mut text = String::new();
        open(Cursor::new(bytes.to_vec()), Some(1_000))?.read_to_string(&mut text)?;
        Ok(text)
    }

    #[test]
    fn packed_and_marked_files_are_read_alike() {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all("\u{feff}a,ä\n".as_bytes()).unwrap();
        assert_eq!(read(&packer.finish().unwrap()).unwrap(), "a,ä\n");
        assert_eq!(read("\u{feff}a".as_bytes()).unwrap(), "a");
        assert_eq!(read(b"ab").unwrap(), "ab");
        assert_eq!(read(b"").unwrap(), "");
        assert_eq!(read(&[b'a'; 1_000]).unwrap().len(), 1_000);
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(&[b'a'; 100_000]).unwrap();
        assert_eq!(read(&packer.finish().unwrap()).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        assert!(read(b"\xff\xfea\0").unwrap_err().to_string().contains("UTF-16"));
        assert!(read(b"\x1f\x8b\x08broken").is_err());
    }
}
