//! Reviews out of an unpacked `aclImdb` folder.

use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::Members;
use super::member::{LABELS, Member, SPLITS};
use crate::checksum;
use crate::error::DataError;
use crate::source::FileSum;
use crate::text::{file_name, utf8};

/// The one checksum is of all reviews in order, each as its path, a line end and its text.
pub(super) fn read(root: &Path) -> Result<(Members, FileSum), DataError> {
    let mut names = Vec::new();
    for (split, _) in SPLITS {
        for (label, _) in LABELS {
            let folder = root.join(split).join(label);
            let entries = fs::read_dir(&folder).map_err(|e| DataError::io("read", &folder, e))?;
            for entry in entries {
                let entry = entry.map_err(|e| DataError::io("read", &folder, e))?;
                let name = format!("{split}/{label}/{}", entry.file_name().to_string_lossy());
                names.extend(Member::parse(&name).map(|member| (member, name)));
            }
        }
    }
    names.sort();
    let mut reviews = Vec::with_capacity(names.len());
    let mut hasher = Sha256::new();
    let mut total = 0;
    for (member, name) in names {
        let path = root.join(&name);
        let bytes = fs::read(&path).map_err(|e| DataError::io("read", &path, e))?;
        hasher.update(name.as_bytes());
        hasher.update(b"\n");
        hasher.update(&bytes);
        total += bytes.len() as u64;
        reviews.push((member, utf8(&path, bytes)?));
    }
    let sum = FileSum { name: file_name(root), bytes: total, sha256: checksum::finish(hasher) };
    Ok((reviews, sum))
}
