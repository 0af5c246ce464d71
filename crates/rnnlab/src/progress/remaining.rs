//! How much time a sweep still needs.

use std::collections::HashMap;
use train::Step;

/// What is done and what is left, weighed by how long each run was expected to take; how long that
/// really takes is seen from what was done so far.
#[derive(Debug)]
pub(super) struct RemainingTime {
    runs: HashMap<usize, Share>,
}

#[derive(Debug)]
struct Share {
    expected: f64,
    /// Share done when this process took it up; 0 until something is known.
    before: f64,
    /// Share done now.
    now: f64,
    begun: bool,
    ended: bool,
}

impl RemainingTime {
    /// Runs by position, each with its expected seconds.
    pub(super) fn new(runs: impl Iterator<Item = (usize, f64)>) -> Self {
        let share =
            |expected| Share { expected, before: 0.0, now: 0.0, begun: false, ended: false };
        Self { runs: runs.map(|(position, expected)| (position, share(expected))).collect() }
    }

    /// A run is at this step.
    pub(super) fn at(&mut self, position: usize, step: &Step) {
        if let Some(run) = self.runs.get_mut(&position) {
            let share = |step: usize, steps: usize| step as f64 / steps.max(1) as f64;
            if !run.begun {
                run.before = share(step.step.saturating_sub(1), step.steps);
                run.begun = true;
            }
            run.now = share(step.step, step.steps);
        }
    }

    /// A run ended, and needs no more time; where it is done without a step, it took none.
    pub(super) fn ended(&mut self, position: usize, share: f64) {
        if let Some(run) = self.runs.get_mut(&position) {
            if !run.begun {
                run.before = share;
            }
            run.now = run.now.max(share);
            run.ended = true;
        }
    }

    /// Seconds left, after `elapsed` seconds of work; `None` while nothing is done.
    pub(super) fn seconds(&self, elapsed: f64) -> Option<f64> {
        let sum = |weight: fn(&Share) -> f64| -> f64 {
            self.runs.values().map(|run| run.expected * weight(run)).sum()
        };
        let done = sum(|run| run.now - run.before);
        let open = sum(|run| if run.ended { 0.0 } else { 1.0 - run.now });
        (done > 0.0).then(|| elapsed * open / done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(step: usize) -> Step {
        Step {
            step,
            steps: 10,
            tokens: 0,
            seconds: 0.0,
            loss: 0.0,
            gradient_norm: 0.0,
            learning_rate: 0.0,
        }
    }

    #[test]
    fn what_was_done_before_tells_nothing_of_the_speed() {
        // Expected: 100, 100, 300 and 50, so 300 are left after half of the second run.
        let mut left =
            RemainingTime::new([(0, 100.0), (1, 100.0), (2, 300.0), (3, 50.0)].into_iter());
        assert_eq!(left.seconds(1.0), None);
        left.ended(0, 1.0); // done by an earlier process
        left.ended(3, 0.0); // failed at once
        assert_eq!(left.seconds(1.0), None);
        left.at(1, &step(6)); // the earlier process did 5 of 10 steps
        left.at(1, &step(10));
        assert_eq!(left.seconds(20.0), Some(120.0));
        left.ended(1, 1.0);
        left.at(2, &step(1));
        left.at(2, &step(10));
        assert_eq!(left.seconds(140.0), Some(0.0));
    }
}
