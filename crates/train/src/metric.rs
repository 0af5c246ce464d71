//! What tells how good a model is.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A number that tells how good a model is at its task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// e to the mean negative log-likelihood per token in nats.
    #[default]
    Perplexity,
    /// Mean negative log-likelihood per character in bits.
    BitsPerCharacter,
    /// Mean negative log-likelihood per answer in nats.
    CrossEntropy,
    /// Mean negative log-likelihood per time step in nats, summed over the keys of a step.
    NllPerStep,
    /// Mean squared error.
    SquaredError,
    /// Share of right answers. Where it is known which earlier input an answer needs, of the
    /// answers that need one.
    Accuracy,
    /// F1 of each class, averaged over the classes that occur or are answered, as scikit-learn's
    /// `f1_score(average="macro")` has it; one that does only one of both counts 0.
    MacroF1,
    /// Expected calibration error (Guo et al. 2017, arXiv 1706.04599), 15 equal bins: how far the
    /// chance that the model gives its answer is from the share of right answers, on average.
    CalibrationError,
    /// Notes sounding and foretold, of those sounding or foretold (Bay et al. 2009), over all
    /// steps together; foretold is what has a chance of at least 1/2.
    FrameAccuracy,
}

impl Metric {
    /// All metrics.
    pub const ALL: [Self; 9] = [
        Self::Perplexity,
        Self::BitsPerCharacter,
        Self::CrossEntropy,
        Self::NllPerStep,
        Self::SquaredError,
        Self::Accuracy,
        Self::MacroF1,
        Self::CalibrationError,
        Self::FrameAccuracy,
    ];

    /// Its name in records and tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Perplexity => "perplexity",
            Self::BitsPerCharacter => "bits_per_character",
            Self::CrossEntropy => "cross_entropy",
            Self::NllPerStep => "nll_per_step",
            Self::SquaredError => "squared_error",
            Self::Accuracy => "accuracy",
            Self::MacroF1 => "macro_f1",
            Self::CalibrationError => "calibration_error",
            Self::FrameAccuracy => "frame_accuracy",
        }
    }

    /// The metric with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|metric| metric.name() == name)
    }

    /// Its name in prose.
    pub fn title(self) -> &'static str {
        match self {
            Self::Perplexity => "perplexity",
            Self::BitsPerCharacter => "bits per character",
            Self::CrossEntropy => "cross-entropy",
            Self::NllPerStep => "NLL per step",
            Self::SquaredError => "squared error",
            Self::Accuracy => "accuracy",
            Self::MacroF1 => "macro F1",
            Self::CalibrationError => "calibration error",
            Self::FrameAccuracy => "frame accuracy",
        }
    }

    /// Whether more of it is better.
    pub fn higher_is_better(self) -> bool {
        matches!(self, Self::Accuracy | Self::MacroF1 | Self::FrameAccuracy)
    }

    /// Whether it is a share, shown in percent.
    pub fn is_share(self) -> bool {
        self.higher_is_better() || self == Self::CalibrationError
    }

    /// Its value where the loss decides it.
    pub fn of_loss(self, loss: f64) -> Option<f64> {
        match self {
            Self::Perplexity => Some(loss.exp()),
            Self::BitsPerCharacter => Some(loss / std::f64::consts::LN_2),
            Self::CrossEntropy | Self::NllPerStep | Self::SquaredError => Some(loss),
            Self::Accuracy | Self::MacroF1 | Self::CalibrationError | Self::FrameAccuracy => None,
        }
    }
}

/// Metrics that the loss does not decide, by name.
pub type Metrics = BTreeMap<Metric, f64>;

/// How good a model is on a split.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Scores {
    /// Mean loss per scored target: negative log-likelihood in nats, or squared error.
    pub loss: f64,
    /// What else is measured.
    pub metrics: Metrics,
    /// Right answers by how far back the input is that they need, nearest first.
    pub by_lag: Vec<LagScore>,
}

/// How many answers are right that need an input from so many steps before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LagScore {
    /// Steps from that input to the answer.
    pub lag: usize,
    /// Answers.
    pub answers: usize,
    /// Right ones.
    pub right: usize,
}

/// The value of `metric`, given what was measured.
pub fn value(metric: Metric, loss: f64, metrics: &Metrics) -> Option<f64> {
    metric.of_loss(loss).or_else(|| metrics.get(&metric).copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_records() {
        for metric in Metric::ALL {
            assert_eq!(serde_json::to_value(metric).unwrap(), metric.name());
            assert_eq!(Metric::named(metric.name()), Some(metric));
        }
    }

    #[test]
    fn the_loss_decides_some_metrics() {
        let none = Metrics::new();
        assert_eq!(value(Metric::Perplexity, 2.0, &none), Some(2.0_f64.exp()));
        assert_eq!(value(Metric::BitsPerCharacter, 2.0 * 2.0_f64.ln(), &none), Some(2.0));
        assert_eq!(value(Metric::Accuracy, 2.0, &none), None);
        assert_eq!(value(Metric::Accuracy, 2.0, &[(Metric::Accuracy, 0.5)].into()), Some(0.5));
    }
}
