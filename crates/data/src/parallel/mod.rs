//! Sentences and their translations: found, read in pairs, cut into tokens, split.

mod answers;
mod build;
mod corpora;
mod made;
mod own;
mod read;
mod settings;

pub use answers::{SentencePairs, TextAnswers};
pub(crate) use corpora::{check, load_multi30k, load_tatoeba};
pub(crate) use made::load as load_made;
pub use own::{encode_pairs, load_pairs, reload_pairs};
pub use settings::{
    EnglishFrench, GermanEnglish, MadePairsSettings, Multi30kSettings, PairFiles, PairsSettings,
    ParallelSettings, TatoebaSettings,
};
