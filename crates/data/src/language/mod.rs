//! The built-in stand-in language: generated text for a machine without the real corpora.
//!
//! It is made so that memory matters, in two ways that a few preceding words do not give away:
//!
//! - **agreement**: a verb has the number of its subject, which may stand many words before it,
//!   with other nouns of either number in between ([`grammar`]);
//! - **topics**: a paragraph stays with one of 25 topics, which decides most of its words.
//!
//! How much memory matters, as perplexities on the validation split: 318 for word frequencies, 100
//! for the best n-gram (interpolated, absolute discounting; two words, since with three and four
//! it gets worse), 28 for one who knows the lexicon, tracks the topic and takes each word's class
//! from six words before it. Agreement over longer distances is not yet in the last.
//!
//! Words are made up and follow Zipf's law ([`lexicon`], [`zipf`]). Everything is drawn from
//! ChaCha8 with a fixed seed in integer arithmetic, so the text is the same on every machine;
//! the splits come from separate streams of the generator.

mod grammar;
mod lexicon;
mod zipf;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::catalogue::BUILTIN;
use crate::checksum;
use crate::corpus::Corpus;
use crate::source::{FileSum, Source};
use crate::tokeniser::Tokeniser;
use grammar::Writer;
use lexicon::Lexicon;

const SEED: [u8; 32] = *b"rnnlab built-in language, no. 1\n";

/// The splits, and at how many tokens each ends with the sentence that is being written.
const SPLITS: [(&str, usize); 3] = [("train", 1_000_000), ("valid", 75_000), ("test", 80_000)];

/// Generates the whole language. `note` says why, if it was not asked for by name.
pub(crate) fn corpus(requested: &str, note: Option<String>) -> Corpus {
    // ChaCha has 2^64 independent streams for one seed: 0 for the words, one for each split.
    let lexicon = Lexicon::new(&mut stream(0));
    let [train, valid, test] = [0, 1, 2].map(|split| {
        let mut writer = Writer::new(&lexicon, stream(split as u64 + 1));
        let (_, length) = SPLITS[split];
        let mut tokens = Vec::with_capacity(length + 100);
        while tokens.len() < length {
            writer.sentence(&mut tokens);
        }
        tokens
    });
    let splits = [&train, &valid, &test];
    let files = SPLITS.iter().zip(splits).map(|((name, _), tokens)| FileSum {
        name: format!("{name} (generated)"),
        bytes: 4 * tokens.len() as u64,
        sha256: checksum::of_tokens(tokens),
    });
    Corpus {
        source: Source {
            requested: requested.to_owned(),
            name: BUILTIN.name.to_owned(),
            title: BUILTIN.title.to_owned(),
            stand_in: true,
            location: "generated".to_owned(),
            files: files.collect(),
            note,
        },
        tokeniser: Tokeniser::Words,
        vocabulary: lexicon.vocabulary,
        train,
        valid,
        test,
    }
}

fn stream(number: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::from_seed(SEED);
    rng.set_stream(number);
    rng
}
