//! What a training tells while it runs, and what it leaves.

use crate::Phase;
use crate::metric::{LagScore, Metrics};
use crate::score::{Confusion, GroupScore};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Something worth recording happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// One optimiser step.
    Step(Step),
    /// One pass over the validation split; the first is that of the untrained model, at step 0.
    Evaluation(Evaluation),
    /// A gradient-flow measurement.
    GradientFlow(GradientFlow),
    /// Singular values of the state's Jacobian.
    Jacobian(JacobianRecord),
    /// Lyapunov exponents.
    Lyapunov(LyapunovRecord),
    /// How open gates are.
    Gates(Gates),
    /// The loss of a language model with little context.
    Context(ContextLoss),
    /// What single units do over a text.
    Text(TextRecord),
    /// A sentence that the trained model wrote.
    Sentence(WrittenSentence),
    /// A recording of the test split with what the trained model hears in it.
    Recording(HeardRecording),
    /// A checkpoint that could not be used.
    Damaged(Damaged),
    /// A checkpoint is about to be written: what was told before has to outlast it.
    Saving {
        /// It is to outlast a power cut, too, so what was told has to be on the disk.
        synced: bool,
    },
}

/// One optimiser step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Optimiser steps so far, from 1.
    pub step: usize,
    /// Optimiser steps of the whole run.
    pub steps: usize,
    /// Training tokens (time steps of sequences) so far.
    pub tokens: usize,
    /// Seconds spent training so far (evaluations and probes excluded).
    pub seconds: f64,
    /// Mean loss per scored target of this step's batch: negative log-likelihood in nats, or squared
    /// error.
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
    /// Training tokens (time steps of sequences) so far.
    pub tokens: usize,
    /// Seconds spent training so far (evaluations and probes excluded).
    pub seconds: f64,
    /// Mean loss per scored target on the validation split: negative log-likelihood in nats, or
    /// squared error.
    pub valid_loss: f64,
    /// What the loss does not decide.
    #[serde(default, skip_serializing_if = "Metrics::is_empty")]
    pub metrics: Metrics,
}

/// Norm of the gradient of the loss at the last scored step with respect to the full state (h, or h and
/// c) `lag` steps before, for one layer, divided by its value at lag 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GradientFlow {
    /// When.
    pub phase: Phase,
    /// Optimiser steps so far.
    pub step: usize,
    /// Layer, from 0 (nearest to the input).
    pub layer: usize,
    /// 10 % quantile over sequences, by lag 0, 1, ...
    pub low: Vec<f64>,
    /// Median over sequences, by lag.
    pub median: Vec<f64>,
    /// 90 % quantile over sequences, by lag.
    pub high: Vec<f64>,
}

/// Singular values of the Jacobian of the last state (h, or h and c) of one layer with respect to the
/// state some steps before: medians over sequences.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JacobianRecord {
    /// When: at the start or at the end.
    pub phase: Phase,
    /// Layer, from 0 (nearest to the input).
    pub layer: usize,
    /// The numbers of steps.
    pub lags: Vec<usize>,
    /// The largest singular value at each lag.
    pub largest: Vec<f64>,
    /// The median one.
    pub median: Vec<f64>,
    /// The share of those above 1e-3.
    pub share: Vec<f64>,
    /// The largest singular value of the recurrent matrix, where its k-th power is above all of those
    /// at lag k.
    pub bound: Option<f64>,
    /// Numbers in a state. Of more than 256, that many random directions are looked at, and the values
    /// are lower bounds.
    pub state: usize,
}

/// Lyapunov exponents of one layer driven by its inputs: means over sequences, a tenth of the steps left
/// out at either end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LyapunovRecord {
    /// When: at the start or at the end.
    pub phase: Phase,
    /// Layer, from 0 (nearest to the input).
    pub layer: usize,
    /// The largest exponents in order, natural logarithms a step.
    pub exponents: Vec<f64>,
    /// Numbers in a state: so many exponents there are.
    pub state: usize,
}

/// How open the gates of one layer are, over sequences.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gates {
    /// When: at the start or at the end.
    pub phase: Phase,
    /// Layer, from 0 (nearest to the input).
    pub layer: usize,
    /// Each gate.
    pub gates: Vec<GateRecord>,
}

/// How open one gate is, unit by unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GateRecord {
    /// Its name.
    pub gate: String,
    /// Share of steps at which it is below 0.1.
    pub shut: Vec<f64>,
    /// Share of steps at which it is above 0.9.
    pub open: Vec<f64>,
    /// Mean share of the old state that stays, if this is the gate that decides it; else empty.
    pub kept: Vec<f64>,
}

