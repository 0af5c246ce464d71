//! The sentences.
//!
//! ```text
//! line      = [adverb] noun-phrase verb-phrase ["and" verb-phrase] "." <eos>
//! noun-phr. = determiner adjective* noun [preposition noun-phr. | relative]
//! relative  = "that" noun-phrase verb           the inner noun phrase is the subject
//!           | "that" verb noun-phrase           the noun before "that" is the subject
//! verb-phr. = [adverb] verb [noun-phrase] [preposition noun-phrase]
//! ```
//!
//! Each verb has the number of its subject; that of every other noun is free. A relative clause
//! always belongs to the noun before it, so one who remembers can always tell.

use rand_chacha::ChaCha8Rng;

use super::lexicon::{Lexicon, TOPICS};
use super::zipf::percent;
use crate::draws::below;

/// Noun phrases nested deeper than this stay plain.
const DEEPEST: usize = 3;

/// Writes one split, sentence after sentence.
pub(super) struct Writer<'l> {
    lexicon: &'l Lexicon,
    rng: ChaCha8Rng,
    topic: usize,
    out: Vec<u32>,
}

/// Singular 0, plural 1: an index into the forms of nouns and verbs.
type Number = usize;

impl<'l> Writer<'l> {
    pub(super) fn new(lexicon: &'l Lexicon, mut rng: ChaCha8Rng) -> Self {
        let topic = below(&mut rng, TOPICS as u64) as usize;
        Self { lexicon, rng, topic, out: Vec::new() }
    }

    /// Appends one sentence with its end of line. The topic changes after ten on average.
    pub(super) fn sentence(&mut self, tokens: &mut Vec<u32>) {
        if self.chance(10) {
            self.topic = below(&mut self.rng, TOPICS as u64) as usize;
        }
        if self.chance(15) {
            self.adverb();
        }
        let number = self.noun_phrase(0);
        self.verb_phrase(number);
        if self.chance(25) {
            self.out.push(self.lexicon.and);
            self.verb_phrase(number);
        }
        self.out.push(self.lexicon.full_stop);
        self.out.push(self.lexicon.end_of_line);
        tokens.append(&mut self.out);
    }

    /// Returns the number of its noun.
    fn noun_phrase(&mut self, depth: usize) -> Number {
        let [determiner] = self.lexicon.determiners.any(&mut self.rng);
        self.out.push(determiner);
        while self.chance(25) {
            let [adjective] = self.lexicon.adjectives.about(self.topic, &mut self.rng);
            self.out.push(adjective);
        }
        let number = below(&mut self.rng, 2) as Number;
        let noun = self.lexicon.nouns.about(self.topic, &mut self.rng);
        self.out.push(noun[number]);
        if depth < DEEPEST {
            // The less the deeper, lest sentences grow without end.
            match below(&mut self.rng, 100) * (depth as u64 + 1) {
                0..30 => self.preposition(depth),
                30..60 => self.relative(number, depth),
                _ => {}
            }
        }
        number
    }

    fn relative(&mut self, number: Number, depth: usize) {
        self.out.push(self.lexicon.that);
        if self.chance(50) {
            let inner = self.noun_phrase(depth + 1);
            self.verb(inner);
        } else {
            self.verb(number);
            self.noun_phrase(depth + 1);
        }
    }

    fn verb_phrase(&mut self, number: Number) {
        if self.chance(15) {
            self.adverb();
        }
        self.verb(number);
        if self.chance(60) {
            self.noun_phrase(1);
        }
        if self.chance(25) {
            self.preposition(1);
        }
    }

    fn preposition(&mut self, depth: usize) {
        let [preposition] = self.lexicon.prepositions.any(&mut self.rng);
        self.out.push(preposition);
        self.noun_phrase(depth + 1);
    }

    fn verb(&mut self, number: Number) {
        let verb = self.lexicon.verbs.about(self.topic, &mut self.rng);
        self.out.push(verb[number]);
    }

    fn adverb(&mut self) {
        let [adverb] = self.lexicon.adverbs.about(self.topic, &mut self.rng);
        self.out.push(adverb);
    }

    fn chance(&mut self, percents: u64) -> bool {
        percent(&mut self.rng, percents)
    }
}
