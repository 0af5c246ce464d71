//! Scores of what a model writes against what it should have written: pure functions from texts to
//! numbers, no I/O.
//!
//! - [`Bleu`]: words and their neighbours in common, of a whole test set or of one sentence;
//! - [`Chrf`]: characters and their neighbours in common;
//! - [`ErrorRate`]: edits between labels, and answers with any.
//!
//! The first two are equal to sacreBLEU's on golden files and carry its signature, without which a BLEU says
//! nothing: the same answers differ by several points between ways of counting.
//!
//! ```
//! use metrics::{Bleu, BleuCounts};
//!
//! let pairs = [("The cat sat on the mat.", "The cat is on the mat."), ("Yes!", "Yes!")];
//! let counts: BleuCounts =
//!     pairs.iter().map(|(answer, reference)| Bleu::CASED.counts(answer, reference)).sum();
//! assert_eq!(format!("{:.2}", counts.corpus()), "50.20");
//! assert_eq!(Bleu::CASED.signature(), "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0");
//! ```

mod bleu;
mod chrf;
mod edit;
mod mteval;
mod ngrams;
mod python;

pub use bleu::{Bleu, BleuCounts, BleuTokens};
pub use chrf::{Chrf, ChrfCounts};
pub use edit::{Edits, ErrorRate};

/// The version of sacreBLEU to which scores are equal.
pub const SACREBLEU: &str = "2.6.0";
