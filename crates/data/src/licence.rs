//! Terms that have to be accepted before a dataset is fetched, and the note that they were.
//!
//! The note is a file in the cache folder that holds the terms. Other terms are not accepted by it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::catalogue::DatasetInfo;
use crate::error::DataError;
use crate::write::write_whole;

/// Whether somebody has accepted the terms of a dataset, for downloads into this cache.
pub(crate) fn is_accepted(info: &DatasetInfo, cache: &Path) -> bool {
    fs::read(note(info, cache)).is_ok_and(|terms| terms == info.licence.as_bytes())
}

/// Notes that somebody has.
pub(crate) fn accept(info: &DatasetInfo, cache: &Path) -> Result<(), DataError> {
    fs::create_dir_all(cache).map_err(|e| DataError::io("create", cache, e))?;
    write_whole(&note(info, cache), |out| out.write_all(info.licence.as_bytes()))
}

/// The error that nobody has.
pub(crate) fn not_accepted(info: &DatasetInfo) -> DataError {
    let (name, licence) = (info.name.to_owned(), info.licence.to_owned());
    DataError::LicenceNotAccepted { name, licence }
}

fn note(info: &DatasetInfo, cache: &Path) -> PathBuf {
    cache.join(format!(".{}.accepted", info.name))
}
