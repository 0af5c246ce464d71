//! Sequences with what is to be answered to each: one shape for classification, regression,
//! transduction and music.

mod batch;
mod buckets;
mod classes;
mod repeated;

pub use buckets::{BatchSettings, Buckets, SequenceBatches};
pub use classes::ClassCount;
pub use repeated::Repeated;

use crate::codec::TextCodec;
use crate::error::DataError;
use crate::notes::Notes;
use crate::parallel::TextAnswers;
use crate::ragged::Ragged;
use crate::source::Source;
use crate::speech::Speech;
use crate::split::Split;
use task::{InputKind, TargetKind};

/// A dataset of many sequences, in three splits.
#[derive(Debug, Clone)]
pub struct SequenceData {
    /// What it is and where it was taken from.
    pub source: Source,
    /// What a step of the input is.
    pub input: InputKind,
    /// What is to be answered.
    pub target: TargetKind,
    /// How texts became token ids, where the inputs are texts.
    pub text: Option<TextCodec>,
    /// The same of answers, and their texts, where the answers are texts.
    pub answers: Option<TextAnswers>,
    /// The names of the classes, for class targets; of the labels, for these.
    pub classes: Vec<String>,
    /// The loss to beat, where it is known exactly.
    pub baseline: Option<Baseline>,
    /// What is known of recordings, where there are some.
    pub speech: Option<Box<Speech>>,
    /// To train on.
    pub train: Sequences,
    /// To choose settings by. Empty if the dataset was asked for without.
    pub valid: Sequences,
    /// To report on.
    pub test: Sequences,
}

impl SequenceData {
    /// The sequences of a split.
    pub fn split(&self, split: Split) -> &Sequences {
        match split {
            Split::Train => &self.train,
            Split::Valid => &self.valid,
            Split::Test => &self.test,
        }
    }
}

/// The expected loss of the best answer that knows how the sequences are made, but not what this
/// one holds: to be beaten only by remembering. It is derived where the task is described.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Baseline {
    /// The mean loss, over the sequences or over the steps that count.
    pub loss: f64,
    /// Its unit, such as "nats a step".
    pub unit: &'static str,
}

/// The inputs of some sequences.
#[derive(Debug, Clone, PartialEq)]
pub enum SequenceInputs {
    /// A token id at each step.
    Tokens(Ragged<u32>),
    /// `width` numbers at each step, one step after another.
    Features {
        /// Numbers a step.
        width: usize,
        /// The sequences, each of `width` times its steps.
        values: Ragged<f32>,
    },
    /// `width` grey values at each step; a batch holds them divided by 255.
    Pixels {
        /// Grey values a step.
        width: usize,
        /// The sequences, each of `width` times its steps.
        values: Ragged<u8>,
    },
    /// The notes sounding at each step.
    Notes(Ragged<Notes>),
}

/// What is to be answered to some sequences.
#[derive(Debug, Clone, PartialEq)]
pub enum SequenceTargets {
    /// A class for each sequence.
    Classes(Vec<u32>),
    /// A number for each sequence.
    Values(Vec<f32>),
    /// A token for each step; [`IGNORE`](task::IGNORE) where nothing is asked.
    Tokens(Ragged<u32>),
    /// Another sequence of tokens for each sequence, of a length of its own, with its end token.
    Sequences(Ragged<u32>),
    /// Labels in their order, fewer than steps and at no known ones; without an end token.
    Labels(Ragged<u32>),
    /// The notes of each step, from those of the steps before: so the input of a step is what
    /// sounded at the step before, and silence at the first. Every step is scored once, as in
    /// Boulanger-Lewandowski et al. (2012).
    NextNotes,
}

/// Some sequences with their targets. Each has at least one step.
#[derive(Debug, Clone, PartialEq)]
pub struct Sequences {
    inputs: SequenceInputs,
    targets: SequenceTargets,
}

