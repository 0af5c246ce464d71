//! The two-way map between words and ids.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use words::thousands;

use crate::error::DataError;
use crate::shown::shown;
use crate::write::write_whole;

/// The word that stands for all words outside a vocabulary.
pub const UNKNOWN: &str = "<unk>";

/// The words of a dataset, numbered from 0 without gaps.
///
/// Ids are given by first appearance in the training split (for the built-in language: in the
/// order of its lexicon), or, where rare words are cut off, by frequency ([`Cutoff`]). `<eos>`,
/// the end of a line, is a word like any other. Written by serde as the list of its words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Vocabulary {
    words: Vec<String>,
    ids: HashMap<String, u32>,
}

/// Which words of a training split are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Cutoff {
    /// Words seen fewer times are cut off.
    pub min_count: u64,
    /// At most this many words, the most frequent ones, `<unk>` included; 0 for no limit.
    pub max_words: usize,
}

impl Cutoff {
    /// An error unless it leaves room for a word beside `<unk>`.
    pub(crate) fn require(self) -> Result<(), DataError> {
        if self.max_words != 1 {
            return Ok(());
        }
        let reason = "`max_words: 1` leaves no word but `<unk>`; 2 and more are allowed, and 0 for all words";
        Err(DataError::setting("cutoff", reason))
    }
}

impl Default for Cutoff {
    /// Every word is kept.
    fn default() -> Self {
        Self { min_count: 1, max_words: 0 }
    }
}

impl Vocabulary {
    /// The number of words.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether there are no words.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The id of a word, if it is known.
    pub fn id(&self, word: &str) -> Option<u32> {
        self.ids.get(word).copied()
    }

    /// The id of a word, or that of `<unk>`; None if the vocabulary has neither.
    pub fn encode(&self, word: &str) -> Option<u32> {
        self.id(word).or_else(|| self.id(UNKNOWN))
    }

    /// The word with an id, if there is one.
    pub fn word(&self, id: u32) -> Option<&str> {
        self.words.get(id as usize).map(String::as_str)
    }

    /// All words, in the order of their ids.
    pub fn words(&self) -> impl ExactSizeIterator<Item = &str> {
        self.words.iter().map(String::as_str)
    }

    /// Writes the words to a JSON file, which appears whole or not at all.
    ///
    /// # Errors
    /// [`DataError::Io`] if the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), DataError> {
        write_whole(path, |out| Ok(serde_json::to_writer(out, &self.words)?))
    }

    /// Reads a file that [`Vocabulary::save`] wrote.
    ///
    /// # Errors
    /// [`DataError::Io`] if it cannot be read; [`DataError::BadRecord`] if it is not a JSON list
    /// of words, or a word stands in it twice.
    pub fn load(path: &Path) -> Result<Self, DataError> {
        let bytes = fs::read(path).map_err(|e| DataError::io("read", path, e))?;
        serde_json::from_slice(&bytes).map_err(|e| DataError::json(path, &e))
    }

    /// Words that are known to be different.
    pub(crate) fn of_distinct(words: Vec<String>) -> Self {
        let ids = words.iter().cloned().zip(0..).collect();
        Self { words, ids }
    }

    /// The id of a word, which is added if it is new.
    pub(crate) fn add(&mut self, word: &str) -> u32 {
        if let Some(id) = self.id(word) {
            return id;
        }
        let id = self.words.len() as u32;
        self.words.push(word.to_owned());
        self.ids.insert(word.to_owned(), id);
        id
    }

    /// The vocabulary that remains when rare words are cut off, and for each id here its id
    /// there: that of `<unk>` (0) for a word cut off.
    ///
    /// `counts` is how often each id occurs in the training split; words that do not occur there
    /// are always cut off. The words are ordered by falling frequency, equally frequent ones by
    /// their spelling, so that the result depends on the counts alone. With `held_out`, there is
    /// an `<unk>` even when every word is kept: a held-out text may have others. An error if no word
    /// is kept.
    pub(crate) fn cut(
        &self,
        counts: &[u64],
        cutoff: Cutoff,
        held_out: bool,
    ) -> Result<(Self, Vec<u32>), DataError> {
        let count = |id: usize| counts.get(id).copied().unwrap_or(0);
        let mut kept: Vec<usize> = (0..self.len())
            .filter(|&id| self.words[id] != UNKNOWN && count(id) >= cutoff.min_count.max(1))
            .collect();
        kept.sort_by(|&a, &b| {
            count(b).cmp(&count(a)).then_with(|| self.words[a].cmp(&self.words[b]))
        });
        if kept.is_empty() && counts.iter().any(|&count| count > 0) {
            let most = (0..self.len()).max_by_key(|&id| count(id)).unwrap_or_default();
            let reason = format!(
                "no word of the training split is seen {} times; the most frequent, {}, is seen {} times",
                thousands(cutoff.min_count),
                shown(&self.words[most]),
                thousands(count(most))
            );
            return Err(DataError::setting("cutoff", reason));
        }
        // Without a limit, or within it, none has to give its place to `<unk>`.
        let unknown = held_out || kept.len() < self.len();
        let most = match cutoff.max_words {
            0 => usize::MAX,
            most => most,
        };
        let unknown = unknown || kept.len() > most;
        kept.truncate(most - usize::from(unknown));
        let mut vocabulary = Self::default();
        if unknown {
            vocabulary.add(UNKNOWN);
        }
        let mut ids = vec![0; self.len()];
        for id in kept {
            ids[id] = vocabulary.add(&self.words[id]);
        }
        Ok((vocabulary, ids))
    }
}

