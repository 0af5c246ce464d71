//! How good outputs are, measured over a whole split.

mod answers;
mod bits;
mod classes;
mod groups;
mod labels;
mod tokens;
mod translations;

use crate::metric::Scores;
pub(crate) use answers::Answers;
use bits::Bits;
use classes::Classes;
use data::SequenceData;
pub(crate) use groups::Groups;
pub use groups::{Confusion, GroupScore, GroupedBy};
use labels::Labels;
use std::num::NonZeroUsize;
use task::{TargetKind, Targets, Window};
use tokens::Tokens;
pub(crate) use translations::Translations;

/// Takes in the outputs of windows, one after another.
pub(crate) enum Scorer<'a> {
    Tokens(Tokens<'a>),
    Bits(Bits),
    Classes(Classes),
    Labels(Labels),
    Values { errors: f64, count: usize },
}

impl<'a> Scorer<'a> {
    /// Nothing of `data` scored yet. Labels are decoded with a beam of this width.
    pub(crate) fn new(data: &'a SequenceData, beam: NonZeroUsize) -> Self {
        match data.target {
            TargetKind::Tokens { types } | TargetKind::Sequence { types } => {
                Self::Tokens(Tokens::new(data, types))
            }
            TargetKind::Bits { width } => Self::Bits(Bits::new(width)),
            TargetKind::Class { classes } => Self::Classes(Classes::new(classes)),
            TargetKind::Labels { types } => Self::Labels(Labels::new(types, beam)),
            TargetKind::Value => Self::Values { errors: 0.0, count: 0 },
        }
    }

    /// Takes in what a model puts out for a window: `[T, B, outputs]` or `[B, outputs]`, for another
    /// sequence as target `[S, B, outputs]`.
    pub(crate) fn add(&mut self, outputs: &[f32], window: &Window) {
        match (self, &window.targets) {
            (Self::Tokens(tokens), Targets::Tokens(targets)) => {
                let right = tokens.add(outputs, targets);
                tokens.add_lags(&right, targets, window);
            }
            (Self::Tokens(tokens), Targets::Sequences(targets)) => {
                tokens.add(outputs, &targets.tokens);
            }
            (Self::Bits(bits), Targets::Bits { values, .. }) => {
                bits.add(outputs, values);
            }
            (Self::Classes(classes), Targets::Classes(targets)) => {
                classes.add(outputs, targets);
            }
            (Self::Labels(labels), Targets::Labels(targets)) => {
                labels.add(outputs, targets, window);
            }
            (Self::Values { errors, count }, Targets::Values(values)) => {
                let squares = outputs.iter().zip(values).map(|(o, v)| f64::from(o - v).powi(2));
                *errors += squares.sum::<f64>();
                *count += values.len();
            }
            // A dataset has one kind of targets.
            _ => {}
        }
    }

    /// What came of it; `None` if nothing was scored: a mean over nothing is no number.
    pub(crate) fn finish(self) -> Option<Scores> {
        match self {
            Self::Tokens(tokens) => (tokens.scored() > 0).then(|| tokens.finish()),
            Self::Bits(bits) => (bits.scored() > 0).then(|| bits.finish()),
            Self::Classes(classes) => (classes.scored() > 0).then(|| classes.finish()),
            Self::Labels(labels) => (labels.scored() > 0).then(|| labels.finish()),
            Self::Values { errors, count } => {
                (count > 0).then(|| Scores { loss: mean(errors, count), ..Scores::default() })
            }
        }
    }
}

/// The scores of one class for each sequence, given outputs `[sequences, classes]`; `None` of no
/// sequence.
pub(crate) fn classes(outputs: &[f32], targets: &[u32], classes: usize) -> Option<Scores> {
    let mut scored = Classes::new(classes);
    scored.add(outputs, targets);
    Scorer::Classes(scored).finish()
}

fn mean(sum: f64, count: usize) -> f64 {
    sum / count.max(1) as f64
}

/// The negative log-likelihood of `target` under softmax(`outputs`) in nats, the class of the
/// largest output (the first of equal ones), and that class' chance.
fn softmax(outputs: &[f32], target: usize) -> (f64, usize, f64) {
    let largest = |best: usize, k: usize| if outputs[k] > outputs[best] { k } else { best };
    let best = (0..outputs.len()).fold(0, largest);
    let most = f64::from(outputs[best]);
    let sum: f64 = outputs.iter().map(|&output| (f64::from(output) - most).exp()).sum();
    (sum.ln() + most - f64::from(outputs[target]), best, 1.0 / sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use data::Generated;

    #[test]
    fn nothing_scored_is_no_score() {
        let settings = r#"{"length": 3, "sequences": {"train": 1, "valid": 1, "test": 1}}"#;
        let settings = serde_json::from_str(settings).unwrap();
        let data = Generated::read("parity", settings).unwrap().unwrap().data().unwrap();
        for target in [
            TargetKind::Tokens { types: 2 },
            TargetKind::Bits { width: 2 },
            TargetKind::Class { classes: 2 },
            TargetKind::Labels { types: 2 },
            TargetKind::Value,
        ] {
            let data = SequenceData { target, ..data.clone() };
            assert_eq!(Scorer::new(&data, NonZeroUsize::MIN).finish(), None, "{target:?}");
        }
        assert_eq!(classes(&[], &[], 2), None);
        assert_eq!(classes(&[1.0, 0.0], &[0], 2).unwrap().metrics[&crate::Metric::ACCURACY], 1.0);
    }
}
