//! Files that appear whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::DataError;
use crate::text::file_name;

/// Tells the temporary files of one process apart.
static NUMBER: AtomicU64 = AtomicU64::new(0);

/// Writes a file under a temporary name beside `path`, which it takes when all is on the disk.
/// After an error nothing is left and an older file at `path` is as it was.
pub(crate) fn write_whole(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), DataError> {
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let part = path.with_file_name(format!(".{}.{}-{number}.part", file_name(path), process::id()));
    let written = || {
        let mut out = BufWriter::with_capacity(1 << 16, File::create(&part)?);
        write(&mut out)?;
        out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        fs::rename(&part, path)
    };
    written().map_err(|e| {
        // What cannot be removed now was never in place.
        let _ = fs::remove_file(&part);
        DataError::io("write", path, e)
    })
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
        let text = write_whole(&path, full).unwrap_err().to_string();
        assert!(text.starts_with(&format!("cannot write {}", path.display())), "{text}");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    // Linux has a device on which the disk is always full.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_an_error() {
        let mut out = File::options().write(true).open("/dev/full").unwrap();
        assert_eq!(out.write(b"x").unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
}
