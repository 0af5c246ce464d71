//! Numbers, to be written in words.

use rand_chacha::ChaCha8Rng;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use task::{InputKind, TargetKind};

use super::rule::{Answer, Counts, Read, Rule, within};
use crate::catalogue::{DatasetInfo, Task};
use crate::draws::below;
use crate::error::DataError;
use crate::sequences::Baseline;

pub(super) const INFO: DatasetInfo = DatasetInfo::generated(
    "spelling",
    "numbers to be spelt (generated)",
    Task::SequenceToSequence,
    "any number of sequences; baseline loss ln n / (m + 1) nats a token",
);

/// The words of zero to nineteen are the tokens 0 to 19, those of twenty, thirty to ninety 20 to 27.
const TWENTY: u32 = 20;
const HUNDRED: u32 = 28;
const THOUSAND: u32 = 29;
const END: u32 = 30;

/// A number in digits, to be written in English words: 42 as "forty two".
///
/// Input: the digits of a number below 10^`digits`, all equally likely. Target: its words (30 different
/// ones, "and" is not used), then the end token.
///
/// Baseline, ln n / (m + 1) nats a token, n = 10^`digits` being the numbers and m their mean count of
/// words: numbers and their spellings are one to one, so to one who remembers nothing of the digits a
/// spelling costs ln n in all.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Spelling {
    /// Digits of the largest number, from 1 to 6.
    digits: usize,
    /// How many sequences each split has.
    sequences: Counts,
    /// The seed of all splits.
    seed: u64,
}

impl Default for Spelling {
    fn default() -> Self {
        Self { digits: 4, sequences: Counts::default(), seed: 1 }
    }
}

impl Rule for Spelling {
    fn made(&self) -> (Counts, u64) {
        (self.sequences, self.seed)
    }

    fn require(&self) -> Result<(), DataError> {
        within("digits", self.digits, 1, 6)
    }

    fn input(&self) -> InputKind {
        InputKind::Tokens { types: 10 }
    }

    fn target(&self) -> TargetKind {
        TargetKind::Sequence { types: END as usize + 1 }
    }

    fn steps(&self) -> usize {
        // At most "nine hundred ninety nine thousand nine hundred ninety nine".
        self.digits + 10
    }

    fn baseline(&self) -> Baseline {
        let numbers = self.numbers();
        let words: usize = (0..numbers).map(|number| spelt(number).len()).sum();
        let mean = words as f64 / f64::from(numbers);
        Baseline { loss: f64::from(numbers).ln() / (mean + 1.0), unit: "nats a token" }
    }

    fn sequence(&self, rng: &mut ChaCha8Rng) -> (Read, Answer) {
        let number = below(rng, self.numbers().into()) as u32;
        let digits = number.to_string().bytes().map(|digit| u32::from(digit - b'0')).collect();
        let mut words = spelt(number);
        words.push(END);
        (Read::Tokens(digits), Answer::Sequence(words))
    }
}

impl Spelling {
    fn numbers(&self) -> u32 {
        10_u32.pow(self.digits as u32)
    }
}

/// The words of a number below a million.
fn spelt(number: u32) -> Vec<u32> {
    let below_hundred = |n: u32| match (n / 10, n % 10) {
        (0 | 1, _) => vec![n],
        (tens, 0) => vec![TWENTY + tens - 2],
        (tens, ones) => vec![TWENTY + tens - 2, ones],
    };
    let and_rest = |mut words: Vec<u32>, rest: u32| {
        if rest > 0 {
            words.extend(spelt(rest));
        }
        words
    };
    match number {
        0..100 => below_hundred(number),
        100..1000 => and_rest(vec![number / 100, HUNDRED], number % 100),
        _ => {
            let mut words = spelt(number / 1000);
            words.push(THOUSAND);
            and_rest(words, number % 1000)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_by_hand() {
        let (hundred, thousand) = (HUNDRED, THOUSAND);
        assert_eq!(spelt(0), [0]);
        assert_eq!(spelt(42), [22, 2]);
        assert_eq!(spelt(90), [27]);
        assert_eq!(spelt(219), [2, hundred, 19]);
        assert_eq!(spelt(700_013), [7, hundred, thousand, 13]);
        let longest = [9, hundred, 27, 9, thousand, 9, hundred, 27, 9];
        assert_eq!(spelt(999_999), longest);
    }
}
