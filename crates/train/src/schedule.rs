//! The learning rate at a given time.

use crate::Schedule;
use serde::{Deserialize, Serialize};

/// How far the schedule has come: the factor on the learning rate, and the best validation loss.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Progress {
    factor: f64,
    /// None until the first evaluation (JSON has no infinity).
    best: Option<f64>,
}

/// A moment of a training.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    /// The epoch, from 0.
    pub(crate) epoch: usize,
    /// The optimiser step, from 0.
    pub(crate) step: usize,
    /// All optimiser steps.
    pub(crate) steps: usize,
}

impl Progress {
    pub(crate) fn new() -> Self {
        Self { factor: 1.0, best: None }
    }

    /// The factor at a moment of the training.
    pub(crate) fn factor(&self, schedule: &Schedule, Moment { epoch, step, steps }: Moment) -> f64 {
        match *schedule {
            Schedule::Constant => 1.0,
            Schedule::StepDecay { after, factor } => {
                let decays = (epoch + 1).saturating_sub(after.get());
                f64::from(factor.get()).powi(i32::try_from(decays).unwrap_or(i32::MAX))
            }
            Schedule::Plateau { .. } => self.factor,
            Schedule::SlantedTriangular { cut, ratio } => {
                let (cut, ratio) = (f64::from(cut.get()), f64::from(ratio.get()));
                let rising = (steps as f64 * cut).floor();
                let at = step as f64;
                let share = match at < rising {
                    true => at / rising,
                    false => 1.0 - (at - rising) / (steps as f64 - rising),
                };
                (1.0 + share * (ratio - 1.0)) / ratio
            }
        }
    }

    /// Takes in a validation loss.
    pub(crate) fn evaluated(&mut self, schedule: &Schedule, nll: f64) {
        let improved = nll.is_finite() && self.best.is_none_or(|best| nll < best);
        if improved {
            self.best = Some(nll);
        } else if let Schedule::Plateau { factor } = schedule {
            self.factor *= f64::from(factor.get());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::PositiveReal;

    /// The first step of an epoch of one step.
    fn at(epoch: usize) -> Moment {
        Moment { epoch, step: epoch, steps: 100 }
    }

    fn half() -> PositiveReal {
        PositiveReal::try_from(0.5).unwrap()
    }

    /// Zaremba's small model: four epochs at the full rate, then halved each epoch.
    #[test]
    fn step_decay_keeps_the_rate_for_the_first_epochs() {
        let schedule = Schedule::StepDecay { after: 4.try_into().unwrap(), factor: half() };
        let factors: Vec<f64> = (0..6).map(|e| Progress::new().factor(&schedule, at(e))).collect();
        assert_eq!(factors, [1.0, 1.0, 1.0, 1.0, 0.5, 0.25]);
    }

    #[test]
    fn a_loss_that_is_not_finite_is_no_best_one() {
        let schedule = Schedule::Plateau { factor: half() };
        let mut progress = Progress::new();
        for (nll, factor) in [(f64::NAN, 0.5), (5.0, 0.5), (4.0, 0.5), (f64::INFINITY, 0.25)] {
            progress.evaluated(&schedule, nll);
            assert_eq!(progress.factor(&schedule, at(0)), factor, "after {nll}");
        }
    }

    #[test]
    fn plateau_decays_only_when_nothing_improved() {
        let schedule = Schedule::Plateau { factor: half() };
        let mut progress = Progress::new();
        for (nll, factor) in [(5.0, 1.0), (4.0, 1.0), (4.5, 0.5), (4.1, 0.25), (3.9, 0.25)] {
            progress.evaluated(&schedule, nll);
            assert_eq!(progress.factor(&schedule, at(0)), factor, "after {nll}");
        }
    }

    /// By the formula of the paper, with T = 20 steps, cut_frac = 0.1, ratio = 32.
    #[test]
    fn a_slanted_triangle_rises_for_a_tenth_and_falls_to_the_end() {
        let schedule: Schedule = serde_json::from_str(r#"{"name": "slanted_triangular"}"#).unwrap();
        let factor = |step| {
            let moment = Moment { epoch: 0, step, steps: 20 };
            Progress::new().factor(&schedule, moment)
        };
        let of = |p: f64| (1.0 + p * 31.0) / 32.0;
        let expected = [of(0.0), of(0.5), 1.0, of(17.0 / 18.0), of(1.0 / 18.0)];
        for (step, expected) in [0, 1, 2, 3, 19].into_iter().zip(expected) {
            assert!((factor(step) - expected).abs() < 1e-7, "{step}: {} {expected}", factor(step));
        }
        // Without a rise it only falls.
        let falling = r#"{"name": "slanted_triangular", "cut": 0, "ratio": 2}"#;
        let schedule: Schedule = serde_json::from_str(falling).unwrap();
        let factors = [0, 10]
            .map(|step| Progress::new().factor(&schedule, Moment { epoch: 0, step, steps: 20 }));
        assert_eq!(factors, [1.0, 0.75]);
    }
}
