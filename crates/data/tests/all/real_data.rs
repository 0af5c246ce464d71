//! The published datasets themselves. They run when `RNNLAB_DATA` names a folder that holds
//! them, and say so loudly when it does not.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use data::{
    Corpus, DataError, FsddSettings, FsddSplit, ImdbSettings, Located, MnistSettings,
    NamesSettings, PixelOrder, Places, SequenceDataset, SequenceTargets, Split, StringSettings,
    Tokeniser, WhenMissing, check, datasets, encode_file, load_corpus, load_fsdd, load_imdb,
    load_imdb_sequences, load_mnist, load_music, load_names, load_sequences, locate, unigram_nll,
};

/// The places, if this dataset is in them.
fn places(name: &str) -> Option<(Places, Vec<PathBuf>)> {
    let folder = std::env::var_os("RNNLAB_DATA").map(PathBuf::from);
    if let Some(folder) = folder {
        let places = Places::new(vec![folder], None);
        if let Located::Found { files, .. } = locate(name, &places).unwrap() {
            return Some((places, files));
        }
    }
    eprintln!("SKIPPED: real data not found ({name}), set RNNLAB_DATA");
    None
}

fn load(name: &str, places: &Places) -> Result<Corpus, DataError> {
    // Asking for the stand-in must not hide a damaged file.
    load_corpus(name, WhenMissing::Builtin, places, &mut |_| ())
}

fn sizes(corpus: &Corpus) -> [usize; 4] {
    let splits = [&corpus.train, &corpus.valid, &corpus.test].map(Vec::len);
    [splits[0], splits[1], splits[2], corpus.vocabulary.len()]
}

/// Copies of the files in a fresh place, as the original arrangement names them.
fn copies(files: &[PathBuf], folder: &str) -> (tempfile::TempDir, Places, Vec<PathBuf>) {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join(folder);
    fs::create_dir_all(&folder).unwrap();
    let copy = |file: &PathBuf| {
        let to = folder.join(file.file_name().unwrap());
        fs::write(&to, fs::read(file).unwrap()).unwrap();
        to
    };
    let copied = files.iter().map(copy).collect();
    let places = Places::new(vec![root.path().to_owned()], None);
    (root, places, copied)
}

fn truncate(path: &Path, keep: impl Fn(usize) -> usize) {
    let bytes = fs::read(path).unwrap();
    fs::write(path, &bytes[..keep(bytes.len())]).unwrap();
}

/// The characters of the Penn Treebank, as they are published and as its plain words spell them.
#[test]
fn characters_of_the_penn_treebank_in_both_forms() {
    let (Some((places, published)), Some((_, plain))) = (places("ptb-char"), places("ptb")) else {
        return;
    };
    let corpus = load("ptb-char", &places).unwrap();
    assert_eq!(corpus.tokeniser, Tokeniser::SpacedCharacters);
    let read = |file: &Path| encode_file(file, corpus.tokeniser, &corpus.vocabulary).unwrap();
    assert_eq!(read(&published[2]).tokens, corpus.test);
    assert_eq!(read(&plain[2]).tokens, corpus.test);
    assert_eq!(read(&plain[1]), data::EncodedText { tokens: corpus.valid, unknown: 0 });
}

#[test]
fn penn_treebank() {
    let Some((places, _)) = places("ptb") else {
        return;
    };
    let start = Instant::now();
    let corpus = load("ptb", &places).unwrap();
    eprintln!("Penn Treebank loaded in {:?}", start.elapsed());
    assert_eq!(sizes(&corpus), [929_589, 73_760, 82_430, 10_000]);
    assert!(!corpus.source.stand_in);
    assert_eq!(corpus.source.name, "ptb");
    let words: Vec<_> =
        corpus.valid[..7].iter().filter_map(|&id| corpus.vocabulary.word(id)).collect();
    assert_eq!(words.join(" "), "consumers may want to move their telephones");
    let floor = unigram_nll(&corpus.train, &corpus.test, corpus.vocabulary.len()).unwrap();
    eprintln!("unigram perplexity of the test split {:.1}", floor.exp());
    assert!((500.0..800.0).contains(&floor.exp()));
}

#[test]
fn penn_treebank_where_mikolov_put_it() {
    let Some((_, files)) = places("ptb") else {
        return;
    };
    for folder in ["simple-examples/data", ""] {
        let (_root, places, _) = copies(&files, folder);
        assert_eq!(sizes(&load("ptb", &places).unwrap())[3], 10_000);
    }
}

