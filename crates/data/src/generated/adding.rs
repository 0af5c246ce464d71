//! Two marked numbers.

use rand_chacha::ChaCha8Rng;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use task::{InputKind, TargetKind};

use super::rule::{Answer, Counts, LONGEST, Read, Rule, within};
use crate::catalogue::{DatasetInfo, Task};
use crate::draws::{below, unit};
use crate::error::DataError;
use crate::sequences::Baseline;

pub(super) const INFO: DatasetInfo = DatasetInfo::generated(
    "adding",
    "adding problem (generated)",
    Task::SequenceRegression,
    "any number of sequences; baseline loss 1/6 (squared error)",
);

/// A number and a mark.
const WIDTH: usize = 2;

/// The sum of two marked numbers among many (Hochreiter & Schmidhuber 1997; in the form of
/// Arjovsky et al. 2016).
///
/// Input: at each of `length` steps a number from U[0, 1) and a mark, 1 at one random step of
/// either half and 0 elsewhere. Target: the sum of the two marked numbers.
///
/// Baseline, squared error 1/6: the best constant answer is the mean, 1, and its expected
/// squared error the variance of the sum of two independent numbers from U(0, 1), 2 / 12. (The
/// numbers have 24 bits, which changes the sixth by less than 1e-7.)
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Adding {
    /// Steps of every sequence.
    length: usize,
    /// How many sequences each split has.
    sequences: Counts,
    /// The seed of all splits.
    seed: u64,
}

impl Default for Adding {
    fn default() -> Self {
        Self { length: 100, sequences: Counts::default(), seed: 1 }
    }
}

impl Rule for Adding {
    fn made(&self) -> (Counts, u64) {
        (self.sequences, self.seed)
    }

    fn require(&self) -> Result<(), DataError> {
        within("length", self.length, 2, LONGEST)
    }

    fn input(&self) -> InputKind {
        InputKind::Features { width: WIDTH }
    }

    fn target(&self) -> TargetKind {
        TargetKind::Value
    }

    fn steps(&self) -> usize {
        self.length
    }

    fn baseline(&self) -> Baseline {
        Baseline { loss: 1.0 / 6.0, unit: "squared error" }
    }

    fn sequence(&self, rng: &mut ChaCha8Rng) -> (Read, Answer) {
        let length = self.length;
        let half = length / 2;
        let first = below(rng, half as u64) as usize;
        let second = half + below(rng, (length - half) as u64) as usize;
        let mut values = Vec::with_capacity(WIDTH * length);
        let mut sum = 0.0;
        for step in 0..length {
            let number = unit(rng);
            let marked = step == first || step == second;
            if marked {
                sum += number;
            }
            values.extend([number, f32::from(u8::from(marked))]);
        }
        (Read::Features(values), Answer::Value(sum))
    }
}
