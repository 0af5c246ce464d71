//! What there is to learn from.

use crate::{Metric, TrainConfig};
use data::{Buckets, Corpus, LanguageBatches, SequenceData, Source};
use model::{InputKind, TargetKind, TaskShape};
use std::num::NonZeroUsize;

/// A dataset of either kind.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant)] // there is one of them in a program
pub enum Dataset {
    /// Streams of tokens, for language modelling.
    Corpus(Corpus),
    /// Sequences with what is to be answered to each.
    Sequences(SequenceData),
}

impl Dataset {
    /// What it is and where it was taken from.
    pub fn source(&self) -> &Source {
        match self {
            Self::Corpus(corpus) => &corpus.source,
            Self::Sequences(data) => &data.source,
        }
    }

    /// What it asks of a model.
    pub fn shape(&self) -> TaskShape {
        match self {
            Self::Corpus(corpus) => TaskShape::language(corpus.vocabulary.len()),
            Self::Sequences(data) => sequence_shape(data),
        }
    }

    /// The metric by which models are compared on it.
    pub fn metric(&self) -> Metric {
        match self {
            Self::Corpus(corpus) if corpus.tokeniser.is_of_characters() => Metric::BitsPerCharacter,
            Self::Corpus(_) => Metric::Perplexity,
            Self::Sequences(data) => match data.target {
                data::TargetKind::Value => Metric::SquaredError,
                data::TargetKind::Bits { .. } => Metric::NllPerStep,
                data::TargetKind::Tokens { .. } => Metric::CrossEntropy,
                // What is known exactly of a generated task is its loss.
                data::TargetKind::Class { .. } if data.baseline.is_some() => Metric::CrossEntropy,
                data::TargetKind::Class { .. } => Metric::Accuracy,
            },
        }
    }

    /// Most time steps of a training step, of all its sequences together.
    pub fn step_tokens(&self, config: &TrainConfig) -> usize {
        let batch = config.batch.get();
        match self {
            Self::Corpus(corpus) => {
                let length = LanguageBatches::training_length(corpus.train.len(), batch);
                batch.saturating_mul(config.unroll.map_or(1, NonZeroUsize::get).min(length))
            }
            Self::Sequences(data) => Buckets::of(&data.train).most_tokens(batch),
        }
    }
}

/// What a dataset of sequences asks of a model.
pub(crate) fn sequence_shape(data: &SequenceData) -> TaskShape {
    TaskShape {
        input: match data.input {
            data::InputKind::Tokens { size } => InputKind::Tokens { types: size },
            data::InputKind::Features { width } => InputKind::Features { width },
        },
        target: match data.target {
            data::TargetKind::Tokens { size } => TargetKind::Tokens { types: size },
            data::TargetKind::Bits { width } => TargetKind::Bits { width },
            data::TargetKind::Class { classes } => TargetKind::Class { classes },
            data::TargetKind::Value => TargetKind::Value,
        },
        predicts_input: matches!(data.train.targets(), data::Targets::NextNotes),
    }
}
