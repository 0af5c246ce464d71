//! Brackets.

use rand_chacha::ChaCha8Rng;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use task::{IGNORE, InputKind, TargetKind};

use super::rule::{Answer, Counts, LONGEST, Read, Rule, within};
use crate::catalogue::{DatasetInfo, Task};
use crate::draws::below;
use crate::error::DataError;
use crate::sequences::Baseline;

pub(super) const INFO: DatasetInfo = DatasetInfo::generated(
    "dyck",
    "Dyck-k brackets (generated)",
    Task::SequenceTransduction,
    "any number of sequences; baseline loss ln k nats a closing bracket",
);

/// Which kind of bracket a closing bracket closes (after Hewitt et al. 2020, Dyck-(k, m)).
///
/// Input: a balanced string of `length` brackets, nested at most `depth` deep; an opening one
/// is its kind, 0 to `kinds` - 1, every closing one is `kinds`. At each step a fair coin
/// opens or closes, unless only one is possible. Kinds are uniform. Target: at a closing
/// bracket the kind that it closes, elsewhere nothing.
///
/// Baseline, ln `kinds` nats a closing bracket: kinds are drawn independently of each other
/// and of where brackets open and close, so to one who does not remember the bracket that is
/// closed every kind is equally likely.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Dyck {
    /// Steps of every sequence, an even number.
    length: usize,
    /// Kinds of brackets, from 2 to 1000.
    kinds: u32,
    /// The deepest nesting, at least 1.
    depth: usize,
    /// How many sequences each split has.
    sequences: Counts,
    /// The seed of all splits.
    seed: u64,
}

impl Default for Dyck {
    fn default() -> Self {
        Self { length: 100, kinds: 2, depth: 10, sequences: Counts::default(), seed: 1 }
    }
}

impl Rule for Dyck {
    fn made(&self) -> (Counts, u64) {
        (self.sequences, self.seed)
    }

    fn require(&self) -> Result<(), DataError> {
        within("length", self.length, 2, LONGEST)?;
        within("kinds", self.kinds as usize, 2, 1000)?;
        within("depth", self.depth, 1, LONGEST)?;
        if self.length.is_multiple_of(2) {
            return Ok(());
        }
        let reason = format!("{} is odd, but brackets come in pairs", self.length);
        Err(DataError::setting("length", reason))
    }

    fn input(&self) -> InputKind {
        InputKind::Tokens { types: self.kinds as usize + 1 }
    }

    fn target(&self) -> TargetKind {
        TargetKind::Tokens { types: self.kinds as usize }
    }

    fn steps(&self) -> usize {
        self.length
    }

    fn baseline(&self) -> Baseline {
        Baseline { loss: f64::from(self.kinds).ln(), unit: "nats a closing bracket" }
    }

    fn sequence(&self, rng: &mut ChaCha8Rng) -> (Read, Answer) {
        let Self { length, kinds, depth, .. } = *self;
        let mut open = Vec::new();
        let mut input = Vec::with_capacity(length);
        let mut target = Vec::with_capacity(length);
        for step in 0..length {
            let must_close = open.len() == depth.min(length - step);
            let closes = !open.is_empty() && (must_close || below(rng, 2) == 0);
            match open.pop_if(|_| closes) {
                Some(kind) => {
                    input.push(kinds);
                    target.push(kind);
                }
                None => {
                    let kind = below(rng, kinds.into()) as u32;
                    open.push(kind);
                    input.push(kind);
                    target.push(IGNORE);
                }
            }
        }
        (Read::Tokens(input), Answer::Tokens(target))
    }

    fn lags(&self, types: usize, inputs: &[u32], _: &[u32]) -> Vec<(usize, usize)> {
        lags(inputs, types as u32 - 1)
    }
}

/// The steps that close a bracket (the token `kinds`), each with the steps since it was opened.
fn lags(inputs: &[u32], kinds: u32) -> Vec<(usize, usize)> {
    let mut open = Vec::new();
    let mut lags = Vec::new();
    for (step, &bracket) in inputs.iter().enumerate() {
        if bracket < kinds {
            open.push(step);
        } else if let Some(opened) = open.pop() {
            lags.push((step, step - opened));
        }
    }
    lags
}

#[cfg(test)]
mod tests {
    #[test]
    fn lags_by_hand() {
        assert_eq!(super::lags(&[0, 1, 2, 2, 1, 2], 2), [(2, 1), (3, 3), (5, 1)]);
    }
}