/// The loss of a trained language model when it has read the last few tokens only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ContextLoss {
    /// How many tokens it had read.
    pub lengths: Vec<usize>,
    /// Mean negative log-likelihood of the next token, in nats, for each length.
    pub losses: Vec<f64>,
    /// Tokens predicted, the same for every length.
    pub targets: usize,
}

/// What single units of the topmost layer do while a trained model reads the beginning of the
/// validation split.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TextRecord {
    /// The text.
    pub tokens: Vec<String>,
    /// The units whose hidden states change most slowly, the slowest first.
    pub units: Vec<UnitRecord>,
}

/// What one unit does over a text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnitRecord {
    /// Which hidden unit, from 0.
    pub unit: usize,
    /// Its hidden state after each token.
    pub values: Vec<f64>,
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

/// A sentence that a trained model wrote for one of the test split, the likeliest token at each step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrittenSentence {
    /// Its place in the split, from 0.
    pub number: usize,
    /// Tokens of the source, as the model reads them.
    pub steps: usize,
    /// What was read.
    pub source: String,
    /// What was to be written.
    pub reference: String,
    /// What was written.
    pub answer: String,
    /// What each token attends to; of a few sentences, and of models with attention.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attention: Option<Attended>,
}

/// How much each token that is written attends to each that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attended {
    /// The tokens read.
    pub read: Vec<String>,
    /// The tokens written, the end among them.
    pub written: Vec<String>,
    /// Of each token written the shares of those read, in thousandths.
    pub shares: Vec<Vec<u16>>,
}

/// A recording, and what a trained model that looks for labels hears in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeardRecording {
    /// Its place in the split, from 0.
    pub number: usize,
    /// Its labels.
    pub reference: String,
    /// The labels of the most likely path.
    pub answer: String,
    /// Seconds of a step of the model.
    pub step_seconds: f64,
    /// The log-mel energies of each frame, from the lowest band, as the model reads them (by default in standard
    /// deviations from the mean over the training split), in hundredths.
    pub energies: Vec<Vec<i16>>,
    /// What is ever likely, the blank among it.
    pub posteriors: Vec<PosteriorRecord>,
}

/// The chances of one output over the steps of a recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PosteriorRecord {
    /// The label; `None` for the blank.
    pub label: Option<String>,
    /// Its chance at each step, in thousandths.
    pub chances: Vec<u16>,
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
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Outcome {
    /// The model, its training loss or its scores stopped being finite; the losses below are then absent.
    pub diverged: bool,
    /// Mean loss per scored target on the validation split at the end: negative log-likelihood in
    /// nats, or squared error.
    pub valid_loss: Option<f64>,
    /// The same on the test split (of language, one stream with carried state).
    pub test_loss: Option<f64>,
    /// What the loss does not decide, on the validation split at the end.
    #[serde(default, skip_serializing_if = "Metrics::is_empty")]
    pub valid_metrics: Metrics,
    /// The same on the test split.
    #[serde(default, skip_serializing_if = "Metrics::is_empty")]
    pub test_metrics: Metrics,
    /// Right answers on the test split by how far back the input is that they need, where known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub test_by_lag: Vec<LagScore>,
    /// How good the answers to recordings of the test split are, by who speaks and by how many labels there
    /// are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub test_groups: Vec<GroupScore>,
    /// Which class of recordings of the test split was taken for which.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub test_confusions: Vec<Confusion>,
    /// Optimiser steps made.
    pub steps: usize,
    /// Those at which the gradient was clipped; absent without clipping.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clipped: Option<usize>,
    /// Those at which its norm was more than ten times the largest allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exploded: Option<usize>,
    /// The largest finite norm of the gradient of all steps, before clipping.
    pub largest_norm: f64,
    /// Evaluations on the validation split whose loss was not finite, or more than twice that of the
    /// best answer that reads no input.
    pub astray: usize,
    /// Training tokens (time steps of sequences) seen.
    pub tokens: usize,
    /// Seconds spent training (evaluations and probes excluded).
    pub train_seconds: f64,
    /// Seconds of the whole run.
    pub total_seconds: f64,
    /// Training tokens (time steps of sequences) per second: median over steps.
    pub tokens_per_second: f64,
    /// Training tokens (time steps of sequences) per second of the forward pass alone, in batches as
    /// in training: median over batches. Absent for a run that diverged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forward_tokens_per_second: Option<f64>,
    /// Bytes of parameters, gradients, optimiser state and saved activations of a training step,
    /// computed from sizes.
    pub training_bytes: usize,
}
