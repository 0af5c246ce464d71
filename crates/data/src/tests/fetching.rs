//! Downloads from a server on this machine, good ones and bad ones.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::server::{Answer, serve};
use super::{NAMES, TEXTS, tiny, write_tiny};
use crate::checksum;
use crate::corpus::{Corpus, WhenMissing, load};
use crate::error::DataError;
use crate::places::Places;
use crate::progress::Progress;
use crate::spec::{CorpusSpec, RemoteFile};

/// No place but a cache that does not exist yet, and everything from `base_url`.
fn places(root: &Path, base_url: &str) -> Places {
    Places::new(Vec::new(), Some(root.join("cache"))).with_download(true).with_base_url(base_url)
}

fn file(name: &str) -> Vec<u8> {
    let found = NAMES.iter().position(|known| *known == name);
    TEXTS[found.unwrap()].as_bytes().to_vec()
}

/// All files in the cache, without the lock.
fn in_cache(root: &Path) -> Vec<PathBuf> {
    fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                files.push(path.clone());
                walk(&path, files);
            } else if path.extension().is_none_or(|extension| extension != "lock") {
                files.push(path);
            }
        }
    }
    let mut files = Vec::new();
    walk(&root.join("cache"), &mut files);
    files.sort();
    files
}

fn must_fail(places: &Places) -> String {
    let error = load(&tiny(), WhenMissing::Error, places, &mut |_| ()).unwrap_err();
    assert!(matches!(error, DataError::Missing { .. }), "{error}");
    error.to_string()
}

#[test]
fn good_files_are_put_in_place_and_found_again() {
    let root = tempfile::tempdir().unwrap();
    let (url, requests) = serve(|name| Answer::File(file(name)));
    let places = places(root.path(), &url);
    let mut told = Vec::new();
    let mut progress = |news: Progress<'_>| {
        told.push(match news {
            Progress::Licence { text, .. } => text.to_owned(),
            Progress::Downloading { received, total, .. } => format!("{received} of {total:?}"),
            Progress::Reading { .. } => "reading".to_owned(),
            other => format!("{other:?}"),
        });
    };
    let corpus = load(&tiny(), WhenMissing::Error, &places, &mut progress).unwrap();
    assert_eq!(corpus.train.len(), 7);
    assert!(told[0].contains("do not redistribute"), "{told:?}");
    assert_eq!(told[1..4], ["14 of Some(14)", "6 of Some(6)", "5 of Some(5)"]);
    assert_eq!(told[4..], ["reading"; 3]);
    assert_eq!(in_cache(root.path()).len(), 1 + 3);
    assert!(requests.lock().unwrap()[0].to_lowercase().contains("user-agent: rnnlab/"));

    load(&tiny(), WhenMissing::Error, &places, &mut |_| ()).unwrap();
    assert_eq!(requests.lock().unwrap().len(), 3);
}

#[test]
fn wrong_bytes_leave_nothing_in_place() {
    for bytes in [b" a b c \n a X \n".to_vec(), b"short".to_vec(), vec![b'x'; 1 << 20]] {
        let root = tempfile::tempdir().unwrap();
        let (url, _) = serve(move |_| Answer::File(bytes.clone()));
        let text = must_fail(&places(root.path(), &url));
        assert!(text.contains("the server sent another file"), "{text}");
        assert_eq!(in_cache(root.path()), Vec::<PathBuf>::new());
    }
}

#[test]
fn a_missing_file_leaves_nothing_in_place() {
    let root = tempfile::tempdir().unwrap();
    // The last of the three: the first two arrive well and must not stay.
    let (url, _) = serve(|name| match name {
        "tiny.test.txt" => Answer::NotFound,
        _ => Answer::File(file(name)),
    });
    let text = must_fail(&places(root.path(), &url));
    assert!(text.contains("tiny.test.txt: the server answered with status 404"), "{text}");
    assert_eq!(in_cache(root.path()), Vec::<PathBuf>::new());
}

#[test]
fn a_connection_that_breaks_leaves_nothing_in_place() {
    let root = tempfile::tempdir().unwrap();
    let (url, _) = serve(|name| Answer::BrokenOff(file(name)));
    let text = must_fail(&places(root.path(), &url));
    assert!(text.contains("broken off after"), "{text}");
    assert_eq!(in_cache(root.path()), Vec::<PathBuf>::new());
}