impl Sequences {
    /// Sequences that belong to these targets.
    ///
    /// # Errors
    /// [`DataError::BadSequence`] if a sequence has no step or a broken one, or if the targets are
    /// not as many as the sequences or their steps, or are [`SequenceTargets::NextNotes`] to anything but
    /// notes.
    pub fn new(inputs: SequenceInputs, targets: SequenceTargets) -> Result<Self, DataError> {
        let bad = |sequence, reason: String| Err(DataError::BadSequence { sequence, reason });
        let count = inputs.count();
        for sequence in 0..count {
            let values = inputs.values(sequence);
            let width = inputs.width();
            if values == 0 {
                return bad(sequence, "it has no steps".to_owned());
            }
            if width == 0 || !values.is_multiple_of(width) {
                let reason = format!("its {values} values are no whole steps of {width}");
                return bad(sequence, reason);
            }
        }
        let answers = match &targets {
            SequenceTargets::Classes(classes) => classes.len(),
            SequenceTargets::Values(values) => values.len(),
            SequenceTargets::Tokens(tokens)
            | SequenceTargets::Sequences(tokens)
            | SequenceTargets::Labels(tokens) => tokens.len(),
            SequenceTargets::NextNotes if matches!(inputs, SequenceInputs::Notes(_)) => count,
            SequenceTargets::NextNotes => {
                return bad(0, "only notes can be their own targets".to_owned());
            }
        };
        if answers != count {
            let reason = format!("there are {count} sequences, but {answers} targets");
            return bad(answers.min(count), reason);
        }
        if let SequenceTargets::Sequences(targets) = &targets
            && let Some(sequence) = targets.iter().position(<[u32]>::is_empty)
        {
            return bad(sequence, "its target has no steps, not even that of its end".to_owned());
        }
        let sequences = Self { inputs, targets };
        if let SequenceTargets::Tokens(tokens) = &sequences.targets {
            for (sequence, (answers, steps)) in tokens.iter().zip(sequences.lengths()).enumerate() {
                if answers.len() != steps {
                    let reason = format!("it has {steps} steps, but {} targets", answers.len());
                    return bad(sequence, reason);
                }
            }
        }
        Ok(sequences)
    }

    /// Sequences that their maker knows to belong to these targets.
    pub(crate) fn made(inputs: SequenceInputs, targets: SequenceTargets) -> Self {
        Self { inputs, targets }
    }

    /// The number of sequences.
    pub fn len(&self) -> usize {
        self.inputs.count()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The steps of a sequence; 0 past the last.
    pub fn length(&self, sequence: usize) -> usize {
        self.inputs.values(sequence) / self.inputs.width().max(1)
    }

    /// The steps of each sequence, in order.
    pub fn lengths(&self) -> impl ExactSizeIterator<Item = usize> {
        (0..self.len()).map(|sequence| self.length(sequence))
    }

    /// What goes in.
    pub fn inputs(&self) -> &SequenceInputs {
        &self.inputs
    }

    /// What is to come out.
    pub fn targets(&self) -> &SequenceTargets {
        &self.targets
    }

    /// The sequences with these numbers, in this order.
    pub fn select(&self, sequences: &[usize]) -> Self {
        fn some<T: Copy>(values: &[T], sequences: &[usize]) -> Vec<T> {
            sequences.iter().filter_map(|&sequence| values.get(sequence).copied()).collect()
        }
        let inputs = match &self.inputs {
            SequenceInputs::Tokens(tokens) => SequenceInputs::Tokens(tokens.select(sequences)),
            SequenceInputs::Features { width, values } => {
                SequenceInputs::Features { width: *width, values: values.select(sequences) }
            }
            SequenceInputs::Pixels { width, values } => {
                SequenceInputs::Pixels { width: *width, values: values.select(sequences) }
            }
            SequenceInputs::Notes(notes) => SequenceInputs::Notes(notes.select(sequences)),
        };
        let targets = match &self.targets {
            SequenceTargets::Classes(classes) => SequenceTargets::Classes(some(classes, sequences)),
            SequenceTargets::Values(values) => SequenceTargets::Values(some(values, sequences)),
            SequenceTargets::Tokens(tokens) => SequenceTargets::Tokens(tokens.select(sequences)),
            SequenceTargets::Sequences(targets) => {
                SequenceTargets::Sequences(targets.select(sequences))
            }
            SequenceTargets::Labels(labels) => SequenceTargets::Labels(labels.select(sequences)),
            SequenceTargets::NextNotes => SequenceTargets::NextNotes,
        };
        Self { inputs, targets }
    }
}

impl SequenceInputs {
    /// Values a step.
    fn width(&self) -> usize {
        match self {
            Self::Tokens(_) | Self::Notes(_) => 1,
            Self::Features { width, .. } | Self::Pixels { width, .. } => *width,
        }
    }

