//! The words: pronounceable, made up, and told apart by their endings (for human readers; a model
//! sees whole words).
//!
//! | class | ending | words |
//! |---|---|---|
//! | nouns, singular and plural | `-o`, `-oj` | 1,200 of each |
//! | verbs, singular and plural | `-as`, `-is` | 500 of each |
//! | adjectives | `-a` | 400 |
//! | adverbs | `-e` | 125 |
//! | prepositions | `-u` | 20 |
//! | determiners, the relative word, "and", the full stop, the end of the line | | 9 |

use std::collections::HashSet;

use rand_chacha::ChaCha8Rng;

use super::zipf::{Zipf, percent};
use crate::draws::below;
use crate::tokeniser::END_OF_LINE;
use crate::vocabulary::Vocabulary;

pub(super) const TOPICS: usize = 25;
const NOUNS: usize = 1200;
const VERBS: usize = 500;
const ADJECTIVES: usize = 400;
const ADVERBS: usize = 125;
const PREPOSITIONS: usize = 20;
/// None of them shows number: only the noun does.
const DETERMINERS: [&str; 5] = ["la", "mi", "nu", "ti", "ves"];

/// All words and how often each class uses which.
#[derive(Debug)]
pub(super) struct Lexicon {
    pub(super) vocabulary: Vocabulary,
    pub(super) nouns: Class<2>,
    pub(super) verbs: Class<2>,
    pub(super) adjectives: Class<1>,
    pub(super) adverbs: Class<1>,
    pub(super) prepositions: Class<1>,
    pub(super) determiners: Class<1>,
    /// Begins a relative clause.
    pub(super) that: u32,
    pub(super) and: u32,
    pub(super) full_stop: u32,
    pub(super) end_of_line: u32,
}

/// Words of one class in F forms each (singular and plural, or only one), most frequent first.
#[derive(Debug)]
pub(super) struct Class<const F: usize> {
    forms: Vec<[u32; F]>,
    all: Zipf,
    of_topic: Zipf,
}

impl<const F: usize> Class<F> {
    fn new(forms: Vec<[u32; F]>) -> Self {
        Self { all: Zipf::new(forms.len()), of_topic: Zipf::new(forms.len() / TOPICS), forms }
    }

    /// The forms of a word, whatever the topic.
    pub(super) fn any(&self, rng: &mut ChaCha8Rng) -> [u32; F] {
        self.forms[self.all.draw(rng)]
    }

    /// The forms of a word, in four of five cases one that belongs to the topic: every 25th of
    /// the class, so that each topic has frequent and rare words.
    pub(super) fn about(&self, topic: usize, rng: &mut ChaCha8Rng) -> [u32; F] {
        if percent(rng, 80) {
            self.forms[topic + TOPICS * self.of_topic.draw(rng)]
        } else {
            self.any(rng)
        }
    }
}

impl Lexicon {
    pub(super) fn new(rng: &mut ChaCha8Rng) -> Self {
        let mut vocabulary = Vocabulary::default();
        let end_of_line = vocabulary.add(END_OF_LINE);
        let full_stop = vocabulary.add(".");
        let that = vocabulary.add("ke");
        let and = vocabulary.add("kaj");
        let determiners = DETERMINERS.map(|word| [vocabulary.add(word)]).to_vec();
        let mut maker = Maker { rng, stems: HashSet::new(), vocabulary };
        Self {
            prepositions: Class::new(maker.words(PREPOSITIONS, 1, ["u"])),
            nouns: Class::new(maker.words(NOUNS, 2, ["o", "oj"])),
            verbs: Class::new(maker.words(VERBS, 2, ["as", "is"])),
            adjectives: Class::new(maker.words(ADJECTIVES, 2, ["a"])),
            adverbs: Class::new(maker.words(ADVERBS, 2, ["e"])),
            determiners: Class::new(determiners),
            vocabulary: maker.vocabulary,
            that,
            and,
            full_stop,
            end_of_line,
        }
    }
}

/// Invents words, never the same stem twice.
struct Maker<'r> {
    rng: &'r mut ChaCha8Rng,
    stems: HashSet<String>,
    vocabulary: Vocabulary,
}

impl Maker<'_> {
    /// `count` new stems of at most `syllables` syllables and a consonant, with each ending.
    fn words<const F: usize>(
        &mut self,
        count: usize,
        syllables: u64,
        endings: [&str; F],
    ) -> Vec<[u32; F]> {
        let mut words = Vec::with_capacity(count);
        while words.len() < count {
            let stem = self.stem(syllables);
            if self.stems.insert(stem.clone()) {
                words.push(endings.map(|ending| self.vocabulary.add(&format!("{stem}{ending}"))));
            }
        }
        words
    }

    fn stem(&mut self, syllables: u64) -> String {
        let mut stem = String::new();
        for _ in 0..=below(self.rng, syllables) {
            stem.push(self.letter(b"bdfgklmnprstvz"));
            stem.push(self.letter(b"aeiou"));
        }
        stem.push(self.letter(b"bdfgklmnprstvz"));
        stem
    }

    fn letter(&mut self, letters: &[u8]) -> char {
        char::from(letters[below(self.rng, letters.len() as u64) as usize])
    }
}
