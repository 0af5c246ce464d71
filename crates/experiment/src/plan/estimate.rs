//! How long a run may take, from counted arithmetic.

use super::DataFacts;
use model::Costs;
use train::TrainConfig;
use words::counted;

/// Useful arithmetic per second and core that the estimate assumes: what a few-year-old core
/// reaches on small models. Good for "minutes or hours?", not for more.
pub const ASSUMED_FLOPS_PER_SECOND: f64 = 30e9;

/// Optimiser steps of a run and its estimated seconds on one core.
pub(super) fn of(train: &TrainConfig, costs: &Costs, facts: &DataFacts) -> (usize, f64) {
    let per_epoch = facts.steps_per_epoch(train);
    let steps = train.steps_of(per_epoch);

    let epochs = steps as f64 / per_epoch.max(1) as f64;
    // A training step is a forward pass and about twice that backward.
    let trained = 3.0 * facts.train_tokens as f64 * epochs;
    // No more often than after every step.
    let evaluations =
        (train.evaluations_per_epoch.get() as f64 * epochs).max(1.0).min(steps as f64);
    // The untrained model is scored too.
    let evaluated = facts.valid_tokens as f64 * (1.0 + evaluations) + facts.test_tokens as f64;
    (steps, costs.flops_per_token * (trained + evaluated) / ASSUMED_FLOPS_PER_SECOND)
}

/// A sentence where more evaluations are asked for than there are steps.
pub(super) fn fewer_evaluations(train: &TrainConfig, facts: &DataFacts) -> Option<String> {
    let (asked, steps) = (train.evaluations_per_epoch.get(), facts.steps_per_epoch(train));
    (asked > steps).then(|| {
        format!(
            "train.evaluations_per_epoch: {asked} are asked for, and an epoch has {}; one follows each",
            counted(steps, "step")
        )
    })
}

/// A sentence where parts are to be unfrozen after the training has ended.
pub(super) fn never_unfrozen(train: &TrainConfig) -> Option<String> {
    let epochs = train.freeze.as_ref()?.epochs?;
    (epochs >= train.epochs).then(|| {
        format!(
            "train.freeze: parts are unfrozen after {}, and a training has {}: they stay frozen",
            counted(epochs.get(), "epoch"),
            counted(train.epochs.get(), "epoch")
        )
    })
}
