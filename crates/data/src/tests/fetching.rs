//! Downloads from a server on this machine, good ones and bad ones.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::server::{Answer, serve};
use super::{NAMES, TEXTS, tiny, write_tiny};
use crate::checksum;
use crate::corpus::{Corpus, WhenMissing, load};
use crate::error::DataError;
use crate::patience::Patience;
use crate::places::Places;
use crate::progress::Progress;
use crate::spec::{CorpusSpec, RemoteFile};

/// Does not pause: a server on this machine needs no rest.
const SHORT: Patience = Patience {
    connect: Duration::from_secs(5),
    silence: Duration::from_secs(30),
    tries: 3,
    pause: Duration::from_millis(1),
};

/// No place but a cache that does not exist yet.
fn cache_only(root: &Path) -> Places {
    Places::new(Vec::new(), Some(root.join("cache"))).with_download(true).with_patience(SHORT)
}

/// The same, with everything taken from `base_url`.
fn places(root: &Path, base_url: &str) -> Places {
    cache_only(root).with_base_url(base_url)
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

/// The bytes of the training text that wait to be taken up.
fn waiting(root: &Path) -> Vec<u8> {
    let part = root.join("cache").join(".tiny.part").join("tiny.train.txt.part");
    fs::read(part).unwrap_or_default()
}

fn must_fail(places: &Places) -> String {
    let error = load(&tiny(), WhenMissing::Error, places, &mut |_| ()).unwrap_err();
    assert!(matches!(error, DataError::Missing { .. }), "{error}");
    error.to_string()
}

fn must_load(places: &Places) -> Corpus {
    load(&tiny(), WhenMissing::Error, places, &mut |_| ()).unwrap()
}

#[test]
fn good_files_are_put_in_place_and_found_again() {
    let root = tempfile::tempdir().unwrap();
    let (url, requests) = serve(|request| Some(Answer::file(file(&request.name))));
    let places = places(root.path(), &url);
    let mut told = Vec::new();
    let mut progress = |news: Progress<'_>| {
        told.push(match news {
            Progress::Licence { text, .. } => text.to_owned(),
            Progress::Downloading { received, total, .. } => format!("{received} of {total}"),
            Progress::Reading { .. } => "reading".to_owned(),
            other => format!("{other:?}"),
        });
    };
    let corpus = load(&tiny(), WhenMissing::Error, &places, &mut progress).unwrap();
    assert_eq!(corpus.train.len(), 7);
    assert!(told[0].contains("do not redistribute"), "{told:?}");
    assert_eq!(told[1..4], ["14 of 14", "6 of 6", "5 of 5"]);
    assert_eq!(told[4..], ["reading"; 3]);
    assert_eq!(in_cache(root.path()).len(), 1 + 3);
    assert!(requests.lock().unwrap()[0].header("user-agent").unwrap().starts_with("rnnlab/"));

    must_load(&places);
    assert_eq!(requests.lock().unwrap().len(), 3);
}

#[test]
fn wrong_bytes_leave_nothing_in_place_and_are_asked_for_once() {
    for bytes in [b" a b c \n a X \n".to_vec(), b"short".to_vec(), vec![b'x'; 1 << 20]] {
        for announced in [true, false] {
            let root = tempfile::tempdir().unwrap();
            let answer = bytes.clone();
            let (url, requests) = serve(move |_| {
                let kind = if announced { Answer::file } else { Answer::unannounced };
                Some(kind(answer.clone()))
            });
            let text = must_fail(&places(root.path(), &url));
            // A file that ends too early without a length may be one that was broken off.
            if announced || bytes.len() >= TEXTS[0].len() {
                assert!(text.contains("the server sent another file"), "{text}");
                assert_eq!(requests.lock().unwrap().len(), 1);
                assert_eq!(in_cache(root.path()), Vec::<PathBuf>::new());
            } else {
                assert!(text.contains("5 of 14 bytes"), "{text}");
            }
            assert!(!root.path().join("cache").join("tiny").exists());
        }
    }
}

