//! One class for each sequence.

use super::{mean, softmax};
use crate::metric::{Metric, Metrics, Scores};

/// Equal bins of the chance that the model gives its answer, as in Guo et al. (2017).
const BINS: usize = 15;

/// Counts of right and wrong classes.
pub(crate) struct Classes {
    classes: usize,
    nll: f64,
    /// `[true class, answer]`.
    answers: Vec<usize>,
    /// Of each bin: answers, right ones, and the sum of their chances.
    bins: Vec<(usize, usize, f64)>,
}

impl Classes {
    pub(super) fn new(classes: usize) -> Self {
        Self {
            classes,
            nll: 0.0,
            answers: vec![0; classes * classes],
            bins: vec![(0, 0, 0.0); BINS],
        }
    }

    pub(super) fn add(&mut self, outputs: &[f32], targets: &[u32]) {
        for (outputs, &target) in outputs.chunks_exact(self.classes).zip(targets) {
            let target = target as usize;
            let (nll, answer, chance) = softmax(outputs, target);
            self.nll += nll;
            self.answers[target * self.classes + answer] += 1;
            let bin = ((chance * BINS as f64).ceil() as usize).clamp(1, BINS) - 1;
            self.bins[bin].0 += 1;
            self.bins[bin].1 += usize::from(answer == target);
            self.bins[bin].2 += chance;
        }
    }

    pub(super) fn finish(self) -> Scores {
        let of = |target: usize, answer: usize| self.answers[target * self.classes + answer];
        let right: usize = (0..self.classes).map(|class| of(class, class)).sum();
        let all: usize = self.answers.iter().sum();
        let f1 = |class: usize| {
            let occurs: usize = (0..self.classes).map(|answer| of(class, answer)).sum();
            let answered: usize = (0..self.classes).map(|target| of(target, class)).sum();
            mean(2.0 * of(class, class) as f64, occurs + answered)
        };
        let gap = |&(_, right, chances): &(usize, usize, f64)| (right as f64 - chances).abs();
        let metrics = Metrics::from([
            (Metric::Accuracy, mean(right as f64, all)),
            (Metric::MacroF1, mean((0..self.classes).map(f1).sum(), self.classes)),
            (Metric::CalibrationError, mean(self.bins.iter().map(gap).sum(), all)),
        ]);
        Scores { loss: mean(self.nll, all), metrics, by_lag: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By scikit-learn's definitions: `f1_score(average="macro")`, `accuracy_score`, `log_loss`.
    #[test]
    fn by_hand() {
        let half = 0.0;
        let sure = 3.0_f32.ln(); // 3 : 1, chance 0.75
        let outputs = [[sure, half], [sure, half], [half, sure], [sure, half], [half, half]];
        let targets = [0, 1, 1, 0, 1];
        let mut classes = Classes::new(2);
        classes.add(outputs.as_flattened(), &targets);
        let scores = classes.finish();
        // Answers 0 0 1 0 0: right are the first, third and fourth.
        let nll = -(3.0 * 0.75_f64.ln() + 0.25_f64.ln() + 0.5_f64.ln()) / 5.0;
        assert!((scores.loss - nll).abs() < 1e-7, "{scores:?}");
        assert_eq!(scores.metrics[&Metric::Accuracy], 0.6);
        // Class 0: 2 right, 4 answered, 2 occur: 4/6. Class 1: 1, 1, 3: 2/4.
        assert!((scores.metrics[&Metric::MacroF1] - (4.0 / 6.0 + 0.5) / 2.0).abs() < 1e-12);
        // Four at 0.75 of which three are right; one at 0.5, wrong.
        assert!((scores.metrics[&Metric::CalibrationError] - 0.1).abs() < 1e-7);
    }
}