#[test]
fn truncated_copies_are_refused_with_counts() {
    let Some((_, files)) = places("ptb") else {
        return;
    };
    for (split, published) in [(0, "929,589"), (1, "73,760"), (2, "82,430")] {
        let (_root, places, copied) = copies(&files, "ptb");
        truncate(&copied[split], |length| length / 2);
        let text = load("ptb", &places).unwrap_err().to_string();
        assert!(text.starts_with(&copied[split].display().to_string()), "{text}");
        assert!(text.contains(&format!("expected {published} tokens, found ")), "{text}");
    }
}

#[test]
fn one_changed_word_is_noticed() {
    let Some((_, files)) = places("ptb") else {
        return;
    };
    let (_root, places, copied) = copies(&files, "ptb");
    let text = fs::read_to_string(&copied[2]).unwrap();
    fs::write(&copied[2], text.replacen(" the ", " a ", 1)).unwrap();
    let error = load("ptb", &places).unwrap_err();
    assert!(matches!(error, DataError::WrongChecksum { .. }), "{error}");
}

#[test]
fn bytes_that_are_not_text_are_named_with_their_line() {
    let Some((_, files)) = places("ptb") else {
        return;
    };
    let (_root, places, copied) = copies(&files, "ptb");
    let mut bytes = fs::read(&copied[1]).unwrap();
    let second_line = bytes.iter().position(|&byte| byte == b'\n').unwrap() + 2;
    bytes[second_line] = 0xff;
    fs::write(&copied[1], bytes).unwrap();
    let text = load("ptb", &places).unwrap_err().to_string();
    assert!(text.contains("ptb.valid.txt, line 2: not valid UTF-8"), "{text}");
}

#[test]
fn wikitext_2_under_both_names() {
    let Some((places, files)) = places("wikitext-2") else {
        return;
    };
    let expected = [2_088_628, 217_646, 245_569, 33_278];
    let corpus = load("wikitext-2", &places).unwrap();
    assert_eq!(sizes(&corpus), expected);
    let (_root, places, copied) = copies(&files, "wikitext-2");
    for (file, name) in copied.iter().zip(["train.txt", "valid.txt", "test.txt"]) {
        fs::rename(file, file.with_file_name(name)).unwrap();
    }
    assert_eq!(load("wikitext-2", &places).unwrap().train, corpus.train);
}

#[test]
fn imdb() {
    let Some((places, files)) = places("imdb") else {
        return;
    };
    let start = Instant::now();
    let imdb = load_imdb(&places, &mut |_| ()).unwrap();
    eprintln!("IMDB loaded in {:?}", start.elapsed());
    for split in [&imdb.train, &imdb.test] {
        assert_eq!(split.len(), 25_000);
        assert_eq!(split.iter().filter(|review| review.positive).count(), 12_500);
        assert!(split.iter().all(|review| if review.positive {
            review.rating >= 7
        } else {
            review.rating <= 4
        }));
        assert!(split[..12_500].iter().enumerate().all(|(i, review)| review.id as usize == i));
    }
    if let [archive] = &files[..]
        && archive.ends_with("aclImdb_v1_labelled.tar.gz")
    {
        let (_root, places, copied) = copies(std::slice::from_ref(archive), "imdb");
        // Under the name of the published archive it must have the published checksum.
        let renamed = copied[0].with_file_name("aclImdb_v1.tar.gz");
        fs::rename(&copied[0], &renamed).unwrap();
        let error = load_imdb(&places, &mut |_| ()).unwrap_err();
        assert!(matches!(error, DataError::WrongChecksum { .. }), "{error}");
        truncate(&renamed, |length| length - 4);
        let error = load_imdb(&places, &mut |_| ()).unwrap_err();
        assert!(matches!(error, DataError::BadArchive { .. }), "{error}");
    }
}