/// Adds to the counts of all ids how often they occur here.
pub(crate) fn count(tokens: &[u32], counts: &mut [u64]) {
    for &token in tokens {
        if let Some(count) = counts.get_mut(token as usize) {
            *count += 1;
        }
    }
}

impl TryFrom<Vec<String>> for Vocabulary {
    type Error = String;

    fn try_from(words: Vec<String>) -> Result<Self, String> {
        let mut vocabulary = Self::default();
        for (id, word) in words.iter().enumerate() {
            if vocabulary.add(word) as usize != id {
                return Err(format!("the word {} stands in the vocabulary twice", shown(word)));
            }
        }
        Ok(vocabulary)
    }
}

impl From<Vocabulary> for Vec<String> {
    fn from(vocabulary: Vocabulary) -> Self {
        vocabulary.words
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(words: &[String]) -> (Vocabulary, Vec<u32>) {
        let mut vocabulary = Vocabulary::default();
        let tokens = words.iter().map(|word| vocabulary.add(word)).collect();
        (vocabulary, tokens)
    }

    fn counted(tokens: &[u32], size: usize) -> Vec<u64> {
        let mut counts = vec![0; size];
        count(tokens, &mut counts);
        counts
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 50, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn words_and_ids_are_one_to_one(words in prop::collection::vec("[a-d]{1,2}", 0..40)) {
            let mut vocabulary = Vocabulary::default();
            let mut first_seen = Vec::new();
            for word in &words {
                let id = vocabulary.add(word);
                prop_assert_eq!(vocabulary.word(id), Some(word.as_str()));
                prop_assert_eq!(vocabulary.id(word), Some(id));
                if !first_seen.contains(word) {
                    first_seen.push(word.clone());
                }
            }
            prop_assert!(vocabulary.words().eq(first_seen.iter().map(String::as_str)));
            prop_assert_eq!(vocabulary.word(vocabulary.len() as u32), None);
        }

        #[test]
        fn cutting_keeps_the_frequent_words(
            words in prop::collection::vec("[a-c]{1,2}", 1..60),
            min_count in 0u64..5,
            max_words in 0usize..8,
        ) {
            let (whole, tokens) = of(&words);
            let counts = counted(&tokens, whole.len());
            let Ok((cut, ids)) = whole.cut(&counts, Cutoff { min_count, max_words }, true) else {
                prop_assert!(counts.iter().all(|count| *count < min_count));
                return Ok(());
            };
            prop_assert_eq!(cut.word(0), Some(UNKNOWN));
            prop_assert!(max_words == 0 || cut.len() <= max_words);
            let seen = |word: &str| words.iter().filter(|other| *other == word).count() as u64;
            let rarest_kept = cut.words().skip(1).map(seen).min().unwrap_or(u64::MAX);
            for (id, word) in whole.words().enumerate() {
                match cut.id(word) {
                    Some(new) => {
                        prop_assert_eq!(ids[id], new);
                        prop_assert!(seen(word) >= min_count);
                    }
                    None => {
                        prop_assert_eq!(ids[id], 0);
                        // Cut off for its count, or for want of room among rarer words only.
                        let full = max_words > 0 && cut.len() == max_words;
                        prop_assert!(seen(word) < min_count || (full && seen(word) <= rarest_kept));
                    }
                }
            }
            let frequencies: Vec<u64> = cut.words().skip(1).map(seen).collect();
            prop_assert!(frequencies.is_sorted_by(|a, b| a >= b));
            // The same counts in another order of appearance give the same vocabulary.
            let backwards: Vec<String> = words.iter().rev().cloned().collect();
            let (other, tokens) = of(&backwards);
            let counts = counted(&tokens, other.len());
            prop_assert_eq!(other.cut(&counts, Cutoff { min_count, max_words }, true).unwrap().0, cut);
        }

        #[test]
        fn what_is_saved_is_loaded(words in prop::collection::vec("\\PC{1,3}", 0..20)) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("vocabulary.json");
            let (vocabulary, _) = of(&words);
            vocabulary.save(&path).unwrap();
            prop_assert_eq!(Vocabulary::load(&path).unwrap(), vocabulary);
        }
    }

