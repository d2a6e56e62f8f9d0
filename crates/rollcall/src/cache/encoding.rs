//! How an answer travels: compressed once, in whichever way the browser takes.

use std::io::{self, Write};

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_ENCODING;

use super::pack;

/// A way to compress an answer, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Zstandard: nearly as small as Brotli, in a tenth of the time. Browsers take it over https.
    Zstd,
    /// Brotli.
    Brotli,
    /// Gzip: what browsers take over plain http.
    Gzip,
    /// As it is.
    Identity,
}

impl Encoding {
    /// The best that whoever asks takes (RFC 9110, section 12.5.3).
    #[must_use]
    pub fn accepted(headers: &HeaderMap) -> Self {
        let accepted = headers.get_all(ACCEPT_ENCODING);
        let takes = |encoding: Self| {
            let wishes = accepted.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
            wishes.map(str::trim).any(|wish| {
                let mut parts = wish.split(';');
                let named = parts.next().is_some_and(|name| name.trim() == encoding.as_str());
                let weight = parts.find_map(|part| part.trim().strip_prefix("q="));
                named && weight.and_then(|weight| weight.parse().ok()).is_none_or(|weight: f32| weight > 0.0)
            })
        };
        [Self::Zstd, Self::Brotli, Self::Gzip].into_iter().find(|encoding| takes(*encoding)).unwrap_or(Self::Identity)
    }

    /// Its name in `Content-Encoding`; also a part of names in the cache.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Zstd => "zstd",
            Self::Brotli => "br",
            Self::Gzip => "gzip",
            Self::Identity => "identity",
        }
    }

    /// Encodes `plain`.
    ///
    /// # Errors
    /// Where the library fails.
    pub fn encode(self, plain: Vec<u8>) -> io::Result<Vec<u8>> {
        match self {
            Self::Zstd => pack::compress(&plain),
            Self::Brotli => {
                let mut to = brotli::CompressorWriter::new(Vec::with_capacity(plain.len() / 8), 4096, 5, 20);
                to.write_all(&plain)?;
                to.flush()?;
                Ok(to.into_inner())
            }
            Self::Gzip => {
                let mut to = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(5));
                to.write_all(&plain)?;
                to.finish()
            }
            Self::Identity => Ok(plain),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(written: &str) -> Encoding {
        Encoding::accepted(&HeaderMap::from_iter([(ACCEPT_ENCODING, written.parse().unwrap())]))
    }

    #[test]
    fn the_best_that_is_taken_is_chosen() {
        assert_eq!(accepted("gzip, deflate, br, zstd"), Encoding::Zstd);
        assert_eq!(accepted("gzip, br;q=0.5, zstd;q=0"), Encoding::Brotli);
        assert_eq!(accepted("gzip, deflate"), Encoding::Gzip);
        assert_eq!(accepted("zstdx, identity"), Encoding::Identity);
        assert_eq!(Encoding::accepted(&HeaderMap::new()), Encoding::Identity);
    }

    #[test]
    fn every_encoding_is_smaller_and_ends() {
        let plain = "<p>many alike</p>".repeat(1_000).into_bytes();
        for encoding in [Encoding::Zstd, Encoding::Brotli, Encoding::Gzip] {
            assert!(encoding.encode(plain.clone()).unwrap().len() < 500, "{encoding:?}");
        }
        let mut back = Vec::new();
        let packed = Encoding::Brotli.encode(plain.clone()).unwrap();
        brotli::BrotliDecompress(&mut packed.as_slice(), &mut back).unwrap();
        assert_eq!(back, plain);
    }
}
