//! SHA-256, in the form in which checksums are published: lower-case hexadecimal.

use std::fmt::Write as _;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::error::DataError;
use crate::open::open;
use crate::source::FileSum;
use crate::text::file_name;

/// The checksum of bytes in memory.
pub(crate) fn of_bytes(bytes: &[u8]) -> String {
    hex(Sha256::digest(bytes).as_slice())
}

/// The checksum of token ids, each taken as four little-endian bytes.
pub(crate) fn of_tokens(tokens: &[u32]) -> String {
    let mut hasher = Sha256::new();
    for token in tokens {
        hasher.update(token.to_le_bytes());
    }
    finish(hasher)
}

/// Size and checksum of a file, read piece by piece.
pub(crate) fn of_whole_file(path: &Path) -> Result<FileSum, DataError> {
    let (hasher, bytes) = begun(path)?;
    Ok(FileSum { name: file_name(path), bytes, sha256: finish(hasher) })
}

/// A hasher that was fed a whole file, and the file's size.
pub(crate) fn begun(path: &Path) -> Result<(Sha256, u64), DataError> {
    let mut file = open(path)?;
    let mut hasher = Sha256::new();
    let mut bytes = 0;
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok((hasher, bytes)),
            Ok(n) => {
                hasher.update(&buffer[..n]);
                bytes += n as u64;
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(DataError::io("read", path, e)),
        }
    }
}

/// The checksum of everything a hasher was fed.
pub(crate) fn finish(hasher: Sha256) -> String {
    hex(hasher.finalize().as_slice())
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_example() {
        // FIPS 180-4, "abc".
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(of_bytes(b"abc"), expected);
    }

    #[test]
    fn tokens_are_little_endian() {
        assert_eq!(of_tokens(&[1, 258]), of_bytes(&[1, 0, 0, 0, 2, 1, 0, 0]));
    }
}
