//! The built-in stand-in pair of languages: generated sentences and their translations, for a machine without real ones.
//!
//! To translate them, one needs a lexicon and a memory:
//!
//! - the *order* changes: verbs go behind their objects, adjectives behind their nouns, prepositions behind theirs;
//! - *agreement*: target nouns have a gender, which articles and adjectives of the target show, before and after them;
//! - *senses*: half of the verbs have two translations, and the object, which comes after, decides.
//!
//! ```text
//! sentence  = noun-phrase verb noun-phrase [preposition noun-phrase] ["and" verb noun-phrase]
//!          -> noun-phrase noun-phrase verb [noun-phrase postposition] ["and" noun-phrase verb]
//! noun-phr. = article adjective* noun
//!          -> article noun adjective*
//! ```
//!
//! Words are made up. Everything is drawn in integer arithmetic, so the sentences are the same on every machine; each
//! split has a random stream of its own.

use std::collections::HashSet;

use rand_chacha::ChaCha8Rng;

use super::answers::SentencePairs;
use super::build::{ParallelTexts, Texts};
use super::settings::{MadePairsSettings, ParallelSettings};
use crate::catalogue::BUILTIN_PAIRS;
use crate::checksum;
use crate::draws::{below, stream};
use crate::error::DataError;
use crate::generated::Counts;
use crate::scored::Unit;
use crate::sequences::SequenceData;
use crate::source::{FileSum, Source};
use crate::tokeniser::Tokeniser;

const NOUNS: usize = 160;
const VERBS: usize = 60;
const ADJECTIVES: usize = 40;
const PREPOSITIONS: usize = 8;
/// Singular and plural.
const ARTICLES: [&str; 2] = ["la", "las"];
const AND: [&str; 2] = ["ke", "und"];
/// The most pairs of all splits: some hundred megabytes.
const MOST: u64 = 2_000_000;

impl MadePairsSettings {
    /// Those of the pairs that take the place of other parallel texts.
    pub(crate) fn in_place_of(settings: ParallelSettings, tokenised: bool) -> Self {
        let ParallelSettings { tokeniser, subwords, cutoff, reversed, .. } = settings;
        let ParallelSettings { shortest, longest, pairs, seed, .. } = settings;
        let tokeniser = tokeniser.or(tokenised.then_some(Tokeniser::Words));
        let sequences = Counts::default();
        Self { sequences, tokeniser, subwords, cutoff, reversed, shortest, longest, pairs, seed }
    }
}

/// Makes the pairs that the settings ask for.
pub(crate) fn load(settings: &MadePairsSettings) -> Result<SequenceData, DataError> {
    made(BUILTIN_PAIRS.name, settings, None)
}

/// Makes pairs in place of a set that could not be had; `note` says why.
pub(crate) fn stand_in(
    requested: &str,
    tokenised: bool,
    settings: ParallelSettings,
    note: String,
) -> Result<SequenceData, DataError> {
    made(requested, &MadePairsSettings::in_place_of(settings, tokenised), Some(note))
}

fn made(
    requested: &str,
    settings: &MadePairsSettings,
    note: Option<String>,
) -> Result<SequenceData, DataError> {
    let tokenised = settings.tokeniser == Some(Tokeniser::Words);
    let counts = settings.sequences;
    let counts = [counts.train, counts.valid, counts.test];
    if counts.iter().fold(0_u64, |sum, count| sum.saturating_add(*count)) > MOST {
        let reason = format!("more than {} pairs in all", words::thousands(MOST));
        return Err(DataError::setting("sequences", reason));
    }
    let sizes = counts.map(|count| count as usize);
    Unit::Sequences.require(BUILTIN_PAIRS.title, sizes, "give every split some (`sequences`)")?;
    let lexicon = Lexicon::new(&mut stream(settings.seed, "lexicon of pairs", 0));
    let splits = [0, 1, 2].map(|split| {
        let mut rng = stream(settings.seed, "sentences of pairs", split as u64);
        let mut pairs = SentencePairs::default();
        for _ in 0..sizes[split] {
            let [source, target] =
                lexicon.sentence(&mut rng).map(|words| written(&words, tokenised));
            pairs.sources.push(source);
            pairs.references.push(target);
        }
        pairs
    });
    let files = ["train", "valid", "test"].iter().zip(&splits).map(|(name, pairs)| {
        let text = format!("{}\n{}", pairs.sources.join("\n"), pairs.references.join("\n"));
        FileSum {
            name: format!("{name} (generated)"),
            bytes: text.len() as u64,
            sha256: checksum::of_bytes(text.as_bytes()),
        }
    });
    let source = Source {
        requested: requested.to_owned(),
        name: BUILTIN_PAIRS.name.to_owned(),
        title: BUILTIN_PAIRS.title.to_owned(),
        stand_in: true,
        location: "generated".to_owned(),
        files: files.collect(),
        note,
    };
    ParallelTexts { texts: Texts::Splits(splits), tokenised, source }.data(settings.parallel())
}

