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

impl Progress {
    pub(crate) fn new() -> Self {
        Self { factor: 1.0, best: None }
    }

    /// The factor during `epoch`, counted from 0.
    pub(crate) fn factor(&self, schedule: &Schedule, epoch: usize) -> f64 {
        match *schedule {
            Schedule::Constant => 1.0,
            Schedule::StepDecay { after, factor } => {
                let decays = (epoch + 1).saturating_sub(after.get());
                f64::from(factor.get()).powi(i32::try_from(decays).unwrap_or(i32::MAX))
            }
            Schedule::Plateau { .. } => self.factor,
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

    fn half() -> PositiveReal {
        PositiveReal::try_from(0.5).unwrap()
    }

    /// Zaremba's small model: four epochs at the full rate, then halved each epoch.
    #[test]
    fn step_decay_keeps_the_rate_for_the_first_epochs() {
        let schedule = Schedule::StepDecay { after: 4.try_into().unwrap(), factor: half() };
        let factors: Vec<f64> = (0..6).map(|e| Progress::new().factor(&schedule, e)).collect();
        assert_eq!(factors, [1.0, 1.0, 1.0, 1.0, 0.5, 0.25]);
    }

    #[test]
    fn a_loss_that_is_not_finite_is_no_best_one() {
        let schedule = Schedule::Plateau { factor: half() };
        let mut progress = Progress::new();
        for (nll, factor) in [(f64::NAN, 0.5), (5.0, 0.5), (4.0, 0.5), (f64::INFINITY, 0.25)] {
            progress.evaluated(&schedule, nll);
            assert_eq!(progress.factor(&schedule, 0), factor, "after {nll}");
        }
    }

    #[test]
    fn plateau_decays_only_when_nothing_improved() {
        let schedule = Schedule::Plateau { factor: half() };
        let mut progress = Progress::new();
        for (nll, factor) in [(5.0, 1.0), (4.0, 1.0), (4.5, 0.5), (4.1, 0.25), (3.9, 0.25)] {
            progress.evaluated(&schedule, nll);
            assert_eq!(progress.factor(&schedule, 0), factor, "after {nll}");
        }
    }
}
