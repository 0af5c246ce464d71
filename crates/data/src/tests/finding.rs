//! Files that are there, in every arrangement and state.

use std::fs;
use std::path::Path;

use super::{NAMES, tiny, write_tiny};
use crate::corpus::{Corpus, WhenMissing, load, load_corpus};
use crate::error::DataError;
use crate::locate::{Located, locate};
use crate::places::Places;
use crate::spec::CorpusSpec;

fn load_from(spec: &CorpusSpec, places: &Places) -> Result<Corpus, DataError> {
    // Asking for the stand-in must never hide what is wrong with a file.
    load(spec, WhenMissing::Builtin, places, &mut |_| ())
}

fn place(folder: &Path) -> Places {
    Places::new(vec![folder.to_owned()], None)
}

#[test]
fn in_its_folder_or_in_the_place_itself() {
    for folder in ["tiny", ""] {
        let root = tempfile::tempdir().unwrap();
        write_tiny(&root.path().join(folder));
        let corpus = load_from(&tiny(), &place(root.path())).unwrap();
        assert_eq!(corpus.train, [0, 1, 2, 3, 0, 1, 3]);
        assert_eq!(corpus.valid, [1, 0, 3]);
        assert_eq!(corpus.test, [2, 3, 3]);
        assert_eq!(corpus.vocabulary.words().collect::<Vec<_>>(), ["a", "b", "c", "<eos>"]);
        assert!(!corpus.source.stand_in);
        assert_eq!(corpus.source.files[1].bytes, 6);
    }
}

#[test]
fn the_first_place_wins_even_if_its_files_are_bad() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write_tiny(first.path());
    write_tiny(second.path());
    fs::write(first.path().join(NAMES[2]), "c\n").unwrap();
    let places = Places::new(vec![first.path().into(), second.path().into()], None);
    let error = load_from(&tiny(), &places).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("tiny.test.txt: expected 3 tokens, found 2"), "{text}");
}

#[test]
fn a_part_of_the_files_is_an_error() {
    let root = tempfile::tempdir().unwrap();
    write_tiny(root.path());
    fs::remove_file(root.path().join(NAMES[1])).unwrap();
    let text = load_from(&tiny(), &place(root.path())).unwrap_err().to_string();
    assert!(
        text.contains("found tiny.train.txt, tiny.test.txt, but tiny.valid.txt is missing"),
        "{text}"
    );
}

#[test]
fn every_kind_of_damage_is_named() {
    for (bytes, expected) in [
        (&b""[..], "tiny.valid.txt is empty"),
        (b" b a \n\xff\n", "tiny.valid.txt, line 2: not valid UTF-8"),
        (b" b", "tiny.valid.txt: expected 3 tokens, found 2"),
        (b" b z \n", "tiny.valid.txt, line 1: the word `z`"),
        (b" b a\r\n", "tiny.valid.txt: expected sha256"),
    ] {
        let root = tempfile::tempdir().unwrap();
        write_tiny(root.path());
        fs::write(root.path().join(NAMES[1]), bytes).unwrap();
        let text = load_from(&tiny(), &place(root.path())).unwrap_err().to_string();
        assert!(text.contains(expected), "{text}");
    }
    let root = tempfile::tempdir().unwrap();
    write_tiny(root.path());
    fs::write(root.path().join(NAMES[0]), " a b c \n a d \n").unwrap();
    let text = load_from(&tiny(), &place(root.path())).unwrap_err().to_string();
    assert!(text.contains("tiny.train.txt: expected 4 types, found 5"), "{text}");
}

#[test]
fn names_that_are_wrong() {
    let root = tempfile::tempdir().unwrap();
    let places = place(root.path());
    let load = |name| load_corpus(name, WhenMissing::Builtin, &places, &mut |_| ());
    let text = load("penn").unwrap_err().to_string();
    assert!(
        text.starts_with("there is no dataset called 'penn'; the datasets are: ptb, ptb-char, "),
        "{text}"
    );
    let text = load("imdb").unwrap_err().to_string();
    assert!(text.contains("is for sentiment classification"), "{text}");
    assert!(
        text.ends_with(
            "choose one of: ptb, ptb-char, wikitext-2, wikitext-103, tinyshakespeare, builtin, imdb-text"
        ),
        "{text}"
    );
    let text = load("adding").unwrap_err().to_string();
    assert!(text.contains("is for sequence regression"), "{text}");
}

#[test]
fn locating_does_not_read() {
    let root = tempfile::tempdir().unwrap();
    let places = place(root.path());
    let missing = Located::Missing { looked_in: vec![root.path().to_owned()], may_download: false };
    for info in crate::datasets() {
        let expected = if info.is_generated() { &Located::Generated } else { &missing };
        assert_eq!(&locate(info.name, &places).unwrap(), expected);
    }
    let folder = root.path().join("ptb");
    fs::create_dir(&folder).unwrap();
    let files = ["ptb.train.txt", "ptb.valid.txt", "ptb.test.txt"].map(|name| folder.join(name));
    for file in &files {
        fs::write(file, "").unwrap();
    }
    let found = Located::Found { folder, files: files.to_vec() };
    assert_eq!(locate("ptb", &places).unwrap(), found);
}

#[test]
fn a_missing_dataset_says_what_to_do() {
    let root = tempfile::tempdir().unwrap();
    let nowhere = root.path().join("nowhere");
    let places = Places::new(vec![nowhere.clone()], None);
    let error = load_corpus("ptb", WhenMissing::Error, &places, &mut |_| ()).unwrap_err();
    let text = error.to_string();
    for part in [
        "ptb/ptb.train.txt, ptb/ptb.valid.txt, ptb/ptb.test.txt",
        &format!("{} (no such folder)", nowhere.display()),
        &nowhere.join("ptb").display().to_string(),
        "RNNLAB_DATA",
        "RNNLAB_OFFLINE",
        "https://",
    ] {
        assert!(text.contains(part), "{part} not in: {text}");
    }
}

#[test]
fn missing_reviews_are_an_error_without_stand_in() {
    let root = tempfile::tempdir().unwrap();
    let error = crate::load_imdb(&place(root.path()), &mut |_| ()).unwrap_err();
    assert!(matches!(error, DataError::Missing(_)), "{error}");
    assert!(error.to_string().contains("imdb/aclImdb_v1.tar.gz"), "{error}");
}
