//! How long a run may take, from counted arithmetic.

use super::{DataFacts, PlannedRun};

/// Useful arithmetic per second and core that the estimate assumes: what a few-year-old core
/// reaches on small models. Good for "minutes or hours?", not for more.
pub const ASSUMED_FLOPS_PER_SECOND: f64 = 30e9;

/// Optimiser steps of a run; of sequences, the fewest (batches by length can leave a few more).
pub fn steps(run: &PlannedRun, facts: &DataFacts) -> usize {
    run.train.steps_of(steps_per_epoch(run, facts))
}

fn steps_per_epoch(run: &PlannedRun, facts: &DataFacts) -> usize {
    let batch = run.train.batch.get();
    match facts.sequences {
        Some(sequences) => sequences.count.div_ceil(batch),
        None => {
            let stream = facts.train_tokens / batch;
            stream.saturating_sub(1).div_ceil(facts.window(&run.train))
        }
    }
}

/// Estimated seconds of a run on one core.
pub fn seconds(run: &PlannedRun, facts: &DataFacts) -> f64 {
    let steps = steps(run, facts) as f64;
    let epochs = steps / steps_per_epoch(run, facts).max(1) as f64;
    // A training step is a forward pass and about twice that backward.
    let trained = 3.0 * facts.train_tokens as f64 * epochs;
    // No more often than after every step.
    let evaluations = (run.train.evaluations_per_epoch.get() as f64 * epochs).max(1.0).min(steps);
    let evaluated = facts.valid_tokens as f64 * evaluations + facts.test_tokens as f64;
    run.costs.flops_per_token * (trained + evaluated) / ASSUMED_FLOPS_PER_SECOND
}