/// Nothing is trained on, chosen by or reported on a split that is empty.
#[test]
fn empty_splits_are_refused_with_the_sizes() {
    let refused = |error: Result<data::SequenceData, DataError>, split: &str, sizes: &[&str]| {
        let error = error.unwrap_err().to_string();
        let start = format!("there is nothing to score in the {split} split");
        assert!(error.contains(&start), "{error}");
        assert!(sizes.iter().all(|size| error.contains(size)), "{error}");
    };
    if let Some((places, _)) = places("names") {
        for (valid, test, split) in [(0, 100, "validation"), (100, 0, "test")] {
            let held_out = data::HeldOut { valid, test };
            let settings = NamesSettings { held_out, ..NamesSettings::default() };
            let found = load_names(settings, &places, &mut |_| ());
            refused(
                found,
                split,
                &[
                    "are for training",
                    &format!(
                        "0 for {}",
                        match split {
                            "test" => "the test",
                            other => other,
                        }
                    ),
                ],
            );
        }
    }
    if let Some((places, _)) = places("mnist") {
        let settings = MnistSettings { valid: 0, ..MnistSettings::default() };
        let found = load_mnist(settings, &places, &mut |_| ());
        refused(found, "validation", &["60,000 are for training, 0 for validation, 10,000 for"]);
    }
    if let Some((places, _)) = places("imdb") {
        let settings = ImdbSettings { valid: 0, ..ImdbSettings::default() };
        let found = load_imdb_sequences(settings, &places, &mut |_| ());
        refused(found, "validation", &["25,000 are for training, 0 for validation, 25,000 for"]);
    }
}

#[test]
fn every_published_figure_holds() {
    let folder = std::env::var_os("RNNLAB_DATA").map(PathBuf::from);
    let places = Places::new(folder.into_iter().collect(), None);
    for info in datasets().iter().filter(|info| !info.is_generated()) {
        match check(info.name, &places, &mut |_| ()).unwrap() {
            Some(facts) => {
                assert!(facts.len() > 1, "{}", info.name);
                let wrong: Vec<_> = facts.iter().filter(|fact| !fact.holds()).collect();
                assert!(wrong.is_empty(), "{wrong:?}");
            }
            None => eprintln!("SKIPPED: real data not found ({}), set RNNLAB_DATA", info.name),
        }
    }
}

#[test]
fn sequences_of_the_real_datasets() {
    if let Some((places, _)) = places("imdb") {
        let settings = ImdbSettings { max_length: 0, ..ImdbSettings::default() };
        let start = Instant::now();
        let imdb = load_imdb_sequences(settings, &places, &mut |_| ()).unwrap();
        eprintln!("IMDB as word ids in {:?}", start.elapsed());
        assert_eq!(imdb.train.len() + imdb.valid.len(), 25_000);
        let types = imdb.text.as_ref().map(|text| text.vocabulary.len());
        assert_eq!((imdb.test.len(), types), (25_000, Some(10_000)));
    }
    if let Some((places, _)) = places("names") {
        let names = load_names(NamesSettings::default(), &places, &mut |_| ()).unwrap();
        assert_eq!(names.train.len() + names.valid.len() + names.test.len(), 20_074);
        assert_eq!(names.classes.len(), 18);
    }
    if let Some((places, _)) = places("mnist") {
        let plain = load_mnist(MnistSettings::default(), &places, &mut |_| ()).unwrap();
        let settings = MnistSettings { order: PixelOrder::Permuted(1), ..MnistSettings::default() };
        let permuted = load_mnist(settings, &places, &mut |_| ()).unwrap();
        let sizes = [&plain.train, &plain.valid, &plain.test].map(|split| split.len());
        assert_eq!(sizes, [55_000, 5_000, 10_000]);
        assert!(plain.test.lengths().all(|length| length == 784));
        assert_eq!(plain.test.targets(), permuted.test.targets());
        assert_ne!(plain.test.inputs(), permuted.test.inputs());
        let SequenceTargets::Classes(digits) = plain.test.targets() else { panic!() };
        assert_eq!(digits[..5], [7, 2, 1, 0, 4]);
    }
    if let Some((places, _)) = places("fsdd") {
        let load =
            |settings: FsddSettings| load_fsdd(&settings, false, &places, &mut |_| ()).unwrap();
        let digits = load(FsddSettings::default());
        let sizes = [&digits.train, &digits.valid, &digits.test].map(|split| split.len());
        assert_eq!((sizes, digits.source.stand_in), ([2_400, 300, 300], false));
        // The longest recording has 2.28 s.
        let longest = digits.train.lengths().chain(digits.test.lengths()).max();
        assert_eq!(longest, Some(226));
        let split = FsddSplit::LeaveOut("jackson".to_owned());
        let stranger = load(FsddSettings { split, ..FsddSettings::default() });
        let sizes = [&stranger.train, &stranger.valid, &stranger.test].map(|split| split.len());
        assert_eq!(sizes, [2_250, 250, 500]);
        let strings =
            Some(StringSettings { train: 50, valid: 5, test: 5, ..StringSettings::default() });
        let strings = load(FsddSettings { strings, ..FsddSettings::default() });
        let SequenceTargets::Labels(labels) = strings.train.targets() else { panic!() };
        assert!(labels.iter().all(|labels| (3..=7).contains(&labels.len())));
    }
    if let Some((places, _)) = places("nottingham") {
        let music = load_music("nottingham", &places, &mut |_| ()).unwrap();
        let longest =
            [&music.train, &music.valid, &music.test].map(|split| split.lengths().max().unwrap());
        assert_eq!(longest.into_iter().max(), Some(1_793));
    }
}

