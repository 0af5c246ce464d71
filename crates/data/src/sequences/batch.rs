//! Some sequences side by side, time outermost, as a recurrent layer takes them.

use super::{SequenceInputs, SequenceTargets, Sequences};
use crate::notes::Notes;
use task::{IGNORE, Inputs, TargetSequences, Targets, Window};

impl Sequences {
    /// The sequences with these numbers as a batch; numbers past the last are passed over.
    pub fn batch(&self, sequences: &[usize]) -> Window {
        let sequences: Vec<usize> =
            sequences.iter().copied().filter(|&sequence| sequence < self.len()).collect();
        let lengths: Vec<usize> = sequences.iter().map(|&s| self.length(s)).collect();
        let steps = lengths.iter().copied().max().unwrap_or(0);
        let grid = Grid { sequences: &sequences, steps };
        let inputs = match &self.inputs {
            SequenceInputs::Tokens(tokens) => {
                Inputs::Tokens(grid.fill(1, 0, |s| tokens.get(s), |&t| t))
            }
            SequenceInputs::Features { width, values } => Inputs::Features {
                width: *width,
                values: grid.fill(*width, 0.0, |s| values.get(s), |&value| value),
            },
            SequenceInputs::Pixels { width, values } => Inputs::Features {
                width: *width,
                values: grid.fill(*width, 0.0, |s| values.get(s), |&grey| f32::from(grey) / 255.0),
            },
            SequenceInputs::Notes(notes) => {
                Inputs::Features { width: Notes::WIDTH, values: grid.roll(1, |s| notes.get(s)) }
            }
        };
        let targets = match &self.targets {
            SequenceTargets::Classes(classes) => {
                Targets::Classes(sequences.iter().map(|&s| classes[s]).collect())
            }
            SequenceTargets::Values(values) => {
                Targets::Values(sequences.iter().map(|&s| values[s]).collect())
            }
            SequenceTargets::Tokens(tokens) => {
                Targets::Tokens(grid.fill(1, IGNORE, |s| tokens.get(s), |&token| token))
            }
            SequenceTargets::Sequences(targets) => {
                let length = |&s: &usize| targets.get(s).map_or(0, <[u32]>::len);
                let lengths: Vec<usize> = sequences.iter().map(length).collect();
                let steps = lengths.iter().copied().max().unwrap_or(0);
                let grid = Grid { sequences: &sequences, steps };
                let tokens = grid.fill(1, IGNORE, |s| targets.get(s), |&token| token);
                Targets::Sequences(TargetSequences { steps, lengths, tokens })
            }
            SequenceTargets::Labels(labels) => Targets::Labels(
                sequences.iter().map(|&s| labels.get(s).unwrap_or_default().to_vec()).collect(),
            ),
            SequenceTargets::NextNotes => Targets::Bits {
                width: Notes::WIDTH,
                values: match &self.inputs {
                    SequenceInputs::Notes(notes) => {
                        let mut answers = grid.roll(0, |s| notes.get(s));
                        grid.unscored(Notes::WIDTH, &lengths, &mut answers);
                        answers
                    }
                    // Refused when the sequences were made.
                    _ => Vec::new(),
                },
            },
        };
        Window { steps, batch: sequences.len(), lengths, inputs, targets }
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

    /// Marks the filling of answers `[T, B, width]` as not to be scored.
    fn unscored(&self, width: usize, lengths: &[usize], answers: &mut [f32]) {
        for (position, answers) in answers.chunks_exact_mut(width).enumerate() {
            if position / lengths.len() >= lengths[position % lengths.len()] {
                answers.fill(f32::NAN);
            }
        }
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
        let inputs =
            SequenceInputs::Tokens([vec![1, 2, 3], vec![4], vec![5, 6]].into_iter().collect());
        let targets = SequenceTargets::Tokens(
            [vec![7, 8, 9], vec![IGNORE], vec![2, 3]].into_iter().collect(),
        );
        let batch = Sequences::new(inputs, targets).unwrap().batch(&[2, 0]);
        assert_eq!((batch.steps, batch.batch), (3, 2));
        assert_eq!(batch.lengths, [2, 3]);
        assert_eq!(batch.inputs, Inputs::Tokens(vec![5, 1, 6, 2, 0, 3]));
        assert_eq!(batch.targets, Targets::Tokens(vec![2, 7, 3, 8, IGNORE, 9]));
    }

    #[test]
    fn target_sequences_have_lengths_of_their_own() {
        let inputs = SequenceInputs::Tokens([vec![1, 2, 3], vec![4]].into_iter().collect());
        let targets = SequenceTargets::Sequences([vec![7], vec![8, 9]].into_iter().collect());
        let batch = Sequences::new(inputs, targets).unwrap().batch(&[1, 0]);
        assert_eq!((batch.steps, &batch.lengths[..]), (3, &[1, 3][..]));
        let tokens = vec![8, 7, 9, IGNORE];
        let targets = TargetSequences { steps: 2, lengths: vec![2, 1], tokens };
        assert_eq!(batch.targets, Targets::Sequences(targets));
    }

    #[test]
    fn grey_values_become_fractions() {
        let values = [vec![0u8, 51, 255, 0], vec![255, 255]].into_iter().collect();
        let inputs = SequenceInputs::Pixels { width: 2, values };
        let batch =
            Sequences::new(inputs, SequenceTargets::Classes(vec![3, 4])).unwrap().batch(&[0, 1]);
        let values = vec![0.0, 0.2, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0];
        assert_eq!(batch.inputs, Inputs::Features { width: 2, values });
        assert_eq!(batch.targets, Targets::Classes(vec![3, 4]));
    }

    #[test]
    fn a_step_of_music_is_asked_from_the_steps_before() {
        let pieces = [vec![notes(&[21, 108]), notes(&[60])], vec![notes(&[22])]];
        let pieces: Ragged<Notes> = pieces.into_iter().collect();
        let batch = Sequences::new(SequenceInputs::Notes(pieces), SequenceTargets::NextNotes)
            .unwrap()
            .batch(&[0, 1]);
        let on = |values: &[f32]| -> Vec<[usize; 3]> {
            let on = values.iter().enumerate().filter(|(_, value)| **value == 1.0);
            on.map(|(at, _)| [at / 88 / 2, at / 88 % 2, at % 88]).collect()
        };
        let Inputs::Features { width: 88, values: inputs } = batch.inputs else {
            panic!("{:?}", batch.inputs);
        };
        let Targets::Bits { width: 88, values: targets } = batch.targets else {
            panic!("{:?}", batch.targets);
        };
        assert_eq!(on(&targets), [[0, 0, 0], [0, 0, 87], [0, 1, 1], [1, 0, 39]]);
        assert_eq!(on(&inputs), [[1, 0, 0], [1, 0, 87]]);
        assert_eq!((inputs.len(), targets.len()), (2 * 2 * 88, 2 * 2 * 88));
        // The second piece has one step: its second is filling.
        assert!(targets.iter().enumerate().all(|(k, answer)| answer.is_nan() == (k / 88 == 3)));
    }
}
