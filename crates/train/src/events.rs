//! What a training tells while it runs, and what it leaves.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Something worth recording happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// One optimiser step.
    Step(Step),
    /// One pass over the validation split.
    Evaluation(Evaluation),
    /// A gradient-flow measurement.
    GradientFlow(GradientFlow),
    /// A checkpoint that could not be used.
    Damaged(Damaged),
}

/// One optimiser step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Optimiser steps so far, from 1.
    pub step: usize,
    /// Optimiser steps of the whole run.
    pub steps: usize,
    /// Training tokens so far.
    pub tokens: usize,
    /// Seconds spent training so far (evaluations and probes excluded).
    pub seconds: f64,
    /// Mean negative log-likelihood per token of this step's batch, in nats.
    pub loss: f64,
    /// Global gradient norm before clipping.
    pub gradient_norm: f64,
    /// Learning rate used.
    pub learning_rate: f64,
}

/// One pass over the validation split.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Optimiser steps so far.
    pub step: usize,
    /// Training tokens so far.
    pub tokens: usize,
    /// Seconds spent training so far (evaluations and probes excluded).
    pub seconds: f64,
    /// Mean negative log-likelihood per token on the validation split, in nats.
    pub valid_nll: f64,
}

/// Norm of the gradient of the loss at one last step with respect to the full state (h, or h and
/// c) `lag` steps before, for one layer, divided by its value at lag 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GradientFlow {
    /// `initial` (before the first step) or `trained` (after the last).
    pub phase: String,
    /// Layer, from 0 (nearest to the input).
    pub layer: usize,
    /// 10 % quantile over sequences, by lag 0, 1, ...
    pub low: Vec<f64>,
    /// Median over sequences, by lag.
    pub median: Vec<f64>,
    /// 90 % quantile over sequences, by lag.
    pub high: Vec<f64>,
}

/// A checkpoint that could not be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Damaged {
    /// The file.
    pub file: PathBuf,
    /// What is wrong with it.
    pub why: String,
    /// Optimiser steps from which the training goes on instead; 0 where it starts anew.
    pub step: usize,
}

/// How a training is to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Halt {
    /// After the step at hand and its evaluation, with a checkpoint.
    Saved,
    /// After the step at hand, without a checkpoint: what was told of it since the last one counts
    /// for nothing.
    AtOnce,
}

/// What a finished training leaves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The loss stopped being finite; the losses below are then absent.
    pub diverged: bool,
    /// Mean negative log-likelihood per token on the validation split at the end, in nats.
    pub valid_nll: Option<f64>,
    /// The same on the test split, whole, one stream with carried state.
    pub test_nll: Option<f64>,
    /// Optimiser steps made.
    pub steps: usize,
    /// Training tokens seen.
    pub tokens: usize,
    /// Seconds spent training (evaluations and probes excluded).
    pub train_seconds: f64,
    /// Seconds of the whole run.
    pub total_seconds: f64,
    /// Training tokens per second: median over steps.
    pub tokens_per_second: f64,
    /// Bytes of parameters, gradients, optimiser state and saved activations of a training step,
    /// computed from sizes.
    pub training_bytes: usize,
}
