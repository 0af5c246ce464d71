//! Some sequences side by side, time outermost, as a recurrent layer takes them.

use super::{Inputs, Sequences, Targets};
use crate::batches::IGNORE;
use crate::notes::Notes;

/// B sequences of different lengths, each filled up at its end to T steps.
#[derive(Debug, Clone, PartialEq)]
pub struct SequenceBatch {
    /// Time steps T: those of the longest sequence.
    pub steps: usize,
    /// Sequences B.
    pub batch: usize,
    /// The steps of each sequence, `[B]`: what comes after them is filling.
    pub lengths: Vec<usize>,
    /// Which sequences of the split these are, `[B]`.
    pub sequences: Vec<usize>,
    /// What goes in.
    pub inputs: BatchInputs,
    /// What is to come out.
    pub targets: BatchTargets,
}

/// Inputs of a batch; filling is 0.
#[derive(Debug, Clone, PartialEq)]
pub enum BatchInputs {
    /// Token ids, `[T, B]`: step t of sequence b is at `t * B + b`.
    Tokens(Vec<u32>),
    /// Numbers, `[T, B, width]`.
    Features {
        /// Numbers a step.
        width: usize,
        /// The numbers.
        values: Vec<f32>,
    },
}

/// Targets of a batch.
#[derive(Debug, Clone, PartialEq)]
pub enum BatchTargets {
    /// A class for each sequence, `[B]`.
    Classes(Vec<u32>),
    /// A number for each sequence, `[B]`.
    Values(Vec<f32>),
    /// A token for each step, `[T, B]`; [`IGNORE`] where nothing is asked and in the filling.
    Tokens(Vec<u32>),
    /// Yes (1) or no (0), `[T, B, width]`; the filling is 0 and not to be scored.
    Bits {
        /// Answers a step.
        width: usize,
        /// The answers.
        values: Vec<f32>,
    },
}

impl Sequences {
    /// The sequences with these numbers as a batch; numbers past the last are passed over.
    pub fn batch(&self, sequences: &[usize]) -> SequenceBatch {
        let sequences: Vec<usize> =
            sequences.iter().copied().filter(|&sequence| sequence < self.len()).collect();
        let lengths: Vec<usize> = sequences.iter().map(|&s| self.length(s)).collect();
        let steps = lengths.iter().copied().max().unwrap_or(0);
        let grid = Grid { sequences: &sequences, steps };
        let inputs = match &self.inputs {
            Inputs::Tokens(tokens) => {
                BatchInputs::Tokens(grid.fill(1, 0, |s| tokens.get(s), |&t| t))
            }
            Inputs::Features { width, values } => BatchInputs::Features {
                width: *width,
                values: grid.fill(*width, 0.0, |s| values.get(s), |&value| value),
            },
            Inputs::Pixels { width, values } => BatchInputs::Features {
                width: *width,
                values: grid.fill(*width, 0.0, |s| values.get(s), |&grey| f32::from(grey) / 255.0),
            },
            Inputs::Notes(notes) => BatchInputs::Features {
                width: Notes::WIDTH,
                values: grid.roll(1, |s| notes.get(s)),
            },
        };
        let targets = match &self.targets {
            Targets::Classes(classes) => {
                BatchTargets::Classes(sequences.iter().map(|&s| classes[s]).collect())
            }
            Targets::Values(values) => {
                BatchTargets::Values(sequences.iter().map(|&s| values[s]).collect())
            }
            Targets::Tokens(tokens) => {
                BatchTargets::Tokens(grid.fill(1, IGNORE, |s| tokens.get(s), |&token| token))
            }
            Targets::NextNotes => BatchTargets::Bits {
                width: Notes::WIDTH,
                values: match &self.inputs {
                    Inputs::Notes(notes) => grid.roll(0, |s| notes.get(s)),
                    // Refused when the sequences were made.
                    _ => Vec::new(),
                },
            },
        };
        SequenceBatch { steps, batch: sequences.len(), lengths, sequences, inputs, targets }
    }
}

/// The places of a batch.
struct Grid<'a> {
    sequences: &'a [usize],
    steps: usize,
}

