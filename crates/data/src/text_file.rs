//! Any text file as a corpus.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::cache::{self, Entry};
use crate::checksum;
use crate::corpus::{self, Corpus};
use crate::error::DataError;
use crate::places::Places;
use crate::progress::Progress;
use crate::scored::{Mend, Unit};
use crate::source::Source;
use crate::split::HeldOut;
use crate::tokeniser::Tokeniser;
use crate::vocabulary::{self, Cutoff};

/// How a text file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TextSettings {
    /// How it is cut into tokens.
    pub tokeniser: Tokeniser,
    /// Which tokens of the training split are kept; the others are `<unk>`.
    pub cutoff: Cutoff,
    /// What of its end is held out: validation split, then test split.
    pub held_out: HeldOut,
}

impl Default for TextSettings {
    /// All characters, 90 / 5 / 5 %.
    fn default() -> Self {
        Self {
            tokeniser: Tokeniser::Characters,
            cutoff: Cutoff::default(),
            held_out: HeldOut { valid: 50, test: 50 },
        }
    }
}

/// Loads a text file (UTF-8) for language modelling: the end is held out, the vocabulary is that
/// of the rest, other tokens are `<unk>`. A byte-order mark is left out, and carriage returns, alone or
/// before a line feed, are read as line ends. Token ids are kept in the cache folder.
///
/// # Errors
/// [`DataError::Empty`], [`DataError::NotUtf8`], [`DataError::OtherEncoding`],
/// [`DataError::LongWord`] for a file that is no text; [`DataError::NothingToScore`] for a split of
/// fewer than two tokens; [`DataError::BadSetting`] if nothing is left to train on;
/// [`DataError::BadRecord`] if there is one type of token only; [`DataError::Io`].
pub fn load_text(
    path: &Path,
    settings: TextSettings,
    places: &Places,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Corpus, DataError> {
    let TextSettings { tokeniser, cutoff, held_out } = settings;
    held_out.require()?;
    cutoff.require()?;
    progress(Progress::Reading { path });
    let file = checksum::of_whole_file(path)?;
    let slot = corpus::slot(places, std::slice::from_ref(&file), &[&format!("{settings:?}")]);
    let entry = cache::remembered(slot, corpus::is_corpus, progress, || {
        let (mut tokens, words) = corpus::read_training(path, tokeniser)?;
        let [train, valid] = corpus::tail(tokens.len(), held_out.valid, held_out.test);
        let sizes = [train, valid - train, tokens.len() - valid];
        Unit::Tokens.require(&path.display().to_string(), sizes, Mend::HeldOut)?;
        let mut counts = vec![0; words.len()];
        vocabulary::count(&tokens[..train], &mut counts);
        let (vocabulary, ids) = words.cut(&counts, cutoff, false)?;
        if vocabulary.len() < 2 {
            let reason =
                "the training split has a single type of token: there is nothing to predict";
            return Err(DataError::record(path, "its beginning".to_owned(), reason));
        }
        for token in &mut tokens {
            *token = ids[*token as usize];
        }
        let test = tokens.split_off(valid);
        let valid = tokens.split_off(train);
        Ok(Entry { words: vocabulary.into(), arrays: vec![tokens, valid, test] })
    })?;
    Ok(corpus::corpus(entry, tokeniser, Source::of_user_file("text", path, file)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::fs;

    fn load(text: &str, settings: TextSettings) -> Result<Corpus, DataError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        fs::write(&path, text).unwrap();
        load_text(&path, settings, &Places::new(Vec::new(), None), &mut |_| ())
    }

    #[test]
    fn a_word_of_the_held_out_text_only_is_unknown() {
        let settings = TextSettings {
            tokeniser: Tokeniser::Words,
            held_out: HeldOut { valid: 250, test: 250 },
            ..TextSettings::default()
        };
        let corpus = load("b a b\na b\na c", settings).unwrap();
        assert_eq!(corpus.vocabulary.words().collect::<Vec<_>>(), ["<unk>", "a", "b", "<eos>"]);
        let spelt = [&corpus.train, &corpus.valid, &corpus.test].map(|split| {
            split.iter().filter_map(|&id| corpus.vocabulary.word(id)).collect::<Vec<_>>()
        });
        assert_eq!(
            spelt,
            [vec!["b", "a", "b", "<eos>", "a"], vec!["b", "<eos>"], vec!["a", "<unk>", "<eos>"]]
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 50, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn splits_spell_the_text_in_order(text in "[a-d \n]{1,200}", valid in 0u32..500, test in 0u32..499) {
            let held_out = HeldOut { valid, test };
            let corpus = load(&text, TextSettings { held_out, ..TextSettings::default() });
            let corpus = match corpus {
                Ok(corpus) => corpus,
                Err(DataError::NothingToScore { .. }) => {
                    let [train, valid_at] = corpus::tail(text.len(), valid, test);
                    let sizes = [train, valid_at - train, text.len() - valid_at];
                    prop_assert!(sizes.iter().any(|&size| size < 2));
                    return Ok(());
                }
                Err(error) => {
                    prop_assert!(error.to_string().contains("a single type of token"), "{}", error);
                    return Ok(());
                }
            };
            prop_assert!([&corpus.train, &corpus.valid, &corpus.test].iter().all(|s| s.len() > 1));
            let ids = [&corpus.train[..], &corpus.valid, &corpus.test].concat();
            prop_assert_eq!(ids.len(), text.len());
            for (id, character) in ids.iter().zip(text.chars()) {
                let word = corpus.vocabulary.word(*id).unwrap();
                let trained = text[..corpus.train.len()].contains(character);
                prop_assert_eq!(word, if trained { character.to_string() } else { "<unk>".to_owned() });
            }
        }
    }

    #[test]
    fn tiny_texts_and_empty_splits_are_refused_with_their_sizes() {
        let of = |valid, test| TextSettings {
            held_out: HeldOut { valid, test },
            ..TextSettings::default()
        };
        let hundred = "abcdefghi\n".repeat(10);
        for (text, settings, expected) in [
            (
                hundred.as_str(),
                of(50, 0),
                "the test split: of its tokens, 95 are for training, 5 for validation, 0 for the test",
            ),
            (
                &hundred,
                of(0, 50),
                "the validation split: of its tokens, 95 are for training, 0 for validation, 5 for the test",
            ),
            (
                &hundred,
                of(499, 500),
                "the training split: of its tokens, 0 are for training, 50 for validation, 50 for the \
                 test; each needs at least 2, one to read and one to predict: hold out less",
            ),
            ("abc", of(50, 50), "the validation split and the test split"),
            ("abcdefghijklmnopqrstuvwxyz", of(50, 50), "the validation split: "),
            ("", of(50, 50), "a.txt is empty; there is nothing to learn from or to score in it"),
            ("\u{feff}", of(50, 50), "a.txt is empty"),
            (&"a".repeat(100), of(50, 50), "a single type of token"),
        ] {
            let error = load(text, settings).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        assert!(load(&hundred, of(50, 50)).is_ok());
    }

    #[test]
    fn carriage_returns_make_the_same_text() {
        let plain = "ab cd\nef\n".repeat(20);
        let windows = format!("\u{feff}{}", plain.replace('\n', "\r\n"));
        let mac = plain.replace('\n', "\r");
        for tokeniser in [Tokeniser::Characters, Tokeniser::Words, Tokeniser::Prose] {
            let settings = TextSettings { tokeniser, ..TextSettings::default() };
            let [one, two, three] =
                [&plain, &windows, &mac].map(|text| load(text, settings).unwrap());
            assert_eq!((&one.vocabulary, &one.vocabulary), (&two.vocabulary, &three.vocabulary));
            assert_eq!((&one.train, &one.test), (&two.train, &two.test));
            assert_eq!((&one.train, &one.test), (&three.train, &three.test));
        }
    }

    #[test]
    fn what_is_kept_is_found_again_and_damage_is_mended() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("a.txt");
        fs::write(&path, "one two \n".repeat(200_000)).unwrap();
        let cache = root.path().join("cache");
        let places = Places::new(Vec::new(), Some(cache.clone()));
        let load = || load_text(&path, TextSettings::default(), &places, &mut |_| ()).unwrap();
        let first = load();
        let entries: Vec<_> = fs::read_dir(cache.join("tokens")).unwrap().collect();
        let [Ok(entry)] = &entries[..] else { panic!("{entries:?}") };
        let bytes = fs::read(entry.path()).unwrap();
        assert_eq!(load().train, first.train);
        let mut damaged = bytes.clone();
        damaged[bytes.len() / 2] ^= 1;
        fs::write(entry.path(), &damaged).unwrap();
        assert_eq!(load().train, first.train);
        assert_eq!(fs::read(entry.path()).unwrap(), bytes);
        // Another text, another entry.
        fs::write(&path, "one two \n".repeat(200_001)).unwrap();
        assert_eq!(load().test.len(), first.test.len() + 1);
    }
}
