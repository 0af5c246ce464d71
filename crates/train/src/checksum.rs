//! A checksum inside a safetensors file, over all of the file.
//!
//! It stands among the file's metadata, as SHA-256 of the file with zeros in the checksum's place.
//! So the file stays one that any reader of safetensors can read, and a change of any byte, the
//! header's too, is noticed.

use sha2::{Digest, Sha256};
use std::ops::Range;

/// Name of the entry.
const NAME: &str = "rnnlab.sha256";
/// Hexadecimal digits of a checksum.
const DIGITS: usize = 64;

/// The entry of a file that is not sealed yet.
pub(crate) fn blank() -> (String, String) {
    (NAME.to_owned(), "0".repeat(DIGITS))
}

/// Puts the checksum into a file made with a [`blank`] entry.
pub(crate) fn seal(content: &mut [u8]) {
    if let Some(place) = place(content) {
        let digits = digits(content, &place);
        content[place].copy_from_slice(digits.as_bytes());
    }
}

/// What is wrong with a file, if something is.
pub(crate) fn check(content: &[u8]) -> Result<(), String> {
    let place = place(content).ok_or("it has no checksum")?;
    if content[place.clone()] == *digits(content, &place).as_bytes() {
        return Ok(());
    }
    Err("its checksum does not hold: it was cut short or changed".to_owned())
}

/// SHA-256 of bytes, in hexadecimal digits.
pub(crate) fn sha256(content: &[u8]) -> String {
    hex(Sha256::digest(content).as_slice())
}

/// Where the digits stand.
fn place(content: &[u8]) -> Option<Range<usize>> {
    let before = format!("\"{NAME}\":\"");
    let start = content.windows(before.len()).position(|part| part == before.as_bytes())?;
    let start = start + before.len();
    (start + DIGITS <= content.len()).then_some(start..start + DIGITS)
}

fn digits(content: &[u8], place: &Range<usize>) -> String {
    let mut hasher = Sha256::new();
    hasher.update(&content[..place.start]);
    hasher.update([b'0'; DIGITS]);
    hasher.update(&content[place.end..]);
    hex(hasher.finalize().as_slice())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