#[test]
fn a_file_that_is_not_there_is_not_asked_for_again() {
    for status in ["404 Not Found", "403 Forbidden"] {
        let root = tempfile::tempdir().unwrap();
        let (url, requests) = serve(move |request| match &request.name[..] {
            "tiny.test.txt" => Some(Answer::status(status)),
            name => Some(Answer::file(file(name))),
        });
        let text = must_fail(&places(root.path(), &url));
        let expected = format!("tiny.test.txt: the server answered with status {}", &status[..3]);
        assert!(text.contains(&expected), "{text}");
        assert_eq!(requests.lock().unwrap().len(), 3);
        // The other two are not in place, and not fetched again when the third can be had.
        assert!(!root.path().join("cache").join("tiny").exists());
        let (url, requests) = serve(|request| Some(Answer::file(file(&request.name))));
        must_load(&places(root.path(), &url));
        assert_eq!(requests.lock().unwrap().len(), 1);
    }
}

#[test]
fn what_may_pass_is_tried_again() {
    type Bad = fn(Vec<u8>) -> Answer;
    let bad: [(&str, Bad); 5] = [
        ("status 500", |_| Answer::status("500 Internal Server Error")),
        ("status 503", |_| Answer::status("503 Service Unavailable")),
        ("status 429", |_| Answer::status("429 Too Many Requests")),
        ("broken off after 0 bytes", |bytes| Answer::file(bytes).broken_off(0)),
        ("ended after 0 of", |_| Answer::unannounced(Vec::new())),
    ];
    for (expected, bad) in bad {
        // Two bad answers are one too few to give up.
        let root = tempfile::tempdir().unwrap();
        let (url, _) = serve(move |request| {
            let bytes = file(&request.name);
            Some(if request.earlier < 2 { bad(bytes) } else { Answer::file(bytes) })
        });
        let mut retries = Vec::new();
        let mut progress = |news: Progress<'_>| {
            if let Progress::Retrying { reason, .. } = news {
                retries.push(reason.to_owned());
            }
        };
        load(&tiny(), WhenMissing::Error, &places(root.path(), &url), &mut progress).unwrap();
        assert_eq!(retries.len(), 2 * 3);
        assert!(retries.iter().all(|reason| reason.contains(expected)), "{retries:?}");

        let root = tempfile::tempdir().unwrap();
        let (url, requests) = serve(move |request| Some(bad(file(&request.name))));
        let text = must_fail(&places(root.path(), &url));
        assert!(text.contains(expected) && text.contains("(3 tries)"), "{text}");
        assert_eq!(requests.lock().unwrap().len(), 3);
        assert!(!root.path().join("cache").join("tiny").exists());
    }
}

#[test]
fn a_silent_server_is_not_waited_for_long() {
    type Silent = fn(Vec<u8>) -> Option<Answer>;
    let silent: [(&str, Silent); 2] = [
        ("timeout", |_| None),
        ("broken off after 2 bytes: timeout", |bytes| Some(Answer::file(bytes).silent_after(2))),
    ];
    let impatient = Patience { silence: Duration::from_millis(200), ..SHORT };
    for (expected, silent) in silent {
        let root = tempfile::tempdir().unwrap();
        let (url, _) = serve(move |request| match &request.name[..] {
            "tiny.train.txt" => silent(file(&request.name)),
            name => Some(Answer::file(file(name))),
        });
        let text = must_fail(&places(root.path(), &url).with_patience(impatient));
        assert!(text.contains(expected) && text.contains("tries)"), "{text}");
        assert!(!root.path().join("cache").join("tiny").exists());
    }
}

#[test]
fn a_download_goes_on_where_it_broke_off() {
    let root = tempfile::tempdir().unwrap();
    // Twice three bytes, then silence, then the rest: in one go and over a restart.
    let (url, requests) = serve(|request| {
        let bytes = file(&request.name);
        let answer = match request.start() {
            None => Answer::file(bytes.clone()),
            Some(start) => Answer::rest(&bytes, start),
        };
        let answer = answer.with("ETag", "\"one\"");
        Some(match (&request.name[..], request.earlier) {
            ("tiny.train.txt", 0 | 1) => answer.broken_off(3),
            ("tiny.train.txt", 2..=4) => Answer::status("500 Internal Server Error"),
            _ => answer,
        })
    });
    let places = places(root.path(), &url);
    must_fail(&places);
    assert_eq!(waiting(root.path()), TEXTS[0].as_bytes()[..6]);
    must_load(&places);
    let requests = requests.lock().unwrap();
    let starts: Vec<_> = requests[..6].iter().map(|request| request.start()).collect();
    assert_eq!(starts, [None, Some(3), Some(6), Some(6), Some(6), Some(6)]);
    assert!(requests[1..6].iter().all(|request| request.header("if-range") == Some("\"one\"")));
    assert_eq!(in_cache(root.path()).len(), 1 + 3);
}

