//! Files out of zip archives.

use std::fs::File;
use std::io;
use std::path::Path;

use zip::ZipArchive;

use crate::error::DataError;

/// Takes the named members out of a zip archive and saves each in `folder` under the last
/// component of its name. Only these are touched and the names are ours, so an archive has no
/// way to write outside the folder.
pub(crate) fn zip_members(
    archive: &Path,
    members: &[&str],
    folder: &Path,
) -> Result<(), DataError> {
    let bad = |reason: String| DataError::BadArchive { path: archive.to_owned(), reason };
    let file = File::open(archive).map_err(|e| DataError::io("open", archive, e))?;
    let mut zip = ZipArchive::new(file).map_err(|e| bad(e.to_string()))?;
    for &member in members {
        let mut from = zip.by_name(member).map_err(|e| bad(format!("member {member}: {e}")))?;
        let to = folder.join(member.rsplit('/').next().unwrap_or(member));
        let mut out = File::create(&to).map_err(|e| DataError::io("create", &to, e))?;
        // An error here may be the archive's (a checksum) or the disk's; its text tells which.
        io::copy(&mut from, &mut out).map_err(|e| bad(format!("member {member}: {e}")))?;
        out.sync_all().map_err(|e| DataError::io("write", &to, e))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::Write;

    fn archive(folder: &Path, members: &[(&str, &str)]) -> std::path::PathBuf {
        let path = folder.join("a.zip");
        let mut zip = zip::ZipWriter::new(File::create(&path).unwrap());
        for (name, text) in members {
            zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(text.as_bytes()).unwrap();
        }
        zip.finish().unwrap();
        path
    }

    #[test]
    fn only_the_named_members_come_out() {
        let root = tempfile::tempdir().unwrap();
        let zip =
            archive(root.path(), &[("../evil.txt", "x"), ("d/a.txt", "hello"), ("b.txt", "y")]);
        let out = root.path().join("deep").join("out");
        fs::create_dir_all(&out).unwrap();
        zip_members(&zip, &["d/a.txt"], &out).unwrap();
        assert_eq!(fs::read_to_string(out.join("a.txt")).unwrap(), "hello");
        assert_eq!(fs::read_dir(&out).unwrap().count(), 1);
        assert_eq!(fs::read_dir(root.path().join("deep")).unwrap().count(), 1);

        // Even a member that is asked for by a climbing name stays inside.
        zip_members(&zip, &["../evil.txt"], &out).unwrap();
        assert!(out.join("evil.txt").exists());
        assert!(!root.path().join("deep").join("evil.txt").exists());
    }

    #[test]
    fn a_missing_member_and_a_broken_archive_are_named() {
        let root = tempfile::tempdir().unwrap();
        let zip = archive(root.path(), &[("a.txt", "hello")]);
        let error = zip_members(&zip, &["b.txt"], root.path()).unwrap_err();
        assert!(error.to_string().contains("member b.txt"), "{error}");
        let bytes = fs::read(&zip).unwrap();
        fs::write(&zip, &bytes[..bytes.len() / 2]).unwrap();
        let error = zip_members(&zip, &["a.txt"], root.path()).unwrap_err();
        assert!(matches!(error, DataError::BadArchive { .. }));
    }
}