/// The words with a full stop: as tokens in small letters, or as people write them.
fn written(words: &[String], tokenised: bool) -> String {
    let text = words.join(" ");
    if tokenised {
        return format!("{text} .");
    }
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

/// A noun in both languages.
struct Noun {
    /// Singular and plural.
    source: [String; 2],
    target: [String; 2],
    /// The gender of the target's noun, which its companions show.
    gender: usize,
}

/// A verb of the source language, which has one or two in the target, by the gender of its object.
struct Verb {
    source: String,
    target: [String; 2],
}

/// All words of both languages.
struct Lexicon {
    nouns: Vec<Noun>,
    verbs: Vec<Verb>,
    /// Source, and the stem of the target.
    adjectives: Vec<[String; 2]>,
    prepositions: Vec<[String; 2]>,
}

/// A noun phrase in both languages.
struct Phrase {
    words: [Vec<String>; 2],
    gender: usize,
}

impl Lexicon {
    fn new(rng: &mut ChaCha8Rng) -> Self {
        let mut maker = Maker { rng, known: HashSet::new() };
        let nouns = (0..NOUNS).map(|_| {
            let [source, target] = [maker.stem(2), maker.stem(2)];
            Noun {
                source: [format!("{source}o"), format!("{source}oj")],
                target: [target.clone(), format!("{target}en")],
                gender: below(maker.rng, 2) as usize,
            }
        });
        let nouns = nouns.collect();
        let verbs = (0..VERBS).map(|number| {
            let source = format!("{}as", maker.stem(2));
            let one = format!("{}t", maker.stem(2));
            let other = match number % 2 {
                0 => one.clone(),
                _ => format!("{}t", maker.stem(2)),
            };
            Verb { source, target: [one, other] }
        });
        let verbs = verbs.collect();
        let mut pairs = |count: usize, syllables: u64, ending: &str| -> Vec<[String; 2]> {
            let pair = |_| [format!("{}{ending}", maker.stem(syllables)), maker.stem(syllables)];
            (0..count).map(pair).collect()
        };
        Self {
            nouns,
            verbs,
            adjectives: pairs(ADJECTIVES, 2, "a"),
            prepositions: pairs(PREPOSITIONS, 1, "u"),
        }
    }

    /// The words of a sentence and of its translation.
    fn sentence(&self, rng: &mut ChaCha8Rng) -> [Vec<String>; 2] {
        let subject = self.phrase(rng);
        let [mut source, mut target] = subject.words;
        self.predicate(rng, &mut source, &mut target);
        if below(rng, 10) < 3 {
            let [preposition, postposition] = one_of(&self.prepositions, rng).clone();
            let Phrase { words: [words, translated], .. } = self.phrase(rng);
            source.push(preposition);
            source.extend(words);
            target.extend(translated);
            target.push(postposition);
        }
        if below(rng, 10) < 2 {
            source.push(AND[0].to_owned());
            target.push(AND[1].to_owned());
            self.predicate(rng, &mut source, &mut target);
        }
        [source, target]
    }

    /// A verb and its object.
    fn predicate(&self, rng: &mut ChaCha8Rng, source: &mut Vec<String>, target: &mut Vec<String>) {
        let verb = one_of(&self.verbs, rng);
        let Phrase { words: [words, translated], gender } = self.phrase(rng);
        source.push(verb.source.clone());
        source.extend(words);
        target.extend(translated);
        target.push(verb.target[gender].clone());
    }

    fn phrase(&self, rng: &mut ChaCha8Rng) -> Phrase {
        let noun = one_of(&self.nouns, rng);
        let number = below(rng, 2) as usize;
        let (article, ending) = (["der", "die"][noun.gender], ["er", "e"][noun.gender]);
        let mut source = vec![ARTICLES[number].to_owned()];
        let mut target = vec![article.to_owned(), noun.target[number].clone()];
        for _ in 0..below(rng, 3) {
            let [adjective, translated] = one_of(&self.adjectives, rng);
            source.push(adjective.clone());
            target.push(format!("{translated}{ending}"));
        }
        source.push(noun.source[number].clone());
        Phrase { words: [source, target], gender: noun.gender }
    }
}

/// A draw, the first of the list more often than the last: the smaller of two ranks.
fn one_of<'l, T>(all: &'l [T], rng: &mut ChaCha8Rng) -> &'l T {
    let mut rank = || below(rng, all.len() as u64) as usize;
    let (one, two) = (rank(), rank());
    &all[one.min(two)]
}

