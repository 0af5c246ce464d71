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
/// of the rest, other tokens are `<unk>`. Token ids are kept in the cache folder.
///
/// # Errors
/// [`DataError::Empty`], [`DataError::NotUtf8`], [`DataError::LongWord`] for a file that is no
/// text; [`DataError::BadSetting`] if nothing is left to train on; [`DataError::Io`].
pub fn load_text(
    path: &Path,
    settings: TextSettings,
    places: &Places,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Corpus, DataError> {
    let TextSettings { tokeniser, cutoff, held_out } = settings;
    held_out.require()?;
    progress(Progress::Reading { path });
    let file = checksum::of_whole_file(path)?;
    let slot = corpus::slot(places, std::slice::from_ref(&file), &[&format!("{settings:?}")]);
    let entry = cache::remembered(slot, corpus::is_corpus, progress, || {
        let (mut tokens, words) = corpus::read_training(path, tokeniser)?;
        let [train, valid] = corpus::tail(tokens.len(), held_out.valid, held_out.test);
        let mut counts = vec![0; words.len()];
        vocabulary::count(&tokens[..train], &mut counts);
        let (vocabulary, ids) = words.cut(&counts, cutoff, false);
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
        fn splits_spell_the_text_in_order(text in "[a-d \n]{1,60}", valid in 0u32..500, test in 0u32..499) {
            let held_out = HeldOut { valid, test };
            let corpus = load(&text, TextSettings { held_out, ..TextSettings::default() }).unwrap();
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
