//! Where a dataset lies on this machine.

use std::path::{Path, PathBuf};

use crate::catalogue::{self, DatasetInfo};
use crate::error::DataError;
use crate::places::Places;
use crate::spec::{self, Layout};

/// What [`locate()`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Located {
    /// All files are there; they have not been read.
    Found {
        /// The folder that holds them.
        folder: PathBuf,
        /// Their paths, in the order train, valid, test.
        files: Vec<PathBuf>,
    },
    /// The dataset is generated and needs no files.
    Generated,
    /// The dataset is nowhere.
    Missing {
        /// The places looked in.
        looked_in: Vec<PathBuf>,
        /// Whether loading it would try to download it.
        may_download: bool,
    },
}

/// Says where a dataset is, or that it is missing, without reading or downloading it.
///
/// # Errors
/// [`DataError::UnknownDataset`] for a name that is not in [`datasets`](crate::datasets);
/// [`DataError::Incomplete`] for a folder that holds only a part of the dataset.
pub fn locate(name: &str, places: &Places) -> Result<Located, DataError> {
    if catalogue::info(name).is_some_and(DatasetInfo::is_generated) {
        return Ok(Located::Generated);
    }
    let spec = spec::files(name)?;
    Ok(match find(name, spec.layouts, places)? {
        Some(found) => Located::Found { folder: found.folder, files: found.files },
        None => Located::Missing {
            looked_in: places.folders().map(Path::to_owned).collect(),
            may_download: places.may_download() && places.cache().is_some(),
        },
    })
}

/// The files of a dataset, all of them there.
#[derive(Debug)]
pub(crate) struct LocatedFiles {
    pub(crate) folder: PathBuf,
    pub(crate) files: Vec<PathBuf>,
}

/// Looks through the places in order. A place that holds a part of the dataset is an error, not
/// passed over: its owner meant it to be used.
pub(crate) fn find(
    name: &str,
    layouts: &[Layout],
    places: &Places,
) -> Result<Option<LocatedFiles>, DataError> {
    for place in places.folders() {
        let mut incomplete = None;
        for layout in layouts {
            let folder = place.join(layout.folder);
            let (there, missing): (Vec<&str>, Vec<&str>) =
                layout.files.iter().partition(|file| folder.join(file).exists());
            if missing.is_empty() {
                let files = layout.files.iter().map(|file| folder.join(file)).collect();
                return Ok(Some(LocatedFiles { folder, files }));
            }
            if !there.is_empty() && incomplete.is_none() {
                incomplete = Some(DataError::Incomplete {
                    name: name.to_owned(),
                    folder,
                    found: there.join(", "),
                    missing: missing.join(", "),
                });
            }
        }
        if let Some(error) = incomplete {
            return Err(error);
        }
    }
    Ok(None)
}
