//! How a file is compressed, by its first bytes and never by its name.

use std::io::{self, BufReader, Read};

use flate2::read::MultiGzDecoder;

/// How a file is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// gzip (RFC 1952), of one member or several.
    Gzip,
    /// Zstandard (RFC 8878), of one frame or several.
    Zstd,
}

/// So many bytes tell the compression.
const MAGIC: usize = 4;

impl Compression {
    /// What the first bytes of a file say.
    fn of(start: &[u8]) -> Self {
        match start {
            [0x1f, 0x8b, ..] => Self::Gzip,
            // A frame of data, or one that is to be skipped.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            _ => Self::None,
        }
    }

    /// Its name; empty for none.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }
}

/// Looks at the first bytes and gives a reader of what is compressed in it. A compressed file that ends too early or is
/// damaged fails to be read.
pub(super) fn decompress<R: Read + Send + 'static>(
    mut reader: R,
) -> io::Result<(Compression, Box<dyn Read + Send>)> {
    let mut start = Vec::with_capacity(MAGIC);
    reader.by_ref().take(MAGIC as u64).read_to_end(&mut start)?;
    let compression = Compression::of(&start);
    let whole = io::Cursor::new(start).chain(reader);
    let reader: Box<dyn Read + Send> = match compression {
        Compression::None => Box::new(whole),
        Compression::Gzip => Box::new(MultiGzDecoder::new(BufReader::with_capacity(1 << 16, whole))),
        Compression::Zstd => Box::new(zstd::Decoder::new(whole)?),
    };
    Ok((compression, reader))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn read(file: Vec<u8>) -> io::Result<(Compression, Vec<u8>)> {
        let (compression, mut reader) = decompress(io::Cursor::new(file))?;
        let mut content = Vec::new();
        reader.read_to_end(&mut content)?;
        Ok((compression, content))
    }

    fn gzip(content: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn what_is_compressed_is_known_by_its_content() {
        let zstd = |content: &[u8]| zstd::encode_all(content, 1).unwrap();
        assert_eq!(read(b"1,a\n".to_vec()).unwrap(), (Compression::None, b"1,a\n".to_vec()));
        assert_eq!(read(Vec::new()).unwrap(), (Compression::None, Vec::new()));
        assert_eq!(read(b"1".to_vec()).unwrap(), (Compression::None, b"1".to_vec()));
        let (two_members, two_frames) = ([gzip(b"1\n"), gzip(b"2\n")], [zstd(b"1\n"), zstd(b"2\n")]);
        assert_eq!(read(two_members.concat()).unwrap(), (Compression::Gzip, b"1\n2\n".to_vec()));
        assert_eq!(read(two_frames.concat()).unwrap(), (Compression::Zstd, b"1\n2\n".to_vec()));
    }

    #[test]
    fn what_ends_too_early_cannot_be_read() {
        for whole in [gzip(b"1,a\n2,b\n"), zstd::encode_all(&b"1,a\n2,b\n"[..], 1).unwrap()] {
            assert!(read(whole[..whole.len() - 3].to_vec()).is_err());
        }
    }
}
