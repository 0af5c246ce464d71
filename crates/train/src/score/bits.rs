//! Yes or no for each key at each step.

use super::mean;
use crate::metric::{Metric, Metrics, Scores};

/// Counts of notes.
pub(crate) struct Bits {
    width: usize,
    nll: f64,
    steps: usize,
    /// Sounding and foretold; one of the two.
    both: usize,
    one: usize,
}

impl Bits {
    pub(super) fn new(width: usize) -> Self {
        Self { width, nll: 0.0, steps: 0, both: 0, one: 0 }
    }

    /// Steps with NaN among their answers are not scored.
    pub(super) fn add(&mut self, outputs: &[f32], answers: &[f32]) {
        let steps = outputs.chunks_exact(self.width).zip(answers.chunks_exact(self.width));
        for (outputs, answers) in steps {
            if answers.iter().any(|answer| answer.is_nan()) {
                continue;
            }
            self.steps += 1;
            for (&output, &answer) in outputs.iter().zip(answers) {
                let x = f64::from(output);
                let (foretold, sounds) = (x >= 0.0, answer > 0.5);
                self.nll += (-x.abs()).exp().ln_1p() + x.max(0.0) - if sounds { x } else { 0.0 };
                self.both += usize::from(foretold && sounds);
                self.one += usize::from(foretold != sounds);
            }
        }
    }

    /// Steps scored.
    pub(super) fn scored(&self) -> usize {
        self.steps
    }

    pub(super) fn finish(self) -> Scores {
        let accuracy = mean(self.both as f64, self.both + self.one);
        Scores {
            loss: mean(self.nll, self.steps),
            metrics: Metrics::from([(Metric::FRAME_ACCURACY, accuracy)]),
            ..Scores::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let sure = 3.0_f32.ln(); // chance 0.75
        // The last step is filling.
        let outputs = [[sure, -sure], [sure, sure], [-sure, -sure], [9.0, 9.0]];
        let answers = [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [f32::NAN; 2]];
        let mut bits = Bits::new(2);
        bits.add(outputs.as_flattened(), answers.as_flattened());
        let scores = bits.finish();
        let nll = -(4.0 * 0.75_f64.ln() + 2.0 * 0.25_f64.ln()) / 3.0;
        assert!((scores.loss - nll).abs() < 1e-7, "{scores:?}");
        // Two sound and are foretold, one is only foretold, one only sounds.
        assert_eq!(scores.metrics[&Metric::FRAME_ACCURACY], 0.5);
    }
}
