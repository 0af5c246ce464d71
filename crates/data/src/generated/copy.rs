//! Ten symbols, to be repeated after a delay.

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
    "copy",
    "copy memory (generated)",
    Task::SequenceTransduction,
    "any number of sequences; baseline loss 10 ln 8 / (T + 20) nats a step",
);
pub(super) const SELECTIVE: DatasetInfo = DatasetInfo::generated(
    "selective-copy",
    "selective copy (generated)",
    Task::SequenceTransduction,
    "any number of sequences; baseline loss 10 ln 8 / (T + 20) nats a step",
);

/// Different symbols: the tokens 1 to 8. The token 0 is blank.
const SYMBOLS: u32 = 8;
/// Asks for the symbols.
const SIGNAL: u32 = SYMBOLS + 1;
/// Symbols to remember.
const COUNT: usize = 10;
const BLANK: u32 = 0;

/// Ten symbols, to be repeated after a delay (Hochreiter & Schmidhuber 1997; in the form of
/// Arjovsky et al. 2016).
///
/// Input, `delay` + 20 steps: ten symbols drawn uniformly from 1 to 8, `delay` - 1 blanks (0),
/// the signal 9, ten blanks. Target: `delay` + 10 blanks, then the ten symbols.
///
/// Baseline, 10 ln 8 / (`delay` + 20) nats a step: one who counts steps knows every blank for
/// certain, which costs 0; the ten symbols are independent and uniform, so without memory
/// each costs ln 8; the loss is the mean over all `delay` + 20 steps.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Copy {
    /// Steps between the symbols and their repetition, at least 1.
    delay: usize,
    /// How many sequences each split has.
    sequences: Counts,
    /// The seed of all splits.
    seed: u64,
}

impl Default for Copy {
    fn default() -> Self {
        Self { delay: 100, sequences: Counts::default(), seed: 1 }
    }
}

/// As [`Copy`], but the ten symbols stand at random places among `delay` + 9
/// steps, and are to be repeated in order without the blanks (after Gu & Dao 2023). Where they
/// stood does not matter, so the baseline is the same.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct SelectiveCopy {
    /// Steps between the symbols and their repetition, at least 1.
    delay: usize,
    /// How many sequences each split has.
    sequences: Counts,
    /// The seed of all splits.
    seed: u64,
}

impl Default for SelectiveCopy {
    fn default() -> Self {
        Self { delay: 100, sequences: Counts::default(), seed: 1 }
    }
}

impl Rule for Copy {
    fn made(&self) -> (Counts, u64) {
        (self.sequences, self.seed)
    }

    fn require(&self) -> Result<(), DataError> {
        within("delay", self.delay, 1, LONGEST)
    }

    fn input(&self) -> InputKind {
        InputKind::Tokens { types: SIGNAL as usize + 1 }
    }

    fn target(&self) -> TargetKind {
        TargetKind::Tokens { types: SYMBOLS as usize + 1 }
    }

    fn steps(&self) -> usize {
        steps(self.delay)
    }

    fn baseline(&self) -> Baseline {
        baseline(self.delay)
    }

    fn sequence(&self, rng: &mut ChaCha8Rng) -> (Read, Answer) {
        with_symbols_at(rng, self.delay, 0..COUNT)
    }

    fn lags(&self, _: usize, inputs: &[u32], targets: &[u32]) -> Vec<(usize, usize)> {
        lags(inputs, targets)
    }
}

impl Rule for SelectiveCopy {
    fn made(&self) -> (Counts, u64) {
        (self.sequences, self.seed)
    }

    fn require(&self) -> Result<(), DataError> {
        within("delay", self.delay, 1, LONGEST)
    }

    fn input(&self) -> InputKind {
        InputKind::Tokens { types: SIGNAL as usize + 1 }
    }

    fn target(&self) -> TargetKind {
        TargetKind::Tokens { types: SYMBOLS as usize + 1 }
    }

    fn steps(&self) -> usize {
        steps(self.delay)
    }

    fn baseline(&self) -> Baseline {
        baseline(self.delay)
    }

    fn sequence(&self, rng: &mut ChaCha8Rng) -> (Read, Answer) {
        // Each place is taken with the chance that leaves all sets of ten equally likely.
        let places = self.delay + COUNT - 1;
        let mut chosen = Vec::with_capacity(COUNT);
        for place in 0..places {
            let wanted = (COUNT - chosen.len()) as u64;
            if below(rng, (places - place) as u64) < wanted {
                chosen.push(place);
            }
        }
        with_symbols_at(rng, self.delay, chosen)
    }

    fn lags(&self, _: usize, inputs: &[u32], targets: &[u32]) -> Vec<(usize, usize)> {
        lags(inputs, targets)
    }
}

/// Steps of a sequence.
fn steps(delay: usize) -> usize {
    delay + 2 * COUNT
}

fn baseline(delay: usize) -> Baseline {
    let nats = COUNT as f64 * f64::from(SYMBOLS).ln();
    Baseline { loss: nats / steps(delay) as f64, unit: "nats a step" }
}

/// The steps that answer with a symbol, each with the steps since that symbol was read.
fn lags(inputs: &[u32], targets: &[u32]) -> Vec<(usize, usize)> {
    fn symbols(tokens: &[u32]) -> impl Iterator<Item = usize> {
        let steps = tokens.iter().enumerate();
        steps.filter(|(_, token)| (1..=SYMBOLS).contains(token)).map(|(step, _)| step)
    }
    let pairs = symbols(targets).zip(symbols(inputs));
    pairs.filter_map(|(answer, read)| Some((answer, answer.checked_sub(read)?))).collect()
}

fn with_symbols_at(
    rng: &mut ChaCha8Rng,
    delay: usize,
    places: impl IntoIterator<Item = usize>,
) -> (Read, Answer) {
    let length = steps(delay);
    let mut input = vec![BLANK; length];
    let mut target = vec![BLANK; length - COUNT];
    for place in places {
        let symbol = 1 + below(rng, SYMBOLS.into()) as u32;
        input[place] = symbol;
        target.push(symbol);
    }
    input[length - COUNT - 1] = SIGNAL;
    (Read::Tokens(input), Answer::Tokens(target))
}

#[cfg(test)]
mod tests {
    #[test]
    fn lags_by_hand() {
        // 3 and 5 are read at 0 and 2, answered at 4 and 5.
        assert_eq!(super::lags(&[3, 0, 5, 9, 0, 0], &[0, 0, 0, 0, 3, 5]), [(4, 4), (5, 3)]);
    }
}
