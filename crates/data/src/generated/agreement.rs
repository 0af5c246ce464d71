//! A subject, other words, a verb.

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
    "agreement",
    "long-range agreement (generated)",
    Task::SequenceClassification,
    "any number of sequences; baseline loss ln 2 nats",
);

/// The token that asks; the words are those below.
const VERB: u32 = 10;

/// The number of a subject, asked after many other words (after Linzen et al. 2016).
///
/// Input: the subject, singular (0) or plural (1) with a fair coin; `length` - 2 words drawn
/// uniformly from ten, of which two are again 0 and 1; the verb (10), which asks. Target: the
/// subject's number.
///
/// Baseline, ln 2 nats: the words after the subject are independent of it, so one who does not
/// remember it has a fair coin before him.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Agreement {
    /// Steps of every sequence.
    length: usize,
    /// How many sequences each split has.
    sequences: Counts,
    /// The seed of all splits.
    seed: u64,
}

impl Default for Agreement {
    fn default() -> Self {
        Self { length: 100, sequences: Counts::default(), seed: 1 }
    }
}

impl Rule for Agreement {
    fn made(&self) -> (Counts, u64) {
        (self.sequences, self.seed)
    }

    fn require(&self) -> Result<(), DataError> {
        within("length", self.length, 2, LONGEST)
    }

    fn input(&self) -> InputKind {
        InputKind::Tokens { types: VERB as usize + 1 }
    }

    fn target(&self) -> TargetKind {
        TargetKind::Class { classes: 2 }
    }

    fn classes(&self) -> &'static [&'static str] {
        &["singular", "plural"]
    }

    fn steps(&self) -> usize {
        self.length
    }

    fn baseline(&self) -> Baseline {
        Baseline { loss: 2.0_f64.ln(), unit: "nats a sequence" }
    }

    fn sequence(&self, rng: &mut ChaCha8Rng) -> (Read, Answer) {
        let subject = below(rng, 2) as u32;
        let between = (2..self.length).map(|_| below(rng, VERB.into()) as u32);
        let words = std::iter::once(subject).chain(between).chain([VERB]).collect();
        (Read::Tokens(words), Answer::Class(subject))
    }
}
