//! Files that appear whole or not at all.

use crate::disk;
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::panic::resume_unwind;
use std::path::Path;
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// Tells the temporary files of one process apart.
static NUMBER: AtomicU64 = AtomicU64::new(0);

/// How the names of temporary files end; they start with a dot.
const PART: &str = ".part";

/// Writes a file under a temporary name beside `path`, which it takes once all of it is on the
/// disk: a reader, a process killed at any moment, or a machine without power finds the old file or the
/// new one. After an error nothing is left and an older file at `path` is as it was.
pub fn write_whole(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    put(path, write, disk::sync_content)?;
    disk::sync_names(folder_of(path));
    Ok(())
}

/// Writes a file as [`write_whole`] does, but does not wait for the disk: the file is whole for every
/// reader, also after a kill, but after a power cut it may be the old one, or empty. For what is told to
/// be damaged where it is read, or put on the disk by [`sync`] together with others.
pub fn write_unsynced(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    put(path, write, |_, _| Ok(()))
}

fn put(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    finish: impl FnOnce(&File, &Path) -> io::Result<()>,
) -> io::Result<()> {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}-{}{PART}", process::id(), NUMBER.fetch_add(1, Ordering::Relaxed)));
    let part = path.with_file_name(name);
    let placed = || {
        let mut out = BufWriter::with_capacity(1 << 16, File::create(&part)?);
        write(&mut out)?;
        let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        disk::written(&part);
        finish(&file, &part)?;
        disk::rename(&part, path)
    };
    placed().inspect_err(|_| {
        // What cannot be removed now was never in place; the first error is the one to tell.
        let _ = fs::remove_file(&part);
    })
}

/// Puts files on the disk, their content and then their names. A disk takes the contents of several
/// files at once in about the time of one, so they are handed to it side by side.
pub fn sync(files: &[&Path]) -> io::Result<()> {
    let content = |path: &Path| disk::sync_content(&File::open(path)?, path);
    thread::scope(|scope| {
        let Some((last, others)) = files.split_last() else { return Ok(()) };
        let others: Vec<_> = others
            .iter()
            .map(|file| (file, thread::Builder::new().spawn_scoped(scope, || content(file))))
            .collect();
        let last = content(last);
        let all = others.into_iter().map(|(file, started)| match started {
            Ok(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
            // Where no thread is to be had, one after the other.
            Err(_) => content(file),
        });
        all.fold(last, io::Result::and)
    })?;
    let folders: BTreeSet<&Path> = files.iter().map(|file| folder_of(file)).collect();
    folders.into_iter().for_each(disk::sync_names);
    Ok(())
}

fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

/// Removes what killed processes left of [`write_whole`] in `folder`. Nobody else may be writing
/// there.
pub fn remove_parts(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if is_part(&entry.file_name()) {
            disk::remove(&entry.path())?;
        }
    }
    Ok(())
}

fn is_part(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    name.starts_with(b".") && name.ends_with(PART.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        write_whole(&path, |out| out.write_all(b"old")).unwrap();
        let full = |out: &mut dyn Write| {
            out.write_all(b"new")?;
            Err(io::ErrorKind::StorageFull.into())
        };
        assert_eq!(write_whole(&path, full).unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn files_that_are_not_there_cannot_be_synced() {
        let folder = tempfile::tempdir().unwrap();
        let [one, two, none] = ["a", "b", "none"].map(|name| folder.path().join(name));
        for path in [&one, &two] {
            write_unsynced(path, |out| out.write_all(b"new")).unwrap();
        }
        sync(&[&one, &two]).unwrap();
        for files in [[&one, &none], [&none, &one]] {
            let error = sync(&files.map(|path| path.as_path())).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::NotFound);
        }
    }

    #[test]
    fn only_parts_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        for name in [".a.7-0.part", "a", ".lock", "b.part"] {
            fs::write(folder.path().join(name), b"x").unwrap();
        }
        remove_parts(folder.path()).unwrap();
        assert!(!folder.path().join(".a.7-0.part").exists());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }
}
