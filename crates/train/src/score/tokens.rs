//! A token at each step that asks for one.

use super::{mean, softmax};
use crate::metric::{LagScore, Metric, Metrics, Scores};
use data::SequenceData;
use std::collections::BTreeMap;
use task::{IGNORE, Inputs, Window};

/// Counts of right and wrong tokens.
pub(crate) struct Tokens<'a> {
    data: &'a SequenceData,
    types: usize,
    nll: f64,
    /// Answers, and right ones.
    all: [usize; 2],
    /// The same by lag.
    by_lag: BTreeMap<usize, [usize; 2]>,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(data: &'a SequenceData, types: usize) -> Self {
        Self { data, types, nll: 0.0, all: [0; 2], by_lag: BTreeMap::new() }
    }

    /// Counts the answers, and tells which are right.
    pub(super) fn add(&mut self, outputs: &[f32], targets: &[u32]) -> Vec<bool> {
        let mut right = vec![false; targets.len()];
        let positions = outputs.chunks_exact(self.types).zip(targets).zip(&mut right);
        for ((outputs, &target), right) in positions {
            if target != IGNORE {
                let (nll, answer, _) = softmax(outputs, target as usize);
                *right = answer == target as usize;
                self.nll += nll;
                self.all[0] += 1;
                self.all[1] += usize::from(*right);
            }
        }
        right
    }

    /// Counts the answers of a window by lag.
    pub(super) fn add_lags(&mut self, right: &[bool], targets: &[u32], window: &Window) {
        let Inputs::Tokens(inputs) = &window.inputs else { return };
        for (b, &length) in window.lengths.iter().enumerate() {
            let of = |tokens: &[u32]| -> Vec<u32> {
                (0..length).map(|t| tokens[t * window.batch + b]).collect()
            };
            for (step, lag) in self.data.lags(&of(inputs), &of(targets)) {
                let counts = self.by_lag.entry(lag).or_default();
                counts[0] += 1;
                counts[1] += usize::from(right[step * window.batch + b]);
            }
        }
    }

    /// Answers scored.
    pub(super) fn scored(&self) -> usize {
        self.all[0]
    }

    pub(super) fn finish(self) -> Scores {
        let with_lag = self
            .by_lag
            .values()
            .fold([0; 2], |sum, counts| [sum[0] + counts[0], sum[1] + counts[1]]);
        // What needs no memory is left out where that is known: most answers of the copy task are
        // blanks.
        let [answers, right] = if with_lag[0] > 0 { with_lag } else { self.all };
        let by_lag = self.by_lag.into_iter();
        Scores {
            loss: mean(self.nll, self.all[0]),
            metrics: Metrics::from([(Metric::ACCURACY, mean(right as f64, answers))]),
            by_lag: by_lag
                .map(|(lag, [answers, right])| LagScore { lag, answers, right })
                .collect(),
            ..Scores::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use data::{Generated, SequenceBatches, Split};
    use task::Targets;

    /// A model that answers every bracket with kind 0, on brackets of two kinds.
    #[test]
    fn answers_are_counted_by_lag() {
        let settings =
            r#"{"length": 20, "depth": 4, "sequences": {"train": 1, "valid": 1, "test": 40}}"#;
        let settings = serde_json::from_str(settings).unwrap();
        let generated = Generated::read("dyck", settings).unwrap().unwrap();
        let data = generated.data().unwrap();
        let mut tokens = Tokens::new(&data, 2);
        let mut expected = [0; 2];
        for batch in SequenceBatches::evaluation(&data.test, Default::default()).unwrap().iter() {
            let Targets::Tokens(targets) = &batch.targets else { panic!() };
            expected[0] += targets.iter().filter(|target| **target != IGNORE).count();
            expected[1] += targets.iter().filter(|target| **target == 0).count();
            let right = tokens.add(&[1.0, 0.0].repeat(targets.len()), targets);
            tokens.add_lags(&right, targets, &batch);
        }
        let scores = tokens.finish();
        let sum = scores.by_lag.iter().fold([0; 2], |s, x| [s[0] + x.answers, s[1] + x.right]);
        assert_eq!((sum, expected[0]), (expected, 40 * 10));
        assert_eq!(scores.metrics[&Metric::ACCURACY], expected[1] as f64 / expected[0] as f64);
        // Brackets that match stand an odd number of steps apart.
        assert!(scores.by_lag.len() > 3 && scores.by_lag.iter().all(|score| score.lag % 2 == 1));
        assert_eq!(generated.sequences(Split::Test, 0..40).unwrap(), data.test);
    }
}