#[test]
fn a_part_of_another_version_is_not_continued() {
    // What is here of the file, and what the server says when asked for the rest.
    let bytes = TEXTS[0].as_bytes();
    type Rest = fn(&[u8]) -> Answer;
    let cases: [(&str, Rest); 6] = [
        ("another version", |bytes| Answer::rest(bytes, 3).with("ETag", "\"two\"")),
        ("no version", |bytes| Answer::rest(bytes, 3)),
        ("another place", |bytes| Answer::rest(bytes, 4).with("ETag", "\"one\"")),
        ("another length", |bytes| Answer::rest(&bytes[..10], 3).with("ETag", "\"one\"")),
        ("the whole", |bytes| Answer::file(bytes.to_vec()).with("ETag", "\"two\"")),
        ("no such part", |_| Answer::status("416 Range Not Satisfiable")),
    ];
    for (name, rest) in cases {
        let root = tempfile::tempdir().unwrap();
        let (url, requests) = serve(move |request| {
            let bytes = file(&request.name);
            Some(match request.start() {
                None if request.earlier == 0 && request.name == NAMES[0] => {
                    // The first three bytes are of the old version.
                    Answer::file(b"old version...".to_vec()).with("ETag", "\"one\"").broken_off(3)
                }
                None => Answer::file(bytes),
                Some(_) => rest(&bytes),
            })
        });
        let mut reasons = Vec::new();
        let mut progress = |news: Progress<'_>| {
            if let Progress::Retrying { reason, .. } = news {
                reasons.push(reason.to_owned());
            }
        };
        let places = places(root.path(), &url);
        let corpus = load(&tiny(), WhenMissing::Error, &places, &mut progress).unwrap();
        assert_eq!(corpus.train, [0, 1, 2, 3, 0, 1, 3], "{name}");
        assert!(reasons[0].starts_with("broken off after 3 bytes"), "{reasons:?}");
        // Refused at once, not only by the checksum of the two parts together.
        let expected: &[&str] = match name {
            "the whole" => &[],
            "no such part" => &["the server has no such part of the file"],
            _ => &["the server sent a part of another version"],
        };
        assert_eq!(reasons[1..], *expected, "{name}");
        assert!(requests.lock().unwrap().iter().any(|request| request.start() == Some(3)));
        assert_eq!(fs::read(root.path().join("cache/tiny").join(NAMES[0])).unwrap(), bytes);
    }
}

#[test]
fn parts_of_two_files_that_claim_to_be_one_are_found_out() {
    let root = tempfile::tempdir().unwrap();
    let (url, requests) = serve(|request| {
        let bytes = file(&request.name);
        Some(match (request.start(), request.earlier) {
            (None, 0) if request.name == NAMES[0] => Answer::file(vec![b'x'; 14]).broken_off(3),
            (None, _) => Answer::file(bytes),
            (Some(start), _) => Answer::rest(&bytes, start),
        })
    });
    must_load(&places(root.path(), &url));
    let starts: Vec<_> = requests.lock().unwrap()[..3].iter().map(|r| r.start()).collect();
    assert_eq!(starts, [None, Some(3), None]);
}

#[test]
fn a_whole_part_is_not_fetched_again_and_a_wrong_one_is() {
    for (part, expected) in [(TEXTS[0].to_owned(), 2), ("x".repeat(14), 3), ("x".repeat(99), 3)] {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("cache").join(".tiny.part");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("tiny.train.txt.part"), part).unwrap();
        let (url, requests) = serve(|request| Some(Answer::file(file(&request.name))));
        must_load(&places(root.path(), &url));
        assert_eq!(requests.lock().unwrap().len(), expected);
    }
}