impl Grid<'_> {
    /// `[T, B, width]` from sequences that hold `width` values a step.
    fn fill<'v, T: 'v, U: Copy>(
        &self,
        width: usize,
        filling: U,
        values: impl Fn(usize) -> Option<&'v [T]>,
        value: impl Fn(&T) -> U,
    ) -> Vec<U> {
        let mut filled = vec![filling; self.steps * self.sequences.len() * width];
        for (b, &sequence) in self.sequences.iter().enumerate() {
            let steps = values(sequence).unwrap_or_default().chunks_exact(width);
            for (t, step) in steps.enumerate() {
                let at = (t * self.sequences.len() + b) * width;
                for (to, from) in filled[at..at + width].iter_mut().zip(step) {
                    *to = value(from);
                }
            }
        }
        filled
    }

    /// `[T, B, 88]` from notes, each step `delay` steps later.
    fn roll<'v>(&self, delay: usize, notes: impl Fn(usize) -> Option<&'v [Notes]>) -> Vec<f32> {
        let width = Notes::WIDTH;
        let mut filled = vec![0.0; self.steps * self.sequences.len() * width];
        for (b, &sequence) in self.sequences.iter().enumerate() {
            let notes = notes(sequence).unwrap_or_default();
            let kept = notes.len().saturating_sub(delay);
            for (t, step) in notes[..kept].iter().enumerate() {
                let at = ((t + delay) * self.sequences.len() + b) * width;
                for midi in step.iter() {
                    filled[at + usize::from(midi - Notes::LOWEST)] = 1.0;
                }
            }
        }
        filled
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ragged::Ragged;

    fn notes(midi: &[u8]) -> Notes {
        let mut notes = Notes::default();
        for &note in midi {
            assert!(notes.insert(note));
        }
        notes
    }

    #[test]
    fn tokens_stand_side_by_side() {
        let inputs = Inputs::Tokens([vec![1, 2, 3], vec![4], vec![5, 6]].into_iter().collect());
        let targets =
            Targets::Tokens([vec![7, 8, 9], vec![IGNORE], vec![2, 3]].into_iter().collect());
        let batch = Sequences::new(inputs, targets).unwrap().batch(&[2, 0]);
        assert_eq!((batch.steps, batch.batch), (3, 2));
        assert_eq!(batch.lengths, [2, 3]);
        assert_eq!(batch.inputs, BatchInputs::Tokens(vec![5, 1, 6, 2, 0, 3]));
        assert_eq!(batch.targets, BatchTargets::Tokens(vec![2, 7, 3, 8, IGNORE, 9]));
    }

    #[test]
    fn grey_values_become_fractions() {
        let values = [vec![0u8, 51, 255, 0], vec![255, 255]].into_iter().collect();
        let inputs = Inputs::Pixels { width: 2, values };
        let batch = Sequences::new(inputs, Targets::Classes(vec![3, 4])).unwrap().batch(&[0, 1]);
        let values = vec![0.0, 0.2, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0];
        assert_eq!(batch.inputs, BatchInputs::Features { width: 2, values });
        assert_eq!(batch.targets, BatchTargets::Classes(vec![3, 4]));
    }

    #[test]
    fn a_step_of_music_is_asked_from_the_steps_before() {
        let pieces = [vec![notes(&[21, 108]), notes(&[60])], vec![notes(&[22])]];
        let pieces: Ragged<Notes> = pieces.into_iter().collect();
        let batch =
            Sequences::new(Inputs::Notes(pieces), Targets::NextNotes).unwrap().batch(&[0, 1]);
        let on = |values: &[f32]| -> Vec<[usize; 3]> {
            let on = values.iter().enumerate().filter(|(_, value)| **value == 1.0);
            on.map(|(at, _)| [at / 88 / 2, at / 88 % 2, at % 88]).collect()
        };
        let BatchInputs::Features { width: 88, values: inputs } = batch.inputs else {
            panic!("{:?}", batch.inputs);
        };
        let BatchTargets::Bits { width: 88, values: targets } = batch.targets else {
            panic!("{:?}", batch.targets);
        };
        assert_eq!(on(&targets), [[0, 0, 0], [0, 0, 87], [0, 1, 1], [1, 0, 39]]);
        assert_eq!(on(&inputs), [[1, 0, 0], [1, 0, 87]]);
        assert_eq!((inputs.len(), targets.len()), (2 * 2 * 88, 2 * 2 * 88));
    }
}
