//! Datasets for comparing recurrent networks: found, fetched, verified, tokenised, batched.
//!
//! - [`load_corpus`] gives a word-level language-modelling [`Corpus`]: the Penn Treebank (`ptb`),
//!   WikiText-2 (`wikitext-2`), or the generated stand-in language (`builtin`).
//! - [`load_sequences`] gives any dataset of many sequences ([`SequenceDataset`]): IMDB reviews,
//!   names, MNIST, music, spoken digits, parallel texts, generated tasks, a table or recordings of the user's own; [`SequenceBatches`] puts
//!   them together by length.
//! - [`load_imdb`] gives the 50,000 labelled reviews of the IMDB sentiment dataset as texts.
//! - [`LanguageBatches`] cuts a token stream into windows for truncated back-propagation.
//! - [`unigram_nll`] is the floor that every language model must beat.
//! - [`datasets`] and [`locate()`] say what there is and what of it is on this machine.
//!
//! ```
//! use data::{BatchSettings, Places, SequenceBatches, SequenceDataset, load_sequences};
//!
//! let dataset: SequenceDataset =
//!     serde_json::from_str(r#"{"name": "adding", "length": 50, "sequences": {"train": 100}}"#)?;
//! let data = load_sequences(&dataset, &Places::from_env(), &mut |_| ())?;
//! let epoch = SequenceBatches::training(&data.train, BatchSettings::default(), 1, 0)?;
//! for batch in epoch.iter() {
//!     assert_eq!((batch.steps, batch.lengths.len()), (50, batch.batch));
//! }
//! assert_eq!(data.baseline.map(|baseline| baseline.loss), Some(1.0 / 6.0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What is loaded is what was published: token counts, vocabulary sizes and checksums are
//! compared with the published ones, and a difference is an error. A dataset that is nowhere on
//! the machine is downloaded (where its terms restrict its use: once somebody has accepted them,
//! [`fetch`]), and only when that fails does a caller who asked for it ([`WhenMissing::Builtin`])
//! get the stand-in, marked as such in its [`Source`].

mod baseline;
mod batches;
mod bounded;
mod cache;
mod catalogue;
mod check;
mod checksum;
mod codec;
mod corpus;
mod dataset;
mod decode;
mod download;
mod draws;
mod error;
mod facts;
mod generated;
mod imdb;
mod install;
mod labelled;
mod language;
mod licence;
mod lines;
mod locate;
mod matlab;
mod mnist;
mod music;
mod names;
mod notes;
mod open;
mod parallel;
mod patience;
mod places;
mod progress;
mod proxy;
mod quoting;
mod ragged;
mod records;
mod reload;
mod scored;
mod sentence;
mod sequences;
mod shown;
mod source;
mod spec;
mod speech;
mod split;
mod subwords;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod text_file;
mod tokeniser;
mod unknown;
mod unpack;
mod vocabulary;
mod write;

pub use audio::Recording;
pub use baseline::unigram_nll;
pub use batches::LanguageBatches;
pub use catalogue::{DatasetInfo, Task, datasets};
pub use check::check;
pub use codec::TextCodec;
pub use corpus::{Corpus, WhenMissing, load_corpus};
pub use dataset::{SequenceDataset, load_sequences};
pub use decode::read_text;
pub use error::{DataError, MissingDataset, Owner};
pub use facts::Fact;
pub use generated::{Counts, Generated};
pub use imdb::{Imdb, ImdbSettings, Review, load_imdb, load_imdb_sequences};
pub use install::fetch;
pub use locate::{Located, locate};
pub use mnist::{MnistSettings, PixelOrder, load_mnist};
pub use music::load_music;
pub use names::{NamesSettings, load_names};
pub use notes::Notes;
pub use parallel::{
    EnglishFrench, GermanEnglish, MadePairsSettings, Multi30kSettings, PairFiles, PairsSettings,
    ParallelSettings, SentencePairs, TatoebaSettings, TextAnswers, encode_pairs, load_pairs,
    reload_pairs,
};
pub use places::Places;
pub use progress::Progress;
pub use quoting::Quoting;
pub use ragged::Ragged;
pub use reload::{EncodedText, encode_file, encode_table, reload_table, reload_text};
pub use sequences::{
    Baseline, BatchSettings, Buckets, ClassCount, Repeated, SequenceBatches, SequenceData,
    SequenceInputs, SequenceTargets, Sequences,
};
pub use shown::shown;
pub use source::{FileSum, Source};
pub use speech::{
    Augmentation, FsddSettings, FsddSplit, Normalisation, OwnSplit, Speech, SpeechInput,
    SpeechSettings, StringSettings, Units, load_fsdd, load_speech,
};
pub use split::{HeldOut, Split};
pub use subwords::Subwords;
pub use table::{TableSettings, load_table};
pub use text_file::{TextSettings, load_text};
pub use tokeniser::{Joiner, Tokeniser};
pub use vocabulary::{Cutoff, UNKNOWN, Vocabulary};
