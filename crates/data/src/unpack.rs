//! Files out of zip archives.

use std::io::{self, Read, Write};
use std::path::Path;

use zip::ZipArchive;

use crate::bounded::Bounded;
use crate::error::DataError;
use crate::open::open;
use crate::write::write_whole;

/// The most members of an archive; the datasets' have four.
const MOST_MEMBERS: usize = 1_000;
/// The most bytes of a member; the largest, of WikiText-103, has 540 million.
const MOST_BYTES: u64 = 1 << 32;

/// Takes the named members out of a zip archive and saves each in `folder` under the last
/// component of its name, whole or not at all. Only these are touched and the names are ours, so an
/// archive has no way to write outside the folder.
///
/// # Errors
/// [`DataError::BadArchive`] with the member for an archive that is damaged, lacks a member, has
/// another kind of thing in its place, or is larger than a dataset's archive can be;
/// [`DataError::Io`] if a file cannot be written.
pub(crate) fn zip_members(
    archive: &Path,
    members: &[&str],
    folder: &Path,
) -> Result<(), DataError> {
    unpack(archive, members, folder, MOST_BYTES)
}

fn unpack(
    archive: &Path,
    members: &[&str],
    folder: &Path,
    most_bytes: u64,
) -> Result<(), DataError> {
    let bad = |reason: String| DataError::BadArchive { path: archive.to_owned(), reason };
    let file = open(archive)?;
    let mut zip = ZipArchive::new(file).map_err(|e| bad(e.to_string()))?;
    if zip.len() > MOST_MEMBERS {
        return Err(bad(format!("it has {} members", zip.len())));
    }
    for &member in members {
        let from = zip.by_name(member).map_err(|e| bad(format!("member {member}: {e}")))?;
        if !from.is_file() {
            return Err(bad(format!("member {member} is no plain file")));
        }
        let mut from = Bounded::new(from, most_bytes);
        let mut damage = None;
        let to = folder.join(saved_as(member));
        let written = write_whole(&to, |out| {
            copy(&mut from, out).map_err(|failure| match failure {
                CopyFailure::Read(error) => {
                    damage = Some(format!("member {member}: {error}"));
                    error.kind().into()
                }
                CopyFailure::Write(error) => error,
            })
        });
        match damage {
            Some(damage) => return Err(bad(damage)),
            None => written?,
        }
    }
    Ok(())
}

/// The file name under which a member is saved: the last component of its name.
pub(crate) fn saved_as(member: &str) -> &str {
    member.rsplit('/').next().unwrap_or(member)
}

/// On which side copying failed: the archive's or the disk's.
enum CopyFailure {
    Read(io::Error),
    Write(io::Error),
}

fn copy(from: &mut dyn Read, to: &mut dyn Write) -> Result<(), CopyFailure> {
    let mut buffer = vec![0; 1 << 16];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(n) => to.write_all(&buffer[..n]).map_err(CopyFailure::Write)?,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(CopyFailure::Read(e)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use zip::write::SimpleFileOptions;

    fn archive(folder: &Path, members: &[(&str, &str)]) -> std::path::PathBuf {
        let path = folder.join("a.zip");
        let mut zip = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
        for (name, text) in members {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
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

    #[test]
    fn what_is_hostile_is_refused_and_leaves_nothing() {
        let root = tempfile::tempdir().unwrap();
        let out = root.path().join("out");
        fs::create_dir(&out).unwrap();
        let refused = |zip: &Path, most_bytes| {
            let error = unpack(zip, &["a.txt"], &out, most_bytes).unwrap_err().to_string();
            assert_eq!(fs::read_dir(&out).unwrap().count(), 0, "{error}");
            assert!(error.starts_with(&zip.display().to_string()), "{error}");
            error
        };

        // A thousand times as large as the archive.
        let bomb = archive(root.path(), &[("a.txt", &"0".repeat(1 << 20))]);
        assert!(fs::metadata(&bomb).unwrap().len() < 2_000);
        let error = refused(&bomb, (1 << 20) - 1);
        assert!(error.contains("member a.txt: it unpacks to more than 1048575 bytes"), "{error}");
        unpack(&bomb, &["a.txt"], root.path(), 1 << 20).unwrap();

        let names: Vec<String> = (0..=MOST_MEMBERS).map(|number| number.to_string()).collect();
        let members: Vec<_> = names.iter().map(|name| (name.as_str(), "")).collect();
        let error = refused(&archive(root.path(), &members), MOST_BYTES);
        assert!(error.contains("it has 1001 members"), "{error}");

        let path = root.path().join("link.zip");
        let mut zip = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
        zip.add_symlink("a.txt", "/etc/passwd", SimpleFileOptions::default()).unwrap();
        zip.finish().unwrap();
        let error = refused(&path, MOST_BYTES);
        assert!(error.contains("member a.txt is no plain file"), "{error}");

        // One bit of the packed text changed: the member's checksum tells.
        let zip = archive(root.path(), &[("a.txt", "hello hello hello")]);
        let mut bytes = fs::read(&zip).unwrap();
        bytes[30 + "a.txt".len() + 3] ^= 4;
        fs::write(&zip, bytes).unwrap();
        let error = refused(&zip, MOST_BYTES);
        assert!(error.contains("member a.txt: "), "{error}");
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_not_the_archives_fault() {
        let root = tempfile::tempdir().unwrap();
        let zip = archive(root.path(), &[("a.txt", "hello")]);
        let error = zip_members(&zip, &["a.txt"], &root.path().join("nowhere")).unwrap_err();
        assert!(matches!(error, DataError::Io { action: "write", .. }), "{error}");
    }
}
