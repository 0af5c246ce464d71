//! Files that are either whole or not there.

use super::RecordError;
use std::fs;
use std::path::{Path, PathBuf};

/// Writes a file so that a reader, a process killed half-way, or a power cut never leaves half of it.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), RecordError> {
    machine::write_whole(path, |out| out.write_all(bytes)).map_err(RecordError::io(path))
}

/// The same without waiting for the disk: a power cut may leave the file empty. For what the next run
/// notices then, and makes again, or [`RunFolder::settle`](super::RunFolder::settle) puts on the disk.
pub(crate) fn write_unsynced(path: &Path, bytes: &[u8]) -> Result<(), RecordError> {
    machine::write_unsynced(path, |out| out.write_all(bytes)).map_err(RecordError::io(path))
}

/// How another folder for results is chosen, by the commands that ask for one.
pub(super) const ANOTHER: &str = "choose another with --results DIR (of `merge`, with --into DIR)";

/// What helps where files belong beside those that are read.
const COPY: &str = "give a copy of it in another place";

/// Makes sure that files can be made in `folder`, which need not exist yet and was chosen for results,
/// and leaves nothing.
pub fn check_writable(folder: &Path) -> Result<(), RecordError> {
    check(folder, ANOTHER)
}

/// The same of a folder of results to which something is to be added.
pub fn check_writable_in_place(folder: &Path) -> Result<(), RecordError> {
    check(folder, COPY)
}

/// Refuses a folder that is, or is within, a link to a place that does not exist.
pub fn refuse_dangling(folder: &Path) -> Result<(), RecordError> {
    let mut missing = folder.ancestors().take_while(|ancestor| !ancestor.exists());
    match missing.find(|ancestor| ancestor.is_symlink()) {
        Some(link) => Err(RecordError::DanglingLink { path: link.to_owned() }),
        None => Ok(()),
    }
}

fn check(folder: &Path, elsewhere: &'static str) -> Result<(), RecordError> {
    refuse_dangling(folder)?;
    let existing = nearest_existing(folder);
    let trial = existing.join(format!(".rnnlab-{}.part", std::process::id()));
    fs::write(&trial, b"")
        .and_then(|()| fs::remove_file(&trial))
        .map_err(|error| RecordError::NotWritable { path: folder.to_owned(), error, elsewhere })
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

    #[cfg(unix)]
    #[test]
    fn a_link_that_leads_nowhere_is_told_as_one() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(folder.path().join("gone"), &link).unwrap();
        for place in [link.clone(), link.join("study")] {
            let told = check_writable(&place).unwrap_err().to_string();
            assert!(told.contains("link: this is a link to a place that does not exist"), "{told}");
        }
        fs::create_dir(folder.path().join("gone")).unwrap();
        check_writable(&link.join("study")).unwrap();
    }

    #[test]
    fn checking_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        check_writable(&folder.path().join("not/yet/there")).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        let file = folder.path().join("file");
        write_atomically(&file, b"whole").unwrap();
        let under = file.join("under");
        let told = |checked: Result<(), RecordError>| checked.unwrap_err().to_string();
        assert!(told(check_writable(&under)).contains("; choose another with --results DIR"));
        let told = told(check_writable_in_place(&under));
        assert!(told.contains("; give a copy of it") && !told.contains("--results"), "{told}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
