//! Odd or even.

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
    "parity",
    "parity of bits (generated)",
    Task::SequenceClassification,
    "any number of sequences; baseline loss ln 2 nats",
);

/// Whether the number of ones among random bits is odd.
///
/// Input: `length` fair bits. Target: class 0 (even) or 1 (odd).
///
/// Baseline, ln 2 nats: a bit that is not known makes the parity of all a fair coin, so any
/// answer that misses one bit has an expected loss of at least ln 2, which the answer 1/2 has.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Parity {
    /// Steps of every sequence.
    length: usize,
    /// How many sequences each split has.
    sequences: Counts,
    /// The seed of all splits.
    seed: u64,
}

impl Default for Parity {
    fn default() -> Self {
        Self { length: 100, sequences: Counts::default(), seed: 1 }
    }
}

impl Rule for Parity {
    fn made(&self) -> (Counts, u64) {
        (self.sequences, self.seed)
    }

    fn require(&self) -> Result<(), DataError> {
        within("length", self.length, 2, LONGEST)
    }

    fn input(&self) -> InputKind {
        InputKind::Tokens { types: 2 }
    }

    fn target(&self) -> TargetKind {
        TargetKind::Class { classes: 2 }
    }

    fn classes(&self) -> &'static [&'static str] {
        &["even", "odd"]
    }

    fn steps(&self) -> usize {
        self.length
    }

    fn baseline(&self) -> Baseline {
        Baseline { loss: 2.0_f64.ln(), unit: "nats a sequence" }
    }

    fn sequence(&self, rng: &mut ChaCha8Rng) -> (Read, Answer) {
        let bits: Vec<u32> = (0..self.length).map(|_| below(rng, 2) as u32).collect();
        let ones: u32 = bits.iter().sum();
        (Read::Tokens(bits), Answer::Class(ones % 2))
    }
}