#[test]
fn the_next_address_is_asked_when_one_fails() {
    let good = serve(|request| Some(Answer::file(file(&request.name))));
    type Bad = fn() -> Answer;
    let bad: [Bad; 3] = [
        || Answer::status("404 Not Found"),
        || Answer::file(b"another".to_vec()),
        || Answer::unannounced(vec![b'x'; 5]).with("ETag", "\"one\""),
    ];
    for bad in bad {
        let root = tempfile::tempdir().unwrap();
        let (bad, _) = serve(move |_| Some(bad()));
        let mut spec = tiny();
        let homes = &*[&bad, &good.0].map(|base| &*format!("{base}/").leak()).to_vec().leak();
        let with_mirror = |remote: &RemoteFile| RemoteFile { homes, ..*remote };
        let remote: Vec<_> = spec.files.remote.iter().map(with_mirror).collect();
        spec.files.remote = remote.leak();
        let places = cache_only(root.path());
        let corpus = load(&spec, WhenMissing::Error, &places, &mut |_| ()).unwrap();
        assert_eq!(corpus.train, [0, 1, 2, 3, 0, 1, 3]);
    }
}

#[test]
fn all_addresses_are_named_when_all_fail() {
    let root = tempfile::tempdir().unwrap();
    let (url, _) = serve(|request| {
        let first = request.name.starts_with("a/");
        Some(Answer::status(if first { "404 Not Found" } else { "410 Gone" }))
    });
    let mut spec = tiny();
    let homes = ["a", "b"].map(|name| &*format!("{url}/{name}/").leak());
    let first = RemoteFile { homes: homes.to_vec().leak(), ..spec.files.remote[0] };
    spec.files.remote = vec![first].leak();
    let error = load(&spec, WhenMissing::Error, &cache_only(root.path()), &mut |_| ());
    let text = error.unwrap_err().to_string();
    assert!(
        text.contains("/a/tiny.train.txt: the server answered with status 404; http"),
        "{text}"
    );
    assert!(text.contains("/b/tiny.train.txt: the server answered with status 410"), "{text}");
}

#[test]
fn the_stand_in_says_why_it_is_there() {
    let root = tempfile::tempdir().unwrap();
    let (url, _) = serve(|_| Some(Answer::status("404 Not Found")));
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
    assert!(text.contains("not downloaded") && !text.contains("tries"), "{text}");
}

#[test]
fn what_cannot_be_written_is_told_and_leaves_no_part() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("cache").join(".tiny.part");
    // A folder where a file is to be written.
    fs::create_dir_all(folder.join("tiny.train.txt.etag").join("in the way")).unwrap();
    let (url, requests) = serve(|request| Some(Answer::file(file(&request.name))));
    let text = must_fail(&places(root.path(), &url));
    assert!(text.contains("tiny.train.txt.etag: ") && text.contains("(cannot "), "{text}");
    assert_eq!(requests.lock().unwrap().len(), 1);
    assert_eq!(waiting(root.path()), b"");
    assert!(!root.path().join("cache").join("tiny").exists());
}

/// The same corpus with a training text of 6 kB.
fn longer() -> (CorpusSpec, &'static str) {
    let text: &str = "a b c\n".repeat(1_000).leak();
    let mut spec = tiny();
    let mut remote = spec.files.remote.to_vec();
    remote[0].bytes = text.len() as u64;
    remote[0].sha256 = checksum::of_bytes(text.as_bytes()).leak();
    spec.sha256 = remote.iter().map(|file| file.sha256).collect::<Vec<_>>().leak();
    spec.files.remote = remote.leak();
    spec.tokens[0] = 4_000;
    (spec, text)
}

/// Where a process of its own, started by the test below, finds server and cache.
const ADDRESS: &str = "RNNLAB_TEST_ADDRESS";
const FOLDER: &str = "RNNLAB_TEST_FOLDER";

/// Does nothing but in that process.
#[test]
fn with_little_room() {
    let (Ok(address), Ok(folder)) = (std::env::var(ADDRESS), std::env::var(FOLDER)) else { return };
    let places = places(Path::new(&folder), &address);
    let error = load(&longer().0, WhenMissing::Error, &places, &mut |_| ()).unwrap_err();
    println!("{error}");
}

/// In a process that can write no file of more than 2 kB, as if the disk were full then.
#[cfg(unix)]
#[test]
fn a_disk_that_fills_up_is_told_and_the_download_goes_on_when_there_is_room() {
    let root = tempfile::tempdir().unwrap();
    let (url, _) = serve(|request| {
        let text = if request.name == NAMES[0] { longer().1.into() } else { file(&request.name) };
        let answer = Answer::file(text.clone()).with("ETag", "\"1\"");
        Some(request.start().map_or(answer, |start| Answer::rest(&text, start)))
    });
    let output = std::process::Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 4; exec \"$@\"", "sh"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "tests::fetching::with_little_room", "--nocapture"])
        .env(ADDRESS, &url)
        .env(FOLDER, root.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("tiny.train.txt") && text.contains("File too large"), "{text}");
    assert!(!root.path().join("cache").join("tiny").exists());
    let places = places(root.path(), &url);
    let corpus = load(&longer().0, WhenMissing::Error, &places, &mut |_| ()).unwrap();
    assert_eq!(corpus.train.len(), 4_000);
}