    fn count(&self) -> usize {
        match self {
            Self::Tokens(tokens) => tokens.len(),
            Self::Features { values, .. } => values.len(),
            Self::Pixels { values, .. } => values.len(),
            Self::Notes(notes) => notes.len(),
        }
    }

    /// How many values a sequence has.
    fn values(&self, sequence: usize) -> usize {
        match self {
            Self::Tokens(tokens) => tokens.get(sequence).map_or(0, <[u32]>::len),
            Self::Features { values, .. } => values.get(sequence).map_or(0, <[f32]>::len),
            Self::Pixels { values, .. } => values.get(sequence).map_or(0, <[u8]>::len),
            Self::Notes(notes) => notes.get(sequence).map_or(0, <[Notes]>::len),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ragged<T: Clone>(sequences: &[&[T]]) -> Ragged<T> {
        sequences.iter().map(|sequence| sequence.to_vec()).collect()
    }

    #[test]
    fn what_does_not_belong_together_is_refused() {
        let tokens = || SequenceInputs::Tokens(ragged(&[&[1, 2], &[3]]));
        let features =
            |width| SequenceInputs::Features { width, values: ragged(&[&[1.0, 2.0, 3.0]]) };
        for (inputs, targets, expected) in [
            (
                tokens(),
                SequenceTargets::Classes(vec![0]),
                "sequence 1 (counted from 0): there are 2",
            ),
            (
                tokens(),
                SequenceTargets::Values(vec![0.0; 3]),
                "there are 2 sequences, but 3 targets",
            ),
            (
                tokens(),
                SequenceTargets::Tokens(ragged(&[&[1, 2], &[]])),
                "it has 1 steps, but 0 targets",
            ),
            (tokens(), SequenceTargets::NextNotes, "only notes"),
            (
                SequenceInputs::Tokens(ragged(&[&[1], &[]])),
                SequenceTargets::Classes(vec![0; 2]),
                "sequence 1 (counted from 0): it has no steps",
            ),
            (
                tokens(),
                SequenceTargets::Sequences(ragged(&[&[1], &[]])),
                "sequence 1 (counted from 0): its target has no steps",
            ),
            (
                features(2),
                SequenceTargets::Values(vec![0.0]),
                "its 3 values are no whole steps of 2",
            ),
            (features(0), SequenceTargets::Values(vec![0.0]), "no whole steps of 0"),
        ] {
            let error = Sequences::new(inputs, targets).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        let whole = Sequences::new(features(3), SequenceTargets::Values(vec![0.5])).unwrap();
        assert_eq!(whole.lengths().collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn a_selection_keeps_answers_with_their_sequences() {
        let inputs = SequenceInputs::Tokens(ragged(&[&[1, 2], &[3], &[4, 5, 6]]));
        let all = Sequences::new(inputs, SequenceTargets::Classes(vec![7, 8, 9])).unwrap();
        let some = all.select(&[2, 0]);
        assert_eq!(some.inputs(), &SequenceInputs::Tokens(ragged(&[&[4, 5, 6], &[1, 2]])));
        assert_eq!(some.targets(), &SequenceTargets::Classes(vec![9, 7]));
    }
}
