//! What can go wrong in a training.

use std::path::PathBuf;

/// A training could not go on. (A loss that stops being finite is an outcome, not an error.)
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The model failed.
    #[error(transparent)]
    Model(#[from] model::ModelError),
    /// A split does not make a batch.
    #[error(transparent)]
    Data(#[from] data::DataError),
    /// A language model without a window.
    #[error("`unroll` is missing; language models need the time steps of their windows")]
    NoUnroll,
    /// A window for sequences that are read whole.
    #[error("`unroll` is for language models; sequences are read whole, so leave it out")]
    Unroll,
    /// A sequence for a model that answers with none.
    #[error("this model does not answer sequences with sequences")]
    NoAnswers,
    /// A text for a model that reads none.
    #[error("this model answers sequences; a text is for a language model")]
    NoLanguageModel,
    /// Outputs for steps or sequences of a model that writes another sequence.
    #[error("this model answers with another sequence, which it writes token by token")]
    AnotherSequence,
    /// Nothing to train on.
    #[error("the training split is empty")]
    NoBatch,
    /// A split without targets: a mean over nothing is no number.
    #[error("the split has nothing to score")]
    NothingScored,
    /// A checkpoint that cannot be written.
    #[error("{}: cannot write the checkpoint: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A trained model that cannot be used.
    #[error("{}: not a usable model: {why}", path.display())]
    Trained {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A file with weights from which a training cannot start.
    #[error("{}: it cannot be started from: {why}", path.display())]
    Weights {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A checkpoint that is whole, but not of this training.
    #[error("{}: not a usable checkpoint: {why}; delete it to start the run anew", path.display())]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The training was asked to stop and did.
    #[error("stopped after step {step}")]
    Stopped {
        /// Optimiser steps done.
        step: usize,
    },
}

impl From<sequence::SequenceError> for TrainError {
    fn from(error: sequence::SequenceError) -> Self {
        Self::Model(error.into())
    }
}
