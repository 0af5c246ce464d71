//! Files that appear whole or not at all.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

/// Tells the temporary files of one process apart.
static NUMBER: AtomicU64 = AtomicU64::new(0);

/// How the names of temporary files end; they start with a dot.
const PART: &str = ".part";

/// Writes a file under a temporary name beside `path`, which it takes once all of it is on the
/// disk: a reader, or a process killed at any moment, finds the old file or the new one. After an
/// error nothing is left and an older file at `path` is as it was.
pub fn write_whole(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}-{}{PART}", process::id(), NUMBER.fetch_add(1, Ordering::Relaxed)));
    let part = path.with_file_name(name);
    let written = || {
        let mut out = BufWriter::with_capacity(1 << 16, File::create(&part)?);
        write(&mut out)?;
        out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        fs::rename(&part, path)
    };
    written().inspect_err(|_| {
        // What cannot be removed now was never in place; the first error is the one to tell.
        let _ = fs::remove_file(&part);
    })?;
    sync_names(path);
    Ok(())
}

/// Removes what killed processes left of [`write_whole`] in `folder`. Nobody else may be writing
/// there.
pub fn remove_parts(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if is_part(&entry.file_name()) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn is_part(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    name.starts_with(b".") && name.ends_with(PART.as_bytes())
}

/// Puts the names in a file's folder on the disk too. Where a file system cannot do that, a power
/// cut may bring the old file back, which is whole as well.
fn sync_names(path: &Path) {
    if cfg!(unix) {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let _ = File::open(folder.unwrap_or(Path::new("."))).and_then(|folder| folder.sync_all());
    }
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
