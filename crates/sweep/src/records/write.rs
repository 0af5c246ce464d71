//! Files that are either whole or not there.

use super::RecordError;
use std::fs;
use std::path::{Path, PathBuf};

/// Writes a file so that a reader, or a process killed half-way, never sees half of it.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), RecordError> {
    machine::write_whole(path, |out| out.write_all(bytes)).map_err(RecordError::io(path))
}

/// Makes sure that files can be made in `folder` (which need not exist yet) and leaves nothing.
pub fn check_writable(folder: &Path) -> Result<(), RecordError> {
    let existing = nearest_existing(folder);
    let trial = existing.join(format!(".rnnlab-{}.part", std::process::id()));
    fs::write(&trial, b"")
        .and_then(|()| fs::remove_file(&trial))
        .map_err(|error| RecordError::NotWritable { path: folder.to_owned(), error })
}

/// Removes what killed processes left half written of an experiment's description, tables, figures and
/// reports. The experiment's lock is to be held.
pub fn remove_leftovers(experiment: &Path) -> Result<(), RecordError> {
    for place in ["", "tables", "figures", "trials", "trials/tables"] {
        let place = experiment.join(place);
        if place.is_dir() {
            machine::remove_parts(&place).map_err(RecordError::io(&place))?;
        }
    }
    Ok(())
}

fn nearest_existing(folder: &Path) -> PathBuf {
    let here = Path::new(".");
    folder
        .ancestors()
        .map(|ancestor| if ancestor.as_os_str().is_empty() { here } else { ancestor })
        .find(|ancestor| ancestor.exists())
        .unwrap_or(here)
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checking_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        check_writable(&folder.path().join("not/yet/there")).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        let file = folder.path().join("file");
        write_atomically(&file, b"whole").unwrap();
        assert!(check_writable(&file.join("under")).is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
