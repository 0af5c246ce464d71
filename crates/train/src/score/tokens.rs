//! A token at each step that asks for one.

use super::{mean, softmax};
use crate::metric::{Metric, Metrics, Scores};
use data::{IGNORE, SequenceBatch};

/// Counts of right and wrong tokens.
pub(crate) struct Tokens {
    types: usize,
    nll: f64,
    answers: usize,
    right: usize,
}

impl Tokens {
    pub(super) fn new(types: usize) -> Self {
        Self { types, nll: 0.0, answers: 0, right: 0 }
    }

    pub(super) fn add(&mut self, outputs: &[f32], targets: &[u32], _: &SequenceBatch) {
        for (outputs, &target) in outputs.chunks_exact(self.types).zip(targets) {
            if target != IGNORE {
                let (nll, answer, _) = softmax(outputs, target as usize);
                self.nll += nll;
                self.answers += 1;
                self.right += usize::from(answer == target as usize);
            }
        }
    }

    pub(super) fn finish(self) -> Scores {
        let accuracy = mean(self.right as f64, self.answers);
        Scores {
            loss: mean(self.nll, self.answers),
            metrics: Metrics::from([(Metric::Accuracy, accuracy)]),
            by_lag: Vec::new(),
        }
    }
}