/// Invents stems, never the same twice.
struct Maker<'r> {
    rng: &'r mut ChaCha8Rng,
    known: HashSet<String>,
}

impl Maker<'_> {
    /// At most `syllables` syllables and a consonant.
    fn stem(&mut self, syllables: u64) -> String {
        loop {
            let mut stem = String::new();
            for _ in 0..=below(self.rng, syllables) {
                stem.push(self.letter(b"bdfgklmnprstvz"));
                stem.push(self.letter(b"aeiou"));
            }
            stem.push(self.letter(b"bdfgklmnprstvz"));
            if self.known.insert(stem.clone()) {
                return stem;
            }
        }
    }

    fn letter(&mut self, letters: &[u8]) -> char {
        char::from(letters[below(self.rng, letters.len() as u64) as usize])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Split;
    use crate::sequences::Sequences;

    fn settings(train: u64) -> MadePairsSettings {
        MadePairsSettings {
            sequences: Counts { train, valid: 20, test: 20 },
            ..MadePairsSettings::default()
        }
    }

    #[test]
    fn sentences_are_the_same_on_every_machine() {
        let data = load(&settings(300)).unwrap();
        assert!(data.source.stand_in && data.source.title.contains("NOT real text"));
        let texts = data.answers.as_ref().unwrap().of(Split::Train);
        assert_eq!(texts.len(), 300);
        let first = (texts.sources[0].as_str(), texts.references[0].as_str());
        let expected = (
            "Las busiba zuda sefoj pododas las rosa vupoj ke turas la koga futo.",
            "Der ginen rofozer riber der zelen sikoner tofebt und die dipuf tupe mipebt.",
        );
        assert_eq!(first, expected);
        // A part of more is the same.
        let more = load(&settings(310)).unwrap();
        let more = more.answers.as_ref().unwrap().of(Split::Train);
        assert_eq!(more.sources[..300], texts.sources[..]);
        let other = MadePairsSettings { seed: 2, ..settings(300) };
        assert_ne!(load(&other).unwrap().train, data.train);
    }

    #[test]
    fn tokens_stand_apart_in_small_letters_where_words_are_wanted() {
        let tokens = MadePairsSettings { tokeniser: Some(Tokeniser::Words), ..settings(10) };
        let data = load(&tokens).unwrap();
        let texts = data.answers.as_ref().unwrap().of(Split::Train);
        assert!(
            texts
                .references
                .iter()
                .all(|text| text.ends_with(" .") && *text == text.to_lowercase())
        );
    }

    /// What a reader of whole words is told: that an unseen sentence has hardly an unknown word.
    #[test]
    fn a_few_thousand_sentences_show_all_words() {
        let data = load(&settings(5_000)).unwrap();
        let unknown = |split: &Sequences| {
            let crate::SequenceTargets::Sequences(targets) = split.targets() else { panic!() };
            targets.values().iter().filter(|id| **id == 0).count()
        };
        assert_eq!(unknown(&data.test), 0);
        let types = data.answers.unwrap().codec.vocabulary.len();
        assert!((450..520).contains(&types), "{types}");
    }

    #[test]
    fn too_many_and_none_are_refused() {
        for (sequences, expected) in [
            (Counts { train: MOST, valid: 1, test: 1 }, "sequences: more than 2,000,000 pairs"),
            (Counts { train: 10, valid: 0, test: 1 }, "nothing to score in the validation split"),
        ] {
            let settings = MadePairsSettings { sequences, ..MadePairsSettings::default() };
            let error = load(&settings).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