fn parallel(settings: &str, places: &Places) -> data::SequenceData {
    let dataset: SequenceDataset = serde_json::from_str(settings).unwrap();
    let start = Instant::now();
    let data = load_sequences(&dataset, places, &mut |_| ()).unwrap();
    let types = data.text.as_ref().map(|text| text.vocabulary.len());
    let written = data.answers.as_ref().map(|answers| answers.codec.vocabulary.len());
    eprintln!("{settings}: {types:?} and {written:?} types, in {:?}", start.elapsed());
    data
}

/// Tokens to be read and to be written, of all splits.
fn tokens(data: &data::SequenceData) -> [[usize; 2]; 3] {
    Split::ALL.map(|split| {
        let SequenceTargets::Sequences(targets) = data.split(split).targets() else { panic!() };
        [data.split(split).lengths().sum(), targets.values().len()]
    })
}

#[test]
fn the_real_parallel_texts() {
    if let Some((places, _)) = places("multi30k-tokenised") {
        let data = parallel(r#"{"name": "multi30k-tokenised"}"#, &places);
        // The authors' counts of words, and an end for each sentence that is written.
        let (de, en) =
            ([360_706, 12_828, 12_103], [377_534 + 29_000, 13_308 + 1_014, 12_968 + 1_000]);
        assert_eq!(tokens(&data), [0, 1, 2].map(|split| [de[split], en[split]]));
        let other = parallel(r#"{"name": "multi30k-tokenised", "direction": "en-de"}"#, &places);
        assert_eq!(tokens(&other)[2], [12_968, 12_103 + 1_000]);
        let few =
            r#"{"name": "multi30k-tokenised", "pairs": 2000, "longest": 20, "subwords": 3000}"#;
        let few = parallel(few, &places);
        assert_eq!((few.train.len(), few.test.len()), (2_000, 1_000));
    }
    if let Some((places, _)) = places("multi30k") {
        let whole = r#"{"name": "multi30k", "tokeniser": "cased_prose", "subwords": 8000, "cutoff": {"min_count": 1}}"#;
        let data = parallel(whole, &places);
        assert_eq!(
            [&data.train, &data.valid, &data.test].map(data::Sequences::len),
            [29_000, 1_014, 1_000]
        );
        let answers = data.answers.as_ref().unwrap();
        let texts = answers.of(Split::Test);
        let SequenceTargets::Sequences(targets) = data.test.targets() else { panic!() };
        let same = texts.references.iter().zip(targets.iter());
        let same = same.filter(|(text, ids)| answers.codec.decode(ids) == **text).count();
        // All but those with quotes, dashes and the like that are written in several ways.
        assert!(same > 950, "{same}");
        let unknown = targets.values().iter().filter(|id| **id == 0).count();
        assert!(unknown < 20, "{unknown}");
    }
    if let Some((places, _)) = places("tatoeba") {
        let data = parallel(r#"{"name": "tatoeba", "longest": 12}"#, &places);
        let answers = data.answers.as_ref().unwrap();
        let sentences = |split| {
            let texts = answers.of(split);
            texts.sources.iter().chain(&texts.references).collect::<std::collections::HashSet<_>>()
        };
        let (train, test) = (sentences(Split::Train), sentences(Split::Test));
        assert!(train.is_disjoint(&test) && train.len() > 100_000 && test.len() > 2_000);
    }
}