#[test]
fn restricted_data_are_not_fetched_before_the_terms_are_accepted() {
    let root = tempfile::tempdir().unwrap();
    let (url, requests) = serve(|_| Some(Answer::status("404 Not Found")));
    let places = places(root.path(), &url);
    let command = "`rnnlab data fetch ptb --accept-licence`";
    let load = |when| crate::load_corpus("ptb", when, &places, &mut |_| ());
    let text = load(WhenMissing::Error).unwrap_err().to_string();
    assert!(text.contains(command) && text.contains("Linguistic Data Consortium"), "{text}");
    let stand_in = load(WhenMissing::Builtin).unwrap();
    assert!(stand_in.source.note.unwrap().contains(command));
    let fetch = |accept| crate::fetch("ptb", accept, &places, &mut |_| ()).unwrap_err();
    assert!(matches!(fetch(false), DataError::LicenceNotAccepted { .. }));
    assert!(requests.lock().unwrap().is_empty());
    // Once accepted, they are asked for, here and wherever they are needed.
    assert!(fetch(true).to_string().contains("status 404"));
    assert!(load(WhenMissing::Error).unwrap_err().to_string().contains("status 404"));
    assert_eq!(requests.lock().unwrap().len(), 2);
    // Terms that have changed were not accepted.
    fs::write(root.path().join("cache").join(".ptb.accepted"), "other terms").unwrap();
    assert!(matches!(fetch(false), DataError::LicenceNotAccepted { .. }));
}

#[test]
fn what_a_killed_download_left_is_cleared_and_other_files_stay() {
    let root = tempfile::tempdir().unwrap();
    let cache = root.path().join("cache");
    fs::create_dir_all(cache.join(".tiny.part").join("half")).unwrap();
    fs::write(cache.join(".tiny.part").join("tiny.zip"), "x").unwrap();
    fs::create_dir_all(cache.join("tiny")).unwrap();
    fs::write(cache.join("tiny").join("notes"), "mine").unwrap();
    let (url, _) = serve(|request| Some(Answer::file(file(&request.name))));
    must_load(&places(root.path(), &url));
    let names = ["notes", NAMES[2], NAMES[0], NAMES[1]];
    let mut expected = vec![cache.join("tiny")];
    expected.extend(names.map(|name| cache.join("tiny").join(name)));
    assert_eq!(in_cache(root.path()), expected);
}

#[test]
fn those_who_want_the_same_do_it_once() {
    let root = tempfile::tempdir().unwrap();
    let (url, requests) = serve(|request| Some(Answer::file(file(&request.name))));
    let places = places(root.path(), &url);
    // The lock belongs to an open file, so threads meet as processes do.
    let loaded: Vec<Corpus> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| must_load(&places))).collect();
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
        homes: &["https://example.org/"],
        name: "tiny.zip",
        bytes: bytes.len() as u64,
        sha256: checksum::of_bytes(&bytes).leak(),
        members: &["tiny/tiny.train.txt", "tiny/tiny.valid.txt", "tiny/tiny.test.txt"],
    }];
    let mut spec: CorpusSpec = tiny();
    spec.files.remote = remote.leak();
    let (url, _) = serve(move |_| Some(Answer::file(bytes.clone())));
    let corpus = load(&spec, WhenMissing::Error, &places(root.path(), &url), &mut |_| ()).unwrap();
    assert_eq!(corpus.test, [2, 3, 3]);
    assert_eq!(in_cache(root.path()).len(), 1 + 3);
}

#[test]
fn what_is_on_the_machine_is_not_downloaded() {
    let root = tempfile::tempdir().unwrap();
    write_tiny(&root.path().join("cache"));
    let (url, requests) = serve(|_| Some(Answer::status("404 Not Found")));
    must_load(&places(root.path(), &url));
    assert!(requests.lock().unwrap().is_empty());
}
