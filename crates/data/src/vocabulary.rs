//! The two-way map between words and ids.

use std::collections::HashMap;

/// The words of a corpus, numbered from 0 without gaps.
///
/// Ids are given by first appearance in the training split (for the built-in language: in the
/// order of its lexicon). `<eos>`, the end of a line, is a word like any other.
#[derive(Debug, Clone, Default)]
pub struct Vocabulary {
    words: Vec<String>,
    ids: HashMap<String, u32>,
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

    /// The word with an id, if there is one.
    pub fn word(&self, id: u32) -> Option<&str> {
        self.words.get(id as usize).map(String::as_str)
    }

    /// All words, in the order of their ids.
    pub fn words(&self) -> impl ExactSizeIterator<Item = &str> {
        self.words.iter().map(String::as_str)
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
    }
}
