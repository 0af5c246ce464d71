//! The files of the spoken digits: an archive or a folder, each named after what it is.

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::Path;

use audio::Recording;
use flate2::read::GzDecoder;
use sha2::{Digest, Sha256};

use crate::bounded::Bounded;
use crate::checksum;
use crate::error::DataError;
use crate::source::FileSum;
use crate::text::file_name;

/// The published archive has 3,000 recordings and unpacks to 24 million bytes; the longest recording has
/// fewer than 40,000.
const MOST_MEMBERS: usize = 100_000;
const MOST_BYTES: u64 = 1 << 30;
const MOST_OF_A_RECORDING: u64 = 1 << 22;
/// Seconds; the longest is 2.3.
const LONGEST: f64 = 60.0;

/// A digit, spoken once.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Take {
    pub(super) digit: u32,
    pub(super) speaker: String,
    /// Which time the speaker said the digit.
    pub(super) take: u32,
    pub(super) samples: Vec<f32>,
}

/// All takes in the order of their files' names, the checksum of the archive, and that of all recordings in
/// this order, each as its name, a line end and its bytes.
pub(super) struct Recordings {
    pub(super) takes: Vec<Take>,
    pub(super) file: FileSum,
    pub(super) content: String,
}

/// Reads an archive, or a folder of WAV files.
pub(super) fn read(path: &Path, rate: u32) -> Result<Recordings, DataError> {
    let mut members = if path.is_dir() { of_folder(path)? } else { of_archive(path)? };
    members.sort();
    let mut hasher = Sha256::new();
    let (mut takes, mut bytes) = (Vec::with_capacity(members.len()), 0);
    for (name, content) in &members {
        hasher.update(name.as_bytes());
        hasher.update(b"\n");
        hasher.update(content);
        bytes += content.len() as u64;
        let Some((digit, speaker, take)) = parse(name) else { continue };
        let recording = Recording::read(&path.join(name), &content[..], LONGEST)?;
        let samples = recording.at_rate(rate).samples;
        takes.push(Take { digit, speaker: speaker.to_owned(), take, samples });
    }
    let content = checksum::finish(hasher);
    let file = match path.is_dir() {
        true => FileSum { name: file_name(path), bytes, sha256: content.clone() },
        false => checksum::of_whole_file(path)?,
    };
    Ok(Recordings { takes, file, content })
}

/// Digit, speaker and take of a file: `7_jackson_32.wav`.
fn parse(name: &str) -> Option<(u32, &str, u32)> {
    let (digit, rest) = name.strip_suffix(".wav")?.split_once('_')?;
    let (speaker, take) = rest.rsplit_once('_')?;
    let digit = digit.parse().ok().filter(|digit| *digit < 10)?;
    Some((digit, speaker, take.parse().ok()?))
}

fn of_folder(folder: &Path) -> Result<Vec<(String, Vec<u8>)>, DataError> {
    let failed = |e| DataError::io("read", folder, e);
    let mut members = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if parse(&name).is_some() {
            let path = entry.path();
            members.push((name, fs::read(&path).map_err(|e| DataError::io("read", &path, e))?));
        }
    }
    Ok(members)
}

fn of_archive(path: &Path) -> Result<Vec<(String, Vec<u8>)>, DataError> {
    let mut members = Vec::new();
    unpack(path, &mut members).map_err(|error| DataError::BadArchive {
        path: path.to_owned(),
        reason: error.to_string(),
    })?;
    Ok(members)
}

fn unpack(path: &Path, members: &mut Vec<(String, Vec<u8>)>) -> io::Result<()> {
    let bad = |reason: String| Err(io::Error::new(io::ErrorKind::InvalidData, reason));
    let unzipped = GzDecoder::new(BufReader::new(File::open(path)?));
    let mut archive = tar::Archive::new(Bounded::new(unzipped, MOST_BYTES));
    for (number, entry) in archive.entries()?.enumerate() {
        if number >= MOST_MEMBERS {
            return bad(format!("it has more than {MOST_MEMBERS} members"));
        }
        let entry = entry?;
        let name = file_name(&entry.path()?);
        if parse(&name).is_none() || !entry.header().entry_type().is_file() {
            continue;
        }
        let mut bytes = Vec::new();
        let read = Bounded::new(entry, MOST_OF_A_RECORDING).read_to_end(&mut bytes);
        if let Err(error) = read {
            return bad(format!("member {name}: {error}"));
        }
        members.push((name, bytes));
    }
    // To the very end, where gzip keeps its checksum.
    io::copy(&mut archive.into_inner(), &mut io::sink())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_is_spoken() {
        assert_eq!(parse("7_jackson_32.wav"), Some((7, "jackson", 32)));
        assert_eq!(parse("0_van_der_berg_4.wav"), Some((0, "van_der_berg", 4)));
        for other in ["10_jackson_1.wav", "7_jackson.wav", "7_jackson_x.wav", "README.md", ""] {
            assert_eq!(parse(other), None, "{other}");
        }
    }

    #[test]
    fn a_recording_that_is_cut_off_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let mut bytes = Vec::new();
        header(&mut bytes, 100);
        bytes.extend([1; 50]);
        fs::write(folder.path().join("7_jackson_3.wav"), &bytes).unwrap();
        let error = read(folder.path(), 8_000).map(|_| ()).unwrap_err().to_string();
        assert!(
            error.ends_with(
                "7_jackson_3.wav: it is cut off: 100 samples are announced, 25 are there"
            ),
            "{error}"
        );
    }

    /// The header of 16-bit samples at 8 kHz.
    fn header(to: &mut Vec<u8>, samples: u32) {
        to.extend(b"RIFF");
        to.extend((36 + 2 * samples).to_le_bytes());
        to.extend(b"WAVEfmt ");
        to.extend(16_u32.to_le_bytes());
        to.extend([1, 0, 1, 0]);
        to.extend(8_000_u32.to_le_bytes());
        to.extend(16_000_u32.to_le_bytes());
        to.extend([2, 0, 16, 0]);
        to.extend(b"data");
        to.extend((2 * samples).to_le_bytes());
    }
}
