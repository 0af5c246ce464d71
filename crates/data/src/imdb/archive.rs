//! Reviews straight out of a `.tar.gz`, nothing unpacked to disk.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;

use super::Members;
use super::member::Member;
use crate::checksum;
use crate::error::DataError;
use crate::source::FileSum;
use crate::text::utf8;

pub(super) fn read(path: &Path) -> Result<(Members, FileSum), DataError> {
    let mut members = Vec::new();
    unpack(path, &mut members).map_err(|error| DataError::BadArchive {
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

fn unpack(path: &Path, members: &mut Vec<(Member, PathBuf, Vec<u8>)>) -> io::Result<()> {
    let mut archive = tar::Archive::new(GzDecoder::new(io::BufReader::new(File::open(path)?)));
    for entry in archive.entries()? {
        let mut entry = entry?;
        let name = entry.path()?.into_owned();
        let Some(member) = name.to_str().and_then(Member::parse) else {
            continue;
        };
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes)?;
        members.push((member, name, bytes));
    }
    // To the very end, where gzip keeps its checksum.
    io::copy(&mut archive.into_inner(), &mut io::sink())?;
    Ok(())
}