    #[test]
    fn a_limit_that_is_not_passed_drops_no_word() {
        let (whole, tokens) = of(&["a", "b", "c", "a"].map(str::to_owned));
        let counts = counted(&tokens, whole.len());
        let cut = |max_words, held_out| {
            let cutoff = Cutoff { min_count: 1, max_words };
            whole.cut(&counts, cutoff, held_out).unwrap().0.words().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(cut(0, false), "a b c");
        assert_eq!(cut(3, false), "a b c");
        assert_eq!(cut(2, false), "<unk> a");
        // Where an `<unk>` is needed, it is one of them.
        assert_eq!(cut(4, true), "<unk> a b c");
        assert_eq!(cut(3, true), "<unk> a b");
    }

    #[test]
    fn a_cutoff_that_leaves_no_word_is_refused() {
        let (whole, tokens) = of(&["a", "a", "b"].map(str::to_owned));
        let counts = counted(&tokens, whole.len());
        let error = whole.cut(&counts, Cutoff { min_count: 3, max_words: 0 }, true).unwrap_err();
        let expected = "cutoff: no word of the training split is seen 3 times; the most frequent, `a`, is seen 2 times";
        assert_eq!(error.to_string(), expected);
        let error = Cutoff { min_count: 1, max_words: 1 }.require().unwrap_err().to_string();
        assert!(error.contains("`max_words: 1` leaves no word but `<unk>`"), "{error}");
    }

    #[test]
    fn a_word_outside_is_unknown() {
        let (with, _) = of(&["<unk>", "a"].map(str::to_owned));
        assert_eq!((with.encode("a"), with.encode("b")), (Some(1), Some(0)));
        let (without, _) = of(&["a".to_owned()]);
        assert_eq!(without.encode("b"), None);
    }

    #[test]
    fn a_damaged_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vocabulary.json");
        for (text, expected) in [
            ("[\"a\", \"b\"", "vocabulary.json, line 1, column 9: "),
            ("[\"a\",\n \"b\", \"a\"]", "the word `a` stands in the vocabulary twice"),
            ("{}", "invalid type: map"),
        ] {
            fs::write(&path, text).unwrap();
            let error = Vocabulary::load(&path).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
