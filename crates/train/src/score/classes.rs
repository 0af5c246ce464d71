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

    /// Sequences scored.
    pub(super) fn scored(&self) -> usize {
        self.answers.iter().sum()
    }

    pub(super) fn finish(self) -> Scores {
        let of = |target: usize, answer: usize| self.answers[target * self.classes + answer];
        let right: usize = (0..self.classes).map(|class| of(class, class)).sum();
        let all: usize = self.answers.iter().sum();
        // A class that neither occurs nor is answered has no F1.
        let f1 = |class: usize| {
            let occurs: usize = (0..self.classes).map(|answer| of(class, answer)).sum();
            let answered: usize = (0..self.classes).map(|target| of(target, class)).sum();
            let both = occurs + answered;
            (both > 0).then(|| mean(2.0 * of(class, class) as f64, both))
        };
        let f1: Vec<f64> = (0..self.classes).filter_map(f1).collect();
        let gap = |&(_, right, chances): &(usize, usize, f64)| (right as f64 - chances).abs();
        let metrics = Metrics::from([
            (Metric::ACCURACY, mean(right as f64, all)),
            (Metric::MACRO_F1, mean(f1.iter().sum(), f1.len())),
            (Metric::CALIBRATION_ERROR, mean(self.bins.iter().map(gap).sum(), all)),
        ]);
        Scores { loss: mean(self.nll, all), metrics, ..Scores::default() }
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
        assert_eq!(scores.metrics[&Metric::ACCURACY], 0.6);
        // Class 0: 2 right, 4 answered, 2 occur: 4/6. Class 1: 1, 1, 3: 2/4.
        assert!((scores.metrics[&Metric::MACRO_F1] - (4.0 / 6.0 + 0.5) / 2.0).abs() < 1e-12);
        // Four at 0.75 of which three are right; one at 0.5, wrong.
        assert!((scores.metrics[&Metric::CALIBRATION_ERROR] - 0.1).abs() < 1e-7);
    }

    /// `f1_score([0, 0, 1, 1], [0, 1, 1, 1], average="macro")` of scikit-learn averages over the labels of
    /// both lists, however many others the model could have answered: (2/3 + 4/5) / 2.
    #[test]
    fn classes_that_neither_occur_nor_are_answered_do_not_count() {
        let answer = |class: usize| {
            let mut outputs = [0.0_f32; 8];
            outputs[class] = 3.0;
            outputs
        };
        let outputs = [0, 1, 1, 1].map(answer);
        let mut classes = Classes::new(8);
        classes.add(outputs.as_flattened(), &[0, 0, 1, 1]);
        let expected = (2.0 / 3.0 + 0.8) / 2.0;
        assert!((classes.finish().metrics[&Metric::MACRO_F1] - expected).abs() < 1e-12);
        // A class that is only answered, or only occurs, has F1 0 and counts.
        let mut classes = Classes::new(8);
        classes.add([0, 5].map(answer).as_flattened(), &[0, 0]);
        assert!((classes.finish().metrics[&Metric::MACRO_F1] - 1.0 / 3.0).abs() < 1e-12);
    }
}
