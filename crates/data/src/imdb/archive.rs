//! Reviews straight out of a `.tar.gz`, nothing unpacked to disk.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;

use super::Members;
use super::member::Member;
use crate::bounded::Bounded;
use crate::checksum;
use crate::error::DataError;
use crate::source::FileSum;
use crate::text::utf8;

/// What an archive may hold at the most.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// Members of all kinds.
    pub(super) members: usize,
    /// Bytes that it unpacks to.
    pub(super) bytes: u64,
    /// Bytes of a review.
    pub(super) review: u64,
}

/// The published archive has 100,025 members and unpacks to fewer than 500 million bytes; the
/// longest review has fewer than 14,000.
pub(super) const LIMITS: Limits = Limits { members: 1_000_000, bytes: 1 << 31, review: 1 << 20 };

pub(super) fn read(path: &Path, limits: Limits) -> Result<(Members, FileSum), DataError> {
    let mut members = Vec::new();
    unpack(path, limits, &mut members).map_err(|error| DataError::BadArchive {
        path: path.to_owned(),
        reason: error.to_string(),
    })?;
    let mut reviews = Vec::with_capacity(members.len());
    for (member, name, bytes) in members {
        reviews.push((member, utf8(&path.join(name), bytes)?));
    }
    reviews.sort_by_key(|(member, _)| *member);
    Ok((reviews, checksum::of_whole_file(path)?))
}

fn unpack(
    path: &Path,
    limits: Limits,
    members: &mut Vec<(Member, PathBuf, Vec<u8>)>,
) -> io::Result<()> {
    let bad = |reason: String| Err(io::Error::new(io::ErrorKind::InvalidData, reason));
    let unzipped = GzDecoder::new(io::BufReader::new(File::open(path)?));
    let mut archive = tar::Archive::new(Bounded::new(unzipped, limits.bytes));
    for (number, entry) in archive.entries()?.enumerate() {
        if number >= limits.members {
            return bad(format!("it has more than {} members", limits.members));
        }
        let entry = entry?;
        let name = entry.path()?.into_owned();
        let Some(member) = name.to_str().and_then(Member::parse) else {
            continue;
        };
        if !entry.header().entry_type().is_file() {
            return bad(format!("member {} is no plain file", name.display()));
        }
        let mut bytes = Vec::new();
        let read = Bounded::new(entry, limits.review).read_to_end(&mut bytes);
        if let Err(error) = read {
            return bad(format!("member {}: {error}", name.display()));
        }
        members.push((member, name, bytes));
    }
    // To the very end, where gzip keeps its checksum.
    io::copy(&mut archive.into_inner(), &mut io::sink())?;
    Ok(())
}
