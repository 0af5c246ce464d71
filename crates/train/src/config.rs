//! How a model is trained, as plain data.

use model::PositiveReal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;

/// Everything about training but the model, the data and the seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrainConfig {
    /// Sequences side by side, B.
    pub batch: NonZeroUsize,
    /// Time steps of truncated backpropagation, T, in language modelling: the state is carried on,
    /// detached. Absent for sequences, which are read whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unroll: Option<NonZeroUsize>,
    /// Passes over the training split.
    pub epochs: NonZeroUsize,
    /// Evaluations on the validation split in each epoch, evenly spaced, the last at its end.
    #[serde(default = "one")]
    pub evaluations_per_epoch: NonZeroUsize,
    /// The update rule.
    #[serde(default)]
    pub optimizer: Optimizer,
    /// Learning rate for the loss averaged over what is scored (not summed over time steps).
    pub learning_rate: PositiveReal,
    /// Largest global norm of the gradient; absent: no clipping.
    #[serde(default)]
    pub clip: Option<PositiveReal>,
    /// How the learning rate changes.
    #[serde(default)]
    pub schedule: Schedule,
}

fn one() -> NonZeroUsize {
    NonZeroUsize::MIN
}

/// The update rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Optimizer {
    /// Plain stochastic gradient descent.
    #[default]
    Sgd,
    /// Adam (Kingma & Ba 2015) with its default moments.
    Adam,
}

/// How the learning rate changes.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "name", rename_all = "snake_case", deny_unknown_fields)]
pub enum Schedule {
    /// It does not.
    #[default]
    Constant,
    /// Kept for the first `after` epochs, then multiplied by `factor` at the start of every epoch
    /// (Zaremba et al. 2014, arXiv 1409.2329).
    StepDecay {
        /// Epochs at the full rate.
        after: usize,
        /// Multiplier per epoch from then on.
        factor: PositiveReal,
    },
    /// Multiplied by `factor` after every evaluation that did not improve the best validation loss.
    Plateau {
        /// Multiplier.
        factor: PositiveReal,
    },
}

/// What is measured about the gradient's way back through time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProbeConfig {
    /// Largest lag, in time steps.
    pub lags: NonZeroUsize,
    /// Validation sequences looked at.
    pub sequences: NonZeroUsize,
}
