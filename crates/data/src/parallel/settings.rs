//! The settings of parallel texts.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::corpus::WhenMissing;
use crate::generated::Counts;
use crate::split::HeldOut;
use crate::tokeniser::Tokeniser;
use crate::vocabulary::Cutoff;

/// Settings of a kind of parallel texts: its own, and those that all have.
macro_rules! settings {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty = $default:expr,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields, default)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)*
            /// How sentences of both languages are cut into tokens. Where it is not given: `words` for
            /// text that was cut before, else `prose`.
            pub tokeniser: Option<Tokeniser>,
            /// The most merges of byte-pair encoding, learned from each language's training sentences; 0 for
            /// whole tokens.
            pub subwords: usize,
            /// Which tokens (or pieces of them) of each language's training sentences are kept; the others
            /// are `<unk>`.
            pub cutoff: Cutoff,
            /// Whether source sentences are read backwards.
            pub reversed: bool,
            /// The fewest tokens of a sentence, in both languages. Where splits are published, of those to
            /// train on; else of all.
            pub shortest: usize,
            /// The most tokens of a sentence, in the same way; 0 for all.
            pub longest: usize,
            /// The most pairs, in the same way, drawn by `seed`; 0 for all.
            pub pairs: usize,
            /// The seed of what is drawn.
            pub seed: u64,
        }

        impl Default for $name {
            fn default() -> Self {
                let ParallelSettings { tokeniser, subwords, cutoff, reversed, shortest, longest, pairs, seed } =
                    ParallelSettings::default();
                Self {
                    $($field: $default,)*
                    tokeniser, subwords, cutoff, reversed, shortest, longest, pairs, seed,
                }
            }
        }

        impl $name {
            /// The settings that all parallel texts have.
            pub fn parallel(&self) -> ParallelSettings {
                let &Self { tokeniser, subwords, cutoff, reversed, shortest, longest, pairs, seed, .. } = self;
                ParallelSettings { tokeniser, subwords, cutoff, reversed, shortest, longest, pairs, seed }
            }
        }
    };
}

/// The settings that all parallel texts have; the types with them all say what they mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // the macro above has the one description of each
pub struct ParallelSettings {
    pub tokeniser: Option<Tokeniser>,
    pub subwords: usize,
    pub cutoff: Cutoff,
    pub reversed: bool,
    pub shortest: usize,
    pub longest: usize,
    pub pairs: usize,
    pub seed: u64,
}

impl Default for ParallelSettings {
    /// Whole tokens that are seen twice, all sentences, forwards.
    fn default() -> Self {
        Self {
            tokeniser: None,
            subwords: 0,
            cutoff: Cutoff { min_count: 2, max_words: 0 },
            reversed: false,
            shortest: 1,
            longest: 0,
            pairs: 0,
            seed: 1,
        }
    }
}

settings! {
    /// How Multi30k is read, plain or tokenised.
    Multi30kSettings {
        /// From which language into which.
        direction: GermanEnglish = GermanEnglish::FromGerman,
        /// What to do where the files are neither here nor to be had.
        when_missing: WhenMissing = WhenMissing::Error,
    }
}

settings! {
    /// How pairs of Tatoeba are read.
    TatoebaSettings {
        /// From which language into which.
        direction: EnglishFrench = EnglishFrench::FromEnglish,
        /// What is held out; there is no published split. A sentence of either language is in one split only.
        held_out: HeldOut = HeldOut { valid: 20, test: 20 },
        /// What to do where the files are neither here nor to be had.
        when_missing: WhenMissing = WhenMissing::Error,
    }
}

settings! {
    /// How parallel texts of the user's own are read. A split is two files (`[a.de, a.en]`), line by line the
    /// translation of each other, or one (`a.tsv`) whose lines hold sentence, tab, translation.
    PairsSettings {
        /// To train on; without others, all pairs.
        train: PairFiles = PairFiles::One(PathBuf::new()),
        /// To choose settings by; together with `test`.
        valid: Option<PairFiles> = None,
        /// To report on; together with `valid`.
        test: Option<PairFiles> = None,
        /// What is held out of `train` where the others are not given: a sentence of either language is in one
        /// split only.
        held_out: HeldOut = HeldOut::default(),
    }
}

settings! {
    /// Sizes of the generated language pair.
    MadePairsSettings {
        /// How many pairs each split has.
        sequences: Counts = Counts::default(),
    }
}

/// German and English, in one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum GermanEnglish {
    /// German into English.
    #[serde(rename = "de-en")]
    FromGerman,
    /// English into German.
    #[serde(rename = "en-de")]
    FromEnglish,
}

/// English and French, in one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum EnglishFrench {
    /// English into French.
    #[serde(rename = "en-fr")]
    FromEnglish,
    /// French into English.
    #[serde(rename = "fr-en")]
    FromFrench,
}

/// The files of a split.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum PairFiles {
    /// A table: sentence, tab, translation; what comes after another tab is passed over.
    One(PathBuf),
    /// A file of sentences and one of their translations.
    Two([PathBuf; 2]),
}

impl PairFiles {
    /// Its paths.
    pub fn paths(&self) -> &[PathBuf] {
        match self {
            Self::One(path) => std::slice::from_ref(path),
            Self::Two(paths) => paths,
        }
    }

    /// Its paths, to be changed.
    pub fn paths_mut(&mut self) -> &mut [PathBuf] {
        match self {
            Self::One(path) => std::slice::from_mut(path),
            Self::Two(paths) => paths,
        }
    }
}

impl PairsSettings {
    /// The files of each split that is given, by its key.
    pub fn files(&self) -> impl Iterator<Item = (&'static str, &PairFiles)> {
        let held_out = [("valid", self.valid.as_ref()), ("test", self.test.as_ref())];
        let held_out = held_out.into_iter().filter_map(|(key, files)| Some((key, files?)));
        std::iter::once(("train", &self.train)).chain(held_out)
    }

    /// The same, to be changed.
    pub fn files_mut(&mut self) -> impl Iterator<Item = &mut PairFiles> {
        std::iter::once(&mut self.train).chain(self.valid.as_mut()).chain(self.test.as_mut())
    }
}
