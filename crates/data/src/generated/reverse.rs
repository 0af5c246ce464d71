//! Strings, to be written backwards.

use rand_chacha::ChaCha8Rng;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use task::{InputKind, TargetKind};

use super::rule::{Answer, Counts, LONGEST, Read, Rule, within};
use crate::catalogue::{DatasetInfo, Task};
use crate::draws::below;
use crate::error::DataError;
use crate::sequences::Baseline;

pub(super) const INFO: DatasetInfo = DatasetInfo::generated(
    "reverse",
    "strings to be reversed (generated)",
    Task::SequenceToSequence,
    "any number of sequences; baseline loss (m ln k + ln n) / (m + 1) nats a token",
);

/// A string, to be written backwards: another sequence as answer, for an encoder and a decoder
/// (Sutskever et al. 2014 found that they learn better what they read backwards).
///
/// Input: `shortest` to `longest` letters, each length equally likely, each letter drawn uniformly
/// from 0 to `letters` - 1. Target: the letters in the opposite order, then the end token,
/// `letters`.
///
/// Baseline, (m ln `letters` + ln n) / (m + 1) nats a token, m being the mean length and n the
/// number of lengths: to one who remembers nothing of the string every letter costs ln `letters`,
/// and where it ends, told step by step, ln n in all.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Reverse {
    /// Different letters, from 2 to 1000.
    letters: u32,
    /// Letters of the shortest string, at least 1.
    shortest: usize,
    /// Letters of the longest.
    longest: usize,
    /// How many sequences each split has.
    sequences: Counts,
    /// The seed of all splits.
    seed: u64,
}

impl Default for Reverse {
    fn default() -> Self {
        Self { letters: 8, shortest: 2, longest: 8, sequences: Counts::default(), seed: 1 }
    }
}

impl Rule for Reverse {
    fn made(&self) -> (Counts, u64) {
        (self.sequences, self.seed)
    }

    fn require(&self) -> Result<(), DataError> {
        within("letters", self.letters as usize, 2, 1000)?;
        within("longest", self.longest, 1, LONGEST)?;
        within("shortest", self.shortest, 1, self.longest)
    }

    fn input(&self) -> InputKind {
        InputKind::Tokens { types: self.letters as usize }
    }

    fn target(&self) -> TargetKind {
        TargetKind::Sequence { types: self.letters as usize + 1 }
    }

    fn steps(&self) -> usize {
        self.longest.saturating_mul(2).saturating_add(1)
    }

    fn baseline(&self) -> Baseline {
        let mean = (self.shortest as f64 + self.longest as f64) / 2.0;
        let lengths = (self.longest - self.shortest + 1) as f64;
        let nats = mean * f64::from(self.letters).ln() + lengths.ln();
        Baseline { loss: nats / (mean + 1.0), unit: "nats a token" }
    }

    fn sequence(&self, rng: &mut ChaCha8Rng) -> (Read, Answer) {
        let Self { letters, shortest, longest, .. } = *self;
        let length = shortest + below(rng, (longest - shortest + 1) as u64) as usize;
        let string: Vec<u32> = (0..length).map(|_| below(rng, letters.into()) as u32).collect();
        let backwards = string.iter().rev().copied().chain([letters]).collect();
        (Read::Tokens(string), Answer::Sequence(backwards))
    }
}