#[test]
fn the_stand_in_says_why_it_is_there() {
    let root = tempfile::tempdir().unwrap();
    let (url, _) = serve(|_| Answer::NotFound);
    let mut told = None;
    let mut progress = |news: Progress<'_>| {
        if let Progress::StandIn { requested, reason } = news {
            told = Some(format!("{requested}: {reason}"));
        }
    };
    let places = places(root.path(), &url);
    let corpus = load(&tiny(), WhenMissing::Builtin, &places, &mut progress).unwrap();
    assert!(corpus.source.stand_in);
    assert_eq!(corpus.source.requested, "tiny");
    assert_eq!(corpus.source.name, "builtin");
    assert!(corpus.source.note.unwrap().contains("status 404"));
    assert!(told.unwrap().starts_with("tiny: "));
}

#[test]
fn nobody_listening_is_told_at_once() {
    let root = tempfile::tempdir().unwrap();
    // A port that was free a moment ago.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let text = must_fail(&places(root.path(), &url));
    assert!(text.contains("not downloaded"), "{text}");
}

#[test]
fn what_a_killed_download_left_is_cleared_and_other_files_stay() {
    let root = tempfile::tempdir().unwrap();
    let cache = root.path().join("cache");
    fs::create_dir_all(cache.join(".tiny.part")).unwrap();
    fs::write(cache.join(".tiny.part").join("half"), "x").unwrap();
    fs::create_dir_all(cache.join("tiny")).unwrap();
    fs::write(cache.join("tiny").join("notes"), "mine").unwrap();
    let (url, _) = serve(|name| Answer::File(file(name)));
    load(&tiny(), WhenMissing::Error, &places(root.path(), &url), &mut |_| ()).unwrap();
    let names = ["notes", NAMES[2], NAMES[0], NAMES[1]];
    let mut expected = vec![cache.join("tiny")];
    expected.extend(names.map(|name| cache.join("tiny").join(name)));
    assert_eq!(in_cache(root.path()), expected);
}

#[test]
fn processes_that_want_the_same_do_it_once() {
    let root = tempfile::tempdir().unwrap();
    let (url, requests) = serve(|name| Answer::File(file(name)));
    let places = places(root.path(), &url);
    let spec = tiny();
    let load_one = || load(&spec, WhenMissing::Error, &places, &mut |_| ()).unwrap();
    let loaded: Vec<Corpus> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(load_one)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(loaded.iter().all(|corpus| corpus.train.len() == 7));
    assert_eq!(requests.lock().unwrap().len(), 3);
}

#[test]
fn a_zip_is_unpacked_and_removed() {
    let root = tempfile::tempdir().unwrap();
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in NAMES.iter().zip(TEXTS) {
        zip.start_file(format!("tiny/{name}"), zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    let bytes = zip.finish().unwrap().into_inner();
    let remote = vec![RemoteFile {
        urls: &["https://example.org/tiny.zip"],
        bytes: bytes.len() as u64,
        sha256: checksum::of_bytes(&bytes).leak(),
        members: &["tiny/tiny.train.txt", "tiny/tiny.valid.txt", "tiny/tiny.test.txt"],
    }];
    let mut spec: CorpusSpec = tiny();
    spec.files.remote = remote.leak();
    let (url, _) = serve(move |_| Answer::File(bytes.clone()));
    let corpus = load(&spec, WhenMissing::Error, &places(root.path(), &url), &mut |_| ()).unwrap();
    assert_eq!(corpus.test, [2, 3, 3]);
    assert_eq!(in_cache(root.path()).len(), 1 + 3);
}

#[test]
fn what_is_on_the_machine_is_not_downloaded() {
    let root = tempfile::tempdir().unwrap();
    write_tiny(&root.path().join("cache"));
    let (url, requests) = serve(|_| Answer::NotFound);
    load(&tiny(), WhenMissing::Error, &places(root.path(), &url), &mut |_| ()).unwrap();
    assert!(requests.lock().unwrap().is_empty());
}
