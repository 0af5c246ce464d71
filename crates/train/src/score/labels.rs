//! Labels at no known steps, as they are read off the most likely path.

use super::mean;
use crate::metric::{Metric, Metrics, Scores};
use ctc::{Logits, decoded};
use metrics::ErrorRate;
use std::num::NonZeroUsize;
use task::Window;

/// Losses and errors of labels.
pub(crate) struct Labels {
    /// Labels, without the blank.
    types: usize,
    beam: NonZeroUsize,
    nll: f64,
    errors: ErrorRate,
}

impl Labels {
    pub(super) fn new(types: usize, beam: NonZeroUsize) -> Self {
        Self { types, beam, nll: 0.0, errors: ErrorRate::default() }
    }

    /// Takes in the outputs `[T, B, types + 1]` of a window with these labels.
    pub(super) fn add(&mut self, outputs: &[f32], labels: &[Vec<u32>], window: &Window) {
        let shape = [window.steps, window.batch, self.types + 1];
        let references: Vec<&[u32]> = labels.iter().map(Vec::as_slice).collect();
        let found = Logits::new(outputs, shape, self.types)
            .and_then(|logits| Ok((logits, ctc::losses(logits, &window.lengths, &references)?)));
        // What does not fit is no score.
        let Ok((logits, losses)) = found else {
            self.nll = f64::NAN;
            return;
        };
        self.nll += losses.iter().sum::<f64>();
        for (b, (reference, &length)) in references.iter().zip(&window.lengths).enumerate() {
            self.errors.add(reference, &decoded(logits, b, length, self.beam));
        }
    }

    /// Sequences scored.
    pub(super) fn scored(&self) -> usize {
        self.errors.sequences
    }

    pub(super) fn finish(self) -> Scores {
        let rates = [
            (Metric::LABEL_ERROR_RATE, self.errors.of_labels()),
            (Metric::SEQUENCE_ERROR_RATE, self.errors.of_sequences()),
        ];
        let rates = rates.into_iter().filter_map(|(metric, rate)| Some((metric, rate?)));
        Scores {
            loss: mean(self.nll, self.errors.labels),
            metrics: rates.collect::<Metrics>(),
            ..Scores::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use task::{Inputs, Targets};

    #[test]
    fn by_hand() {
        // Two sequences of three steps: 0 blank 0, and 1 1 blank of which the last step is filling.
        let best = [[0, 1], [2, 1], [0, 0]];
        let outputs: Vec<f32> = best
            .iter()
            .flatten()
            .flat_map(|&best| (0..3).map(move |k| if k == best { 20.0 } else { 0.0 }))
            .collect();
        let targets = vec![vec![0, 0], vec![1, 0]];
        let window = Window {
            steps: 3,
            batch: 2,
            lengths: vec![3, 2],
            inputs: Inputs::Tokens(Vec::new()),
            targets: Targets::Labels(targets.clone()),
        };
        let mut labels = Labels::new(2, NonZeroUsize::MIN);
        labels.add(&outputs, &targets, &window);
        let scores = labels.finish();
        assert_eq!(scores.metrics[&Metric::LABEL_ERROR_RATE], 0.25);
        assert_eq!(scores.metrics[&Metric::SEQUENCE_ERROR_RATE], 0.5);
        // The second sequence's only path misses once by 20 nats; four labels in all.
        assert!((scores.loss - 5.0).abs() < 1e-3, "{}", scores.loss);
    }
}
