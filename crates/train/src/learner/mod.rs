//! What is learnt: the loop knows nothing of it but this.

pub(crate) mod encoder_decoder;
mod epochs;
pub(crate) mod language;
mod recordings;
pub(crate) mod sentences;
pub(crate) mod sequences;

pub(crate) use encoder_decoder::EncoderDecoderLearner;
pub(crate) use epochs::Epochs;
pub(crate) use language::LanguageLearner;
pub(crate) use sequences::SequenceLearner;

use crate::metric::Scores;
use crate::{HeardRecording, ProbeConfig, TrainError, WrittenSentence};
use data::Split;
use model::{AnyModel, Loss};
use sequence::{Driven, Dropout, StackState, StateGradients};

/// Sequences scored side by side (this changes speed only).
const SCORED: usize = 64;

/// A model with the data that it learns from: its batches, the loss of one, its scores on a split, and
/// what a report shows of it. What does not apply to a task is left out.
pub(crate) trait Learner {
    /// The model.
    fn model(&mut self) -> &mut dyn AnyModel;

    /// The model, and the state that it carries from one step to the next, where it does.
    fn parts(&mut self) -> (&mut dyn AnyModel, Option<&mut StackState>);

    /// Optimiser steps of an epoch.
    fn steps_per_epoch(&self) -> usize;

    /// The loss of optimiser step `step`, from 0. Steps are asked for in order; the first one may
    /// be any.
    fn loss(&mut self, step: usize, dropout: Dropout) -> Result<StepLoss, TrainError>;

    /// The forward pass alone of the first batches of an epoch, as large as most are, at most `most`:
    /// for each, its time steps (filling not counted) per second.
    fn forward_speeds(&self, most: usize) -> Result<Vec<f64>, TrainError>;

    /// How good the model is on a whole split.
    fn score(&self, split: Split) -> Result<Scores, TrainError>;

    /// Gradients of the loss at the last scored step alone; nothing where layers are not looked into.
    fn gradient_curves(&self, _: &ProbeConfig) -> Result<Vec<Curves>, TrainError> {
        Ok(Vec::new())
    }

    /// The layers with what drives them on the same sequences; `None` if there are none.
    fn drives(&self, _: &ProbeConfig) -> Result<Option<Drives>, TrainError> {
        Ok(None)
    }

    /// Mean loss of the next token when only the last few, so many as each of the lengths says, were
    /// read, and over how many tokens. Nothing where there is no next token.
    fn context_losses(&self, _: &[usize]) -> Result<(Vec<f64>, usize), TrainError> {
        Ok((Vec::new(), 0))
    }

    /// The first so many tokens of the validation split, and the layers with what drives them while
    /// these are read; `None` where there is no text.
    fn read_text(&self, _: usize) -> Result<Option<(Vec<String>, Drives)>, TrainError> {
        Ok(None)
    }

    /// What the model writes for the sentences of a split, where its answers are sentences.
    fn sentences(&self, _: Split) -> Result<Vec<WrittenSentence>, TrainError> {
        Ok(Vec::new())
    }

    /// What the model hears in a recording of a split, where it looks for labels in recordings.
    fn recording(&self, _: Split) -> Result<Option<HeardRecording>, TrainError> {
        Ok(None)
    }
}

/// Layers as dynamical systems, with what drives them.
pub(crate) struct Drives {
    /// From the one nearest to the input.
    pub(crate) layers: Vec<Driven>,
    /// The last scored step of each sequence.
    pub(crate) ends: Vec<usize>,
}

/// The loss of an optimiser step.
pub(crate) struct StepLoss {
    /// The mean over what is scored, with its tape.
    pub(crate) mean: Loss,
    /// The sum over what is scored.
    pub(crate) total: f64,
    /// What is scored: tokens, steps or sequences.
    pub(crate) targets: usize,
    /// Time steps of sequences, filling not counted.
    pub(crate) tokens: usize,
    /// As large as most steps are: its speed counts.
    pub(crate) usual: bool,
    /// The rows of the embedding that its gradient reaches, if not all.
    pub(crate) rows: Option<Vec<u32>>,
}

/// Of one layer, for each sequence: the norm of the gradient with respect to the state at lag 0, 1,
/// ...
pub(crate) type Curves = Vec<Vec<f64>>;

/// The curves of a layer whose gradients were watched, each from the last step that is scored of
/// its sequence, `ends`, back to at most `lags` steps before.
pub(crate) fn curves(watch: &StateGradients, ends: &[usize], lags: usize) -> Curves {
    let norms = watch.norms();
    let curve = |(b, &end): (usize, &usize)| {
        let steps = (0..=end).rev().take(lags + 1);
        steps.filter_map(|t| norms.get(t)?.get(b).copied()).collect()
    };
    ends.iter().enumerate().map(curve).collect()
}
