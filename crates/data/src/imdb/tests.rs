//! Small archives and folders, whole and damaged.

use super::*;
use std::fs;
use std::io::Write;
use std::path::PathBuf;

const SMALL: Expected = Expected { reviews: 1, text_bytes: [7, 10] };
const FILES: [(&str, &[u8]); 6] = [
    ("aclImdb/test/pos/0_10.txt", b"great"),
    ("aclImdb/train/pos/0_7.txt", b"good"),
    ("aclImdb/train/neg/0_3.txt", b"bad"),
    ("aclImdb/test/neg/0_1.txt", b"awful"),
    ("aclImdb/train/unsup/0_0.txt", b"unlabelled"),
    ("aclImdb/README", b"about"),
];

fn archive(folder: &Path, files: &[(&str, &[u8])]) -> PathBuf {
    let path = folder.join("a.tar.gz");
    let file = fs::File::create(&path).unwrap();
    let mut tar =
        tar::Builder::new(flate2::write::GzEncoder::new(file, flate2::Compression::fast()));
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, *bytes).unwrap();
    }
    let mut file = tar.into_inner().unwrap().finish().unwrap();
    file.flush().unwrap();
    path
}

fn load(path: &Path) -> Result<Imdb, DataError> {
    let (imdb, facts) = read(path, &SMALL, &mut |_| ())?;
    facts::require_all(&facts)?;
    Ok(imdb)
}

#[test]
fn archive_and_folder_give_the_same_reviews() {
    let root = tempfile::tempdir().unwrap();
    let from_archive = load(&archive(root.path(), &FILES)).unwrap();
    for (name, bytes) in FILES {
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let from_folder = load(&root.path().join("aclImdb")).unwrap();
    assert_eq!(from_archive.train, from_folder.train);
    assert_eq!(from_archive.test, from_folder.test);
    let bad = Review { text: "bad".to_owned(), positive: false, rating: 3, id: 0 };
    assert_eq!(from_archive.train[0], bad);
    assert_eq!(from_archive.test[1].rating, 10);
}

#[test]
fn a_missing_review_is_counted() {
    let root = tempfile::tempdir().unwrap();
    let error = load(&archive(root.path(), &FILES[..3])).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("expected 1 negative test reviews, found 0"), "{text}");
}

#[test]
fn a_changed_review_is_noticed() {
    let root = tempfile::tempdir().unwrap();
    let mut files = FILES;
    files[0].1 = b"great!";
    let error = load(&archive(root.path(), &files)).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("expected 10 bytes of test text, found 11"), "{text}");
}

#[test]
fn a_truncated_archive_is_an_error() {
    let root = tempfile::tempdir().unwrap();
    let path = archive(root.path(), &FILES);
    let bytes = fs::read(&path).unwrap();
    // Even when only the checksum at the very end is cut off.
    for length in [0, 10, bytes.len() / 2, bytes.len() - 3] {
        fs::write(&path, &bytes[..length]).unwrap();
        let error = load(&path).unwrap_err();
        assert!(matches!(error, DataError::BadArchive { .. }), "{length}: {error}");
    }
}

#[test]
fn bad_text_is_named_with_its_member_and_line() {
    let root = tempfile::tempdir().unwrap();
    let mut files = FILES;
    files[0].1 = b"gre\n\xff";
    let text = load(&archive(root.path(), &files)).unwrap_err().to_string();
    assert!(text.contains("0_10.txt, line 2"), "{text}");
}

#[test]
fn hostile_archives_are_refused() {
    let root = tempfile::tempdir().unwrap();
    let path = archive(root.path(), &FILES);
    let limits = archive::LIMITS;
    for (limits, expected) in [
        (archive::Limits { members: 5, ..limits }, "it has more than 5 members"),
        (archive::Limits { bytes: 2_000, ..limits }, "it unpacks to more than 2000 bytes"),
        (archive::Limits { review: 4, ..limits }, "0_10.txt: it unpacks to more than 4 bytes"),
    ] {
        let error = archive::read(&path, limits).unwrap_err();
        assert!(matches!(error, DataError::BadArchive { .. }), "{error}");
        assert!(error.to_string().contains(expected), "{error}");
    }

    // A link in a review's place, to a file that is there; and a path that climbs is a name only.
    let file = fs::File::create(&path).unwrap();
    let gzip = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    let mut tar = tar::Builder::new(gzip);
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Symlink);
    header.set_size(0);
    tar.append_link(&mut header, "aclImdb/train/pos/0_7.txt", "/etc/passwd").unwrap();
    tar.into_inner().unwrap().finish().unwrap();
    let error = load(&path).unwrap_err().to_string();
    assert!(error.contains("train/pos/0_7.txt is no plain file"), "{error}");
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
}
